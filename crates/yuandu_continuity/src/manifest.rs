//! The list of a backup's files, each with its hash, signed by the log's key: what is not on it is not in the backup.

use serde::{Deserialize, Serialize};
use yuandu_transparency::{Checkpoint, Note, Publisher, VerifierKey};

use crate::{ContinuityError, Target};

/// First line of the signed text, so that it can be taken for nothing else.
const TITLE: &str = "yuandu backup manifest";
/// The public key that signs, for who has it from nowhere else.
pub(crate) const KEY: &str = "log-key.pub";
/// The folder of manifests.
pub(crate) const FOLDER: &str = "manifests";
/// Longest manifest read.
const LONGEST: u64 = 16 * 1024 * 1024;
/// Manifests looked at before giving up, newest first.
const LOOKED_AT: usize = 20;

/// A backup as it stood at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Form of the backup: 1.
    pub format: u32,
    /// When it was made, in milliseconds since 1970.
    pub made_at_ms: i64,
    /// Entries in it.
    pub size: u64,
    /// When the last of them was made.
    pub last_at_ms: i64,
    /// The log's signed checkpoint of that size.
    pub checkpoint: String,
    /// The file `city.toml`.
    pub city: String,
    /// Whole databases to begin from, oldest first.
    pub bases: Vec<Base>,
    /// Entries, in order and without gaps from 0.
    pub segments: Vec<Segment>,
    /// Blobs that the entries record.
    pub blobs: u64,
}

/// A whole database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Base {
    /// Entries in it.
    pub size: u64,
    /// The file.
    pub file: StoredFile,
}

/// Some entries, one a line, compressed with gzip.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// First position.
    pub from: u64,
    /// Position after the last.
    pub to: u64,
    /// The file.
    pub file: StoredFile,
}

/// A file of the backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFile {
    /// Its path.
    pub path: String,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
}

impl StoredFile {
    /// Fails unless the file's bytes hash to what the manifest says.
    pub(crate) fn is(&self, sha256: &str) -> Result<(), ContinuityError> {
        if self.sha256 == sha256 {
            return Ok(());
        }
        Err(ContinuityError::damaged(
            format!("`{}` of the backup", self.path),
            format!(
                "its bytes hash to {sha256}, the manifest says {}",
                self.sha256
            ),
        ))
    }
}

/// The public key that lies beside a backup. It proves nothing by itself: compare it with the published one.
pub fn backup_key(target: &Target) -> Result<VerifierKey, ContinuityError> {
    let text = String::from_utf8(target.get(KEY, 1024)?)
        .map_err(|error| ContinuityError::damaged(KEY, error))?;
    Ok(VerifierKey::parse(&text)?)
}

impl Manifest {
    /// Its name: later ones sort behind.
    fn name(&self) -> String {
        format!("{:020}-{:020}.note", self.made_at_ms.max(0), self.size)
    }

    /// Signs and writes it.
    pub(crate) fn write(
        &self,
        target: &Target,
        publisher: &Publisher,
    ) -> Result<(), ContinuityError> {
        let json = serde_json::to_string(self)
            .map_err(|error| ContinuityError::damaged("the manifest", error))?;
        let note = publisher.sign_text(format!("{TITLE}\n{json}\n"))?;
        if !target.has(KEY)? {
            target.put(KEY, format!("{}\n", publisher.public()).into_bytes())?;
        }
        target.put(
            &format!("{FOLDER}/{}", self.name()),
            note.to_string().into_bytes(),
        )
    }

    /// Reads one that the key signed.
    fn read(target: &Target, name: &str, key: &VerifierKey) -> Result<Self, ContinuityError> {
        let path = format!("{FOLDER}/{name}");
        let text = String::from_utf8(target.get(&path, LONGEST)?)
            .map_err(|error| ContinuityError::damaged(&path, error))?;
        let note = Note::parse(&text)?;
        note.require(key)?;
        let json = note
            .text
            .strip_prefix(TITLE)
            .ok_or_else(|| ContinuityError::damaged(&path, "it is no manifest"))?;
        let manifest: Self =
            serde_json::from_str(json).map_err(|error| ContinuityError::damaged(&path, error))?;
        let (checkpoint, _) = Checkpoint::open(&manifest.checkpoint, key)?;
        if manifest.format != 1 || checkpoint.head.size != manifest.size {
            return Err(ContinuityError::damaged(
                &path,
                "it does not fit its checkpoint",
            ));
        }
        Ok(manifest)
    }

    /// The newest one that can be read and that the key signed; what is passed over on the way is told.
    pub fn newest(target: &Target, key: &VerifierKey) -> Result<Option<Self>, ContinuityError> {
        let mut names = target.list(FOLDER)?;
        names.reverse();
        let none = names.is_empty();
        for name in names.iter().take(LOOKED_AT) {
            match Self::read(target, name, key) {
                Ok(manifest) => return Ok(Some(manifest)),
                Err(error) => tracing::warn!(name, error = %error, "a manifest is passed over"),
            }
        }
        if none {
            return Ok(None);
        }
        Err(ContinuityError::damaged(
            "the backup",
            format!(
                "none of its {} newest manifests is signed by `{}` and whole",
                names.len().min(LOOKED_AT),
                key.name()
            ),
        ))
    }

    /// Reads every listed file and compares its hash, also those that restoring the end does not need; gives the bytes read.
    pub fn inspect(&self, target: &Target) -> Result<u64, ContinuityError> {
        let files = self.bases.iter().map(|base| &base.file);
        let mut bytes = 0;
        for file in files.chain(self.segments.iter().map(|segment| &segment.file)) {
            let (sha256, length) = target.read_to(&file.path, &mut std::io::sink())?;
            file.is(&sha256)?;
            bytes += length;
        }
        Ok(bytes)
    }

    /// The head that the checkpoint signs.
    pub fn head(&self, key: &VerifierKey) -> Result<yuandu_store::Head, ContinuityError> {
        Ok(Checkpoint::open(&self.checkpoint, key)?.0.head)
    }
}
