//! Pairs of records that may mean the same: they wait for a person, who merges them or says that they are two.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use yuandu_base::Problem;
use yuandu_identity::OpCtx;
use yuandu_schema::RegisterDef;
use yuandu_store::{Change, Expect, Plan, Reader, Receipt, Row, StoreError, TableDef, Value};

use crate::matching::{Evidence, Pair};
use crate::record::{self, RecordView, mask};
use crate::{Registers, RegistersError, queries};

/// The table of pairs.
pub(crate) const TABLE: &str = "register_matches";
/// Pairs of an answer at most.
const MOST: usize = 50;
/// Pairs that are counted.
const COUNTED: i64 = 1_000;
/// Longest reason, in characters.
const REASON_MAX: usize = 500;

/// A pair that waits.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MatchView {
    /// Of a hundred.
    pub score: u32,
    /// Why, field by field.
    pub evidence: Vec<Evidence>,
    /// One record; restricted values are masked.
    pub first: RecordView,
    /// The other one.
    pub second: RecordView,
    /// When the pair was found.
    pub found_at: Timestamp,
}

/// A pair said to be two different things.
#[derive(Debug, Clone)]
pub struct KeepApart {
    /// The register.
    pub register: String,
    /// One record.
    pub first: String,
    /// The other one.
    pub second: String,
    /// What was looked at.
    pub reason: String,
}

/// The table of pairs.
pub(crate) fn table() -> TableDef {
    TableDef::new(TABLE)
        .text("register")
        .text("first_id")
        .text("second_id")
        .int("score")
        .text("evidence")
        .text("state")
        .int("found_at")
        .opt_text("decided_by")
        .opt_int("decided_at")
        .opt_text("reason")
        .key(["register", "first_id", "second_id"])
        .index(["register", "state", "score"])
        .index(["register", "second_id"])
}

/// The row of a pair that was found.
pub(crate) fn change(ctx: &OpCtx, def: &RegisterDef, pair: &Pair) -> Change {
    Change::put(TABLE)
        .with("register", def.full_name())
        .with("first_id", pair.first.as_str())
        .with("second_id", pair.second.as_str())
        .with("score", i64::from(pair.score))
        .with("evidence", json!(pair.evidence).to_string())
        .with("state", "open")
        .with("found_at", ctx.now())
}

/// The pairs among those of these first records that are there already.
pub(crate) fn known(
    reader: &Reader<'_>,
    realm: i64,
    (def, firsts): (&RegisterDef, &[String]),
) -> Result<HashSet<(String, String)>, StoreError> {
    let rows = queries::pairs_of_first(reader, TABLE, realm, (&def.full_name(), firsts))?;
    rows.iter()
        .map(|row| Ok((row.text("first_id")?, row.text("second_id")?)))
        .collect()
}

/// That nobody found the pair meanwhile.
pub(crate) fn unknown(def: &RegisterDef, pair: &Pair) -> Expect {
    Expect::absent(TABLE, pair_key(def, &pair.first, &pair.second))
}

