//! Rows of cases, and the loading of one case for a step. The tables are in `tables`.
//!
//! SQL of lists and pages is in `queries`. Nothing is written here: plans are made in `ops`.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};
use yuandu_base::calendar::TimeLedger;
use yuandu_ids::RealmId;
use yuandu_schema::Cell;
use yuandu_store::{Change, Reader, Row, StoreError, Value};

use crate::case_type::Kind;
use crate::engine::{Clock, ClockStatus, Matter, State};
use crate::queries::turns;
use crate::queries::waits::{self, WaitRow};

pub(crate) fn realm(realm: RealmId) -> Value {
    Value::Int(i64::from(realm.get()))
}

macro_rules! row_struct {
    ($(#[$doc:meta])* $name:ident { $($(#[$fdoc:meta])* $field:ident : $kind:ty = $get:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name {
            $($(#[$fdoc])* pub $field: $kind,)*
            /// Log position that last wrote the row.
            pub pos: i64,
        }

        impl $name {
            /// Reads the row.
            ///
            /// # Errors
            /// [`StoreError::Column`] when a column holds something else.
            pub fn read(row: &Row) -> Result<Self, StoreError> {
                Ok(Self {
                    $($field: row.$get(stringify!($field))?,)*
                    pos: row.int("pos")?,
                })
            }

            /// The whole row as a change.
            pub(crate) fn put(&self, table: &'static str) -> Change {
                Change::put(table)$(.with(stringify!($field), self.$field.clone()))*
            }
        }
    };
}

row_struct! {
    /// A row of `cases`: the facts every case has.
    CaseRow {
        /// Id.
        id: String = text,
        /// Number people read to each other.
        number: String = text,
        /// System (package).
        system: String = text,
        /// Process.
        process: String = text,
        /// Version of the package it runs on.
        process_version: String = text,
        /// Title.
        title: String = text,
        /// Category code.
        category: Option<String> = opt_text,
        /// Class of the category.
        class: Option<String> = opt_text,
        /// `open`, `closed`, `refused`, `merged`, `withdrawn`.
        status: String = text,
        /// Stage.
        stage: Option<String> = opt_text,
        /// Organisation that has it now.
        org: Option<String> = opt_text,
        /// Longitude (CGCS2000).
        lon: Option<f64> = opt_real,
        /// Latitude.
        lat: Option<f64> = opt_real,
        /// Unit grid.
        grid: Option<String> = opt_text,
        /// Division.
        division: Option<String> = opt_text,
        /// Address in words.
        address: Option<String> = opt_text,
        /// `web`, `collector`, `open311`, `hotline`, `import`.
        channel: String = text,
        /// The case it was merged into or joined.
        parent: Option<String> = opt_text,
        /// Due instant of its most urgent open task.
        due_at: Option<Timestamp> = opt_timestamp,
        /// Warning instant of that task.
        warn_at: Option<Timestamp> = opt_timestamp,
        /// When it was opened.
        opened_at: Timestamp = timestamp,
        /// When it last changed.
        updated_at: Timestamp = timestamp,
        /// When it ended.
        closed_at: Option<Timestamp> = opt_timestamp,
        /// Search text.
        words: Option<String> = opt_text,
        /// The officer who opened it; none for residents and programs.
        opened_by: Option<String> = opt_text,
        /// The migration that brought it to its version, if one did.
        migration: Option<String> = opt_text,
    }
}

row_struct! {
    /// A row of `tasks`.
    TaskRow {
        /// Id.
        id: String = text,
        /// Case.
        case_id: String = text,
        /// System of the case.
        system: String = text,
        /// Process the node stands in.
        process: String = text,
        /// Node.
        node: String = text,
        /// Token waiting for it.
        token: i64 = int,
        /// Name in Chinese.
        name_zh: String = text,
        /// Name in English.
        name_en: String = text,
        /// Role that may do it.
        role: String = text,
        /// Organisation it is for.
        org: Option<String> = opt_text,
        /// Grid it is for.
        grid: Option<String> = opt_text,
        /// Who has taken it on.
        assignee: Option<String> = opt_text,
        /// Their name.
        assignee_name: Option<String> = opt_text,
        /// `open`, `done`, `cancelled`.
        status: String = text,
        /// Stage of the case while it is open.
        stage: Option<String> = opt_text,
        /// The clock that measures it.
        clock: Option<String> = opt_text,
        /// When it was opened.
        created_at: Timestamp = timestamp,
        /// When it is due.
        due_at: Option<Timestamp> = opt_timestamp,
        /// When its lamp turns yellow.
        warn_at: Option<Timestamp> = opt_timestamp,
        /// When it was done.
        done_at: Option<Timestamp> = opt_timestamp,
        /// By which user.
        done_by: Option<String> = opt_text,
        /// Their name and post.
        done_name: Option<String> = opt_text,
        /// The outcome chosen.
        outcome: Option<String> = opt_text,
        /// What the form kept, in JSON.
        data: Option<String> = opt_text,
        /// Category of the case.
        category: Option<String> = opt_text,
        /// Its class.
        class: Option<String> = opt_text,
        /// The step it stands beside, when somebody was asked for it.
        about: Option<String> = opt_text,
        /// The user who asked.
        asked_by: Option<String> = opt_text,
        /// Their name.
        asked_name: Option<String> = opt_text,
        /// What is asked, in their words.
        words: Option<String> = opt_text,
        /// A decision that is kept until others have signed, in JSON.
        kept: Option<String> = opt_text,
        /// How often it was urged.
        urged: Option<i64> = opt_int,
        /// When it was urged last.
        urged_at: Option<Timestamp> = opt_timestamp,
    }
}

row_struct! {
    /// A row of `timers`.
    TimerRow {
        /// Id.
        id: String = text,
        /// Case.
        case_id: String = text,
        /// Token.
        token: i64 = int,
        /// Node of the timer.
        node: String = text,
        /// The clock it follows.
        clock: Option<String> = opt_text,
        /// When it fires; none while its clock stands still.
        due_at: Option<Timestamp> = opt_timestamp,
        /// `armed`, `fired`, `dropped`, `failed`.
        status: String = text,
        /// When it was fired.
        fired_at: Option<Timestamp> = opt_timestamp,
        /// How often it failed.
        tries: Option<i64> = opt_int,
        /// `message:` or `signal:` and the name it sends, when it wakes others and not its own case.
        throws: Option<String> = opt_text,
    }
}

row_struct! {
    /// A row of `cards`.
    CardRow {
        /// Id.
        id: String = text,
        /// Case.
        case_id: String = text,
        /// `yellow` or `red`.
        colour: String = text,
        /// Organisation it is given to.
        org: Option<String> = opt_text,
        /// Post it is given to, if one is known.
        post: Option<String> = opt_text,
        /// The clock.
        clock: String = text,
        /// When.
        issued_at: Timestamp = timestamp,
        /// Why, in Chinese.
        reason_zh: String = text,
        /// Why, in English.
        reason_en: String = text,
    }
}

impl CaseRow {
    /// The universal facts as formulas read them.
    pub(crate) fn facts(&self) -> Map<String, Json> {
        let instant = |at: Option<Timestamp>| at.map(|at| at.to_string());
        let place = self
            .lon
            .zip(self.lat)
            .map(|(lon, lat)| json!({ "lon": lon, "lat": lat }));
        let facts = json!({
            "id": self.id, "number": self.number, "system": self.system, "process": self.process,
            "process_version": self.process_version, "title": self.title, "category": self.category,
            "class": self.class, "status": self.status, "stage": self.stage, "org": self.org,
            "lon": self.lon, "lat": self.lat, "place": place, "grid": self.grid, "division": self.division,
            "address": self.address, "channel": self.channel, "parent": self.parent,
            "due_at": instant(self.due_at), "warn_at": instant(self.warn_at),
            "opened_at": instant(Some(self.opened_at)), "updated_at": instant(Some(self.updated_at)),
            "closed_at": instant(self.closed_at),
        });
        match facts {
            Json::Object(facts) => facts,
            _ => Map::new(),
        }
    }
}

/// A case as a step needs it.
#[derive(Debug, Clone)]
pub(crate) struct Loaded {
    pub(crate) case: CaseRow,
    pub(crate) matter: Matter,
    /// Open tasks only.
    pub(crate) tasks: Vec<TaskRow>,
    /// What is asked of others once the step beside it is decided.
    pub(crate) later: Vec<TaskRow>,
    /// Turns that are kept apart from the state.
    pub(crate) turns: turns::Turns,
    /// Armed timers only.
    pub(crate) timers: Vec<TimerRow>,
    /// Messages and signals it waits for.
    pub(crate) waits: Vec<WaitRow>,
}

/// A cell of the schema as a value of the store.
pub(crate) fn cell(cell: Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Int(number) => Value::Int(number),
        Cell::Real(number) => Value::Real(number),
        Cell::Text(text) => Value::Text(text),
    }
}

pub(crate) fn cell_of(row: &Row, name: &str) -> Cell {
    match row.value(name) {
        Value::Int(number) => Cell::Int(*number),
        Value::Real(number) => Cell::Real(*number),
        Value::Text(text) => Cell::Text(text.clone()),
        Value::Null | Value::Bytes(_) => Cell::Null,
    }
}

/// One row of `cases`.
pub(crate) fn case_row(
    reader: &Reader<'_>,
    realm_id: RealmId,
    id: &str,
) -> Result<Option<CaseRow>, StoreError> {
    let sql = "SELECT * FROM cases WHERE realm = $1 AND id = $2";
    reader
        .query_one(sql, &[realm(realm_id), id.into()])?
        .as_ref()
        .map(CaseRow::read)
        .transpose()
}

/// Rows of `cases` by their ids, in one query; those that are not there are left out.
pub(crate) fn cases_by_id(
    reader: &Reader<'_>,
    realm_id: RealmId,
    ids: &BTreeSet<String>,
) -> Result<HashMap<String, CaseRow>, StoreError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let marks: Vec<String> = (0..ids.len()).map(|at| format!("${}", at + 2)).collect();
    let sql = format!(
        "SELECT * FROM cases WHERE realm = $1 AND id IN ({})",
        marks.join(", ")
    );
    let mut parameters = vec![realm(realm_id)];
    parameters.extend(ids.iter().map(Value::from));
    let rows = reader.query(&sql, &parameters)?;
    rows.iter()
        .map(|row| CaseRow::read(row).map(|case| (case.id.clone(), case)))
        .collect()
}

