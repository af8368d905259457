//! Changes or corrects a record of a register that keeps versions, from a day on or for some days.
//!
//! A change says that the matter became different; a correction says that what was recorded was wrong. Neither overwrites:
//! what was believed before stays, with the time until when.

use jiff::civil::Date;
use serde_json::json;
use yuandu_base::{ErrorKind, Problem};
use yuandu_identity::OpCtx;
use yuandu_schema::{History, RegisterDef};
use yuandu_store::Plan;

use super::drafts::waits;
use super::put_record::{
    ATTEMPTS, PutOutcome, PutRecord, PutResult, changed_fields, exists, id_of_input, subject,
};
use crate::registers::today;
use crate::timeline::{Revision, revise};
use crate::versions::{How, Versions, Writing, no_versions};
use crate::{Registers, RegistersError};

/// Longest reason, in characters.
const REASON_MAX: usize = 500;

/// A change or correction of a record.
#[derive(Debug, Clone, Default)]
pub struct AmendRecord {
    /// The record and the fields that are different.
    pub put: PutRecord,
    /// First day of the difference; today for a change, the first day of the present version for a correction.
    pub from: Option<Date>,
    /// The day after the last one; absent: from then on.
    pub to: Option<Date>,
    /// What was recorded was wrong; needs a reason.
    pub correction: bool,
    /// Why.
    pub reason: Option<String>,
}

impl Registers {
    /// Checks and writes versions of a record.
    ///
    /// # Errors
    /// [`RegistersError::Invalid`] with all problems, [`RegistersError::Changed`] when `version` is no longer the last one.
    pub fn amend_record(
        &self,
        ctx: &OpCtx,
        amend: &AmendRecord,
    ) -> Result<PutResult, RegistersError> {
        let def = self.def(&amend.put.register)?;
        self.require(ctx, "registers.write", def)?;
        check_frame(def, amend)?;
        if waits(ctx, def) {
            let id = id_of_input(def, &amend.put.data)?;
            self.check_proposal(ctx, def, amend, &id)?;
            return self.propose(ctx, def, amend, &id);
        }
        self.amend_versions(ctx, def, amend, &|plan| plan)
    }

    /// Writes what was approved; `with` closes its draft in the same entry.
    pub(super) fn write_approved(
        &self,
        ctx: &OpCtx,
        def: &RegisterDef,
        amend: &AmendRecord,
        with: impl Fn(Plan) -> Plan,
    ) -> Result<PutResult, RegistersError> {
        match def.history {
            History::Bitemporal => self.amend_versions(ctx, def, amend, &with),
            History::Current => self.put_present(ctx, def, &amend.put, &with),
        }
    }

    /// Whether a proposal would be taken as things stand.
    fn check_proposal(
        &self,
        ctx: &OpCtx,
        def: &RegisterDef,
        amend: &AmendRecord,
        id: &str,
    ) -> Result<(), RegistersError> {
        let realm = i64::from(ctx.realm.get());
        let versions = self
            .store
            .read(|reader| Versions::load(reader, def, realm, id))?;
        let before = versions.present().map(|known| &known.span.values);
        let on = amend.from.unwrap_or_else(|| today(ctx));
        self.checked(ctx, def, (before, on), &amend.put.data)?;
        Ok(())
    }

    fn amend_versions(
        &self,
        ctx: &OpCtx,
        def: &RegisterDef,
        amend: &AmendRecord,
        with: &dyn Fn(Plan) -> Plan,
    ) -> Result<PutResult, RegistersError> {
        let id = id_of_input(def, &amend.put.data)?;
        for _ in 1..ATTEMPTS {
            match self.try_amend(ctx, def, (amend, &id), with) {
                Err(RegistersError::Store(error))
                    if error.kind() == ErrorKind::Conflict && amend.put.version.is_none() => {}
                other => return other,
            }
        }
        self.try_amend(ctx, def, (amend, &id), with)
    }

