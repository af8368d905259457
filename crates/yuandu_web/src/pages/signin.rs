//! Signing in with login and password, and signing out. A demo city shows its accounts, each one click away.

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use maud::{Markup, html};
use serde::Deserialize;
use yuandu_api::context::{SESSION_COOKIE, cookie};
use yuandu_api::operations::session::{SessionCookie, end_session, sign_in_cookie};
use yuandu_api::{ApiError, App};
use yuandu_base::{ErrorKind, Lang, Problem};

use crate::pages::error::PageError;
use crate::pages::forms::posted::Posted;
use crate::pages::here::Here;
use yuandu_design::components::button::{self, Weight};
use yuandu_design::components::field::{self, Field, TextKind};
use yuandu_design::components::form::{Errors, Form, error_summary, form};
use yuandu_design::preferences::own_path;
use yuandu_design::shell::{Audience, render};

/// Where an officer begins.
const WORK: &str = "/work";

/// `/signin` and `/signout`.
pub fn router() -> Router<App> {
    Router::new()
        .route("/signin", get(ask).post(sign_in))
        .route("/signout", post(sign_out))
}

#[derive(Debug, Deserialize)]
struct Asked {
    #[serde(default)]
    next: String,
}

async fn ask(State(app): State<App>, here: Here, Query(asked): Query<Asked>) -> Response {
    let next = next(&asked.next);
    if here.visitor.signed_in.is_some() {
        return Redirect::to(&next).into_response();
    }
    page(&app, &here, &next, ("", None)).into_response()
}

async fn sign_in(State(app): State<App>, posted: Posted) -> Result<Response, PageError> {
    let Posted { here, sent } = posted;
    let next = next(sent.text("next"));
    let login = sent.text("login").to_owned();
    // A password may begin or end with a space.
    let password = sent.all("password").into_iter().next().unwrap_or_default();
    let visitor = here.visitor.clone();
    let typed = login.clone();
    let signed_in = app
        .run(move |app| sign_in_cookie(app, &visitor, login, password))
        .await;
    match signed_in {
        Ok(cookie) => {
            let mut response = Redirect::to(&next).into_response();
            response
                .headers_mut()
                .append(header::SET_COOKIE, cookie.header()?);
            Ok(response)
        }
        Err(error) if matches!(error.kind, ErrorKind::Invalid | ErrorKind::Denied) => {
            let page = page(&app, &here, &next, (&typed, Some(&error)));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn sign_out(
    State(app): State<App>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, PageError> {
    let token = cookie(&headers, SESSION_COOKIE)
        .unwrap_or_default()
        .to_owned();
    let visitor = posted.here.visitor;
    app.run(move |app| end_session(app, &visitor, &token))
        .await?;
    let mut response = Redirect::to("/").into_response();
    response
        .headers_mut()
        .append(header::SET_COOKIE, SessionCookie::removed());
    Ok(response)
}

/// Where to go after signing in: a page of this site, never the form itself.
fn next(asked: &str) -> String {
    let path = own_path(asked);
    let useful = asked.starts_with('/')
        && path != "/"
        && !["/signin", "/signout"]
            .iter()
            .any(|own| path.starts_with(own));
    if useful { path } else { WORK.to_owned() }
}

fn page(app: &App, here: &Here, next: &str, (login, refused): (&str, Option<&ApiError>)) -> Markup {
    let lang = here.lang();
    let problems: Vec<Problem> = refused
        .map(|error| {
            let words = &error.message;
            vec![Problem::new(
                &error.code,
                "login",
                words.zh.clone(),
                words.en.clone(),
            )]
        })
        .unwrap_or_default();
    let errors = Errors(&problems);
    let login = Field::new("login", lang.pick("登录名", "Login"))
        .required()
        .value(login)
        .error(errors.of(lang, "login"));
    let password = Field::new("password", lang.pick("密码", "Password")).required();
    let body = html! {
        input type="hidden" name="next" value=(next);
        (field::text(lang, &login, TextKind::Login))
        (field::text(lang, &password, TextKind::Password))
        (button::row(&[button::submit(lang.pick("登录", "Sign in"), Weight::Primary)]))
    };
    let title = lang.pick("工作人员登录", "Sign in for officers");
    let page = html! {
        h1 { (title) }
        (error_summary(lang, &errors))
        (form(lang, &Form::new("/signin", &here.csrf).unguarded(), &body))
        p class="hint" { (lang.pick("市民上报、查进度不用登录。", "Residents need no sign-in to report or track.")) }
        @if !app.demo_accounts.is_empty() { (demo(app, here, next)) }
    };
    render(&here.page(Audience::Resident, title), &page)
}

/// The accounts of a demo city: a table, each row a form that signs in.
fn demo(app: &App, here: &Here, next: &str) -> Markup {
    let lang = here.lang();
    let caption = lang.pick("演示账号", "Demo accounts");
    html! {
        section class="home-part" aria-labelledby="demo" {
            h2 id="demo" { (caption) }
            p { (lang.pick("这是演示城市，人和单位都是虚构的。选一个岗位进去看看：", "This is a demo city; people and units are invented. Choose a post and look around:")) }
            ul class="demo-accounts" {
                @for (login, password, role) in &app.demo_accounts {
                    li {
                        div {
                            p class="demo-role" { (role.get(lang)) }
                            p class="hint" { (account(lang, login, password)) }
                        }
                        (one_click(here, next, (login, password, role.get(lang))))
                    }
                }
            }
        }
    }
}

fn account(lang: Lang, login: &str, password: &str) -> Markup {
    html! {
        (lang.pick("登录名 ", "login ")) code class="code" { (login) } " "
        (lang.pick("密码 ", "password ")) code class="code" { (password) }
    }
}

fn one_click(here: &Here, next: &str, (login, password, role): (&str, &str, &str)) -> Markup {
    let lang = here.lang();
    html! {
        form method="post" action="/signin" {
            input type="hidden" name="_csrf" value=(here.csrf);
            input type="hidden" name="next" value=(next);
            input type="hidden" name="login" value=(login);
            input type="hidden" name="password" value=(password);
            button type="submit" class="button" {
                (lang.pick("用这个岗位登录", "Sign in")) span class="sr" { (lang.pick("：", " as ")) (role) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::next;

    #[test]
    fn after_signing_in_only_pages_of_this_site_are_gone_to() {
        assert_eq!(next("/work/cases/7?tab=log"), "/work/cases/7?tab=log");
        assert_eq!(next("//evil.example"), "/work");
        assert_eq!(next("https://evil.example"), "/work");
        assert_eq!(next("/\\evil.example"), "/work");
        assert_eq!(next("/signin?next=/signin"), "/work");
        assert_eq!(next(""), "/work");
    }
}
