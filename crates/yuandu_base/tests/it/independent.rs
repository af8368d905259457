//! Compares every day of 2004 to 2026 and 10,000 sums with the npm library `chinese-days`, which shares no code with
//! us. Without Node or the package the tests print `SKIPPED`; under `CI=true` that is a failure.

use std::path::Path;
use std::process::Command;

use jiff::civil::Date;
use yuandu_base::calendar::{Budget, Calendar};

/// The answers of the library, or none when it is not installed.
fn answers(which: &str) -> Option<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../e2e/calendar");
    let installed = folder
        .join("node_modules/chinese-days/package.json")
        .exists();
    let run = Command::new("node")
        .arg("answers.mjs")
        .arg(which)
        .current_dir(&folder)
        .output();
    match run {
        Ok(run) if installed && run.status.success() => {
            Some(String::from_utf8(run.stdout).unwrap())
        }
        other => {
            let why = match other {
                Ok(run) => String::from_utf8_lossy(&run.stderr).into_owned(),
                Err(error) => error.to_string(),
            };
            let must = std::env::var("CI").is_ok_and(|ci| ci == "true");
            assert!(!must, "run `npm ci` in e2e/calendar first: {why}");
            eprintln!(
                "SKIPPED: the calendar was NOT compared; run `npm ci` in e2e/calendar ({why})"
            );
            None
        }
    }
}

#[test]
fn every_day_from_2004_to_2026_is_what_the_independent_library_says() {
    let Some(days) = answers("days") else { return };
    let calendar = Calendar::statutory();
    let mut compared = 0;
    for line in days.lines() {
        let (date, works) = line.split_once(' ').unwrap();
        let date: Date = date.parse().unwrap();
        assert_eq!(calendar.is_working_day(date), works == "1", "{date}");
        assert!(calendar.covers(date));
        compared += 1;
    }
    assert_eq!(compared, 8_401);
}

#[test]
fn ten_thousand_random_sums_end_where_the_independent_library_ends() {
    let Some(sums) = answers("sums") else { return };
    let calendar = Calendar::statutory();
    let mut compared = 0;
    for line in sums.lines() {
        let cells: Vec<&str> = line.split(' ').collect();
        let from = calendar
            .parse_instant(&format!("{} 10:15", cells[0]))
            .unwrap();
        let budget = Budget::days(cells[1].parse().unwrap());
        let projection = calendar.project(from, budget).unwrap();
        assert_eq!(
            projection.due_local(),
            format!("{} 17:30", cells[2]),
            "{line}"
        );
        assert!(!projection.beyond_calendar);
        compared += 1;
    }
    assert_eq!(compared, 10_000);
}
