//! Finding records that mean the same: who is compared with whom, how alike they are, and why.
//!
//! Records are looked up by the fields that the register declares for it (exact keys and blocks), a thousand at a time by index,
//! and only those found are compared. A score comes with its evidence, field by field; it decides nothing. What scores high
//! enough waits for a person. Start with [`Finder::batch`].

mod compare;
mod lookup;

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Serialize;
use serde_json::{Map, Value as Json};
use yuandu_schema::{MatchingDef, RegisterDef};
use yuandu_store::{Change, StoreError};

use crate::ops::matches;
use crate::{Registers, RegistersError};

/// Records of one block at most: a block with more says nothing (a telephone of an office, a home of many).
pub(crate) const BLOCK: usize = 50;

/// How alike two records are in one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Evidence {
    /// The field.
    pub field: String,
    /// Of a hundred: 100 the same, 0 different.
    pub alike: u32,
    /// Points for and against that it gave.
    pub points: i64,
}

/// Two records that may mean the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pair {
    /// The smaller id.
    pub(crate) first: String,
    pub(crate) second: String,
    pub(crate) score: u32,
    pub(crate) evidence: Vec<Evidence>,
}

impl Pair {
    /// The pair as its one record sees it.
    pub(crate) fn other_than(&self, id: &str) -> Similar {
        let other = if self.first == id {
            &self.second
        } else {
            &self.first
        };
        Similar {
            id: other.clone(),
            score: self.score,
            evidence: self.evidence.clone(),
        }
    }
}

/// A record likely to mean the same as a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Similar {
    /// The other record.
    pub id: String,
    /// Of a hundred.
    pub score: u32,
    /// Why.
    pub evidence: Vec<Evidence>,
}

/// The compared values of a record.
type Compared = BTreeMap<String, String>;

/// Scores two records: points for what is alike, over points for and against. Fields that one of them leaves empty say nothing.
pub(crate) fn score(
    matching: &MatchingDef,
    one: &Compared,
    other: &Compared,
) -> (u32, Vec<Evidence>) {
    let certain = matching.exact.iter().any(|fields| {
        let both = |name: &String| {
            one.get(name)
                .is_some_and(|value| other.get(name) == Some(value))
        };
        fields.iter().all(both)
    });
    let (mut gain, mut loss, mut compared, mut all) = (0.0, 0.0, 0.0, 0.0);
    let mut evidence = Vec::new();
    for comparison in &matching.compare {
        let (weight, against) = (f64::from(comparison.weight), f64::from(comparison.against));
        all += weight;
        let (Some(a), Some(b)) = (one.get(&comparison.field), other.get(&comparison.field)) else {
            continue;
        };
        let alike = compare::similarity(comparison.by, a, b);
        let (plus, minus) = (weight * alike, against * (1.0 - alike));
        gain += plus;
        loss += minus;
        compared += weight;
        evidence.push(Evidence {
            field: comparison.field.clone(),
            alike: whole(alike * 100.0)
                .unsigned_abs()
                .try_into()
                .unwrap_or(100),
            points: whole(plus - minus),
        });
    }
    if certain {
        return (100, evidence);
    }
    // What is the same in the little that both say is not yet a reason to believe it.
    if gain <= 0.0 || compared * 2.0 < all {
        return (0, evidence);
    }
    let score = whole(100.0 * gain / (gain + loss)).clamp(0, 99);
    (u32::try_from(score).unwrap_or(0), evidence)
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "points and hundredths are small"
)]
fn whole(number: f64) -> i64 {
    number.round() as i64
}

/// Finds what is likely the same as the records handed in, among those stored and those handed in before.
pub(crate) struct Finder<'r> {
    registers: &'r Registers,
    def: &'r RegisterDef,
    matching: &'r MatchingDef,
    realm: i64,
    /// Records handed in before and not stored yet.
    seen: Vec<(String, Compared)>,
    /// Where the records of a block stand in `seen`.
    blocks: HashMap<(usize, String), Vec<usize>>,
    known: HashSet<String>,
    /// Pairs already told: of two records of one file each would tell of the other.
    told: HashSet<(String, String)>,
}

impl<'r> Finder<'r> {
    /// None for registers that declare no matching.
    pub(crate) fn new(registers: &'r Registers, def: &'r RegisterDef, realm: i64) -> Option<Self> {
        Some(Self {
            registers,
            def,
            matching: def.matching.as_ref()?,
            realm,
            seen: Vec::new(),
            blocks: HashMap::new(),
            known: HashSet::new(),
            told: HashSet::new(),
        })
    }

    /// What was handed in is stored now and will be found there.
    pub(crate) fn forget(&mut self) {
        self.seen.clear();
        self.blocks.clear();
        self.known.clear();
    }

