//! Whether another system may know who one is: the consent page of single sign-on.

use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use maud::{Markup, html};
use serde::Deserialize;
use yuandu_api::{ApiError, App, oauth};
use yuandu_base::Lang;
use yuandu_oidc::{Answer, Interaction, LoginSession};

use crate::pages::error::PageError;
use crate::pages::forms::posted::Posted;
use crate::pages::here::Here;
use yuandu_design::components::button::{self, Weight};
use yuandu_design::components::form::{Form, form};
use yuandu_design::shell::{Audience, render};

/// `/consent`
pub fn router() -> Router<App> {
    Router::new().route("/consent", get(ask).post(decide))
}

#[derive(Debug, Deserialize)]
struct Asked {
    #[serde(default)]
    waiting: String,
}

async fn ask(
    State(app): State<App>,
    here: Here,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    here.officer()?;
    let (ctx, waiting) = (here.visitor.ctx.clone(), asked.waiting.clone());
    let interaction = app
        .run(move |app| Ok(app.provider.interaction(&ctx, &waiting)?))
        .await?;
    Ok(page(&here, &asked.waiting, &interaction).into_response())
}

async fn decide(State(app): State<App>, posted: Posted) -> Result<Response, PageError> {
    let Posted { here, sent } = posted;
    let session = LoginSession::from(here.officer()?);
    let allowed = sent.text("decision") == "allow";
    let (ctx, waiting) = (here.visitor.ctx.clone(), sent.text("waiting").to_owned());
    let answer = app
        .run(move |app| {
            let issuer = app.base_url();
            let answer = app
                .provider
                .decide_consent(&ctx, &issuer, &waiting, &session, allowed)?;
            match answer {
                Answer::Redirect(address) => Ok(address),
                // The session grew too old while the page was open.
                Answer::SignIn { .. } | Answer::Consent { .. } => Err(ApiError::sign_in()),
            }
        })
        .await?;
    Ok(oauth::hop(here.lang(), &answer, true))
}

fn page(here: &Here, waiting: &str, asked: &Interaction) -> Markup {
    let lang = here.lang();
    let metadata = &asked.client.metadata;
    let name = match lang {
        Lang::En if !metadata.client_name_en.is_empty() => &metadata.client_name_en,
        _ => &metadata.client_name,
    };
    let host = asked
        .redirect_uri
        .split('/')
        .nth(2)
        .unwrap_or(&asked.redirect_uri);
    let title = format!("{}{name}", lang.pick("是否允许：", "Allow "));
    let body = html! {
        input type="hidden" name="waiting" value=(waiting);
        (button::row(&[
            button::submit_as(lang.pick("允许", "Allow"), "decision", "allow", Weight::Primary),
            button::submit_as(lang.pick("不允许", "Do not allow"), "decision", "refuse", Weight::Plain),
        ]))
    };
    let page = html! {
        h1 { (title) }
        p { (lang.pick("这个系统（", "This system (")) code { (host) } (lang.pick("）想知道：", ") wants to know:")) }
        ul {
            @for word in &asked.scope {
                @if let Some(words) = in_words(lang, word) { li { (words) } }
            }
        }
        p class="hint" { (lang.pick("它看不到您的密码。以后可以在“我的账号”里断开。", "It does not see your password. You can disconnect it later under \"My account\".")) }
        (form(lang, &Form::new("/consent", &here.csrf).unguarded(), &body))
    };
    render(&here.page(Audience::Resident, &title), &page)
}

/// What a scope tells, in words; `openid` itself tells that a person exists.
fn in_words(lang: Lang, scope: &str) -> Option<&'static str> {
    match scope {
        "openid" => Some(lang.pick(
            "您是同一个人（一个编号）",
            "that you are the same person (a number)",
        )),
        "profile" => Some(lang.pick("您的姓名和登录名", "your name and login")),
        "phone" => Some(lang.pick("您的工作电话", "your phone at work")),
        "post" => Some(lang.pick("您的单位、岗位和角色", "your organisation, post and roles")),
        "offline_access" => Some(lang.pick(
            "您退出登录以后，仍可更新上面的信息（最多 30 天）",
            "all of this also after you signed out (30 days at most)",
        )),
        _ => None,
    }
}
