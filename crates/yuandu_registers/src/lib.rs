#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod csv_cells;
mod error;
mod existence;
mod list;
mod live;
mod ops;
mod queries;
mod record;
mod registers;
mod table;
mod timeline;
mod versions;

pub use error::RegistersError;
pub use list::{ColumnFilter, Facet, FacetValue, ListRecords, Page, Sort, Total};
pub use ops::amend_record::AmendRecord;
pub use ops::export_csv::{ExportCsv, ExportSummary};
pub use ops::import_csv::{ImportCsv, ImportReport, RowOutcome, RowResult};
pub use ops::put_record::{PutOutcome, PutRecord, PutResult};
pub use ops::remove_record::RemoveRecord;
pub use ops::view_history::VersionView;
pub use record::RecordView;
pub use registers::Registers;
pub use table::tables;
pub use versions::{AsOf, How, Validity};
