//! Values of declared fields as officers read them.

use maud::{Markup, html};
use serde_json::Value as Json;
use yuandu_base::calendar::Budget;
use yuandu_schema::{FieldDef, FieldType};

use super::Gathered;
use yuandu_design::components::photo::{self, Photo};

/// One value in words; nothing for an empty one and for photos, which have their own place.
pub(super) fn shown(of: &Gathered, field: &FieldDef, value: &Json) -> Option<Markup> {
    let words = &of.words;
    let lang = words.lang;
    let text = value.as_str();
    let said = match (&field.kind, value) {
        (_, Json::Null) | (FieldType::Photos { .. }, _) => return None,
        (FieldType::Code { list }, Json::String(code)) => {
            words.code(&of.view.case.system, list, code)
        }
        (FieldType::Org, Json::String(org)) => words.org(org).to_owned(),
        (FieldType::User, Json::String(user)) => words.directory.person_name(user).to_owned(),
        (FieldType::Post, Json::String(post)) => words
            .directory
            .post_title(post)
            .map_or_else(|| post.clone(), |title| title.get(lang).to_owned()),
        (FieldType::Instant, Json::String(at)) => words.instant_of(at),
        (FieldType::Budget, Json::String(budget)) => budget
            .parse::<Budget>()
            .map_or_else(|_| budget.clone(), |budget| budget.in_words(lang)),
        (_, Json::Bool(true)) => lang.pick("是", "yes").to_owned(),
        (_, Json::Bool(false)) => lang.pick("否", "no").to_owned(),
        (FieldType::Position, Json::Object(place)) => {
            let part = |end: &str| place.get(end).and_then(Json::as_f64).unwrap_or_default();
            format!("{:.6}, {:.6}", part("lon"), part("lat"))
        }
        (FieldType::Component | FieldType::Grid, Json::String(code)) => {
            return Some(html! { code class="code" { (code) } });
        }
        _ => text.map_or_else(|| value.to_string(), str::to_owned),
    };
    Some(html! { @for line in said.lines() { (line) br; } })
}

/// The names of the photos in a fact of the case.
pub(super) fn photos(of: &Gathered, fact: &str) -> Vec<String> {
    let names = of.view.facts.get(fact).and_then(Json::as_array);
    let names = names.into_iter().flatten().filter_map(Json::as_str);
    names.map(str::to_owned).collect()
}

/// Where officers find a photo of this case.
pub(super) fn address(of: &Gathered, name: &str) -> String {
    format!("/work/cases/{}/photos/{name}", of.view.case.id)
}

/// Photos in a row, named after what they show.
pub(super) fn gallery(of: &Gathered, names: &[String], what: &str) -> Markup {
    let whole: Vec<(String, String, String)> = names
        .iter()
        .enumerate()
        .map(|(index, name)| {
            let src = address(of, name);
            let thumb = format!("{src}?size=small");
            (src, thumb, format!("{what} {}", index + 1))
        })
        .collect();
    let photos: Vec<Photo<'_>> = whole
        .iter()
        .map(|(src, thumb, alt)| Photo {
            src,
            thumb,
            alt,
            caption: alt,
        })
        .collect();
    photo::gallery(of.words.lang, &photos)
}
