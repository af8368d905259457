//! The whole database in one file, taken while a server goes on writing.

use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};

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
    let path = dir.join(ANCHOR);
    let fresh = path.with_extension("new");
    std::fs::write(&fresh, said(head))
        .and_then(|()| std::fs::rename(&fresh, &path))
        .map_err(|source| StoreError::file(&path, source))
}

fn said(head: &Head) -> String {
    format!("{}\n{}\n", head.size, hex(&head.root))
}

/// The anchor of a log that grows: written anew after each group. The file stays open and is overwritten in place, in
/// one write far shorter than a page, because making a file and renaming it costs more than the rest of a small group.
#[derive(Debug)]
pub(crate) struct Anchor {
    path: PathBuf,
    file: Option<File>,
}

impl Anchor {
    /// That of a data folder.
    pub(crate) fn in_folder(dir: &Path) -> Self {
        Self {
            path: dir.join(ANCHOR),
            file: None,
        }
    }

    /// Says the log's size and root.
    pub(crate) fn write(&mut self, head: &Head) -> Result<(), StoreError> {
        self.overwrite(head)
            .map_err(|source| StoreError::file(&self.path, source))
    }

    fn overwrite(&mut self, head: &Head) -> std::io::Result<()> {
        let file = match &self.file {
            Some(file) => file,
            None => {
                let mut options = File::options();
                let file = options.write(true).create(true).truncate(false);
                self.file.insert(file.open(&self.path)?)
            }
        };
        // A log only grows, so what is written is never shorter than what it covers.
        file.write_all_at(said(head).as_bytes(), 0)
    }
}
