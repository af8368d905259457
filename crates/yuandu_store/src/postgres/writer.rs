//! The writing side: one transaction for a group, in two round trips whatever the number of plans.
//!
//! The first locks the log's head, which orders the groups of all servers, and reads what the plans stand on. Then the
//! group is decided in memory ([`super::groups`]). The second writes every table with one statement for many rows, the
//! entries, the head, and commits. When the connection breaks while committing, the log itself says whether the group is
//! in it: its first leaf holds a salt that nobody else has.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::groups::{Answered, Checked, Group, Needs, RowKey, RowState, UniqueKey, Write, check};
use super::link::{Link, Session, Step};
use super::shapes::{Atom, Bulk, Shape, Shapes};
use super::{copies, mends};
use crate::committer::{Done, Writer, signed};
use crate::merkle::Frontier;
use crate::rebuild::MendJob;
use crate::{Head, Kind, Plan, Receipt, SealedEntry, StoreError, TableDef, Value, log};

/// How long a group waits for a database that went away before its callers are told.
const PATIENCE: Duration = Duration::from_secs(10);

/// The writer's settings. Plans of statements never change with the size of tables; a server that hangs with the head
/// locked is thrown out; nothing is answered before it is on disk.
const SETTINGS: &str = "SET synchronous_commit TO on; SET jit TO off; SET enable_seqscan TO off; SET enable_hashjoin TO off; SET enable_mergejoin TO off; \
  SET plan_cache_mode TO force_generic_plan; SET idle_in_transaction_session_timeout TO '30s'; SET lock_timeout TO '60s'; SET client_min_messages TO warning";

/// The writer of one server.
#[derive(Debug)]
pub(crate) struct PostgresWriter {
    link: Arc<Link>,
    session: Option<Session>,
    shapes: Shapes,
    /// Whether the database answered the last time; if not, callers are told at once.
    reachable: bool,
}

/// How a group's changes are written: many rows at once, or each step in its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Sets,
    Steps,
}

/// A group that failed, and whether it may have been committed all the same.
struct Failed {
    error: Box<StoreError>,
    committing: Option<Box<Outcome>>,
}

/// What became of the plans, and of the log.
type Outcome = (Vec<Result<Receipt, StoreError>>, Done);

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self {
            error: Box::new(error),
            committing: None,
        }
    }
}

impl Writer for PostgresWriter {
    fn commit(&mut self, plans: &[&Plan]) -> Result<Outcome, StoreError> {
        let (mut tries, mut order) = (0, Order::Sets);
        loop {
            let failed = match self.attempt(plans, order) {
                Ok(done) => return Ok(done),
                Err(failed) => failed,
            };
            tracing::warn!(error = %failed.error, plans = plans.len(), "a group met a failure of the database");
            if matches!(*failed.error, StoreError::Unreachable { .. }) {
                self.session = None;
                if let Some(outcome) = failed.committing
                    && self.is_committed(&outcome.0)?
                {
                    return Ok(*outcome);
                }
            }
            let again = matches!(
                *failed.error,
                StoreError::Unreachable { .. } | StoreError::Busy { .. }
            );
            tries += 1;
            if again && self.reachable && tries < 20 {
                continue;
            }
            let taken = matches!(*failed.error, StoreError::Taken { .. });
            if plans.len() == 1 && taken && order == Order::Sets {
                // A unique value that goes from row to row inside one plan: the database must see each step.
                order = Order::Steps;
                continue;
            }
            if again || plans.len() == 1 {
                return self.refused(plans, *failed.error);
            }
            // One plan makes the database refuse: halves find it, and the others are committed.
            let (left, right) = plans.split_at(plans.len() / 2);
            let (mut results, _) = self.commit(left)?;
            let (others, done) = self.commit(right)?;
            results.extend(others);
            return Ok((results, done));
        }
    }

    fn copy(&mut self, entries: &[SealedEntry], expected: &Head) -> Result<Done, StoreError> {
        self.session()?;
        let (Some(session), shapes) = (&self.session, &self.shapes) else {
            return Err(StoreError::Closed);
        };
        let outcome = copies::take(session, shapes, entries, expected);
        if outcome.is_err() {
            // Whatever stands of the transaction is given up.
            let _ = session.run("ROLLBACK");
        }
        outcome
    }

