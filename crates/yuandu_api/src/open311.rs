//! Open311 GeoReport v2: the same cases, in the form other programs know.
//!
//! Anonymous only: a session cookie is not looked at here. What is given to everyone is what the public pages show.
//! Source: GeoReport v2, <https://wiki.open311.org/GeoReport_v2/>.

pub mod format;
mod given;
mod handlers;
mod location;
pub mod model;
mod query;
mod read;
mod report;

pub use handlers::routes;
