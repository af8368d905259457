//! Files among the blobs that no record names. They alter no record, so they are told and nothing more: an upload whose
//! form is still being filled in looks the same.

use std::collections::HashSet;
use std::fs::{self, DirEntry};
use std::path::Path;

use super::{Finding, Report};
use crate::{BlobRef, StoreError, StoreOptions};

/// Looks through the blobs for files whose names are not among `recorded`.
pub(super) fn look(
    options: &StoreOptions,
    recorded: &HashSet<String>,
    report: &mut Report,
) -> Result<(), StoreError> {
    let blobs = options.blobs();
    for digits in (0..=u8::MAX).map(|first| format!("{first:02x}")) {
        for blob in blobs.shelf().list(&digits)? {
            if recorded.contains(blob.name.as_str()) {
                continue;
            }
            let since = blob
                .stored_at
                .map_or_else(String::new, |at| format!(", stored {at}"));
            report.warn(Finding {
                entry: None,
                place: format!("blob {}", blob.name),
                what: format!(
                    "no record names this file{since}; `yuandu blobs` removes it once its grace time is over"
                ),
            });
        }
    }
    if options.shelf.is_none() {
        for path in others(&options.dir.join("blobs"))? {
            report.warn(Finding {
                entry: None,
                place: path,
                what: "this is no blob; find out where it comes from, then remove it".to_owned(),
            });
        }
    }
    Ok(())
}

/// What lies in the folder of blobs and is none. Files that are being written begin with a dot.
fn others(dir: &Path) -> Result<Vec<String>, StoreError> {
    let mut found = Vec::new();
    for entry in entries(dir)? {
        let name = entry.file_name().to_string_lossy().into_owned();
        let digits = name.len() == 2 && BlobRef::parse(&name.repeat(32)).is_some();
        if !digits || !entry.path().is_dir() {
            found.push(entry.path());
            continue;
        }
        let strange = |entry: &DirEntry| {
            let rest = entry.file_name();
            BlobRef::parse(&format!("{name}{}", rest.to_string_lossy())).is_none()
        };
        let inside = entries(&entry.path())?.into_iter().filter(strange);
        found.extend(inside.map(|entry| entry.path()));
    }
    found.sort();
    Ok(found
        .iter()
        .map(|path| path.display().to_string())
        .collect())
}

fn entries(dir: &Path) -> Result<Vec<DirEntry>, StoreError> {
    let failed = |source| StoreError::file(dir, source);
    let listed = match fs::read_dir(dir) {
        Ok(listed) => listed,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(failed(source)),
    };
    let entries = listed.collect::<Result<Vec<_>, _>>().map_err(failed)?;
    let written = |entry: &DirEntry| !entry.file_name().to_string_lossy().starts_with('.');
    Ok(entries.into_iter().filter(written).collect())
}
