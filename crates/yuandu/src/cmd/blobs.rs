//! `yuandu blobs`: photos and papers that nothing refers to.

use crate::out::say;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use yuandu_base::{Clock as _, SystemClock};
use yuandu_store::{Store, collect_blobs};

use super::backup::megabytes;
use crate::city::City;
use crate::cmd::database::DatabaseArgs;

/// Counts the stored photos and papers, and those that neither a record nor any entry of the log mentions. Runs beside a server.
#[derive(Debug, Args)]
pub(crate) struct BlobsArgs {
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    #[command(flatten)]
    database: DatabaseArgs,
    /// Removes those that nothing mentions.
    #[arg(long)]
    collect: bool,
    /// Hours that something uploaded is left alone, so that a form being filled in loses nothing.
    #[arg(long, value_name = "N", default_value_t = 168, value_parser = clap::value_parser!(i64).range(24..=87_600))]
    grace: i64,
}

pub(crate) fn run(args: BlobsArgs) -> anyhow::Result<ExitCode> {
    City::read(&args.data)?;
    let store = Store::open_to_read(&args.database.options_of_city(&args.data)?)?;
    let grace = jiff::SignedDuration::from_hours(args.grace);
    let found = collect_blobs(&store, SystemClock.now(), grace, args.collect)?;
    say!("referred to       {}", found.kept);
    say!("newer than {} h   {}", args.grace, found.young);
    say!(
        "referred to by nothing  {} ({:.1} MB){}",
        found.orphans,
        megabytes(found.bytes),
        if args.collect { ", removed" } else { "" }
    );
    Ok(ExitCode::SUCCESS)
}