    fn mend(&mut self, job: &MendJob) -> Result<u64, StoreError> {
        self.session()?;
        let (Some(session), shapes) = (&self.session, &self.shapes) else {
            return Err(StoreError::Closed);
        };
        let outcome = mends::write(session, shapes, job);
        if outcome.is_err() {
            // Whatever stands of the transaction is given up.
            let _ = session.run("ROLLBACK");
        }
        outcome
    }

    fn finish(&mut self) {
        self.session = None;
    }
}

impl PostgresWriter {
    pub(crate) fn new(link: Arc<Link>, tables: &[TableDef]) -> Self {
        Self {
            link,
            session: None,
            shapes: Shapes::new(tables),
            reachable: true,
        }
    }

    /// The group as a whole fails, or its only plan is refused.
    fn refused(&mut self, plans: &[&Plan], error: StoreError) -> Result<Outcome, StoreError> {
        if plans.len() == 1
            && matches!(
                error,
                StoreError::Taken { .. } | StoreError::Database { .. }
            )
        {
            let (_, done) = self.commit(&[])?;
            return Ok((vec![Err(error)], done));
        }
        Err(error)
    }

    fn session(&mut self) -> Result<&Session, StoreError> {
        if self.session.as_ref().is_none_or(Session::is_closed) {
            let patience = if self.reachable {
                PATIENCE
            } else {
                Duration::ZERO
            };
            self.session = None;
            let opened = self.link.connect(SETTINGS, patience);
            self.reachable = opened.is_ok();
            self.session = Some(opened?);
        }
        self.session.as_ref().ok_or(StoreError::Closed)
    }

    /// Whether the group whose commit was not answered is in the log. Taking the head's lock waits for the old
    /// transaction, should it still be running.
    fn is_committed(
        &mut self,
        results: &[Result<Receipt, StoreError>],
    ) -> Result<bool, StoreError> {
        let first = results.iter().flatten().find(|receipt| !receipt.replayed);
        let Some(first) = first else { return Ok(false) };
        let position = signed(first.position);
        let session = self.session()?;
        let steps = [
            plain("SELECT size FROM log_head WHERE id = 1 FOR UPDATE"),
            Step {
                sql: "SELECT leaf FROM log WHERE seq = $1",
                types: &[Type::INT8],
                parameters: vec![&position],
            },
        ];
        let answers = session.pipeline("BEGIN", &steps, "ROLLBACK")?;
        let found = answers.get(1).and_then(|rows| rows.first());
        Ok(found.is_some_and(|row| {
            row.try_get::<_, Vec<u8>>(0)
                .is_ok_and(|leaf| leaf == first.leaf)
        }))
    }

    fn attempt(&mut self, plans: &[&Plan], order: Order) -> Result<Outcome, Failed> {
        self.session()?;
        let (Some(session), shapes) = (&self.session, &self.shapes) else {
            return Err(StoreError::Closed.into());
        };
        let outcome = group(session, shapes, plans, order);
        if outcome.is_err() {
            // Whatever stands of the transaction is given up; a broken connection has nothing to give up.
            let _ = session.run("ROLLBACK");
        }
        outcome
    }
}

fn group(
    session: &Session,
    shapes: &Shapes,
    plans: &[&Plan],
    order: Order,
) -> Result<Outcome, Failed> {
    let mut needs = Needs::default();
    let checked: Vec<Result<Checked<'_>, StoreError>> = plans
        .iter()
        .map(|plan| check(shapes, plan, &mut needs))
        .collect();
    let (mut group, mut touched) = begin(session, shapes, &needs)?;
    group.journal = (order == Order::Steps).then(Vec::new);
    let results: Vec<Result<Receipt, StoreError>> = checked
        .into_iter()
        .map(|checked| group.take(&checked?))
        .collect();
    let own = std::mem::take(&mut group.touched);
    let done = |touched: Vec<(String, i64)>| Done {
        size: group.frontier.size(),
        root: group.frontier.root(),
        touched: touched
            .into_iter()
            .map(|(name, pos)| (name, pos.unsigned_abs()))
            .collect(),
    };
    if group.entries.is_empty() {
        session.run("ROLLBACK")?;
        return Ok((results, done(touched)));
    }
    touched.extend(own.iter().map(|(name, pos)| (name.clone(), *pos)));
    let done = done(touched);
    match write(session, shapes, &group, &own) {
        Ok(()) => Ok((results, done)),
        Err(error) => Err(Failed {
            error: Box::new(error),
            committing: Some(Box::new((results, done))),
        }),
    }
}

