//! `cargo xtask test`: every suite of the repository, one after the other, and a table at the end.
//!
//! A suite that cannot run here says what to install and counts as skipped; with `CI` set a skip is a failure.

pub mod suites;
pub mod tally;

use std::sync::Mutex;
use std::thread;
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
        self.rows.push(timed(name, work));
    }

    /// Runs suites beside one another, so many at once; each says its name before every line. They are entered in their
    /// own order.
    pub fn beside(
        &mut self,
        lanes: usize,
        names: &[String],
        work: impl Fn(&str) -> Result<Outcome> + Sync,
    ) {
        let waiting = Mutex::new(names.iter().enumerate());
        let next = || waiting.lock().ok()?.next();
        let lane = || {
            let mut rows = Vec::new();
            while let Some((at, name)) = next() {
                rows.push((at, timed(name, || work(name))));
            }
            rows
        };
        let mut rows: Vec<(usize, Row)> = thread::scope(|scope| {
            let running: Vec<_> = (0..lanes).map(|_| scope.spawn(lane)).collect();
            let done = running.into_iter().filter_map(|lane| lane.join().ok());
            done.flatten().collect()
        });
        rows.sort_by_key(|(at, _)| *at);
        // A lane that fell takes its suites along; they must not pass unnoticed.
        for (at, name) in names.iter().enumerate() {
            if !rows.iter().any(|(done, _)| *done == at) {
                self.suite(name, || bail!("it did not come to an end"));
            }
        }
        self.rows.extend(rows.into_iter().map(|(_, row)| row));
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

/// Runs a suite and tells what kept it from running.
fn timed(name: &str, work: impl FnOnce() -> Result<Outcome>) -> Row {
    println!("\n=== {name}");
    let began = Instant::now();
    let outcome = work().unwrap_or_else(|error| Outcome::Broke(format!("{error:#}")));
    match &outcome {
        Outcome::Broke(why) => eprintln!("    {name} BROKE: {why}"),
        Outcome::Skipped(remedy) => eprintln!("    {name} SKIPPED: {remedy}"),
        Outcome::Ran(_) => {}
    }
    Row {
        suite: name.to_owned(),
        outcome,
        took: began.elapsed(),
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
    fn suites_beside_one_another_all_count_in_their_order_and_one_that_falls_is_a_failure() {
        let names = ["breaks", "runs", "falls", "runs too"].map(str::to_owned);
        let mut board = Board::default();
        board.beside(2, &names, |name| match name {
            "breaks" => bail!("does not compile"),
            _ => Ok(passed(1)),
        });
        let order: Vec<&str> = board.rows.iter().map(|row| row.suite.as_str()).collect();
        assert_eq!(order, ["breaks", "runs", "falls", "runs too"]);
        assert!(board.finish(false).is_err());

        let mut board = Board::default();
        board.beside(2, &names, |name| {
            assert_ne!(name, "falls");
            Ok(passed(1))
        });
        assert_eq!(board.rows.len(), names.len());
        assert!(board.finish(false).is_err());
    }

    #[test]
    fn running_no_test_at_all_is_a_failure() {
        assert!(board(vec![passed(0)]).finish(false).is_err());
    }
}
