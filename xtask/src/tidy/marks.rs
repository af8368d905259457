//! Marks that must not stay: unfinished work, tests left out in JavaScript, paths of one machine.

use super::report::{Place, Report};
use crate::checkout::Checkout;

/// Endings of text files that are looked through.
const TEXTS: [&str; 18] = [
    "rs", "ts", "mjs", "js", "css", "sql", "bpmn", "dmn", "cedar", "toml", "md", "json", "csv",
    "yml", "yaml", "sh", "html", "svg",
];

/// Looks through every text file.
pub fn check(checkout: &Checkout, files: &[String], report: &mut Report) {
    let machine = machine_paths(checkout);
    for path in files {
        let ending = path.rsplit_once('.').map(|(_, ending)| ending);
        let is_text =
            ending.is_some_and(|ending| TEXTS.contains(&ending)) || path.starts_with(".ci/");
        let Ok(text) = checkout.read(path) else {
            continue;
        };
        if !is_text {
            continue;
        }
        for (at, line) in text.lines().enumerate() {
            look_at(line, Place::new(path, at + 1), &machine, report);
        }
    }
}

fn look_at(line: &str, place: Place, machine: &[String], report: &mut Report) {
    let ending = place
        .path
        .rsplit_once('.')
        .map_or("", |(_, ending)| ending)
        .to_owned();
    if let Some(path) = machine.iter().find(|path| line.contains(path.as_str())) {
        report.fail(
            place.clone(),
            "machine",
            format!("`{path}` is a path of one machine"),
            "use a path from the repository's root",
        );
    }
    if ["rs", "ts", "mjs", "js", "css", "sql"].contains(&ending.as_str()) && unfinished(line) {
        let remedy = "finish it, or write `TO-DO(#123)` without the hyphen and with its ticket";
        report.fail(
            place.clone(),
            "unfinished",
            "a mark of unfinished work",
            remedy,
        );
    }
    if ["ts", "mjs", "js"].contains(&ending.as_str()) && leaves_out(line) {
        report.fail(
            place,
            "left out",
            "a test is skipped, or all others are",
            "run all tests, always",
        );
    }
}

/// The four usual marks as words of their own; the first may stay when it names its ticket.
fn unfinished(line: &str) -> bool {
    let ticketed = concat!("TO", "DO(#");
    let marks = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("X", "XX"),
        concat!("HA", "CK"),
    ];
    let words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    !line.contains(ticketed) && words.into_iter().any(|word| marks.contains(&word))
}

/// `test.skip(..)`, `it.only(..)`, `{ skip: true }` and their like.
fn leaves_out(line: &str) -> bool {
    let verbs = ["skip", "only", "todo"];
    let calls = verbs.iter().any(|verb| {
        ["test", "it", "describe", "suite", "t"]
            .iter()
            .any(|subject| {
                let call = format!("{subject}.{verb}(");
                line.match_indices(&call).any(|(at, _)| {
                    line.get(..at)
                        .and_then(|before| before.chars().next_back())
                        .is_none_or(|c| !c.is_alphanumeric() && c != '_')
                })
            })
    });
    calls
        || verbs
            .iter()
            .any(|verb| line.contains(&format!("{verb}: true")))
}

/// The paths of the machine that runs this check, and where people's homes are on others.
fn machine_paths(checkout: &Checkout) -> Vec<String> {
    let mut paths: Vec<String> = ["home", "Users", "root"]
        .map(|folder| format!("/{folder}/"))
        .to_vec();
    let named = ["HOME", "CARGO_HOME", "CARGO_TARGET_DIR"];
    let mut machine: Vec<String> = named
        .iter()
        .filter_map(|name| std::env::var(name).ok())
        .collect();
    machine.push(checkout.root().to_string_lossy().into_owned());
    // A short path such as `/src` is also the beginning of many honest ones.
    paths.extend(
        machine
            .into_iter()
            .filter(|path| path.matches('/').count() >= 2),
    );
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(path: &str, line: &str) -> Vec<&'static str> {
        let mut report = Report::new(1);
        look_at(
            line,
            Place::file(path),
            &[format!("/{}/", "home")],
            &mut report,
        );
        report.failures().map(|finding| finding.rule).collect()
    }

    #[test]
    fn unfinished_work_is_found_and_words_that_contain_the_mark_are_not() {
        assert_eq!(rules("a.rs", concat!("// TO", "DO: later")), ["unfinished"]);
        assert!(rules("a.rs", concat!("// TO", "DO(#12): later")).is_empty());
        assert!(rules("a.rs", "the HACKNEY carriage").is_empty());
    }

    #[test]
    fn tests_left_out_in_javascript_are_found() {
        assert_eq!(
            rules("a.mjs", concat!("test", ".skip('x', () => {});")),
            ["left out"]
        );
        assert_eq!(
            rules("a.mjs", concat!("test('x', { sk", "ip: true }, run);")),
            ["left out"]
        );
        assert!(rules("a.mjs", "list.skip(3)").is_empty());
    }

    #[test]
    fn a_home_folder_in_a_document_is_found() {
        assert_eq!(
            rules("README.md", &format!("see /{}/ann/notes", "home")),
            ["machine"]
        );
    }
}
