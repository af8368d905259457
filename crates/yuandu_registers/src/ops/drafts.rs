//! Changes that wait for a second person: proposed by one, approved or refused by another.
//!
//! A register that declares `changes = "approved"` takes nobody's word alone. What is proposed is checked at once and again
//! when it is approved, because the record may have changed in between. The platform itself writes directly.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value as Json, json};
use yuandu_base::Problem;
use yuandu_identity::{Actor, OpCtx};
use yuandu_schema::RegisterDef;
use yuandu_store::{Change, Expect, Plan, Row, StoreError, TableDef, Value};

use super::amend_record::AmendRecord;
use super::put_record::{PutOutcome, PutRecord, PutResult};
use crate::record::{MASK, is_restricted};
use crate::{Registers, RegistersError, queries};

/// The table of drafts.
pub(crate) const TABLE: &str = "register_drafts";
/// Drafts of an answer at most.
const MOST: usize = 200;
/// Longest reason, in characters.
const REASON_MAX: usize = 500;

/// Where a draft stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DraftState {
    /// It waits for a second person.
    Open,
    /// It was approved and written.
    Approved,
    /// It was refused.
    Refused,
}

impl DraftState {
    fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Approved => "approved",
            Self::Refused => "refused",
        }
    }

    fn read(text: &str) -> Self {
        match text {
            "approved" => Self::Approved,
            "refused" => Self::Refused,
            _ => Self::Open,
        }
    }
}

/// A proposed change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DraftView {
    /// Its id: the record's id and a number.
    pub id: String,
    /// The record.
    pub record: String,
    /// The fields that are to be different.
    pub data: Map<String, Json>,
    /// The reason given.
    pub reason: Option<String>,
    /// Who proposed it, as the log names actors.
    pub proposed_by: String,
    /// When.
    pub proposed_at: Timestamp,
    /// Where it stands.
    pub state: DraftState,
    /// Who decided.
    pub decided_by: Option<String>,
    /// What was said with the decision.
    pub decision: Option<String>,
}

/// A decision about a draft.
#[derive(Debug, Clone)]
pub struct DecideDraft {
    /// The register.
    pub register: String,
    /// The draft.
    pub id: String,
    /// Written if true, refused if not.
    pub approve: bool,
    /// Why; must be given when it is refused.
    pub reason: String,
}

/// The table of drafts.
pub(crate) fn table() -> TableDef {
    TableDef::new(TABLE)
        .text("id")
        .text("register")
        .text("record")
        .text("data")
        .opt_text("valid_begin")
        .opt_text("valid_end")
        .int("correction")
        .opt_text("reason")
        .text("proposed_by")
        .int("proposed_at")
        .text("state")
        .opt_text("decided_by")
        .opt_int("decided_at")
        .opt_text("decision")
        .key(["register", "id"])
        .index(["register", "state", "proposed_at"])
}

/// Whether what this actor writes waits for a second person.
pub(crate) fn waits(ctx: &OpCtx, def: &RegisterDef) -> bool {
    def.approval && !matches!(ctx.actor, Actor::System(_))
}

/// Refuses to change records in a way that nobody could look at one by one.
pub(crate) fn refuse_unseen(ctx: &OpCtx, def: &RegisterDef) -> Result<(), RegistersError> {
    if !waits(ctx, def) {
        return Ok(());
    }
    Err(RegistersError::invalid(Problem::new(
        "registers.approval_needed",
        "",
        format!("「{}」的变更须逐条审核，请逐条提出", def.title.zh),
        format!(
            "changes of `{}` are approved one by one; propose them one by one",
            def.title.en
        ),
    )))
}

