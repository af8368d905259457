//! The filter row above a register: words, the beginning of the key, and drop-downs of short code lists.

use maud::{Markup, html};
use yuandu_base::Lang;
use yuandu_schema::{FieldDef, FieldType, RegisterDef};

use super::table::{Asked, FACETS, given};
use super::values::{Values, is_live};

/// Codes that still fit a drop-down.
const OPTIONS: usize = 60;

/// The filter row: words, the beginning of the key, and every code list short enough for a drop-down.
pub(super) fn filters(def: &RegisterDef, values: &Values, asked: &Asked) -> Markup {
    let lang = values.lang;
    let key = def.key.first().and_then(|name| def.field(name));
    let lists: Vec<(&FieldDef, Vec<(String, String)>)> = def
        .fields
        .iter()
        .filter(|field| !is_live(field))
        .filter_map(|field| Some((field, options(values, field)?)))
        .collect();
    let shown = |name: &str| {
        name == "words"
            || key.is_some_and(|key| format!("{}^", key.name) == name)
            || lists.iter().any(|(field, _)| field.name == name)
    };
    let active = asked.iter().any(|(name, value)| {
        !value.is_empty() && !["sort", "limit", "after", "lang", FACETS].contains(&name.as_str())
    });
    let mut hidden: Vec<(&String, &String)> = asked
        .iter()
        .filter(|(name, value)| {
            !value.is_empty() && *name != "after" && *name != FACETS && !shown(name)
        })
        .collect();
    hidden.sort_unstable();
    html! {
        form class="filters" method="get" action={ "/work/registers/" (def.full_name()) } role="search" {
            @if !def.search.is_empty() {
                div class="filter wide" {
                    label for="search" { (lang.pick("搜索：", "Search: ")) (searched(def, lang)) }
                    input type="search" id="search" name="words" value=(given(asked, "words")) data-search autocomplete="off";
                }
            }
            @if let Some(key) = key {
                @let name = format!("{}^", key.name);
                div class="filter" {
                    label for="filter-key" { (key.label.get(lang)) (lang.pick(" 开头是", " begins with")) }
                    input type="text" id="filter-key" name=(name) value=(given(asked, &name)) autocomplete="off" data-on[!given(asked, &name).is_empty()];
                }
            }
            @for (field, options) in &lists {
                @let value = given(asked, &field.name);
                div class="filter" {
                    label for={ "filter-" (field.name) } { (field.label.get(lang)) }
                    select id={ "filter-" (field.name) } name=(field.name) data-on[!value.is_empty()] {
                        option value="" { (lang.pick("全部", "All")) }
                        @for (code, name) in options { option value=(code) selected[code == value] { (name) } }
                    }
                }
            }
            @for (name, value) in hidden { input type="hidden" name=(name) value=(value); }
            div class="filter-actions" {
                button type="submit" class="button" { (lang.pick("筛选", "Filter")) }
                @if active { a href={ "/work/registers/" (def.full_name()) } { (lang.pick("清除筛选", "Clear")) } }
            }
        }
    }
}

fn searched(def: &RegisterDef, lang: Lang) -> String {
    let names: Vec<&str> = def
        .search
        .iter()
        .filter_map(|name| def.field(name))
        .map(|field| field.label.get(lang))
        .collect();
    names.join(lang.pick("、", ", "))
}

fn options(values: &Values, field: &FieldDef) -> Option<Vec<(String, String)>> {
    let lang = values.lang;
    match &field.kind {
        FieldType::Code { list } => {
            let known = values.lists.get(list)?.entries();
            (known.len() <= OPTIONS).then(|| {
                known
                    .iter()
                    .map(|entry| (entry.code.clone(), entry.name.get(lang).to_owned()))
                    .collect()
            })
        }
        FieldType::Boolean => Some(vec![
            ("true".to_owned(), lang.pick("是", "yes").to_owned()),
            ("false".to_owned(), lang.pick("否", "no").to_owned()),
        ]),
        _ => None,
    }
}
