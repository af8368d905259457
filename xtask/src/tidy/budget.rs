//! The size budget: files, functions, crates. Exceptions are written down with a reason and may only shrink.

use std::collections::BTreeMap;

use anyhow::Result;

use super::report::{Place, Report};
use super::rust::Sources;
use super::settings::{Budget, Exception};
use crate::checkout::Checkout;

/// Kinds of files that people write and must be able to read.
const WRITTEN: [&str; 8] = ["rs", "ts", "mjs", "js", "css", "sql", "bpmn", "dmn"];

const SPLIT: &str = "split it along what it does, or enter it in budget.toml with owner and reason";

/// Measures every file, function and crate.
pub fn check(
    checkout: &Checkout,
    files: &[String],
    sources: &Sources,
    budget: &Budget,
    report: &mut Report,
) -> Result<()> {
    for path in files {
        let written = path
            .rsplit_once('.')
            .is_some_and(|(_, ending)| WRITTEN.contains(&ending));
        if written {
            file(path, checkout.read(path)?.lines().count(), budget, report);
        }
    }
    functions(sources, budget, report);
    crates(sources, budget, report);
    for exception in &budget.exceptions {
        still_needed(exception, files, sources, report);
    }
    Ok(())
}

fn file(path: &str, lines: usize, budget: &Budget, report: &mut Report) {
    let place = Place::file(path);
    let exception = budget
        .exceptions
        .iter()
        .find(|e| e.path == path && e.function.is_none());
    let limit = exception.map_or(budget.file_fail, |e| e.lines);
    if lines > limit {
        report.fail(
            place,
            "size",
            format!("{lines} lines, {limit} are allowed"),
            SPLIT,
        );
    } else if path.ends_with("/lib.rs") && lines > budget.lib {
        let what = format!(
            "lib.rs has {lines} lines, {} are enough for docs and re-exports",
            budget.lib
        );
        report.warn(place, "size", what, "move the rest to modules");
    } else if lines > budget.file_warn && exception.is_none() {
        report.warn(
            place,
            "size",
            format!("{lines} lines, aim for 250"),
            "think of a seam",
        );
    } else if let Some(exception) = exception.filter(|e| e.lines >= lines + 50) {
        let what = format!(
            "{lines} lines, budget.toml still allows {}",
            exception.lines
        );
        report.fail(place, "size", what, "lower the entry, it may only shrink");
    }
}

fn functions(sources: &Sources, budget: &Budget, report: &mut Report) {
    for source in &sources.all {
        for function in &source.functions {
            let exception = budget.exceptions.iter().find(|e| {
                e.path == source.path && e.function.as_deref() == Some(function.name.as_str())
            });
            let usual = match source.in_tests() {
                true => budget.function_in_tests,
                false => budget.function,
            };
            let limit = exception.map_or(usual, |e| e.lines);
            if function.lines > limit {
                let what = format!(
                    "`{}` has {} lines, {limit} are allowed",
                    function.name, function.lines
                );
                report.fail(
                    Place::new(&source.path, function.line),
                    "size",
                    what,
                    "name its parts as functions",
                );
            }
        }
    }
}

fn crates(sources: &Sources, budget: &Budget, report: &mut Report) {
    let mut lines: BTreeMap<&str, usize> = BTreeMap::new();
    for source in &sources.all {
        if let Some(name) = source
            .path
            .strip_prefix("crates/")
            .and_then(|rest| rest.split('/').next())
        {
            *lines.entry(name).or_default() += source.lines;
        }
    }
    for (name, lines) in lines {
        let folder = format!("crates/{name}");
        let exception = budget.exceptions.iter().find(|e| e.path == folder);
        let limit = exception.map_or(budget.crate_lines, |e| e.lines);
        if lines <= limit {
            continue;
        }
        let what = format!("the crate has {lines} lines, {limit} are allowed");
        report.fail(
            Place::file(&format!("{folder}/Cargo.toml")),
            "size",
            what,
            "split the crate along the field's terms",
        );
    }
}

