//! Removes blobs that nothing refers to: neither a row, nor any entry of the log, and that nobody stored within the grace time.
//!
//! What is uploaded but not yet recorded (a form being filled in) is protected by the grace time: storing bytes, also bytes
//! that are there already, makes the file new again.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use crate::{BlobRef, Shelved, Store, StoreError};

/// Entries read at once while looking for references.
const AT_ONCE: usize = 2000;
const BYTES: usize = 16 * 1024 * 1024;
/// Digits of a blob's name.
const DIGITS: usize = 64;

/// What was found among the blobs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Collected {
    /// Files that something refers to.
    pub kept: u64,
    /// Files that nothing refers to, but that are younger than the grace time.
    pub young: u64,
    /// Files that nothing refers to; removed, unless it was only asked which.
    pub orphans: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Looks through the blobs at the moment `now` and removes orphans older than `grace` if `remove` says so.
pub fn collect_blobs(
    store: &Store,
    now: Timestamp,
    grace: SignedDuration,
    remove: bool,
) -> Result<Collected, StoreError> {
    let mut found = Collected::default();
    let mut orphans = unrecorded(store, &mut found)?;
    orphans.retain(|_, blob| {
        let old = is_older(blob, now, grace);
        found.young += u64::from(!old);
        old
    });
    if !orphans.is_empty() {
        forget_mentioned(store, &mut orphans)?;
    }
    let shelf = store.blobs().shelf();
    for blob in orphans.values() {
        // Asked again right before: somebody may have stored the same bytes meanwhile.
        let Some(blob) = shelf.look(&blob.name)? else {
            continue;
        };
        if !is_older(&blob, now, grace) {
            found.young += 1;
            continue;
        }
        found.orphans += 1;
        found.bytes += blob.bytes;
        if remove {
            shelf.remove(&blob.name)?;
        }
    }
    Ok(found)
}

/// Names of the blobs that the table of blobs has.
pub fn recorded_blobs(store: &Store) -> Result<Vec<BlobRef>, StoreError> {
    let rows =
        store.read(|reader| reader.query("SELECT DISTINCT id FROM blobs ORDER BY id", &[]))?;
    rows.iter()
        .map(|row| {
            let id = row.text("id")?;
            BlobRef::parse(&id).ok_or_else(|| StoreError::Corrupt {
                reason: format!("the name of blob `{id}` is no hash"),
            })
        })
        .collect()
}

/// The blobs that no row of the table of blobs names.
fn unrecorded(
    store: &Store,
    found: &mut Collected,
) -> Result<HashMap<String, Shelved>, StoreError> {
    let mut orphans = HashMap::new();
    for digits in (0..=u8::MAX).map(|first| format!("{first:02x}")) {
        let listed = store.blobs().shelf().list(&digits)?;
        let mut blobs: HashMap<String, Shelved> = listed
            .into_iter()
            .map(|blob| (blob.name.to_string(), blob))
            .collect();
        if blobs.is_empty() {
            continue;
        }
        // `g` follows `f`: all names that begin with these digits.
        let bounds = [digits.as_str().into(), format!("{digits}g").into()];
        let rows = store.read(|reader| {
            reader.query("SELECT id FROM blobs WHERE id >= $1 AND id < $2", &bounds)
        })?;
        for row in rows {
            if blobs.remove(&row.text("id")?).is_some() {
                found.kept += 1;
            }
        }
        orphans.extend(blobs);
    }
    Ok(orphans)
}

/// Takes off the list what any entry of the log mentions: the past keeps its papers.
fn forget_mentioned(
    store: &Store,
    orphans: &mut HashMap<String, Shelved>,
) -> Result<(), StoreError> {
    let mut from = 0;
    loop {
        let entries = store.log().sealed(from, AT_ONCE, BYTES)?;
        let Some(last) = entries.last() else {
            return Ok(());
        };
        from = last.position + 1;
        for entry in &entries {
            for name in names(&entry.body) {
                orphans.remove(name);
            }
        }
    }
}

/// Every run of exactly 64 hexadecimal digits in a text.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !matches!(letter, '0'..='9' | 'a'..='f'))
        .filter(|run| run.len() == DIGITS)
}

fn is_older(blob: &Shelved, now: Timestamp, grace: SignedDuration) -> bool {
    // A blob whose time is not known is left alone.
    blob.stored_at
        .is_some_and(|stored| now.duration_since(stored) > grace)
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn only_whole_names_are_found_in_a_body() {
        let name = "ab".repeat(32);
        let text = format!("{{\"id\":\"{name}\",\"leaf\":\"{name}00\",\"short\":\"abc\"}}");
        assert_eq!(names(&text).collect::<Vec<_>>(), [name.as_str()]);
    }
}
