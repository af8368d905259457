//! Facts that follow from others: who owns the component a case is about. Where they are kept is not known here; the
//! composition says.

use std::fmt::Debug;

use serde_json::{Map, Value as Json};
use yuandu_identity::OpCtx;
use yuandu_schema::FieldType;

use super::Engine;
use crate::case_type::Kind;
use crate::error::ProcessError;
use crate::store::Loaded;

/// Knows the facts that follow from references.
pub trait Sources: Debug + Send + Sync {
    /// Writes the facts that follow from the references in `facts` and removes those that follow from none.
    ///
    /// # Errors
    /// [`ProcessError::Invalid`] when a reference leads nowhere; a failure of the store.
    fn copy(
        &self,
        ctx: &OpCtx,
        system: &str,
        facts: &mut Map<String, Json>,
    ) -> Result<(), ProcessError>;
}

impl Engine {
    /// Adds to the facts a form changes those that follow from a reference it changes. A reference that stays as it was
    /// copies nothing: the case keeps what it was decided by.
    pub(super) fn copy_sourced(
        &self,
        ctx: &OpCtx,
        kind: &Kind,
        loaded: &Loaded,
        sent: &mut Map<String, Json>,
    ) -> Result<(), ProcessError> {
        let known = &loaded.matter.facts;
        let points = |name: &String| {
            kind.declared.fields.iter().any(|field| {
                field.name == *name
                    && matches!(
                        field.kind,
                        FieldType::Component | FieldType::Reference { .. }
                    )
            })
        };
        let moved = sent
            .iter()
            .any(|(name, value)| points(name) && known.get(name).unwrap_or(&Json::Null) != value);
        let Some(sources) = self.sources.as_ref().filter(|_| moved) else {
            return Ok(());
        };
        let mut facts = known.clone();
        facts.extend(sent.clone());
        sources.copy(ctx, &kind.declared.system, &mut facts)?;
        for field in &kind.declared.fields {
            let now = facts.get(&field.name).unwrap_or(&Json::Null);
            if field.source.is_some() && known.get(&field.name).unwrap_or(&Json::Null) != now {
                sent.insert(field.name.clone(), now.clone());
            }
        }
        Ok(())
    }
}
