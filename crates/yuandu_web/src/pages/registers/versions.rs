//! Every version of a record: the days it is true for, since when and until when it was believed, by whom and why.

use maud::{Markup, html};
use yuandu_base::Lang;
use yuandu_registers::{How, VersionView};
use yuandu_schema::RegisterDef;

use super::values::Values;

/// The versions, the present one first.
pub(super) fn versions(def: &RegisterDef, values: &Values, versions: &[VersionView]) -> Markup {
    let lang = values.lang;
    html! {
        section aria-labelledby="versions" {
            h2 id="versions" { (lang.pick("版本", "Versions")) }
            p class="hint" { (lang.pick(
                "每个版本写明哪些天有效、从什么时候起这样登记。更正不会抹掉原来的登记。",
                "Each version says on which days it is true and since when it is recorded so. A correction does not erase what was recorded before.",
            )) }
            ol class="history" { @for version in versions { (one(def, values, version)) } }
        }
    }
}

fn one(def: &RegisterDef, values: &Values, version: &VersionView) -> Markup {
    let (lang, validity) = (values.lang, &version.validity);
    let who = validity
        .by
        .strip_prefix("user:")
        .map_or(validity.by.as_str(), |id| values.directory.person_name(id));
    let shown: Vec<String> = def
        .fields
        .iter()
        .filter(|field| version.values.contains_key(&field.name))
        .map(|field| {
            let text = values.text(field, version.values.get(&field.name));
            format!("{} {text}", field.label.get(lang))
        })
        .collect();
    html! {
        li {
            p class="history-head" {
                strong { (days(lang, version)) } " " span { (how(lang, validity.how)) }
                @if !who.is_empty() { " " span { (who) } }
                @if let Some(at) = validity.known_from { " " time { (values.instant(at)) } }
                @if let Some(until) = validity.known_to {
                    " " span class="hint" { (lang.pick("登记到 ", "recorded so until ")) (values.instant(until)) }
                }
            }
            @if let Some(why) = &validity.why { p class="history-words" { (why) } }
            p class="history-words" { (shown.join(lang.pick("；", "; "))) }
        }
    }
}

fn days(lang: Lang, version: &VersionView) -> String {
    let validity = &version.validity;
    let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string());
    match (day(validity.from), day(validity.to)) {
        (None, None) => lang.pick("一直有效", "always").to_owned(),
        (Some(from), None) => match lang {
            Lang::Zh => format!("{from} 起"),
            Lang::En => format!("from {from}"),
        },
        (None, Some(to)) => match lang {
            Lang::Zh => format!("{to} 前"),
            Lang::En => format!("before {to}"),
        },
        (Some(from), Some(to)) => match lang {
            Lang::Zh => format!("{from} 至 {to} 前"),
            Lang::En => format!("from {from} until before {to}"),
        },
    }
}

fn how(lang: Lang, how: How) -> &'static str {
    match how {
        How::Created => lang.pick("新增", "created"),
        How::Changed => lang.pick("变更", "changed"),
        How::Corrected => lang.pick("更正", "corrected"),
        How::Kept => lang.pick("其余天数不变", "other days unchanged"),
    }
}
