//! Forms: reading what was sent, showing declared fields, taking in photos.
//!
//! [`posted::Posted`] is what a handler of a POST takes: the form's token is already checked. [`declared`] shows fields
//! that packages and registers declare, [`read_declared`] turns what came back into the JSON that use cases take.
//! Rules about what may be sent stay with the use cases; here only shape is checked, so that no answer is lost.

pub mod categories;
pub mod declared;
pub mod names;
pub mod photos;
pub mod posted;
pub mod sent;
pub mod values;

use serde_json::{Map, Value as Json};
use yuandu_base::Problem;
use yuandu_schema::{FieldDef, FieldType, Requirement};

use sent::Sent;

/// Turns the answers to declared fields into canonical JSON, an empty answer into `null`; all problems at once.
///
/// A field that only shows or is only required under a condition is not demanded here: the use case knows the condition.
///
/// # Errors
/// The problems of these fields, those of reading them included.
pub fn read_declared<'f>(
    fields: impl IntoIterator<Item = &'f FieldDef>,
    sent: &Sent,
) -> Result<Map<String, Json>, Vec<Problem>> {
    let (mut read, mut problems) = (Map::new(), Vec::new());
    for field in fields {
        if let Some(problem) = sent.problem_of(&field.name) {
            problems.push(problem.clone());
            continue;
        }
        let mut asked = field.clone();
        let boolean = matches!(field.kind, FieldType::Boolean);
        if field.visible.is_some() || (field.required != Requirement::Always && !boolean) {
            asked.required = Requirement::Optional;
        }
        match asked.check_form(&|name| sent.all(name)) {
            Ok(value) => {
                read.insert(field.name.clone(), value);
            }
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() {
        Ok(read)
    } else {
        Err(problems)
    }
}

/// A fresh idempotency key for the field `_key`: made when a form is shown, it lets the same form sent twice count once.
#[must_use]
pub fn fresh_key() -> String {
    format!("{:032x}", rand::random::<u128>())
}