/// Names a pair.
pub(crate) fn pair_key(def: &RegisterDef, first: &str, second: &str) -> [(&'static str, Value); 3] {
    let (first, second) = if first < second {
        (first, second)
    } else {
        (second, first)
    };
    [
        ("register", Value::from(def.full_name())),
        ("first_id", first.into()),
        ("second_id", second.into()),
    ]
}

/// Ends a pair.
pub(crate) fn decided(
    ctx: &OpCtx,
    key: [(&'static str, Value); 3],
    (state, reason): (&str, &str),
) -> Change {
    let change = key
        .into_iter()
        .fold(Change::set(TABLE), |change, (name, value)| {
            change.key(name, value)
        });
    change
        .with("state", state)
        .with("decided_by", ctx.actor_name())
        .with("decided_at", ctx.now())
        .with("reason", reason)
}

/// A reason that was given and is not too long.
pub(crate) fn check_reason(reason: &str) -> Result<(), RegistersError> {
    if reason.trim().is_empty() {
        return Err(RegistersError::invalid(Problem::new(
            "registers.reason_missing",
            "reason",
            "请写明理由：核对了什么",
            "say why: what was looked at",
        )));
    }
    if reason.chars().count() > REASON_MAX {
        return Err(RegistersError::invalid(Problem::new(
            "registers.reason_long",
            "reason",
            format!("理由最多 {REASON_MAX} 个字符，请缩短"),
            format!("a reason has at most {REASON_MAX} characters; shorten it"),
        )));
    }
    Ok(())
}

impl Registers {
    /// The pairs of a register that wait, those most alike first.
    ///
    /// # Errors
    /// When the actor may not write the register.
    pub fn list_matches(
        &self,
        ctx: &OpCtx,
        register: &str,
    ) -> Result<Vec<MatchView>, RegistersError> {
        let def = self.def(register)?;
        self.require(ctx, "registers.write", def)?;
        let realm = i64::from(ctx.realm.get());
        let rows = self
            .store
            .read(|reader| queries::open_pairs(reader, TABLE, realm, (register, MOST)))?;
        self.match_views(realm, def, &rows)
    }

    /// The pairs that wait of one record.
    ///
    /// # Errors
    /// When the actor may not write the register.
    pub fn matches_of(
        &self,
        ctx: &OpCtx,
        register: &str,
        id: &str,
    ) -> Result<Vec<MatchView>, RegistersError> {
        let def = self.def(register)?;
        self.require(ctx, "registers.write", def)?;
        let realm = i64::from(ctx.realm.get());
        let rows = self
            .store
            .read(|reader| queries::open_pairs_of(reader, TABLE, realm, (register, id)))?;
        self.match_views(realm, def, &rows)
    }

    /// How many pairs wait, up to a thousand.
    ///
    /// # Errors
    /// When the actor may not write the register.
    pub fn count_matches(&self, ctx: &OpCtx, register: &str) -> Result<u64, RegistersError> {
        let def = self.def(register)?;
        self.require(ctx, "registers.write", def)?;
        let realm = i64::from(ctx.realm.get());
        let count = self
            .store
            .read(|reader| queries::count_open_pairs(reader, TABLE, realm, (register, COUNTED)))?;
        Ok(count.unsigned_abs())
    }

    /// Says that two records are about two different things; they are not asked about again.
    ///
    /// # Errors
    /// [`RegistersError::Invalid`] without a reason, [`RegistersError::Changed`] when the pair was decided meanwhile.
    pub fn keep_apart(&self, ctx: &OpCtx, apart: &KeepApart) -> Result<Receipt, RegistersError> {
        let def = self.def(&apart.register)?;
        self.require(ctx, "registers.write", def)?;
        check_reason(&apart.reason)?;
        let realm = i64::from(ctx.realm.get());
        let key = pair_key(def, &apart.first, &apart.second);
        let expect = self.open_pair(realm, def, (&apart.first, &apart.second))?;
        let note = json!({ "first": apart.first, "second": apart.second, "reason": apart.reason });
        let subject = format!("register/{}", def.full_name());
        let entry = ctx.entry("registers.keep_apart", subject, note);
        let plan = Plan::new(ctx.realm, entry).expect(expect).change(decided(
            ctx,
            key,
            ("apart", &apart.reason),
        ));
        Ok(self.store.commit(plan)?)
    }

    /// That a pair still waits.
    fn open_pair(
        &self,
        realm: i64,
        def: &RegisterDef,
        (one, other): (&str, &str),
    ) -> Result<Expect, RegistersError> {
        let (first, second) = if one < other {
            (one, other)
        } else {
            (other, one)
        };
        let name = def.full_name();
        let row = self
            .store
            .read(|reader| queries::pair(reader, TABLE, realm, (&name, first, second)))?;
        let Some(row) = row else {
            return Err(RegistersError::NoRecord {
                register: name,
                id: format!("{first}~{second}"),
            });
        };
        if row.text("state")? != "open" {
            return Err(RegistersError::Changed {
                id: format!("{first}~{second}"),
            });
        }
        Ok(Expect::unchanged(
            TABLE,
            pair_key(def, first, second),
            row.int("pos")?,
        ))
    }

    /// Pairs with their records; those of which a record is gone are left out.
    fn match_views(
        &self,
        realm: i64,
        def: &RegisterDef,
        rows: &[Row],
    ) -> Result<Vec<MatchView>, RegistersError> {
        let mut ids: Vec<String> = Vec::with_capacity(rows.len() * 2);
        for row in rows {
            ids.push(row.text("first_id")?);
            ids.push(row.text("second_id")?);
        }
        ids.sort_unstable();
        ids.dedup();
        let records = self.store.read(|reader| {
            let stored = queries::many(reader, def, realm, &ids, None)?;
            let mut views = stored
                .iter()
                .map(|row| record::from_row(def, row))
                .collect::<Result<Vec<_>, _>>()?;
            self.fill_live(reader, def, (realm, None), &mut views)?;
            Ok::<_, StoreError>(views)
        })?;
        let of = |id: &str| {
            let view = records.iter().find(|view| view.id == id)?;
            let mut view = view.clone();
            mask(def, &mut view);
            Some(view)
        };
        let mut views = Vec::with_capacity(rows.len());
        for row in rows {
            let (Some(first), Some(second)) =
                (of(&row.text("first_id")?), of(&row.text("second_id")?))
            else {
                continue;
            };
            views.push(MatchView {
                score: u32::try_from(row.int("score")?).unwrap_or_default(),
                evidence: serde_json::from_value(row.json("evidence")?).unwrap_or_default(),
                first,
                second,
                found_at: row.timestamp("found_at")?,
            });
        }
        Ok(views)
    }
}
