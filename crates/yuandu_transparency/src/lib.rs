#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod audit;
mod checkpoint;
mod cosignature;
mod error;
mod key;
mod note;
mod publisher;
mod text;
mod tile;
mod witness;

pub use audit::{Audit, Audited, Fetch, Known};
pub use checkpoint::Checkpoint;
pub use cosignature::{Cosignature, cosign};
pub use error::TransparencyError;
pub use key::{SigningKey, VerifierKey};
pub use note::{Note, NoteSignature};
pub use publisher::{Answered, Publisher, Request, request_body};
pub use tile::{ENTRIES_A_TILE, TilePath};
pub use witness::{Answer, Witness};
