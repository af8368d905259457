//! A group of plans, checked and applied in memory, in their order, over the few rows of the database they concern.
//!
//! What comes out is the state after all of them: one write for each row, however often the group changed it. So the
//! number of statements depends on the tables a group touches and not on how many plans it holds.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::shapes::{Atom, Shape, Shapes};
use crate::change::Verb;
use crate::merkle::{Completed, Frontier, Hash};
use crate::{Change, Plan, Receipt, SealedEntry, StoreError, Value, committer, log};

/// A row: table, realm, key.
pub(super) type RowKey = (usize, i64, Vec<Atom>);

/// A value of a unique index: table, index, realm, values.
pub(super) type UniqueKey = (usize, usize, i64, Vec<Atom>);

/// What is known of an idempotency key.
#[derive(Debug, Clone)]
pub(super) struct Answered {
    pub(super) fingerprint: String,
    pub(super) receipt: Receipt,
}

/// A row as it stands at some point of the group.
#[derive(Debug, Clone, Default)]
pub(super) struct RowState {
    pub(super) pos: Option<i64>,
    /// The values of each unique index.
    pub(super) unique: Vec<Vec<Atom>>,
    pub(super) write: Option<Write>,
}

/// What has to be written to a row in the end.
#[derive(Debug, Clone)]
pub(super) enum Write {
    Put(Vec<Value>),
    Set(BTreeMap<usize, Value>),
    Delete,
}

/// A plan translated to tables and keys.
pub(super) struct Checked<'a> {
    plan: &'a Plan,
    realm: i64,
    expects: Vec<(RowKey, Option<i64>)>,
    steps: Vec<(RowKey, Step<'a>)>,
}

/// A change translated to columns.
pub(super) enum Step<'a> {
    Put(Vec<Cow<'a, Value>>),
    Set(Vec<(usize, Cow<'a, Value>)>),
    Delete,
}

/// What the group has to know before it can be decided.
#[derive(Debug, Default)]
pub(super) struct Needs {
    pub(super) rows: HashSet<RowKey>,
    pub(super) owners: HashSet<UniqueKey>,
    pub(super) keys: HashSet<(i64, String)>,
}

/// A new log entry.
#[derive(Debug)]
pub(super) struct NewEntry {
    pub(super) position: i64,
    pub(super) realm: i64,
    pub(super) at: i64,
    pub(super) op: String,
    pub(super) actor: String,
    pub(super) subject: String,
    pub(super) salt: Vec<u8>,
    pub(super) body: String,
    pub(super) leaf: Hash,
}

/// The state while plans are taken one after another.
pub(super) struct Group<'s> {
    shapes: &'s Shapes,
    pub(super) rows: HashMap<RowKey, RowState>,
    pub(super) owners: HashMap<UniqueKey, Option<Vec<Atom>>>,
    pub(super) keys: HashMap<(i64, String), Answered>,
    pub(super) frontier: Frontier,
    pub(super) entries: Vec<NewEntry>,
    pub(super) subtrees: Vec<Completed>,
    pub(super) touched: HashMap<String, i64>,
    /// Every step in its turn, where they are to be written one by one.
    pub(super) journal: Option<Vec<(RowKey, i64, Write)>>,
}

/// Translates a plan, and notes what it needs to know.
pub(super) fn check<'a>(
    shapes: &Shapes,
    plan: &'a Plan,
    needs: &mut Needs,
) -> Result<Checked<'a>, StoreError> {
    let realm = i64::from(plan.realm.get());
    let mut expects = Vec::with_capacity(plan.expects.len());
    for expect in &plan.expects {
        let (at, shape) = shapes.find(&expect.table)?;
        expects.push(((at, realm, shape.key_of(&expect.key)?), expect.pos));
    }
    needs
        .rows
        .extend(expects.iter().map(|(key, _)| key.clone()));
    let steps = steps(shapes, realm, &plan.changes, needs)?;
    if let Some(key) = &plan.idempotency {
        needs.keys.insert((realm, key.key.clone()));
    }
    Ok(Checked {
        plan,
        realm,
        expects,
        steps,
    })
}

/// Translates changes, and notes what they need to know.
pub(super) fn steps<'a>(
    shapes: &Shapes,
    realm: i64,
    changes: &'a [Change],
    needs: &mut Needs,
) -> Result<Vec<(RowKey, Step<'a>)>, StoreError> {
    let mut steps = Vec::with_capacity(changes.len());
    for change in changes {
        steps.push(step(shapes, realm, change)?);
    }
    for (key, step) in &steps {
        let Some(shape) = shapes.get(key.0) else {
            continue;
        };
        // A whole row needs no look at the old one, except to free its unique values.
        if !matches!(step, Step::Put(_)) || !shape.uniques.is_empty() {
            needs.rows.insert(key.clone());
        }
        for (unique, columns) in shape.uniques.iter().enumerate() {
            let values: Option<Vec<Atom>> = columns.iter().map(|at| step.value(*at)).collect();
            if let Some(values) = values.filter(|values| !values.contains(&Atom::Null)) {
                needs.owners.insert((key.0, unique, realm, values));
            }
        }
    }
    Ok(steps)
}

