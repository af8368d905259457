//! Merges two records that mean the same, and takes a merge back.
//!
//! The record that is kept takes from the other what it does not say itself; the other leaves the register, and whoever points
//! at it is shown the kept one. Nothing is lost: taken back, both stand as they stood.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value as Json, json};
use yuandu_base::Problem;
use yuandu_identity::OpCtx;
use yuandu_schema::{History, RegisterDef};
use yuandu_store::{Change, Expect, Plan, Reader, Row, StoreError, TableDef, Value};

use super::drafts::refuse_unseen;
use super::matches::{self, check_reason, decided, pair_key};
use crate::record::{from_row, to_change};
use crate::registers::today;
use crate::table::stored;
use crate::timeline::{self, revise};
use crate::versions::{How, Versions, Writing};
use crate::{RecordView, Registers, RegistersError, queries};

/// The table of merges.
pub(crate) const TABLE: &str = "register_merges";
/// Merges of an answer at most.
const MOST: usize = 50;

/// Two records to be one.
#[derive(Debug, Clone)]
pub struct MergeRecords {
    /// The register.
    pub register: String,
    /// The record that stays.
    pub kept: String,
    /// The record that goes into it.
    pub gone: String,
    /// What was looked at.
    pub reason: String,
}

/// A merge as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MergeView {
    /// Its id.
    pub id: String,
    /// The record that stayed.
    pub kept: String,
    /// The record that went into it.
    pub gone: String,
    /// The fields that were filled from it.
    pub filled: Vec<String>,
    /// Why.
    pub reason: String,
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Whether it was taken back.
    pub undone: bool,
}

/// The table of merges.
pub(crate) fn table() -> TableDef {
    TableDef::new(TABLE)
        .text("register")
        .text("id")
        .text("gone")
        .text("kept")
        .text("held")
        .text("filled")
        .text("reason")
        .text("state")
        .text("merged_by")
        .int("merged_at")
        .opt_text("undone_by")
        .opt_int("undone_at")
        .key(["register", "id"])
        .index(["register", "gone"])
        .index(["register", "merged_at"])
}

/// Where records went, of those among `ids` that were merged into another.
pub(crate) fn merged(
    reader: &Reader<'_>,
    realm: i64,
    (def, ids): (&RegisterDef, &[String]),
) -> Result<BTreeMap<String, String>, StoreError> {
    if def.matching.is_none() || ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = queries::merges_of(reader, TABLE, realm, (&def.full_name(), ids))?;
    rows.iter()
        .map(|row| Ok((row.text("gone")?, row.text("kept")?)))
        .collect()
}

/// A record that was merged away is written again under its old id.
pub(crate) fn merged_away(def: &RegisterDef, id: &str, kept: &str) -> Problem {
    Problem::new(
        "registers.merged_away",
        def.key.first().map_or("", String::as_str),
        format!("`{id}` 已并入 `{kept}`，请改写那一条，或先撤销合并"),
        format!("`{id}` was merged into `{kept}`; write that one, or take the merge back first"),
    )
}

/// A record as a merge finds it.
struct Found {
    id: String,
    values: Map<String, Json>,
    pos: i64,
    versions: Option<Versions>,
}

