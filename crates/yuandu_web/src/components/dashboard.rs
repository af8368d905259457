//! Figures of a dashboard: few, each with its definition, source, time and a way to the cases behind it.

use maud::{Markup, html};
use yuandu_base::Lang;

use crate::components::status::{Lamp, lamp_saying};

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
    /// The parts of the sum: "按时处置数 412 ÷ 应处置数 428".
    pub sum: &'a str,
    /// Where the facts come from.
    pub source: &'a str,
    /// When it was last computed.
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
            details {
                summary { (lang.pick("怎么算的", "How it is computed")) }
                p { (figure.definition) }
                @if !figure.sum.is_empty() { p class="sum" { (figure.sum) } }
                p class="source" { (lang.pick("来源：", "Source: ")) (figure.source) }
            }
            p class="updated" { (lang.pick("更新于 ", "Updated ")) time { (figure.updated) } }
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
