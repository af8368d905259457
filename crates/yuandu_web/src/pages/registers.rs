//! Registers as officers work with them: what there is, any of them as a table, single records, files in and out.
//!
//! All pages are made from the declarations; nothing here knows a register by name. Start with [`table`].

mod disputes;
mod drafts;
mod edit;
mod filter_row;
mod import;
mod matches;
mod quality;
mod record;
mod refused;
mod table;
mod uploads;
mod values;
mod versions;

use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use maud::html;
use yuandu_api::{ApiError, App};
use yuandu_identity::{OpCtx, Resource};
use yuandu_schema::{RegisterDef, Sensitivity};

use crate::pages::error::PageError;
use crate::pages::forms::posted::MOST_BYTES;
use crate::pages::here::{Here, may};
use yuandu_design::components::notice::empty;
use yuandu_design::components::status::tag;
use yuandu_design::shell::{Audience, render};

/// Every page of registers.
pub fn router() -> Router<App> {
    Router::new()
        .route("/work/registers", get(offered))
        .route("/work/registers/{register}", get(table::show))
        .route(
            "/work/registers/{register}/facets",
            get(table::facets_alone),
        )
        .route("/work/registers/{register}/new", get(edit::new))
        .route("/work/registers/{register}/records/{id}", get(record::show))
        .route(
            "/work/registers/{register}/records/{id}/edit",
            get(edit::edit),
        )
        .route(
            "/work/registers/{register}/records/{id}/reveal",
            post(record::reveal),
        )
        .route("/work/registers/{register}/records", post(edit::save))
        .route(
            "/work/registers/{register}/drafts",
            get(drafts::show).post(drafts::decide),
        )
        .route("/work/registers/{register}/quality", get(quality::show))
        .route(
            "/work/registers/{register}/records/{id}/dispute",
            get(disputes::ask).post(disputes::open),
        )
        .route(
            "/work/registers/{register}/disputes",
            get(disputes::all).post(disputes::answer),
        )
        .route(
            "/work/registers/{register}/disputes/{number}",
            get(disputes::receipt),
        )
        .route(
            "/work/registers/{register}/matches",
            get(matches::show).post(matches::decide),
        )
        .route(
            "/work/registers/{register}/import/{file}",
            get(import::see).post(import::commit),
        )
        .route(
            "/work/registers/{register}/import/{file}/results.csv",
            get(import::results),
        )
        .merge(
            Router::new()
                .route(
                    "/work/registers/{register}/import",
                    get(import::ask).post(import::check),
                )
                .layer(DefaultBodyLimit::max(MOST_BYTES)),
        )
        .layer(Extension(uploads::Uploads::default()))
}

/// `GET /work/registers`.
async fn offered(State(app): State<App>, here: Here) -> Result<Response, PageError> {
    here.officer()?;
    let lang = here.lang();
    let title = lang.pick("登记簿", "Registers");
    let ctx = &here.visitor.ctx;
    let groups = app.systems.iter().map(|system| {
        let own: Vec<&RegisterDef> = app
            .registers
            .offered(ctx)
            .filter(|def| def.package == system.id)
            .collect();
        (system, own)
    });
    let groups: Vec<_> = groups.filter(|(_, own)| !own.is_empty()).collect();
    let exchange = app.gate.decide(ctx, "exchange.view", &Resource::system());
    let body = html! {
        h1 { (title) }
        @if exchange.allowed { p { a href="/work/exchange" { (lang.pick("与其他单位的数据交换", "Exchange with other organisations")) } } }
        @if groups.is_empty() {
            (empty(
                lang.pick("没有您可以查看的登记簿", "There is no register you may see"),
                lang.pick("登记簿由系统提供；需要查看时请联系数据管理员。", "Registers come with systems; ask the registrar if you need one."),
                None,
            ))
        }
        @for (system, own) in &groups {
            section {
                h2 { (system.title.get(lang)) }
                ul class="links registers" {
                    @for def in own {
                        li {
                            a href={ "/work/registers/" (def.full_name()) } { (def.title.get(lang)) }
                            p {
                                @if let Some(summary) = &def.summary { (summary.get(lang)) " " }
                                (tag(sensitivity_word(lang, def.sensitivity)))
                            }
                        }
                    }
                }
            }
        }
    };
    Ok(render(&here.page(Audience::Officer, title), &body).into_response())
}

/// The register of an address; one that may not be listed is not there for this reader.
fn register<'a>(app: &'a App, ctx: &OpCtx, name: &str) -> Result<&'a RegisterDef, ApiError> {
    let def = app.registers.def(name)?;
    if may(app, ctx, "registers.list", def) {
        Ok(def)
    } else {
        Err(ApiError::not_found())
    }
}

fn sensitivity_word(lang: yuandu_base::Lang, of: Sensitivity) -> &'static str {
    match of {
        Sensitivity::Open => lang.pick("无条件开放", "open"),
        Sensitivity::Internal => lang.pick("内部", "internal"),
        Sensitivity::Restricted => lang.pick("受限", "restricted"),
    }
}

/// The address of a record. Ids are keys of any form, so a slash in one must not become a path.
fn record_path(register: &str, id: &str) -> String {
    let id = yuandu_design::preferences::query_value(id).replace('/', "%2F");
    format!("/work/registers/{register}/records/{id}")
}
