#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod app;
pub mod archive;
mod authzen;
pub mod context;
pub mod desk;
mod error;
mod errors;
pub mod exchange;
pub mod extract;
pub mod finder;
mod layers;
pub mod oauth;
mod ogc;
pub mod open311;
pub mod openapi;
mod operation;
pub mod operations;
pub mod photos;
mod pki;
mod router;
mod scim;
mod shape;
pub mod tlog;
pub mod views;

pub use app::{App, AppParts, SystemInfo};
pub use context::Visitor;
pub use error::{ApiError, ErrorView, ProblemView};
pub use operation::{ANYONE, Operation, Parameter, SIGNED_IN};
pub use router::router;
