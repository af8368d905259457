//! `cargo xtask bench`: every benchmark, one after the other, and `benches/RESULTS.md` with what they printed.
//!
//! The quick form shows in minutes whether something broke. `--full` has 100,000 and 1,000,000 cases and takes hours;
//! only its figures are worth comparing, and only on an otherwise idle machine, so the load is written down too.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::checkout::{Checkout, cargo};
use crate::{run, tools};

/// Where the figures go.
const RESULTS: &str = "benches/RESULTS.md";

/// One benchmark: its title and the command below `target/release`.
struct Bench {
    title: String,
    arguments: Vec<String>,
    on_postgres: bool,
    /// A data folder that must be fresh, because its database is.
    fresh: Option<String>,
}

/// Builds for speed, measures and writes.
pub fn run(checkout: &Checkout, args: &[String]) -> Result<()> {
    let full = match args {
        [] => false,
        [only] if only == "--full" => true,
        _ => bail!("`bench` knows --full"),
    };
    build(checkout)?;
    let mut text = head(checkout, full)?;
    for bench in benches(full) {
        println!("\n=== {}", bench.title);
        let printed =
            measure(checkout, &bench).unwrap_or_else(|error| format!("failed: {error:#}"));
        let _ = write!(
            text,
            "\n## {}\n\n```text\n{}\n```\n",
            bench.title,
            printed.trim_end()
        );
    }
    std::fs::write(checkout.path(RESULTS), text)
        .with_context(|| format!("cannot write {RESULTS}"))?;
    println!("\nwritten to {RESULTS}");
    Ok(())
}

fn build(checkout: &Checkout) -> Result<()> {
    let built: [&[&str]; 2] = [
        &[
            "build",
            "--release",
            "--locked",
            "-p",
            "yuandu",
            "-p",
            "yuandu_bench",
            "--bins",
        ],
        &[
            "build",
            "--release",
            "--locked",
            "-p",
            "yuandu_store",
            "--examples",
        ],
    ];
    for arguments in built {
        run::visibly(
            Command::new(cargo())
                .args(arguments)
                .current_dir(checkout.root()),
        )?;
    }
    Ok(())
}

fn benches(full: bool) -> Vec<Bench> {
    let seconds = if full { "20" } else { "5" };
    let sizes: &[&str] = if full {
        &["1", "100000", "1000000"]
    } else {
        &["1", "10000"]
    };
    let mut list = Vec::new();
    for on_postgres in [false, true] {
        let database = if on_postgres { "PostgreSQL" } else { "SQLite" };
        for what in ["raw", "series"] {
            list.push(Bench {
                title: format!("{what}, {database}"),
                arguments: ["examples/bench_store", what, seconds]
                    .map(str::to_owned)
                    .to_vec(),
                on_postgres,
                fresh: None,
            });
        }
        for cases in sizes {
            let data = format!("target/bench-{}-{cases}", database.to_lowercase());
            for what in commands(on_postgres) {
                let mut arguments: Vec<String> =
                    ["yuandu_bench", "--data", &data, "--cases", cases, what]
                        .map(str::to_owned)
                        .to_vec();
                if *what == "lifecycle" {
                    arguments.extend(["--seconds", seconds].map(str::to_owned));
                }
                list.push(Bench {
                    title: format!("{what}, {database}, {cases} further cases"),
                    arguments,
                    on_postgres,
                    fresh: on_postgres.then(|| data.clone()),
                });
            }
        }
    }
    list
}

/// A backup's whole database, and so the speed of restoring, is SQLite's alone.
fn commands(on_postgres: bool) -> &'static [&'static str] {
    if on_postgres {
        &["lifecycle", "list"]
    } else {
        &["lifecycle", "list", "continuity"]
    }
}

fn measure(checkout: &Checkout, bench: &Bench) -> Result<String> {
    if bench.on_postgres && !tools::has_postgres() {
        return Ok(
            "skipped: PostgreSQL is not installed (`apt-get install postgresql`)".to_owned(),
        );
    }
    if let Some(folder) = &bench.fresh {
        let folder = checkout.path(folder);
        if folder.exists() {
            std::fs::remove_dir_all(&folder)
                .with_context(|| format!("cannot remove {}", folder.display()))?;
        }
    }
    let release = release(checkout);
    let (program, arguments) = bench
        .arguments
        .split_first()
        .context("a benchmark without a program")?;
    let mut command = if bench.on_postgres {
        let mut beside = Command::new(release.join("examples/with_postgres"));
        beside.arg("--durable").arg(release.join(program));
        beside
    } else {
        Command::new(release.join(program))
    };
    command.args(arguments).current_dir(checkout.root());
    let watched = run::watching(&mut command)?;
    if !watched.success {
        bail!("{}", watched.text.trim());
    }
    Ok(watched.text)
}

fn release(checkout: &Checkout) -> std::path::PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| checkout.path("target"), Into::into)
        .join("release")
}

/// Machine, commit and how it was measured.
fn head(checkout: &Checkout, full: bool) -> Result<String> {
    let commit = Command::new("git")
        .args(["log", "-1", "--format=%h %cs"])
        .current_dir(checkout.root())
        .output()
        .context("git does not answer")?;
    let commit = String::from_utf8_lossy(&commit.stdout).trim().to_owned();
    let field = |path: &str, name: &str| {
        let text = std::fs::read_to_string(Path::new(path)).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with(name));
        let value = line.and_then(|line| line.split_once(':'));
        value.map_or_else(
            || "unknown".to_owned(),
            |(_, value)| value.trim().to_owned(),
        )
    };
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: Vec<&str> = load.split(' ').take(3).collect();
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Ok(format!(
        "# Figures\n\nWritten by `cargo xtask bench{}`; do not edit. What each figure means: [README](README.md).\n\n\
         - commit: {commit}\n- machine: {cores} cores of {}, memory {}\n- load of the machine before: {}\n",
        if full { " --full" } else { "" },
        field("/proc/cpuinfo", "model name"),
        field("/proc/meminfo", "MemTotal"),
        load.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::benches;

    #[test]
    fn both_forms_measure_both_databases_by_the_same_benchmarks() {
        for full in [false, true] {
            let list = benches(full);
            let on = |postgres: bool| {
                list.iter()
                    .filter(|bench| bench.on_postgres == postgres)
                    .filter(|bench| !bench.title.starts_with("continuity"))
                    .count()
            };
            assert_eq!(on(true), on(false));
            assert!(list.iter().any(|bench| bench.title.starts_with("raw")));
        }
        assert!(
            benches(true)
                .iter()
                .any(|bench| bench.title.contains("1000000"))
        );
    }
}