impl Registers {
    /// Merges one record into another.
    ///
    /// # Errors
    /// [`RegistersError::Invalid`] without a reason or of a record with itself, [`RegistersError::NoRecord`] when one is not there.
    pub fn merge_records(
        &self,
        ctx: &OpCtx,
        merge: &MergeRecords,
    ) -> Result<MergeView, RegistersError> {
        let def = self.def(&merge.register)?;
        self.require(ctx, "registers.write", def)?;
        refuse_unseen(ctx, def)?;
        check_reason(&merge.reason)?;
        if merge.kept == merge.gone || def.matching.is_none() {
            return Err(RegistersError::invalid(Problem::new(
                "registers.merge",
                "",
                "只能合并声明了查重规则的登记簿中两条不同的记录",
                "two different records of a register that declares matching can be merged",
            )));
        }
        let kept = self.found(ctx, def, &merge.kept)?;
        let gone = self.found(ctx, def, &merge.gone)?;
        let taken: Map<String, Json> = stored(def)
            .filter(|field| {
                !def.key.contains(&field.name) && !kept.values.contains_key(&field.name)
            })
            .filter_map(|field| {
                let value = gone.values.get(&field.name)?;
                Some((field.name.clone(), value.clone()))
            })
            .collect();
        let filled: Vec<String> = taken.keys().cloned().collect();
        let realm = i64::from(ctx.realm.get());
        let (count, pair) = self.store.read(|reader| {
            let name = def.full_name();
            let (first, second) = if merge.kept < merge.gone {
                (&merge.kept, &merge.gone)
            } else {
                (&merge.gone, &merge.kept)
            };
            let count = queries::count_merges(reader, TABLE, realm, (&name, &merge.gone))?;
            let pair = queries::pair(reader, matches::TABLE, realm, (&name, first, second))?;
            Ok::<_, StoreError>((count, pair))
        })?;
        let view = MergeView {
            id: format!("{}~{}", merge.gone, count + 1),
            kept: merge.kept.clone(),
            gone: merge.gone.clone(),
            filled,
            reason: merge.reason.clone(),
            by: ctx.actor_name(),
            at: ctx.now(),
            undone: false,
        };
        let note = json!({ "merge": view.id, "kept": view.kept, "gone": view.gone, "filled": view.filled, "reason": view.reason });
        let subject = super::put_record::subject(def, &merge.kept);
        let mut plan = Plan::new(
            ctx.realm,
            ctx.entry("registers.merge_records", subject, note),
        );
        plan = self.with_values(ctx, def, &kept, &taken, plan)?;
        plan = self.without(ctx, def, &gone, plan);
        plan = plan.expect(Expect::absent(TABLE, merge_key(def, &view.id)));
        plan = plan.change(merge_row(def, &view, (&gone.values, taken)));
        if let Some(pair) = pair {
            let key = pair_key(def, &merge.kept, &merge.gone);
            plan = plan
                .expect(Expect::unchanged(
                    matches::TABLE,
                    key.clone(),
                    pair.int("pos")?,
                ))
                .change(decided(ctx, key, ("merged", &merge.reason)));
        }
        self.store.commit(plan)?;
        Ok(view)
    }

    /// The latest merges of a register, those taken back too.
    ///
    /// # Errors
    /// When the actor may not write the register.
    pub fn list_merges(
        &self,
        ctx: &OpCtx,
        register: &str,
    ) -> Result<Vec<MergeView>, RegistersError> {
        let def = self.def(register)?;
        self.require(ctx, "registers.write", def)?;
        let realm = i64::from(ctx.realm.get());
        let rows = self
            .store
            .read(|reader| queries::merges(reader, TABLE, realm, (register, MOST)))?;
        Ok(rows.iter().map(view).collect::<Result<_, _>>()?)
    }

