//! Cosignatures (C2SP tlog-cosignature, version 1): a witness says that it saw a checkpoint, and when.

use crate::{Note, NoteSignature, SigningKey, TransparencyError, VerifierKey};

/// When a witness saw a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cosignature {
    /// Seconds since 1970.
    pub at_s: u64,
}

impl Cosignature {
    /// The witness's cosignature of a note, if it is there and holds.
    #[must_use]
    pub fn of(note: &Note, witness: &VerifierKey) -> Option<Self> {
        note.by(witness).find_map(|signature| {
            let (time, rest) = signature.bytes.split_first_chunk::<8>()?;
            let at_s = u64::from_be_bytes(*time);
            let bytes: &[u8; 64] = rest.try_into().ok()?;
            witness
                .holds(message(at_s, &note.text).as_bytes(), bytes)
                .then_some(Self { at_s })
        })
    }
}

/// Cosigns the text of a checkpoint.
pub fn cosign(key: &SigningKey, at_s: u64, text: &str) -> Result<NoteSignature, TransparencyError> {
    if !key.public().is_witness() {
        return Err(TransparencyError::malformed(
            "witness key",
            "it is the key of a log; a witness has a key of its own",
        ));
    }
    let mut bytes = at_s.to_be_bytes().to_vec();
    bytes.extend_from_slice(&key.sign(message(at_s, text).as_bytes()));
    Ok(NoteSignature {
        name: key.public().name().to_owned(),
        id: key.public().id(),
        bytes,
    })
}

fn message(at_s: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {at_s}\n{text}")
}
