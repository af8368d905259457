//! What the exchange passes on under a contract, and the check of what it gets.
//!
//! The gate of the exchange was asked before; who may get which field is its contract's, so nothing is masked here.

use serde_json::{Map, Value as Json};
use yuandu_base::Problem;
use yuandu_identity::OpCtx;
use yuandu_schema::{FieldDef, RecordCheck, RegisterDef, Requirement, check_record};

use crate::queries::{self, Where};
use crate::registers::today;
use crate::table::stored;
use crate::{RecordView, Registers, RegistersError, record};

impl Registers {
    /// The fields a register keeps itself: what it may pass on. What it only shows of another register is passed on by that
    /// register.
    #[must_use]
    pub fn own_fields(&self, register: &str) -> Option<Vec<&FieldDef>> {
        let def = self.def(register).ok()?;
        Some(stored(def).collect())
    }

    /// Records after a key, in the order of keys, byte by byte; whole.
    ///
    /// # Errors
    /// [`RegistersError::NoRegister`], or if the actor may not export the register.
    pub fn pass_on(
        &self,
        ctx: &OpCtx,
        register: &str,
        (after, limit): (&str, usize),
    ) -> Result<Vec<RecordView>, RegistersError> {
        let def = self.exported(ctx, register)?;
        let mut filter = Where::of(def, i64::from(ctx.realm.get()), None);
        let mark = filter.bind(after.into());
        filter.and(&format!("id > {mark}"));
        let rows = self
            .store
            .read(|reader| queries::page(reader, filter, "id ASC", limit))?;
        rows.iter()
            .map(|row| Ok(record::from_row(def, row)?))
            .collect()
    }

    /// One record, whole.
    ///
    /// # Errors
    /// As [`Registers::pass_on`].
    pub fn pass_on_one(
        &self,
        ctx: &OpCtx,
        register: &str,
        id: &str,
    ) -> Result<Option<RecordView>, RegistersError> {
        let def = self.exported(ctx, register)?;
        let realm = i64::from(ctx.realm.get());
        let row = self
            .store
            .read(|reader| queries::one(reader, def, realm, id))?;
        Ok(row.map(|row| record::from_row(def, &row)).transpose()?)
    }

    /// What is wrong with some fields of a record, each by its declaration. What depends on fields that are not among them
    /// cannot be told here.
    #[must_use]
    pub fn check_passed_on(
        &self,
        ctx: &OpCtx,
        register: &str,
        (fields, values): (&[&str], &Map<String, Json>),
    ) -> Vec<Problem> {
        let Ok(def) = self.def(register) else {
            return Vec::new();
        };
        let lists = self.lists(&def.package);
        let check = RecordCheck {
            lists: &lists,
            on: today(ctx),
            condition: &|_, _| Some(true),
        };
        let partial = partial(def, fields);
        check_record(&partial, values, &check)
            .err()
            .unwrap_or_default()
    }

    fn exported(&self, ctx: &OpCtx, register: &str) -> Result<&RegisterDef, RegistersError> {
        let def = self.def(register)?;
        self.require(ctx, "registers.export", def)?;
        Ok(def)
    }
}

/// The named fields, without what hangs on other fields.
fn partial(def: &RegisterDef, fields: &[&str]) -> Vec<FieldDef> {
    stored(def)
        .filter(|field| fields.contains(&field.name.as_str()))
        .map(|field| FieldDef {
            visible: None,
            required: match field.required {
                Requirement::Always => Requirement::Always,
                _ => Requirement::Optional,
            },
            ..field.clone()
        })
        .collect()
}
