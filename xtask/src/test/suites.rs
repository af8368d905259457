//! The suites, in the order that shows a mistake soonest: interface, Rust, packages, then the built program from outside.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use super::tally::{self, Tally};
use super::{Board, Options, Outcome};
use crate::checkout::{Checkout, cargo};
use crate::{node, run, tools};

/// Crates whose integration tests keep their records in a temporary store.
const ON_POSTGRES: [&str; 11] = [
    "yuandu_store",
    "yuandu_api",
    "yuandu_archive",
    "yuandu_exchange",
    "yuandu_identity",
    "yuandu_insight",
    "yuandu_places",
    "yuandu_process",
    "yuandu_registers",
    "yuandu_search",
    "yuandu_transparency",
];

/// How often servers and databases are killed by the tests of faults.
const KILLS: &str = "YUANDU_KILLS";

/// The folder of the suite that drives a browser.
const BROWSER: &str = "e2e/browser";

/// Runs every suite and enters it on the board; only a missing tool of the checkout itself stops it.
pub fn run_all(checkout: &Checkout, options: &Options, board: &mut Board) -> Result<()> {
    tools::check_for_building()?;
    board.suite("ui: types and build", || {
        node::build_ui(checkout)?;
        node::check_ui(checkout)?;
        Ok(Outcome::Ran(Tally {
            passed: 1,
            ..Tally::default()
        }))
    });
    board.suite("rust: unit and integration tests", || {
        rust_tests(checkout, options)
    });
    board.suite("rust: the same on PostgreSQL", || {
        postgres_tests(checkout, options)
    });
    board.suite("rust: examples in documentation", || {
        doc_tests(checkout, options)
    });
    let mut built = false;
    board.suite("program: builds", || {
        let args = ["build", "--locked", "--workspace", "--bins"];
        run::visibly(
            Command::new(cargo())
                .args(args)
                .current_dir(checkout.root()),
        )?;
        built = true;
        Ok(Outcome::Ran(Tally {
            passed: 1,
            ..Tally::default()
        }))
    });
    if !built {
        return Ok(());
    }
    let program = checkout.program("dev")?;
    for system in checkout.systems()? {
        for verb in ["check", "test"] {
            let name = format!("{verb} {system}");
            if options
                .filter
                .as_ref()
                .is_none_or(|filter| name.contains(filter.as_str()))
            {
                board.suite(&name, || package(checkout, &program, verb, &system));
            }
        }
    }
    outside(checkout, &program, options, board)
}

/// The suites that ask the built program from outside. The browser has the machine to itself, because pages that wait for
/// a processor look like pages that hang; most of the others wait for programs to start, and stand beside one another.
fn outside(
    checkout: &Checkout,
    program: &Path,
    options: &Options,
    board: &mut Board,
) -> Result<()> {
    let mut others = Vec::new();
    for folder in e2e_folders(checkout)? {
        if folder != BROWSER || !options.no_browser {
            node::install(checkout, &folder)?;
        }
        if folder != BROWSER && node::has_script(checkout, &folder, "test")? {
            others.push(folder);
        }
    }
    let city = checkout.target_dir()?.join("e2e-city");
    board.suite("demo city: seeded for all", || {
        let mut seed = Command::new("node");
        seed.arg(checkout.path(BROWSER).join("seed.mjs")).arg(&city);
        run::visibly(seed.env("YUANDU_BIN", program))?;
        Ok(Outcome::Ran(Tally {
            passed: 1,
            ..Tally::default()
        }))
    });
    let under_test = Outside {
        checkout,
        program,
        city: &city,
        options,
    };
    board.suite(BROWSER, || under_test.run(BROWSER, ""));
    board.beside(2, &others, |folder| {
        let name = folder.trim_start_matches("e2e/");
        under_test.run(folder, &format!("{name:<12} | "))
    });
    Ok(())
}

fn rust_tests(checkout: &Checkout, options: &Options) -> Result<Outcome> {
    // Some Rust tests ask libraries nobody here wrote, which live in Node packages below e2e/.
    for folder in e2e_folders(checkout)?
        .iter()
        .filter(|folder| *folder != BROWSER)
    {
        node::install(checkout, folder)?;
    }
    let mut command = Command::new(cargo());
    command.current_dir(checkout.root());
    if tools::has_nextest() {
        command.args([
            "nextest",
            "run",
            "--locked",
            "--workspace",
            "--no-fail-fast",
        ]);
        command.args(["--no-tests", "pass"]);
        if options.long {
            command.args(["--profile", "long"]);
        }
    } else {
        println!(
            "    cargo-nextest is not installed (`cargo install --locked cargo-nextest`); using cargo test"
        );
        command.args([
            "test",
            "--locked",
            "--workspace",
            "--all-targets",
            "--no-fail-fast",
        ]);
    }
    command.args(options.filter.as_deref());
    command.envs(kills(options));
    counted(&mut command)
}

/// What tells the tests of faults to be long; a number that the person set stays.
fn kills(options: &Options) -> Option<(&'static str, &'static str)> {
    let set = std::env::var_os(KILLS).is_some();
    (options.long && !set).then_some((KILLS, "1000"))
}

