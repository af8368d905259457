//! The store's front: open, commit, read.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, OnceLock, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::watch;

use crate::apply::Tables;
use crate::committer::{Committer, Copies, Job, Touched, Work};
use crate::reader::ReaderPool;
use crate::{
    Blobs, Duty, Head, Log, Plan, Reader, Receipt, SealedEntry, StoreError, TableDef, blobs, log,
    sqlite,
};

/// Submissions that may wait for the committer before callers are told to come back: about one second of full load.
const QUEUE: usize = 4096;

/// Where and how to open a store.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// The data folder.
    pub dir: PathBuf,
    /// Reading connections at most.
    pub readers: usize,
}

impl StoreOptions {
    /// A store in `dir` with eight reading connections.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            readers: 8,
        }
    }
}

/// A city's store. Cheap to share; the last owner's drop stops the committer after the work that was accepted.
#[derive(Debug)]
pub struct Store {
    jobs: Option<SyncSender<Work>>,
    committer: Option<JoinHandle<()>>,
    readers: ReaderPool,
    blobs: Blobs,
    head: watch::Receiver<u64>,
    touched: Touched,
    dir: PathBuf,
    duty: Arc<OnceLock<Arc<dyn Duty>>>,
    _lock: Option<File>,
}

impl Store {
    /// Opens or creates the store and its declared tables.
    pub fn open(options: &StoreOptions, tables: &[TableDef]) -> Result<Self, StoreError> {
        Self::open_limited(options, tables, None)
    }

    /// Opens a store whose database may not grow past `pages` pages: a full disk, for tests.
    pub fn open_with_page_limit(
        options: &StoreOptions,
        tables: &[TableDef],
        pages: i64,
    ) -> Result<Self, StoreError> {
        Self::open_limited(options, tables, Some(pages))
    }

    fn open_limited(
        options: &StoreOptions,
        tables: &[TableDef],
        pages: Option<i64>,
    ) -> Result<Self, StoreError> {
        let dir = &options.dir;
        std::fs::create_dir_all(dir.join("blobs"))
            .map_err(|source| StoreError::file(dir, source))?;
        let lock = lock(dir)?;
        let connection = sqlite::open_writer(dir)?;
        let tables = with_own(tables);
        sqlite::create_log(&connection)?;
        sqlite::create_tables(&connection, &tables, true)?;
        sqlite::plan_by_design(&connection, &tables)?;
        if let Some(pages) = pages {
            connection.pragma_update(None, "max_page_count", pages)?;
        }
        let frontier = log::load_head(&connection)?;
        let (announce, head) = watch::channel(frontier.size());
        let touched = Touched::default();
        let duty = Arc::default();
        let (jobs, inbox) = sync_channel(QUEUE);
        let committer = Committer {
            connection,
            tables: Tables::new(&tables),
            frontier,
            anchor: dir.join("log-head.txt"),
            announce,
            touched: Arc::clone(&touched),
            duty: Arc::clone(&duty),
        };
        let thread = std::thread::Builder::new()
            .name("committer".to_owned())
            .spawn(move || committer.run(&inbox))
            .map_err(|source| StoreError::file(dir, source))?;
        Ok(Self {
            jobs: Some(jobs),
            committer: Some(thread),
            readers: ReaderPool::new(dir.clone(), options.readers),
            blobs: Blobs::new(dir.join("blobs")),
            head,
            touched,
            dir: dir.clone(),
            duty,
            _lock: Some(lock),
        })
    }

    /// Opens a store to read only, beside a server that writes it: commits are refused and the size does not follow.
    pub fn open_to_read(options: &StoreOptions) -> Result<Self, StoreError> {
        let dir = &options.dir;
        let readers = ReaderPool::new(dir.clone(), options.readers);
        let size = readers.with(log::head)?.size;
        Ok(Self {
            jobs: None,
            committer: None,
            readers,
            blobs: Blobs::new(dir.join("blobs")),
            head: watch::channel(size).1,
            touched: Touched::default(),
            dir: dir.clone(),
            duty: Arc::default(),
            _lock: None,
        })
    }

    /// Gives the store its duty: whether it may write, and when a write counts as done. Once, right after opening.
    pub fn appoint(&self, duty: Arc<dyn Duty>) {
        if self.duty.set(duty).is_err() {
            tracing::error!("the store has a duty already; the second one is ignored");
        }
    }

    /// Appends entries that another store committed, if they lead to `expected`; durable on return.
    pub fn append_copies(
        &self,
        entries: Vec<SealedEntry>,
        expected: Head,
    ) -> Result<Head, StoreError> {
        let (done, result) = sync_channel(1);
        let work = Work::Copies(Copies {
            entries,
            expected,
            done,
        });
        let jobs = self.jobs.as_ref().ok_or(StoreError::Closed)?;
        jobs.send(work).map_err(|_| StoreError::Closed)?;
        result.recv().map_err(|_| StoreError::Closed)?
    }

    /// A store in a folder that is removed when it is dropped: for tests and scenarios.
    pub fn temporary(tables: &[TableDef]) -> Result<TemporaryStore, StoreError> {
        let dir = tempfile::tempdir()
            .map_err(|source| StoreError::file(Path::new("temporary folder"), source))?;
        let store = Arc::new(Self::open(&StoreOptions::new(dir.path()), tables)?);
        Ok(TemporaryStore { store, dir })
    }

