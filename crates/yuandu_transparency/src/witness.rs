//! This program as a witness of other logs (C2SP tlog-witness): cosigns a checkpoint only if it is proven to contain the last one it saw.
//!
//! Each log's last size and root is a file in the witness's folder, written and synced before a cosignature leaves.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use yuandu_store::merkle::{Frontier, Hash, is_consistent};
use yuandu_store::{Head, sha256_hex};

use crate::text::{decimal, unbase64_hash};
use crate::{Checkpoint, Note, SigningKey, TransparencyError, VerifierKey, cosign};

/// Hashes in a proof: two for each level of the largest tree are more than enough.
const LONGEST_PROOF: usize = 63;

/// A witness: its key, the logs it knows, and where it keeps what it saw.
#[derive(Debug)]
pub struct Witness {
    key: SigningKey,
    logs: Vec<VerifierKey>,
    dir: PathBuf,
    one_at_a_time: Mutex<()>,
}

/// What the witness answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status as the protocol gives it.
    pub status: u16,
    /// Media type of the body.
    pub media_type: &'static str,
    /// Cosignature lines, the size it knows, or the reason.
    pub body: String,
}

/// What was seen of one log.
#[derive(Serialize, Deserialize)]
struct Seen {
    origin: String,
    size: u64,
    root: Hash,
}

/// The body of a request, read.
struct Asked {
    old: u64,
    proof: Vec<Hash>,
    note: Note,
    checkpoint: Checkpoint,
}

impl Witness {
    /// A witness with its key in `witness-key` and the logs' public keys, one a line, in `logs` of the folder; `None` if it has no key.
    pub fn open(dir: &Path) -> Result<Option<Self>, TransparencyError> {
        let path = dir.join("witness-key");
        if !path.exists() {
            return Ok(None);
        }
        let listed = dir.join("logs");
        let text = match fs::read_to_string(&listed) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(TransparencyError::file(&listed, error)),
        };
        let logs = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(VerifierKey::parse)
            .collect::<Result<_, _>>()
            .map_err(|error| TransparencyError::file(&listed, error))?;
        Ok(Some(Self {
            key: SigningKey::read(&path)?,
            logs,
            dir: dir.to_owned(),
            one_at_a_time: Mutex::new(()),
        }))
    }

    /// The key that others check its cosignatures with.
    #[must_use]
    pub fn public(&self) -> &VerifierKey {
        self.key.public()
    }

    /// Answers a request to cosign. An error means that its own folder cannot be used.
    pub fn add(&self, body: &str, at_s: u64) -> Result<Answer, TransparencyError> {
        let asked = match Asked::parse(body) {
            Ok(asked) => asked,
            Err(error) => return Ok(refuse(400, &error.to_string())),
        };
        let mut known = self
            .logs
            .iter()
            .filter(|key| key.name() == asked.checkpoint.origin)
            .peekable();
        if known.peek().is_none() {
            return Ok(refuse(404, "this witness does not know that log"));
        }
        if !known.any(|key| asked.note.require(key).is_ok()) {
            return Ok(refuse(403, "the log's signature does not hold"));
        }
        let head = asked.checkpoint.head;
        if asked.old > head.size {
            return Ok(refuse(400, "the old size is beyond the checkpoint"));
        }
        // One at a time: between reading what was seen and writing it nothing else may be signed.
        let _turn = self
            .one_at_a_time
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let seen = self.seen(&asked.checkpoint.origin)?;
        if asked.old != seen.size || (seen.size == head.size && seen.root != head.root) {
            return Ok(Answer {
                status: 409,
                media_type: "text/x.tlog.size",
                body: format!("{}\n", seen.size),
            });
        }
        if !is_consistent((seen.size, seen.root), (head.size, head.root), &asked.proof) {
            return Ok(refuse(422, "the proof does not hold"));
        }
        self.remember(&asked.checkpoint)?;
        Ok(Answer {
            status: 200,
            media_type: "text/plain; charset=utf-8",
            body: cosign(&self.key, at_s, &asked.note.text)?.to_string(),
        })
    }

    fn file(&self, origin: &str) -> PathBuf {
        let name = sha256_hex(origin.as_bytes());
        self.dir.join(format!("seen-{name}.json"))
    }

    fn seen(&self, origin: &str) -> Result<Head, TransparencyError> {
        let path = self.file(origin);
        match fs::read(&path) {
            Ok(bytes) => {
                let seen: Seen = serde_json::from_slice(&bytes)
                    .map_err(|error| TransparencyError::file(&path, error))?;
                Ok(Head {
                    size: seen.size,
                    root: seen.root,
                })
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Head {
                size: 0,
                root: Frontier::default().root(),
            }),
            Err(error) => Err(TransparencyError::file(&path, error)),
        }
    }

    fn remember(&self, checkpoint: &Checkpoint) -> Result<(), TransparencyError> {
        let path = self.file(&checkpoint.origin);
        let seen = Seen {
            origin: checkpoint.origin.clone(),
            size: checkpoint.head.size,
            root: checkpoint.head.root,
        };
        let written = serde_json::to_vec(&seen)
            .map_err(std::io::Error::other)
            .and_then(|bytes| {
                let mut file = tempfile::NamedTempFile::new_in(&self.dir)?;
                file.write_all(&bytes)?;
                file.as_file().sync_all()?;
                file.persist(&path).map_err(|error| error.error)?;
                fs::File::open(&self.dir)?.sync_all()
            });
        written.map_err(|error| TransparencyError::file(&path, error))
    }
}

impl Asked {
    fn parse(body: &str) -> Result<Self, TransparencyError> {
        let bad = |reason: &str| TransparencyError::malformed("request", reason);
        let (head, note) = body
            .split_once("\n\n")
            .ok_or_else(|| bad("there is no empty line before the checkpoint"))?;
        let mut lines = head.lines();
        let old = lines
            .next()
            .and_then(|line| line.strip_prefix("old "))
            .ok_or_else(|| bad("it begins with `old` and a size"))?;
        let old = decimal("request", old)?;
        let proof = lines
            .take(LONGEST_PROOF + 1)
            .map(|line| unbase64_hash("proof", line))
            .collect::<Result<Vec<_>, _>>()?;
        if proof.len() > LONGEST_PROOF {
            return Err(bad("the proof is too long"));
        }
        let note = Note::parse(note)?;
        let checkpoint = Checkpoint::parse(&note.text)?;
        Ok(Self {
            old,
            proof,
            note,
            checkpoint,
        })
    }
}

fn refuse(status: u16, reason: &str) -> Answer {
    Answer {
        status,
        media_type: "text/plain; charset=utf-8",
        body: format!("{reason}\n"),
    }
}
