#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod authority;
mod error;
mod list;
mod ops;
mod pki;
mod profile;
mod responder;
mod services;
mod store;
mod subject;
mod tables;
mod timestamps;

pub use authority::{Authority, AuthorityFiles};
pub use error::PkiError;
pub use ops::request_certificate::NewRequest;
pub use ops::revoke_certificate::Reason;
pub use pki::Pki;
pub use responder::OcspReply;
pub use store::{CertificateFilter, CertificateRow, RequestRow};
pub use subject::{Asked, Kind};
pub use tables::schema;
pub use timestamps::POLICY;
pub use yuandu_trust::stamp::MOST_BYTES as MOST_QUESTION_BYTES;
