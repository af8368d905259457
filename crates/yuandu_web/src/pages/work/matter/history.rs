//! Opinions and history, from the log: who, from which post, when, what, how much office time it took, in whose words.

use maud::{Markup, html};
use serde_json::Value as Json;
use yuandu_base::calendar::Budget;
use yuandu_base::{Lang, LocalText};
use yuandu_geo::Position;
use yuandu_process::{HistoryEntry, sent_to};
use yuandu_store::BlobRef;

use super::super::words;
use super::by_hand;
use super::{Gathered, Place, values};
use yuandu_design::components::status::tag_wrong;

/// Standing farther away than this is worth a word: a crossing's width and a phone's error (see the forms of the steps).
pub(in crate::pages::work) const FAR_M: f64 = 200.0;

pub(super) fn history(of: &Gathered, place: &Place) -> Markup {
    html! {
        ol class="history" {
            @for entry in of.history.iter().rev() { (event(of, place, entry)) }
        }
    }
}

fn event(of: &Gathered, place: &Place, entry: &HistoryEntry) -> Markup {
    let lang = of.words.lang;
    let note = &entry.note;
    let used = match note.pointer("/used/minutes").and_then(Json::as_i64) {
        Some(0) => Some(lang.pick("不到 1 分钟", "less than a minute").to_owned()),
        _ => text(note, "/used/words", lang),
    };
    let late = note.get("overdue").and_then(Json::as_bool).unwrap_or(false);
    html! {
        li {
            p class="history-head" {
                strong { (what(of, entry)) } " "
                span { (who(of, entry)) } " "
                time { (of.words.instant(entry.at)) }
                @if let Some(used) = used { " " span class="used" { (lang.pick("用时 ", "took ")) (used) } }
                @if late { " " (tag_wrong(lang.pick("超期办理", "done late"))) }
                " " a class="proof" href=(place.with(&format!("tab=proof&at={}", entry.position))) {
                    (lang.pick("日志第 ", "log entry ")) (entry.position) (lang.pick(" 条", ""))
                }
            }
            @if let Some(opinion) = note.get("opinion").and_then(Json::as_str) { p class="history-words" { (opinion) } }
            // Filled in without a line: when it was done, beside when it arrived.
            @if let Some(at) = note.pointer("/input/on_site_at").and_then(Json::as_str) {
                p class="hint" { (lang.pick("现场时间 ", "Time on the spot: ")) (of.words.instant_of(at)) }
            }
            @if let Some(signed) = by_hand::signed(lang, note) { p class="hint" { (signed) } }
            (consequences(of, note))
            (evidence(of, note))
        }
    }
}

/// What an entry says was done.
pub(super) fn what(of: &Gathered, entry: &HistoryEntry) -> String {
    let lang = of.words.lang;
    let note = &entry.note;
    let step = text(note, "/name", lang).unwrap_or_default();
    let kind = note.get("kind").and_then(Json::as_str).unwrap_or_default();
    let said = match kind {
        "opened" => {
            let channel = note
                .get("channel")
                .and_then(Json::as_str)
                .unwrap_or_default();
            return format!(
                "{}{}{}",
                lang.pick("上报（", "Reported ("),
                words::channel(lang, channel),
                lang.pick("）", ")")
            );
        }
        "task" => {
            let outcome = text(note, "/outcome_name", lang).unwrap_or_default();
            return match lang {
                Lang::Zh if outcome == step => outcome,
                Lang::Zh => format!("{step}：{outcome}"),
                Lang::En => format!("{step}: {outcome}"),
            };
        }
        "joined" => lang.pick("又有人上报同一件", "Reported once more"),
        "asked" | "answered" | "question_back" | "kept" => return by_hand::asked(lang, kind, note),
        "send_back" | "take_back" | "add_signers" | "remove_signer" | "hand_over" | "urge" => {
            return by_hand::done(lang, kind, &step, note);
        }
        "withdraw" => lang.pick("撤销", "Withdrawn by who opened it"),
        "terminate" => lang.pick("终止", "Ended by the administrator"),
        "claimed" => lang.pick("认领", "Taken on"),
        "released" => lang.pick("释放", "Released"),
        "viewed" => lang.pick("查看了受限信息", "Looked at restricted facts"),
        "timer" => lang.pick("到时：", "Timer: "),
        "incident" => lang.pick("流程遇到问题：", "The process stumbled: "),
        // The calendar was edited: its own words say from when to when, and by which days.
        "reprojected" => {
            let why = text(note, "/moved/0/why", lang);
            let plain = lang.pick(
                "工作日历调整，期限重新计算",
                "The calendar was edited; the deadline moved",
            );
            return why.unwrap_or_else(|| plain.to_owned());
        }
        _ => by_hand::repaired(lang, kind).unwrap_or(&entry.op),
    };
    match kind {
        "claimed" | "released" => format!(
            "{said}{}{step}{}",
            lang.pick("「", " “"),
            lang.pick("」", "”")
        ),
        "timer" | "incident" => format!("{said}{step}"),
        _ => said.to_owned(),
    }
}

/// Person with post and organisation; the platform itself for timers; a resident has no name here.
pub(super) fn who(of: &Gathered, entry: &HistoryEntry) -> String {
    let lang = of.words.lang;
    let note = &entry.note;
    match note.pointer("/who/name").and_then(Json::as_str) {
        Some(name) => in_post(lang, note, "/who", name),
        None if note.get("channel").and_then(Json::as_str) == Some("import") => String::new(),
        None if entry.actor == "anonymous" => lang.pick("市民", "a resident").to_owned(),
        None => lang.pick("系统", "the system").to_owned(),
    }
}

