//! Whether the disk still takes changes: what the last of them met, and a file that is written for a trial.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::StoreError;

/// Name of the file that is written for a trial.
const TRIAL: &str = "room-for-more";
/// What must fit on the disk: more than any group of the log.
static NEEDED: [u8; 1024 * 1024] = [0x5a; 1024 * 1024];
/// How long a failure counts that nothing was written after: a server that is told to rest must be asked again some time.
const COUNTS: Duration = Duration::from_secs(30);

/// The last failure of the disk, until something was written again.
#[derive(Debug, Default)]
pub(crate) struct Room(Mutex<Option<(Instant, String)>>);

impl Room {
    /// What became of a write.
    pub(crate) fn heard<T>(&self, result: &Result<T, StoreError>) {
        let failure = match result {
            Ok(_) => None,
            Err(StoreError::Disk { reason }) => Some((Instant::now(), reason.clone())),
            // Other failures say nothing about the disk.
            Err(_) => return,
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = failure;
    }

    /// Why a change would most likely not be kept.
    pub(crate) fn check(&self, dir: &Path) -> Result<(), StoreError> {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let met = last.as_ref().filter(|(at, _)| at.elapsed() < COUNTS);
        if let Some((_, reason)) = met {
            let reason = reason.clone();
            return Err(StoreError::Disk { reason });
        }
        // Held on to, so that two that look at once do not remove each other's file.
        let path = dir.join(TRIAL);
        let tried = File::create(&path).and_then(|mut file| file.write_all(&NEEDED));
        let removed = fs::remove_file(&path);
        drop(last);
        tried.and(removed).map_err(|source| StoreError::Disk {
            reason: format!("{}: {source}", dir.display()),
        })
    }
}
