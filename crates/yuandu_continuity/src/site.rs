//! What this site is: primary, standby, or fenced off by a newer primary; and when a write on it counts as done.
//!
//! The role and the epoch are a file of the data folder (`site.json`), synced before they count. Each take-over makes a
//! higher epoch. Who hears of a higher one than its own writes no more: that is the fence.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use serde::{Deserialize, Serialize};
use yuandu_store::{Duty, StoreError};

use crate::ContinuityError;

/// Name of the file.
const FILE: &str = "site.json";

/// What a site is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Takes changes.
    Primary,
    /// Follows a primary and serves reads.
    Standby,
    /// Was a primary; another site took over. Serves reads of its own past and never writes again.
    Fenced,
}

/// What is remembered across restarts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteState {
    /// What the site is.
    pub role: Role,
    /// The highest epoch it knows.
    pub epoch: u64,
    /// Address of the other site, as far as known.
    pub peer: Option<String>,
}

impl Default for SiteState {
    fn default() -> Self {
        Self {
            role: Role::Primary,
            epoch: 1,
            peer: None,
        }
    }
}

impl SiteState {
    /// Reads what a folder's site is; a folder without the file is a primary that never had a second site.
    pub fn read(dir: &Path) -> Result<Self, ContinuityError> {
        let path = dir.join(FILE);
        match std::fs::read(&path) {
            Ok(bytes) => {
                serde_json::from_slice(&bytes).map_err(|error| ContinuityError::file(&path, error))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(ContinuityError::file(&path, error)),
        }
    }

    /// Writes it durably.
    pub fn write(&self, dir: &Path) -> Result<(), ContinuityError> {
        let path = dir.join(FILE);
        let written = serde_json::to_vec_pretty(self)
            .map_err(std::io::Error::other)
            .and_then(|bytes| {
                let mut file = tempfile::NamedTempFile::new_in(dir)?;
                file.write_all(&bytes)?;
                file.as_file().sync_all()?;
                file.persist(&path).map_err(|error| error.error)?;
                std::fs::File::open(dir)?.sync_all()
            });
        written.map_err(|error| ContinuityError::file(&path, error))
    }
}

/// How a primary treats its standby.
#[derive(Debug, Clone)]
pub struct SiteOptions {
    /// A write counts as done only when the standby has it durably.
    pub synchronous: bool,
    /// How long a write waits for that.
    pub patience: Duration,
    /// Writes although the other site could not be asked whether it took over.
    pub alone: bool,
}

impl Default for SiteOptions {
    fn default() -> Self {
        Self {
            synchronous: false,
            patience: Duration::from_secs(10),
            alone: false,
        }
    }
}

/// The site in a running program; the store's duty.
#[derive(Debug)]
pub struct Site {
    dir: PathBuf,
    options: SiteOptions,
    now: Mutex<Now>,
    changed: Condvar,
}

#[derive(Debug)]
struct Now {
    state: SiteState,
    /// When the file was last written, as known here.
    written: Option<SystemTime>,
    /// The other site was asked since the start and has no higher epoch.
    peer_asked: bool,
    /// Entries that the standby has durably, and when it said so.
    confirmed: u64,
    heard: Option<Instant>,
    /// Entries that a standby's primary has, as last heard.
    primary_size: u64,
}

/// Figures for operators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteFigures {
    /// What the site is.
    pub role: Role,
    /// Its epoch.
    pub epoch: u64,
    /// Entries the standby has durably; 0 if none follows.
    pub confirmed: u64,
    /// Since the standby was last heard of.
    pub silent: Option<Duration>,
    /// On a standby: entries that the primary has.
    pub primary_size: u64,
}

impl Site {
    /// The site of a data folder.
    pub fn open(dir: &Path, options: SiteOptions) -> Result<Arc<Self>, ContinuityError> {
        let written = written(dir);
        let state = SiteState::read(dir)?;
        Ok(Arc::new(Self {
            dir: dir.to_owned(),
            now: Mutex::new(Now {
                written,
                peer_asked: options.alone || state.peer.is_none(),
                state,
                confirmed: 0,
                heard: None,
                primary_size: 0,
            }),
            options,
            changed: Condvar::new(),
        }))
    }

