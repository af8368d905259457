//! What is installed, and the head of the log.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use maud::html;
use yuandu_api::App;

use super::{enter, parts};
use crate::pages::error::PageError;
use crate::pages::here::Here;
use yuandu_design::components::list;
use yuandu_design::components::navigation::number;
use yuandu_design::shell::{Audience, render};

/// `GET /admin/packages`.
pub(super) async fn show(State(app): State<App>, here: Here) -> Result<Response, PageError> {
    enter(&app, &here)?;
    let head = app.run(|app| Ok(app.store.log().head()?)).await?;
    let lang = here.lang();
    let title = lang.pick("系统与日志", "Systems and log");
    let rows = app.systems.iter().map(|system| {
        let registers = app
            .registers
            .defs()
            .filter(|def| def.package == system.id && !def.is_case)
            .count();
        let indicators = app
            .boards
            .get(&system.id)
            .map_or(0, |board| board.indicators().count());
        (system, registers, indicators)
    });
    let body = html! {
        h1 { (lang.pick("管理", "Administration")) }
        (parts(lang, "/admin/packages"))
        h2 { (lang.pick("已安装的系统", "Installed systems")) }
        div class="table-frame" tabindex="0" role="region" aria-label=(lang.pick("已安装的系统", "Installed systems")) {
            table class="table plain" {
                thead { tr {
                    th scope="col" { (lang.pick("系统", "System")) }
                    th scope="col" { (lang.pick("版本", "Version")) }
                    th scope="col" { (lang.pick("办理案卷", "Handles cases")) }
                    th scope="col" class="figure" { (lang.pick("登记簿", "Registers")) }
                    th scope="col" class="figure" { (lang.pick("编码表", "Code lists")) }
                    th scope="col" class="figure" { (lang.pick("指标", "Indicators")) }
                } }
                tbody { @for (system, registers, indicators) in rows {
                    tr {
                        th scope="row" { (system.title.get(lang)) " " code class="hint" { (system.id) } br; span class="hint wrap" { (system.summary.get(lang)) } }
                        td { (system.version) }
                        td { @if system.has_cases { (lang.pick("是", "yes")) } @else { (lang.pick("否", "no")) } }
                        td class="figure" { (registers) }
                        td class="figure" { (system.lists.iter().count()) }
                        td class="figure" { (indicators) }
                    }
                } }
            }
        }
        h2 { (lang.pick("日志", "Log")) }
        (list::facts(&[
            (lang.pick("条数", "Entries"), html! { (number(head.size)) }),
            (lang.pick("根值", "Root"), html! { code class="code wrap" { (head.root_hex()) } }),
        ]))
        p { a href="/log" { (lang.pick("日志怎么核对", "How the log is checked")) } }
    };
    Ok(render(&here.page(Audience::Officer, title), &body).into_response())
}
