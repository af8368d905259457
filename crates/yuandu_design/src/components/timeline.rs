//! The vertical line of steps on the track page: what happens next on top, what happened below, with dates.

use maud::{Markup, html};
use yuandu_base::Lang;

/// How a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepState {
    /// Will come.
    Next,
    /// Being worked on.
    Now,
    /// Behind us.
    Done,
    /// Ended here without the usual end: refused, withdrawn.
    Stopped,
}

impl StepState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Now => "now",
            Self::Done => "done",
            Self::Stopped => "stopped",
        }
    }

    fn word(self, lang: Lang) -> &'static str {
        match self {
            Self::Next => lang.pick("接下来", "Next"),
            Self::Now => lang.pick("正在进行", "Now"),
            Self::Done => lang.pick("已完成", "Done"),
            Self::Stopped => lang.pick("到此为止", "Ended here"),
        }
    }
}

/// One step in plain words.
#[derive(Debug, Clone)]
pub struct Step<'a> {
    /// How it stands.
    pub state: StepState,
    /// What happens, "市政公用中心处置".
    pub title: &'a str,
    /// When it happened, or by when it should: "10 月 12 日 17:00 前".
    pub when: &'a str,
    /// Who: a post, never a person's private data.
    pub who: &'a str,
    /// More: opinion, derivation of the time, photos; may be empty.
    pub detail: Markup,
}

/// The line of steps. Give the next step first and the report itself last.
#[must_use]
pub fn timeline(lang: Lang, steps: &[Step<'_>]) -> Markup {
    html! {
        ol class="timeline" {
            @for step in steps {
                li data-state=(step.state.as_str()) {
                    p class="step-state" { (step.state.word(lang)) }
                    p class="step-title" { (step.title) }
                    p class="step-facts" {
                        @if !step.when.is_empty() { time { (step.when) } }
                        @if !step.when.is_empty() && !step.who.is_empty() { span aria-hidden="true" { " · " } }
                        @if !step.who.is_empty() { span { (step.who) } }
                    }
                    @if !step.detail.0.is_empty() { div class="step-detail" { (step.detail) } }
                }
            }
        }
    }
}
