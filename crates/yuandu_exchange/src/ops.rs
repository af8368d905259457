//! The use cases of the exchange, one file for each.

pub(crate) mod batches;
pub(crate) mod begin_batch;
pub(crate) mod compare;
pub(crate) mod contracts;
pub(crate) mod fill_batch;
pub(crate) mod monitor;
pub(crate) mod nodes;
pub(crate) mod outbox;
pub(crate) mod query;
pub(crate) mod receive;
pub(crate) mod rejects;
