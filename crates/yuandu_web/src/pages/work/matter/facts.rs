//! The facts of a matter: each with its value and where it comes from; photos beside each other; restricted facts only
//! when asked for.

use std::collections::BTreeMap;

use maud::{Markup, html};
use serde_json::Value as Json;
use yuandu_process::HistoryEntry;
use yuandu_schema::{FieldDef, FieldType, Sensitivity};

use super::super::words;
use super::{Gathered, Place, history, values};
use crate::pages::here::Here;
use yuandu_design::components::button::{self, Weight};
use yuandu_design::components::form::{Form, form};
use yuandu_design::components::list;
use yuandu_design::components::photo::{self, Photo};

/// Facts that have their own place on the page.
const ELSEWHERE: [&str; 2] = ["words", "photos"];

pub(super) fn facts(here: &Here, of: &Gathered, place: &Place) -> Markup {
    let lang = here.lang();
    let sources = sources(&of.history);
    let declared = &of.kind.declared.fields;
    let mut items = universal(of);
    for field in declared.iter().filter(|field| belongs_to_facts(field)) {
        let value = of.view.facts.get(&field.name).unwrap_or(&Json::Null);
        // A count of nothing says nothing.
        if value.as_i64() == Some(0) {
            continue;
        }
        if let Some(shown) = values::shown(of, field, value) {
            let source = source(of, field, &sources);
            items.push((
                field.label.get(lang),
                html! { (shown) @if let Some(source) = source { span class="source" { (source) } } },
            ));
        }
    }
    html! {
        (before_and_after(of))
        (list::facts(&items))
        (restricted(here, of, place))
        @for field in declared.iter().filter(|field| is_photos(field) && !ELSEWHERE.contains(&field.name.as_str())) {
            @let names = values::photos(of, &field.name);
            @if !names.is_empty() {
                section class="photo-group" {
                    h2 { (field.label.get(lang)) }
                    (values::gallery(of, &names, field.label.get(lang)))
                }
            }
        }
        section class="times" {
            h2 { (lang.pick("时间", "Times")) }
            (list::facts(&times(of)))
        }
    }
}

fn belongs_to_facts(field: &FieldDef) -> bool {
    field.sensitivity != Sensitivity::Restricted
        && field.kind != FieldType::Instant
        && !ELSEWHERE.contains(&field.name.as_str())
}

/// Milestones in the order of the declaration; one that only repeats the opening is left out.
fn times(of: &Gathered) -> Vec<(&str, Markup)> {
    let words = &of.words;
    let lang = words.lang;
    let case = &of.view.case;
    let mut items = vec![(
        lang.pick("上报", "Reported"),
        html! { (words.instant(case.opened_at)) },
    )];
    let instants = of
        .kind
        .declared
        .fields
        .iter()
        .filter(|field| field.kind == FieldType::Instant);
    for field in instants {
        let text = of.view.facts.get(&field.name).and_then(Json::as_str);
        let at = text.and_then(|text| text.parse::<jiff::Timestamp>().ok());
        // The process may note the beginning some milliseconds later.
        if let Some(at) = at.filter(|at| at.duration_since(case.opened_at).as_secs() != 0) {
            items.push((field.label.get(lang), html! { (words.instant(at)) }));
        }
    }
    items
}

