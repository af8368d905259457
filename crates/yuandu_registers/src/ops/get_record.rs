//! Shows one record.

use yuandu_identity::OpCtx;

use super::reveal::record_resource;
use crate::{RecordView, Registers, RegistersError, queries, record};

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
        let def = self.def(register)?;
        self.require(ctx, "registers.view", def)?;
        let realm = i64::from(ctx.realm.get());
        let view = self.store.read(|reader| {
            let Some(row) = queries::one(reader, def, realm, id)? else {
                return Ok(None);
            };
            let mut views = [record::from_row(def, &row)?];
            self.fill_live(reader, def, realm, &mut views)?;
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
