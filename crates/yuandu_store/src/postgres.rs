//! The PostgreSQL backend: connections, what plain SQL means there, the schema, and the writing side.
//!
//! Nothing outside this folder knows the driver. Callers block: a connection's input and output run on a small runtime of
//! its own, and [`link::wait`] parks the caller until its answer is there, so any thread may ask.

mod copies;
mod dialect;
mod follower;
mod groups;
mod link;
mod mends;
mod schema;
mod shapes;
mod values;
mod writer;

pub(crate) use dialect::Dialect;
pub(crate) use follower::Follower;
pub(crate) use link::{Link, Session, Step};
pub(crate) use schema::{BESIDE, array_type, create, index_name, sql_type};
pub(crate) use shapes::Bulk;
pub(crate) use writer::PostgresWriter;

use std::sync::Arc;
use std::time::Duration;

use crate::{Address, StoreError};

/// How long a reader waits for a database that went away: a request must not hang.
const PATIENCE: Duration = Duration::from_secs(2);

/// A reader's settings: compiling queries costs more than it saves on lists of a hundred rows.
const SETTINGS: &str = "SET jit TO off; SET random_page_cost TO 1.1; SET default_transaction_read_only TO on; SET idle_in_transaction_session_timeout TO '600s'; SET client_min_messages TO warning";

/// A connection that only reads.
pub(crate) fn open_reader(link: &Arc<Link>) -> Result<Session, StoreError> {
    link.connect(SETTINGS, PATIENCE)
}

/// A connection that may change the schema.
pub(crate) fn open_owner(link: &Arc<Link>) -> Result<Session, StoreError> {
    link.connect(
        "SET client_min_messages TO warning",
        Duration::from_secs(10),
    )
}

/// Removes the whole schema.
pub(crate) fn erase(address: &Address) -> Result<(), StoreError> {
    let link = Link::new(address, Dialect::default())?;
    schema::drop_schema(&open_owner(&link)?)
}
