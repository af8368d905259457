//! Administration: organisations with their posts and holders, people, what each role may do, what is installed.
//!
//! Reading needs `admin.view`, changing `admin.write`; the use cases ask again. No case and no record is shown here.

mod organisations;
mod packages;
mod people;
mod roles;

use axum::Router;
use axum::routing::{get, post};
use maud::{Markup, html};
use yuandu_api::App;
use yuandu_base::Lang;
use yuandu_identity::Resource;

use crate::pages::error::PageError;
use crate::pages::here::Here;
use yuandu_design::components::navigation::Link;

/// Every page of administration.
pub fn router() -> Router<App> {
    Router::new()
        .route("/admin", get(organisations::show))
        .route("/admin/people", get(people::show))
        .route("/admin/people/{id}/status", post(people::set_status))
        .route("/admin/roles", get(roles::show))
        .route("/admin/packages", get(packages::show))
}

/// Lets only those in who may look; others are told what is missing.
fn enter(app: &App, here: &Here) -> Result<(), PageError> {
    here.officer()?;
    app.gate
        .require(&here.visitor.ctx, "admin.view", &Resource::system())
        .map_err(|error| PageError::from(yuandu_api::ApiError::from(error)))
}

/// The parts of administration; `current` is the address of this one.
fn parts(lang: Lang, current: &str) -> Markup {
    let links = [
        Link {
            label: lang.pick("机构与岗位", "Organisations and posts"),
            href: "/admin",
        },
        Link {
            label: lang.pick("人员", "People"),
            href: "/admin/people",
        },
        Link {
            label: lang.pick("角色与权限", "Roles and permissions"),
            href: "/admin/roles",
        },
        Link {
            label: lang.pick("系统与日志", "Systems and log"),
            href: "/admin/packages",
        },
        Link {
            label: lang.pick("故障与修复", "Incidents and repairs"),
            href: "/admin/incidents",
        },
        Link {
            label: lang.pick("工作日历", "Working calendar"),
            href: "/admin/calendar",
        },
        Link {
            label: lang.pick("数据交换", "Exchange"),
            href: "/work/exchange",
        },
        Link {
            label: lang.pick("流程版本", "Versions of processes"),
            href: "/admin/versions",
        },
    ];
    html! {
        nav class="tabs" aria-label=(lang.pick("管理", "Administration")) {
            ul { @for link in links { li { a href=(link.href) aria-current=[(link.href == current).then_some("page")] { (link.label) } } } }
        }
    }
}
