//! The secret that two sites of one city share: a file of mode 600 in each data folder.

use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::ContinuityError;
use crate::target::hex;

/// Shortest token accepted.
const SHORTEST: usize = 32;

/// A token. It cannot be printed.
#[derive(Clone)]
pub struct SiteToken(String);

impl SiteToken {
    /// Reads the token of a file that only its owner may read.
    pub fn read(path: &Path) -> Result<Self, ContinuityError> {
        let meta = std::fs::metadata(path).map_err(|error| ContinuityError::file(path, error))?;
        if meta.permissions().mode() & 0o077 != 0 {
            return Err(ContinuityError::file(
                path,
                "others may read this token; run `chmod 600` and make a new one",
            ));
        }
        let text =
            std::fs::read_to_string(path).map_err(|error| ContinuityError::file(path, error))?;
        let token = text.trim();
        let fine = token.len() >= SHORTEST && token.bytes().all(|byte| byte.is_ascii_graphic());
        if fine {
            Ok(Self(token.to_owned()))
        } else {
            Err(ContinuityError::file(
                path,
                format!("a token has at least {SHORTEST} characters and no spaces"),
            ))
        }
    }

    /// Reads the token of a file; makes a random one if there is none.
    pub fn read_or_make(path: &Path) -> Result<Self, ContinuityError> {
        if !path.exists() {
            let token = hex(&rand::random::<[u8; 32]>());
            let written = Self(token).write(path);
            // Another server of the same folder may have been quicker: then its token is the city's.
            if !path.exists() {
                written?;
            }
        }
        Self::read(path)
    }

    /// Writes it to a new file.
    pub fn write(&self, path: &Path) -> Result<(), ContinuityError> {
        std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .and_then(|mut file| {
                writeln!(file, "{}", self.0)?;
                file.sync_all()
            })
            .map_err(|error| ContinuityError::file(path, error))
    }

    /// For the header of a request, and nowhere else.
    #[must_use]
    pub fn reveal(&self) -> String {
        self.0.clone()
    }

    /// Whether this is the token; takes as long for a wrong one.
    #[must_use]
    pub fn is(&self, sent: &str) -> bool {
        // Comparing hashes: how far they agree tells nothing about the token.
        Sha256::digest(&self.0) == Sha256::digest(sent)
    }
}

impl std::fmt::Debug for SiteToken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SiteToken")
    }
}
