//! Shows one record.

use yuandu_identity::OpCtx;

use super::reveal::record_resource;
use crate::versions::needs_versions;
use crate::{AsOf, RecordView, Registers, RegistersError, queries, record};

impl Registers {
    /// The record with its live facts; restricted values are masked unless `reveal` is asked for and allowed.
    ///
    /// # Errors
    /// [`RegistersError::NoRecord`] also when the reader may not see the record, so that its existence stays confidential.
    pub fn get_record(
        &self,
        ctx: &OpCtx,
        register: &str,
        id: &str,
        reveal: bool,
    ) -> Result<RecordView, RegistersError> {
        self.record_at(ctx, register, id, (reveal, None))
    }

    /// The record as it was on a day, as it was known at a time.
    ///
    /// # Errors
    /// [`RegistersError::Invalid`] when the register keeps no versions; else as [`Registers::get_record`].
    pub fn get_record_as_of(
        &self,
        ctx: &OpCtx,
        register: &str,
        id: &str,
        as_of: &AsOf,
    ) -> Result<RecordView, RegistersError> {
        self.record_at(ctx, register, id, (false, Some(as_of)))
    }

    fn record_at(
        &self,
        ctx: &OpCtx,
        register: &str,
        id: &str,
        (reveal, as_of): (bool, Option<&AsOf>),
    ) -> Result<RecordView, RegistersError> {
        let def = self.def(register)?;
        self.require(ctx, "registers.view", def)?;
        needs_versions(def, as_of)?;
        let realm = i64::from(ctx.realm.get());
        let view = self.store.read(|reader| {
            let row = match as_of {
                None => queries::one(reader, def, realm, id)?,
                Some(as_of) => queries::one_as_of(reader, def, realm, id, as_of)?,
            };
            let Some(row) = row else {
                return Ok(None);
            };
            let mut views = [record::from_row(def, &row)?];
            self.fill_live(reader, def, (realm, as_of), &mut views)?;
            Ok::<_, RegistersError>(views.into_iter().next())
        })?;
        let view = view.filter(|view| {
            self.gate
                .decide(ctx, "registers.view", &record_resource(def, view))
                .allowed
        });
        let Some(view) = view else {
            return Err(RegistersError::NoRecord {
                register: register.to_owned(),
                id: id.to_owned(),
            });
        };
        let mut views = [view];
        self.mask_or_reveal(ctx, def, &mut views, reveal)?;
        let [view] = views;
        Ok(view)
    }
}