/// The suites whose stores may as well lie in PostgreSQL, beside a throw-away server.
fn postgres_tests(checkout: &Checkout, options: &Options) -> Result<Outcome> {
    if !tools::has_postgres() {
        let remedy = "PostgreSQL is not installed: `apt-get install postgresql`";
        return Ok(Outcome::Skipped(remedy.to_owned()));
    }
    if !tools::has_nextest() {
        let remedy = "cargo-nextest is not installed: `cargo install --locked cargo-nextest`";
        return Ok(Outcome::Skipped(remedy.to_owned()));
    }
    // Always the whole workspace: a part of it would be compiled with other features, and so all over again.
    let beside = "with_postgres";
    run::visibly(
        Command::new(cargo())
            .args(["build", "--locked", "--workspace", "--example", beside])
            .current_dir(checkout.root()),
    )?;
    let mut command = Command::new(checkout.target_dir()?.join("debug/examples").join(beside));
    command.current_dir(checkout.root());
    command.arg(cargo());
    command.args(["nextest", "run", "--locked", "--workspace"]);
    command.args(["--no-fail-fast", "--no-tests", "pass"]);
    let crates = ON_POSTGRES
        .map(|name| format!("package({name})"))
        .join(" + ");
    // Tests that start a server of their own, or look into SQLite's file, gain nothing from a second run.
    let without = "(package(yuandu_store) and test(/^(faults|faults_at_random|several_servers|tampering)::/)) or test(reaches_the_files)";
    command.args(["-E", &format!("({crates}) and not ({without})")]);
    command.args(options.filter.as_deref());
    counted(&mut command)
}

fn doc_tests(checkout: &Checkout, options: &Options) -> Result<Outcome> {
    let mut command = Command::new(cargo());
    command
        .args(["test", "--locked", "--workspace", "--doc", "--no-fail-fast"])
        .current_dir(checkout.root());
    if let Some(filter) = &options.filter {
        command.args(["--", filter]);
    }
    counted(&mut command)
}

/// `yuandu check` and `yuandu test` count what they looked at; a check that prints no count is one test.
fn package(checkout: &Checkout, program: &Path, verb: &str, system: &str) -> Result<Outcome> {
    counted_or_one(
        Command::new(program)
            .args([verb, system])
            .current_dir(checkout.root()),
    )
}

fn e2e_folders(checkout: &Checkout) -> Result<Vec<String>> {
    Ok(checkout
        .files()?
        .iter()
        .filter_map(|file| file.strip_suffix("/package.json"))
        .filter(|folder| folder.starts_with("e2e/") && folder.matches('/').count() == 1)
        .map(str::to_owned)
        .collect())
}

/// What a suite from outside is given.
struct Outside<'a> {
    checkout: &'a Checkout,
    program: &'a Path,
    city: &'a Path,
    options: &'a Options,
}

impl Outside<'_> {
    fn run(&self, folder: &str, speaker: &str) -> Result<Outcome> {
        let mut command = Command::new("npm");
        if folder == BROWSER {
            if self.options.no_browser {
                return Ok(Outcome::Skipped("left out with --no-browser".to_owned()));
            }
            let Some(chromium) = tools::chromium() else {
                let remedy = "no Chromium: `apt install chromium fonts-noto-cjk`, or name one in the variable CHROMIUM";
                return Ok(Outcome::Skipped(remedy.to_owned()));
            };
            command.env("CHROMIUM", chromium);
        }
        command
            .args(["test", "--silent"])
            .current_dir(self.checkout.path(folder))
            .env("YUANDU_BIN", self.program)
            .env("YUANDU_CITY", self.city)
            .envs(kills(self.options));
        if let Some(filter) = &self.options.filter {
            command.args(["--", "--test-name-pattern", filter]);
        }
        tallied(run::watching_as(speaker, &mut command)?)
    }
}

fn counted(command: &mut Command) -> Result<Outcome> {
    tallied(run::watching(command)?)
}

fn tallied(watched: run::Watched) -> Result<Outcome> {
    match tally::read(&watched.text) {
        Some(tally) if !watched.success && tally.failed == 0 => Ok(Outcome::Broke(format!(
            "the runner failed although it counted {} passed and none failed",
            tally.passed
        ))),
        Some(tally) => Ok(Outcome::Ran(tally)),
        None if watched.success => Ok(Outcome::Ran(Tally::default())),
        None => Ok(Outcome::Broke(
            "it ended before it counted anything; see above".to_owned(),
        )),
    }
}

fn counted_or_one(command: &mut Command) -> Result<Outcome> {
    let watched = run::watching(command).context("the built program cannot be started")?;
    let one = Tally {
        passed: u64::from(watched.success),
        failed: u64::from(!watched.success),
        skipped: 0,
    };
    match tally::read(&watched.text) {
        Some(tally) if watched.success || tally.failed > 0 => Ok(Outcome::Ran(tally)),
        _ => Ok(Outcome::Ran(one)),
    }
}
