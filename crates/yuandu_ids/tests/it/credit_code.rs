//! GB 32100 and the GB 11714 code inside it.

use proptest::prelude::*;
use yuandu_ids::{CreditCode, IdError};

use crate::mistakes::{neighbours_swapped, one_character_changed};

const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";

#[test]
fn a_known_code_is_read_with_its_parts() {
    let code: CreditCode = "91110000600037341l".parse().unwrap();
    assert_eq!(code.as_str(), "91110000600037341L");
    assert_eq!((code.authority(), code.entity()), ('9', '1'));
    assert_eq!(code.division_digits(), "110000");
    assert_eq!(code.organisation_code(), "600037341");
    assert!(code.organisation_check_holds());
}

#[test]
fn a_wrong_inner_check_is_told_but_not_refused() {
    let division = "370700".parse().unwrap();
    let good = CreditCode::generate('9', '1', &division, "MA3C0001").unwrap();
    assert!(good.organisation_check_holds());
    let inner = good.organisation_code().chars().last().unwrap();
    let other = if inner == '0' { '1' } else { '0' };
    let body = format!("{}{other}", &good.as_str()[..16]);
    let whole = ALPHABET
        .chars()
        .find_map(|c| format!("{body}{c}").parse::<CreditCode>().ok())
        .unwrap();
    assert!(!whole.organisation_check_holds());
}

#[test]
fn letters_that_do_not_exist_are_named_with_the_likely_digit() {
    let refused = "9111O000600037341L".parse::<CreditCode>().unwrap_err();
    assert!(matches!(
        refused,
        IdError::Character {
            position: 5,
            found: 'O',
            ..
        }
    ));
    assert!(refused.to_string().contains("is it 1, 0, 5 or 2?"));
    let refused = "91A10000600037341L".parse::<CreditCode>().unwrap_err();
    assert!(matches!(
        refused,
        IdError::Character {
            position: 3,
            found: 'A',
            ..
        }
    ));
    assert!(
        "91110000600037341"
            .parse::<CreditCode>()
            .unwrap_err()
            .message_zh()
            .contains("应为 18 位，现为 17 位")
    );
    assert!(CreditCode::generate('9', '1', &"370700".parse().unwrap(), "123").is_err());
}

proptest! {
    #[test]
    fn every_wrong_character_and_every_swap_of_neighbours_is_caught(body in "[0-9A-HJ-NPQRTUWXY]{8}", entity in "[1239]") {
        let entity = entity.chars().next().unwrap();
        let code = CreditCode::generate('9', entity, &"370702".parse().unwrap(), &body).unwrap();
        prop_assert_eq!(code.to_string().parse::<CreditCode>().unwrap(), code.clone());
        prop_assert!(code.organisation_check_holds());
        for slip in one_character_changed(code.as_str(), ALPHABET) {
            prop_assert!(slip.parse::<CreditCode>().is_err(), "{} for {}", slip, code);
        }
        for slip in neighbours_swapped(code.as_str()) {
            prop_assert!(slip.parse::<CreditCode>().is_err(), "{} for {}", slip, code);
        }
    }
}
