//! `yuandu drill`: restores the newest backup into a scratch folder and proves that nothing is missing.

use crate::out::say;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use yuandu_base::{Clock as _, SystemClock};
use yuandu_continuity::{Manifest, Restore, Target, Until};
use yuandu_store::{Store, StoreOptions, verify};

use super::backup::megabytes;
use super::restore::{key, restore};
use crate::cmd::database::DatabaseArgs;
use crate::compose;

/// Restores the newest backup into a scratch folder, verifies every entry, table and photo, and throws it away.
///
/// Exit codes: 0 the backup is good, 1 it is not, 2 it cannot be read.
#[derive(Debug, Args)]
pub(crate) struct DrillArgs {
    /// The backup: a folder or s3://bucket/prefix.
    #[arg(long, value_name = "DIR or URL")]
    from: String,
    /// Folder for the scratch copy; the system's one for temporary files if left out.
    #[arg(long, value_name = "DIR")]
    scratch: Option<PathBuf>,
    /// The data folder that was backed up, if it is at hand: how many entries the backup is behind is told.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(flatten)]
    database: DatabaseArgs,
    /// Folder of packages to use instead of those built in; the same as the city's.
    #[arg(long, value_name = "DIR")]
    systems: Option<PathBuf>,
    /// Public key of the log; without it the one that lies beside the backup is believed.
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
}

pub(crate) fn run(args: DrillArgs) -> anyhow::Result<ExitCode> {
    let tables = compose::tables(&compose::packages(args.systems.as_deref())?);
    let target = Target::open(&args.from)?;
    let key = key(&target, args.key.as_deref())?;
    let scratch = match &args.scratch {
        Some(dir) => tempfile::tempdir_in(dir)?,
        None => tempfile::tempdir()?,
    };
    let begun = Instant::now();
    let dir = scratch.path().join("city");
    let restored = restore(&Restore {
        target: &target,
        key: &key,
        options: StoreOptions::new(&dir),
        tables: &tables,
        until: Until::End,
    })?;
    if let Some(newest) = Manifest::newest(&target, &key)? {
        let bytes = newest.inspect(&target)?;
        say!(
            "files    {} segments and {} whole databases, {:.1} MB, each as listed",
            newest.segments.len(),
            newest.bases.len(),
            megabytes(bytes)
        );
    }
    let report = verify::verify(&dir, &tables, &mut |_, _, _| ())?;
    let good = report.is_clean() && report.root == restored.head.root_hex();
    say!("root     {} (signed and recomputed)", report.root);
    let age = SystemClock.now().as_millisecond() - restored.made_at_ms;
    say!("made     {} s ago", age / 1000);
    if let Some(data) = &args.data {
        let size = Store::open_to_read(&args.database.options_of_city(data)?)?.size();
        say!(
            "RPO      {} entries of {size} are not in the backup",
            size.saturating_sub(restored.of)
        );
    }
    say!(
        "RTO      {:.1} s to restore and verify",
        begun.elapsed().as_secs_f64()
    );
    for finding in &report.findings {
        say!("ALTERED  {}: {}", finding.place, finding.what);
    }
    say!(
        "{}",
        if good {
            "the backup is good"
        } else {
            "the backup is not good"
        }
    );
    Ok(if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}
