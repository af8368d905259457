//! Counts of tests, read from the closing lines that test runners print.

use std::ops::Add;

/// Tests that passed, failed and did not run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub passed: u64,
    pub failed: u64,
    pub skipped: u64,
}

impl Add for Tally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
        }
    }
}

/// Reads every closing line in a runner's output and adds them up; `None` when there is none.
///
/// Knows cargo-nextest (`Summary [..] 9 tests run: 8 passed, 1 failed, 0 skipped`), cargo test
/// (`test result: ok. 3 passed; 0 failed; 1 ignored`), node's test runner (`# pass 3` on lines of its own) and the
/// plain line `3 passed, 0 failed, 0 skipped`. Nextest shows the output of a failed test, which closes with a line of
/// its own; beside its summary only the summary counts.
pub fn read(text: &str) -> Option<Tally> {
    let mut found = false;
    let mut all = Tally::default();
    let summed_up = |line: &str| line.trim().starts_with(SUMMARY);
    let only_summary = text.lines().any(summed_up);
    for line in text.lines().filter(|line| !only_summary || summed_up(line)) {
        if let Some(tally) = closing_line(line.trim()) {
            found = true;
            all = all + tally;
        }
    }
    found.then_some(all)
}

/// How the closing line of nextest begins.
const SUMMARY: &str = "Summary [";

fn closing_line(line: &str) -> Option<Tally> {
    if line.starts_with(SUMMARY) {
        // A test "timed out" or "exec failed" is a failure too, and nextest counts it apart.
        let (_, counts) = line.split_once("run: ")?;
        let failed = number_before(counts, "failed")
            + number_before(counts, "timed")
            + number_before(counts, "exec");
        return Some(Tally {
            passed: number_before(counts, "passed"),
            failed,
            skipped: number_before(counts, "skipped"),
        });
    }
    if let Some(counts) = line.strip_prefix("test result: ") {
        return Some(Tally {
            passed: number_before(counts, "passed"),
            failed: number_before(counts, "failed"),
            skipped: number_before(counts, "ignored"),
        });
    }
    if let Some(tally) = node_line(line) {
        return Some(tally);
    }
    plain_line(line)
}

/// Node prints one count a line, marked `#` or `ℹ`.
fn node_line(line: &str) -> Option<Tally> {
    let rest = line
        .strip_prefix("# ")
        .or_else(|| line.strip_prefix("ℹ "))?;
    let (word, number) = rest.split_once(' ')?;
    let number: u64 = number.parse().ok()?;
    let none = Tally::default();
    match word {
        "pass" => Some(Tally {
            passed: number,
            ..none
        }),
        "fail" | "cancelled" => Some(Tally {
            failed: number,
            ..none
        }),
        "skipped" | "todo" => Some(Tally {
            skipped: number,
            ..none
        }),
        _ => None,
    }
}

/// `3 passed, 0 failed` alone on a line, perhaps with `, 1 skipped`, perhaps after one word and a colon.
fn plain_line(line: &str) -> Option<Tally> {
    let line = line.split_once(": ").map_or(line, |(_, rest)| rest);
    let mut words = line.split(' ');
    let starts = words.next()?.parse::<u64>().is_ok()
        && words.next()? == "passed,"
        && words.next()?.parse::<u64>().is_ok();
    starts.then(|| Tally {
        passed: number_before(line, "passed"),
        failed: number_before(line, "failed"),
        skipped: number_before(line, "skipped"),
    })
}

/// The number that stands before a word: `8` for `passed` in `8 passed, 1 failed`.
fn number_before(text: &str, word: &str) -> u64 {
    let words: Vec<&str> = text
        .split([' ', ',', ';'])
        .filter(|part| !part.is_empty())
        .collect();
    words
        .windows(2)
        .filter_map(|pair| match pair {
            [number, name] if *name == word => number.parse::<u64>().ok(),
            _ => None,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, passed: u64, failed: u64, skipped: u64) {
        assert_eq!(
            read(text),
            Some(Tally {
                passed,
                failed,
                skipped
            }),
            "{text}"
        );
    }

    #[test]
    fn nextest_closing_lines_are_read() {
        check(
            "     Summary [   1.234s] 12 tests run: 10 passed (1 slow), 2 failed, 3 skipped",
            10,
            2,
            3,
        );
        check(
            "     Summary [   9.1s] 3 tests run: 1 passed, 1 failed, 1 timed out, 0 skipped",
            1,
            2,
            0,
        );
    }

    #[test]
    fn what_a_failed_test_printed_is_not_counted_beside_the_summary() {
        let text = "test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 9 filtered out\n\
                    Summary [   1.2s] 3 tests run: 2 passed, 1 failed, 0 skipped";
        check(text, 2, 1, 0);
    }

    #[test]
    fn cargo_test_closing_lines_are_added_up() {
        let text = "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out\n\
                    test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out";
        check(text, 4, 2, 1);
    }

    #[test]
    fn node_counts_are_read_from_both_reporters() {
        check(
            "ℹ tests 5\nℹ suites 1\nℹ pass 4\nℹ fail 1\nℹ cancelled 0\nℹ skipped 0\nℹ todo 0",
            4,
            1,
            0,
        );
        check("# tests 2\n# pass 1\n# fail 0\n# skipped 1", 1, 0, 1);
    }

    #[test]
    fn the_plain_line_is_read_and_prose_is_not() {
        check("10000 passed, 0 failed", 10_000, 0, 0);
        check("calendar: 5 passed, 1 failed, 2 skipped", 5, 1, 2);
        assert_eq!(read("two of them passed, we think"), None);
    }
}
