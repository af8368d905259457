//! Steps about records of registers: written, read as they are or were, and changes that a second person decides.

use jiff::civil::{Date, DateTime};
use serde_json::{Map, Value as Json, json};
use yuandu_base::calendar::Calendar;
use yuandu_identity::{Actor, OpCtx};
use yuandu_registers::{AmendRecord, AsOf, DecideDraft, PutRecord, RegistersError};
use yuandu_schema::reading::Table;

use super::run::denied;
use super::world::{World, WorldError};
use super::{Deed, ToRead, ToRecord};

pub(super) fn to_record(table: &Table<'_>) -> Option<Deed> {
    Some(Deed::Record(ToRecord {
        from: day(table, "from"),
        to: day(table, "to"),
        correction: table.flag("correction"),
        reason: table.opt_text("reason"),
        register: table.text("register")?,
    }))
}

pub(super) fn to_read(table: &Table<'_>) -> Option<Deed> {
    let (register, record) = (table.text("register"), table.text("record"));
    Some(Deed::Read(ToRead {
        on: day(table, "on"),
        known: scalar(table, "known", "2026-09-21T09:00"),
        register: register?,
        record: record?,
    }))
}

pub(super) fn decide(table: &Table<'_>) -> Option<Deed> {
    let (register, record) = (table.text("register"), table.text("record"));
    let reason = table.opt_text("reason").unwrap_or_default();
    let approve = match table.text("outcome")?.as_str() {
        "approve" => true,
        "refuse" => false,
        _ => {
            let en = "`outcome` of a draft is approve or refuse";
            let zh = "草稿的 outcome 应为 approve 或 refuse";
            table.problem_at("outcome", "scenarios.step", zh, en);
            return None;
        }
    };
    Some(Deed::Decide {
        register: register?,
        record: record?,
        approve,
        reason,
    })
}

fn day(table: &Table<'_>, key: &str) -> Option<Date> {
    scalar(table, key, "2026-09-21")
}

/// A date or time that may be left out and must exist.
fn scalar<T: std::str::FromStr>(table: &Table<'_>, key: &str, like: &str) -> Option<T> {
    let text = table.opt_scalar(key)?;
    let read = text.parse().ok();
    if read.is_none() {
        let zh = format!("{key} 是 `{text}`，应写成存在的日期，例如 {like}");
        let en = format!("`{key}` is `{text}`; it must be one that exists, like {like}");
        table.problem_at(key, "scenarios.step", zh, en);
    }
    read
}

impl World<'_> {
    /// Writes a record; answers the outcome, and how many records may be the same thing where the register looks for them.
    pub(super) fn record(
        &self,
        ctx: &OpCtx,
        record: &ToRecord,
        data: Map<String, Json>,
    ) -> Result<Map<String, Json>, WorldError> {
        let register = self.register_name(&record.register);
        let put = PutRecord {
            register: register.clone(),
            data,
            ..PutRecord::default()
        };
        let plain = ToRecord {
            register: record.register.clone(),
            ..ToRecord::default()
        };
        let result = if *record == plain {
            self.registers.put_record(ctx, &put)?
        } else {
            let amend = AmendRecord {
                put,
                from: record.from,
                to: record.to,
                correction: record.correction,
                reason: record.reason.clone(),
            };
            self.registers.amend_record(ctx, &amend)?
        };
        let platform = ctx.as_actor(Actor::System("scenario"));
        let pairs = self
            .registers
            .matches_of(&platform, &register, &result.id)?
            .len();
        let answered = json!({ "outcome": result.outcome, "pairs": pairs });
        Ok(answered.as_object().cloned().unwrap_or_default())
    }

    /// Reads a record, as it is or as it was; answers its values.
    pub(super) fn read_record(
        &self,
        ctx: &OpCtx,
        read: &ToRead,
    ) -> Result<Map<String, Json>, WorldError> {
        let (register, id) = (self.register_name(&read.register), read.record.as_str());
        let view = if read.on.is_none() && read.known.is_none() {
            self.registers.get_record(ctx, &register, id, false)?
        } else {
            let as_of = self.as_of(read.on, read.known)?;
            self.registers
                .get_record_as_of(ctx, &register, id, &as_of)?
        };
        Ok([("value".to_owned(), Json::Object(view.values))]
            .into_iter()
            .collect())
    }

    fn as_of(&self, on: Option<Date>, known: Option<DateTime>) -> Result<AsOf, WorldError> {
        let calendar = Calendar::statutory();
        let known_at = match known {
            Some(known) => calendar
                .time_zone()
                .to_timestamp(known)
                .map_err(|error| WorldError::Text(error.to_string()))?,
            None => self.now(),
        };
        Ok(AsOf {
            on: on.unwrap_or_else(|| calendar.local_date(self.now())),
            known_at,
        })
    }

    /// Decides the draft of a record that waits.
    pub(super) fn decide(
        &self,
        ctx: &OpCtx,
        (register, record): (&str, &str),
        (approve, reason): (bool, &str),
    ) -> Result<(), WorldError> {
        let register = self.register_name(register);
        let platform = ctx.as_actor(Actor::System("scenario"));
        let drafts = self.registers.list_drafts(&platform, &register)?;
        let waiting = drafts.into_iter().find(|draft| draft.record == record);
        let draft = waiting.ok_or_else(|| {
            WorldError::Text(format!("no change of `{record}` waits in `{register}`"))
        })?;
        let decide = DecideDraft {
            register,
            id: draft.id,
            approve,
            reason: reason.to_owned(),
        };
        self.registers.decide_draft(ctx, &decide)?;
        Ok(())
    }
}

/// The codes and fields of a refusal, or the word for its kind and what it says.
pub(super) fn reasons(error: &RegistersError) -> Vec<String> {
    let word = match error {
        RegistersError::Invalid { problems } => {
            let told = problems.iter();
            return told
                .flat_map(|p| [p.code.clone(), p.place.clone()])
                .collect();
        }
        RegistersError::Identity(error) => return denied(error),
        RegistersError::NoRegister { .. } | RegistersError::NoRecord { .. } => "not_found",
        RegistersError::Changed { .. } => "changed",
        RegistersError::InUse { .. } => "in_use",
        _ => "failed",
    };
    vec![word.to_owned(), error.to_string()]
}
