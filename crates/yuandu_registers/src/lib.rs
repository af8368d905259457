#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod csv_cells;
mod error;
mod existence;
mod list;
mod live;
mod matching;
mod ops;
mod queries;
mod record;
mod registers;
mod table;
mod timeline;
mod versions;

pub use error::RegistersError;
pub use list::{ColumnFilter, Facet, FacetValue, ListRecords, Page, Sort, Total};
pub use matching::{Evidence, Similar};
pub use ops::amend_record::AmendRecord;
pub use ops::disputes::{AnswerDispute, DISPUTE_BUDGET, DisputeState, DisputeView, OpenDispute};
pub use ops::drafts::{DecideDraft, DraftState, DraftView};
pub use ops::export_csv::{ExportCsv, ExportSummary};
pub use ops::import_csv::{ImportCsv, ImportReport, RowOutcome, RowResult};
pub use ops::import_file::{ImportFile, ImportSummary, schema};
pub use ops::matches::{KeepApart, MatchView};
pub use ops::merge_records::{MergeRecords, MergeView};
pub use ops::put_record::{PutOutcome, PutRecord, PutResult};
pub use ops::remove_record::RemoveRecord;
pub use ops::score_register::{Coverage, Scorecard, Shortcoming};
pub use ops::view_history::VersionView;
pub use record::RecordView;
pub use registers::Registers;
pub use table::tables;
pub use versions::{AsOf, How, Validity};
