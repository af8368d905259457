//! `yuandu archive`: closed cases leave the tables, or come back.

use crate::out::say;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use yuandu_archive::Sealed;
use yuandu_base::{Clock as _, SystemClock};
use yuandu_store::Store;

use crate::city::City;
use crate::cmd::database::DatabaseArgs;
use crate::cmd::running::Running;
use crate::{archive, compose};

/// Moves cases that were closed long ago into sealed segments, which stay searchable (`/api/v1/archive`), or brings one back.
///
/// With --url the running server does it; without, it must be stopped. `yuandu serve --archive-after DAYS` does it by itself.
/// Archived cases are in no figure: keep at hand what is still compared, as a rule 800 days (this year and the last).
#[derive(Debug, Args)]
pub(crate) struct ArchiveArgs {
    /// The data folder; the token in it lets in to the running server.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    #[command(flatten)]
    database: DatabaseArgs,
    /// Moves cases that were last touched more than so many days ago.
    #[arg(long, value_name = "DAYS", required_unless_present = "recall", value_parser = clap::value_parser!(i64).range(1..=36_500))]
    older: Option<i64>,
    /// Brings the case of this number back.
    #[arg(long, value_name = "NUMBER", conflicts_with = "older")]
    recall: Option<String>,
    /// Address of the running server.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Folder of packages to use instead of those built in.
    #[arg(long, value_name = "DIR")]
    systems: Option<PathBuf>,
    /// Certificates (PEM) to trust instead of the system's.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

/// What a lot was.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(crate) struct Lot {
    pub(crate) cases: usize,
    pub(crate) rows: usize,
    pub(crate) bytes: usize,
}

impl From<Option<Sealed>> for Lot {
    fn from(sealed: Option<Sealed>) -> Self {
        sealed.map_or_else(Self::default, |sealed| Self {
            cases: sealed.matters,
            rows: sealed.rows,
            bytes: sealed.bytes,
        })
    }
}

pub(crate) fn run(args: ArchiveArgs) -> anyhow::Result<ExitCode> {
    let work: Box<dyn Work> = match &args.url {
        Some(url) => Box::new(Running::at(url, &args.data, args.ca.clone())?),
        None => Box::new(Alone::open(&args)?),
    };
    if let Some(number) = &args.recall {
        for number in work.recall(number)? {
            say!("`{number}` is back");
        }
        return Ok(ExitCode::SUCCESS);
    }
    let days = args.older.unwrap_or_default();
    let (mut sum, mut segments) = (Lot::default(), 0);
    loop {
        let lot = work.seal(days)?;
        if lot.cases == 0 {
            break;
        }
        segments += 1;
        sum.cases += lot.cases;
        sum.rows += lot.rows;
        sum.bytes += lot.bytes;
    }
    say!(
        "archived {} cases with {} rows in {segments} segments, {:.1} MB",
        sum.cases,
        sum.rows,
        super::backup::megabytes(sum.bytes as u64)
    );
    Ok(ExitCode::SUCCESS)
}

/// A running server, or a store of one's own.
trait Work {
    /// Seals one lot; no cases if none is left.
    fn seal(&self, days: i64) -> anyhow::Result<Lot>;

    /// Brings a case back with those that belong to it; gives their numbers.
    fn recall(&self, number: &str) -> anyhow::Result<Vec<String>>;
}

impl Work for Running {
    fn seal(&self, days: i64) -> anyhow::Result<Lot> {
        let answer = self.post("archive", &[("older", &days.to_string())])?;
        Ok(serde_json::from_slice(&answer.body)?)
    }

    fn recall(&self, number: &str) -> anyhow::Result<Vec<String>> {
        let answer = self.post("archive/recall", &[("number", number)])?;
        Ok(serde_json::from_slice(&answer.body)?)
    }
}

struct Alone {
    store: Store,
    city: City,
    kind: yuandu_archive::Kind,
}

impl Alone {
    fn open(args: &ArchiveArgs) -> anyhow::Result<Self> {
        let packages = compose::packages(args.systems.as_deref())?;
        let options = args.database.options_of_city(&args.data)?;
        Ok(Self {
            store: Store::open(&options, &compose::tables(&packages))
                .context("stop the server first, or name its address with --url")?,
            city: City::read(&args.data)?,
            kind: archive::kind(&packages)?,
        })
    }
}

impl Work for Alone {
    fn seal(&self, days: i64) -> anyhow::Result<Lot> {
        let now = SystemClock.now();
        let before = now.checked_sub(SignedDuration::from_hours(24 * days))?;
        let most = (archive::LOT, now);
        archive::seal(&self.store, self.city.realm, &self.kind, before, most).map(Lot::from)
    }

    fn recall(&self, number: &str) -> anyhow::Result<Vec<String>> {
        let now = SystemClock.now();
        archive::recall(&self.store, self.city.realm, &self.kind, number, now)
    }
}
