//! The store's front: open, commit, read.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::{oneshot, watch};
use yuandu_base::Clock;

use crate::clock_watch::ClockWatch;
use crate::committer::{
    Committer, Copies, Job, News, Queue, Results, Taken, Touched, Waiter, again,
};
use crate::lease::Leases;
use crate::postgres::{self, Follower};
use crate::reader::ReaderPool;
use crate::rebuild::MendJob;
use crate::room::Room;
use crate::snapshot::Anchor;
use crate::{
    Blobs, Database, Duty, Head, Kind, Log, Near, Plan, Reader, Receipt, SealedEntry, Shelf,
    StoreError, TableDef, WindowNames, backend, blobs, log, near, sqlite, testing,
};

/// Where and how to open a store.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// The data folder.
    pub dir: PathBuf,
    /// The database: in the folder, or PostgreSQL.
    pub database: Database,
    /// Where photos and papers lie, if not in the folder.
    pub shelf: Option<Arc<dyn Shelf>>,
    /// Reading connections at most.
    pub readers: usize,
}

impl StoreOptions {
    /// A store in `dir`, on SQLite, with eight reading connections.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            database: Database::Sqlite,
            shelf: None,
            readers: 8,
        }
    }

    /// The same with another database.
    #[must_use]
    pub fn on(self, database: Database) -> Self {
        Self { database, ..self }
    }

    /// The same with another place for blobs; `None` is the data folder.
    #[must_use]
    pub fn with_shelf(self, shelf: Option<Arc<dyn Shelf>>) -> Self {
        Self { shelf, ..self }
    }

    pub(crate) fn blobs(&self) -> Blobs {
        Blobs::new(self.dir.join("blobs"), self.shelf.clone())
    }
}

