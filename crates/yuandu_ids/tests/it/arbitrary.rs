//! No text whatever makes a reader panic, and what is read shows itself in a form that reads back alike.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use proptest::prelude::*;
use yuandu_ids::{
    BlobId, CaseId, CaseNumber, CategoryCode, ComponentCode, CreditCode, DivisionCode, IdError,
    MatterCode, PersonNumber, PhoneNumber, RealmId, UnitGridCode,
};

fn reads_back<T: FromStr<Err = IdError> + Display + PartialEq + Debug>(
    text: &str,
) -> Result<(), TestCaseError> {
    match text.parse::<T>() {
        Ok(id) => prop_assert_eq!(id.to_string().parse::<T>().unwrap(), id),
        Err(refused) => {
            prop_assert!(refused.message_en().len() < 400, "{}", refused.message_en());
            prop_assert!(!refused.message_zh().is_empty());
            prop_assert!(!refused.message_zh().chars().any(char::is_control));
        }
    }
    Ok(())
}

fn all_read_back(text: &str) -> Result<(), TestCaseError> {
    reads_back::<PersonNumber>(text)?;
    reads_back::<CreditCode>(text)?;
    reads_back::<DivisionCode>(text)?;
    reads_back::<UnitGridCode>(text)?;
    reads_back::<ComponentCode>(text)?;
    reads_back::<MatterCode>(text)?;
    reads_back::<CategoryCode>(text)?;
    reads_back::<CaseNumber>(text)?;
    reads_back::<PhoneNumber>(text)?;
    reads_back::<RealmId>(text)?;
    reads_back::<BlobId>(text)?;
    reads_back::<CaseId>(text)
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        all_read_back(&text)?;
    }

    #[test]
    fn any_digits_are_read_or_refused(text in "[0-9０-９ +\\-（）转Xx]{0,24}") {
        all_read_back(&text)?;
    }

    #[test]
    fn numbers_like_telephones_are_read_or_refused(text in "(\\+86|0086|86)?[- ]?(1[0-9]{9,11}|0[0-9]{2,3}-?[0-9]{6,9}(-[0-9]{0,8})?)") {
        reads_back::<PhoneNumber>(&text)?;
    }
}

#[test]
fn a_megabyte_of_text_is_refused_with_a_short_message() {
    let long = "9".repeat(1_000_000);
    let refused = long.parse::<PersonNumber>().unwrap_err();
    assert!(refused.to_string().len() < 200);
    let phone = format!("0536-8091234-{long}")
        .parse::<PhoneNumber>()
        .unwrap_err();
    assert!(phone.to_string().len() < 300);
}
