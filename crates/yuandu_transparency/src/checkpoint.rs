//! Checkpoints (C2SP tlog-checkpoint): origin, size and root of a log at one moment, as the text of a signed note.

use yuandu_store::Head;

use crate::text::{base64, decimal, unbase64_hash};
use crate::{Note, SigningKey, TransparencyError, VerifierKey};

/// Size and root of a log that says who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: String,
    /// Size and root.
    pub head: Head,
}

impl Checkpoint {
    /// The text that is signed.
    #[must_use]
    pub fn text(&self) -> String {
        format!(
            "{}\n{}\n{}\n",
            self.origin,
            self.head.size,
            base64(&self.head.root)
        )
    }

    /// Reads the text of a note. Lines after the third are extensions and not looked at.
    pub fn parse(text: &str) -> Result<Self, TransparencyError> {
        let mut lines = text.lines();
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next())
        else {
            return Err(TransparencyError::malformed(
                "checkpoint",
                "it has the lines origin, size and root",
            ));
        };
        if origin.is_empty() || lines.any(str::is_empty) {
            return Err(TransparencyError::malformed(
                "checkpoint",
                "a line is empty",
            ));
        }
        Ok(Self {
            origin: origin.to_owned(),
            head: Head {
                size: decimal("checkpoint", size)?,
                root: unbase64_hash("checkpoint", root)?,
            },
        })
    }

    /// Signs a head under the key's name.
    pub fn sign(key: &SigningKey, head: Head) -> Result<Note, TransparencyError> {
        let origin = key.public().name().to_owned();
        Ok(Note::new(Self { origin, head }.text())?.signed(key))
    }

    /// Reads a signed checkpoint and checks that the log with this key signed it.
    pub fn open(note: &str, key: &VerifierKey) -> Result<(Self, Note), TransparencyError> {
        let note = Note::parse(note)?;
        note.require(key)?;
        let checkpoint = Self::parse(&note.text)?;
        if checkpoint.origin != key.name() {
            return Err(TransparencyError::refuted(
                "the checkpoint",
                format!("it is not of the log `{}`", key.name()),
            ));
        }
        Ok((checkpoint, note))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signed_checkpoint_is_read_back_with_its_key_only() {
        let key = SigningKey::generate("yuandu/370700").unwrap();
        let other = SigningKey::generate("yuandu/370700").unwrap();
        let head = Head {
            size: u64::MAX,
            root: [9; 32],
        };
        let note = Checkpoint::sign(&key, head).unwrap().to_string();
        assert_eq!(Checkpoint::open(&note, key.public()).unwrap().0.head, head);
        assert!(Checkpoint::open(&note, other.public()).is_err());
    }

    #[test]
    fn what_is_not_a_checkpoint_is_refused() {
        let root = base64(&[0; 32]);
        for text in [
            "",
            "a\n1\n",
            "a\n01\nAA==\n",
            &format!("a\n-1\n{root}\n"),
            &format!("\n1\n{root}\n"),
            "a\n1\nAAAA\n",
            &format!("a\n99999999999999999999\n{root}\n"),
        ] {
            assert!(Checkpoint::parse(text).is_err(), "{text:?}");
        }
        assert!(Checkpoint::parse(&format!("a\n0\n{root}\nextension 1\n")).is_ok());
    }
}
