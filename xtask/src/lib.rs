//! What `cargo xtask` does, one sub-command a file.
//!
//! This crate builds, runs and checks the others; it must not depend on any of them, so that it compiles in seconds
//! and works while they are broken. Start with [`demo`], [`mod@test`], [`tidy`] and [`ci`].

pub mod bench;
pub mod checkout;
pub mod ci;
pub mod demo;
pub mod loc;
pub mod node;
pub mod openapi;
pub mod packages;
pub mod run;
pub mod test;
pub mod tidy;
pub mod tools;
