//! What can go wrong in the store.

use thiserror::Error;
use yuandu_base::ErrorKind;

/// A failure of the store. Messages name tables and positions, never contents.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The row a plan stands on was changed by someone else meanwhile, or is gone.
    #[error("a row of `{table}` changed meanwhile; read it again and retry")]
    Changed {
        /// Table of the row.
        table: String,
    },
    /// A value that must be unique is taken.
    #[error("a value of `{constraint}` is already in use")]
    Taken {
        /// The unique index or key that refused, for example `cases.number`.
        constraint: String,
    },
    /// The idempotency key was used for another request.
    #[error("the idempotency key was used for another request; send a new one")]
    KeyReused,
    /// More work is waiting than the committer takes; nothing was changed.
    #[error("the committer is busy; try again in {retry_after_s} s")]
    Busy {
        /// When to try again.
        retry_after_s: u32,
    },
    /// The disk is full or not writable; nothing was changed.
    #[error("the disk cannot take the change: {reason}; nothing was changed")]
    Disk {
        /// What the database said.
        reason: String,
    },
    /// The database cannot be reached, or is just starting again; nothing was changed.
    #[error("the database cannot be reached: {reason}; nothing was changed, try again")]
    Unreachable {
        /// What the connection said.
        reason: String,
    },
    /// The place of photos and papers cannot be reached; nothing was changed.
    #[error("photos and papers cannot be reached: {reason}; try again")]
    Shelf {
        /// What was asked for and what came back.
        reason: String,
    },
    /// The address of the database cannot be used. The address itself is not repeated: it may hold a password.
    #[error("the address of the database cannot be used: {what}")]
    Address {
        /// What is wrong with it.
        what: String,
    },
    /// The stored bytes are damaged.
    #[error(
        "the database is damaged: {reason}; `yuandu verify` tells what is whole, `yuandu restore` brings back the newest backup"
    )]
    Corrupt {
        /// What the database said.
        reason: String,
    },
    /// The data folder is used by another server.
    #[error(
        "the data folder `{dir}` is in use by another server; stop it or choose another folder"
    )]
    Locked {
        /// The folder.
        dir: String,
    },
    /// This site may not write now: it is a standby, or another site took over.
    #[error("this site does not take changes: {reason}")]
    NotHere {
        /// Which site does, or what to do.
        reason: String,
    },
    /// The clock of this machine lies behind the log: what it dates would be wrong. Nothing was changed.
    #[error(
        "the clock says {now}, but the newest entry is of {newest}; nothing was changed. Set the clock; if the entry's time is the wrong one, start once with --clock-may-go-back"
    )]
    ClockBehind {
        /// What the clock says.
        now: jiff::Timestamp,
        /// When the newest entry was written.
        newest: jiff::Timestamp,
    },
    /// The change is durable here, but the standby did not confirm it.
    #[error(
        "the change is stored here but the second site did not confirm it: {reason}; ask again with the same key before you rely on it"
    )]
    Unconfirmed {
        /// What was waited for.
        reason: String,
    },
    /// A plan names a table or column that is not declared, or leaves out a key column.
    #[error("`{name}` is not declared in table `{table}`")]
    Undeclared {
        /// Table named.
        table: String,
        /// Column named (or the table itself).
        name: String,
    },
    /// An observation cannot be stored as it is.
    #[error("an observation cannot be stored: {what}; nothing of the batch was stored")]
    Unfit {
        /// Which one, and what a fitting one is like.
        what: String,
    },
    /// A stored column does not hold what the reader asked for.
    #[error("column `{column}` does not hold {wanted}")]
    Column {
        /// Column asked for.
        column: String,
        /// Kind asked for.
        wanted: &'static str,
    },
    /// Reading or writing a file of the data folder failed.
    #[error("cannot use `{path}`")]
    File {
        /// File or folder.
        path: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The database refused a statement for a reason that is our fault.
    #[error("the database refused: {reason}")]
    Database {
        /// What the database said.
        reason: String,
    },
    /// The committer has stopped.
    #[error("the store is closed")]
    Closed,
}

impl StoreError {
    /// The coarse kind for callers.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Changed { .. } | Self::Taken { .. } | Self::KeyReused => ErrorKind::Conflict,
            Self::Busy { .. } => ErrorKind::Busy,
            Self::Address { .. } | Self::Unfit { .. } => ErrorKind::Invalid,
            Self::Disk { .. }
            | Self::Unreachable { .. }
            | Self::Shelf { .. }
            | Self::Locked { .. }
            | Self::NotHere { .. }
            | Self::ClockBehind { .. }
            | Self::Unconfirmed { .. }
            | Self::Closed => ErrorKind::Unavailable,
            Self::Corrupt { .. }
            | Self::Undeclared { .. }
            | Self::Column { .. }
            | Self::File { .. }
            | Self::Database { .. } => ErrorKind::Internal,
        }
    }

    pub(crate) fn file(path: &std::path::Path, source: std::io::Error) -> Self {
        Self::File {
            path: path.display().to_string(),
            source,
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        let reason = error.to_string();
        match error.sqlite_error_code() {
            Some(Code::DiskFull | Code::CannotOpen | Code::ReadOnly | Code::SystemIoFailure) => {
                Self::Disk { reason }
            }
            Some(Code::DatabaseCorrupt | Code::NotADatabase) => Self::Corrupt { reason },
            Some(Code::DatabaseBusy | Code::DatabaseLocked) => Self::Busy { retry_after_s: 1 },
            Some(Code::ConstraintViolation) if reason.contains("UNIQUE") => {
                // SQLite says: "UNIQUE constraint failed: cases.realm, cases.number".
                let names = reason.rsplit(": ").next().unwrap_or_default();
                let constraint = names
                    .split(", ")
                    .filter(|name| !name.ends_with(".realm"))
                    .collect::<Vec<_>>()
                    .join(", ");
                Self::Taken { constraint }
            }
            _ => Self::Database { reason },
        }
    }
}
