//! Follows what other servers of the same database commit, so that caches of this one are not stale for long.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::{Link, Session, open_reader};
use crate::StoreError;
use crate::committer::News;

/// How long a change made through another server may go unnoticed here.
const PERIOD: Duration = Duration::from_millis(200);

/// The following thread; ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Follower {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Follower {
    pub(crate) fn start(link: Arc<Link>, news: News) -> Result<Self, StoreError> {
        let (stop, stopped) = channel();
        let thread = std::thread::Builder::new()
            .name("follower".to_owned())
            .spawn(move || follow(&link, &news, &stopped))
            .map_err(|error| StoreError::Unreachable {
                reason: error.to_string(),
            })?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // A follower that panicked followed nothing any more; there is nothing to undo.
            let _ = thread.join();
        }
    }
}

fn follow(link: &Arc<Link>, news: &News, stopped: &Receiver<()>) {
    let mut session: Option<Session> = None;
    while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(PERIOD) {
        if session.as_ref().is_none_or(Session::is_closed) {
            // An unreachable database is told by those who need it now.
            session = open_reader(link).ok();
        }
        let Some(open) = &session else { continue };
        match look(open, news) {
            Ok(()) => {}
            Err(error) => {
                tracing::debug!(error = %error, "the log could not be followed; trying again")
            }
        }
    }
}

fn look(session: &Session, news: &News) -> Result<(), StoreError> {
    let mut size = 0;
    session.read("SELECT size FROM log_head WHERE id = 1", &[], |row| {
        size = row.int("size")?.unsigned_abs();
        Ok(true)
    })?;
    let mut touched = Vec::new();
    if size > news.size() {
        session.read("SELECT name, pos FROM log_touch", &[], |row| {
            touched.push((row.text("name")?, row.int("pos")?.unsigned_abs()));
            Ok(true)
        })?;
    }
    session.end_read();
    if !touched.is_empty() {
        news.tell(size, &touched);
    }
    Ok(())
}
