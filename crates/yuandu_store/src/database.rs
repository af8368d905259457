//! Which database holds the records: a file in the data folder, or PostgreSQL by its address.
//!
//! The address may carry a password, so nothing here prints it: [`Database`] shows host, database and schema only.

use std::fmt;
use std::str::FromStr;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use crate::StoreError;

/// The schema used when the address names none: one of our own, since a shared one may hold what is not ours.
const DEFAULT_SCHEMA: &str = "yuandu";

/// The database of a store.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Database {
    /// SQLite, embedded: one file in the data folder.
    #[default]
    Sqlite,
    /// PostgreSQL 15 or newer.
    Postgres(Address),
}

/// Where a PostgreSQL database is, with its credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    config: Box<Config>,
    schema: String,
}

impl Database {
    /// Reads `sqlite:` or `postgres://user:password@host:port/database?schema=NAME`. A socket folder is given as
    /// `postgres:///database?host=/run/postgresql&user=NAME`.
    ///
    /// # Errors
    /// Says what is wrong, without the address itself.
    pub fn parse(text: &str) -> Result<Self, StoreError> {
        let text = text.trim();
        if text == "sqlite" || text == "sqlite:" {
            return Ok(Self::Sqlite);
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Address::parse(text).map(Self::Postgres);
        }
        Err(wrong(
            "it must be `sqlite:` or begin with `postgres://`; the folder of SQLite is given as the data folder",
        ))
    }

    /// Whether this is PostgreSQL.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }
}

impl Address {
    fn parse(text: &str) -> Result<Self, StoreError> {
        let (base, query) = text.split_once('?').unwrap_or((text, ""));
        let mut schema = DEFAULT_SCHEMA.to_owned();
        let mut rest = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("schema", name)) => name.clone_into(&mut schema),
                _ => rest.push(pair),
            }
        }
        let plain = if rest.is_empty() {
            base.to_owned()
        } else {
            format!("{base}?{}", rest.join("&"))
        };
        let named = !schema.is_empty()
            && schema.len() <= 40
            && schema
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if !named {
            return Err(wrong(
                "`schema` must be 1 to 40 lower-case letters, digits and underscores",
            ));
        }
        let config =
            Config::from_str(&plain).map_err(|_| wrong("it is not an address of PostgreSQL"))?;
        if config.get_ssl_mode() == SslMode::Require {
            return Err(wrong(
                "`sslmode=require` is not built in; reach the database by a socket, a private network or a tunnel",
            ));
        }
        Ok(Self {
            config: Box::new(config),
            schema,
        })
    }

    /// The schema (namespace) the tables lie in.
    #[must_use]
    pub fn schema(&self) -> &str {
        &self.schema
    }

    /// The same database, another schema.
    #[must_use]
    pub fn in_schema(&self, schema: &str) -> Self {
        Self {
            config: self.config.clone(),
            schema: schema.to_owned(),
        }
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }
}

impl FromStr for Database {
    type Err = StoreError;
    fn from_str(text: &str) -> Result<Self, StoreError> {
        Self::parse(text)
    }
}

impl fmt::Display for Database {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite => formatter.write_str("SQLite in the data folder"),
            Self::Postgres(address) => write!(formatter, "PostgreSQL at {address}"),
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ports = self.config.get_ports();
        for (at, host) in self.config.get_hosts().iter().enumerate() {
            if at > 0 {
                formatter.write_str(",")?;
            }
            match host {
                Host::Tcp(name) => formatter.write_str(name)?,
                Host::Unix(path) => write!(formatter, "{}", path.display())?,
            }
            let port = ports.get(at).or_else(|| ports.first());
            if let Some(port) = port {
                write!(formatter, ":{port}")?;
            }
        }
        let database = self.config.get_dbname().unwrap_or("");
        write!(formatter, "/{database}, schema {}", self.schema)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

fn wrong(what: &str) -> StoreError {
    StoreError::Address {
        what: what.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::Database;

    #[test]
    fn an_address_is_shown_without_its_password() {
        let database =
            Database::parse("postgres://city:geheim@db.example:5433/weifang?schema=y1").unwrap();
        for shown in [format!("{database}"), format!("{database:?}")] {
            assert_eq!(shown, "PostgreSQL at db.example:5433/weifang, schema y1");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_in_words_that_do_not_repeat_it() {
        for text in [
            "mysql://root:geheim@host/db",
            "postgres://u:geheim@h/d?schema=x;drop",
            "postgres://u:geheim@h/d?sslmode=require",
            "postgres://u:geheim@h:port/d",
            "",
        ] {
            let error = Database::parse(text).unwrap_err().to_string();
            assert!(!error.contains("geheim"), "{error}");
        }
    }

    #[test]
    fn sqlite_and_socket_folders_have_addresses_too() {
        assert_eq!(Database::parse("sqlite:").unwrap(), Database::Sqlite);
        let socket =
            Database::parse("postgres:///yuandu?host=/run/postgresql&user=yuandu").unwrap();
        assert_eq!(
            socket.to_string(),
            "PostgreSQL at /run/postgresql/yuandu, schema yuandu"
        );
    }
}
