//! Moving closed matters out of the tables into a segment.

use std::collections::{BTreeMap, HashMap};

use serde_json::json;
use yuandu_ids::RealmId;
use yuandu_store::{BlobRef, Blobs, Change, Entry, Expect, Plan, Store, StoreError, Value};

use crate::kind::{DAYS, RECALLED, SEGMENTS};
use crate::segment::pack;
use crate::sieve::{keys, sieve};
use crate::{ArchiveError, Kind, Matter, queries};

/// What was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The segment.
    pub segment: BlobRef,
    /// Matters in it.
    pub matters: usize,
    /// Rows that left the tables.
    pub rows: usize,
    /// Bytes of the segment.
    pub bytes: usize,
}

/// Moves matters out of the tables into a segment: one entry of the log, or none if nothing of these ids is there. A matter
/// that changed meanwhile refuses the whole.
pub fn seal(
    store: &Store,
    realm: RealmId,
    kind: &Kind,
    ids: &[String],
    entry: Entry,
) -> Result<Option<Sealed>, ArchiveError> {
    let number = i64::from(realm.get());
    let (matters, recalled) = store.read(|reader| {
        let matters = queries::matters(reader, number, kind, ids)?;
        Ok::<_, StoreError>((matters, queries::recalled(reader, number)?))
    })?;
    let Some(row) = segment_row(store, &matters, &entry)? else {
        return Ok(None);
    };
    let (segment, size, row) = row;
    let at = entry.at;
    let entry = Entry {
        // The name of the segment stands in the changes: whoever reads notes need not know it.
        note: json!({ "matters": matters.len() }),
        ..entry
    };
    let mut plan = Plan::new(realm, entry)
        .change(Blobs::record(&segment, size, "application/gzip", at))
        .change(row);
    let mut left = 0;
    for matter in &matters {
        for (table, row) in kind.rows(matter)? {
            plan = plan
                .expect(Expect::row_unchanged(table, &row)?)
                .change(Change::delete_row(table, &row));
            left += 1;
        }
        if recalled.contains_key(&matter.id) {
            let again = Change::set(RECALLED)
                .key("id", matter.id.as_str())
                .with("segment", segment.as_str());
            plan = plan.change(again);
        }
    }
    store.commit(counted(store, realm, kind, &matters, (plan, 1))?)?;
    Ok(Some(Sealed {
        segment,
        matters: matters.len(),
        rows: left,
        bytes: size,
    }))
}

/// Keeps the segment's file and gives its name, its size and its row; nothing where there are no matters.
fn segment_row(
    store: &Store,
    matters: &[Matter],
    entry: &Entry,
) -> Result<Option<(BlobRef, usize, Change)>, ArchiveError> {
    let times = matters.iter().map(|matter| matter.closed_at_ms);
    let (Some(first), Some(last)) = (times.clone().min(), times.max()) else {
        return Ok(None);
    };
    let bytes = pack(matters)?;
    let segment = store.blobs().put(&bytes)?;
    let names = matters
        .iter()
        .flat_map(|matter| [matter.id.as_str(), matter.number.as_str()]);
    let row = Change::put(SEGMENTS)
        .with("id", segment.as_str())
        .with("matters", count(matters.len()))
        .with("first_closed_at", first)
        .with("last_closed_at", last)
        .with("bytes", count(bytes.len()))
        .with("sealed_at", entry.at)
        .with("keys", keys(names))
        .with(
            "sieve",
            sieve(matters.iter().map(|matter| matter.words.as_str())),
        );
    Ok(Some((segment, bytes.len(), row)))
}

/// Adds to a plan that these matters are in the archive (1) or no longer (-1), by group and day.
pub(crate) fn counted(
    store: &Store,
    realm: RealmId,
    kind: &Kind,
    matters: &[Matter],
    (mut plan, sign): (Plan, i64),
) -> Result<Plan, ArchiveError> {
    let mut days: BTreeMap<(String, i64), i64> = BTreeMap::new();
    for matter in matters {
        *days.entry(kind.day(matter)?).or_default() += sign;
    }
    let number = i64::from(realm.get());
    let known: HashMap<(String, i64), (i64, i64)> =
        store.read(|reader| queries::days(reader, number, &days))?;
    for ((group, day), more) in days {
        let key = [
            ("kind", Value::from(group.as_str())),
            ("day", Value::from(day)),
        ];
        let (before, expect) = match known.get(&(group.clone(), day)) {
            Some((before, pos)) => (*before, Expect::unchanged(DAYS, key, *pos)),
            None => (0, Expect::absent(DAYS, key)),
        };
        let row = Change::put(DAYS)
            .with("kind", group)
            .with("day", day)
            .with("matters", (before + more).max(0));
        plan = plan.expect(expect).change(row);
    }
    Ok(plan)
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
