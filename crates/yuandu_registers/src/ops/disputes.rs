//! Disputes: somebody says that a value is wrong. The matter goes to the register that is the source of the fact, with a day by
//! which it is answered; the answer corrects the source, and with it everything that shows the value.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value as Json, json};
use yuandu_base::calendar::{Budget, Calendar, Lamp};
use yuandu_base::{ErrorKind, LocalText, Problem};
use yuandu_identity::{Actor, IdentityError, OpCtx};
use yuandu_schema::{FieldDef, History, RegisterDef};
use yuandu_store::{Change, Expect, Plan, Row, StoreError, TableDef, Value};

use super::amend_record::AmendRecord;
use super::put_record::{ATTEMPTS, PutOutcome, PutRecord, subject};
use crate::record::{MASK, is_restricted};
use crate::registers::today;
use crate::table::is_live;
use crate::{RecordView, Registers, RegistersError, queries};

/// The table of disputes.
pub(crate) const TABLE: &str = "register_disputes";
/// Disputes of an answer at most.
const MOST: usize = 200;
/// Longest words, in characters.
const WORDS_MAX: usize = 500;
/// The time until a dispute is answered.
pub const DISPUTE_BUDGET: Budget = Budget::days(5);
/// The time after which its lamp is yellow.
const WARN_AFTER: Budget = Budget::days(3);

/// A value said to be wrong.
#[derive(Debug, Clone, Default)]
pub struct OpenDispute {
    /// The register whose page showed the value.
    pub register: String,
    /// The record.
    pub record: String,
    /// The field.
    pub field: String,
    /// What it should be, in words.
    pub claimed: String,
    /// How one knows.
    pub reason: String,
}

/// An answer to a dispute.
#[derive(Debug, Clone)]
pub struct AnswerDispute {
    /// The register that is the source.
    pub register: String,
    /// The dispute's number.
    pub number: String,
    /// The value that is right, as typed; none: what is recorded stays.
    pub value: Option<String>,
    /// What was looked at.
    pub answer: String,
}

/// Where a dispute stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DisputeState {
    /// It waits for the source.
    Open,
    /// The value was corrected.
    Corrected,
    /// The value stays as it is.
    Upheld,
}

impl DisputeState {
    fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Corrected => "corrected",
            Self::Upheld => "upheld",
        }
    }

    fn read(text: &str) -> Self {
        match text {
            "corrected" => Self::Corrected,
            "upheld" => Self::Upheld,
            _ => Self::Open,
        }
    }
}

/// A dispute: also the receipt of who opened it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DisputeView {
    /// Its number.
    pub number: String,
    /// The register that is the source of the value.
    pub register: String,
    /// The record there.
    pub record: String,
    /// The field there.
    pub field: String,
    /// The register where the value was seen.
    pub seen_in: String,
    /// The value as it was; a restricted one is masked.
    pub shown: Option<Json>,
    /// What it should be.
    pub claimed: String,
    /// How one knows.
    pub reason: String,
    /// Who opened it.
    pub opened_by: String,
    /// When.
    pub opened_at: Timestamp,
    /// When it is due.
    pub due_at: Timestamp,
    /// Where it stands.
    pub state: DisputeState,
    /// Green, yellow or red while it waits.
    pub lamp: Option<Lamp>,
    /// Who answered.
    pub answered_by: Option<String>,
    /// When.
    pub answered_at: Option<Timestamp>,
    /// The answer.
    pub answer: Option<String>,
    /// The log position that last wrote it: the entry that proves it.
    pub position: u64,
}

/// The table of disputes.
pub(crate) fn table() -> TableDef {
    TableDef::new(TABLE)
        .text("register")
        .text("number")
        .text("record")
        .text("field")
        .text("seen_in")
        .opt_text("shown")
        .text("claimed")
        .text("reason")
        .text("opened_by")
        .int("opened_at")
        .int("warn_at")
        .int("due_at")
        .text("state")
        .opt_text("answered_by")
        .opt_int("answered_at")
        .opt_text("answer")
        .key(["register", "number"])
        .index(["register", "state", "due_at"])
        .index(["register", "record", "state"])
}

/// Where a fact is kept.
struct Origin<'r> {
    def: &'r RegisterDef,
    record: RecordView,
    field: &'r FieldDef,
}