pub(super) fn plain(sql: &'static str) -> Step<'static> {
    Step {
        sql,
        types: &[],
        parameters: Vec::new(),
    }
}

const ANSWERED: &str = "SELECT i.realm, i.key, i.fingerprint, i.position, i.reply, l.leaf FROM unnest($1::BIGINT[], $2::TEXT[]) AS v(realm, key) JOIN idempotency AS i ON i.realm = v.realm AND i.key = v.key JOIN log AS l ON l.seq = i.position";

/// Locks the head and reads what the group needs: one round trip.
pub(super) fn begin<'s>(
    session: &Session,
    shapes: &'s Shapes,
    needs: &Needs,
) -> Result<(Group<'s>, Vec<(String, i64)>), StoreError> {
    let mut rows: BTreeMap<usize, Bulk> = BTreeMap::new();
    for (table, realm, key) in &needs.rows {
        let Some(shape) = shapes.get(*table) else {
            continue;
        };
        let bulk = rows
            .entry(*table)
            .or_insert_with(|| Bulk::new(&shape.lookup, kinds(shape, &shape.key, false)));
        bulk.push(std::iter::once(Value::Int(*realm)).chain(key.iter().map(Atom::value)));
    }
    let mut owners: BTreeMap<(usize, usize), Bulk> = BTreeMap::new();
    for (table, unique, realm, values) in &needs.owners {
        let found = shapes.get(*table);
        let Some((shape, columns, sql)) = found.and_then(|shape| {
            Some((
                shape,
                shape.uniques.get(*unique)?,
                shape.owners.get(*unique)?,
            ))
        }) else {
            continue;
        };
        let bulk = owners
            .entry((*table, *unique))
            .or_insert_with(|| Bulk::new(sql, kinds(shape, columns, false)));
        bulk.push(std::iter::once(Value::Int(*realm)).chain(values.iter().map(Atom::value)));
    }
    let mut keys = Bulk::new(ANSWERED, [Kind::Int, Kind::Text]);
    for (realm, key) in &needs.keys {
        keys.push([Value::Int(*realm), Value::Text(key.clone())]);
    }
    let mut steps = vec![
        plain("SELECT size, frontier FROM log_head WHERE id = 1 FOR UPDATE"),
        plain("SELECT name, pos FROM log_touch"),
    ];
    if !needs.keys.is_empty() {
        steps.push(keys.step());
    }
    steps.extend(rows.values().map(Bulk::step));
    steps.extend(owners.values().map(Bulk::step));
    let mut answers = session.pipeline("BEGIN", &steps, "")?.into_iter();
    let mut next = || answers.next().unwrap_or_default();

    let frontier = head(&next())?;
    let touched = next()
        .iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
        .collect::<Result<_, StoreError>>()?;
    let mut group = Group::new(shapes, frontier);
    if !needs.keys.is_empty() {
        for row in next() {
            let (key, answered) = answered(&row)?;
            group.keys.insert(key, answered);
        }
    }
    for table in rows.keys() {
        let Some(shape) = shapes.get(*table) else {
            continue;
        };
        for row in next() {
            let (key, state) = found(*table, shape, &row)?;
            group.rows.insert(key, state);
        }
    }
    for (table, unique) in owners.keys() {
        let Some(shape) = shapes.get(*table) else {
            continue;
        };
        for row in next() {
            let (name, owner) = owner(*table, *unique, shape, &row)?;
            group.owners.insert(name, Some(owner));
        }
    }
    Ok((group, touched))
}

pub(super) fn head(rows: &[Row]) -> Result<Frontier, StoreError> {
    let missing = || StoreError::Corrupt {
        reason: "the log has no head".to_owned(),
    };
    let row = rows.first().ok_or_else(missing)?;
    log::frontier(row.try_get(0)?, &row.try_get::<_, Vec<u8>>(1)?)
}

