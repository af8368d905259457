//! Identifiers: opaque ids, codes of the standards, and names and numbers that people read to each other.
//!
//! Each is parsed once, at the edge, and is then known to be well formed; each shows itself in one canonical form and
//! reads it back. Three families: *opaque* ids ([`CaseId`] and its kin, [`BlobId`]) for machines; *codes* of national
//! standards ([`PersonNumber`], [`CreditCode`], [`DivisionCode`], [`UnitGridCode`], [`ComponentCode`], [`MatterCode`],
//! [`CategoryCode`]); *names and numbers for
//! people* ([`OrgId`], [`PostId`], [`CaseNumber`], [`PhoneNumber`]). This crate knows no code lists: whether
//! a well-formed code exists is a question for a register.
#![deny(missing_docs)]

#[macro_use]
mod text_code;

mod blob_id;
mod case_number;
mod category_code;
mod check_digit;
mod component_code;
mod credit_code;
mod division_code;
mod error;
mod matter_code;
mod opaque;
mod person_number;
mod phone_number;
mod reading;
mod realm;
mod slug;
mod unit_grid_code;

pub use blob_id::BlobId;
pub use case_number::CaseNumber;
pub use category_code::CategoryCode;
pub use component_code::ComponentCode;
pub use credit_code::CreditCode;
pub use division_code::{DivisionCode, DivisionLevel};
pub use error::{IdError, IdKind, Words};
pub use matter_code::MatterCode;
pub use opaque::{CaseId, CertificateRequestId, RecordId, SessionId, TaskId, TimerId, UserId};
pub use person_number::{PersonNumber, Sex};
pub use phone_number::{PhoneKind, PhoneNumber};
pub use realm::RealmId;
pub use slug::{OrgId, PostId};
pub use unit_grid_code::UnitGridCode;
