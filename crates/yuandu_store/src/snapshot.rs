//! The whole database in one file, taken while a server goes on writing.

use std::path::Path;

use crate::encoding::hex;
use crate::{Head, Store, StoreError, StoreOptions, sqlite};

/// Writes the database as of one moment to a new file and gives the head it holds; `None` where the database is not a file.
pub fn snapshot(store: &Store, to: &Path) -> Result<Option<Head>, StoreError> {
    if !store.dir().join(sqlite::FILE).is_file() {
        return Ok(None);
    }
    let connection = sqlite::open_reader(store.dir())?;
    // Nothing of the city is written; the new file is.
    connection.execute_batch("PRAGMA query_only = OFF")?;
    connection.execute("VACUUM INTO ?1", [to.to_string_lossy()])?;
    drop(connection);
    let (Some(dir), true) = (to.parent(), to.is_file()) else {
        return Ok(None);
    };
    // Opened under the name that a store has, only to read what it holds.
    let folder = tempfile::tempdir_in(dir).map_err(|source| StoreError::file(dir, source))?;
    let named = folder.path().join(sqlite::FILE);
    std::fs::rename(to, &named).map_err(|source| StoreError::file(to, source))?;
    let head =
        Store::open_to_read(&StoreOptions::new(folder.path())).and_then(|copy| copy.log().head());
    std::fs::rename(&named, to).map_err(|source| StoreError::file(to, source))?;
    head.map(Some)
}

/// Name of the file beside the database that tells the log's size and root, so that a log whose end was cut off is noticed.
pub(crate) const ANCHOR: &str = "log-head.txt";

/// Writes that file for a folder whose database was put in place whole and whose head was proved otherwise.
pub fn write_anchor(dir: &Path, head: &Head) -> Result<(), StoreError> {
    let anchor = dir.join(ANCHOR);
    let fresh = anchor.with_extension("new");
    let text = format!("{}\n{}\n", head.size, hex(&head.root));
    std::fs::write(&fresh, text)
        .and_then(|()| std::fs::rename(&fresh, &anchor))
        .map_err(|source| StoreError::file(&anchor, source))
}
