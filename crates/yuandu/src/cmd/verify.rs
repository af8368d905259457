//! `yuandu verify`: proves that the records are what the log says, or names what is not.

mod online;

use crate::out::say;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use yuandu_store::verify::{Report, verify_store};

use crate::city::City;
use crate::cmd::database::DatabaseArgs;
use crate::compose;

/// Walks the log, recomputes the Merkle tree and compares every table and blob with it. Changes nothing.
///
/// With --url the published log of a running server is checked instead, from outside and without its database.
///
/// Exit codes: 0 everything agrees, 1 something was altered (each entry is named), 2 the folder or server cannot be read.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The data folder.
    #[arg(long, value_name = "DIR", required_unless_present = "url")]
    data: Option<PathBuf>,
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    online: online::OnlineArgs,
    /// Goes on from what this file says was verified before, and writes what is verified now; made if it is not there.
    #[arg(long, value_name = "FILE", requires = "url")]
    since: Option<PathBuf>,
    /// Folder of packages to use instead of those built in.
    #[arg(long, value_name = "DIR")]
    systems: Option<PathBuf>,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: VerifyArgs) -> anyhow::Result<ExitCode> {
    let bar = if args.json {
        ProgressBar::hidden()
    } else {
        ProgressBar::new(0)
    };
    bar.set_style(
        ProgressStyle::with_template("{msg:12} {wide_bar} {pos}/{len}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    if let Some(url) = args.online.url() {
        return online::run(&args.online, url, args.since.as_deref(), args.json, &bar);
    }
    let data = args.data.unwrap_or_default();
    let database = args.database.database()?;
    anyhow::ensure!(
        data.join("yuandu.db").is_file() || (database.is_postgres() && City::is_in(&data)),
        "`{}` holds no city",
        data.display()
    );
    let packages = compose::packages(args.systems.as_deref())?;
    let report = verify_store(
        &args.database.options(&data)?,
        &compose::tables(&packages),
        &mut |stage, done, all| {
            bar.set_message(stage.to_owned());
            bar.set_length(all);
            bar.set_position(done);
        },
    );
    bar.finish_and_clear();
    let report = report?;
    if args.json {
        say!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print(&report);
    }
    Ok(if report.is_clean() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

fn print(report: &Report) {
    say!("entries  {} ", report.size);
    say!("root     {}", report.root);
    let rows: u64 = report.tables.iter().map(|(_, rows)| rows).sum();
    say!("tables   {} with {rows} rows", report.tables.len());
    say!("blobs    {}", report.blobs);
    for finding in &report.findings {
        let entry = finding.entry.map_or_else(
            || "entry unknown".to_owned(),
            |entry| format!("entry {entry}"),
        );
        say!("ALTERED  {entry}: {}: {}", finding.place, finding.what);
    }
    if report.unlisted > 0 {
        say!(
            "ALTERED  and {} more differences that are not listed",
            report.unlisted
        );
    }
    say!(
        "{}",
        if report.is_clean() {
            "everything agrees with the log"
        } else {
            "the records do not agree with the log"
        }
    );
}
