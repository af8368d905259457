//! `yuandu restore`: a backup into an empty folder, to its end, a position or a moment.

use crate::out::say;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context as _;
use clap::Args;
use yuandu_continuity::{Restore, Restored, Target, Until, backup_key};
use yuandu_transparency::VerifierKey;

use super::backup::megabytes;
use crate::cmd::database::DatabaseArgs;
use crate::{city, compose, secrets};

/// Restores a backup into an empty folder and proves by the signed root that nothing is missing.
#[derive(Debug, Args)]
pub(crate) struct RestoreArgs {
    /// The backup: a folder or s3://bucket/prefix.
    #[arg(long, value_name = "DIR or URL")]
    from: String,
    /// The data folder; must be empty or absent.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    #[command(flatten)]
    database: DatabaseArgs,
    /// Restores the entries up to this moment, RFC 3339 with offset.
    #[arg(long, value_name = "TIME", conflicts_with = "position")]
    at: Option<jiff::Timestamp>,
    /// Restores so many entries.
    #[arg(long, value_name = "N")]
    position: Option<u64>,
    /// Folder of packages to use instead of those built in; the same as the city's.
    #[arg(long, value_name = "DIR")]
    systems: Option<PathBuf>,
    /// Public key of the log; without it the one that lies beside the backup is believed.
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Folder with copies of the secret files `log-key`, `secret.key` and `site-token`, which are kept apart from the backup.
    #[arg(long, value_name = "DIR")]
    secrets: Option<PathBuf>,
}

pub(crate) fn run(args: RestoreArgs) -> anyhow::Result<ExitCode> {
    let packages = compose::packages(args.systems.as_deref())?;
    let target = Target::open(&args.from)?;
    let key = key(&target, args.key.as_deref())?;
    let until = match (args.position, args.at) {
        (Some(position), _) => Until::Position(position),
        (None, Some(at)) => Until::Moment(at.as_millisecond()),
        (None, None) => Until::End,
    };
    let restored = restore(&Restore {
        target: &target,
        key: &key,
        options: args.database.options(&args.data)?,
        tables: &compose::tables(&packages),
        until,
    })?;
    if let Some(from) = &args.secrets {
        secrets::bring(from, &args.data)?;
    }
    // Last of all: a folder with this file is whole.
    let path = args.data.join(city::FILE);
    std::fs::write(&path, &restored.city)
        .with_context(|| format!("cannot write `{}`", path.display()))?;
    say!("root     {}", restored.head.root_hex());
    for lack in secrets::missing(&args.data) {
        say!("lacks    {lack}");
    }
    say!("serve it with: yuandu serve --data {}", args.data.display());
    Ok(ExitCode::SUCCESS)
}

/// Restores and says how long it took.
pub(crate) fn restore(what: &Restore<'_>) -> anyhow::Result<Restored> {
    let begun = Instant::now();
    let restored = what.run()?;
    let seconds = begun.elapsed().as_secs_f64();
    say!(
        "restored {} of {} entries, {} blobs, {:.1} MB in {seconds:.1} s ({:.1} MB/s)",
        restored.head.size,
        restored.of,
        restored.blobs,
        megabytes(restored.bytes),
        megabytes(restored.bytes) / seconds.max(0.001),
    );
    Ok(restored)
}

/// The key to believe: given, or the one beside the backup.
pub(crate) fn key(target: &Target, given: Option<&str>) -> anyhow::Result<VerifierKey> {
    if let Some(key) = given {
        return Ok(VerifierKey::parse(key)?);
    }
    let key = backup_key(target)?;
    eprintln!("the key beside the backup is believed; compare it: {key}");
    Ok(key)
}
