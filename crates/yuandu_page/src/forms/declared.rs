//! Declared fields as inputs: the one place that knows which input suits which type of field.
//!
//! Names of inputs are those `FieldDef::check_form` reads: the field's name, and `<name>_lon`, `<name>_lat` for places.

use std::collections::HashSet;

use jiff::civil::Date;
use maud::{Markup, html};
use yuandu_base::Lang;
use yuandu_identity::Directory;
use yuandu_schema::{CodeLists, FieldDef, FieldType};

use super::categories::{self, CATEGORIES};
use super::values::Values;
use yuandu_design::components::category::{Picker, picker};
use yuandu_design::components::choice::{checkbox, radio_cards};
use yuandu_design::components::field::{self, DateKind, Field, Opt, TextKind};
use yuandu_design::components::form::Errors;
use yuandu_design::components::map::MapConfig;
use yuandu_design::components::photo;
use yuandu_design::components::place::{Spot, spot};

/// Up to so many codes are shown at once as cards; more fold into a list.
const CARDS: usize = 6;

/// What inputs are made with.
#[derive(Debug, Clone)]
pub struct Asking<'a> {
    /// The reader's language.
    pub lang: Lang,
    /// Code lists of the system.
    pub lists: &'a CodeLists,
    /// Organisations, posts and people to choose from.
    pub directory: &'a Directory,
    /// Day on which codes must count.
    pub today: Date,
    /// What is wrong.
    pub errors: Errors<'a>,
    /// What the inputs hold.
    pub values: &'a Values,
    /// How the map of a place begins.
    pub map: MapConfig<'a>,
}

