//! `yuandu verify`: walks the log, recomputes the tree, rebuilds every table and compares, and checks every blob.
//!
//! Opens the database read-only and changes nothing; it may run beside a server. It reports every difference it
//! finds with the log entry it belongs to. Start with [`verify`].

mod damage;
mod shape;
mod strangers;
mod tables;
mod walk;

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use serde::Serialize;

use crate::blobs::{BlobRef, Blobs};
use crate::encoding::hex;
use crate::reader;
use crate::{Database, StoreError, StoreOptions, TableDef, backend, sqlite};

/// Differences listed in full; beyond this they are only counted.
const LISTED: usize = 1000;

/// What a verification found.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Entries in the log.
    pub size: u64,
    /// Recomputed tree hash, hexadecimal.
    pub root: String,
    /// Rows compared, by table.
    pub tables: Vec<(String, u64)>,
    /// Blobs whose bytes were hashed.
    pub blobs: u64,
    /// Cities (realms) the entries belong to.
    pub realms: BTreeSet<i64>,
    /// Differences, the first ones in full.
    pub findings: Vec<Finding>,
    /// What alters no record and should be looked at all the same, the first ones in full.
    pub warnings: Vec<Finding>,
    /// Differences beyond those listed.
    pub unlisted: u64,
}

impl Report {
    /// Whether everything agrees.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }

    /// Adds a difference that was found elsewhere.
    pub fn add(&mut self, place: &str, what: String) {
        self.find(Finding {
            entry: None,
            place: place.to_owned(),
            what,
        });
    }

    fn warn(&mut self, warning: Finding) {
        if self.warnings.len() < LISTED {
            self.warnings.push(warning);
        }
    }

    fn find(&mut self, finding: Finding) {
        if self.findings.len() < LISTED {
            self.findings.push(finding);
        } else {
            self.unlisted += 1;
        }
    }
}

/// One difference.
#[derive(Debug, Serialize)]
pub struct Finding {
    /// Position of the log entry concerned, where it can be told.
    pub entry: Option<u64>,
    /// Table, file or `log`.
    pub place: String,
    /// What differs.
    pub what: String,
}

/// Verifies a data folder with SQLite against the declared tables. `progress` is called with a stage name, work done and
/// work in all.
pub fn verify(
    dir: &Path,
    declared: &[TableDef],
    progress: &mut dyn FnMut(&str, u64, u64),
) -> Result<Report, StoreError> {
    verify_store(&StoreOptions::new(dir), declared, progress)
}

/// Verifies a store, whichever database it is on.
pub fn verify_store(
    options: &StoreOptions,
    declared: &[TableDef],
    progress: &mut dyn FnMut(&str, u64, u64),
) -> Result<Report, StoreError> {
    let declared = crate::store::with_own(declared);
    let pool = backend::readers(options, &declared)?;
    let anchor = walk::read_anchor(&options.dir);
    let scratch = tempfile::tempdir().map_err(|source| StoreError::file(&options.dir, source))?;
    let rebuilt = sqlite::open_scratch(&scratch.path().join("rebuilt.db"))?;
    sqlite::create_tables(&rebuilt, &declared, false)?;
    let mut report = Report::default();
    // One snapshot: a server that goes on writing does not disturb the comparison.
    let walked = pool.with(|stored| {
        if let Some(connection) = stored.sqlite() {
            pages(connection, &mut report);
        }
        let anchor = match anchor {
            Ok(anchor) => Some(anchor),
            // Beside a database server a fresh folder may verify what other servers wrote; an empty log has no end.
            Err(_) if stored.sqlite().is_none() || crate::log::head(stored)?.size == 0 => None,
            Err(what) => {
                report.find(Finding {
                    entry: None,
                    place: walk::ANCHOR.to_owned(),
                    what: what.to_owned(),
                });
                None
            }
        };
        let walked =
            walk::Walk::new(stored, &rebuilt, &declared, anchor).run(&mut report, progress);
        report.size = walked.frontier.size();
        report.root = hex(&walked.frontier.root());
        walked.compare(&mut report);
        shape::compare(stored, &declared, &mut report);
        reader::with_connection(&rebuilt, |should| {
            tables::compare_all(stored, should, &declared, &mut report, progress);
            Ok(())
        })?;
        compare_blobs(&rebuilt, options, &mut report, progress)
    });
    if options.database == Database::Sqlite {
        damaged(walked, &options.dir, &mut report)?;
    } else {
        walked?;
    }
    Ok(report)
}

/// A file that cannot be read is a finding, as far as it can be told what is wrong with it.
fn damaged(
    walked: Result<(), StoreError>,
    dir: &Path,
    report: &mut Report,
) -> Result<(), StoreError> {
    match walked {
        Err(error @ (StoreError::Corrupt { .. } | StoreError::Database { .. })) => {
            report.add("database file", reason(&error));
        }
        other => other?,
    }
    let shown = |finding: &Finding| {
        finding.place == "database file" || finding.what.starts_with("cannot be read")
    };
    if report.findings.iter().any(shown) {
        damage::look(dir, report);
    }
    Ok(())
}

/// What the database said, without our advice to other commands.
fn reason(error: &StoreError) -> String {
    match error {
        StoreError::Corrupt { reason } | StoreError::Database { reason } => reason.clone(),
        other => other.to_string(),
    }
}

/// SQLite's own check of pages and indexes: damage that a query through another index would not meet.
fn pages(connection: &rusqlite::Connection, report: &mut Report) {
    let checked = connection
        .prepare("PRAGMA integrity_check(50)")
        .and_then(|mut statement| {
            let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
            rows.collect::<Result<Vec<_>, _>>()
        });
    match checked {
        Ok(lines) => {
            for line in lines.into_iter().filter(|line| line != "ok") {
                report.find(Finding {
                    entry: None,
                    place: "database file".to_owned(),
                    what: line,
                });
            }
        }
        Err(error) => report.find(Finding {
            entry: None,
            place: "database file".to_owned(),
            what: error.to_string(),
        }),
    }
}

fn compare_blobs(
    rebuilt: &rusqlite::Connection,
    options: &StoreOptions,
    report: &mut Report,
    progress: &mut dyn FnMut(&str, u64, u64),
) -> Result<(), StoreError> {
    let blobs: Blobs = options.blobs();
    let mut statement = rebuilt.prepare("SELECT id, pos FROM blobs ORDER BY id")?;
    let recorded: Vec<(String, i64)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (at, (id, pos)) in recorded.iter().enumerate() {
        progress("blobs", at as u64, recorded.len() as u64);
        let problem = match BlobRef::parse(id).map(|name| (blobs.get(&name), name)) {
            None => Some("the recorded name is not a hash".to_owned()),
            Some((Err(error), _)) => Some(error.to_string()),
            Some((Ok(None), _)) => Some("the file is missing".to_owned()),
            Some((Ok(Some(bytes)), name)) => {
                (BlobRef::of(&bytes) != name).then(|| "the file's bytes were altered".to_owned())
            }
        };
        report.blobs += 1;
        if let Some(what) = problem {
            report.find(Finding {
                entry: u64::try_from(*pos).ok(),
                place: format!("blob {id}"),
                what,
            });
        }
    }
    let known: HashSet<String> = recorded.into_iter().map(|(id, _)| id).collect();
    strangers::look(options, &known, report)
}