/// One row of `cases` by its number.
pub(crate) fn case_by_number(
    reader: &Reader<'_>,
    realm_id: RealmId,
    number: &str,
) -> Result<Option<CaseRow>, StoreError> {
    let sql = "SELECT * FROM cases WHERE realm = $1 AND number = $2";
    reader
        .query_one(sql, &[realm(realm_id), number.into()])?
        .as_ref()
        .map(CaseRow::read)
        .transpose()
}

/// One task, open or not.
pub(crate) fn task_row(
    reader: &Reader<'_>,
    realm_id: RealmId,
    id: &str,
) -> Result<Option<TaskRow>, StoreError> {
    let sql = "SELECT * FROM tasks WHERE realm = $1 AND id = $2";
    reader
        .query_one(sql, &[realm(realm_id), id.into()])?
        .as_ref()
        .map(TaskRow::read)
        .transpose()
}

/// The declared facts of a case.
pub(crate) fn declared_facts(
    reader: &Reader<'_>,
    realm_id: RealmId,
    kind: &Kind,
    id: &str,
) -> Result<Map<String, Json>, StoreError> {
    let sql = format!(
        "SELECT * FROM {} WHERE realm = $1 AND id = $2",
        kind.declared.table
    );
    let Some(row) = reader.query_one(&sql, &[realm(realm_id), id.into()])? else {
        return Ok(Map::new());
    };
    Ok(crate::queries::facts_of(kind, &row))
}