fn still_needed(exception: &Exception, files: &[String], sources: &Sources, report: &mut Report) {
    let exists = match &exception.function {
        None => {
            let manifest = format!("{}/Cargo.toml", exception.path);
            files.contains(&exception.path) || files.contains(&manifest)
        }
        Some(name) => sources.all.iter().any(|source| {
            source.path == exception.path
                && source
                    .functions
                    .iter()
                    .any(|function| function.name == *name)
        }),
    };
    if !exists {
        let what = format!(
            "the entry for `{}` names nothing that exists",
            exception.path
        );
        report.fail(Place::file("budget.toml"), "size", what, "remove the entry");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::rust::scan;

    fn budget(exceptions: Vec<Exception>) -> Budget {
        Budget {
            file_warn: 400,
            file_fail: 700,
            function: 80,
            function_in_tests: 120,
            crate_lines: 15_000,
            lib: 150,
            exceptions,
        }
    }

    fn outcome(lines: usize, budget: &Budget) -> (usize, usize) {
        let mut report = Report::new(1);
        file("crates/a/src/x.rs", lines, budget, &mut report);
        (report.failures().count(), report.warnings().count())
    }

    #[test]
    fn a_file_warns_past_400_lines_and_fails_past_700() {
        assert_eq!(outcome(400, &budget(Vec::new())), (0, 0));
        assert_eq!(outcome(401, &budget(Vec::new())), (0, 1));
        assert_eq!(outcome(701, &budget(Vec::new())), (1, 0));
    }

    #[test]
    fn an_exception_lifts_the_limit_and_may_only_shrink() {
        let lifted = budget(vec![Exception {
            path: "crates/a/src/x.rs".to_owned(),
            function: None,
            lines: 900,
        }]);
        assert_eq!(outcome(890, &lifted), (0, 0));
        assert_eq!(outcome(901, &lifted), (1, 0));
        assert_eq!(outcome(500, &lifted), (1, 0));
    }

    fn with_function(path: &str, lines: usize) -> Sources {
        let text = format!("fn long() {{\n{}}}\n", "    step();\n".repeat(lines - 2));
        Sources {
            all: vec![scan(path, &text).expect("valid Rust")],
        }
    }

    #[test]
    fn a_function_of_81_lines_is_found_and_in_tests_one_of_121() {
        for (path, lines, found) in [
            ("crates/a/src/x.rs", 80, 0),
            ("crates/a/src/x.rs", 81, 1),
            ("crates/a/tests/it/x.rs", 120, 0),
            ("crates/a/tests/it/x.rs", 121, 1),
        ] {
            let mut report = Report::new(1);
            functions(
                &with_function(path, lines),
                &budget(Vec::new()),
                &mut report,
            );
            assert_eq!(report.failures().count(), found, "{path} {lines}");
        }
    }

    #[test]
    fn a_crate_past_its_limit_is_found_unless_its_folder_has_an_entry() {
        let entry = |lines| Exception {
            path: "crates/a".to_owned(),
            function: None,
            lines,
        };
        for (exceptions, found) in [
            (Vec::new(), 1),
            (vec![entry(20_000)], 0),
            (vec![entry(15_500)], 1),
        ] {
            let mut report = Report::new(1);
            let sources = with_function("crates/a/src/x.rs", 16_000);
            crates(&sources, &budget(exceptions), &mut report);
            assert_eq!(report.failures().count(), found);
        }
    }

    #[test]
    fn an_exception_for_a_file_that_is_gone_is_found() {
        let mut report = Report::new(0);
        let exception = Exception {
            path: "gone.rs".to_owned(),
            function: None,
            lines: 900,
        };
        still_needed(&exception, &[], &Sources { all: Vec::new() }, &mut report);
        assert_eq!(report.failures().count(), 1);
    }
}
