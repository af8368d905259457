//! Stored records that share an exact key or a block with rows, by index and without a query for each row.

use std::collections::{BTreeSet, HashMap, HashSet};

use yuandu_schema::{MatchingDef, RegisterDef};
use yuandu_store::{Reader, StoreError};

use super::{BLOCK, Compared, compared_of};
use crate::queries;

/// Keys asked for at once.
const CHUNK: usize = 250;

/// Between the parts of a key; no value holds it.
const JOINT: &str = "\u{1f}";

/// Stored records by block.
#[derive(Default)]
pub(super) struct Stored {
    records: Vec<(String, Compared)>,
    blocks: HashMap<(usize, String), Vec<usize>>,
}

impl Stored {
    pub(super) fn of(&self, place: &(usize, String)) -> impl Iterator<Item = (&str, &Compared)> {
        let block = self
            .blocks
            .get(place)
            .map(Vec::as_slice)
            .unwrap_or_default();
        block
            .iter()
            .filter_map(|at| self.records.get(*at))
            .map(|(id, values)| (id.as_str(), values))
    }
}

/// The fields that are compared or looked up, each once.
pub(super) fn fields(matching: &MatchingDef) -> BTreeSet<&str> {
    let compared = matching.compare.iter().map(|compared| &compared.field);
    let looked_up = matching.lookups().flatten();
    compared.chain(looked_up).map(String::as_str).collect()
}

/// The key of a block; none when a part of it is empty.
pub(super) fn key(fields: &[String], values: &Compared) -> Option<String> {
    let parts: Option<Vec<&str>> = fields
        .iter()
        .map(|name| values.get(name).map(String::as_str))
        .collect();
    parts.map(|parts| parts.join(JOINT))
}

/// Stored records that share a block with any of the rows.
pub(super) fn candidates(
    reader: &Reader<'_>,
    (def, matching): (&RegisterDef, &MatchingDef),
    realm: i64,
    rows: &[(String, Compared)],
) -> Result<Stored, StoreError> {
    let mut stored = Stored::default();
    let columns: Vec<String> = fields(matching)
        .into_iter()
        .filter_map(|name| def.field(name))
        .flat_map(yuandu_schema::FieldDef::columns)
        .map(|column| column.name)
        .collect();
    for (at, block) in matching.lookups().enumerate() {
        let keys: HashSet<String> = rows
            .iter()
            .filter_map(|(_, values)| key(block, values))
            .collect();
        let keys: Vec<String> = keys.into_iter().collect();
        for chunk in keys.chunks(CHUNK) {
            let wanted: Vec<Vec<&str>> =
                chunk.iter().map(|key| key.split(JOINT).collect()).collect();
            let limit = chunk.len() * BLOCK;
            let query = (columns.as_slice(), block.as_slice());
            let mut found = queries::in_blocks(reader, def, realm, query, (&wanted, limit))?;
            if found.len() == limit {
                // Some block is too large to mean anything; which one is seen by asking for each alone.
                found.clear();
                for one in &wanted {
                    let alone = std::slice::from_ref(one);
                    let rows = queries::in_blocks(reader, def, realm, query, (alone, BLOCK + 1))?;
                    if rows.len() <= BLOCK {
                        found.extend(rows);
                    }
                }
            }
            for row in &found {
                let (id, values) = compared_of(def, matching, row)?;
                if let Some(key) = key(block, &values) {
                    let place = stored.records.len();
                    stored.records.push((id, values));
                    stored.blocks.entry((at, key)).or_default().push(place);
                }
            }
        }
    }
    Ok(stored)
}
