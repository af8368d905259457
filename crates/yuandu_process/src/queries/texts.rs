//! One declared text of many cases in one query, for lists that show it.

use std::collections::BTreeMap;

use yuandu_identity::OpCtx;
use yuandu_store::Value;

use crate::error::ProcessError;
use crate::ops::Engine;
use crate::store;

impl Engine {
    /// The fact `field` of the cases with these ids, by id; cases without it are left out. The caller answers for who
    /// may see it.
    ///
    /// # Errors
    /// [`ProcessError::NotFound`] for an unknown system or fact; a failure of the store.
    pub fn texts_of(
        &self,
        ctx: &OpCtx,
        system: &str,
        field: &str,
        ids: &[&str],
    ) -> Result<BTreeMap<String, String>, ProcessError> {
        let kind = self.kind(system)?;
        let known = kind
            .declared
            .fields
            .iter()
            .any(|declared| declared.name == field);
        if !known {
            return Err(ProcessError::NotFound {
                what: "fact",
                id: field.to_owned(),
            });
        }
        let mut texts = BTreeMap::new();
        // Databases take some thousand parameters at most.
        for part in ids.chunks(1000) {
            let places: Vec<String> = (2..part.len() + 2)
                .map(|number| format!("${number}"))
                .collect();
            let sql = format!(
                "SELECT id, {field} AS text FROM {} WHERE realm = $1 AND id IN ({}) AND {field} IS NOT NULL",
                kind.declared.table,
                places.join(", ")
            );
            let mut parameters = vec![store::realm(ctx.realm)];
            parameters.extend(part.iter().map(|id| Value::from(*id)));
            let rows = self.store.read(|reader| reader.query(&sql, &parameters))?;
            for row in rows {
                texts.insert(row.text("id")?, row.text("text")?);
            }
        }
        Ok(texts)
    }
}
