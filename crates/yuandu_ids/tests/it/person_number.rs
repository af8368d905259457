//! Resident identity numbers after GB 11643: their check digit, what they say, what is refused.

use jiff::civil::{Date, date};
use proptest::prelude::*;
use yuandu_ids::{DivisionCode, IdError, PersonNumber, Sex};

use crate::mistakes::{neighbours_swapped, one_character_changed};

fn refusal(text: &str) -> IdError {
    text.parse::<PersonNumber>().unwrap_err()
}

#[test]
fn a_known_number_is_read_with_its_parts() {
    let number: PersonNumber = "360426199101010071".parse().unwrap();
    assert_eq!(number.division_digits(), "360426");
    assert_eq!(number.birth_date(), date(1991, 1, 1));
    assert_eq!(number.sex(), Sex::Male);
    assert_eq!(number.to_string(), "360426199101010071");
    assert_eq!(
        serde_json::to_string(&number).unwrap(),
        "\"360426199101010071\""
    );
}

#[test]
fn the_number_is_hidden_where_others_look() {
    let number: PersonNumber = "360426199101010071".parse().unwrap();
    assert_eq!(number.masked(), "360***********0071");
    assert_eq!(format!("{number:?}"), "PersonNumber(360***********0071)");
}

#[test]
fn full_width_digits_spaces_and_a_small_x_are_read() {
    let division: DivisionCode = "370702".parse().unwrap();
    let with_x = (0..999)
        .map(|n| PersonNumber::generate(&division, date(1980, 5, 6), n).unwrap())
        .find(|n| n.as_str().ends_with('X'))
        .unwrap();
    let typed = with_x.as_str().to_lowercase();
    assert_eq!(typed.parse::<PersonNumber>().unwrap(), with_x);
    let spaced = "３６０４２６ 19910101　0071";
    assert_eq!(
        spaced.parse::<PersonNumber>().unwrap().as_str(),
        "360426199101010071"
    );
}

#[test]
fn each_refusal_says_where_and_what_to_do() {
    let short = refusal("36042619910101007");
    assert_eq!(
        short.message_zh(),
        "公民身份号码应为 18 位，现为 17 位，请与原件核对"
    );
    let old = refusal("360426910101007");
    assert!(old.message_zh().contains("15 位旧号码已停用"));
    let letter = refusal("36042619910101O071");
    assert_eq!(
        letter.to_string(),
        "character 15 of this citizen identity number is `O`, but a digit from 0 to 9 must stand there"
    );
    let province = refusal("990426199101010071");
    assert!(matches!(&province, IdError::Part { first: 1, last: 2, found, .. } if found == "99"));
    let birth = refusal("360426199113010071");
    assert!(
        matches!(&birth, IdError::Part { first: 7, last: 14, found, .. } if found == "19911301")
    );
    let check = refusal("360426199101010072");
    assert_eq!(check.code(), "ids.check");
    assert!(check.message_zh().contains("校验位"));
    assert!(
        refusal("36042619910101007Y")
            .message_zh()
            .contains("末位应为数字或 X")
    );
    assert!(
        refusal("36042619910101007\u{0}")
            .to_string()
            .contains("\\u{0}")
    );
}

fn number() -> impl Strategy<Value = PersonNumber> {
    let birth =
        (1900_i16..2026, 1_i8..=12, 1_i8..=28).prop_map(|(y, m, d)| Date::constant(y, m, d));
    (
        birth,
        0_u16..1000,
        prop::sample::select(vec!["370702", "370786", "110101", "3707"]),
    )
        .prop_map(|(birth, sequence, division)| {
            PersonNumber::generate(&division.parse().unwrap(), birth, sequence).unwrap()
        })
}

proptest! {
    #[test]
    fn a_generated_number_reads_back(number in number()) {
        prop_assert_eq!(number.to_string().parse::<PersonNumber>().unwrap(), number.clone());
        let json = serde_json::to_string(&number).unwrap();
        prop_assert_eq!(serde_json::from_str::<PersonNumber>(&json).unwrap(), number);
    }

    #[test]
    fn every_wrong_character_and_every_swap_of_neighbours_is_caught(number in number()) {
        for slip in one_character_changed(number.as_str(), "0123456789X") {
            prop_assert!(slip.parse::<PersonNumber>().is_err(), "{} for {:?}", slip, number);
        }
        for slip in neighbours_swapped(number.as_str()) {
            prop_assert!(slip.parse::<PersonNumber>().is_err(), "{} for {:?}", slip, number);
        }
    }
}

#[test]
fn a_sequence_of_four_digits_is_refused() {
    let refused =
        PersonNumber::generate(&"370702".parse().unwrap(), date(1990, 1, 1), 1000).unwrap_err();
    assert!(refused.to_string().contains("must be 0 to 999"));
}
