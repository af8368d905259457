//! `yuandu verify`: proves that the records are what the log says, or names what is not.

mod online;

use crate::out::say;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use yuandu_store::verify::{Finding, Report, verify_store};

use crate::city::{self, City};
use crate::cmd::database::DatabaseArgs;
use crate::compose;

/// Walks the log, recomputes the Merkle tree and compares every table and blob with it. Changes nothing.
///
/// With --url the published log of a running server is checked instead, from outside and without its database.
///
/// Compared are also the schema with the declared one, and the city in city.toml with the cities of the log. Files among the
/// blobs that no record names are told as notices: an upload that is not sent yet looks the same.
///
/// Exit codes: 0 everything agrees (notices do not count), 1 something was altered or is damaged (each entry, table or offset
/// is named), 2 the folder or server cannot be read.
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
    let mut report = report?;
    city(&data, &mut report);
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
        say!("ALTERED  {}", line(finding));
    }
    if report.unlisted > 0 {
        say!(
            "ALTERED  and {} more differences that are not listed",
            report.unlisted
        );
    }
    for warning in &report.warnings {
        say!("NOTICE   {}: {}", warning.place, warning.what);
    }
    say!(
        "{}",
        if report.is_clean() {
            "everything agrees with the log"
        } else {
            "the records do not agree with the log"
        }
    );
    if let Some(advice) = advice(report) {
        say!("{advice}");
    }
}

fn line(finding: &Finding) -> String {
    let entry = match finding.entry {
        Some(entry) => format!("entry {entry}: "),
        None => String::new(),
    };
    format!("{entry}{}: {}", finding.place, finding.what)
}

/// Compares the city that the folder says it holds with those the log is about. The city's name stands in no entry.
fn city(data: &Path, report: &mut Report) {
    if !City::is_in(data) {
        return;
    }
    match City::read(data) {
        Err(error) => report.add(city::FILE, format!("{error:#}")),
        Ok(city) => {
            let realm = i64::from(city.realm.get());
            if report.realms.is_empty() || report.realms.contains(&realm) {
                return;
            }
            let realms: Vec<String> = report.realms.iter().map(i64::to_string).collect();
            let what = format!(
                "it says realm {realm}, but the entries of the log are of {}",
                realms.join(", ")
            );
            report.add(city::FILE, what);
        }
    }
}

/// What to do: the log and the file itself cannot be made again from anything in this folder, all else can.
fn advice(report: &Report) -> Option<&'static str> {
    let lost = |finding: &Finding| {
        let place = finding.place.as_str();
        place.starts_with("log") || place.starts_with("database file") || place.starts_with("blob ")
    };
    if report.is_clean() {
        return None;
    }
    if report.findings.iter().any(lost) {
        return Some(
            "Keep this folder as it is, for whoever looks into it. Go on with the standby (`yuandu promote`), or bring back the newest backup into another folder (`yuandu restore`).",
        );
    }
    Some(
        "The log is whole. `yuandu rebuild TABLE --data DIR` makes rows what the log says; what nothing declares is removed by hand once it is known who put it there.",
    )
}