/// The clocks of a case by name.
pub(crate) fn clocks(
    reader: &Reader<'_>,
    realm_id: RealmId,
    case: &str,
) -> Result<BTreeMap<String, Clock>, StoreError> {
    let sql = "SELECT * FROM clocks WHERE realm = $1 AND case_id = $2";
    let rows = reader.query(sql, &[realm(realm_id), case.into()])?;
    rows.iter()
        .map(|row| Ok((row.text("name")?, clock(row)?)))
        .collect()
}

pub(crate) fn clock(row: &Row) -> Result<Clock, StoreError> {
    let unreadable = || StoreError::Column {
        column: "clocks.ledger".to_owned(),
        wanted: "a time ledger",
    };
    Ok(Clock {
        ledger: serde_json::from_str(&row.text("ledger")?).map_err(|_| unreadable())?,
        status: ClockStatus::of_word(&row.text("status")?).ok_or_else(unreadable)?,
        due: row.opt_timestamp("due_at")?,
        warn: row.opt_timestamp("warn_at")?,
        stopped: row.opt_timestamp("stopped_at")?,
    })
}

/// A clock that counts, as a look over all of them needs it.
pub(crate) struct RunningClock {
    pub(crate) id: String,
    pub(crate) case_id: String,
    pub(crate) ledger: TimeLedger,
    pub(crate) due: Option<Timestamp>,
}

