//! Identifiers: opaque ids, codes from code lists, and address-like names. Each is parsed once.

mod realm;

pub use realm::RealmId;
