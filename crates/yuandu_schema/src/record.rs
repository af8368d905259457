//! Checking a whole record or form: all problems at once, unknown fields refused.

use jiff::civil::Date;
use serde_json::{Map, Value};
use yuandu_base::Problem;

use crate::code_list::CodeLists;
use crate::field::{FieldDef, FieldType, Requirement};

/// Computes a FEEL condition over a record.
pub type Condition = dyn Fn(&str, &Map<String, Value>) -> Option<bool>;

/// What a record is checked against beside its fields.
pub struct RecordCheck<'c> {
    /// The code lists of the package.
    pub lists: &'c CodeLists,
    /// The date on which codes must be valid.
    pub on: Date,
    /// Answers a FEEL condition over the record checked so far; `None` when the expression cannot be computed.
    pub condition: &'c Condition,
}

/// Checks every field and gives the canonical record without empty values.
///
/// # Errors
/// All problems of the record; a name that is no field is one of them.
pub fn check_record(
    fields: &[FieldDef],
    data: &Map<String, Value>,
    against: &RecordCheck<'_>,
) -> Result<Map<String, Value>, Vec<Problem>> {
    let mut problems: Vec<Problem> = data
        .keys()
        .filter(|name| !fields.iter().any(|field| field.name == **name))
        .map(|name| unknown_field(name))
        .collect();
    let mut record = Map::new();
    for field in fields {
        let sent = data.get(&field.name).unwrap_or(&Value::Null);
        match field
            .check(sent)
            .and_then(|value| listed(field, value, against))
        {
            Ok(Value::Null) => {}
            Ok(value) => {
                record.insert(field.name.clone(), value);
            }
            Err(problem) => problems.push(problem),
        }
    }
    problems.extend(
        fields
            .iter()
            .filter_map(|field| lacking(field, &record, against)),
    );
    if problems.is_empty() {
        Ok(record)
    } else {
        Err(problems)
    }
}

/// A field required under a condition that holds, and not given.
fn lacking(
    field: &FieldDef,
    record: &Map<String, Value>,
    against: &RecordCheck<'_>,
) -> Option<Problem> {
    let Requirement::When(condition) = &field.required else {
        return None;
    };
    let wanted = (against.condition)(condition, record).unwrap_or(false);
    (wanted && !record.contains_key(&field.name)).then(|| field.missing())
}

fn listed(field: &FieldDef, value: Value, against: &RecordCheck<'_>) -> Result<Value, Problem> {
    match (&field.kind, value.as_str()) {
        (FieldType::Code { list }, Some(code)) => against
            .lists
            .require(list, code, against.on, &field.name)
            .map(|()| value),
        _ => Ok(value),
    }
}

fn unknown_field(name: &str) -> Problem {
    Problem::new(
        "schema.field_unknown",
        name,
        format!("没有 `{name}` 这个字段，请删去"),
        format!("there is no field `{name}`; remove it"),
    )
}