fn step<'a>(
    shapes: &Shapes,
    realm: i64,
    change: &'a Change,
) -> Result<(RowKey, Step<'a>), StoreError> {
    let (at, shape) = shapes.find(&change.table)?;
    let named = if matches!(change.verb, Verb::Put) {
        &change.cells
    } else {
        &change.key
    };
    let cells = shape.cells(&change.cells)?;
    let step = match change.verb {
        Verb::Put => Step::Put(shape.row(cells)?),
        Verb::Set => Step::Set(cells),
        Verb::Delete => Step::Delete,
    };
    Ok(((at, realm, shape.key_of(named)?), step))
}

impl Step<'_> {
    /// The value the step gives a column; `None` where it leaves it.
    fn value(&self, column: usize) -> Option<Atom> {
        match self {
            Self::Put(row) => row.get(column).map(|value| Atom::from(value.as_ref())),
            Self::Set(cells) => {
                let cell = cells.iter().rev().find(|(at, _)| *at == column);
                cell.map(|(_, value)| Atom::from(value.as_ref()))
            }
            Self::Delete => None,
        }
    }
}

/// Changes of one plan, taken over when the whole plan holds.
#[derive(Default)]
struct Draft {
    rows: HashMap<RowKey, RowState>,
    owners: HashMap<UniqueKey, Option<Vec<Atom>>>,
    journal: Vec<(RowKey, i64, Write)>,
}

impl<'s> Group<'s> {
    pub(super) fn new(shapes: &'s Shapes, frontier: Frontier) -> Self {
        Self {
            shapes,
            rows: HashMap::new(),
            owners: HashMap::new(),
            keys: HashMap::new(),
            frontier,
            entries: Vec::new(),
            subtrees: Vec::new(),
            touched: HashMap::new(),
            journal: None,
        }
    }

    /// Takes a plan after those before it; a refusal changes nothing.
    pub(super) fn take(&mut self, checked: &Checked<'_>) -> Result<Receipt, StoreError> {
        let (plan, realm) = (checked.plan, checked.realm);
        if let Some(key) = &plan.idempotency
            && let Some(answered) = self.keys.get(&(realm, key.key.clone()))
        {
            if answered.fingerprint != key.fingerprint {
                return Err(StoreError::KeyReused);
            }
            return Ok(Receipt {
                replayed: true,
                ..answered.receipt.clone()
            });
        }
        let mut draft = Draft::default();
        for (key, pos) in &checked.expects {
            if self.rows.get(key).and_then(|row| row.pos) != *pos {
                return Err(self.shape(key)?.changed());
            }
        }
        let position = committer::signed(self.frontier.size());
        for (key, step) in &checked.steps {
            self.apply(&mut draft, position, key, step)?;
        }
        let recorded = self.recorded(plan, realm, position, &mut draft)?;
        let leaf = self.append(&recorded, realm, position);
        for change in &recorded.changes {
            self.touched
                .insert(change.table.clone().into_owned(), position + 1);
        }
        self.keep(draft);
        let receipt = Receipt {
            position: position.unsigned_abs(),
            leaf,
            replayed: false,
            reply: plan.reply.clone(),
        };
        if let Some(key) = &plan.idempotency {
            let answered = Answered {
                fingerprint: key.fingerprint.clone(),
                receipt: receipt.clone(),
            };
            self.keys.insert((realm, key.key.clone()), answered);
        }
        Ok(receipt)
    }

    fn keep(&mut self, draft: Draft) {
        self.rows.extend(draft.rows);
        self.owners.extend(draft.owners);
        if let Some(journal) = &mut self.journal {
            journal.extend(draft.journal);
        }
    }

