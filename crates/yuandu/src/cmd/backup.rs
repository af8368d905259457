//! `yuandu backup`: copies what is new to another place, once or again and again.

use crate::out::say;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Args;
use yuandu_base::{Clock as _, SystemClock};
use yuandu_continuity::{Backup, Target};
use yuandu_store::Store;

use crate::city::{self, City};
use crate::cmd::database::DatabaseArgs;
use crate::published;

/// Copies log, database and photos to another place, beside a running server. Only what is new is copied.
///
/// Each file is listed with its hash in a manifest that the log's key signs. The secret files `log-key`, `secret.key` and
/// `site-token` are not in the backup: keep copies where only the responsible can read them.
#[derive(Debug, Args)]
pub(crate) struct BackupArgs {
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    #[command(flatten)]
    database: DatabaseArgs,
    /// Where to: a folder or s3://bucket/prefix (credentials and address from AWS_.. variables).
    #[arg(long, value_name = "DIR or URL")]
    to: String,
    /// Goes on and copies what is new again and again.
    #[arg(long)]
    follow: bool,
    /// Seconds between two copies with --follow; at most so much is lost with this machine.
    #[arg(long, value_name = "N", default_value_t = 5)]
    every: u64,
    /// Adds the whole database after so many new entries, so that restoring stays quick.
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    base_every: u64,
}

pub(crate) fn run(args: BackupArgs) -> anyhow::Result<ExitCode> {
    let city = City::read(&args.data)?;
    let log = published::open(&args.data, city.realm)?;
    let path = args.data.join(city::FILE);
    let city = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read `{}`", path.display()))?;
    let target = Target::open(&args.to)?;
    let store = Store::open_to_read(&args.database.options_of_city(&args.data)?)?;
    let backup = Backup {
        store: &store,
        publisher: &log.publisher,
        target: &target,
        city,
        base_every: args.base_every,
    };
    if !args.follow {
        once(&backup)?;
        return Ok(ExitCode::SUCCESS);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    loop {
        // What cannot be copied now is copied next time: no space and no network are told, not given up on.
        if let Err(error) = once(&backup) {
            eprintln!("not backed up: {error:#}; trying again in {} s", args.every);
        }
        // A timer needs the runtime's context when it is made.
        runtime.block_on(async { tokio::time::sleep(Duration::from_secs(args.every)).await });
    }
}

fn once(backup: &Backup<'_>) -> anyhow::Result<()> {
    let begun = Instant::now();
    let done = backup.run(SystemClock.now().as_millisecond())?;
    let base = if done.base {
        ", the whole database"
    } else {
        ""
    };
    say!(
        "backed up {} entries ({} new{base}), {} new blobs, {:.1} MB in {:.1} s",
        done.size,
        done.entries,
        done.blobs,
        megabytes(done.bytes),
        begun.elapsed().as_secs_f64()
    );
    Ok(())
}

/// For reading.
#[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
pub(crate) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1_000_000.0
}
