//! For tests and benchmarks: a throw-away PostgreSQL, and stores in it that vanish.
//!
//! Nothing here is used by a serving program. The server runs as an unprivileged user in a folder of its own, listens on a
//! socket in that folder only, and dies with the process that started it.

pub mod bare;

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::postgres::{self, Dialect, Link};
use crate::{Address, Database, StoreError};

/// Names the PostgreSQL database that temporary stores use; without it they use SQLite.
pub const DATABASE_VARIABLE: &str = "YUANDU_TEST_DATABASE";

/// Users a server may run as when the tests run as root, which PostgreSQL refuses.
const USERS: [&str; 2] = ["postgres", "nobody"];

/// A PostgreSQL server of one's own.
#[derive(Debug)]
pub struct Cluster {
    dir: tempfile::TempDir,
    programs: PathBuf,
    server: Option<Child>,
    durable: bool,
}

impl Cluster {
    /// Makes and starts a server; `None` if PostgreSQL is not installed. A `durable` one syncs to disk, as in service;
    /// another survives killed processes, but no power cut, and is quicker.
    ///
    /// # Errors
    /// The server is installed but does not start; the reason is in the message.
    pub fn start(durable: bool) -> Result<Option<Self>, StoreError> {
        let Some(programs) = programs() else {
            return Ok(None);
        };
        let dir = tempfile::Builder::new()
            .prefix("yuandu-pg")
            .tempdir()
            .map_err(|source| StoreError::file(Path::new("temporary folder"), source))?;
        if let Some((user, group)) = unprivileged() {
            std::os::unix::fs::chown(dir.path(), Some(user), Some(group))
                .map_err(|source| StoreError::file(dir.path(), source))?;
        }
        let mut cluster = Self {
            dir,
            programs,
            server: None,
            durable,
        };
        let made = cluster
            .command("initdb")
            .arg("-D")
            .arg(cluster.data())
            .args(["-U", "yuandu", "-A", "trust", "-E", "UTF8", "--locale=C"])
            .args(["--no-sync", "--no-instructions"])
            .output()
            .map_err(|source| StoreError::file(&cluster.programs, source))?;
        if !made.status.success() {
            return Err(StoreError::Unreachable {
                reason: String::from_utf8_lossy(&made.stderr).into_owned(),
            });
        }
        cluster.run()?;
        Ok(Some(cluster))
    }

    /// The address of its database.
    #[must_use]
    pub fn url(&self) -> String {
        format!(
            "postgres:///postgres?host={}&user=yuandu",
            self.dir.path().display()
        )
    }

    /// The address, in a schema of its own.
    ///
    /// # Errors
    /// The name of the schema cannot be used.
    pub fn database(&self, schema: &str) -> Result<Database, StoreError> {
        Database::parse(&format!("{}&schema={schema}", self.url()))
    }

    /// Runs SQL past every store, as somebody with the database in his hands could.
    ///
    /// # Errors
    /// The database refuses it.
    pub fn sql(&self, schema: &str, sql: &str) -> Result<(), StoreError> {
        let Database::Postgres(address) = self.database(schema)? else {
            return Ok(());
        };
        let link = Link::new(&address, Dialect::default())?;
        link.connect("", Duration::from_secs(5))?.run(sql)
    }

    /// Kills the server and all its sessions as a power cut would, without any chance to tidy up.
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            // Already dead is as good as killed.
            let _ = server.kill();
            let _ = server.wait();
        }
    }

    /// Starts the server again after [`Cluster::kill`].
    ///
    /// # Errors
    /// It does not come up.
    pub fn run(&mut self) -> Result<(), StoreError> {
        let sync = if self.durable { "on" } else { "off" };
        let mut tries = 0;
        loop {
            let log = std::fs::File::create(self.dir.path().join("log"))
                .map_err(|source| StoreError::file(self.dir.path(), source))?;
            let server = self
                .command("postgres")
                .arg("-D")
                .arg(self.data())
                .arg("-k")
                .arg(self.dir.path())
                .args(["-c", "listen_addresses=", "-c", "max_connections=200"])
                .args(["-c", "shared_buffers=256MB", "-c", &format!("fsync={sync}")])
                .args([
                    "-c",
                    "max_locks_per_transaction=256",
                    "-c",
                    "max_wal_size=4GB",
                ])
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(log)
                .spawn()
                .map_err(|source| StoreError::file(&self.programs, source))?;
            self.server = Some(server);
            let Database::Postgres(address) = Database::parse(&self.url())? else {
                return Ok(());
            };
            let link = Link::new(&address, Dialect::default())?;
            // Sessions of a killed server may hold its memory for a moment; it then refuses to start.
            let patience = Duration::from_secs(if tries < 20 { 2 } else { 30 });
            match link.connect("", patience) {
                Ok(_) => return Ok(()),
                Err(_) if tries < 20 => self.kill(),
                Err(error) => return Err(error),
            }
            tries += 1;
        }
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// A program of PostgreSQL, as an unprivileged user, that ends when this process ends.
    fn command(&self, name: &str) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "QUIT"]);
        if let Some((user, group)) = unprivileged() {
            command.args([format!("--reuid={user}"), format!("--regid={group}")]);
            command.arg("--clear-groups");
        }
        command.arg(self.programs.join(name));
        command.current_dir(self.dir.path());
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The folder of PostgreSQL's programs: the newest installed.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let mut folders: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let version = path.file_name()?.to_str()?.parse().ok()?;
            Some((version, path.join("bin")))
        })
        .collect();
    folders.sort();
    let installed = folders.into_iter().rev().map(|(_, folder)| folder);
    let path = std::env::var_os("PATH").unwrap_or_default();
    installed
        .chain(std::env::split_paths(&path))
        .find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

/// User and group to run as, if this process is root's.
fn unprivileged() -> Option<(u32, u32)> {
    let own = std::fs::metadata("/proc/self").ok()?;
    if own.uid() != 0 {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    USERS.iter().find_map(|name| {
        users.lines().find_map(|line| {
            let mut fields = line.split(':');
            let named = fields.next() == Some(*name);
            let user = fields.nth(1)?.parse().ok()?;
            let group = fields.next()?.parse().ok()?;
            named.then_some((user, group))
        })
    })
}

/// The database temporary stores use: a fresh schema in that of the environment, or SQLite.
pub(crate) fn temporary_database() -> Result<Database, StoreError> {
    let Ok(url) = std::env::var(DATABASE_VARIABLE) else {
        return Ok(Database::Sqlite);
    };
    match Database::parse(&url)? {
        Database::Sqlite => Ok(Database::Sqlite),
        Database::Postgres(address) => {
            let name = format!("t{:016x}", rand::random::<u64>());
            Ok(Database::Postgres(address.in_schema(&name)))
        }
    }
}

/// Removes a temporary store's schema.
pub(crate) fn forget(address: &Address) {
    if let Err(error) = postgres::erase(address) {
        tracing::warn!(error = %error, "a temporary schema stays behind");
    }
}