    /// What it is now.
    #[must_use]
    pub fn state(&self) -> SiteState {
        self.lock().state.clone()
    }

    /// Figures for operators.
    #[must_use]
    pub fn figures(&self) -> SiteFigures {
        let now = self.lock();
        SiteFigures {
            role: now.state.role,
            epoch: now.state.epoch,
            confirmed: now.confirmed,
            silent: now.heard.map(|heard| heard.elapsed()),
            primary_size: now.primary_size,
        }
    }

    /// A standby has so many entries durably; where to reach it is remembered.
    pub fn confirm(&self, size: u64, reached_at: Option<&str>) -> Result<(), ContinuityError> {
        let mut now = self.lock();
        now.confirmed = now.confirmed.max(size);
        now.heard = Some(Instant::now());
        // Who follows has not taken over.
        now.peer_asked = true;
        if let Some(peer) = reached_at
            && now.state.peer.as_deref() != Some(peer)
        {
            now.state.peer = Some(peer.to_owned());
            self.keep(&mut now)?;
        }
        drop(now);
        self.changed.notify_all();
        Ok(())
    }

    /// The other site says which epoch it is in. A higher one than ours fences us off; gives whether it did.
    pub fn hear(&self, epoch: u64) -> Result<bool, ContinuityError> {
        let mut now = self.lock();
        if epoch <= now.state.epoch {
            now.peer_asked = true;
            return Ok(false);
        }
        if now.state.role == Role::Primary {
            now.state.role = Role::Fenced;
            tracing::error!(
                epoch,
                "another site took over; this one takes no more changes"
            );
        }
        now.state.epoch = epoch;
        let kept = self.keep(&mut now);
        drop(now);
        self.changed.notify_all();
        kept.map(|()| true)
    }

    /// A standby's primary has so many entries.
    pub fn primary_has(&self, size: u64) {
        self.lock().primary_size = size;
    }

    /// Takes over: the next epoch, durable before the first write.
    pub fn take_over(&self) -> Result<u64, ContinuityError> {
        let mut now = self.lock();
        if now.state.role == Role::Fenced {
            return Err(ContinuityError::Setting {
                what: "a fenced site",
                reason: "another site took over after it and may have entries that this one lacks; set it up as a standby of that site".to_owned(),
            });
        }
        let before = now.state.clone();
        now.state.epoch += u64::from(now.state.role == Role::Standby);
        now.state.role = Role::Primary;
        if let Err(error) = self.keep(&mut now) {
            now.state = before;
            return Err(error);
        }
        // The other site was told, or could not be; either way its epoch is the lower one now.
        now.peer_asked = true;
        Ok(now.state.epoch)
    }

    fn lock(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, now: &mut Now) -> Result<(), ContinuityError> {
        now.state.write(&self.dir)?;
        now.written = written(&self.dir);
        Ok(())
    }

    /// Several servers of one site share its folder (on PostgreSQL): what another of them heard or became counts here too.
    fn look(&self, now: &mut Now) {
        let written = written(&self.dir);
        if written == now.written {
            return;
        }
        match SiteState::read(&self.dir) {
            // A file that was put back or taken away makes no fence undone.
            Ok(state) if state.epoch >= now.state.epoch => {
                now.state = state;
                now.written = written;
            }
            Ok(_) => {}
            Err(error) => {
                tracing::error!(error = %error, "the role of this site could not be read")
            }
        }
    }
}

fn written(dir: &Path) -> Option<SystemTime> {
    std::fs::metadata(dir.join(FILE))
        .and_then(|meta| meta.modified())
        .ok()
}

impl Duty for Site {
    fn may_write(&self) -> Result<(), StoreError> {
        let mut now = self.lock();
        self.look(&mut now);
        let reason = match now.state.role {
            Role::Primary if now.peer_asked => return Ok(()),
            Role::Primary => format!(
                "the other site ({}) has not said yet that it did not take over; start with --alone if it is gone for good",
                now.state.peer.as_deref().unwrap_or("unknown")
            ),
            Role::Standby => format!(
                "it is a standby of {}; nothing was changed",
                now.state.peer.as_deref().unwrap_or("another site")
            ),
            Role::Fenced => format!(
                "another site took over in epoch {}; nothing was changed",
                now.state.epoch
            ),
        };
        Err(StoreError::NotHere { reason })
    }

