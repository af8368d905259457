//! The options `--database` and `--blobs`, which every command that opens a city has.

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use anyhow::bail;
use clap::Args;
use yuandu_continuity::Target;
use yuandu_store::{Database, Shelf, StoreOptions};

/// Where the records are, and photos and papers.
#[derive(Debug, Args)]
pub(crate) struct DatabaseArgs {
    /// Where the records are: `sqlite:` (a file in the data folder) or `postgres://USER:PASSWORD@HOST/DATABASE?schema=NAME`
    /// (PostgreSQL 15 or newer; a socket folder as `postgres:///DATABASE?host=/run/postgresql&user=USER`).
    #[arg(
        long,
        value_name = "URL",
        env = "YUANDU_DATABASE",
        hide_env_values = true,
        default_value = "sqlite:"
    )]
    database: Secret,
    /// Where photos and papers lie, if not in the data folder: a folder that several servers share, or `s3://bucket/prefix`
    /// (address and credentials from AWS_.. variables).
    #[arg(long, value_name = "DIR or URL", env = "YUANDU_BLOBS")]
    blobs: Option<String>,
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
        Ok(Database::parse(&self.database.0)?)
    }

    /// The database of a city that was set up: a folder whose records are elsewhere is not taken for an empty city.
    fn of_city(&self, dir: &Path) -> anyhow::Result<Database> {
        let database = self.database()?;
        if database == Database::Sqlite && !dir.join("yuandu.db").is_file() {
            bail!(
                "the records of the city in `{}` are not in the folder; name their database with --database or YUANDU_DATABASE",
                dir.display()
            );
        }
        Ok(database)
    }

    /// How a store in this folder is opened, whatever the folder holds.
    pub(crate) fn options(&self, dir: &Path) -> anyhow::Result<StoreOptions> {
        Ok(StoreOptions::new(dir)
            .on(self.database()?)
            .with_shelf(self.shelf()?))
    }

    /// The same for a city that was set up.
    pub(crate) fn options_of_city(&self, dir: &Path) -> anyhow::Result<StoreOptions> {
        Ok(StoreOptions::new(dir)
            .on(self.of_city(dir)?)
            .with_shelf(self.shelf()?))
    }

    fn shelf(&self) -> anyhow::Result<Option<Arc<dyn Shelf>>> {
        let Some(url) = &self.blobs else {
            return Ok(None);
        };
        Ok(Some(Arc::new(Target::open(url)?)))
    }
}
