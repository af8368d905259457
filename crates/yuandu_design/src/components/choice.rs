//! Choices that are all visible: radio cards and check boxes.

use maud::{Markup, html};
use yuandu_base::Lang;

use crate::components::field::{Field, Opt, need, notes};

/// One of up to five answers, each a large target. The first card carries the field's id, so that the error
/// summary can lead to it.
#[must_use]
pub fn radio_cards(lang: Lang, field: &Field<'_>, options: &[Opt<'_>]) -> Markup {
    html! {
        fieldset class="field choices" data-invalid[field.error.is_some()] aria-describedby=[field.described_by()] {
            legend class="label" { (field.label) (need(lang, field.required)) }
            (notes(lang, field))
            div class="cards" {
                @for (index, option) in options.iter().enumerate() {
                    @let id = if index == 0 { field.id() } else { format!("{}-{index}", field.id()) };
                    div class="card" {
                        input type="radio" id=(id) name=(field.name) value=(option.value)
                            checked[option.value == field.value] required[field.required]
                            aria-describedby=[option.hint.map(|_| format!("{id}-means"))];
                        label for=(id) { (option.label) }
                        @if let Some(hint) = option.hint { p class="hint" id={ (id) "-means" } { (hint) } }
                    }
                }
            }
        }
    }
}

/// One yes-or-no statement; it sends `name=yes` when ticked.
#[must_use]
pub fn checkbox(lang: Lang, field: &Field<'_>) -> Markup {
    html! {
        div class="field check" data-invalid[field.error.is_some()] {
            div class="card" {
                input type="checkbox" id=(field.id()) name=(field.name) value="yes"
                    checked[field.value == "yes"] required[field.required]
                    aria-describedby=[field.described_by()] aria-invalid=[field.error.map(|_| "true")];
                label for=(field.id()) {
                    (field.label)
                    @if field.required { (need(lang, true)) }
                }
            }
            (notes(lang, field))
        }
    }
}

/// Any number of values of one name.
#[must_use]
pub fn checkboxes(lang: Lang, field: &Field<'_>, options: &[Opt<'_>], chosen: &[&str]) -> Markup {
    html! {
        fieldset class="field choices" data-invalid[field.error.is_some()] aria-describedby=[field.described_by()] {
            legend class="label" { (field.label) (need(lang, field.required)) }
            (notes(lang, field))
            div class="cards" {
                @for (index, option) in options.iter().enumerate() {
                    @let id = if index == 0 { field.id() } else { format!("{}-{index}", field.id()) };
                    div class="card" {
                        input type="checkbox" id=(id) name=(field.name) value=(option.value)
                            checked[chosen.contains(&option.value)];
                        label for=(id) { (option.label) }
                        @if let Some(hint) = option.hint { p class="hint" { (hint) } }
                    }
                }
            }
        }
    }
}
