//! Words that stand out: notices, receipts, empty lists.

use maud::{Markup, html};

use crate::components::kite;

/// What a notice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// Worth knowing.
    #[default]
    Plain,
    /// Something was done.
    Done,
    /// Needs care soon.
    Care,
    /// Is wrong or late.
    Wrong,
}

impl Tone {
    fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Done => "done",
            Self::Care => "care",
            Self::Wrong => "wrong",
        }
    }
}

/// A boxed message with a heading; `body` may be empty. Read aloud when it appears later (`role=status`).
#[must_use]
pub fn notice(tone: Tone, heading: &str, body: &Markup) -> Markup {
    html! {
        div class="notice" data-tone=(tone.as_str()) role="status" {
            p class="notice-head" { (heading) }
            (body)
        }
    }
}

/// The large receipt after something was sent: what happened, the number, what comes next.
#[must_use]
pub fn receipt(heading: &str, number_label: &str, number: &str, next: &Markup) -> Markup {
    html! {
        section class="receipt" tabindex="-1" data-focus {
            h1 { (heading) }
            p class="receipt-number" { span { (number_label) } " " strong class="code" { (number) } }
            (next)
        }
    }
}

/// An empty list: what would appear here, and how to make it appear.
#[must_use]
pub fn empty(heading: &str, how: &str, action: Option<&Markup>) -> Markup {
    html! {
        div class="empty" {
            (kite::drawing())
            p class="empty-head" { (heading) }
            p { (how) }
            @if let Some(action) = action { p { (action) } }
        }
    }
}