/// A city's store. Cheap to share; the last owner's drop stops the committer after the work that was accepted.
#[derive(Debug)]
pub struct Store {
    /// None where the store was opened to read only.
    queue: Option<Arc<Queue>>,
    committer: Option<JoinHandle<()>>,
    readers: ReaderPool,
    leases: Leases,
    _follower: Option<Follower>,
    blobs: Blobs,
    head: watch::Receiver<u64>,
    touched: Touched,
    /// Lots of rows mended since the store was opened, by table.
    mended: Mutex<HashMap<String, u64>>,
    tables: Vec<TableDef>,
    dir: PathBuf,
    duty: Arc<OnceLock<Arc<dyn Duty>>>,
    clock: ClockWatch,
    room: Arc<Room>,
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
        let tables = with_own(tables);
        let opened = backend::open(options, &tables, pages)?;
        let (announce, head) = watch::channel(opened.size);
        let (touched, duty) = (Touched::default(), Arc::default());
        let room = Arc::default();
        let news = News {
            announce: Arc::new(announce),
            touched: Arc::clone(&touched),
        };
        let queue = Arc::new(Queue::default());
        let committer = Committer {
            writer: opened.writer,
            anchor: Anchor::in_folder(dir),
            news: news.clone(),
            duty: Arc::clone(&duty),
            room: Arc::clone(&room),
        };
        let follower = opened
            .link
            .clone()
            .map(|link| Follower::start(link, news))
            .transpose()?;
        let inbox = Arc::clone(&queue);
        let thread = std::thread::Builder::new()
            .name("committer".to_owned())
            .spawn(move || committer.run(&inbox))
            .map_err(|source| StoreError::file(dir, source))?;
        Ok(Self {
            queue: Some(queue),
            committer: Some(thread),
            readers: opened.readers,
            leases: opened.link.map_or_else(Leases::alone, Leases::shared),
            _follower: follower,
            blobs: options.blobs(),
            head,
            touched,
            mended: Mutex::default(),
            tables,
            dir: dir.clone(),
            duty,
            clock: ClockWatch::default(),
            room,
            _lock: opened.lock,
        })
    }

    /// Opens a store to read only, beside a server that writes it: commits are refused and the size does not follow.
    pub fn open_to_read(options: &StoreOptions) -> Result<Self, StoreError> {
        let dir = &options.dir;
        let readers = backend::readers(options, &[])?;
        let size = readers.with(log::head)?.size;
        Ok(Self {
            queue: None,
            committer: None,
            readers,
            leases: Leases::alone(),
            _follower: None,
            blobs: options.blobs(),
            head: watch::channel(size).1,
            touched: Touched::default(),
            mended: Mutex::default(),
            tables: Vec::new(),
            dir: dir.clone(),
            duty: Arc::default(),
            clock: ClockWatch::default(),
            room: Arc::default(),
            _lock: None,
        })
    }

    /// Gives the store its duty: whether it may write, and when a write counts as done. Once, right after opening.
    pub fn appoint(&self, duty: Arc<dyn Duty>) {
        if self.duty.set(duty).is_err() {
            tracing::error!("the store has a duty already; the second one is ignored");
        }
    }

    /// Figures of the duty for operators; none without one.
    #[must_use]
    pub fn duty_figures(&self) -> Vec<(&'static str, u64)> {
        self.duty
            .get()
            .map(|duty| duty.figures())
            .unwrap_or_default()
    }

    /// From here on refuses changes while `clock` lies more than a minute before the log's newest entry, or before what it
    /// said itself: for servers, whose time is the machine's. Those who write history leave it out.
    pub fn watch_clock(&self, clock: Arc<dyn Clock>) -> Result<(), StoreError> {
        let newest = self.read(|reader| {
            let rows = reader.query("SELECT at FROM log ORDER BY seq DESC LIMIT 1", &[])?;
            rows.first().map(|row| row.int("at")).transpose()
        })?;
        self.clock.begin(clock, newest.unwrap_or(i64::MIN));
        Ok(())
    }

    /// Whether changes are taken now, as far as the clock is concerned.
    ///
    /// # Errors
    /// [`StoreError::ClockBehind`] when the clock is watched and lies behind.
    pub fn check_clock(&self) -> Result<(), StoreError> {
        self.clock.refusal().map_or(Ok(()), Err)
    }

    /// Whether a change would be kept now, as far as the disk is concerned: the last one was, and a file of a megabyte can be
    /// written to the data folder.
    ///
    /// # Errors
    /// [`StoreError::Disk`] when the disk is full or the folder cannot be written.
    pub fn check_room(&self) -> Result<(), StoreError> {
        self.room.check(&self.dir)
    }

    /// Appends entries that another store committed, if they lead to `expected`; durable on return.
    pub fn append_copies(
        &self,
        entries: Vec<SealedEntry>,
        expected: Head,
    ) -> Result<Head, StoreError> {
        let (done, result) = sync_channel(1);
        let queue = self.queue.as_ref().ok_or(StoreError::Closed)?;
        queue.push_aside(Taken::Copies(Copies {
            entries,
            expected,
            done,
        }))?;
        result.recv().map_err(|_| StoreError::Closed)?
    }

    /// A store in a folder that is removed when it is dropped: for tests and scenarios. It is on SQLite, or on the
    /// PostgreSQL that the environment names ([`testing::DATABASE_VARIABLE`]).
    pub fn temporary(tables: &[TableDef]) -> Result<TemporaryStore, StoreError> {
        let dir = tempfile::tempdir()
            .map_err(|source| StoreError::file(Path::new("temporary folder"), source))?;
        let options = StoreOptions::new(dir.path()).on(testing::temporary_database()?);
        let store = Arc::new(Self::open(&options, tables)?);
        Ok(TemporaryStore {
            store,
            options,
            dir,
        })
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
        let (done, results) = sync_channel(1);
        let results = self.enqueue(plans, Waiter::Thread(done)).and_then(|()| {
            let results = results.recv();
            results.map_err(|_| StoreError::Closed)
        });
        match results {
            Ok(results) => self.settled(results),
            Err(refused) => (0..count).map(|_| Err(again(&refused))).collect(),
        }
    }

    /// Hands plans to the committer, which tells the waiter what became of them.
    fn enqueue(&self, plans: Vec<Plan>, done: Waiter) -> Result<(), StoreError> {
        self.check_clock()?;
        let queue = self.queue.as_ref().ok_or(StoreError::Closed)?;
        queue.push(Job { plans, done })
    }

    /// Holds receipts back until the duty says that they count as done.
    fn settled(&self, results: Results) -> Results {
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

    /// Commits a plan from an async task: no thread waits for the disk.
    pub async fn commit_async(self: &Arc<Self>, plan: Plan) -> Result<Receipt, StoreError> {
        let (done, results) = oneshot::channel();
        self.enqueue(vec![plan], Waiter::Task(done))?;
        let results: Results = results.await.map_err(|_| StoreError::Closed)?;
        let mut results = if self.duty.get().is_some_and(|duty| duty.holds_back()) {
            let store = Arc::clone(self);
            tokio::task::spawn_blocking(move || store.settled(results))
                .await
                .map_err(|_| StoreError::Closed)?
        } else {
            results
        };
        results.pop().unwrap_or(Err(StoreError::Closed))
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

    /// Takes or renews a lease on work that one of several servers should do, until `now + time`; false while another
    /// holds it. With SQLite there is one server, and it always does.
    pub fn lease(
        &self,
        name: &str,
        now: jiff::Timestamp,
        time: std::time::Duration,
    ) -> Result<bool, StoreError> {
        self.leases.take(name, now, time)
    }

    /// Removes everything a PostgreSQL database holds in its schema, for good. With SQLite the files are removed instead.
    pub fn erase(database: &Database) -> Result<(), StoreError> {
        match database {
            Database::Sqlite => Ok(()),
            Database::Postgres(address) => postgres::erase(address),
        }
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

    /// A number that changes whenever a commit changes `table` or its rows are mended, and only then.
    #[must_use]
    pub fn touched(&self, table: &str) -> u64 {
        let of = |counts: &Mutex<HashMap<String, u64>>| {
            let counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
            counts.get(table).copied().unwrap_or(0)
        };
        // Both only grow, so no sum comes twice.
        of(&self.touched) + of(&self.mended)
    }

    /// Rows of this table were mended: whatever was kept of it is stale.
    pub(crate) fn mended(&self, table: &str) {
        let mut mended = self.mended.lock().unwrap_or_else(PoisonError::into_inner);
        *mended.entry(table.to_owned()).or_default() += 1;
    }

    /// A declared table by name.
    pub(crate) fn declared(&self, table: &str) -> Result<&TableDef, StoreError> {
        let found = self.tables.iter().find(|def| def.name == table);
        found.ok_or_else(|| StoreError::Undeclared {
            table: table.to_owned(),
            name: table.to_owned(),
        })
    }

    /// What a column of a declared table holds.
    #[must_use]
    pub fn column_kind(&self, table: &str, column: &str) -> Option<Kind> {
        let table = self.declared(table).ok()?;
        let found = table.columns.iter().find(|known| known.name == column);
        found.map(|known| known.kind)
    }

    /// How a query reads the rows of `table` whose point lies in one of some windows, by the index of places; none for a table
    /// without one. `windows` and `limit` are names of parameters. Rows just outside may come too: compare exactly.
    #[must_use]
    pub fn near(&self, table: &str, windows: &[WindowNames], limit: &str) -> Option<Near> {
        let table = self.declared(table).ok()?;
        near::read(table, windows, limit, self.readers.is_sqlite())
    }

    /// The names of the declared tables.
    pub fn table_names(&self) -> impl Iterator<Item = &str> {
        self.tables.iter().map(|def| def.name.as_str())
    }

    pub(crate) fn push_mend(&self, job: MendJob) -> Result<(), StoreError> {
        let queue = self.queue.as_ref().ok_or(StoreError::Closed)?;
        queue.push_aside(Taken::Mend(Box::new(job)))
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
        if let Some(queue) = self.queue.take() {
            queue.close();
        }
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
    options: StoreOptions,
    dir: tempfile::TempDir,
}

impl TemporaryStore {
    /// The store, to be shared.
    #[must_use]
    pub fn shared(&self) -> Arc<Store> {
        Arc::clone(&self.store)
    }

    /// Where it is, to open or verify it again.
    #[must_use]
    pub fn options(&self) -> &StoreOptions {
        &self.options
    }

    /// The folder it lives in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.dir.path()
    }
}

impl Drop for TemporaryStore {
    fn drop(&mut self) {
        if let Database::Postgres(address) = &self.options.database {
            testing::forget(address);
        }
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
