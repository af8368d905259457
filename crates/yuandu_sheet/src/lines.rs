//! Text whose lines all end with one `\n`, also the last: so that a row's line can be told from where its reader stands.

use std::io::Read;

/// Bytes read at a time.
const CHUNK: usize = 64 * 1024;

/// A reader that gives `\n` for `\r\n`, and one more at the end of a text that does not end with one.
pub(crate) struct Lines<R> {
    inner: R,
    raw: Vec<u8>,
    text: Vec<u8>,
    given: usize,
    /// A carriage return that may belong to the line's end.
    held: bool,
    last: u8,
    ended: bool,
}

impl<R: Read> Lines<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self {
            inner,
            raw: vec![0; CHUNK],
            text: Vec::with_capacity(CHUNK + 2),
            given: 0,
            held: false,
            last: b'\n',
            ended: false,
        }
    }

    fn refill(&mut self) -> std::io::Result<()> {
        let count = self.inner.read(&mut self.raw)?;
        self.given = 0;
        self.text.clear();
        for &byte in self.raw.get(..count).unwrap_or_default() {
            if self.held && byte != b'\n' {
                self.text.push(b'\r');
            }
            self.held = byte == b'\r';
            if !self.held {
                self.text.push(byte);
            }
            self.last = byte;
        }
        if count == 0 {
            self.ended = true;
            if self.last != b'\n' {
                self.text.push(b'\n');
            }
        }
        Ok(())
    }
}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        while self.given == self.text.len() && !self.ended {
            self.refill()?;
        }
        let ready = self.text.get(self.given..).unwrap_or_default();
        let count = ready.len().min(into.len());
        if let (Some(to), Some(from)) = (into.get_mut(..count), ready.get(..count)) {
            to.copy_from_slice(from);
        }
        self.given += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_ends_alike_however_the_pieces_fall() {
        struct Pieces<'b>(&'b [u8]);
        impl Read for Pieces<'_> {
            fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
                let most = 1.min(into.len());
                self.0.read(&mut into[..most])
            }
        }
        for (text, expected) in [
            ("", ""),
            ("a\r\nb", "a\nb\n"),
            ("a\n\r\n\nb\r\n", "a\n\n\nb\n"),
            ("a\rb\r", "a\rb\n"),
        ] {
            let mut whole = String::new();
            Lines::new(text.as_bytes())
                .read_to_string(&mut whole)
                .unwrap();
            let mut pieces = String::new();
            Lines::new(Pieces(text.as_bytes()))
                .read_to_string(&mut pieces)
                .unwrap();
            assert_eq!((whole.as_str(), pieces.as_str()), (expected, expected));
        }
    }
}
