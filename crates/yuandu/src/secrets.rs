//! The secret files of a city's data folder. They are in no database and no backup; whoever sets up a second site or restores
//! a backup brings copies of them.

use std::fs;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::{Context as _, ensure};

use crate::published::LOG_KEY;
use crate::sites::TOKEN;

/// Opens what is sealed in the records: keys of single sign-on, second factors.
pub(crate) const SEAL: &str = "secret.key";

/// The files, and what is lost without each.
const FILES: [(&str, &str); 3] = [
    (
        LOG_KEY,
        "the log gets a new key, which must be published and told to its witnesses",
    ),
    (
        SEAL,
        "second factors and the keys of single sign-on cannot be opened and must be set up anew",
    ),
    (TOKEN, "the two sites do not let each other in"),
];

/// Copies those that the data folder lacks from `from`, readable by their owner alone.
pub(crate) fn bring(from: &Path, data: &Path) -> anyhow::Result<()> {
    for (name, _) in FILES {
        let (source, target) = (from.join(name), data.join(name));
        if target.exists() || !source.exists() {
            continue;
        }
        let mode = fs::metadata(&source)?.permissions().mode();
        ensure!(
            mode & 0o077 == 0,
            "others may read `{}` (mode {:o}); run `chmod 600` and consider it known",
            source.display(),
            mode & 0o777
        );
        let copied = fs::read(&source).and_then(|bytes| write(&target, &bytes));
        copied.with_context(|| format!("cannot bring `{}`", source.display()))?;
    }
    Ok(())
}

/// What a data folder lacks, with what follows from it.
pub(crate) fn missing(data: &Path) -> Vec<String> {
    FILES
        .iter()
        .filter(|(name, _)| !data.join(name).exists())
        .map(|(name, without)| format!("`{name}`: without it {without}"))
        .collect()
}

fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_brought_once_and_only_from_files_that_nobody_else_reads() {
        let (from, data) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        write(&from.path().join(SEAL), b"seal").unwrap();
        write(&from.path().join(TOKEN), b"token").unwrap();
        bring(from.path(), data.path()).unwrap();
        assert_eq!(fs::read(data.path().join(SEAL)).unwrap(), b"seal");
        let mode = fs::metadata(data.path().join(SEAL)).unwrap().permissions();
        assert_eq!(mode.mode() & 0o777, 0o600);
        let left = missing(data.path());
        assert!(left.len() == 1 && left[0].contains(LOG_KEY), "{left:?}");

        write(&from.path().join(LOG_KEY), b"key").unwrap();
        let open = fs::Permissions::from_mode(0o644);
        fs::set_permissions(from.path().join(LOG_KEY), open).unwrap();
        let error = bring(from.path(), data.path()).unwrap_err().to_string();
        assert!(error.contains("chmod 600"), "{error}");
        assert!(!data.path().join(LOG_KEY).exists());
    }
}