    /// Commits a plan; returns when it is durable. Blocks: async callers use [`Store::commit_async`].
    pub fn commit(&self, plan: Plan) -> Result<Receipt, StoreError> {
        self.commit_all(vec![plan])
            .pop()
            .unwrap_or(Err(StoreError::Closed))
    }

    /// Commits many plans in one transaction; each is accepted or refused on its own.
    pub fn commit_all(&self, plans: Vec<Plan>) -> Vec<Result<Receipt, StoreError>> {
        let count = plans.len();
        let (done, result) = sync_channel(1);
        let sent = match &self.jobs {
            Some(jobs) => jobs
                .try_send(Work::Plans(Job { plans, done }))
                .map_err(|error| match error {
                    TrySendError::Full(_) => StoreError::Busy { retry_after_s: 1 },
                    TrySendError::Disconnected(_) => StoreError::Closed,
                }),
            None => Err(StoreError::Closed),
        };
        match sent {
            Ok(()) => result
                .recv()
                .map(|results| self.settled(results))
                .unwrap_or_else(|_| (0..count).map(|_| Err(StoreError::Closed)).collect()),
            Err(StoreError::Busy { retry_after_s }) => (0..count)
                .map(|_| Err(StoreError::Busy { retry_after_s }))
                .collect(),
            Err(_) => (0..count).map(|_| Err(StoreError::Closed)).collect(),
        }
    }

    /// Holds receipts back until the duty says that they count as done.
    fn settled(
        &self,
        results: Vec<Result<Receipt, StoreError>>,
    ) -> Vec<Result<Receipt, StoreError>> {
        let last = results
            .iter()
            .flatten()
            .map(|receipt| receipt.position)
            .max();
        let (Some(duty), Some(last)) = (self.duty.get(), last) else {
            return results;
        };
        match duty.settle(last + 1) {
            Ok(()) => results,
            Err(unsettled) => results
                .into_iter()
                .map(|result| {
                    result.and_then(|_| {
                        Err(StoreError::Unconfirmed {
                            reason: unsettled.to_string(),
                        })
                    })
                })
                .collect(),
        }
    }

    /// Commits a plan from an async task.
    pub async fn commit_async(self: &Arc<Self>, plan: Plan) -> Result<Receipt, StoreError> {
        let store = Arc::clone(self);
        tokio::task::spawn_blocking(move || store.commit(plan))
            .await
            .unwrap_or(Err(StoreError::Closed))
    }

    /// Reads one consistent moment. Blocks: async callers use [`Store::read_async`].
    pub fn read<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&Reader<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.readers.with(work)
    }

    /// Reads from an async task.
    pub async fn read_async<T, E>(
        self: &Arc<Self>,
        work: impl FnOnce(&Reader<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let store = Arc::clone(self);
        tokio::task::spawn_blocking(move || store.read(work))
            .await
            .unwrap_or_else(|_| Err(E::from(StoreError::Closed)))
    }

    /// The log's reading side.
    #[must_use]
    pub fn log(&self) -> Log<'_> {
        Log { store: self }
    }

    /// The blobs.
    #[must_use]
    pub fn blobs(&self) -> &Blobs {
        &self.blobs
    }

    /// The data folder.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Follows the log's size: changes after every commit, so that caches know when they are stale.
    #[must_use]
    pub fn follow(&self) -> watch::Receiver<u64> {
        self.head.clone()
    }

    /// A number that changes whenever a commit changes `table`, and only then.
    #[must_use]
    pub fn touched(&self, table: &str) -> u64 {
        self.touched
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(table)
            .copied()
            .unwrap_or(0)
    }

    /// Queries made by all readers since the store was opened.
    #[must_use]
    pub fn queries(&self) -> u64 {
        self.readers.queries()
    }

    /// Entries committed so far.
    #[must_use]
    pub fn size(&self) -> u64 {
        *self.head.borrow()
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(committer) = self.committer.take() {
            // A committer that panicked has already failed its callers.
            let _ = committer.join();
        }
    }
}

/// A store in a temporary folder; dereferences to the shared store.
#[derive(Debug)]
pub struct TemporaryStore {
    store: Arc<Store>,
    dir: tempfile::TempDir,
}

impl TemporaryStore {
    /// The store, to be shared.
    #[must_use]
    pub fn shared(&self) -> Arc<Store> {
        Arc::clone(&self.store)
    }

    /// The folder it lives in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.dir.path()
    }
}

impl std::ops::Deref for TemporaryStore {
    type Target = Arc<Store>;
    fn deref(&self) -> &Arc<Store> {
        &self.store
    }
}

/// The declared tables and the store's own.
pub(crate) fn with_own(tables: &[TableDef]) -> Vec<TableDef> {
    let mut all = vec![sqlite::idempotency_table(), blobs::blobs_table()];
    all.extend_from_slice(tables);
    all
}

fn lock(dir: &Path) -> Result<File, StoreError> {
    let path = dir.join("lock");
    let file = File::create(&path).map_err(|source| StoreError::file(&path, source))?;
    file.try_lock().map_err(|_| StoreError::Locked {
        dir: dir.display().to_string(),
    })?;
    Ok(file)
}
