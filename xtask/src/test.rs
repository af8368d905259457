//! `cargo xtask test`: every suite of the repository, one after the other, and a table at the end.
//!
//! A suite that cannot run here says what to install and counts as skipped; with `CI` set a skip is a failure.

pub mod suites;
pub mod tally;

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::checkout::{Checkout, in_ci};
use crate::run;
use tally::Tally;

/// What the person asked for.
#[derive(Default)]
pub struct Options {
    /// Only tests whose name contains this.
    pub filter: Option<String>,
    /// Leave out the suites that drive a browser.
    pub no_browser: bool,
    /// Tests that do something at random do it long enough to find what is rare.
    pub long: bool,
}

/// How a suite ended.
pub enum Outcome {
    /// It ran; these are its counts.
    Ran(Tally),
    /// It broke before it could count, for example because it does not compile.
    Broke(String),
    /// It did not run, and this is what would make it run.
    Skipped(String),
}

struct Row {
    suite: String,
    outcome: Outcome,
    took: Duration,
}

/// Collects the suites' results and prints them.
#[derive(Default)]
pub struct Board {
    rows: Vec<Row>,
}

impl Board {
    /// Runs one suite; an error inside it is a result like any other, so that the others still run.
    pub fn suite(&mut self, name: &str, work: impl FnOnce() -> Result<Outcome>) {
        println!("\n=== {name}");
        let began = Instant::now();
        let outcome = work().unwrap_or_else(|error| Outcome::Broke(format!("{error:#}")));
        match &outcome {
            Outcome::Broke(why) => eprintln!("    BROKE: {why}"),
            Outcome::Skipped(remedy) => eprintln!("    SKIPPED: {remedy}"),
            Outcome::Ran(_) => {}
        }
        self.rows.push(Row {
            suite: name.to_owned(),
            outcome,
            took: began.elapsed(),
        });
    }

    /// Prints the table and fails when anything failed.
    pub fn finish(self, strict: bool) -> Result<()> {
        println!(
            "\n{:<34} {:>7} {:>7} {:>8}  {:>12}",
            "suite", "passed", "failed", "skipped", "time"
        );
        let mut all = Tally::default();
        let mut broken = 0;
        for row in &self.rows {
            let (tally, remark) = match &row.outcome {
                Outcome::Ran(tally) => (*tally, ""),
                Outcome::Broke(_) => (
                    Tally {
                        failed: 1,
                        ..Tally::default()
                    },
                    "  broke",
                ),
                Outcome::Skipped(_) => (
                    Tally {
                        skipped: 1,
                        ..Tally::default()
                    },
                    "  skipped as a whole",
                ),
            };
            let took = run::minutes(row.took);
            println!(
                "{:<34} {:>7} {:>7} {:>8}  {took:>12}{remark}",
                row.suite, tally.passed, tally.failed, tally.skipped
            );
            all = all + tally;
            if strict && matches!(row.outcome, Outcome::Skipped(_)) {
                broken += 1;
            }
        }
        println!(
            "\n{} passed, {} failed, {} skipped",
            all.passed, all.failed, all.skipped
        );
        if all.failed > 0 {
            bail!("{} tests or suites failed", all.failed);
        }
        if broken > 0 {
            bail!(
                "{broken} suites were skipped; with CI set every suite must run (the remedies are above)"
            );
        }
        if all.passed == 0 {
            bail!("no test ran; check the filter");
        }
        Ok(())
    }
}

/// Runs every suite.
pub fn run(checkout: &Checkout, args: Vec<String>) -> Result<()> {
    let options = parse(args)?;
    let mut board = Board::default();
    suites::run_all(checkout, &options, &mut board)?;
    board.finish(in_ci())
}

fn parse(args: Vec<String>) -> Result<Options> {
    let mut options = Options::default();
    let mut args = args.into_iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--filter" => {
                options.filter = Some(
                    args.next()
                        .context("`--filter` needs a part of a test's name")?,
                )
            }
            "--no-browser" => options.no_browser = true,
            "--long" => options.long = true,
            other => {
                bail!("unknown option `{other}`; `test` knows --filter, --no-browser and --long")
            }
        }
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn board(outcomes: Vec<Outcome>) -> Board {
        let mut board = Board::default();
        for outcome in outcomes {
            board.suite("x", || Ok(outcome));
        }
        board
    }

    fn passed(passed: u64) -> Outcome {
        Outcome::Ran(Tally {
            passed,
            ..Tally::default()
        })
    }

    #[test]
    fn a_skipped_suite_fails_only_where_strictness_is_asked_for() {
        let skipped = || Outcome::Skipped("install it".to_owned());
        assert!(board(vec![passed(3), skipped()]).finish(false).is_ok());
        assert!(board(vec![passed(3), skipped()]).finish(true).is_err());
    }

    #[test]
    fn one_failed_test_fails_the_whole() {
        let failed = Outcome::Ran(Tally {
            passed: 9,
            failed: 1,
            skipped: 0,
        });
        assert!(board(vec![failed]).finish(false).is_err());
    }

    #[test]
    fn a_suite_that_breaks_is_a_failure_and_does_not_stop_the_next() {
        let mut board = Board::default();
        board.suite("breaks", || bail!("does not compile"));
        board.suite("runs", || Ok(passed(1)));
        assert_eq!(board.rows.len(), 2);
        assert!(board.finish(false).is_err());
    }

    #[test]
    fn running_no_test_at_all_is_a_failure() {
        assert!(board(vec![passed(0)]).finish(false).is_err());
    }
}