fn answered(row: &Row) -> Result<((i64, String), Answered), StoreError> {
    let leaf: Vec<u8> = row.try_get(5)?;
    let reply: String = row.try_get(4)?;
    let receipt = Receipt {
        position: row.try_get::<_, i64>(3)?.unsigned_abs(),
        leaf: leaf.try_into().map_err(|_| StoreError::Corrupt {
            reason: "a leaf has not 32 bytes".to_owned(),
        })?,
        replayed: true,
        reply: serde_json::from_str(&reply).unwrap_or_default(),
    };
    let answered = Answered {
        fingerprint: row.try_get(2)?,
        receipt,
    };
    Ok(((row.try_get(0)?, row.try_get(1)?), answered))
}

fn atoms(row: &Row, from: usize, count: usize) -> Result<Vec<Atom>, StoreError> {
    (from..from + count)
        .map(|at| Ok(Atom::from(&row.try_get::<_, Value>(at)?)))
        .collect()
}

fn found(table: usize, shape: &Shape, row: &Row) -> Result<(RowKey, RowState), StoreError> {
    let key = atoms(row, 2, shape.key.len())?;
    let mut from = 2 + shape.key.len();
    let mut unique = Vec::with_capacity(shape.uniques.len());
    for columns in &shape.uniques {
        unique.push(atoms(row, from, columns.len())?);
        from += columns.len();
    }
    let state = RowState {
        pos: Some(row.try_get(1)?),
        unique,
        write: None,
    };
    Ok(((table, row.try_get(0)?, key), state))
}

fn owner(
    table: usize,
    unique: usize,
    shape: &Shape,
    row: &Row,
) -> Result<(UniqueKey, Vec<Atom>), StoreError> {
    let width = shape.uniques.get(unique).map_or(0, Vec::len);
    let key = atoms(row, 1, shape.key.len())?;
    let values = atoms(row, 1 + shape.key.len(), width)?;
    Ok(((table, unique, row.try_get(0)?, values), key))
}

/// Kinds of a statement's arrays: realm, the columns, and `pos` where it is written.
pub(super) fn kinds(shape: &Shape, columns: &[usize], with_pos: bool) -> Vec<Kind> {
    std::iter::once(Kind::Int)
        .chain(columns.iter().map(|at| shape.kind(*at)))
        .chain(with_pos.then_some(Kind::Int))
        .collect()
}

/// Deletes come first, then changes, then whole rows: a value that was given up is free for its next owner.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    Delete,
    Set(Vec<usize>),
    Put,
}

/// Writes what became of the rows, the entries and the head, and commits: one round trip.
pub(super) fn write(
    session: &Session,
    shapes: &Shapes,
    group: &Group<'_>,
    touched: &std::collections::HashMap<String, i64>,
) -> Result<(), StoreError> {
    let rows = rows(shapes, group);
    let entries = entries(group);
    let subtrees = subtrees(group);
    let touches = touches(touched);
    let size = signed(group.frontier.size());
    let (root, frontier) = (
        group.frontier.root().to_vec(),
        group.frontier.roots().concat(),
    );
    let mut steps: Vec<Step<'_>> = rows.iter().map(Bulk::step).collect();
    steps.push(entries.step());
    if !group.subtrees.is_empty() {
        steps.push(subtrees.step());
    }
    steps.push(touches.step());
    steps.push(Step {
        sql: "UPDATE log_head SET size = $1, root = $2, frontier = $3 WHERE id = 1",
        types: &[Type::INT8, Type::BYTEA, Type::BYTEA],
        parameters: vec![&size, &root, &frontier],
    });
    session.pipeline("", &steps, "COMMIT").map(drop)
}

