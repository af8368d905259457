#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod apply;
mod backend;
mod blobs;
mod change;
mod clock_watch;
mod committer;
mod compare;
mod database;
mod duty;
mod encoding;
mod error;
mod lease;
mod log;
pub mod merkle;
mod plan;
mod pool;
mod postgres;
mod reader;
mod rebuild;
mod row;
mod sealed;
pub mod series;
mod snapshot;
mod sqlite;
mod store;
mod table;
pub mod testing;
mod tiles;
mod value;
pub mod verify;

pub use blobs::{BlobRef, Blobs, Collected, Shelf, Shelved, collect_blobs, recorded_blobs};
pub use change::{Change, Expect};
pub use database::{Address, Database};
pub use duty::Duty;
pub use error::StoreError;
pub use log::{Head, InclusionProof, Log, LoggedEntry};
pub use plan::{Entry, IdempotencyKey, Plan, Receipt};
pub use reader::Reader;
pub use rebuild::Rebuilt;
pub use row::Row;
pub use sealed::{SealedEntry, grow, sha256_hex};
pub use snapshot::{snapshot, write_anchor};
pub use store::{Store, StoreOptions, TemporaryStore};
pub use table::{Column, Index, Kind, TableDef};
pub use value::Value;