    /// The plan as it is logged: with the row of its idempotency key.
    fn recorded<'p>(
        &self,
        plan: &'p Plan,
        realm: i64,
        position: i64,
        draft: &mut Draft,
    ) -> Result<Cow<'p, Plan>, StoreError> {
        let Some(key) = &plan.idempotency else {
            return Ok(Cow::Borrowed(plan));
        };
        let change = committer::idempotency_row(key, plan, position.unsigned_abs());
        let (row, step) = step(self.shapes, realm, &change)?;
        self.apply(draft, position, &row, &step)?;
        Ok(Cow::Owned(plan.clone().change(change)))
    }

    fn append(&mut self, plan: &Plan, realm: i64, position: i64) -> Hash {
        let at = plan.entry.at.as_millisecond();
        let salt: [u8; 16] = rand::random();
        let body = log::body(plan);
        let leaf = log::leaf(position.unsigned_abs(), realm, at, &salt, body.as_bytes());
        self.subtrees.extend(self.frontier.push(leaf));
        self.entries.push(NewEntry {
            position,
            realm,
            at,
            op: plan.entry.op.clone(),
            actor: plan.entry.actor.clone(),
            subject: plan.entry.subject.clone(),
            salt: salt.to_vec(),
            body,
            leaf,
        });
        leaf
    }

    /// Takes an entry that another store committed, with the changes in its body.
    pub(super) fn copy(
        &mut self,
        entry: &SealedEntry,
        [op, actor, subject]: [String; 3],
        steps: &[(RowKey, Step<'_>)],
    ) -> Result<(), StoreError> {
        let mut draft = Draft::default();
        let position = committer::signed(entry.position);
        for (key, step) in steps {
            self.apply(&mut draft, position, key, step)?;
            self.touched
                .insert(self.shape(key)?.def.name.clone(), position + 1);
        }
        self.keep(draft);
        self.subtrees.extend(self.frontier.push(entry.leaf));
        self.entries.push(NewEntry {
            position,
            realm: entry.realm,
            at: entry.at_ms,
            op,
            actor,
            subject,
            salt: entry.salt.clone(),
            body: entry.body.clone(),
            leaf: entry.leaf,
        });
        Ok(())
    }

    fn shape(&self, key: &RowKey) -> Result<&'s Shape, StoreError> {
        self.shapes.get(key.0).ok_or(StoreError::Closed)
    }

    fn apply(
        &self,
        draft: &mut Draft,
        position: i64,
        key: &RowKey,
        step: &Step<'_>,
    ) -> Result<(), StoreError> {
        let shape = self.shape(key)?;
        let known = draft.rows.get(key).or_else(|| self.rows.get(key));
        let mut state = known.cloned().unwrap_or_default();
        state.unique.resize(shape.uniques.len(), Vec::new());
        if !matches!(step, Step::Put(_)) && state.pos.is_none() {
            return Err(shape.changed());
        }
        for (unique, columns) in shape.uniques.iter().enumerate() {
            let Some(old) = state.unique.get_mut(unique) else {
                continue;
            };
            let new: Vec<Atom> = match step {
                Step::Delete => Vec::new(),
                _ => columns
                    .iter()
                    .enumerate()
                    .map(|(part, at)| {
                        let kept = || old.get(part).cloned().unwrap_or(Atom::Null);
                        step.value(*at).unwrap_or_else(kept)
                    })
                    .collect(),
            };
            if new != *old {
                let names = (key.0, unique, key.1);
                self.claim(draft, shape, names, key, &new)?;
                self.release(draft, names, key, old);
                *old = new;
            }
        }
        if self.journal.is_some() {
            draft
                .journal
                .push((key.clone(), position, written(None, step)));
        }
        state.write = Some(written(state.write.take(), step));
        state.pos = (!matches!(step, Step::Delete)).then_some(position);
        draft.rows.insert(key.clone(), state);
        Ok(())
    }

    fn owner<'d>(&'d self, draft: &'d Draft, key: &UniqueKey) -> Option<&'d Vec<Atom>> {
        draft
            .owners
            .get(key)
            .or_else(|| self.owners.get(key))
            .and_then(Option::as_ref)
    }

    fn claim(
        &self,
        draft: &mut Draft,
        shape: &Shape,
        (table, unique, realm): (usize, usize, i64),
        key: &RowKey,
        values: &[Atom],
    ) -> Result<(), StoreError> {
        if values.is_empty() || values.contains(&Atom::Null) {
            return Ok(());
        }
        let name = (table, unique, realm, values.to_vec());
        if self
            .owner(draft, &name)
            .is_some_and(|owner| *owner != key.2)
        {
            return Err(shape.taken(unique));
        }
        draft.owners.insert(name, Some(key.2.clone()));
        Ok(())
    }

    fn release(
        &self,
        draft: &mut Draft,
        (table, unique, realm): (usize, usize, i64),
        key: &RowKey,
        values: &[Atom],
    ) {
        let name = (table, unique, realm, values.to_vec());
        if !values.is_empty() && self.owner(draft, &name).is_none_or(|owner| *owner == key.2) {
            draft.owners.insert(name, None);
        }
    }
}

/// What has to be written after one more step.
fn written(before: Option<Write>, step: &Step<'_>) -> Write {
    match (before, step) {
        (_, Step::Delete) => Write::Delete,
        (_, Step::Put(row)) => Write::Put(row.iter().map(|cell| cell.as_ref().clone()).collect()),
        (Some(Write::Put(mut row)), Step::Set(cells)) => {
            for (at, value) in cells {
                if let Some(place) = row.get_mut(*at) {
                    *place = value.as_ref().clone();
                }
            }
            Write::Put(row)
        }
        (before, Step::Set(cells)) => {
            let mut set = match before {
                Some(Write::Set(set)) => set,
                _ => BTreeMap::new(),
            };
            set.extend(
                cells
                    .iter()
                    .map(|(at, value)| (*at, value.as_ref().clone())),
            );
            Write::Set(set)
        }
    }
}
