//! Bringing matters back into the tables.

use std::borrow::Cow;
use std::collections::HashSet;

use jiff::Timestamp;
use yuandu_ids::RealmId;
use yuandu_store::{Change, Entry, Expect, Plan, Store};

use crate::find::{lying, matters_of, segments_with};
use crate::kind::RECALLED;
use crate::seal::counted;
use crate::segment::Head;
use crate::{ArchiveError, Kind, Matter, queries};

/// Brings a matter (by id or number) back into the tables as it was, with all that belong to it or it belongs to, to be read
/// or opened again. Gives what came back, or nothing if it is not in the archive. The segment stays as it is; what was
/// brought back is no longer found in it.
pub fn recall(
    store: &Store,
    realm: RealmId,
    kind: &Kind,
    key: &str,
    entry: Entry,
) -> Result<Vec<Matter>, ArchiveError> {
    let Some(family) = family(store, realm, key)? else {
        return Ok(Vec::new());
    };
    let at = entry.at;
    let mut plan = Plan::new(realm, entry);
    for matter in &family {
        for (table, row) in kind.rows(matter)? {
            plan = plan
                .expect(Expect::row_absent(table, &row))
                .change(Change::put_row(table, &row));
        }
        let back = Change::put(RECALLED)
            .with("id", matter.id.as_str())
            .with("recalled_at", at);
        plan = plan.change(back);
    }
    store.commit(counted(store, realm, kind, &family, (plan, -1))?)?;
    Ok(family)
}

/// Ids of the matters that were brought back at a moment or later and not sealed again.
pub fn recalled_since(
    store: &Store,
    realm: RealmId,
    at: Timestamp,
) -> Result<HashSet<String>, ArchiveError> {
    let number = i64::from(realm.get());
    let since = at.as_millisecond();
    Ok(store.read(|reader| queries::recalled_since(reader, number, since))?)
}

/// A matter (by id or number), and after it all that hang together with it, if it is in the archive. Who may see them is the
/// caller's question.
pub fn family(
    store: &Store,
    realm: RealmId,
    key: &str,
) -> Result<Option<Vec<Matter>>, ArchiveError> {
    let (segments, recalled) = segments_with(store, realm, key)?;
    for name in segments {
        let mut ties: Vec<Tie> = Vec::new();
        matters_of(store, &name)?.heads(|head| {
            if lying(&recalled, &name, &head.id) {
                ties.push(Tie {
                    asked: head.id == key || head.number == key,
                    id: head.id.into_owned(),
                    parent: head.parent.map(Cow::into_owned),
                });
            }
        })?;
        let Some(asked) = ties.iter().find(|tie| tie.asked) else {
            continue;
        };
        let (asked, ids) = (asked.id.clone(), tied(&ties, &asked.id));
        let mut family = Vec::new();
        let mut lines = matters_of(store, &name)?;
        while let Some(matter) =
            lines.next_if(|line| Head::read(line).is_ok_and(|head| ids.contains(&*head.id)))?
        {
            family.push(matter);
        }
        family.sort_by_key(|matter| matter.id != asked);
        return Ok(Some(family));
    }
    Ok(None)
}

/// What a matter of a segment hangs on.
struct Tie {
    asked: bool,
    id: String,
    parent: Option<String>,
}

/// All that hang together with one, whatever the number of steps.
fn tied<'a>(ties: &'a [Tie], first: &'a str) -> HashSet<&'a str> {
    let mut ids = HashSet::from([first]);
    loop {
        let before = ids.len();
        for tie in ties {
            let Some(parent) = tie.parent.as_deref() else {
                continue;
            };
            if ids.contains(parent) || ids.contains(tie.id.as_str()) {
                ids.extend([parent, tie.id.as_str()]);
            }
        }
        if ids.len() == before {
            return ids;
        }
    }
}
