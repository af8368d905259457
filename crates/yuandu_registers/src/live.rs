//! Facts that live in another register: looked up by reference, a constant number of queries for a whole page.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use yuandu_schema::{FieldDef, FieldType, RegisterDef};
use yuandu_store::{Reader, StoreError};

use crate::ops::merge_records::merged;
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
                let mut pointers = fields
                    .iter()
                    .filter(|pointer| pointer.name != field.name)
                    .filter(|pointer| self.leads_to(package, pointer, target));
                // `street_name` is the `name` of what `street` points at, when several fields point there.
                let says_so = |pointer: &&FieldDef| {
                    field.name.strip_prefix(pointer.name.as_str())
                        == Some(&format!("_{target_field}"))
                };
                let reference = pointers.clone().find(says_so).or_else(|| pointers.next())?;
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
            FieldType::Component
            | FieldType::Grid
            | FieldType::Division
            | FieldType::PersonNumber
            | FieldType::CreditCode => {
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
        // A pointer that is itself looked up must be there before what it leads to.
        let (later, first): (Vec<_>, Vec<_>) = links.iter().partition(|link| {
            let pointer = def.field(link.reference);
            pointer.is_some_and(is_live)
        });
        self.follow(reader, (at, depth), &first, views)?;
        self.follow(reader, (at, depth), &later, views)
    }

    /// Fills the fields of links from the records their pointers lead to.
    fn follow(
        &self,
        reader: &Reader<'_>,
        (at, depth): ((i64, Option<&AsOf>), usize),
        links: &[&Link<'_>],
        views: &mut [RecordView],
    ) -> Result<(), StoreError> {
        let mut sources: BTreeMap<(String, String), BTreeMap<String, RecordView>> = BTreeMap::new();
        for link in links {
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
            for link in links {
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
        let absent: Vec<String> = ids
            .into_iter()
            .filter(|id| !found.iter().any(|view| view.id == *id))
            .collect();
        // Who points at a record that was merged into another is shown that one.
        let merged = merged(reader, at.0, (target, &absent))?;
        let kept: BTreeSet<&String> = merged.values().collect();
        let kept: Vec<String> = kept.into_iter().cloned().collect();
        let fresh = queries::many(reader, target, at.0, &kept, at.1)?;
        for row in &fresh {
            let view = record::from_row(target, row)?;
            if !found.iter().any(|known| known.id == view.id) {
                found.push(view);
            }
        }
        self.fill_to_depth(reader, target, at, &mut found, depth - 1)?;
        let mut by_id: BTreeMap<String, RecordView> = found
            .into_iter()
            .map(|view| (view.id.clone(), view))
            .collect();
        for (gone, kept) in merged {
            if let Some(view) = by_id.get(&kept).cloned() {
                by_id.insert(gone, view);
            }
        }
        Ok(by_id)
    }
}

fn text(view: &RecordView, field: &str) -> Option<String> {
    view.values
        .get(field)
        .and_then(Json::as_str)
        .map(str::to_owned)
}