impl Asking<'_> {
    /// One field. `required` is what counts now; a field's own requirement may be a formula.
    #[must_use]
    pub fn field(&self, def: &FieldDef, required: bool) -> Markup {
        let hint = hint_of(def, self.lang);
        let mut field = Field::new(&def.name, def.label.get(self.lang))
            .error(self.errors.of(self.lang, &def.name))
            .value(self.values.text(&def.name));
        if let Some(hint) = hint {
            field = field.hint(hint);
        }
        if required {
            field = field.required();
        }
        self.input(def, &field)
    }

    fn input(&self, def: &FieldDef, field: &Field<'_>) -> Markup {
        let lang = self.lang;
        match &def.kind {
            FieldType::LongText { max } | FieldType::Geometry { max } => field::textarea(
                lang,
                field,
                4,
                Some(u32::try_from(*max).unwrap_or(u32::MAX)),
            ),
            FieldType::Integer { .. } | FieldType::Decimal => {
                field::text(lang, field, TextKind::Number)
            }
            FieldType::Boolean => {
                // An unticked box is an answer, so the box itself is never demanded.
                let asked = Field {
                    required: false,
                    ..*field
                };
                checkbox(lang, &asked)
            }
            FieldType::Date => field::date(lang, field, DateKind::Day),
            FieldType::Instant => field::date(lang, field, DateKind::Minute),
            FieldType::Code { list } => self.code(list, field),
            FieldType::Org => self.org(def, field),
            FieldType::Post => self.post(field),
            FieldType::User => self.user(field),
            FieldType::Position => spot(
                lang,
                &Spot {
                    field: *field,
                    lon: self.values.text(&format!("{}_lon", def.name)),
                    lat: self.values.text(&format!("{}_lat", def.name)),
                    map: self.map.clone(),
                },
            ),
            FieldType::Photos { .. } => {
                photo::upload_keeping(lang, field, self.values.all(&def.name))
            }
            FieldType::Phone => field::text(lang, field, TextKind::Phone),
            FieldType::Text { .. } | FieldType::Address { .. } => {
                field::text(lang, field, TextKind::Words)
            }
            FieldType::Division
            | FieldType::Grid
            | FieldType::Component
            | FieldType::Reference { .. }
            | FieldType::PersonNumber
            | FieldType::CreditCode
            | FieldType::Budget
            | FieldType::Money => field::text(lang, field, TextKind::Code),
        }
    }

    fn code(&self, list: &str, field: &Field<'_>) -> Markup {
        let lang = self.lang;
        let Some(known) = self.lists.get(list) else {
            return field::text(lang, field, TextKind::Code);
        };
        if list == CATEGORIES {
            let branches = categories::branches(known, lang, self.today);
            let often = [];
            return picker(
                lang,
                &Picker {
                    field: *field,
                    often: &often,
                    branches: &branches,
                },
            );
        }
        let options: Vec<Opt<'_>> = known
            .entries()
            .iter()
            .filter(|entry| entry.valid_on(self.today) || entry.code == field.value)
            .map(|entry| Opt::new(&entry.code, entry.name.get(lang)))
            .collect();
        if options.len() <= CARDS {
            radio_cards(lang, field, &options)
        } else {
            field::select(lang, field, &options)
        }
    }

    fn org(&self, def: &FieldDef, field: &Field<'_>) -> Markup {
        // Those who can do the next step: the others would keep it without anyone to sign for it.
        let able = def.holding.as_ref().map(|role| {
            let posts = self.directory.posts();
            let holders = posts.filter(|post| post.roles.contains(role));
            holders.map(|post| post.org).collect::<HashSet<_>>()
        });
        let known: Vec<(String, String)> = self
            .directory
            .tree()
            .into_iter()
            .filter(|(_, org)| org.active || org.id.to_string() == field.value)
            .filter(|(_, org)| able.as_ref().is_none_or(|able| able.contains(&org.id)))
            .map(|(depth, org)| {
                // A list with gaps has no tree to show.
                let depth = if able.is_some() { 0 } else { depth };
                let indent = "\u{3000}".repeat(depth);
                (
                    org.id.to_string(),
                    format!("{indent}{}", org.name.get(self.lang)),
                )
            })
            .collect();
        self.chosen(field, &known)
    }

    fn post(&self, field: &Field<'_>) -> Markup {
        let known: Vec<(String, String)> = self
            .directory
            .posts()
            .map(|post| {
                let id = post.id.to_string();
                let title = self.directory.post_title(&id).unwrap_or_default();
                (id, title.get(self.lang).to_owned())
            })
            .collect();
        self.chosen(field, &known)
    }

    fn user(&self, field: &Field<'_>) -> Markup {
        let known: Vec<(String, String)> = self
            .directory
            .people()
            .map(|person| (person.id.to_string(), person.name.clone()))
            .collect();
        self.chosen(field, &known)
    }

    fn chosen(&self, field: &Field<'_>, known: &[(String, String)]) -> Markup {
        let options: Vec<Opt<'_>> = known.iter().map(|(id, name)| Opt::new(id, name)).collect();
        field::select(self.lang, field, &options)
    }

    /// Several fields in order.
    #[must_use]
    pub fn fields<'f>(&self, fields: impl IntoIterator<Item = (&'f FieldDef, bool)>) -> Markup {
        html! { @for (def, required) in fields { (self.field(def, required)) } }
    }
}

fn hint_of(def: &FieldDef, lang: Lang) -> Option<&str> {
    let own = def.hint.as_ref().map(|hint| hint.get(lang));
    own.or(match def.kind {
        FieldType::Budget => Some(lang.pick(
            "例如 2d 是 2 个工作日，4h 是 4 个工作小时",
            "For example 2d for two working days, 4h for four working hours",
        )),
        FieldType::Grid => Some(lang.pick("15 位编号", "15 digits")),
        FieldType::CreditCode => Some(lang.pick("18 位代码", "18 characters")),
        FieldType::Money => Some(lang.pick("元，例如 1234.50", "Yuan, for example 1234.50")),
        FieldType::Geometry { .. } => Some(lang.pick(
            "GeoJSON 几何，经度在前",
            "A GeoJSON geometry, longitude first",
        )),
        _ => None,
    })
}
