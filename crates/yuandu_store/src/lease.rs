//! Leases: work that one of several servers does, until it stops saying that it is there.
//!
//! A lease saves the others the trouble; it is not what keeps work from being done twice. Two servers that both believe
//! to hold one still commit plans with expectations, and the second plan is refused.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio_postgres::types::Type;

use crate::StoreError;
use crate::pool::Pool;
use crate::postgres::{Link, Session, Step, open_owner};

const TAKE: &str = "INSERT INTO lease (name, holder, until) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until WHERE lease.holder = excluded.holder OR lease.until <= $4 RETURNING holder";

/// The leases of this server.
#[derive(Debug)]
pub(crate) struct Leases {
    /// Tells this server from others, also from itself before a restart.
    holder: String,
    /// None where the database belongs to one server.
    sessions: Option<Pool<Session>>,
}

impl Leases {
    /// Where there is one server, it holds every lease.
    pub(crate) fn alone() -> Self {
        Self {
            holder: String::new(),
            sessions: None,
        }
    }

    pub(crate) fn shared(link: Arc<Link>) -> Self {
        Self {
            holder: format!("{:032x}", rand::random::<u128>()),
            sessions: Some(Pool::new(1, move || open_owner(&link))),
        }
    }

    /// Takes or renews a lease until `now + time`; false while another server holds it.
    pub(crate) fn take(
        &self,
        name: &str,
        now: Timestamp,
        time: Duration,
    ) -> Result<bool, StoreError> {
        let Some(sessions) = &self.sessions else {
            return Ok(true);
        };
        let session = sessions.take(|session| !session.is_closed())?;
        let now = now.as_millisecond();
        let until = now.saturating_add(i64::try_from(time.as_millis()).unwrap_or(i64::MAX));
        let step = Step {
            sql: TAKE,
            types: &[Type::TEXT, Type::TEXT, Type::INT8, Type::INT8],
            parameters: vec![&name, &self.holder, &until, &now],
        };
        let answers = session.pipeline("", &[step], "");
        sessions.give_back(session);
        Ok(answers?.first().is_some_and(|rows| !rows.is_empty()))
    }
}
