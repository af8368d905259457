//! Cases that ended long ago and wait for nothing: what may leave the tables.

use std::collections::HashSet;

use jiff::Timestamp;
use yuandu_ids::RealmId;
use yuandu_store::{Reader, Row, Store, StoreError, Value};

use crate::store::realm;

/// How a case may have ended.
const ENDS: [&str; 4] = ["closed", "merged", "refused", "withdrawn"];
/// Cases looked for in one statement.
const AT_ONCE: usize = 500;
/// Steps from a case down to those merged into what was merged into it; a case with more stays in the tables.
const DEPTH: usize = 8;

/// Ids of about `most` cases that ended before a moment, those touched longest ago first; none of `but`. Cases that belong to
/// one another are given together or not at all: what happens to one is written to the other, and one answers with the other's
/// words.
///
/// # Errors
/// A failure of the store.
pub fn ended_before(
    store: &Store,
    realm_id: RealmId,
    before: Timestamp,
    (most, but): (usize, &HashSet<String>),
) -> Result<Vec<String>, StoreError> {
    let of = (realm(realm_id), before.as_millisecond());
    store.read(|reader| families(reader, of, (most, but)))
}

fn families(
    reader: &Reader<'_>,
    of: (Value, i64),
    (most, but): (usize, &HashSet<String>),
) -> Result<Vec<String>, StoreError> {
    let mut ids = Vec::new();
    for end in ENDS {
        let mut after = (i64::MIN, String::new());
        while ids.len() < most {
            let heads = heads(reader, &of, (end, &after), most - ids.len())?;
            let Some(last) = heads.last() else { break };
            after = (last.int("updated_at")?, last.text("id")?);
            let mut free = heads
                .iter()
                .map(|head| head.text("id"))
                .collect::<Result<Vec<_>, _>>()?;
            free.retain(|id| !but.contains(id));
            ids.extend(free.iter().cloned());
            let (more, kept) = below(reader, &of, free)?;
            ids.retain(|id| !kept.contains(id));
            ids.extend(more);
        }
    }
    Ok(ids)
}

/// Cases that ended in one way, belong to no other, and wait for nothing: no timer is armed, and nobody has to decide about a
/// step that failed or a repair that was proposed.
fn heads(
    reader: &Reader<'_>,
    (realm, before_ms): &(Value, i64),
    (end, (at, id)): (&str, &(i64, String)),
    most: usize,
) -> Result<Vec<Row>, StoreError> {
    let sql = "SELECT c.id, c.updated_at FROM cases AS c WHERE c.realm = $1 AND c.status = $2 AND c.updated_at < $3 AND (c.updated_at > $4 OR (c.updated_at = $4 AND c.id > $5)) AND NOT EXISTS (SELECT 1 FROM cases AS p WHERE p.realm = $1 AND p.id = c.parent) AND NOT EXISTS (SELECT 1 FROM timers AS t WHERE t.realm = $1 AND t.case_id = c.id AND t.status = 'armed') AND NOT EXISTS (SELECT 1 FROM incidents AS i WHERE i.realm = $1 AND i.case_id = c.id AND i.status = 'open') AND NOT EXISTS (SELECT 1 FROM repairs AS q WHERE q.realm = $1 AND q.case_id = c.id AND q.status = 'proposed') ORDER BY c.updated_at, c.id LIMIT $6";
    let parameters = [
        realm.clone(),
        end.into(),
        (*before_ms).into(),
        (*at).into(),
        id.as_str().into(),
        i64::try_from(most).unwrap_or(i64::MAX).into(),
    ];
    reader.query(sql, &parameters)
}

/// All cases that belong to these, step by step; and those of these to which one belongs that is not due.
fn below(
    reader: &Reader<'_>,
    (realm, before_ms): &(Value, i64),
    heads: Vec<String>,
) -> Result<(Vec<String>, HashSet<String>), StoreError> {
    // Each with the head it belongs to in the end.
    let mut level: Vec<(String, String)> = heads.into_iter().map(|id| (id.clone(), id)).collect();
    let (mut all, mut kept) = (Vec::new(), HashSet::new());
    for _ in 0..DEPTH {
        let mut next = Vec::new();
        for lot in level.chunks(AT_ONCE) {
            for row in children(reader, realm, lot)? {
                let parent = row.text("parent")?;
                let head = lot.iter().find(|(id, _)| *id == parent);
                let Some((_, head)) = head else { continue };
                if row.text("status")? == "open" || row.int("updated_at")? >= *before_ms {
                    kept.insert(head.clone());
                }
                next.push((row.text("id")?, head.clone()));
            }
        }
        all.extend(level);
        level = next;
        if level.is_empty() {
            break;
        }
    }
    kept.extend(level.into_iter().map(|(_, head)| head));
    let more = all
        .into_iter()
        .filter(|(id, head)| id != head && !kept.contains(head))
        .map(|(id, _)| id);
    Ok((more.collect(), kept))
}

fn children(
    reader: &Reader<'_>,
    realm: &Value,
    parents: &[(String, String)],
) -> Result<Vec<Row>, StoreError> {
    let marks: Vec<String> = (2..parents.len() + 2).map(|at| format!("${at}")).collect();
    let sql = format!(
        "SELECT id, parent, status, updated_at FROM cases WHERE realm = $1 AND parent IN ({})",
        marks.join(", ")
    );
    let parameters: Vec<Value> = std::iter::once(realm.clone())
        .chain(parents.iter().map(|(id, _)| Value::from(id.as_str())))
        .collect();
    reader.query(&sql, &parameters)
}