    /// Takes a merge back: the record that went is there again as it was, and what was filled from it is empty again where
    /// nobody changed it since.
    ///
    /// # Errors
    /// [`RegistersError::Changed`] when it was taken back already, [`RegistersError::Invalid`] without a reason.
    pub fn undo_merge(
        &self,
        ctx: &OpCtx,
        (register, id, reason): (&str, &str, &str),
    ) -> Result<MergeView, RegistersError> {
        let def = self.def(register)?;
        self.require(ctx, "registers.write", def)?;
        refuse_unseen(ctx, def)?;
        check_reason(reason)?;
        let realm = i64::from(ctx.realm.get());
        let row = self
            .store
            .read(|reader| queries::merge(reader, TABLE, realm, (register, id)))?;
        let Some(row) = row else {
            return Err(RegistersError::NoRecord {
                register: register.to_owned(),
                id: id.to_owned(),
            });
        };
        let merge = view(&row)?;
        if merge.undone {
            return Err(RegistersError::Changed { id: id.to_owned() });
        }
        let note = json!({ "merge": id, "kept": merge.kept, "gone": merge.gone, "reason": reason });
        let subject = super::put_record::subject(def, &merge.kept);
        let mut plan = Plan::new(ctx.realm, ctx.entry("registers.undo_merge", subject, note));
        plan = self.without_filled(ctx, def, (&merge.kept, &object(&row, "filled")?), plan)?;
        plan = self.again(ctx, def, (&merge.gone, &object(&row, "held")?), plan)?;
        let set = merge_key(def, id)
            .into_iter()
            .fold(Change::set(TABLE), |change, (name, value)| {
                change.key(name, value)
            });
        plan = plan
            .expect(Expect::unchanged(
                TABLE,
                merge_key(def, id),
                row.int("pos")?,
            ))
            .change(
                set.with("state", "undone")
                    .with("undone_by", ctx.actor_name())
                    .with("undone_at", ctx.now()),
            );
        // Who takes a merge back says that they are two.
        let (one, other) = (&merge.kept, &merge.gone);
        let (first, second) = if one < other {
            (one, other)
        } else {
            (other, one)
        };
        let pair = self.store.read(|reader| {
            queries::pair(reader, matches::TABLE, realm, (register, first, second))
        })?;
        if pair.is_some() {
            plan = plan.change(decided(
                ctx,
                pair_key(def, first, second),
                ("apart", reason),
            ));
        }
        self.store.commit(plan)?;
        Ok(MergeView {
            undone: true,
            ..merge
        })
    }

    /// Where a record went that is not there any more.
    ///
    /// # Errors
    /// When the store fails.
    pub fn merged_into(
        &self,
        ctx: &OpCtx,
        register: &str,
        id: &str,
    ) -> Result<Option<String>, RegistersError> {
        let def = self.def(register)?;
        self.require(ctx, "registers.view", def)?;
        let realm = i64::from(ctx.realm.get());
        let gone = self
            .store
            .read(|reader| merged(reader, realm, (def, &[id.to_owned()])))?;
        Ok(gone.into_values().next())
    }

    fn found(&self, ctx: &OpCtx, def: &RegisterDef, id: &str) -> Result<Found, RegistersError> {
        let realm = i64::from(ctx.realm.get());
        let (row, versions) = self.store.read(|reader| {
            let row = queries::one(reader, def, realm, id)?;
            let versions = match def.history {
                History::Bitemporal => Some(Versions::load(reader, def, realm, id)?),
                History::Current => None,
            };
            Ok::<_, StoreError>((row, versions))
        })?;
        let Some(row) = row else {
            return Err(RegistersError::NoRecord {
                register: def.full_name(),
                id: id.to_owned(),
            });
        };
        let RecordView { values, .. } = from_row(def, &row)?;
        Ok(Found {
            id: id.to_owned(),
            values,
            pos: row.int("pos")?,
            versions,
        })
    }

    /// Lays values over a record; `null` empties a field.
    fn with_values(
        &self,
        ctx: &OpCtx,
        def: &RegisterDef,
        found: &Found,
        laid: &Map<String, Json>,
        plan: Plan,
    ) -> Result<Plan, RegistersError> {
        let Some(versions) = &found.versions else {
            let after = self.checked(ctx, def, (Some(&found.values), today(ctx)), laid)?;
            let plan = plan.expect(unchanged(def, found));
            if laid.is_empty() {
                return Ok(plan);
            }
            return Ok(plan.change(to_change(def, &found.id, &after, ctx.now())));
        };
        let revision = revise(&versions.spans(), today(ctx), None, |old, on| {
            self.checked(ctx, def, (old, on), laid)
        })?;
        let writing = Writing {
            def,
            id: &found.id,
            how: How::Changed,
            why: None,
        };
        Ok(writing.plan(ctx, versions, &revision, plan))
    }