/// The statements that write the rows.
fn rows(shapes: &Shapes, group: &Group<'_>) -> Vec<Bulk> {
    let mut bulks: BTreeMap<(Turn, usize), Bulk> = BTreeMap::new();
    if let Some(journal) = &group.journal {
        let mut list = Vec::with_capacity(journal.len());
        for ((table, realm, key), pos, write) in journal {
            if let Some(shape) = shapes.get(*table) {
                row_write(&mut bulks, shape, (*table, *realm, key), Some(*pos), write);
                list.extend(std::mem::take(&mut bulks).into_values());
            }
        }
        return list;
    }
    for ((table, realm, key), state) in &group.rows {
        if let (Some(shape), Some(write)) = (shapes.get(*table), &state.write) {
            row_write(&mut bulks, shape, (*table, *realm, key), state.pos, write);
        }
    }
    bulks.into_values().collect()
}

fn row_write(
    bulks: &mut BTreeMap<(Turn, usize), Bulk>,
    shape: &Shape,
    (table, realm, key): (usize, i64, &Vec<Atom>),
    pos: Option<i64>,
    write: &Write,
) {
    let named = std::iter::once(Value::Int(realm)).chain(key.iter().map(Atom::value));
    let pos = pos.map_or(Value::Null, Value::Int);
    match write {
        Write::Delete => bulks
            .entry((Turn::Delete, table))
            .or_insert_with(|| Bulk::new(&shape.delete, kinds(shape, &shape.key, false)))
            .push(named),
        Write::Set(cells) => {
            let columns: Vec<usize> = cells.keys().copied().collect();
            let all: Vec<usize> = shape.key.iter().chain(&columns).copied().collect();
            bulks
                .entry((Turn::Set(columns.clone()), table))
                .or_insert_with(|| Bulk::new(&shape.set_sql(&columns), kinds(shape, &all, true)))
                .push(named.chain(cells.values().cloned()).chain([pos]));
        }
        Write::Put(row) => {
            let every: Vec<usize> = (0..shape.def.columns.len()).collect();
            bulks
                .entry((Turn::Put, table))
                .or_insert_with(|| Bulk::new(&shape.put, kinds(shape, &every, true)))
                .push(
                    std::iter::once(Value::Int(realm))
                        .chain(row.iter().cloned())
                        .chain([pos]),
                );
        }
    }
}

fn entries(group: &Group<'_>) -> Bulk {
    let sql = "INSERT INTO log (seq, realm, at, op, actor, subject, salt, body, leaf) SELECT * FROM unnest($1::BIGINT[], $2::BIGINT[], $3::BIGINT[], $4::TEXT[], $5::TEXT[], $6::TEXT[], $7::BYTEA[], $8::TEXT[], $9::BYTEA[])";
    let kinds = [
        Kind::Int,
        Kind::Int,
        Kind::Int,
        Kind::Text,
        Kind::Text,
        Kind::Text,
        Kind::Bytes,
        Kind::Text,
        Kind::Bytes,
    ];
    let mut bulk = Bulk::new(sql, kinds);
    for entry in &group.entries {
        bulk.push([
            Value::Int(entry.position),
            Value::Int(entry.realm),
            Value::Int(entry.at),
            Value::Text(entry.op.clone()),
            Value::Text(entry.actor.clone()),
            Value::Text(entry.subject.clone()),
            Value::Bytes(entry.salt.clone()),
            Value::Text(entry.body.clone()),
            Value::Bytes(entry.leaf.to_vec()),
        ]);
    }
    bulk
}

fn subtrees(group: &Group<'_>) -> Bulk {
    let sql = "INSERT INTO log_subtree (height, idx, hash) SELECT * FROM unnest($1::BIGINT[], $2::BIGINT[], $3::BYTEA[])";
    let mut bulk = Bulk::new(sql, [Kind::Int, Kind::Int, Kind::Bytes]);
    for done in &group.subtrees {
        bulk.push([
            Value::Int(done.height.into()),
            Value::Int(signed(done.index)),
            Value::Bytes(done.hash.to_vec()),
        ]);
    }
    bulk
}

pub(super) fn touches(touched: &std::collections::HashMap<String, i64>) -> Bulk {
    let sql = "INSERT INTO log_touch (name, pos) SELECT * FROM unnest($1::TEXT[], $2::BIGINT[]) ON CONFLICT (name) DO UPDATE SET pos = excluded.pos";
    let mut bulk = Bulk::new(sql, [Kind::Text, Kind::Int]);
    for (name, pos) in touched {
        bulk.push([Value::Text(name.clone()), Value::Int(*pos)]);
    }
    bulk
}
