//! The board for a screen on a wall: 1920 by 1080 without scrolling, large figures, renewed every minute.

use maud::{Markup, html};

use super::board::{self, View};
use super::said;
use yuandu_design::components::navigation::number;

/// The whole body. What changes is one part that htmx fetches again; the map renews itself by its tiles.
pub(super) fn body(view: &View<'_>) -> Markup {
    let lang = view.lang();
    let here = view.asked.address("/work/figures", &[]);
    let back = view.asked.address("/work/figures", &[("wall", "")]);
    html! {
        div class="wall" {
            div class="wall-figures" id="wall-figures" hx-get=(here) hx-trigger="every 60s" hx-select="#wall-figures" hx-target="#wall-figures" hx-swap="outerHTML" {
                div class="page-head" {
                    h1 { (view.app.city.get(lang)) " · " (lang.pick("城市管理运行", "City care")) }
                    p class="measured" { (said::days(view.picture.period)) " · " (lang.pick("测于 ", "measured ")) (said::local(view.app, view.picture)) " · " a href=(back) { (lang.pick("退出大屏", "Leave")) } }
                }
                (board::lamps(view))
                (small_cards(view))
            }
            div class="wall-side" {
                (board::city_map(view))
                (board::stages(view))
            }
        }
    }
}

/// Names and values only: definitions are on the board itself.
fn small_cards(view: &View<'_>) -> Markup {
    let lang = view.lang();
    let rows = view
        .board
        .indicators()
        .zip(&view.picture.total.figures)
        .zip(&view.picture.before.figures);
    html! {
        ul class="wall-cards" aria-label=(lang.pick("评价指标", "Indicators")) {
            @for ((def, now), before) in rows {
                li {
                    span class="wall-label" { (def.title.get(lang)) }
                    a class="wall-value" href=(view.asked.address(&format!("/work/figures/{}", def.id), &[("wall", "")])) {
                        (said::share(now)) @if now.denominator > 0 { span class="unit" { (def.unit) } }
                    }
                    span class="wall-note" { (number(now.numerator)) " / " (number(now.denominator)) }
                    span class="wall-note" { (said::compared(lang, def, now, before)) }
                }
            }
        }
    }
}
