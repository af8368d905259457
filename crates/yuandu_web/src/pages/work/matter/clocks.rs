//! The clocks of a matter: what each was given, when it began and stood still, what was added, and the sum.

use maud::{Markup, html};
use yuandu_process::ClockView;

use super::Gathered;
use yuandu_design::components::list::facts;
use yuandu_design::components::status::{Lamp, lamp, lamp_saying, why};

pub(super) fn clocks(of: &Gathered) -> Markup {
    let lang = of.words.lang;
    let mut clocks: Vec<&ClockView> = of.view.clocks.iter().collect();
    clocks.sort_by_key(|clock| clock.clock.ledger.started_at);
    html! {
        @if of.view.clocks.is_empty() { p { (lang.pick("这件还没有开始计时。", "No clock has started yet.")) } }
        @for clock in clocks { (one(of, clock)) }
    }
}

fn one(of: &Gathered, clock: &ClockView) -> Markup {
    let words = &of.words;
    let lang = words.lang;
    let ledger = &clock.clock.ledger;
    let name = words.stage(&of.view.case.system, &clock.name);
    let state = match (clock.clock.status.word(), clock.clock.stopped) {
        ("running", _) => lamp(lang, words.lamp(clock.clock.due, clock.clock.warn)),
        ("suspended", _) => lamp_saying(Lamp::Off, lang.pick("停着", "Stands still")),
        (_, stopped) => {
            let late = stopped
                .zip(clock.clock.due)
                .is_some_and(|(stopped, due)| stopped > due);
            if late {
                lamp_saying(Lamp::Red, lang.pick("已停，超期", "Ended late"))
            } else {
                lamp_saying(Lamp::Off, lang.pick("已停，按时", "Ended in time"))
            }
        }
    };
    let mut items = vec![
        (
            lang.pick("时限", "Budget"),
            html! { (ledger.budget.in_words(lang)) },
        ),
        (
            lang.pick("开始", "Began"),
            html! { (words.instant(ledger.started_at)) },
        ),
    ];
    let until = clock.clock.stopped.unwrap_or(words.now);
    if let Ok(used) = words.calendar.consumed(ledger, until) {
        items.push((lang.pick("已用", "Used"), html! { (used.in_words(lang)) }));
    }
    for extension in &ledger.extensions {
        items.push((
            lang.pick("延长", "Extended"),
            html! { (words.instant(extension.at)) " +" (extension.budget.in_words(lang)) (lang.pick("：", ": ")) (extension.reason) },
        ));
    }
    for suspension in &ledger.suspensions {
        let to = suspension.to.map_or_else(
            || lang.pick("现在", "now").to_owned(),
            |to| words.instant(to),
        );
        items.push((
            lang.pick("停表", "Stood still"),
            html! {
                (words.instant(suspension.from)) " – " (to) " · " (suspension.reason_in(lang))
                @if !suspension.legal_basis.is_empty() { " · " (suspension.legal_basis) }
            },
        ));
    }
    if let Some(due) = clock.clock.due {
        items.push((
            lang.pick("到期", "Due"),
            html! { strong { (words.instant(due)) } },
        ));
    }
    if let Some(stopped) = clock.clock.stopped {
        items.push((
            lang.pick("停止", "Ended"),
            html! { (words.instant(stopped)) },
        ));
    }
    let sum = clock
        .projection
        .as_ref()
        .map(|projection| projection.explain(lang));
    html! {
        section class="clock" {
            h2 { (name) " " (state) }
            (facts(&items))
            @if let Some(sum) = sum { (why(lang, &sum)) }
        }
    }
}
