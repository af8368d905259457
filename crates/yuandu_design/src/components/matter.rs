//! The officers' frame: inbox in panes, and the head of a matter with its next actions.

use maud::{Markup, html};
use yuandu_base::Lang;

use crate::components::status::{Due, code, due, tag};

/// The inbox: saved views, the list, the matter. On a phone one of them at a time.
#[derive(Debug, Clone)]
pub struct Inbox<'a> {
    /// [`crate::components::navigation::views`].
    pub views: Markup,
    /// Filters and table.
    pub list: Markup,
    /// The open matter.
    pub matter: Option<Markup>,
    /// Back to the list, for phones.
    pub back: &'a str,
}

/// See [`Inbox`]. The matter stands in `#matter`, into which rows load.
#[must_use]
pub fn inbox(lang: Lang, inbox: &Inbox<'_>) -> Markup {
    html! {
        div class="inbox" data-open[inbox.matter.is_some()] {
            (inbox.views)
            section class="inbox-list" aria-label=(lang.pick("案卷列表", "List of matters")) { (inbox.list) }
            (pane(lang, inbox.matter.as_ref(), inbox.back))
        }
    }
}

/// The right pane alone, as htmx loads it when a row is opened.
#[must_use]
pub fn pane(lang: Lang, matter: Option<&Markup>, back: &str) -> Markup {
    html! {
        section class="inbox-matter" id="matter" tabindex="-1" aria-label=(lang.pick("打开的案卷", "Open matter")) {
            @match matter {
                Some(matter) => {
                    p class="pane-back" { a href=(back) { (lang.pick("← 回到列表", "← Back to the list")) } }
                    (matter)
                }
                None => {
                    div class="pane-empty" {
                        p { (lang.pick("在左边选一件，就在这里打开。", "Choose a matter on the left; it opens here.")) }
                        p class="hint" {
                            kbd { "j" } " " kbd { "k" } (lang.pick(" 上下走，", " walk, "))
                            kbd { "Enter" } (lang.pick(" 打开，", " opens, "))
                            kbd { "?" } (lang.pick(" 看全部按键", " shows all keys"))
                        }
                    }
                }
            }
        }
    }
}

/// The head of a matter.
#[derive(Debug, Clone)]
pub struct Head<'a> {
    /// "人民路与胜利街路口井盖破损".
    pub title: &'a str,
    /// Case number.
    pub number: &'a str,
    /// "处置中".
    pub stage: &'a str,
    /// The running clock, if one runs.
    pub due: Option<Due<'a>>,
    /// Who holds it: post and person.
    pub holder: &'a str,
    /// Small marks: yellow card, merged, deferred.
    pub marks: Vec<Markup>,
    /// Next actions, allowed ones first, refused ones with their reason.
    pub actions: Vec<Markup>,
}

/// See [`Head`].
#[must_use]
pub fn head(lang: Lang, head: &Head<'_>) -> Markup {
    html! {
        header class="matter-head" {
            h1 { (head.title) }
            p class="matter-line" {
                (code(head.number)) " " (tag(head.stage))
                @for mark in &head.marks { " " (mark) }
                @if !head.holder.is_empty() { " " span class="holder" { (lang.pick("现由 ", "With ")) (head.holder) } }
            }
            @if let Some(clock) = &head.due { (due(lang, clock)) }
            @if !head.actions.is_empty() { div class="buttons" { @for action in &head.actions { (action) } } }
        }
    }
}

/// One line of the history: who, post, when, what, time used.
#[derive(Debug, Clone)]
pub struct Event<'a> {
    /// "立案".
    pub what: &'a str,
    /// Post and person.
    pub who: &'a str,
    /// When.
    pub when: &'a str,
    /// "用时 1 小时 20 分"; empty when unknown.
    pub used: &'a str,
    /// Opinion in the officer's words; may be empty.
    pub words: &'a str,
    /// Position in the log, with its proof.
    pub proof: Option<(u64, &'a str)>,
}

/// Opinions and history, newest first.
#[must_use]
pub fn history(lang: Lang, events: &[Event<'_>]) -> Markup {
    html! {
        ol class="history" {
            @for event in events {
                li {
                    p class="history-head" {
                        strong { (event.what) } " " span { (event.who) } " " time { (event.when) }
                        @if !event.used.is_empty() { " " span class="used" { (event.used) } }
                        @if let Some((position, href)) = event.proof {
                            " " a class="proof" href=(href) { (lang.pick("日志第 ", "log entry ")) (position) (lang.pick(" 条", "")) }
                        }
                    }
                    @if !event.words.is_empty() { p class="history-words" { (event.words) } }
                }
            }
        }
    }
}