impl Registers {
    /// Opens a dispute at the source of a value.
    ///
    /// # Errors
    /// [`RegistersError::Invalid`] without a reason or for a field without a value, [`RegistersError::NoRecord`].
    pub fn open_dispute(
        &self,
        ctx: &OpCtx,
        open: &OpenDispute,
    ) -> Result<DisputeView, RegistersError> {
        let def = self.def(&open.register)?;
        if matches!(ctx.actor, Actor::Anonymous) {
            return Err(stranger().into());
        }
        let seen = self.get_record(ctx, &open.register, &open.record, false)?;
        check_words(&[("claimed", &open.claimed), ("reason", &open.reason)])?;
        let origin = self.origin(ctx, def, seen, &open.field)?;
        let clock = clock(ctx.now())?;
        let mut attempt = 1;
        loop {
            match self.try_open(ctx, open, (&origin, clock)) {
                Err(RegistersError::Store(error))
                    if error.kind() == ErrorKind::Conflict && attempt < ATTEMPTS => {}
                other => return other,
            }
            attempt += 1;
        }
    }

    fn try_open(
        &self,
        ctx: &OpCtx,
        open: &OpenDispute,
        (origin, (warn_at, due_at)): (&Origin<'_>, (Timestamp, Timestamp)),
    ) -> Result<DisputeView, RegistersError> {
        let realm = i64::from(ctx.realm.get());
        let (name, day) = (
            origin.def.full_name(),
            today(ctx).strftime("%Y%m%d").to_string(),
        );
        let count = self
            .store
            .read(|reader| queries::count_disputes(reader, TABLE, realm, (&name, &day)))?;
        let number = format!("{day}-{:03}", count + 1);
        let restricted = is_restricted(origin.def, origin.field);
        let value = origin.record.values.get(&origin.field.name);
        let shown = value.map(|value| {
            if restricted {
                MASK.into()
            } else {
                value.clone()
            }
        });
        let mut view = DisputeView {
            number,
            register: name,
            record: origin.record.id.clone(),
            field: origin.field.name.clone(),
            seen_in: open.register.clone(),
            shown,
            claimed: open.claimed.trim().to_owned(),
            reason: open.reason.trim().to_owned(),
            opened_by: ctx.actor_name(),
            opened_at: ctx.now(),
            due_at,
            state: DisputeState::Open,
            lamp: Some(Lamp::at(ctx.now(), warn_at, due_at)),
            answered_by: None,
            answered_at: None,
            answer: None,
            position: 0,
        };
        let note = json!({ "dispute": view.number, "field": view.field, "seen_in": view.seen_in, "due_at": view.due_at });
        let entry = ctx.entry(
            "registers.open_dispute",
            subject(origin.def, &view.record),
            note,
        );
        let change = Change::put(TABLE)
            .with("register", view.register.as_str())
            .with("number", view.number.as_str())
            .with("record", view.record.as_str())
            .with("field", view.field.as_str())
            .with("seen_in", view.seen_in.as_str())
            .with("shown", view.shown.as_ref().map(Json::to_string))
            .with("claimed", view.claimed.as_str())
            .with("reason", view.reason.as_str())
            .with("opened_by", view.opened_by.as_str())
            .with("opened_at", view.opened_at)
            .with("warn_at", warn_at)
            .with("due_at", view.due_at)
            .with("state", view.state.name());
        let plan = Plan::new(ctx.realm, entry)
            .expect(Expect::absent(TABLE, key(origin.def, &view.number)))
            .change(change);
        view.position = self.store.commit(plan)?.position;
        Ok(view)
    }

    /// The register, record and field that a shown value comes from: its own, or where it is looked up.
    fn origin<'r>(
        &'r self,
        ctx: &OpCtx,
        def: &'r RegisterDef,
        seen: RecordView,
        name: &str,
    ) -> Result<Origin<'r>, RegistersError> {
        let none = || {
            RegistersError::invalid(Problem::new(
                "registers.nothing_to_dispute",
                "field",
                format!("这条记录没有 `{name}` 的内容，请选择一个有内容的字段"),
                format!("the record has no value of `{name}`; choose a field that has one"),
            ))
        };
        let field = def.field(name).ok_or_else(none)?;
        if !is_live(field) {
            seen.values.get(name).ok_or_else(none)?;
            let record = seen;
            return Ok(Origin { def, record, field });
        }
        let links = self.links(def, &def.fields);
        let link = links
            .iter()
            .find(|link| link.field.name == name)
            .ok_or_else(none)?;
        let id = seen
            .values
            .get(link.reference)
            .and_then(Json::as_str)
            .ok_or_else(none)?;
        let realm = i64::from(ctx.realm.get());
        let target = link.target;
        let row = self
            .store
            .read(|reader| queries::one(reader, target, realm, id))?
            .ok_or_else(none)?;
        Ok(Origin {
            def: target,
            record: crate::record::from_row(target, &row)?,
            field: target.field(link.target_field).ok_or_else(none)?,
        })
    }

    /// The disputes of a register: those that wait, the one due first in front, then the latest answered.
    ///
    /// # Errors
    /// When the actor may not write the register.
    pub fn list_disputes(
        &self,
        ctx: &OpCtx,
        register: &str,
    ) -> Result<Vec<DisputeView>, RegistersError> {
        let def = self.def(register)?;
        self.require(ctx, "registers.write", def)?;
        let realm = i64::from(ctx.realm.get());
        let rows = self
            .store
            .read(|reader| queries::disputes(reader, TABLE, realm, (register, MOST)))?;
        Ok(rows
            .iter()
            .map(|row| view(ctx, row))
            .collect::<Result<_, _>>()?)
    }

    /// One dispute, for who opened it and for who keeps the register: the receipt.
    ///
    /// # Errors
    /// [`RegistersError::NoRecord`] for everyone else.
    pub fn view_dispute(
        &self,
        ctx: &OpCtx,
        (register, number): (&str, &str),
    ) -> Result<DisputeView, RegistersError> {
        let def = self.def(register)?;
        let view = view(ctx, &self.dispute_row(ctx, def, number)?)?;
        if view.opened_by != ctx.actor_name() && self.require(ctx, "registers.write", def).is_err()
        {
            return Err(no_dispute(def, number));
        }
        Ok(view)
    }

    fn dispute_row(
        &self,
        ctx: &OpCtx,
        def: &RegisterDef,
        number: &str,
    ) -> Result<Row, RegistersError> {
        let realm = i64::from(ctx.realm.get());
        self.store
            .read(|reader| queries::dispute(reader, TABLE, realm, (&def.full_name(), number)))?
            .ok_or_else(|| no_dispute(def, number))
    }

    /// Answers a dispute: corrects the value or says why it stays. Correction and answer are one entry.
    ///
    /// # Errors
    /// [`RegistersError::Invalid`] without an answer, for a value that cannot be, or by who opened it; [`RegistersError::Changed`]
    /// when it was answered meanwhile.
    pub fn answer_dispute(
        &self,
        ctx: &OpCtx,
        answer: &AnswerDispute,
    ) -> Result<DisputeView, RegistersError> {
        let def = self.def(&answer.register)?;
        self.require(ctx, "registers.write", def)?;
        check_words(&[("answer", &answer.answer)])?;
        let row = self.dispute_row(ctx, def, &answer.number)?;
        let dispute = view(ctx, &row)?;
        if dispute.state != DisputeState::Open {
            return Err(RegistersError::Changed {
                id: answer.number.clone(),
            });
        }
        if dispute.opened_by == ctx.actor_name() {
            return Err(RegistersError::invalid(Problem::new(
                "registers.own_dispute",
                "",
                "自己提出的异议应由他人答复",
                "a dispute is answered by another person than the one who opened it",
            )));
        }
        let state = match answer.value {
            Some(_) => DisputeState::Corrected,
            None => DisputeState::Upheld,
        };
        let note = json!({ "dispute": answer.number, "field": dispute.field, "state": state });
        let entry = ctx.entry(
            "registers.answer_dispute",
            subject(def, &dispute.record),
            note,
        );
        let closing = closing(ctx, def, &row, (state, answer))?;
        match &answer.value {
            Some(value) => self.correct(ctx, def, (&dispute, answer, value), &closing)?,
            None => drop(self.store.commit(closing(Plan::new(ctx.realm, entry)))?),
        }
        self.view_dispute(ctx, (&answer.register, &answer.number))
    }

    /// Corrects the value at the source, with the end of the dispute in the same entry.
    fn correct(
        &self,
        ctx: &OpCtx,
        def: &RegisterDef,
        (dispute, answer, value): (&DisputeView, &AnswerDispute, &str),
        closing: &dyn Fn(Plan) -> Plan,
    ) -> Result<(), RegistersError> {
        let Some(field) = def.field(&dispute.field) else {
            return Err(no_dispute(def, &answer.number));
        };
        let right = field.check_text(value).map_err(|problem| {
            RegistersError::invalid(Problem {
                place: "value".to_owned(),
                ..problem
            })
        })?;
        let realm = i64::from(ctx.realm.get());
        let row = self
            .store
            .read(|reader| queries::one(reader, def, realm, &dispute.record))?;
        let Some(row) = row else {
            return Err(RegistersError::NoRecord {
                register: def.full_name(),
                id: dispute.record.clone(),
            });
        };
        let stored = crate::record::from_row(def, &row)?;
        let mut data: Map<String, Json> = def
            .key
            .iter()
            .filter_map(|name| Some((name.clone(), stored.values.get(name)?.clone())))
            .collect();
        if data.insert(dispute.field.clone(), right).is_some() {
            return Err(RegistersError::invalid(Problem::new(
                "registers.key_disputed",
                "value",
                "主键不能在这里改：请新增正确的一条，再合并",
                "a key is not changed here: add the right record, then merge the two",
            )));
        }
        let bitemporal = def.history == History::Bitemporal;
        let amend = AmendRecord {
            put: PutRecord {
                register: def.full_name(),
                data,
                ..PutRecord::default()
            },
            correction: bitemporal,
            reason: Some(answer.answer.clone()),
            ..AmendRecord::default()
        };
        let written = self.write_approved(ctx, def, &amend, closing)?;
        if written.outcome == PutOutcome::Unchanged {
            return Err(RegistersError::invalid(Problem::new(
                "registers.value_same",
                "value",
                "登记的已经是这个内容；如果不需要更正，请选择维持",
                "this is what is recorded already; choose to uphold it if nothing is to be corrected",
            )));
        }
        Ok(())
    }
}

