//! Copies facts from their source into data that keeps them as they were, such as the owner a case is routed by.

use serde_json::{Map, Value as Json};
use yuandu_identity::OpCtx;
use yuandu_schema::RegisterDef;

use crate::{Registers, RegistersError, queries, record};

impl Registers {
    /// Fills the sourced fields of a case register that a reference in `data` leads to; values sent for them are
    /// replaced, because only the source may say them. A reference that leads nowhere is reported as a problem.
    ///
    /// # Errors
    /// [`RegistersError::Invalid`] when the record pointed at does not exist.
    pub fn copy_sourced(
        &self,
        ctx: &OpCtx,
        def: &RegisterDef,
        data: &mut Map<String, Json>,
    ) -> Result<(), RegistersError> {
        for link in self.links(def, &def.fields) {
            data.remove(&link.field.name);
            let Some(id) = data
                .get(link.reference)
                .and_then(Json::as_str)
                .map(str::to_owned)
            else {
                continue;
            };
            let realm = i64::from(ctx.realm.get());
            let row = self
                .store
                .read(|reader| queries::one(reader, link.target, realm, &id))?;
            let Some(row) = row else {
                return Err(RegistersError::invalid(yuandu_base::Problem::new(
                    "registers.reference_unknown",
                    link.reference,
                    format!("`{id}` 不在「{}」中，请重新选择", link.target.title.zh),
                    format!("`{id}` is not in `{}`; choose again", link.target.title.en),
                )));
            };
            let source = record::from_row(link.target, &row)?;
            if let Some(value) = source.values.get(link.target_field) {
                data.insert(link.field.name.clone(), value.clone());
            }
        }
        Ok(())
    }
}