    fn figures(&self) -> Vec<(&'static str, u64)> {
        let figures = Self::figures(self);
        let silent = figures.silent.map_or(0, |silent| silent.as_secs());
        vec![
            ("site_writes", u64::from(self.may_write().is_ok())),
            ("site_epoch", figures.epoch),
            ("site_standby_confirmed_entries", figures.confirmed),
            ("site_standby_silent_seconds", silent),
            ("site_primary_entries", figures.primary_size),
        ]
    }

    fn holds_back(&self) -> bool {
        self.options.synchronous
    }

    fn settle(&self, size: u64) -> Result<(), StoreError> {
        if !self.options.synchronous {
            return Ok(());
        }
        let until = Instant::now() + self.options.patience;
        let mut now = self.lock();
        loop {
            if now.confirmed >= size {
                return Ok(());
            }
            if now.state.role != Role::Primary {
                return Err(StoreError::NotHere {
                    reason: "another site took over meanwhile".to_owned(),
                });
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(StoreError::NotHere {
                    reason: format!("the standby has {} of {size} entries", now.confirmed),
                });
            }
            now = self
                .changed
                .wait_timeout(now, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(dir: &Path, options: SiteOptions) -> Arc<Site> {
        Site::open(dir, options).unwrap()
    }

    #[test]
    fn a_site_that_hears_of_a_higher_epoch_never_writes_again() {
        let dir = tempfile::tempdir().unwrap();
        let primary = site(dir.path(), SiteOptions::default());
        assert!(primary.may_write().is_ok());
        assert!(!primary.hear(1).unwrap());
        assert!(primary.hear(2).unwrap());
        assert!(primary.may_write().is_err());
        let again = site(
            dir.path(),
            SiteOptions {
                alone: true,
                ..SiteOptions::default()
            },
        );
        assert!(
            again.may_write().is_err(),
            "also after a restart, also alone"
        );
        assert!(again.take_over().is_err());
    }

    #[test]
    fn what_one_server_of_a_site_hears_fences_the_others_too() {
        let dir = tempfile::tempdir().unwrap();
        let [one, two] = [(); 2].map(|()| site(dir.path(), SiteOptions::default()));
        assert!(two.may_write().is_ok());
        assert!(one.hear(2).unwrap());
        assert!(two.may_write().is_err());
    }

    #[test]
    fn a_returning_primary_waits_until_its_standby_has_answered() {
        let dir = tempfile::tempdir().unwrap();
        let primary = site(dir.path(), SiteOptions::default());
        primary.confirm(1, Some("http://standby")).unwrap();
        let back = site(dir.path(), SiteOptions::default());
        assert!(back.may_write().is_err());
        assert!(!back.hear(1).unwrap());
        assert!(back.may_write().is_ok());
        let alone = site(
            dir.path(),
            SiteOptions {
                alone: true,
                ..SiteOptions::default()
            },
        );
        assert!(alone.may_write().is_ok());
    }

    #[test]
    fn a_standby_takes_over_in_the_next_epoch() {
        let dir = tempfile::tempdir().unwrap();
        let state = SiteState {
            role: Role::Standby,
            epoch: 3,
            peer: Some("http://primary".to_owned()),
        };
        state.write(dir.path()).unwrap();
        let standby = site(dir.path(), SiteOptions::default());
        assert!(standby.may_write().is_err());
        assert_eq!(standby.take_over().unwrap(), 4);
        assert!(standby.may_write().is_ok());
        assert_eq!(SiteState::read(dir.path()).unwrap().epoch, 4);
    }

    #[test]
    fn in_synchronous_mode_a_write_waits_for_the_standby() {
        let dir = tempfile::tempdir().unwrap();
        let options = SiteOptions {
            synchronous: true,
            patience: Duration::from_millis(30),
            alone: false,
        };
        let primary = site(dir.path(), options);
        assert!(primary.settle(5).is_err(), "nobody confirmed");
        let waiting = Arc::clone(&primary);
        let patient = std::thread::spawn(move || {
            // Far longer than the confirmation takes; the patience of the site decides.
            (0..100).any(|_| waiting.settle(5).is_ok())
        });
        primary.confirm(5, None).unwrap();
        assert!(patient.join().unwrap());
    }
}