impl Registers {
    /// Keeps a change until a second person decides.
    pub(crate) fn propose(
        &self,
        ctx: &OpCtx,
        def: &RegisterDef,
        amend: &AmendRecord,
        record: &str,
    ) -> Result<PutResult, RegistersError> {
        let realm = i64::from(ctx.realm.get());
        let count = self
            .store
            .read(|reader| queries::drafts_of(reader, TABLE, realm, (&def.full_name(), record)))?;
        let id = format!("{record}~{}", count + 1);
        let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string());
        let data = Json::Object(amend.put.data.clone()).to_string();
        let change = Change::put(TABLE)
            .with("id", id.as_str())
            .with("register", def.full_name())
            .with("record", record)
            .with("data", data)
            .with("valid_begin", day(amend.from))
            .with("valid_end", day(amend.to))
            .with("correction", i64::from(amend.correction))
            .with("reason", amend.reason.as_deref())
            .with("proposed_by", ctx.actor_name())
            .with("proposed_at", ctx.now())
            .with("state", DraftState::Open.name());
        let fields: Vec<&String> = amend.put.data.keys().collect();
        let note = json!({ "draft": id, "fields": fields });
        let entry = ctx.entry(
            "registers.put_record",
            super::put_record::subject(def, record),
            note,
        );
        let key = [
            ("register", Value::from(def.full_name())),
            ("id", Value::from(&id)),
        ];
        let result = PutResult {
            id,
            outcome: PutOutcome::Proposed,
            position: None,
        };
        let plan = Plan::new(ctx.realm, entry)
            .expect(Expect::absent(TABLE, key))
            .change(change)
            .idempotent(amend.put.idempotency.clone())
            .reply(json!({ "id": result.id, "outcome": result.outcome }));
        let receipt = self.store.commit(plan)?;
        Ok(PutResult {
            position: Some(receipt.position),
            ..result
        })
    }

    /// The drafts of a register that wait, the oldest first; restricted values are masked.
    ///
    /// # Errors
    /// When the actor may not write the register.
    pub fn list_drafts(
        &self,
        ctx: &OpCtx,
        register: &str,
    ) -> Result<Vec<DraftView>, RegistersError> {
        let def = self.def(register)?;
        self.require(ctx, "registers.write", def)?;
        let realm = i64::from(ctx.realm.get());
        let rows = self
            .store
            .read(|reader| queries::open_drafts(reader, TABLE, realm, (register, MOST)))?;
        let drafts = rows.iter().map(|row| {
            let mut view = draft(row)?;
            hide(def, &mut view);
            Ok(view)
        });
        Ok(drafts.collect::<Result<_, StoreError>>()?)
    }

    /// Approves or refuses a draft. Who proposed it cannot decide it.
    ///
    /// # Errors
    /// [`RegistersError::Invalid`] when the same person decides, no reason is given for a refusal, or the change no longer holds.
    pub fn decide_draft(
        &self,
        ctx: &OpCtx,
        decide: &DecideDraft,
    ) -> Result<DraftView, RegistersError> {
        let def = self.def(&decide.register)?;
        self.require(ctx, "registers.write", def)?;
        let realm = i64::from(ctx.realm.get());
        let row = self
            .store
            .read(|reader| queries::draft(reader, TABLE, realm, (&decide.register, &decide.id)))?;
        let Some(row) = row else {
            return Err(RegistersError::NoRecord {
                register: decide.register.clone(),
                id: decide.id.clone(),
            });
        };
        let view = draft(&row)?;
        check_decision(ctx, &view, decide)?;
        let state = if decide.approve {
            DraftState::Approved
        } else {
            DraftState::Refused
        };
        let closing = self.closing(ctx, &row, decide, state)?;
        if decide.approve {
            let amend = amendment(&view, &row, &decide.register)?;
            self.write_approved(ctx, def, &amend, closing)?;
        } else {
            let note = json!({ "draft": decide.id, "decision": state, "reason": decide.reason });
            let subject = super::put_record::subject(def, &view.record);
            let entry = ctx.entry("registers.decide_draft", subject, note);
            self.store.commit(closing(Plan::new(ctx.realm, entry)))?;
        }
        let mut view = view;
        hide(def, &mut view);
        Ok(DraftView {
            state,
            decided_by: Some(ctx.actor_name()),
            decision: Some(decide.reason.clone()).filter(|reason| !reason.is_empty()),
            ..view
        })
    }

    /// Adds the end of the draft to a plan.
    fn closing(
        &self,
        ctx: &OpCtx,
        row: &Row,
        decide: &DecideDraft,
        state: DraftState,
    ) -> Result<impl Fn(Plan) -> Plan + use<>, StoreError> {
        let key = [
            ("register", Value::from(&decide.register)),
            ("id", Value::from(&decide.id)),
        ];
        let expect = Expect::unchanged(TABLE, key, row.int("pos")?);
        let change = Change::set(TABLE)
            .key("register", decide.register.as_str())
            .key("id", decide.id.as_str())
            .with("state", state.name())
            .with("decided_by", ctx.actor_name())
            .with("decided_at", ctx.now())
            .with("decision", decide.reason.as_str());
        Ok(move |plan: Plan| plan.expect(expect.clone()).change(change.clone()))
    }
}

/// Puts the mask in place of restricted values: who decides sees that they change, not what they are.
fn hide(def: &RegisterDef, view: &mut DraftView) {
    for field in def.fields.iter().filter(|field| is_restricted(def, field)) {
        if let Some(value) = view.data.get_mut(&field.name) {
            *value = MASK.into();
        }
    }
}

fn check_decision(
    ctx: &OpCtx,
    view: &DraftView,
    decide: &DecideDraft,
) -> Result<(), RegistersError> {
    let refuse = |code: &str, place: &str, zh: &str, en: &str| {
        Err(RegistersError::invalid(Problem::new(code, place, zh, en)))
    };
    if view.state != DraftState::Open {
        return Err(RegistersError::Changed {
            id: decide.id.clone(),
        });
    }
    if view.proposed_by == ctx.actor_name() {
        return refuse(
            "registers.own_draft",
            "",
            "自己提出的变更应由他人审核",
            "a change is decided by another person than the one who proposed it",
        );
    }
    if !decide.approve && decide.reason.trim().is_empty() {
        return refuse(
            "registers.reason_missing",
            "reason",
            "退回应写明理由",
            "a refusal needs a reason",
        );
    }
    if decide.reason.chars().count() > REASON_MAX {
        return refuse(
            "registers.reason_long",
            "reason",
            "理由最多 500 个字符，请缩短",
            "a reason has at most 500 characters; shorten it",
        );
    }
    Ok(())
}

fn draft(row: &Row) -> Result<DraftView, StoreError> {
    let data = match row.json("data")? {
        Json::Object(data) => data,
        _ => Map::new(),
    };
    Ok(DraftView {
        id: row.text("id")?,
        record: row.text("record")?,
        data,
        reason: row.opt_text("reason")?,
        proposed_by: row.text("proposed_by")?,
        proposed_at: row.timestamp("proposed_at")?,
        state: DraftState::read(&row.text("state")?),
        decided_by: row.opt_text("decided_by")?,
        decision: row.opt_text("decision")?,
    })
}

/// The change a draft stands for.
fn amendment(view: &DraftView, row: &Row, register: &str) -> Result<AmendRecord, StoreError> {
    let day = |column: &str| -> Result<Option<jiff::civil::Date>, StoreError> {
        Ok(row.opt_text(column)?.and_then(|text| text.parse().ok()))
    };
    Ok(AmendRecord {
        put: PutRecord {
            register: register.to_owned(),
            data: view.data.clone(),
            ..PutRecord::default()
        },
        from: day("valid_begin")?,
        to: day("valid_end")?,
        correction: row.boolean("correction")?,
        reason: view.reason.clone(),
    })
}
