//! The use cases of registers, one file each.

pub(crate) mod amend_record;
mod copy_sourced;
pub(crate) mod disputes;
pub(crate) mod drafts;
pub(crate) mod export_csv;
mod get_record;
pub(crate) mod import_csv;
pub(crate) mod import_file;
mod list_records;
pub(crate) mod matches;
pub(crate) mod merge_records;
mod pass_on;
pub(crate) mod put_record;
pub(crate) mod remove_record;
mod reveal;
pub(crate) mod score_register;
mod take_effect;
pub(crate) mod view_history;
