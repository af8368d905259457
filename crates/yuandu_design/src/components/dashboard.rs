//! Figures of a dashboard: few, each with its definition, source, time and a way to the cases behind it.

use maud::{Markup, html};
use yuandu_base::Lang;

use crate::components::status::{Lamp, lamp_saying};

/// A number of a sum, with the cases behind it.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// "分子", "应处置".
    pub label: &'a str,
    /// The number as people read it.
    pub value: &'a str,
    /// The cases behind it.
    pub href: Option<&'a str>,
}

/// One figure.
#[derive(Debug, Clone, Copy)]
pub struct Figure<'a> {
    /// Name of the indicator.
    pub label: &'a str,
    /// The figure as people read it, "96.2"; "—" when it cannot be computed.
    pub value: &'a str,
    /// "%", "件".
    pub unit: &'a str,
    /// How it is computed, in words.
    pub definition: &'a str,
    /// The formula as its source writes it: "按时处置数/应处置数"; may be empty.
    pub formula: &'a str,
    /// The numbers of the sum, always shown: "分子 412", "分母 428".
    pub parts: &'a [Part<'a>],
    /// Where the facts come from.
    pub source: &'a str,
    /// When it was measured; empty where the page says it once for all figures.
    pub updated: &'a str,
    /// The cases behind it.
    pub href: Option<&'a str>,
    /// "比上月高 1.3 个百分点".
    pub compared: Option<&'a str>,
    /// "目标 95%".
    pub target: Option<&'a str>,
    /// How it stands against the target.
    pub standing: Option<Standing>,
}

/// How an indicator stands against its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The target is met.
    Met,
    /// A little short of it.
    Near,
    /// Missed.
    Missed,
}

impl Standing {
    fn shown(self, lang: Lang) -> Markup {
        match self {
            Self::Met => lamp_saying(Lamp::Green, lang.pick("达标", "On target")),
            Self::Near => lamp_saying(Lamp::Yellow, lang.pick("接近目标", "Near target")),
            Self::Missed => lamp_saying(Lamp::Red, lang.pick("未达标", "Off target")),
        }
    }
}

/// A card with one figure.
#[must_use]
pub fn figure(lang: Lang, figure: &Figure<'_>) -> Markup {
    html! {
        article class="figure-card" {
            h2 { (figure.label) }
            p class="figure-value" {
                @match figure.href {
                    Some(href) => { a href=(href) { (figure.value) span class="unit" { (figure.unit) } span class="sr" { (lang.pick("，看这些案卷", ", see the cases")) } } }
                    None => { (figure.value) span class="unit" { (figure.unit) } }
                }
            }
            p class="figure-notes" {
                @if let Some(standing) = figure.standing { (standing.shown(lang)) " " }
                @if let Some(target) = figure.target { span { (target) } " " }
                @if let Some(compared) = figure.compared { span { (compared) } }
            }
            @if !figure.parts.is_empty() {
                p class="figure-parts" {
                    @for part in figure.parts { span { (part.label) " " @match part.href {
                        Some(href) => { a href=(href) { (part.value) } }
                        None => { (part.value) }
                    } } }
                }
            }
            details {
                summary { (lang.pick("怎么算的", "How it is computed")) }
                p { (figure.definition) }
                @if !figure.formula.is_empty() { p class="sum" { (lang.pick("公式：", "Formula: ")) (figure.formula) } }
                p class="source" { (lang.pick("来源：", "Source: ")) (figure.source) }
            }
            @if !figure.updated.is_empty() { p class="updated" { (lang.pick("测于 ", "Measured ")) time { (figure.updated) } } }
        }
    }
}

/// Figures side by side.
#[must_use]
pub fn figures(cards: &[Markup]) -> Markup {
    html! { div class="figure-cards" { @for card in cards { (card) } } }
}

/// A dashboard: figures and charts on one side, the map beside them.
#[must_use]
pub fn beside(figures: &Markup, map: &Markup) -> Markup {
    html! { div class="dashboard" { div class="dashboard-figures" { (figures) } div class="dashboard-map" { (map) } } }
}