/// Adds the end of a dispute to a plan.
fn closing(
    ctx: &OpCtx,
    def: &RegisterDef,
    row: &Row,
    (state, answer): (DisputeState, &AnswerDispute),
) -> Result<impl Fn(Plan) -> Plan + use<>, StoreError> {
    let key = key(def, &answer.number);
    let expect = Expect::unchanged(TABLE, key.clone(), row.int("pos")?);
    let change = key
        .into_iter()
        .fold(Change::set(TABLE), |change, (name, value)| {
            change.key(name, value)
        })
        .with("state", state.name())
        .with("answered_by", ctx.actor_name())
        .with("answered_at", ctx.now())
        .with("answer", answer.answer.trim());
    Ok(move |plan: Plan| plan.expect(expect.clone()).change(change.clone()))
}

/// From when on the lamp of a dispute that is opened now is yellow, and by when it is answered.
fn clock(now: Timestamp) -> Result<(Timestamp, Timestamp), RegistersError> {
    let due = |budget| {
        Calendar::statutory().due_at(now, budget).map_err(|error| {
            let words = error.message();
            RegistersError::invalid(Problem::new("calendar.invalid", "", words.zh, words.en))
        })
    };
    Ok((due(WARN_AFTER)?, due(DISPUTE_BUDGET)?))
}

