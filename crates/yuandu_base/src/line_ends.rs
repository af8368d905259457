//! Line numbers of CSV files whose lines end with carriage return and line feed, as spreadsheets write them.
//!
//! The csv reader ends a record at the carriage return and counts the line feed with the next record, so that every
//! record seems to begin one line too early. [`Watched`] notices how the first line ends; [`LineEnds::line`] mends the number.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

const UNKNOWN: u8 = 0;
const LINE_FEED: u8 = 1;
const BOTH: u8 = 2;

/// How the lines of a file end, known once its first line was read.
#[derive(Debug, Clone, Default)]
pub struct LineEnds(Arc<AtomicU8>);

impl LineEnds {
    /// The line on which a record begins, from the one the csv reader says; the heading is on line 1 either way.
    #[must_use]
    pub fn line(&self, said: u64) -> u64 {
        said + u64::from(self.0.load(Ordering::Relaxed) == BOTH)
    }

    fn see(&self, bytes: &[u8], last: u8) {
        let Some(at) = bytes.iter().position(|byte| *byte == b'\n') else {
            return;
        };
        let before = match at.checked_sub(1) {
            Some(at) => bytes.get(at).copied().unwrap_or_default(),
            None => last,
        };
        let ends = if before == b'\r' { BOTH } else { LINE_FEED };
        self.0.store(ends, Ordering::Relaxed);
    }

    fn known(&self) -> bool {
        self.0.load(Ordering::Relaxed) != UNKNOWN
    }
}

/// Reads on and notices how the first line ends.
#[derive(Debug)]
pub struct Watched<R> {
    input: R,
    ends: LineEnds,
    last: u8,
}

impl<R> Watched<R> {
    /// Watches `input`.
    pub fn new(input: R) -> Self {
        Self {
            input,
            ends: LineEnds::default(),
            last: 0,
        }
    }

    /// What it notices.
    #[must_use]
    pub fn ends(&self) -> LineEnds {
        self.ends.clone()
    }
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        if !self.ends.known()
            && let Some(read) = buffer.get(..count)
        {
            self.ends.see(read, self.last);
            self.last = read.last().copied().unwrap_or(self.last);
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(pieces: &[&[u8]]) -> LineEnds {
        let input = pieces
            .iter()
            .fold(Box::new(io::empty()) as Box<dyn Read>, |before, piece| {
                Box::new(before.chain(*piece))
            });
        let mut watched = Watched::new(input);
        let ends = watched.ends();
        io::copy(&mut watched, &mut io::sink()).unwrap();
        ends
    }

    #[test]
    fn spreadsheets_lines_are_numbered_as_people_count_them() {
        assert_eq!(ends(&[b"a,b\n1,2\r\n"]).line(2), 2);
        assert_eq!(ends(&[b"a,b\r\n1,2\n"]).line(1), 2);
        assert_eq!(ends(&[b"a,b\r", b"\n1,2\r\n"]).line(1), 2);
        assert_eq!(ends(&[b"a,b"]).line(1), 1);
    }
}
