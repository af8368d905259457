//! Values of records in words: names of codes, organisations and people, times of the city.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};
use serde_json::Value as Json;
use yuandu_api::{ApiError, App};
use yuandu_base::Lang;
use yuandu_base::calendar::Budget;
use yuandu_identity::{Directory, OpCtx};
use yuandu_registers::{ColumnFilter, Facet, ListRecords, RecordView};
use yuandu_schema::{CodeLists, FieldDef, FieldType, RegisterDef};

use super::record_path;

/// Characters of a long value shown in a table.
const SHORT: usize = 40;
/// The register of divisions, and how many of them one page mentions at most.
const DIVISIONS: &str = "spatial.division";
const MOST_DIVISIONS: usize = 500;

/// What values are named with.
#[derive(Debug, Clone)]
pub(super) struct Values {
    pub(super) lang: Lang,
    pub(super) lists: CodeLists,
    pub(super) directory: Arc<Directory>,
    zone: TimeZone,
    /// Names of the divisions that were asked for.
    divisions: BTreeMap<String, String>,
    /// Fields that name a record: their codes are shown as they are.
    keys: Vec<String>,
}

impl Values {
    /// Call it inside [`App::run`]: the directory may have to be read.
    pub(super) fn new(app: &App, lang: Lang, def: &RegisterDef) -> Result<Self, ApiError> {
        Ok(Self {
            lang,
            lists: app.registers.lists(&def.package),
            directory: app.identity.directory(app.realm)?,
            zone: app.calendar().time_zone().clone(),
            divisions: BTreeMap::new(),
            keys: def.key.clone(),
        })
    }

    /// Looks up the names of the divisions that records and facets mention, in one query.
    pub(super) fn learn_divisions(
        &mut self,
        app: &App,
        ctx: &OpCtx,
        def: &RegisterDef,
        (records, facets): (&[RecordView], &[Facet]),
    ) {
        let fields: Vec<&FieldDef> = def
            .fields
            .iter()
            .filter(|field| field.kind == FieldType::Division && !self.keys.contains(&field.name))
            .collect();
        let of_record = |record: &RecordView| {
            let values = fields
                .iter()
                .filter_map(|field| record.values.get(&field.name));
            let texts = values.filter_map(Json::as_str).map(str::to_owned);
            texts.collect::<Vec<_>>()
        };
        let of_facet = |facet: &Facet| {
            let of_divisions = fields.iter().any(|field| field.name == facet.field);
            let values = facet.values.iter().filter(move |_| of_divisions);
            values.map(|value| value.value.clone()).collect::<Vec<_>>()
        };
        let codes: BTreeSet<String> = records
            .iter()
            .flat_map(of_record)
            .chain(facets.iter().flat_map(of_facet))
            .collect();
        if codes.is_empty() {
            return;
        }
        let list = ListRecords {
            register: DIVISIONS.to_owned(),
            filters: vec![(
                "code".to_owned(),
                ColumnFilter::OneOf(codes.into_iter().collect()),
            )],
            limit: MOST_DIVISIONS,
            ..ListRecords::default()
        };
        // A city without this register, or a reader who may not see it, gets the codes.
        let found = app.registers.list_records(ctx, &list);
        let named = found.into_iter().flat_map(|page| page.records);
        self.divisions = named.map(|record| (record.id, record.title)).collect();
    }

    /// A value in words; empty where there is none.
    pub(super) fn text(&self, field: &FieldDef, value: Option<&Json>) -> String {
        let lang = self.lang;
        match (&field.kind, value) {
            (_, None | Some(Json::Null)) => String::new(),
            (FieldType::Position, Some(Json::Object(place))) => {
                let part = |end: &str| place.get(end).and_then(Json::as_f64).unwrap_or_default();
                format!("{:.6}, {:.6}", part("lon"), part("lat"))
            }
            (_, Some(Json::Bool(true))) => lang.pick("是", "yes").to_owned(),
            (_, Some(Json::Bool(false))) => lang.pick("否", "no").to_owned(),
            (FieldType::Photos { .. }, Some(Json::Array(photos))) => match lang {
                Lang::Zh => format!("{} 张", photos.len()),
                Lang::En => photos.len().to_string(),
            },
            (FieldType::Division, Some(Json::String(code))) if self.keys.contains(&field.name) => {
                code.clone()
            }
            (kind, Some(Json::String(text))) => self.named(kind, text),
            (_, Some(other)) => other.to_string(),
        }
    }

    /// The name of a stored text.
    pub(super) fn named(&self, kind: &FieldType, text: &str) -> String {
        let lang = self.lang;
        match kind {
            FieldType::Code { list } => self
                .lists
                .label(list, text)
                .map_or_else(|| text.to_owned(), |name| name.get(lang).to_owned()),
            FieldType::Division => self
                .divisions
                .get(text)
                .map_or_else(|| text.to_owned(), |name| format!("{name} {text}")),
            FieldType::Org => self.directory.org_name(text, lang).to_owned(),
            FieldType::User => self.directory.person_name(text).to_owned(),
            FieldType::Post => self
                .directory
                .post_title(text)
                .map_or_else(|| text.to_owned(), |title| title.get(lang).to_owned()),
            FieldType::Instant => text
                .parse()
                .map_or_else(|_| text.to_owned(), |at| self.instant(at)),
            FieldType::Budget => text
                .parse::<Budget>()
                .map_or_else(|_| text.to_owned(), |budget| budget.in_words(lang)),
            _ => text.to_owned(),
        }
    }

    pub(super) fn instant(&self, at: Timestamp) -> String {
        let local = at.to_zoned(self.zone.clone());
        local.strftime("%Y-%m-%d %H:%M").to_string()
    }

    /// A value in a cell of a table.
    pub(super) fn cell(&self, field: &FieldDef, value: Option<&Json>) -> Markup {
        let text = self.text(field, value);
        let short: String = text.chars().take(SHORT).collect();
        let cut = short.len() < text.len();
        html! {
            @if is_code(&field.kind) { code { (short) } } @else { (short) }
            @if cut { "…" }
        }
    }

    /// A value on a record's page: references lead to what they name.
    pub(super) fn whole(
        &self,
        app: &App,
        def: &RegisterDef,
        field: &FieldDef,
        value: Option<&Json>,
    ) -> Markup {
        let text = self.text(field, value);
        let target = match &field.kind {
            FieldType::Reference { register } => Some(full_name(def, register)),
            _ => None,
        };
        let known = target.filter(|name| app.registers.def(name).is_ok() && !text.is_empty());
        // An outline has as many characters as a book: its beginning says what it is.
        let short: String = text.chars().take(2_000).collect();
        html! {
            @match known {
                Some(name) => { a href=(record_path(&name, &text)) { code class="code" { (text) } } }
                None => {
                    @if is_code(&field.kind) { code class="code" { (short) } }
                    @else { @for line in short.lines() { (line) br; } }
                    @if short.len() < text.len() { "…" }
                }
            }
        }
    }
}

/// A register named by another of the same package may leave the package out.
fn full_name(def: &RegisterDef, register: &str) -> String {
    if register.contains('.') {
        register.to_owned()
    } else {
        format!("{}.{register}", def.package)
    }
}

fn is_code(kind: &FieldType) -> bool {
    matches!(
        kind,
        FieldType::Grid | FieldType::Component | FieldType::CreditCode | FieldType::PersonNumber
    )
}

/// Whether a field looks its value up in another register each time it is shown.
pub(super) fn is_live(field: &FieldDef) -> bool {
    field
        .source
        .as_deref()
        .is_some_and(|source| source.matches('.').count() == 2)
}
