//! Buttons and links that look like them.
//!
//! One primary button a page for residents: the next thing to do.

use maud::{Markup, html};

/// How much a button weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Weight {
    /// The one thing to do next.
    Primary,
    /// Anything else.
    #[default]
    Plain,
    /// Ends or refuses something.
    Grave,
}

impl Weight {
    fn class(self) -> &'static str {
        match self {
            Self::Primary => "button primary",
            Self::Plain => "button",
            Self::Grave => "button grave",
        }
    }
}

/// A submit button of the form around it.
#[must_use]
pub fn submit(label: &str, weight: Weight) -> Markup {
    html! { button type="submit" class=(weight.class()) { (label) } }
}

/// A submit button that sends `name=value`, for forms with several outcomes.
#[must_use]
pub fn submit_as(label: &str, name: &str, value: &str, weight: Weight) -> Markup {
    html! { button type="submit" name=(name) value=(value) class=(weight.class()) { (label) } }
}

/// A link that starts something.
#[must_use]
pub fn link(label: &str, href: &str, weight: Weight) -> Markup {
    html! { a class=(weight.class()) href=(href) { (label) } }
}

/// An action that is not allowed now: it stays readable and says why, on hover and in text.
#[must_use]
pub fn refused(label: &str, reason: &str) -> Markup {
    html! {
        span class="refused-action" {
            span class="button" role="link" aria-disabled="true" title=(reason) { (label) }
            small class="reason" { (reason) }
        }
    }
}

/// A row of buttons; the primary one comes first.
#[must_use]
pub fn row(buttons: &[Markup]) -> Markup {
    html! { div class="buttons" { @for button in buttons { (button) } } }
}
