//! Writes one record: new, or changed in the fields that are sent.

use jiff::civil::Date;
use serde_json::{Map, Value as Json, json};
use yuandu_base::{ErrorKind, Problem};
use yuandu_identity::OpCtx;
use yuandu_schema::{FieldDef, History, RegisterDef, Requirement};
use yuandu_store::{Expect, IdempotencyKey, Plan, Value};

use super::amend_record::AmendRecord;
use super::drafts::waits;
use super::merge_records::{merged, merged_away};
use crate::existence::Known;
use crate::record::{id_of, to_change};
use crate::registers::today;
use crate::table::is_live;
use crate::{Registers, RegistersError, queries, record};

/// How often a write is planned again after someone else changed the record in between.
pub(super) const ATTEMPTS: usize = 3;

/// A record to write.
#[derive(Debug, Clone, Default)]
pub struct PutRecord {
    /// The register, `<package>.<register>`.
    pub register: String,
    /// Values by field; `null` clears a field, an absent one keeps what it has.
    pub data: Map<String, Json>,
    /// The version the person saw; a later one refuses the change. Absent: the last writer wins field by field.
    pub version: Option<u64>,
    /// The record is meant to be new: one that is there already and says something else is not changed.
    pub create: bool,
    /// Makes sending twice safe.
    pub idempotency: Option<IdempotencyKey>,
}

/// What a write did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PutOutcome {
    /// The record is new.
    Created,
    /// Values changed.
    Updated,
    /// Nothing differed; nothing was written.
    Unchanged,
    /// The change waits for a second person.
    Proposed,
}

/// The answer to a write.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct PutResult {
    /// The record's id.
    pub id: String,
    /// What happened.
    pub outcome: PutOutcome,
    /// The log position, when something was written.
    pub position: Option<u64>,
}

impl Registers {
    /// Checks and writes a record.
    ///
    /// # Errors
    /// [`RegistersError::Invalid`] with all problems, [`RegistersError::Changed`] when `version` is no longer the last one.
    pub fn put_record(&self, ctx: &OpCtx, put: &PutRecord) -> Result<PutResult, RegistersError> {
        let def = self.def(&put.register)?;
        if def.history == History::Bitemporal || waits(ctx, def) {
            let put = put.clone();
            return self.amend_record(
                ctx,
                &AmendRecord {
                    put,
                    ..AmendRecord::default()
                },
            );
        }
        self.require(ctx, "registers.write", def)?;
        self.put_present(ctx, def, put, &|plan| plan)
    }

    /// Writes the one version a register without history has; `with` adds what belongs to the same entry.
    pub(super) fn put_present(
        &self,
        ctx: &OpCtx,
        def: &RegisterDef,
        put: &PutRecord,
        with: &dyn Fn(Plan) -> Plan,
    ) -> Result<PutResult, RegistersError> {
        let id = id_of_input(def, &put.data)?;
        for _ in 1..ATTEMPTS {
            match self.try_put(ctx, def, (put, &id), with) {
                Err(RegistersError::Store(error))
                    if error.kind() == ErrorKind::Conflict && put.version.is_none() => {}
                other => return other,
            }
        }
        self.try_put(ctx, def, (put, &id), with)
    }

    fn try_put(
        &self,
        ctx: &OpCtx,
        def: &RegisterDef,
        (put, id): (&PutRecord, &str),
        with: &dyn Fn(Plan) -> Plan,
    ) -> Result<PutResult, RegistersError> {
        let realm = i64::from(ctx.realm.get());
        let row = self
            .store
            .read(|reader| queries::one(reader, def, realm, id))?;
        let before = row.map(|row| record::from_row(def, &row)).transpose()?;
        if put
            .version
            .is_some_and(|seen| before.as_ref().map(|view| view.version) != Some(seen))
        {
            return Err(RegistersError::Changed { id: id.to_owned() });
        }
        if before.is_none() {
            self.refuse_merged_away(realm, def, id)?;
        }
        let values = before.as_ref().map(|view| &view.values);
        let after = self.checked(ctx, def, (values, today(ctx)), &put.data)?;
        let outcome = outcome(values, &after);
        if outcome == PutOutcome::Unchanged {
            return Ok(PutResult {
                id: id.to_owned(),
                outcome,
                position: None,
            });
        }
        if put.create && before.is_some() {
            return Err(exists(def, id));
        }
        let key = [("id", Value::from(id))];
        let expect = match &before {
            Some(view) => Expect::unchanged(
                def.table(),
                key,
                i64::try_from(view.version).unwrap_or(i64::MAX),
            ),
            None => Expect::absent(def.table(), key),
        };
        let note = json!({ "outcome": outcome, "fields": changed_fields(values, &after) });
        let plan = Plan::new(
            ctx.realm,
            ctx.entry("registers.put_record", subject(def, id), note),
        )
        .expect(expect)
        .change(to_change(def, id, &after, ctx.now()))
        .changes(self.pair_changes(ctx, def, (id, &after))?)
        .idempotent(put.idempotency.clone())
        .reply(json!({ "id": id, "outcome": outcome }));
        let receipt =
            self.store
                .commit(with(plan))
                .map_err(|error| match (error.kind(), put.version) {
                    (ErrorKind::Conflict, Some(_)) => RegistersError::Changed { id: id.to_owned() },
                    _ => RegistersError::Store(error),
                })?;
        Ok(PutResult {
            id: id.to_owned(),
            outcome,
            position: Some(receipt.position),
        })
    }

