#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod check;
mod code_list;
mod column;
mod field;
mod field_source;
mod form;
mod identifiers;
mod json_schema;
mod matching;
mod people_text;
mod quality;
pub mod reading;
mod record;
mod register;
mod universal;

pub use code_list::{CodeEntry, CodeList, CodeLists};
pub use column::{Cell, CellKind, ColumnDef};
pub use field::{FieldDef, FieldType, Requirement, Sensitivity};
pub use form::{FormCheck, FormDef, FormField, ResolvedField};
pub use matching::{CompareBy, Comparison, MatchingDef};
pub use quality::QualityRule;
pub use reading::{Located, Table};
pub use record::{Condition, RecordCheck, check_record};
pub use register::{History, IndexDef, RegisterDef, Retention};
pub use universal::{UNIVERSAL_CASE_COLUMNS, universal_case_fields};