/// A person named somewhere in a note, with post and organisation.
pub(super) fn in_post(lang: Lang, note: &Json, at: &str, name: &str) -> String {
    let org = text(note, &format!("{at}/org_name"), lang).unwrap_or_default();
    let post = text(note, &format!("{at}/post_title"), lang).unwrap_or_default();
    match lang {
        Lang::Zh => format!("{name}（{org} {post}）"),
        Lang::En => format!("{name} ({post}, {org})"),
    }
}

/// The name alone, where the line has no room for the post.
pub(super) fn name(of: &Gathered, entry: &HistoryEntry) -> String {
    let name = entry.note.pointer("/who/name").and_then(Json::as_str);
    name.map_or_else(|| who(of, entry), str::to_owned)
}

/// What came of it: new organisation, clocks, cards, next step.
fn consequences(of: &Gathered, note: &Json) -> Markup {
    let lang = of.words.lang;
    let list = |name: &str| {
        note.get(name)
            .and_then(Json::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let mut lines: Vec<String> = Vec::new();
    if let Some(org) = sent_to(note) {
        lines.push(format!(
            "{}{}",
            lang.pick("承办单位：", "Unit: "),
            of.words.org(org)
        ));
    }
    for clock in list("clocks") {
        let name = clock.get("name").and_then(Json::as_str).unwrap_or_default();
        if let Some(due) = clock.get("due").and_then(Json::as_str) {
            let (stage, due) = (
                of.words.stage(&of.view.case.system, name),
                of.words.instant_of(due),
            );
            lines.push(match lang {
                Lang::Zh => format!("{stage}应在 {due} 前完成"),
                Lang::En => format!("{stage} due {due}"),
            });
        }
    }
    for next in list("next") {
        let step = text(&next, "/name", lang).unwrap_or_default();
        lines.push(format!("{}{step}", lang.pick("接下来：", "Next: ")));
    }
    let cards = list("cards");
    html! {
        @if !lines.is_empty() { p class="hint" { (lines.join(lang.pick("；", "; "))) } }
        @for card in &cards {
            p { (tag_wrong(if card.get("colour").and_then(Json::as_str) == Some("red") { lang.pick("红牌", "Red card") } else { lang.pick("黄牌", "Yellow card") }))
                " " (text(card, "/reason", lang).unwrap_or_default()) }
        }
    }
}

/// What was sent along: where the person stood, photos, other words.
fn evidence(of: &Gathered, note: &Json) -> Markup {
    let lang = of.words.lang;
    let Some(input) = note.get("input").and_then(Json::as_object) else {
        return html! {};
    };
    let away = input.get("place").and_then(|place| distance(of, place));
    let photos: Vec<String> = input
        .values()
        .filter_map(Json::as_array)
        .flatten()
        .filter_map(Json::as_str)
        .filter(|name| BlobRef::parse(name).is_some())
        .map(str::to_owned)
        .collect();
    let others = ["evidence_words", "days", "suggested_owner", "parent"];
    let said: Vec<(&str, &str)> = others
        .iter()
        .filter_map(|name| Some((*name, input.get(*name)?.as_str()?)))
        .collect();
    html! {
        @if let Some(metres) = away {
            p class="hint" {
                (lang.pick("办理时距案卷位置 ", "Stood ")) (metres.round()) (lang.pick(" 米", " m from the place of the case"))
                @if metres > FAR_M { " " (tag_wrong(lang.pick("不在现场", "not on the spot"))) }
            }
        }
        @for (name, value) in said { p class="hint" { (label(lang, name)) (told(of, name, value)) } }
        @if !photos.is_empty() { (values::gallery(of, &photos, lang.pick("附的照片", "Photo sent along"))) }
    }
}

fn told(of: &Gathered, name: &str, value: &str) -> String {
    match name {
        "suggested_owner" => of.words.org(value).to_owned(),
        "days" => value.parse::<Budget>().map_or_else(
            |_| value.to_owned(),
            |budget| budget.in_words(of.words.lang),
        ),
        _ => value.to_owned(),
    }
}

fn label(lang: Lang, name: &str) -> &'static str {
    match name {
        "evidence_words" => lang.pick("依据：", "Evidence: "),
        "days" => lang.pick("申请延长：", "Asked for: "),
        "suggested_owner" => lang.pick("应由谁处置：", "Should be handled by: "),
        _ => lang.pick("并入：", "Merged into: "),
    }
}

/// Metres between a recorded place and the case.
fn distance(of: &Gathered, place: &Json) -> Option<f64> {
    let part = |end: &str| place.get(end).and_then(Json::as_f64);
    let stood = Position::new(part("lon")?, part("lat")?).ok()?;
    let case = Position::new(of.view.case.lon?, of.view.case.lat?).ok()?;
    Some(stood.distance_m(case))
}

/// A text of the note in the reader's language.
pub(super) fn text(note: &Json, pointer: &str, lang: Lang) -> Option<String> {
    let value = note.pointer(pointer)?;
    if let Some(plain) = value.as_str() {
        return Some(plain.to_owned());
    }
    let text: LocalText = serde_json::from_value(value.clone()).ok()?;
    Some(text.get(lang).to_owned())
}
