//! Facts that follow from others: who owns the component a case is about, in which grid its place lies. Where they are
//! kept is not known here; the composition says.

use std::fmt::Debug;

use serde_json::{Map, Value as Json};
use yuandu_identity::OpCtx;
use yuandu_schema::FieldType;

use super::Engine;
use crate::case_type::Kind;
use crate::engine::Step;
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

    /// What a place is known by; nothing outside the city.
    ///
    /// # Errors
    /// A failure of the store.
    fn around(&self, lon: f64, lat: f64) -> Result<Surrounds, ProcessError>;
}

/// What lies around a place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Surrounds {
    /// Code of its unit grid.
    pub grid: Option<String>,
    /// Code of its division.
    pub division: Option<String>,
    /// The place in words.
    pub address: Option<String>,
}

impl Engine {
    /// A step that moves the place of a case moves grid and division with it, and gives an address where there is none.
    pub(super) fn follow_place(&self, step: &mut Step) -> Result<(), ProcessError> {
        let part = |end: &str| step.matter.facts.get("place")?.get(end)?.as_f64();
        let place = part("lon").zip(part("lat"));
        let (Some(sources), Some((lon, lat)), true) =
            (&self.sources, place, step.changed.contains("place"))
        else {
            return Ok(());
        };
        let around = sources.around(lon, lat)?;
        let known = |name: &str| {
            let text = step.matter.facts.get(name).and_then(Json::as_str);
            text.is_some_and(|text| !text.trim().is_empty())
        };
        let address = around.address.filter(|_| !known("address"));
        let mut facts: Vec<(&str, Option<String>)> =
            vec![("grid", around.grid), ("division", around.division)];
        facts.extend(address.map(|address| ("address", Some(address))));
        for (name, value) in facts {
            // What the process itself set in this step stands.
            if step.changed.insert(name.to_owned()) {
                step.matter.facts.insert(name.to_owned(), value.into());
            }
        }
        Ok(())
    }

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