    fn try_amend(
        &self,
        ctx: &OpCtx,
        def: &RegisterDef,
        (amend, id): (&AmendRecord, &str),
        with: &dyn Fn(Plan) -> Plan,
    ) -> Result<PutResult, RegistersError> {
        let realm = i64::from(ctx.realm.get());
        let versions = self
            .store
            .read(|reader| Versions::load(reader, def, realm, id))?;
        let put = &amend.put;
        let present = versions.present();
        let seen_last = put
            .version
            .is_none_or(|seen| present.is_some_and(|known| i64::try_from(seen) == Ok(known.pos)));
        if !seen_last {
            return Err(RegistersError::Changed { id: id.to_owned() });
        }
        let (from, to) = days(ctx, amend, &versions);
        let revision = revise(&versions.spans(), from, to, |old, on| {
            self.checked(ctx, def, (old, on), &put.data)
        })?;
        let outcome = match (versions.known.is_empty(), revision == Revision::default()) {
            (_, true) => PutOutcome::Unchanged,
            (true, _) => PutOutcome::Created,
            _ => PutOutcome::Updated,
        };
        let mut result = PutResult {
            id: id.to_owned(),
            outcome,
            position: None,
        };
        if outcome == PutOutcome::Unchanged {
            return Ok(result);
        }
        if put.create && present.is_some() {
            return Err(exists(def, id));
        }
        if present.is_none() {
            self.refuse_merged_away(realm, def, id)?;
        }
        let mut plan = amendment(ctx, def, amend, (&versions, &revision, &result));
        let of_today = revision
            .fresh
            .iter()
            .find(|fresh| fresh.span.covers(today(ctx)));
        if let Some(fresh) = of_today {
            plan = plan.changes(self.pair_changes(ctx, def, (id, &fresh.span.values))?);
        }
        let receipt =
            self.store
                .commit(with(plan))
                .map_err(|error| match (error.kind(), put.version) {
                    (ErrorKind::Conflict, Some(_)) => RegistersError::Changed { id: id.to_owned() },
                    _ => RegistersError::Store(error),
                })?;
        result.position = Some(receipt.position);
        Ok(result)
    }
}

/// The days of the difference.
fn days(ctx: &OpCtx, amend: &AmendRecord, versions: &Versions) -> (Date, Option<Date>) {
    let present = versions.present().filter(|_| amend.correction);
    let from = amend
        .from
        .or_else(|| present.map(|known| known.span.from))
        .unwrap_or_else(|| today(ctx));
    // A correction without days is about the version that is shown, and about no other.
    let whole = amend.from.is_none() && amend.to.is_none();
    let to = amend
        .to
        .or_else(|| present.filter(|_| whole).and_then(|known| known.span.to));
    (from, to)
}

fn amendment(
    ctx: &OpCtx,
    def: &RegisterDef,
    amend: &AmendRecord,
    (versions, revision, result): (&Versions, &Revision, &PutResult),
) -> Plan {
    let how = match (result.outcome, amend.correction) {
        (PutOutcome::Created, _) => How::Created,
        (_, true) => How::Corrected,
        _ => How::Changed,
    };
    let before = versions.present().map(|known| &known.span.values);
    let after = revision.fresh.iter().find(|fresh| fresh.rest_of.is_none());
    let fields = after.map(|fresh| changed_fields(before, &fresh.span.values));
    let mut note = json!({ "outcome": result.outcome, "how": how, "fields": fields });
    if let (Some(note), Some(reason)) = (note.as_object_mut(), &amend.reason) {
        note.insert("reason".to_owned(), reason.as_str().into());
    }
    let entry = ctx.entry("registers.put_record", subject(def, &result.id), note);
    let writing = Writing {
        def,
        id: &result.id,
        how,
        why: amend.reason.as_deref(),
    };
    writing
        .plan(ctx, versions, revision, Plan::new(ctx.realm, entry))
        .idempotent(amend.put.idempotency.clone())
        .reply(json!({ "id": result.id, "outcome": result.outcome }))
}

/// What can be said before anything is read.
fn check_frame(def: &RegisterDef, amend: &AmendRecord) -> Result<(), RegistersError> {
    let with_days = amend.from.is_some() || amend.to.is_some() || amend.correction;
    if def.history != History::Bitemporal && (with_days || !def.approval) {
        return Err(no_versions(def));
    }
    let mut problems = Vec::new();
    if let (Some(from), Some(to)) = (amend.from, amend.to)
        && to <= from
    {
        problems.push(Problem::new(
            "registers.days_reversed",
            "to",
            format!("截止日 {to} 应晚于起始日 {from}"),
            format!("the end {to} must be after the beginning {from}"),
        ));
    }
    let reason = amend.reason.as_deref().unwrap_or_default().trim();
    if amend.correction && reason.is_empty() {
        problems.push(Problem::new(
            "registers.reason_missing",
            "reason",
            "更正应写明理由",
            "a correction needs a reason; say what was wrong",
        ));
    }
    if reason.chars().count() > REASON_MAX {
        problems.push(Problem::new(
            "registers.reason_long",
            "reason",
            format!("理由最多 {REASON_MAX} 个字符，请缩短"),
            format!("a reason has at most {REASON_MAX} characters; shorten it"),
        ));
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(RegistersError::Invalid { problems })
    }
}
