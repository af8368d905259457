//! The use cases beside sign-in itself, one a file.

pub(crate) mod push_request;
pub(crate) mod register_client;
pub(crate) mod sweep;
