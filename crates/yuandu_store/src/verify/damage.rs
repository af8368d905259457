//! What can be told of a database file that SQLite cannot read: its header and its length, byte by byte.
//!
//! Source: the SQLite database file format, <https://www.sqlite.org/fileformat2.html>.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::{Finding, Report};
use crate::sqlite;

/// The first page begins with these bytes.
const MAGIC: &[u8] = b"SQLite format 3\0";
/// Length of the header.
const HEADER: usize = 100;

/// Names what is wrong with header and length. Only asked of a file that has shown damage: while a server writes, the
/// header may be ahead of the file for a moment.
pub(super) fn look(dir: &Path, report: &mut Report) {
    let path = dir.join(sqlite::FILE);
    let mut header = Vec::new();
    let read = File::open(&path).and_then(|file| {
        let length = file.metadata()?.len();
        // One byte more than the header: that of the first page's kind.
        file.take(HEADER as u64 + 1).read_to_end(&mut header)?;
        Ok(length)
    });
    let told = match read {
        Ok(length) => wrong(&header, length),
        Err(error) => vec![format!("it cannot be read: {error}")],
    };
    for what in told {
        report.find(Finding {
            entry: None,
            place: format!("database file {}", path.display()),
            what,
        });
    }
}

/// Everything in the header that no database has, by its offset.
fn wrong(header: &[u8], length: u64) -> Vec<String> {
    if header.len() <= HEADER {
        return vec![format!(
            "the file ends at byte {length}: not even its header is whole"
        )];
    }
    let byte = |at: usize| header.get(at).copied().unwrap_or_default();
    let number = |at: usize, width: usize| {
        let bytes = header.get(at..at + width).unwrap_or_default();
        bytes
            .iter()
            .fold(0_u64, |sum, byte| sum * 256 + u64::from(*byte))
    };
    let page = match number(16, 2) {
        1 => 65_536,
        size => size,
    };
    let sized = page >= 512 && page.is_power_of_two();
    let mut told = Vec::new();
    let mut unless = |good: bool, at: usize, what: &str| {
        if !good {
            told.push(format!("the header is damaged at byte {at}: {what}"));
        }
    };
    unless(
        header.starts_with(MAGIC),
        0,
        "the mark of a database is not there",
    );
    unless(sized, 16, "the size of a page is none");
    unless(
        (1..=2).contains(&byte(18)),
        18,
        "the version for writing is unknown",
    );
    unless(
        (1..=2).contains(&byte(19)),
        19,
        "the version for reading is unknown",
    );
    unless(
        header.get(21..24) == Some(&[64, 32, 32]),
        21,
        "fixed bytes are others",
    );
    unless(
        (1..=4).contains(&number(44, 4)),
        44,
        "the format of the schema is unknown",
    );
    unless(number(56, 4) == 1, 56, "the encoding of texts is not UTF-8");
    if told.is_empty() && !matches!(byte(HEADER), 5 | 13) {
        told.push(format!(
            "page 1 is damaged at byte {HEADER}: the table of the schema does not begin there"
        ));
    }
    let whole = number(28, 4) * page;
    // The length in the header counts only when the two counters agree.
    if sized && number(24, 4) == number(92, 4) && length < whole {
        told.push(format!(
            "the file was cut off: it ends at byte {length} of {whole}, from page {} of {} on everything is missing",
            length / page + 1,
            number(28, 4)
        ));
    }
    told
}
