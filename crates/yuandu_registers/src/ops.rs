//! The use cases of registers, one file each.

pub(crate) mod amend_record;
mod copy_sourced;
pub(crate) mod export_csv;
mod get_record;
pub(crate) mod import_csv;
mod list_records;
pub(crate) mod put_record;
pub(crate) mod remove_record;
mod reveal;
mod take_effect;
pub(crate) mod view_history;
