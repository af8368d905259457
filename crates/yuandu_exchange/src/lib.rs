#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod address;
mod canonical;
mod error;
mod event;
mod exchange;
mod holdings;
mod keys;
mod message;
mod ops;
mod queries;
mod receipt;
mod signature;
mod tables;
mod terms;

pub use address::{ContractId, NodeId};
pub use canonical::{RowHash, chained, part_hash, row_hash};
pub use error::{ExchangeError, Refusal, Why};
pub use event::SPEC_VERSION;
pub use exchange::Exchange;
pub use holdings::{Holdings, SharedRow};
pub use keys::PublicKey;
pub use message::{Answer, Incoming, Outgoing};
pub use ops::batches::{BatchView, RejectView, Side};
pub use ops::compare::DifferenceView;
pub use ops::contracts::{ContractState, ContractView, ProposeContract};
pub use ops::monitor::RouteView;
pub use ops::nodes::{NodeState, NodeView, RegisterNode};
pub use ops::query::Answered;
pub use ops::rejects::MendReject;
pub use receipt::{Receipt, SignedReceipt};
pub use tables::schema;
pub use terms::{FieldNote, Terms};
