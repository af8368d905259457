//! Signing in with login and password, and signing out. A demo city shows its accounts, each one click away.

use axum::Router;
use axum::extract::{Query, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use maud::{Markup, html};
use serde::Deserialize;
use yuandu_api::context::{SESSION_COOKIE, cookie};
use yuandu_api::oauth;
use yuandu_api::operations::session::{
    SessionCookie, Step, end_session, prove_again, second_cookie, sign_in_cookie,
};
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

/// `/signin` with its second step, and `/signout`.
pub fn router() -> Router<App> {
    Router::new()
        .route("/signin", get(ask).post(sign_in))
        .route("/signin/second", post(second_step))
        .route("/signout", get(ask_sign_out).post(sign_out))
}

#[derive(Debug, Default, Deserialize)]
struct Asked {
    #[serde(default)]
    next: String,
    /// Whom a system that sends people here expects.
    #[serde(default)]
    login: String,
    /// Set when a session is not enough: the person proves again who they are.
    #[serde(default)]
    again: String,
}

async fn ask(State(app): State<App>, here: Here, Query(asked): Query<Asked>) -> Response {
    let next = next(&asked.next);
    let again = !asked.again.is_empty();
    match &here.visitor.signed_in {
        Some(_) if !again => Redirect::to(&next).into_response(),
        Some(signed_in) => {
            let login = signed_in.officer.login.clone();
            page(&app, &here, &next, (&login, None)).into_response()
        }
        None => page(&app, &here, &next, (&asked.login, None)).into_response(),
    }
}

async fn sign_in(
    State(app): State<App>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, PageError> {
    let Posted { here, sent } = posted;
    let next = next(sent.text("next"));
    let login = sent.text("login").to_owned();
    // A password may begin or end with a space.
    let password = sent.all("password").into_iter().next().unwrap_or_default();
    let code = sent.text("code").to_owned();
    let own = here.visitor.signed_in.as_ref();
    let same = own.is_some_and(|own| own.officer.login.eq_ignore_ascii_case(login.trim()));
    let token = cookie(&headers, SESSION_COOKIE)
        .unwrap_or_default()
        .to_owned();
    let (visitor, typed) = (here.visitor.clone(), login.clone());
    let step = app
        .run(move |app| {
            if same {
                // The session stays, so that other systems which hang on it go on.
                prove_again(app, &visitor, &token, (&password, &code))?;
                return Ok(None);
            }
            sign_in_cookie(app, &visitor, login, password).map(Some)
        })
        .await;
    match step {
        Ok(None) => Ok(Redirect::to(&next).into_response()),
        Ok(Some(Step::Done(cookie))) => begun(&next, &cookie),
        Ok(Some(Step::Second(waiting))) => {
            Ok(second_page(&here, &next, &waiting, None).into_response())
        }
        Err(error) if matches!(error.kind, ErrorKind::Invalid | ErrorKind::Denied) => {
            let page = page(&app, &here, &next, (&typed, Some(&error)));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn second_step(State(app): State<App>, posted: Posted) -> Result<Response, PageError> {
    let Posted { here, sent } = posted;
    let next = next(sent.text("next"));
    let (waiting, code) = (
        sent.text("waiting").to_owned(),
        sent.text("code").to_owned(),
    );
    let (visitor, kept) = (here.visitor.clone(), waiting.clone());
    let step = app
        .run(move |app| second_cookie(app, &visitor, &waiting, &code))
        .await;
    match step {
        Ok(cookie) => begun(&next, &cookie),
        Err(error) if error.code == "identity.second_step_late" => {
            let page = page(&app, &here, &next, ("", Some(&error)));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) if matches!(error.kind, ErrorKind::Invalid | ErrorKind::Denied) => {
            let problem = Problem::new(
                "identity.code_wrong",
                "code",
                "验证码不对：请输入现在显示的 6 位数字，或一个没用过的备用码",
                "the code is not right: type the six digits shown now, or a recovery code not yet used",
            );
            let page = second_page(&here, &next, &kept, Some(problem));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

fn begun(next: &str, cookie: &SessionCookie) -> Result<Response, PageError> {
    let mut response = Redirect::to(next).into_response();
    response
        .headers_mut()
        .append(header::SET_COOKIE, cookie.header()?);
    Ok(response)
}

/// Asks for the code of the second factor.
fn second_page(here: &Here, next: &str, waiting: &str, problem: Option<Problem>) -> Markup {
    let lang = here.lang();
    let problems: Vec<Problem> = problem.into_iter().collect();
    let errors = Errors(&problems);
    let code = Field::new("code", lang.pick("验证码", "Code"))
        .hint(lang.pick(
            "验证器应用里的 6 位数字；手机不在身边时，用一个备用码。",
            "Six digits of your authenticator app; without the phone, one of your recovery codes.",
        ))
        .required()
        .error(errors.of(lang, "code"));
    let body = html! {
        input type="hidden" name="next" value=(next);
        input type="hidden" name="waiting" value=(waiting);
        (field::text(lang, &code, TextKind::Code))
        (button::row(&[button::submit(lang.pick("继续", "Continue"), Weight::Primary)]))
    };
    let title = lang.pick("登录第二步", "Second step of signing in");
    let page = html! {
        h1 { (title) }
        (error_summary(lang, &errors))
        (form(lang, &Form::new("/signin/second", &here.csrf).unguarded(), &body))
    };
    render(&here.page(Audience::Resident, title), &page)
}

/// `GET /signout`: a system asks to sign the person out here; the person decides.
async fn ask_sign_out(here: Here, RawQuery(query): RawQuery) -> Response {
    let lang = here.lang();
    let title = lang.pick("退出登录？", "Sign out?");
    let body = html! {
        input type="hidden" name="then" value=(query.unwrap_or_default());
        (button::row(&[
            button::submit(lang.pick("退出登录", "Sign out"), Weight::Primary),
            button::link(lang.pick("不退出", "Stay signed in"), "/", Weight::Plain),
        ]))
    };
    let page = html! {
        h1 { (title) }
        p { (lang.pick("另一个系统请您退出统一登录。退出后，从这里登录的其他系统也会退出。", "Another system asks to sign you out here. Systems you signed in to from here are signed out too.")) }
        (form(lang, &Form::new("/signout", &here.csrf).unguarded(), &body))
    };
    render(&here.page(Audience::Resident, title), &page).into_response()
}

async fn sign_out(
    State(app): State<App>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, PageError> {
    let token = cookie(&headers, SESSION_COOKIE)
        .unwrap_or_default()
        .to_owned();
    let (visitor, lang) = (posted.here.visitor.clone(), posted.here.lang());
    let then = posted.sent.text("then").to_owned();
    let address = app
        .run(move |app| {
            end_session(app, &visitor, &token)?;
            oauth::after_sign_out(app, &visitor, &then)
        })
        .await?;
    let mut response = match &address {
        Some(address) => oauth::hop(lang, address, true),
        None => Redirect::to("/").into_response(),
    };
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
    let code = Field::new("code", lang.pick("验证码", "Code")).hint(lang.pick(
        "如果您用验证器应用登录，请一并输入。",
        "If you sign in with an authenticator app, type its code too.",
    ));
    let again = here.visitor.signed_in.is_some();
    let body = html! {
        input type="hidden" name="next" value=(next);
        (field::text(lang, &login, TextKind::Login))
        (field::text(lang, &password, TextKind::Password))
        @if again { (field::text(lang, &code, TextKind::Code)) }
        (button::row(&[button::submit(lang.pick("登录", "Sign in"), Weight::Primary)]))
    };
    let title = if again {
        lang.pick("请再确认一次身份", "Prove again who you are")
    } else {
        lang.pick("工作人员登录", "Sign in for officers")
    };
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