fn universal(of: &Gathered) -> Vec<(&'static str, Markup)> {
    let words = &of.words;
    let lang = words.lang;
    let case = &of.view.case;
    let category = case.category.as_deref().map(|code| {
        let name = words.code(&case.system, "categories", code);
        html! { (name) " " code { (code) } }
    });
    let org = case.org.as_deref().map(|org| html! { (words.org(org)) });
    let grid = case.grid.as_deref().map(|grid| html! { code { (grid) } });
    let all = [
        (lang.pick("类别", "Category"), category),
        (
            lang.pick("地址", "Address"),
            case.address.as_deref().map(|text| html! { (text) }),
        ),
        (lang.pick("单元网格", "Unit grid"), grid),
        (
            lang.pick("来源渠道", "Came in by"),
            Some(html! { (words::channel(lang, &case.channel)) }),
        ),
        (lang.pick("承办单位", "Unit"), org),
    ];
    all.into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

/// The entry that last wrote each fact.
fn sources(entries: &[HistoryEntry]) -> BTreeMap<&str, &HistoryEntry> {
    let mut sources = BTreeMap::new();
    for entry in entries {
        let facts = entry.note.get("facts").and_then(Json::as_object);
        for name in facts.into_iter().flat_map(|facts| facts.keys()) {
            sources.insert(name.as_str(), entry);
        }
    }
    sources
}

/// "来源：派遣，王立新，11 月 23 日 09:00"; a fact that a register owns names the register.
fn source(
    of: &Gathered,
    field: &FieldDef,
    sources: &BTreeMap<&str, &HistoryEntry>,
) -> Option<String> {
    let lang = of.words.lang;
    let of_register = field.source.as_ref().map(|source| match lang {
        yuandu_base::Lang::Zh => format!("取自登记簿 {source}"),
        yuandu_base::Lang::En => format!("from the register {source}"),
    });
    let entry = sources.get(field.name.as_str());
    let of_log = entry.map(|entry| {
        let parts = [
            history::what(of, entry),
            history::name(of, entry),
            of.words.instant(entry.at),
        ];
        let said: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        said.join(lang.pick("，", ", "))
    });
    let said: Vec<String> = [of_register, of_log].into_iter().flatten().collect();
    (!said.is_empty()).then(|| {
        format!(
            "{}{}",
            lang.pick("来源：", "Source: "),
            said.join(lang.pick("；", "; "))
        )
    })
}

/// Contact and the like: names only, until someone asks and the log says so.
fn restricted(here: &Here, of: &Gathered, place: &Place) -> Markup {
    let lang = here.lang();
    let fields = of
        .kind
        .declared
        .fields
        .iter()
        .filter(|field| field.sensitivity == Sensitivity::Restricted);
    let has = |field: &&FieldDef| {
        of.view.masked.contains(&field.name)
            || of
                .view
                .facts
                .get(&field.name)
                .is_some_and(|value| !value.is_null())
    };
    let fields: Vec<&FieldDef> = fields.filter(has).collect();
    if fields.is_empty() {
        return html! {};
    }
    let may = fields
        .iter()
        .any(|field| !of.view.masked.contains(&field.name));
    let items: Vec<(&str, Markup)> = fields
        .iter()
        .map(|field| {
            let value = place.revealed.get(&field.name);
            let shown = value.and_then(|value| values::shown(of, field, value));
            (
                field.label.get(lang),
                shown.unwrap_or_else(|| html! { "••••••" }),
            )
        })
        .collect();
    let action = format!("/work/cases/{}/restricted", of.view.case.id);
    let label = lang.pick("查看联系方式", "Show the contact");
    html! {
        section class="restricted" {
            h2 { (lang.pick("受限信息", "Restricted facts")) }
            (list::facts(&items))
            @if !place.revealed.is_empty() {
                p class="hint" { (lang.pick("这次查看已经记入本件的经过。", "This look is now part of the history of the case.")) }
            } @else if may {
                (form(lang, &Form::new(&action, &here.csrf).unguarded(), &button::submit(label, Weight::Plain)))
                p class="hint" { (lang.pick("谁在什么时候查看，会记入本件的经过。", "Who looked and when becomes part of the history of the case.")) }
            } @else {
                p class="hint" { (lang.pick("您的岗位不需要这些信息，所以不显示。", "Your post does not need these facts, so they are not shown.")) }
            }
        }
    }
}

fn is_photos(field: &FieldDef) -> bool {
    matches!(field.kind, FieldType::Photos { .. })
}

/// The first photo of the matter and the last one, once something was done about it.
fn before_and_after(of: &Gathered) -> Markup {
    let lang = of.words.lang;
    let first = ["photos", "verify_photos"]
        .into_iter()
        .find_map(|fact| values::photos(of, fact).into_iter().next());
    let last = ["check_photos", "handle_photos"]
        .into_iter()
        .find_map(|fact| values::photos(of, fact).into_iter().next_back());
    let Some((before, after)) = first.zip(last) else {
        return html! {};
    };
    let (before, after) = (values::address(of, &before), values::address(of, &after));
    photo::compare(
        lang,
        &whole(
            &before,
            lang.pick("处置前的照片", "Photo before the repair"),
        ),
        &whole(&after, lang.pick("处置后的照片", "Photo after the repair")),
    )
}

fn whole<'a>(src: &'a str, alt: &'a str) -> Photo<'a> {
    Photo {
        src,
        thumb: src,
        alt,
        caption: "",
    }
}
