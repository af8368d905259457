//! Lamps, due words and small marks: state is said by shape, colour and word together.

use maud::{Markup, html};
use yuandu_base::Lang;

/// How a running clock stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lamp {
    /// In time.
    Green,
    /// Near its limit.
    Yellow,
    /// Past its limit.
    Red,
    /// Stopped or suspended: no lamp burns.
    Off,
}

impl Lamp {
    /// The colour's name in data attributes, tiles and links.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Yellow => "yellow",
            Self::Red => "red",
            Self::Off => "off",
        }
    }

    /// The word beside the shape.
    #[must_use]
    pub fn word(self, lang: Lang) -> &'static str {
        match self {
            Self::Green => lang.pick("正常", "In time"),
            Self::Yellow => lang.pick("临期", "Due soon"),
            Self::Red => lang.pick("超期", "Overdue"),
            Self::Off => lang.pick("停表", "Stopped"),
        }
    }

    fn shape(self) -> &'static str {
        match self {
            Self::Green => "●",
            Self::Yellow => "▲",
            Self::Red => "■",
            Self::Off => "○",
        }
    }
}

/// A lamp: ● 正常, ▲ 临期, ■ 超期, ○ 停表.
#[must_use]
pub fn lamp(lang: Lang, lamp: Lamp) -> Markup {
    lamp_saying(lamp, lamp.word(lang))
}

/// A lamp with another word than its own, such as 达标 for an indicator.
#[must_use]
pub fn lamp_saying(lamp: Lamp, word: &str) -> Markup {
    html! {
        span class="lamp" data-lamp=(lamp.as_str()) {
            span class="shape" aria-hidden="true" { (lamp.shape()) } (word)
        }
    }
}

/// When something is due: the rest in words, the instant, and how it was computed.
#[derive(Debug, Clone, Copy)]
pub struct Due<'a> {
    /// How the clock stands.
    pub lamp: Lamp,
    /// "还剩 2 个工作日".
    pub rest: &'a str,
    /// "2026-10-12 17:00".
    pub instant: &'a str,
    /// Derivation from the calendar, line by line; empty when not shown here.
    pub derivation: &'a str,
}

/// Lamp, rest and instant on one line, the derivation behind "为什么是这个时间？".
#[must_use]
pub fn due(lang: Lang, due: &Due<'_>) -> Markup {
    html! {
        div class="due" {
            p class="due-line" {
                (lamp(lang, due.lamp)) " " strong { (due.rest) }
                @if !due.instant.is_empty() {
                    " " span class="instant" { (lang.pick("应在 ", "due ")) time { (due.instant) } (lang.pick(" 前完成", "")) }
                }
            }
            @if !due.derivation.is_empty() { (why(lang, due.derivation)) }
        }
    }
}

/// The same with the derivation unfolded from the beginning when `open`.
#[must_use]
pub fn due_explained(lang: Lang, shown: &Due<'_>, open: bool) -> Markup {
    let folded = Due {
        derivation: "",
        ..*shown
    };
    html! {
        (due(lang, &folded))
        @if !shown.derivation.is_empty() { (explained(lang, shown.derivation, open)) }
    }
}

/// How a time was computed, folded away until asked for.
#[must_use]
pub fn why(lang: Lang, derivation: &str) -> Markup {
    explained(lang, derivation, false)
}

fn explained(lang: Lang, derivation: &str, open: bool) -> Markup {
    html! {
        details class="why" open[open] {
            summary { (lang.pick("为什么是这个时间？", "Why this time?")) }
            div class="derivation" { @for line in derivation.lines() { p { (line) } } }
        }
    }
}

/// A small neutral mark such as a stage or a channel.
#[must_use]
pub fn tag(words: &str) -> Markup {
    html! { span class="tag" { (words) } }
}

/// A mark that something is wrong: a card, a refusal.
#[must_use]
pub fn tag_wrong(words: &str) -> Markup {
    html! { span class="tag wrong" { (words) } }
}

/// A code such as a case number, in even figures and easy to copy.
#[must_use]
pub fn code(words: &str) -> Markup {
    html! { code class="code" { (words) } }
}
