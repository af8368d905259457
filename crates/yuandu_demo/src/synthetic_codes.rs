//! Codes of people and organisations that do not exist, with correct check characters.
//!
//! Every code can be told from a real one: citizen numbers use the division 370799, which was never assigned, and
//! organisation codes begin with `YD0`.

use jiff::civil::Date;
use yuandu_ids::{CreditCode, IdError, PersonNumber};

/// A division number of Weifang that GB/T 2260 has never given to a place.
const NOWHERE: &str = "370799";

/// The unified social credit code (GB 32100) of organisation `number` (0 to 99,999) registered in `division` (six digits).
/// `kind` is the registering authority and the kind of entity: `11` a public body, `12` an institution, `91` a firm.
pub(crate) fn credit_code(
    kind: (char, char),
    division: &str,
    number: u32,
) -> Result<CreditCode, IdError> {
    CreditCode::generate(
        kind.0,
        kind.1,
        &division.parse()?,
        &format!("YD0{number:05}"),
    )
}

/// The citizen number (GB 11643) of nobody: division 370799 and the given birthday.
pub(crate) fn person_number(birthday: Date, sequence: u16) -> Result<PersonNumber, IdError> {
    PersonNumber::generate(&NOWHERE.parse()?, birthday, sequence)
}
