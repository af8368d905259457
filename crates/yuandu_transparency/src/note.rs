//! Signed notes (C2SP signed-note): a text, an empty line, and lines of signatures.

use crate::key::check_name;
use crate::text::{base64, unbase64};
use crate::{SigningKey, TransparencyError, VerifierKey};

/// Signatures accepted on one note.
const MOST_SIGNATURES: usize = 100;
/// Longest note accepted.
const LONGEST: usize = 16 * 1024 * 1024;

/// One signature line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    /// Who signed.
    pub name: String,
    /// The key's four bytes.
    pub id: [u8; 4],
    /// What follows them: 64 bytes of a log, 72 of a witness.
    pub bytes: Vec<u8>,
}

/// A text with signatures. Parsing checks the form; whether a signature holds is asked by key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The signed text; ends with a line's end.
    pub text: String,
    /// Signatures, known or not.
    pub signatures: Vec<NoteSignature>,
}

impl Note {
    /// A text to be signed; it must end with a line's end and not begin with one.
    pub fn new(text: String) -> Result<Self, TransparencyError> {
        let fine = text.ends_with('\n')
            && !text
                .chars()
                .any(|letter| letter != '\n' && letter.is_control());
        if fine {
            Ok(Self {
                text,
                signatures: Vec::new(),
            })
        } else {
            Err(bad(
                "the text ends with a line's end and has no control characters",
            ))
        }
    }

    /// Reads a note.
    pub fn parse(note: &str) -> Result<Self, TransparencyError> {
        if note.len() > LONGEST {
            return Err(bad("it is too long"));
        }
        let end = note
            .rfind("\n\n")
            .ok_or_else(|| bad("there is no empty line before the signatures"))?;
        let (text, lines) = note.split_at(end + 1);
        let lines = lines.strip_prefix('\n').unwrap_or(lines);
        if lines.is_empty() || !lines.ends_with('\n') {
            return Err(bad("the last signature does not end with a line's end"));
        }
        let mut parsed = Self::new(text.to_owned())?;
        for line in lines.lines() {
            if parsed.signatures.len() == MOST_SIGNATURES {
                return Err(bad("there are too many signatures"));
            }
            parsed.signatures.push(signature(line)?);
        }
        Ok(parsed)
    }

    /// Adds a log's signature.
    #[must_use]
    pub fn signed(mut self, key: &SigningKey) -> Self {
        self.signatures.push(NoteSignature {
            name: key.public().name().to_owned(),
            id: key.public().id(),
            bytes: key.sign(self.text.as_bytes()).to_vec(),
        });
        self
    }

    /// Fails unless the key signed this text; a wrong signature under its name is told apart from none.
    pub fn require(&self, key: &VerifierKey) -> Result<(), TransparencyError> {
        let mut found = false;
        for signature in self.by(key) {
            let bytes: Option<&[u8; 64]> = signature.bytes.as_slice().try_into().ok();
            if bytes.is_some_and(|bytes| key.holds(self.text.as_bytes(), bytes)) {
                return Ok(());
            }
            found = true;
        }
        Err(TransparencyError::refuted(
            "the signature",
            if found {
                format!("that of `{}` is wrong", key.name())
            } else {
                format!("`{}` with this key has not signed", key.name())
            },
        ))
    }

    /// The signatures that say they are of this key.
    pub fn by<'a>(&'a self, key: &'a VerifierKey) -> impl Iterator<Item = &'a NoteSignature> {
        self.signatures
            .iter()
            .filter(|signature| signature.name == key.name() && signature.id == key.id())
    }
}

impl std::fmt::Display for NoteSignature {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut bytes = self.id.to_vec();
        bytes.extend_from_slice(&self.bytes);
        writeln!(formatter, "— {} {}", self.name, base64(&bytes))
    }
}

impl std::fmt::Display for Note {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(formatter, "{}", self.text)?;
        self.signatures
            .iter()
            .try_for_each(|signature| signature.fmt(formatter))
    }
}

/// One line `— name base64`.
pub(crate) fn signature(line: &str) -> Result<NoteSignature, TransparencyError> {
    let (name, encoded) = line
        .strip_prefix("— ")
        .and_then(|rest| rest.split_once(' '))
        .ok_or_else(|| bad("a signature is written `— name base64`"))?;
    check_name(name)?;
    let bytes = unbase64("signature", encoded)?;
    let (id, bytes) = bytes
        .split_first_chunk::<4>()
        .filter(|(_, rest)| !rest.is_empty())
        .ok_or_else(|| bad("a signature is longer than four bytes"))?;
    Ok(NoteSignature {
        name: name.to_owned(),
        id: *id,
        bytes: bytes.to_vec(),
    })
}

fn bad(reason: &str) -> TransparencyError {
    TransparencyError::malformed("note", reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of golang.org/x/mod/sumdb/note, signed by other people's code.
    const PUBLISHED: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    #[test]
    fn a_note_signed_elsewhere_holds_and_an_altered_one_does_not() {
        let key = VerifierKey::parse(
            "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        )
        .unwrap();
        let note = Note::parse(PUBLISHED).unwrap();
        note.require(&key).unwrap();
        assert_eq!(note.to_string(), PUBLISHED);
        let altered = Note::parse(&PUBLISHED.replace("answer", "anwser")).unwrap();
        assert!(
            altered
                .require(&key)
                .unwrap_err()
                .to_string()
                .contains("is wrong")
        );
    }

    #[test]
    fn what_is_not_a_note_is_refused() {
        for text in [
            "",
            "\n\n",
            "a\n",
            "a\n\n",
            "a\n\n— b c\n",
            "a\n\nb c\n",
            "a\n\n— b AAAAAA==\n",
        ] {
            assert!(Note::parse(text).is_err(), "{text:?}");
        }
        let many = format!("a\n\n{}", "— b AAAAAAA=\n".repeat(101));
        assert!(Note::parse(&many).is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "[a\n— +A=/0-9]{0,60}") {
            let _ = Note::parse(&text);
            let _ = VerifierKey::parse(&text);
        }
    }
}
