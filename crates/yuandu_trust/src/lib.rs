//! Certificates and what they prove: reading, checking paths, and saying in words why not.
//!
//! Begin with [`path::validate`]; what it can say is in [`rule`].
#![deny(missing_docs)]
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub mod cert;
pub mod cms;
pub mod crl;
pub mod der;
pub mod doctor;
pub mod ext;
pub mod issue;
pub mod key;
pub mod name;
pub mod ocsp;
pub mod oids;
pub mod path;
pub mod pem;
pub mod question;
pub mod request;
pub mod rule;
pub mod stamp;