    /// Takes a record out.
    fn without(&self, ctx: &OpCtx, def: &RegisterDef, found: &Found, plan: Plan) -> Plan {
        let Some(versions) = &found.versions else {
            return plan
                .expect(unchanged(def, found))
                .change(Change::delete(def.table()).key("id", found.id.as_str()));
        };
        let revision = timeline::end(&versions.spans(), today(ctx));
        let writing = Writing {
            def,
            id: &found.id,
            how: How::Kept,
            why: None,
        };
        writing.plan(ctx, versions, &revision, plan)
    }

    /// Empties what was filled into the kept record, where nobody changed it since.
    fn without_filled(
        &self,
        ctx: &OpCtx,
        def: &RegisterDef,
        (kept, filled): (&str, &Map<String, Json>),
        plan: Plan,
    ) -> Result<Plan, RegistersError> {
        let kept = match self.found(ctx, def, kept) {
            Ok(kept) => kept,
            // Removed since: there is nothing to take out of it.
            Err(RegistersError::NoRecord { .. }) => return Ok(plan),
            Err(error) => return Err(error),
        };
        let same = filled
            .iter()
            .filter(|(name, value)| kept.values.get(*name) == Some(value));
        let emptied: Map<String, Json> = same.map(|(name, _)| (name.clone(), Json::Null)).collect();
        self.with_values(ctx, def, &kept, &emptied, plan)
    }

    /// Puts a record back as it was.
    fn again(
        &self,
        ctx: &OpCtx,
        def: &RegisterDef,
        (id, held): (&str, &Map<String, Json>),
        plan: Plan,
    ) -> Result<Plan, RegistersError> {
        if def.history == History::Current {
            let plan = plan.expect(Expect::absent(def.table(), [("id", Value::from(id))]));
            return Ok(plan.change(to_change(def, id, held, ctx.now())));
        }
        let realm = i64::from(ctx.realm.get());
        let versions = self
            .store
            .read(|reader| Versions::load(reader, def, realm, id))?;
        let revision = revise(&versions.spans(), today(ctx), None, |_, _| {
            Ok::<_, RegistersError>(held.clone())
        })?;
        let writing = Writing {
            def,
            id,
            how: How::Created,
            why: None,
        };
        Ok(writing.plan(ctx, &versions, &revision, plan))
    }
}

fn unchanged(def: &RegisterDef, found: &Found) -> Expect {
    Expect::unchanged(def.table(), [("id", Value::from(&found.id))], found.pos)
}

fn merge_key(def: &RegisterDef, id: &str) -> [(&'static str, Value); 2] {
    [
        ("register", Value::from(def.full_name())),
        ("id", id.into()),
    ]
}

/// The row of a merge: it holds what is needed to take it back.
fn merge_row(
    def: &RegisterDef,
    view: &MergeView,
    (held, taken): (&Map<String, Json>, Map<String, Json>),
) -> Change {
    Change::put(TABLE)
        .with("register", def.full_name())
        .with("id", view.id.as_str())
        .with("gone", view.gone.as_str())
        .with("kept", view.kept.as_str())
        .with("held", Json::Object(held.clone()).to_string())
        .with("filled", Json::Object(taken).to_string())
        .with("reason", view.reason.as_str())
        .with("state", "merged")
        .with("merged_by", view.by.as_str())
        .with("merged_at", view.at)
}

fn object(row: &Row, column: &str) -> Result<Map<String, Json>, StoreError> {
    Ok(match row.json(column)? {
        Json::Object(object) => object,
        _ => Map::new(),
    })
}

fn view(row: &Row) -> Result<MergeView, StoreError> {
    Ok(MergeView {
        id: row.text("id")?,
        kept: row.text("kept")?,
        gone: row.text("gone")?,
        filled: object(row, "filled")?.keys().cloned().collect(),
        reason: row.text("reason")?,
        by: row.text("merged_by")?,
        at: row.timestamp("merged_at")?,
        undone: row.text("state")? == "undone",
    })
}
