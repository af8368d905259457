//! Files that were checked and wait for a decision: in memory, for half an hour, each seen by its sender alone.
//!
//! A register's file may hold personal data, so it is not put where files are kept; a restart forgets it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use yuandu_registers::ImportReport;

const KEPT_FOR: SignedDuration = SignedDuration::from_mins(30);
/// Bytes of all waiting files together.
const MOST_BYTES: usize = 256 * 1024 * 1024;

/// A file with what became of its rows.
#[derive(Debug)]
pub(super) struct Upload {
    /// Who sent it, as the log names them.
    pub(super) owner: String,
    pub(super) register: String,
    pub(super) file_name: String,
    pub(super) bytes: Vec<u8>,
    pub(super) report: ImportReport,
    pub(super) at: Timestamp,
    /// Whether the import itself was asked for, beyond the check.
    pub(super) asked: bool,
}

/// Waiting files by a name that nobody can guess.
#[derive(Debug, Clone, Default)]
pub(super) struct Uploads(Arc<Mutex<BTreeMap<String, Arc<Upload>>>>);

impl Uploads {
    /// Keeps a file under a name, in the place of an earlier one; the oldest make room.
    pub(super) fn keep(&self, name: &str, upload: Upload) {
        let mut all = self.lock();
        let now = upload.at;
        all.retain(|_, other| now.duration_since(other.at) < KEPT_FOR);
        all.insert(name.to_owned(), Arc::new(upload));
        while all.len() > 1
            && all.values().map(|upload| upload.bytes.len()).sum::<usize>() > MOST_BYTES
        {
            let oldest = all
                .iter()
                .filter(|(other, _)| *other != name)
                .min_by_key(|(_, upload)| upload.at)
                .map(|(name, _)| name.clone());
            match oldest {
                Some(oldest) => drop(all.remove(&oldest)),
                None => break,
            }
        }
    }

    /// The file of that name, if this person sent it for this register and it still waits.
    pub(super) fn of(
        &self,
        name: &str,
        register: &str,
        owner: &str,
        now: Timestamp,
    ) -> Option<Arc<Upload>> {
        let found = self.lock().get(name).cloned()?;
        let own = found.owner == owner && found.register == register;
        (own && now.duration_since(found.at) < KEPT_FOR).then_some(found)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Upload>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{KEPT_FOR, Upload, Uploads};
    use jiff::{SignedDuration, Timestamp};
    use yuandu_registers::ImportReport;

    fn upload(owner: &str, at: Timestamp) -> Upload {
        Upload {
            owner: owner.to_owned(),
            register: "city.lamp".to_owned(),
            file_name: "lamps.csv".to_owned(),
            bytes: b"code\n1\n".to_vec(),
            report: ImportReport::default(),
            at,
            asked: false,
        }
    }

    #[test]
    fn a_waiting_file_is_its_senders_alone_and_for_a_while() {
        let (uploads, now) = (Uploads::default(), Timestamp::UNIX_EPOCH);
        uploads.keep("a", upload("user:1", now));
        assert!(uploads.of("a", "city.lamp", "user:1", now).is_some());
        assert!(uploads.of("a", "city.lamp", "user:2", now).is_none());
        assert!(uploads.of("a", "city.bench", "user:1", now).is_none());
        assert!(
            uploads
                .of("a", "city.lamp", "user:1", now + KEPT_FOR)
                .is_none()
        );
        uploads.keep(
            "b",
            upload("user:1", now + KEPT_FOR + SignedDuration::from_secs(1)),
        );
        assert_eq!(uploads.lock().len(), 1, "what is over is forgotten");
    }
}
