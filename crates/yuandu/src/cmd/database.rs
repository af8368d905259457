//! The option `--database`, which every command that opens a city has.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use anyhow::bail;
use clap::Args;
use yuandu_store::Database;

/// Which database holds the records.
#[derive(Debug, Args)]
pub(crate) struct DatabaseArgs {
    /// Where the records are: `sqlite:` (a file in the data folder) or `postgres://USER:PASSWORD@HOST/DATABASE?schema=NAME`
    /// (PostgreSQL 15 or newer; a socket folder as `postgres:///DATABASE?host=/run/postgresql&user=USER`).
    #[arg(
        long = "database",
        value_name = "URL",
        env = "YUANDU_DATABASE",
        hide_env_values = true,
        default_value = "sqlite:"
    )]
    url: Secret,
}

/// An address with a password in it: taken as it is, so that no message repeats it.
#[derive(Clone)]
struct Secret(String);

impl FromStr for Secret {
    type Err = std::convert::Infallible;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("not shown")
    }
}

impl DatabaseArgs {
    /// The database, whatever the folder holds.
    pub(crate) fn database(&self) -> anyhow::Result<Database> {
        Ok(Database::parse(&self.url.0)?)
    }

    /// The database of a city that was set up: a folder whose records are elsewhere is not taken for an empty city.
    pub(crate) fn of_city(&self, dir: &Path) -> anyhow::Result<Database> {
        let database = self.database()?;
        if database == Database::Sqlite && !dir.join("yuandu.db").is_file() {
            bail!(
                "the records of the city in `{}` are not in the folder; name their database with --database or YUANDU_DATABASE",
                dir.display()
            );
        }
        Ok(database)
    }
}
