//! Facts that live in another register: looked up by reference, a constant number of queries for a whole page.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use yuandu_schema::{FieldDef, FieldType, RegisterDef};
use yuandu_store::{Reader, StoreError};

use crate::table::is_live;
use crate::versions::AsOf;
use crate::{RecordView, Registers, queries, record};

/// A source of a source of a source is as far as declarations go.
const DEPTH: usize = 3;

/// A live field with the reference that leads to its source.
pub(crate) struct Link<'d> {
    pub(crate) field: &'d FieldDef,
    pub(crate) reference: &'d str,
    pub(crate) target: &'d RegisterDef,
    pub(crate) target_field: &'d str,
}

impl Registers {
    /// The sourced fields of some fields that a reference among `fields` leads to.
    pub(crate) fn links<'d>(
        &'d self,
        package: &RegisterDef,
        fields: &'d [FieldDef],
    ) -> Vec<Link<'d>> {
        fields
            .iter()
            .filter(|field| is_live(field))
            .filter_map(|field| {
                let (register, target_field) = field.source.as_deref()?.rsplit_once('.')?;
                let target = self.target(package, register)?;
                let reference = fields
                    .iter()
                    .find(|field| self.leads_to(package, field, target))?;
                Some(Link {
                    field,
                    reference: &reference.name,
                    target,
                    target_field,
                })
            })
            .collect()
    }

    /// Whether a field holds ids of the register: a reference to it, or a code type that is its key.
    fn leads_to(&self, package: &RegisterDef, field: &FieldDef, target: &RegisterDef) -> bool {
        match &field.kind {
            FieldType::Reference { register } => self
                .target(package, register)
                .is_some_and(|def| def.full_name() == target.full_name()),
            FieldType::Component | FieldType::Grid => {
                let key = target.key.first().and_then(|name| target.field(name));
                target.key.len() == 1 && key.is_some_and(|key| key.kind == field.kind)
            }
            _ => false,
        }
    }

    /// Fills the live fields of records, of the same moment as the records where the source keeps versions.
    pub(crate) fn fill_live(
        &self,
        reader: &Reader<'_>,
        def: &RegisterDef,
        (realm, as_of): (i64, Option<&AsOf>),
        views: &mut [RecordView],
    ) -> Result<(), StoreError> {
        self.fill_to_depth(reader, def, (realm, as_of), views, DEPTH)
    }

    fn fill_to_depth(
        &self,
        reader: &Reader<'_>,
        def: &RegisterDef,
        at: (i64, Option<&AsOf>),
        views: &mut [RecordView],
        depth: usize,
    ) -> Result<(), StoreError> {
        let links = self.links(def, &def.fields);
        if links.is_empty() || depth == 0 {
            return Ok(());
        }
        let mut sources: BTreeMap<(String, String), BTreeMap<String, RecordView>> = BTreeMap::new();
        for link in &links {
            let key = (link.target.full_name(), link.reference.to_owned());
            if let Entry::Vacant(slot) = sources.entry(key) {
                let ids: BTreeSet<String> = views
                    .iter()
                    .filter_map(|view| text(view, link.reference))
                    .collect();
                slot.insert(self.sources(
                    reader,
                    link.target,
                    at,
                    ids.into_iter().collect(),
                    depth,
                )?);
            }
        }
        for view in views {
            for link in &links {
                let key = (link.target.full_name(), link.reference.to_owned());
                let source = text(view, link.reference).and_then(|id| sources.get(&key)?.get(&id));
                if let Some(value) = source.and_then(|source| source.values.get(link.target_field))
                {
                    view.values.insert(link.field.name.clone(), value.clone());
                }
            }
        }
        Ok(())
    }

    /// Records of a source by id, their own live fields filled.
    fn sources(
        &self,
        reader: &Reader<'_>,
        target: &RegisterDef,
        at: (i64, Option<&AsOf>),
        ids: Vec<String>,
        depth: usize,
    ) -> Result<BTreeMap<String, RecordView>, StoreError> {
        let rows = queries::many(reader, target, at.0, &ids, at.1)?;
        let mut found = rows
            .iter()
            .map(|row| record::from_row(target, row))
            .collect::<Result<Vec<_>, _>>()?;
        self.fill_to_depth(reader, target, at, &mut found, depth - 1)?;
        Ok(found
            .into_iter()
            .map(|view| (view.id.clone(), view))
            .collect())
    }
}

fn text(view: &RecordView, field: &str) -> Option<String> {
    view.values
        .get(field)
        .and_then(Json::as_str)
        .map(str::to_owned)
}
