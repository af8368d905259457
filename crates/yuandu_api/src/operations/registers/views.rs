//! What leaves and enters the operations on registers as JSON.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A register the caller may list.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RegisterView {
    /// Full name, `<package>.<register>`.
    pub(super) name: String,
    /// Title in the language of the request.
    pub(super) title: String,
    /// Fields: name, label, type.
    pub(super) fields: Vec<FieldView>,
}

/// A field of a register.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FieldView {
    /// Name.
    pub(super) name: String,
    /// Label in the language of the request.
    pub(super) label: String,
    /// Type.
    pub(super) r#type: String,
}

/// A record.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RecordJson {
    /// Id.
    pub(super) id: String,
    /// Log position that last wrote it; send it back with a change.
    pub(super) version: u64,
    /// Values by field; empty ones are absent.
    pub(super) values: Map<String, Value>,
    /// Fields whose value the caller may not see.
    pub(super) masked: Vec<String>,
}

/// A page of records.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RecordPage {
    /// The records.
    pub(super) records: Vec<RecordJson>,
    /// Pass as `after` for the next page.
    pub(super) next: Option<String>,
    /// How many there are.
    pub(super) total: Option<u64>,
    /// Whether `total` is exact; else there are more.
    pub(super) total_is_exact: bool,
}

/// A record to write.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PutRecordRequest {
    /// Values by field; `null` clears one.
    pub(super) values: Map<String, Value>,
    /// The version seen; a later one refuses the change.
    pub(super) version: Option<u64>,
    /// First day of the change, where the register keeps versions; today when absent.
    pub(super) from: Option<String>,
    /// The day after the last one; absent: from then on.
    pub(super) to: Option<String>,
    /// What was recorded was wrong; needs a reason.
    #[serde(default)]
    pub(super) correction: bool,
    /// Why.
    pub(super) reason: Option<String>,
}

/// A version of a record.
#[derive(Debug, Serialize, JsonSchema)]
pub struct VersionJson {
    /// First day on which the values are true.
    pub(super) valid_from: Option<String>,
    /// The day after the last one.
    pub(super) valid_to: Option<String>,
    /// Since when the register says so.
    pub(super) known_from: Option<String>,
    /// Until when it said so; absent while it does.
    pub(super) known_to: Option<String>,
    /// Who said it.
    pub(super) by: String,
    /// `created`, `changed`, `corrected`, or `kept`: what is left of a version whose other days changed.
    pub(super) how: Value,
    /// The reason given.
    pub(super) why: Option<String>,
    /// Whether it is the record as shown today.
    pub(super) present: bool,
    /// Values by field; restricted ones are masked.
    pub(super) values: Map<String, Value>,
}

/// What a write did.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PutView {
    /// Id.
    pub(super) id: String,
    /// `created`, `updated` or `unchanged`.
    pub(super) outcome: Value,
    /// Position in the log, if anything was written.
    pub(super) position: Option<u64>,
}
