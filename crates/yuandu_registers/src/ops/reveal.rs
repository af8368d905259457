//! Showing restricted values: only to who may, and never without a log entry.

use serde_json::json;
use yuandu_identity::{OpCtx, Resource, ResourceKind};
use yuandu_schema::{FieldType, RegisterDef};
use yuandu_store::Plan;

use crate::record::{is_restricted, mask};
use crate::registers::sensitivity;
use crate::{RecordView, Registers, RegistersError};

impl Registers {
    /// Masks restricted values, except those the reader asks for and may see; what was shown is logged in one entry.
    pub(crate) fn mask_or_reveal(
        &self,
        ctx: &OpCtx,
        def: &RegisterDef,
        views: &mut [RecordView],
        reveal: bool,
    ) -> Result<(), RegistersError> {
        let restricted = def.fields.iter().any(|field| is_restricted(def, field));
        if !restricted {
            return Ok(());
        }
        let mut shown = Vec::new();
        for view in views {
            if reveal
                && self
                    .gate
                    .decide(ctx, "restricted.view", &record_resource(def, view))
                    .allowed
            {
                shown.push(view.id.clone());
            } else {
                mask(def, view);
            }
        }
        if !shown.is_empty() {
            let note = json!({ "register": def.full_name(), "records": shown });
            let entry = ctx.entry(
                "registers.reveal",
                format!("register/{}", def.full_name()),
                note,
            );
            self.store.commit(Plan::new(ctx.realm, entry))?;
        }
        Ok(())
    }
}

/// The field that says which organisation a record belongs to.
pub(crate) fn org_field(def: &RegisterDef) -> Option<&str> {
    let orgs = || {
        def.fields
            .iter()
            .filter(|field| field.kind == FieldType::Org)
    };
    let named = orgs().find(|field| matches!(field.name.as_str(), "org" | "owner"));
    named
        .or_else(|| orgs().next())
        .map(|field| field.name.as_str())
}

/// The field that says which division a record lies in.
pub(crate) fn division_field(def: &RegisterDef) -> Option<&str> {
    crate::table::stored(def)
        .find(|field| field.kind == FieldType::Division)
        .map(|field| field.name.as_str())
}

/// A record as the gate sees it.
pub(crate) fn record_resource(def: &RegisterDef, view: &RecordView) -> Resource {
    let text = |field: Option<&str>| {
        let value = field
            .and_then(|name| view.values.get(name))
            .and_then(serde_json::Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    Resource::new(
        ResourceKind::Record,
        format!("{}/{}", def.full_name(), view.id),
    )
    .with("package", def.package.as_str())
    .with("register", def.id.as_str())
    .with("sensitivity", sensitivity(def))
    .with("org", text(org_field(def)))
    .with("division", text(division_field(def)))
}
