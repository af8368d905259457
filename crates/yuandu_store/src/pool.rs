//! Connections opened on demand up to a limit and then shared.

use std::fmt;
use std::sync::{Condvar, Mutex, PoisonError};

use crate::StoreError;

/// Opens one more connection.
type Open<C> = Box<dyn Fn() -> Result<C, StoreError> + Send + Sync>;

/// Idle connections and the way to open more.
pub(crate) struct Pool<C> {
    open: Open<C>,
    idle: Mutex<Idle<C>>,
    returned: Condvar,
    limit: usize,
}

struct Idle<C> {
    connections: Vec<C>,
    open: usize,
}

impl<C> Pool<C> {
    pub(crate) fn new(
        limit: usize,
        open: impl Fn() -> Result<C, StoreError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            open: Box::new(open),
            idle: Mutex::new(Idle {
                connections: Vec::new(),
                open: 0,
            }),
            returned: Condvar::new(),
            limit,
        }
    }

    /// An idle connection that is still usable, or a new one; waits when all are in use.
    pub(crate) fn take(&self, usable: impl Fn(&C) -> bool) -> Result<C, StoreError> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(connection) = idle.connections.pop() {
                if usable(&connection) {
                    return Ok(connection);
                }
                idle.open -= 1;
                continue;
            }
            if idle.open < self.limit {
                idle.open += 1;
                drop(idle);
                return (self.open)().inspect_err(|_| self.forget());
            }
            idle = self
                .returned
                .wait(idle)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    pub(crate) fn give_back(&self, connection: C) {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .connections
            .push(connection);
        self.returned.notify_one();
    }

    fn forget(&self) {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .open -= 1;
        self.returned.notify_one();
    }
}

impl<C> fmt::Debug for Pool<C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Pool of {}", self.limit)
    }
}
