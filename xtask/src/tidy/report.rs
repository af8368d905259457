//! Findings: where, which rule, what is wrong, what to do about it.

use std::fmt;

/// A line of a file of the repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub path: String,
    pub line: usize,
}

impl Place {
    /// A line, counted from 1.
    pub fn new(path: &str, line: usize) -> Self {
        Self {
            path: path.to_owned(),
            line,
        }
    }

    /// A file as a whole.
    pub fn file(path: &str) -> Self {
        Self::new(path, 1)
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    pub place: Place,
    pub rule: &'static str,
    pub what: String,
    pub remedy: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            place,
            rule,
            what,
            remedy,
        } = self;
        write!(
            f,
            "{}:{}: [{rule}] {what}; {remedy}",
            place.path, place.line
        )
    }
}

/// Everything found in one run.
#[derive(Debug, Default)]
pub struct Report {
    files: usize,
    failures: Vec<Finding>,
    warnings: Vec<Finding>,
}

impl Report {
    /// An empty report over so many files.
    pub fn new(files: usize) -> Self {
        Self {
            files,
            ..Self::default()
        }
    }

    /// Adds a finding that must be mended.
    pub fn fail(
        &mut self,
        place: Place,
        rule: &'static str,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.failures.push(Finding {
            place,
            rule,
            what: what.into(),
            remedy: remedy.into(),
        });
    }

    /// Adds a finding worth a look.
    pub fn warn(
        &mut self,
        place: Place,
        rule: &'static str,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.warnings.push(Finding {
            place,
            rule,
            what: what.into(),
            remedy: remedy.into(),
        });
    }

    /// Findings that must be mended.
    pub fn failures(&self) -> impl Iterator<Item = &Finding> {
        self.failures.iter()
    }

    /// Findings worth a look.
    pub fn warnings(&self) -> impl Iterator<Item = &Finding> {
        self.warnings.iter()
    }

    /// How many files were looked at.
    pub fn files(&self) -> usize {
        self.files
    }

    pub(super) fn sort(&mut self) {
        self.failures.sort();
        self.failures.dedup();
        self.warnings.sort();
    }
}