fn check_words(words: &[(&str, &str)]) -> Result<(), RegistersError> {
    let mut problems = Vec::new();
    for (place, text) in words {
        if text.trim().is_empty() {
            problems.push(Problem::new(
                "registers.words_missing",
                place,
                "请填写这一项",
                "fill in this field",
            ));
        }
        if text.chars().count() > WORDS_MAX {
            problems.push(Problem::new(
                "registers.words_long",
                place,
                format!("最多 {WORDS_MAX} 个字符，请缩短"),
                format!("at most {WORDS_MAX} characters; shorten it"),
            ));
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(RegistersError::Invalid { problems })
    }
}

/// The answer goes to somebody.
fn stranger() -> IdentityError {
    IdentityError::Denied {
        action: "registers.open_dispute".to_owned(),
        reasons: vec![LocalText::new(
            "请先登录，答复才能送到您手里",
            "sign in first, so that the answer reaches you",
        )],
    }
}

fn no_dispute(def: &RegisterDef, number: &str) -> RegistersError {
    RegistersError::NoRecord {
        register: def.full_name(),
        id: number.to_owned(),
    }
}

fn key(def: &RegisterDef, number: &str) -> [(&'static str, Value); 2] {
    [
        ("register", Value::from(def.full_name())),
        ("number", number.into()),
    ]
}

fn view(ctx: &OpCtx, row: &Row) -> Result<DisputeView, StoreError> {
    let state = DisputeState::read(&row.text("state")?);
    let (warn_at, due_at) = (row.timestamp("warn_at")?, row.timestamp("due_at")?);
    let shown = row.json("shown")?;
    Ok(DisputeView {
        number: row.text("number")?,
        register: row.text("register")?,
        record: row.text("record")?,
        field: row.text("field")?,
        seen_in: row.text("seen_in")?,
        shown: Some(shown).filter(|shown| !shown.is_null()),
        claimed: row.text("claimed")?,
        reason: row.text("reason")?,
        opened_by: row.text("opened_by")?,
        opened_at: row.timestamp("opened_at")?,
        due_at,
        state,
        lamp: (state == DisputeState::Open).then(|| Lamp::at(ctx.now(), warn_at, due_at)),
        answered_by: row.opt_text("answered_by")?,
        answered_at: row.opt_timestamp("answered_at")?,
        answer: row.opt_text("answer")?,
        position: row.int("pos")?.unsigned_abs(),
    })
}