/// The running clocks of a realm after a key, in the order of their keys.
pub(crate) fn running_clocks(
    reader: &Reader<'_>,
    realm_id: RealmId,
    after: &str,
    limit: i64,
) -> Result<Vec<RunningClock>, StoreError> {
    let sql = "SELECT * FROM clocks WHERE realm = $1 AND status = 'running' AND id > $2 ORDER BY id LIMIT $3";
    let rows = reader.query(sql, &[realm(realm_id), after.into(), limit.into()])?;
    rows.iter()
        .map(|row| {
            let clock = clock(row)?;
            Ok(RunningClock {
                id: row.text("id")?,
                case_id: row.text("case_id")?,
                ledger: clock.ledger,
                due: clock.due,
            })
        })
        .collect()
}

/// The row of a clock.
pub(crate) fn put_clock(case: &str, name: &str, clock: &Clock) -> Change {
    Change::put("clocks")
        .with("id", format!("{case}/{name}"))
        .with("case_id", case)
        .with("name", name)
        .with(
            "ledger",
            serde_json::to_string(&clock.ledger).unwrap_or_default(),
        )
        .with("due_at", clock.due)
        .with("warn_at", clock.warn)
        .with("status", clock.status.word())
        .with("stopped_at", clock.stopped)
}

/// The open tasks of a case in the order they were opened, and those that will be asked for later.
pub(crate) fn open_tasks(
    reader: &Reader<'_>,
    realm_id: RealmId,
    case: &str,
) -> Result<Vec<TaskRow>, StoreError> {
    let sql = "SELECT * FROM tasks WHERE realm = $1 AND case_id = $2 AND status IN ('open', 'later') ORDER BY created_at, id";
    reader
        .query(sql, &[realm(realm_id), case.into()])?
        .iter()
        .map(TaskRow::read)
        .collect()
}

/// The task of a case that was done at an instant: the step before those that were opened then.
pub(crate) fn task_done_at(
    reader: &Reader<'_>,
    realm_id: RealmId,
    case: &str,
    at: Timestamp,
) -> Result<Option<TaskRow>, StoreError> {
    let sql = "SELECT * FROM tasks WHERE realm = $1 AND case_id = $2 AND status = 'done' AND done_at = $3 AND node NOT LIKE '@%' ORDER BY id DESC LIMIT 1";
    reader
        .query_one(sql, &[realm(realm_id), case.into(), at.into()])?
        .as_ref()
        .map(TaskRow::read)
        .transpose()
}

/// Whether somebody other than a user has decided a step of a case.
pub(crate) fn decided_by_others(
    reader: &Reader<'_>,
    realm_id: RealmId,
    case: &str,
    user: &Option<String>,
) -> Result<bool, StoreError> {
    let sql = "SELECT id FROM tasks WHERE realm = $1 AND case_id = $2 AND status = 'done' AND done_by <> $3 LIMIT 1";
    let user = user.clone().unwrap_or_default();
    let found = reader.query_one(sql, &[realm(realm_id), case.into(), user.into()])?;
    Ok(found.is_some())
}

/// Whether a step of a case was done.
pub(crate) fn was_done(
    reader: &Reader<'_>,
    realm_id: RealmId,
    case: &str,
    node: &str,
) -> Result<bool, StoreError> {
    let sql = "SELECT id FROM tasks WHERE realm = $1 AND case_id = $2 AND status = 'done' AND node = $3 LIMIT 1";
    let found = reader.query_one(sql, &[realm(realm_id), case.into(), node.into()])?;
    Ok(found.is_some())
}

/// What a user, or the user's organisation as a unit, was asked beside the steps of a case; open or answered.
pub(crate) fn asked_of(
    reader: &Reader<'_>,
    realm_id: RealmId,
    case: &str,
    (user, org): (&str, &str),
) -> Result<Vec<TaskRow>, StoreError> {
    let sql = "SELECT * FROM tasks WHERE realm = $1 AND case_id = $2 AND status IN ('open', 'done') AND node LIKE '@%' AND (assignee = $3 OR org = $4) ORDER BY created_at, id";
    reader
        .query(
            sql,
            &[realm(realm_id), case.into(), user.into(), org.into()],
        )?
        .iter()
        .map(TaskRow::read)
        .collect()
}