    /// For each record the pairs it makes with another. Pairs that a person decided already, or that wait, are left out.
    pub(crate) fn batch(
        &mut self,
        records: &[(&str, &Map<String, Json>)],
    ) -> Result<Vec<Vec<Pair>>, RegistersError> {
        let rows: Vec<(String, Compared)> = records
            .iter()
            .map(|(id, values)| ((*id).to_owned(), self.compared(values)))
            .collect();
        let stored = self.registers.store.read(|reader| {
            lookup::candidates(reader, (self.def, self.matching), self.realm, &rows)
        })?;
        let mut found = Vec::with_capacity(rows.len());
        for (id, values) in rows {
            let mut pairs = self.pairs(&id, &values, &stored);
            pairs.retain(|pair| self.told.insert((pair.first.clone(), pair.second.clone())));
            self.remember(id, values);
            found.push(pairs);
        }
        self.without_known(found)
    }

    /// What is compared or looked up of a record.
    fn compared(&self, values: &Map<String, Json>) -> Compared {
        lookup::fields(self.matching)
            .into_iter()
            .filter_map(|name| {
                let text = match values.get(name)? {
                    Json::String(text) => text.clone(),
                    Json::Null => return None,
                    other => other.to_string(),
                };
                Some((name.to_owned(), text))
            })
            .collect()
    }

    fn pairs(&self, id: &str, values: &Compared, stored: &lookup::Stored) -> Vec<Pair> {
        let mut asked: HashSet<&str> = HashSet::new();
        let mut pairs = Vec::new();
        for (at, fields) in self.matching.lookups().enumerate() {
            let Some(key) = lookup::key(fields, values) else {
                continue;
            };
            let place = (at, key);
            let fresh = self
                .blocks
                .get(&place)
                .map(Vec::as_slice)
                .unwrap_or_default();
            let fresh = fresh.iter().filter_map(|at| self.seen.get(*at));
            let fresh = fresh.map(|(other, values)| (other.as_str(), values));
            // What the file says of a record counts, not what is stored of it.
            let stored = stored
                .of(&place)
                .filter(|(other, _)| !self.known.contains(*other));
            for (other, theirs) in fresh.chain(stored) {
                if other == id || !asked.insert(other) {
                    continue;
                }
                let (score, evidence) = score(self.matching, values, theirs);
                if score >= self.matching.review {
                    let (first, second) = if id < other { (id, other) } else { (other, id) };
                    pairs.push(Pair {
                        first: first.to_owned(),
                        second: second.to_owned(),
                        score,
                        evidence,
                    });
                }
            }
        }
        pairs.sort_by(|a, b| b.score.cmp(&a.score).then_with(|| a.second.cmp(&b.second)));
        pairs
    }

    fn remember(&mut self, id: String, values: Compared) {
        let at = self.seen.len();
        for (number, fields) in self.matching.lookups().enumerate() {
            if let Some(key) = lookup::key(fields, &values) {
                let block = self.blocks.entry((number, key)).or_default();
                if block.len() < BLOCK {
                    block.push(at);
                }
            }
        }
        self.known.insert(id.clone());
        self.seen.push((id, values));
    }

    fn without_known(&self, mut found: Vec<Vec<Pair>>) -> Result<Vec<Vec<Pair>>, RegistersError> {
        let firsts: Vec<String> = found
            .iter()
            .flatten()
            .map(|pair| pair.first.clone())
            .collect();
        if firsts.is_empty() {
            return Ok(found);
        }
        let known: HashSet<(String, String)> = self
            .registers
            .store
            .read(|reader| matches::known(reader, self.realm, (self.def, &firsts)))?;
        for pairs in &mut found {
            pairs.retain(|pair| !known.contains(&(pair.first.clone(), pair.second.clone())));
        }
        Ok(found)
    }
}

impl Registers {
    /// The rows of pairs that a single record makes.
    pub(crate) fn pair_changes(
        &self,
        ctx: &yuandu_identity::OpCtx,
        def: &RegisterDef,
        (id, values): (&str, &Map<String, Json>),
    ) -> Result<Vec<Change>, RegistersError> {
        let Some(mut finder) = Finder::new(self, def, i64::from(ctx.realm.get())) else {
            return Ok(Vec::new());
        };
        let pairs = finder.batch(&[(id, values)])?.into_iter().flatten();
        Ok(pairs.map(|pair| matches::change(ctx, def, &pair)).collect())
    }
}

/// The compared fields of stored rows.
pub(crate) fn compared_of(
    def: &RegisterDef,
    matching: &MatchingDef,
    row: &yuandu_store::Row,
) -> Result<(String, Compared), StoreError> {
    let mut values = Compared::new();
    for name in lookup::fields(matching) {
        let Some(field) = def.field(name) else {
            continue;
        };
        match field.from_cells(&|column| crate::record::cell(row.value(column))) {
            Json::Null => {}
            Json::String(text) => {
                values.insert(name.to_owned(), text);
            }
            other => {
                values.insert(name.to_owned(), other.to_string());
            }
        }
    }
    Ok((row.text("id")?, values))
}

#[cfg(test)]
mod tests;
