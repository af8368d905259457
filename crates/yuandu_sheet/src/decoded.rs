//! Text of any encoding as UTF-8, decoded while it is read. What is not valid is an error with its place, never a
//! replacement character.

use std::fmt;
use std::io::{Error, ErrorKind, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding};

/// Bytes read at a time.
const CHUNK: usize = 64 * 1024;

/// A reader of UTF-8 over a reader of another encoding. A byte order mark is not passed on.
pub(crate) struct Decoded<R> {
    inner: R,
    decoder: Decoder,
    raw: Vec<u8>,
    /// What of `raw` is still to be decoded.
    from: usize,
    until: usize,
    /// Bytes of the file decoded so far.
    done: u64,
    /// Whether the file has no more bytes, and whether the decoder has given all it had.
    ended: bool,
    finished: bool,
    /// Decoded text, of which the bytes up to `held` count; its length stays, so that none of it is cleared again and again.
    text: Vec<u8>,
    held: usize,
    given: usize,
}

/// Where a text stops being valid.
#[derive(Debug)]
struct Broken(u64);

impl fmt::Display for Broken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the text is not valid at byte {}", self.0)
    }
}

impl std::error::Error for Broken {}

impl<R: Read> Decoded<R> {
    pub(crate) fn new(inner: R, encoding: &'static Encoding) -> Self {
        Self {
            inner,
            decoder: encoding.new_decoder_with_bom_removal(),
            raw: vec![0; CHUNK],
            from: 0,
            until: 0,
            done: 0,
            ended: false,
            finished: false,
            // Every byte becomes at most three in UTF-8.
            text: vec![0; CHUNK * 3 + 16],
            held: 0,
            given: 0,
        }
    }

    /// The byte at which a text was found to be invalid, when that is what the error says.
    pub(crate) fn broken_at(error: &Error) -> Option<u64> {
        let broken = error.get_ref()?.downcast_ref::<Broken>()?;
        Some(broken.0)
    }

    /// Decodes the next piece into `text`.
    fn refill(&mut self) -> std::io::Result<()> {
        if self.from == self.until && !self.ended {
            self.until = self.inner.read(&mut self.raw)?;
            self.from = 0;
            self.ended = self.until == 0;
        }
        let input = self.raw.get(self.from..self.until).unwrap_or_default();
        let (result, read, written) =
            self.decoder
                .decode_to_utf8_without_replacement(input, &mut self.text, self.ended);
        (self.given, self.held) = (0, written);
        self.from += read;
        self.done += read as u64;
        match result {
            DecoderResult::Malformed(_, _) => {
                let at = self.done.saturating_sub(1);
                Err(Error::new(ErrorKind::InvalidData, Broken(at)))
            }
            DecoderResult::InputEmpty => {
                self.finished = self.ended;
                Ok(())
            }
            DecoderResult::OutputFull => Ok(()),
        }
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        while self.given == self.held {
            if self.finished {
                return Ok(0);
            }
            self.refill()?;
        }
        let ready = self.text.get(self.given..self.held).unwrap_or_default();
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
    use encoding_rs::{GB18030, UTF_8};
    use proptest::prelude::*;

    fn decode(bytes: &[u8], encoding: &'static Encoding) -> std::io::Result<String> {
        let mut text = String::new();
        Decoded::new(bytes, encoding).read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn a_byte_order_mark_is_not_part_of_the_text() {
        assert_eq!(decode("\u{FEFF}井盖".as_bytes(), UTF_8).unwrap(), "井盖");
    }

    #[test]
    fn rare_characters_of_four_bytes_are_read() {
        let (bytes, _, _) = GB18030.encode("㐂𠮷镕");
        assert_eq!(decode(&bytes, GB18030).unwrap(), "㐂𠮷镕");
    }

    #[test]
    fn what_is_not_valid_is_told_by_its_byte() {
        let error = decode(b"ab\xFFcd", UTF_8).unwrap_err();
        assert_eq!(Decoded::<&[u8]>::broken_at(&error), Some(2));
        assert!(decode(b"ab\xE4\xBA", UTF_8).is_err(), "cut off in a letter");
    }

    proptest! {
        #[test]
        fn any_text_survives_both_encodings_in_readers_of_any_piece(text in "\\PC{0,400}", piece in 1_usize..9) {
            struct Pieces<'b>(&'b [u8], usize);
            impl Read for Pieces<'_> {
                fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
                    let most = self.1.min(into.len());
                    self.0.read(&mut into[..most])
                }
            }
            for encoding in [UTF_8, GB18030] {
                let (bytes, _, lost) = encoding.encode(&text);
                if lost || text.starts_with('\u{FEFF}') {
                    continue;
                }
                let mut read = String::new();
                Decoded::new(Pieces(&bytes, piece), encoding).read_to_string(&mut read).unwrap();
                prop_assert_eq!(&read, &text);
            }
        }

        #[test]
        fn no_bytes_at_all_break_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            for encoding in [UTF_8, GB18030] {
                let _ = decode(&bytes, encoding);
            }
        }
    }
}
