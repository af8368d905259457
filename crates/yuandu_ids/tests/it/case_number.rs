//! Numbers of cases.

use jiff::civil::{Date, date};
use proptest::prelude::*;
use yuandu_ids::{CaseNumber, IdError};

use crate::mistakes::{neighbours_swapped, one_character_changed};

#[test]
fn a_number_is_read_as_people_write_it() {
    let number = CaseNumber::new(date(2025, 1, 24), 123_456).unwrap();
    let shown = number.to_string();
    assert_eq!(shown, "20250124-123456-2");
    let bare: String = shown.chars().filter(char::is_ascii_digit).collect();
    let wide: String = bare
        .chars()
        .map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap())
        .collect();
    for typed in [
        shown.clone(),
        bare.clone(),
        wide,
        shown.replace('-', " "),
        shown.replace('-', "—"),
        format!("  {shown}　"),
    ] {
        assert_eq!(typed.parse::<CaseNumber>().unwrap(), number, "{typed}");
    }
    assert_eq!(
        (number.date(), number.serial()),
        (date(2025, 1, 24), 123_456)
    );
}

#[test]
fn a_bad_number_is_refused_with_the_reason() {
    let message = |text: &str| text.parse::<CaseNumber>().unwrap_err();
    assert!(
        message("20250124-12345")
            .to_string()
            .contains("15 digits, written 20250124-123456-2")
    );
    assert!(
        message("20250230-123456-7")
            .to_string()
            .contains("is not a date")
    );
    assert!(
        message("2025O124-123456-7")
            .to_string()
            .contains("character 5")
    );
    let number = CaseNumber::new(date(2025, 1, 24), 7).unwrap().to_string();
    let last = number.chars().last().unwrap().to_digit(10).unwrap();
    let wrong = format!("{}{}", &number[..16], (last + 1) % 10);
    assert!(matches!(message(&wrong), IdError::Check { .. }));
    assert!(message(&wrong).message_zh().starts_with("受理编号的校验位"));
}

proptest! {
    #[test]
    fn every_wrong_digit_and_every_swap_of_neighbours_is_caught(
        year in 2000_i16..2100, month in 1_i8..=12, day in 1_i8..=28, serial in any::<u32>(),
    ) {
        let number = CaseNumber::new(Date::constant(year, month, day), serial).unwrap();
        prop_assert_eq!(number.to_string().parse::<CaseNumber>().unwrap(), number);
        let json = serde_json::to_string(&number).unwrap();
        prop_assert_eq!(serde_json::from_str::<CaseNumber>(&json).unwrap(), number);
        let digits: String = number.to_string().chars().filter(char::is_ascii_digit).collect();
        for slip in one_character_changed(&digits, "0123456789") {
            prop_assert!(slip.parse::<CaseNumber>().is_err(), "{} for {}", slip, number);
        }
        for slip in neighbours_swapped(&digits) {
            prop_assert!(slip.parse::<CaseNumber>().is_err(), "{} for {}", slip, number);
        }
    }
}
