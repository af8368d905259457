//! Issuing: keys that sign, certificates and lists. What may be issued to whom is decided above.
//!
//! A [`Signer`] is a key in memory or in a token; everything that is signed here goes through it.

mod ceremony;
mod certificate;
mod list;
mod signer;

pub use ceremony::{Authority, CeremonyPlan, Founded, decrypt_key, encrypt_key, found, serial};
pub use certificate::{ExtensionSpec, Template, extensions, sign_certificate};
pub use list::{ListTemplate, Revoked, sign_list};
pub use signer::{KeyKind, SignError, Signer, SoftKey};
