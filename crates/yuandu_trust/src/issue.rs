//! Issuing: keys that sign, and what they sign: certificates, lists, OCSP answers, messages and time-stamps. What may be
//! issued to whom is decided above.
//!
//! A [`Signer`] is a key in memory or in a token; everything that is signed here goes through it.

mod answer;
mod ceremony;
mod certificate;
mod list;
mod message;
mod signer;
mod stamp;

pub use answer::{AnswerRefusal, AnswerTemplate, Standing, refuse_answer, sign_answer};
pub use ceremony::{Authority, CeremonyPlan, Founded, decrypt_key, encrypt_key, found, serial};
pub use certificate::{ExtensionSpec, Template, extensions, sign_certificate};
pub use list::{ListTemplate, Revoked, sign_list};
pub use message::{MessageTemplate, sign_message};
pub use signer::{KeyKind, SignError, Signer, SoftKey};
pub use stamp::{StampTemplate, refuse_stamp, sign_stamp};
