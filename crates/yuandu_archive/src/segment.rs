//! A segment: closed matters in one file that never changes, one JSON line each, compressed with gzip, so that it can be read
//! without this program. It is kept as a blob, under the hash of its bytes.

use std::borrow::Cow;
use std::io::{BufRead as _, BufReader, Read, Write as _};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::Deserialize;

use crate::{ArchiveError, Matter};

/// Longest line that is read: far above any matter.
const LONGEST: u64 = 64 * 1024 * 1024;

/// The bytes of a segment.
pub(crate) fn pack(matters: &[Matter]) -> Result<Vec<u8>, ArchiveError> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    for matter in matters {
        let line = serde_json::to_string(matter).map_err(|error| damaged(&error))?;
        writeln!(encoder, "{line}").map_err(|error| damaged(&error))?;
    }
    encoder.finish().map_err(|error| damaged(&error))
}

/// What a matter is chosen by; the rest of its line is passed over.
#[derive(Debug, Deserialize)]
pub(crate) struct Head<'a> {
    #[serde(borrow)]
    pub(crate) id: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) number: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) words: Cow<'a, str>,
    pub(crate) closed_at_ms: i64,
    #[serde(borrow)]
    pub(crate) parent: Option<Cow<'a, str>>,
}

impl<'a> Head<'a> {
    pub(crate) fn read(line: &'a str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(line)
    }
}

/// The matters of a segment, one after the other; nothing is collected.
pub(crate) struct Matters<R: Read> {
    lines: BufReader<GzDecoder<R>>,
    line: String,
}

impl<R: Read> Matters<R> {
    pub(crate) fn of(file: R) -> Self {
        Self {
            lines: BufReader::with_capacity(64 * 1024, GzDecoder::new(file)),
            line: String::new(),
        }
    }

    /// The next matter whose line is wanted.
    pub(crate) fn next_if(
        &mut self,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Option<Matter>, ArchiveError> {
        while self.advance()? {
            if wanted(&self.line) {
                let matter = serde_json::from_str(&self.line);
                return matter.map(Some).map_err(|error| damaged(&error));
            }
        }
        Ok(None)
    }

    /// The heads of all that is left, one after the other.
    pub(crate) fn heads(&mut self, mut each: impl FnMut(Head<'_>)) -> Result<(), ArchiveError> {
        while self.advance()? {
            each(Head::read(&self.line).map_err(|error| damaged(&error))?);
        }
        Ok(())
    }

    /// Goes to the next line; false at the end.
    fn advance(&mut self) -> Result<bool, ArchiveError> {
        self.line.clear();
        let read = (&mut self.lines)
            .take(LONGEST)
            .read_line(&mut self.line)
            .map_err(|error| damaged(&error))?;
        Ok(read > 0)
    }
}

impl<R: Read> Iterator for Matters<R> {
    type Item = Result<Matter, ArchiveError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_if(|_| true).transpose()
    }
}

fn damaged(reason: &impl ToString) -> ArchiveError {
    ArchiveError::Damaged {
        reason: reason.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn matter(number: usize) -> Matter {
        Matter {
            id: format!("c{number}"),
            number: format!("3707-{number}"),
            words: "东风街 路灯不亮".to_owned(),
            closed_at_ms: 1_790_000_000_000,
            parent: None,
            own: serde_json::Map::new(),
            parts: BTreeMap::from([("tasks".to_owned(), vec![serde_json::Map::new()])]),
        }
    }

    #[test]
    fn what_is_packed_is_read_back_and_damage_is_told() {
        let matters: Vec<Matter> = (0..100).map(matter).collect();
        let bytes = pack(&matters).unwrap();
        let read: Result<Vec<Matter>, _> = Matters::of(bytes.as_slice()).collect();
        assert_eq!(read.unwrap(), matters);
        let mut chosen = Matters::of(bytes.as_slice());
        let one = chosen
            .next_if(|line| Head::read(line).unwrap().number == "3707-42")
            .unwrap();
        assert_eq!(one, Some(matter(42)));
        let cut = bytes.get(..bytes.len() / 2).unwrap();
        assert!(Matters::of(cut).any(|read| read.is_err()));
        assert!(Matters::of(&b"no gzip"[..]).any(|read| read.is_err()));
    }
}