/// Loads a case for a step: seven queries, and one more where many do one step.
pub(crate) fn load(
    reader: &Reader<'_>,
    realm_id: RealmId,
    case: CaseRow,
    kind: &Kind,
) -> Result<Loaded, StoreError> {
    let key = [realm(realm_id), case.id.as_str().into()];
    let row = reader.query_one(
        "SELECT state, turns FROM case_state WHERE realm = $1 AND id = $2",
        &key,
    )?;
    let mut state: State = match &row {
        Some(row) => serde_json::from_str(&row.text("state")?).map_err(|_| StoreError::Column {
            column: "case_state.state".to_owned(),
            wanted: "a state of the engine",
        })?,
        None => State::default(),
    };
    let apart = row.map_or(Ok(None), |row| row.opt_int("turns"))?;
    let turns = match apart {
        Some(_) => turns::of_case(reader, realm_id, &case.id)?,
        None => turns::Turns::new(),
    };
    turns::together(&mut state, &turns)?;
    let mut facts = case.facts();
    facts.extend(declared_facts(reader, realm_id, kind, &case.id)?);
    let timers = "SELECT * FROM timers WHERE realm = $1 AND case_id = $2 AND status = 'armed'";
    let tasks = open_tasks(reader, realm_id, &case.id)?;
    let (tasks, later) = tasks.into_iter().partition(|task| task.status == "open");
    Ok(Loaded {
        matter: Matter {
            state,
            facts,
            clocks: clocks(reader, realm_id, &case.id)?,
        },
        tasks,
        later,
        turns,
        waits: waits::of_case(reader, realm_id, &case.id)?,
        timers: reader
            .query(timers, &key)?
            .iter()
            .map(TimerRow::read)
            .collect::<Result<_, _>>()?,
        case,
    })
}

/// The children of a case: id and position.
pub(crate) fn children(
    reader: &Reader<'_>,
    realm_id: RealmId,
    parent: &str,
) -> Result<Vec<(String, i64)>, StoreError> {
    let sql = "SELECT id, pos FROM cases WHERE realm = $1 AND parent = $2 ORDER BY id";
    let rows = reader.query(sql, &[realm(realm_id), parent.into()])?;
    rows.iter()
        .map(|row| Ok((row.text("id")?, row.int("pos")?)))
        .collect()
}

/// Timers that are due, the oldest first.
pub(crate) fn due_timers(
    reader: &Reader<'_>,
    realm_id: RealmId,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<TimerRow>, StoreError> {
    let sql = "SELECT * FROM timers WHERE realm = $1 AND status = 'armed' AND due_at <= $2 ORDER BY due_at, id LIMIT $3";
    reader
        .query(sql, &[realm(realm_id), now.into(), limit.into()])?
        .iter()
        .map(TimerRow::read)
        .collect()
}

/// One timer.
pub(crate) fn timer_row(
    reader: &Reader<'_>,
    realm_id: RealmId,
    id: &str,
) -> Result<Option<TimerRow>, StoreError> {
    let sql = "SELECT * FROM timers WHERE realm = $1 AND id = $2";
    reader
        .query_one(sql, &[realm(realm_id), id.into()])?
        .as_ref()
        .map(TimerRow::read)
        .transpose()
}

/// Which of some organisations exist, each with the roles that its posts hold.
pub(crate) fn known_orgs(
    reader: &Reader<'_>,
    realm_id: RealmId,
    ids: &[String],
) -> Result<BTreeMap<String, BTreeSet<String>>, StoreError> {
    let marks: Vec<String> = (0..ids.len()).map(|at| format!("${}", at + 2)).collect();
    let sql = format!(
        "SELECT o.id, p.roles FROM orgs o LEFT JOIN posts p ON p.realm = o.realm AND p.org = o.id WHERE o.realm = $1 AND o.id IN ({})",
        marks.join(", ")
    );
    let mut parameters = vec![realm(realm_id)];
    parameters.extend(ids.iter().map(Value::from));
    let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in reader.query(&sql, &parameters)? {
        let roles = known.entry(row.text("id")?).or_default();
        if let Some(held) = row.opt_text("roles")? {
            // A damaged list holds nothing; `yuandu verify` names it.
            roles.extend(serde_json::from_str::<Vec<String>>(&held).unwrap_or_default());
        }
    }
    Ok(known)
}
