//! The right side of the agent's page: what is known while the caller speaks.

use maud::{Markup, html};
use yuandu_api::desk::Help;
use yuandu_api::{App, SystemInfo};
use yuandu_base::Lang;
use yuandu_process::CaseRow;
use yuandu_registers::RecordView;

use super::super::words::Words;
use super::{SYSTEM, chosen};
use crate::pages::forms::categories::CATEGORIES;
use crate::pages::forms::values::Values;
use yuandu_design::components::status::tag;

/// The systems whose cases a caller can begin: orders first.
pub(super) fn systems(app: &App) -> impl Iterator<Item = &SystemInfo> {
    let own = app.systems.iter().filter(|system| system.id == SYSTEM);
    let others = app
        .systems
        .iter()
        .filter(|system| system.has_cases && system.id == "city-care");
    own.chain(others)
}

/// Everything that helps; each part only when there is something in it.
pub(super) fn shown(app: &App, words: &Words, help: &Help, values: &Values) -> Markup {
    let lang = words.lang;
    let empty = help.likely.is_empty() && help.similar.is_empty() && help.past.is_empty();
    html! {
        @if empty && help.articles.is_empty() && help.outages.is_empty() {
            p class="pane-empty" { (lang.pick("边听边记：类别、责任单位、相似工单和知识会出现在这里。", "Write while you listen: category, unit, similar orders and articles appear here.")) }
        }
        (outages(words, &help.outages))
        (likely(app, words, help, values))
        (cases(words, lang.pick("来电人此前的工单", "The caller's past orders"), &help.past))
        (articles(words, &help.articles))
        (cases(words, lang.pick("相似工单", "Similar orders"), &help.similar))
    }
}

fn likely(app: &App, words: &Words, help: &Help, values: &Values) -> Markup {
    let lang = words.lang;
    let current = chosen(values).map(|(system, code)| format!("{system}/{code}"));
    html! {
        @if !help.likely.is_empty() {
            fieldset class="desk-likely" {
                legend { (lang.pick("可能的类别（Alt+数字）", "Likely category (Alt + digit)")) }
                @for (place, one) in help.likely.iter().enumerate() {
                    @let value = format!("{}/{}", one.system, one.category);
                    @let picked = current.as_ref().map_or(place == 0, |current| *current == value);
                    @let id = format!("likely-{}", place + 1);
                    div class="card" {
                        input type="radio" id=(id) name="category" value=(value) checked[picked] accesskey=(place + 1);
                        label for=(id) {
                            (name(app, &one.system, &one.category, lang)) " "
                            span class="count" { (format!("{:.0}%", one.score * 100.0)) }
                            @if one.system != SYSTEM { " " (tag(lang.pick("城市管理案卷", "City-care case"))) }
                        }
                    }
                }
            }
        }
        @if let Some(owner) = &help.owner {
            p class="desk-owner" {
                strong { (words.org(&owner.org)) }
                @if !owner.clause.is_empty() { " · " (owner.clause) }
            }
        }
    }
}

/// The name of a category, or its code where the list has none.
pub(super) fn name(app: &App, system: &str, code: &str, lang: Lang) -> String {
    app.system(system)
        .and_then(|system| system.lists.label(CATEGORIES, code))
        .map_or_else(|| code.to_owned(), |label| label.get(lang).to_owned())
}

fn cases(words: &Words, title: &str, cases: &[CaseRow]) -> Markup {
    html! {
        @if !cases.is_empty() {
            section {
                h2 { (title) }
                ul class="desk-list" {
                    @for case in cases {
                        li {
                            a href={ "/work/cases/" (case.id) } { (words.title_of(case)) }
                            p class="sub" {
                                (case.number) " · " (words.instant(case.opened_at)) " · " (state(words, case))
                                @if let Some(org) = &case.org { " · " (words.org(org)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn state(words: &Words, case: &CaseRow) -> String {
    let lang = words.lang;
    match (case.status.as_str(), &case.stage) {
        ("open", Some(stage)) => words.stage(&case.system, stage),
        ("open", None) => lang.pick("办理中", "open").to_owned(),
        ("refused", _) => lang.pick("不予受理", "refused").to_owned(),
        ("merged", _) => lang.pick("已并入", "merged").to_owned(),
        _ => lang.pick("已结案", "closed").to_owned(),
    }
}

fn articles(words: &Words, articles: &[RecordView]) -> Markup {
    let lang = words.lang;
    html! {
        @if !articles.is_empty() {
            section {
                h2 { (lang.pick("知识", "Knowledge")) }
                @for article in articles {
                    @let text = |name: &str| article.values.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
                    details class="desk-article" {
                        summary { (text("question")) }
                        p { (text("answer")) }
                        p class="sub" {
                            (words.org(text("owner"))) " · " (lang.pick("有效期至 ", "valid until ")) (text("valid_until"))
                            @if !text("basis").is_empty() { " · " (text("basis")) }
                        }
                    }
                }
            }
        }
    }
}

fn outages(words: &Words, outages: &[RecordView]) -> Markup {
    let lang = words.lang;
    html! {
        @if !outages.is_empty() {
            section class="desk-outages" {
                h2 { (lang.pick("正在停供", "Out now")) }
                ul class="desk-list" {
                    @for outage in outages {
                        @let text = |name: &str| outage.values.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
                        li {
                            strong { (text("place")) }
                            p class="sub" {
                                (text("cause")) " · " (words.instant_of(text("begins"))) " – "
                                @if text("ends").is_empty() { (lang.pick("待定", "open")) } @else { (words.instant_of(text("ends"))) }
                                " · " (words.org(text("owner")))
                            }
                        }
                    }
                }
            }
        }
    }
}
