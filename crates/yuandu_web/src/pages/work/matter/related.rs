//! What belongs to a matter: the case it was merged into, reports that joined it, cards given because of it.

use maud::{Markup, html};
use yuandu_process::{CardRow, ChildView};

use super::super::words;
use super::Gathered;
use yuandu_design::components::notice::empty;
use yuandu_design::components::status::tag_wrong;

pub(super) fn related(of: &Gathered) -> Markup {
    let lang = of.words.lang;
    let view = &of.view;
    if view.parent.is_none() && view.children.is_empty() && view.cards.is_empty() {
        return empty(
            lang.pick("没有关联的案卷和牌", "Nothing belongs to this matter"),
            lang.pick(
                "别人报了同一件、并入的案卷、超期记的牌会出现在这里。",
                "Further reports of the same thing, merged cases and cards appear here.",
            ),
            None,
        );
    }
    html! {
        @if let Some(parent) = &view.parent {
            h2 { (lang.pick("并入的主案卷", "Main case")) }
            ul class="links" { (one(of, parent)) }
        }
        @if !view.children.is_empty() {
            h2 { (lang.pick("同一件的其他上报", "Further reports of the same thing")) }
            ul class="links" { @for child in &view.children { (one(of, child)) } }
        }
        @if !view.cards.is_empty() {
            h2 { (lang.pick("记牌", "Cards")) }
            ul class="links" { @for given in &view.cards { (card(of, given)) } }
        }
    }
}

fn one(of: &Gathered, child: &ChildView) -> Markup {
    let lang = of.words.lang;
    let case = &of.view.case;
    let kind = (
        case.system.as_str(),
        case.category.as_deref().unwrap_or_default(),
    );
    let title = of.words.title(kind, (&child.title, None));
    html! {
        li {
            a href={ "/work/cases/" (child.id) } { (child.number) " " (title) }
            p { (words::channel(lang, &child.channel)) " · " (of.words.instant(child.opened_at)) " · " (words::status(lang, &child.status)) }
        }
    }
}

fn card(of: &Gathered, card: &CardRow) -> Markup {
    let lang = of.words.lang;
    let word = match card.colour.as_str() {
        "red" => lang.pick("红牌", "Red card"),
        _ => lang.pick("黄牌", "Yellow card"),
    };
    html! {
        li {
            (tag_wrong(word)) " " (of.words.org(card.org.as_deref().unwrap_or_default()))
            p { (of.words.instant(card.issued_at)) " · " (lang.pick(&card.reason_zh, &card.reason_en)) }
        }
    }
}