    /// A record that was merged into another is not written again beside it.
    pub(super) fn refuse_merged_away(
        &self,
        realm: i64,
        def: &RegisterDef,
        id: &str,
    ) -> Result<(), RegistersError> {
        let gone = self
            .store
            .read(|reader| merged(reader, realm, (def, &[id.to_owned()])))?;
        match gone.get(id) {
            Some(kept) => Err(RegistersError::invalid(merged_away(def, id, kept))),
            None => Ok(()),
        }
    }

    /// The whole record after the change, checked by what counts on the day, and with everything it points at.
    pub(super) fn checked(
        &self,
        ctx: &OpCtx,
        def: &RegisterDef,
        (before, on): (Option<&Map<String, Json>>, Date),
        data: &Map<String, Json>,
    ) -> Result<Map<String, Json>, RegistersError> {
        let merged = merge(def, before, data);
        let after = self
            .check(def, &merged, on)
            .map_err(|problems| RegistersError::Invalid { problems })?;
        let realm = i64::from(ctx.realm.get());
        let dangling = self
            .store
            .read(|reader| self.dangling(reader, def, realm, &[&after], &mut Known::default()))?;
        if dangling.is_empty() {
            return Ok(after);
        }
        Err(RegistersError::Invalid {
            problems: dangling.into_iter().map(|(_, problem)| problem).collect(),
        })
    }
}

pub(super) fn exists(def: &RegisterDef, id: &str) -> RegistersError {
    RegistersError::invalid(Problem::new(
        "registers.exists",
        def.key.first().map_or("", String::as_str),
        format!("`{id}` 已经登记过，请换一个编号，或去修改那条记录"),
        format!("`{id}` is registered already; choose another, or change that record"),
    ))
}

/// The id of what is sent: the key fields must be there and right before anything can be looked up.
pub(super) fn id_of_input(
    def: &RegisterDef,
    data: &Map<String, Json>,
) -> Result<String, RegistersError> {
    let mut key = Map::new();
    let mut problems = Vec::new();
    for name in &def.key {
        let Some(field) = def.field(name) else {
            continue;
        };
        match field.check(data.get(name).unwrap_or(&Json::Null)) {
            Ok(value) => {
                key.insert(name.clone(), value);
            }
            Err(problem) => problems.push(problem),
        }
    }
    match id_of(def, &key) {
        Some(id) if problems.is_empty() => Ok(id),
        _ => Err(RegistersError::Invalid { problems }),
    }
}

/// What is stored with what is sent laid over it; defaults fill new records.
pub(crate) fn merge(
    def: &RegisterDef,
    before: Option<&Map<String, Json>>,
    data: &Map<String, Json>,
) -> Map<String, Json> {
    let mut merged = match before {
        Some(values) => values.clone(),
        None => defaults(def),
    };
    for (name, value) in data {
        let field = def.field(name);
        // An empty answer to a field that must be filled means its default.
        let default = field.filter(|field| {
            value.is_null() && (before.is_none() || field.required == Requirement::Always)
        });
        let value = default
            .and_then(literal_default)
            .unwrap_or_else(|| value.clone());
        if !field.is_some_and(is_live) {
            merged.insert(name.clone(), value);
        }
    }
    merged
}

fn defaults(def: &RegisterDef) -> Map<String, Json> {
    def.fields
        .iter()
        .filter_map(|field| Some((field.name.clone(), literal_default(field)?)))
        .collect()
}

fn literal_default(field: &FieldDef) -> Option<Json> {
    field.check_text(field.default_literal()?).ok()
}

pub(crate) fn outcome(before: Option<&Map<String, Json>>, after: &Map<String, Json>) -> PutOutcome {
    match before {
        None => PutOutcome::Created,
        Some(values) if values == after => PutOutcome::Unchanged,
        Some(_) => PutOutcome::Updated,
    }
}

/// Names of the fields that differ; the values themselves stand in the row change of the log.
pub(crate) fn changed_fields(
    before: Option<&Map<String, Json>>,
    after: &Map<String, Json>,
) -> Vec<String> {
    let empty = Map::new();
    let old = before.unwrap_or(&empty);
    let names = old
        .keys()
        .chain(after.keys().filter(|name| !old.contains_key(*name)));
    names
        .filter(|name| old.get(*name) != after.get(*name))
        .cloned()
        .collect()
}

pub(crate) fn subject(def: &RegisterDef, id: &str) -> String {
    format!("record/{}/{id}", def.full_name())
}
