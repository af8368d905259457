//! One's own account: where one is signed in, the post acted in, the password.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use maud::{Markup, html};
use yuandu_api::context::{SESSION_COOKIE, cookie};
use yuandu_api::{ApiError, App};
use yuandu_base::{ErrorKind, Problem};
use yuandu_identity::{ChangePassword, SessionKey, SessionRow, SessionToken};
use yuandu_ids::PostId;

use super::flash::{Flash, lead_to};
use super::words::Words;
use crate::pages::error::PageError;
use crate::pages::forms::posted::Posted;
use crate::pages::here::Here;
use yuandu_design::components::button::{self, Weight};
use yuandu_design::components::choice::radio_cards;
use yuandu_design::components::field::{self, Field, Opt, TextKind};
use yuandu_design::components::form::{Errors, Form, error_summary, form};
use yuandu_design::components::list::facts;
use yuandu_design::components::status::tag;

/// What is shown.
struct Account {
    words: Words,
    sessions: Vec<SessionRow>,
    posts: Vec<(String, String)>,
}

/// `GET /work/me`.
pub(super) async fn show(
    State(app): State<App>,
    here: Here,
    flash: Flash,
) -> Result<Response, PageError> {
    page(&app, &here, &flash, &[]).await
}

async fn page(
    app: &App,
    here: &Here,
    flash: &Flash,
    problems: &[Problem],
) -> Result<Response, PageError> {
    here.officer()?;
    let lang = here.lang();
    let reader = here.clone();
    let account = app.run(move |app| account(app, &reader)).await?;
    let title = lang.pick("我的账号", "My account");
    let body = html! {
        h1 { (title) }
        (error_summary(lang, &Errors(problems)))
        (who(here, &account))
        (sessions(here, &account))
        p { a href="/work/me/second" { (lang.pick("登录第二步（验证器应用、备用码）", "Second step of signing in (authenticator app, recovery codes)")) } }
        (password(here, problems))
    };
    let mut response = flash.page(here, title, false, &body);
    if !problems.is_empty() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

fn account(app: &App, here: &Here) -> Result<Account, ApiError> {
    let words = Words::new(app, here)?;
    let user = &here.visitor.officer()?.officer.user;
    let posts = words.directory.posts_of(user, words.now).map(|post| {
        let id = post.id.to_string();
        let title = words.directory.post_title(&id).unwrap_or_default();
        (id, title.get(words.lang).to_owned())
    });
    let posts = posts.collect();
    Ok(Account {
        sessions: app.identity.list_sessions(&here.visitor.ctx)?,
        posts,
        words,
    })
}

fn who(here: &Here, account: &Account) -> Markup {
    let lang = here.lang();
    let Some(signed_in) = &here.visitor.signed_in else {
        return html! {};
    };
    let officer = &signed_in.officer;
    let roles: Vec<String> = officer
        .roles
        .iter()
        .map(|role| account.words.role(role))
        .collect();
    let current = officer.post.to_string();
    let options: Vec<Opt<'_>> = account
        .posts
        .iter()
        .map(|(id, title)| Opt::new(id, title))
        .collect();
    let choose = Field::new("post", lang.pick("以哪个岗位办理", "Post to act in")).value(&current);
    html! {
        (facts(&[
            (lang.pick("姓名", "Name"), html! { (officer.name) }),
            (lang.pick("登录名", "Login"), html! { code { (officer.login) } }),
            (lang.pick("单位", "Unit"), html! { (officer.org_name.get(lang)) }),
            (lang.pick("岗位", "Post"), html! { (officer.post_title.get(lang)) }),
            (lang.pick("角色", "Roles"), html! { (roles.join(lang.pick("、", ", "))) }),
        ]))
        p { a href="/work/me/substitutes" { (lang.pick("请人代理这个岗位", "Let somebody stand in for this post")) } }
        p { a href="/work/certificates" { (lang.pick("我的证书", "My certificates")) } }
        @if options.len() > 1 {
            section {
                h2 { (lang.pick("换岗位", "Act in another post")) }
                (form(lang, &Form::new("/work/me/post", &here.csrf).unguarded(), &html! {
                    (radio_cards(lang, &choose, &options))
                    (button::row(&[button::submit(lang.pick("换到这个岗位", "Act in this post"), Weight::Plain)]))
                }))
            }
        }
    }
}

fn sessions(here: &Here, account: &Account) -> Markup {
    let lang = here.lang();
    let own = here
        .visitor
        .signed_in
        .as_ref()
        .map(|signed_in| signed_in.session.as_str());
    let words = &account.words;
    html! {
        section {
            h2 { (lang.pick("登录在哪里", "Where you are signed in")) }
            ul class="links" {
                @for session in &account.sessions {
                    @let post = words.directory.post_title(&session.post.to_string()).unwrap_or_default();
                    li class="session" {
                        div {
                            p { (lang.pick("登录于 ", "since ")) (words.instant(session.created_at))
                                @if Some(session.id.as_str()) == own { " " (tag(lang.pick("就是这里", "this one"))) } }
                            p class="hint" { (post.get(lang)) " · " (lang.pick("自动退出：", "ends by itself ")) (words.instant(session.expires_at)) }
                        }
                        @if Some(session.id.as_str()) != own {
                            (form(lang, &Form::new(&format!("/work/me/sessions/{}/end", session.id.as_str()), &here.csrf).unguarded(), &button::submit(lang.pick("结束这次登录", "End it"), Weight::Plain)))
                        }
                    }
                }
            }
        }
    }
}

fn password(here: &Here, problems: &[Problem]) -> Markup {
    let lang = here.lang();
    let errors = Errors(problems);
    let current = Field::new("current", lang.pick("现在的密码", "Present password"))
        .required()
        .error(errors.of(lang, "current"));
    let new = Field::new("password", lang.pick("新密码", "New password"))
        .hint(lang.pick(
            "改了以后，别处的登录都会结束。",
            "Every other session ends when it is changed.",
        ))
        .required()
        .error(errors.of(lang, "password"));
    let again = Field::new(
        "again",
        lang.pick("再输一次新密码", "New password once more"),
    )
    .required()
    .error(errors.of(lang, "again"));
    html! {
        section {
            h2 { (lang.pick("改密码", "Change the password")) }
            (form(lang, &Form::new("/work/me/password", &here.csrf).unguarded(), &html! {
                (field::text(lang, &current, TextKind::Password))
                (field::text(lang, &new, TextKind::Password))
                (field::text(lang, &again, TextKind::Password))
                (button::row(&[button::submit(lang.pick("改密码", "Change the password"), Weight::Primary)]))
            }))
        }
    }
}

/// `POST /work/me/password`.
pub(super) async fn change_password(
    State(app): State<App>,
    flash: Flash,
    posted: Posted,
) -> Result<Response, PageError> {
    let here = posted.here;
    let keep = here.officer()?.session.clone();
    let lang = here.lang();
    // A password may begin or end with a space.
    let raw = |name: &str| posted.sent.all(name).into_iter().next().unwrap_or_default();
    let (current, new, again) = (raw("current"), raw("password"), raw("again"));
    if new != again {
        let problem = Problem::new(
            "identity.password_again",
            "again",
            "两次输入的新密码不一样",
            "the two new passwords differ",
        );
        return page(&app, &here, &flash, &[problem]).await;
    }
    let ctx = here.visitor.ctx.clone();
    let changed = app.run(move |app| {
        let command = ChangePassword {
            current,
            new,
            keep: Some(keep),
        };
        Ok(app.identity.change_password(&ctx, &command)?)
    });
    match changed.await {
        Ok(()) => {
            let said = lang.pick(
                "密码已改，别处的登录都已结束。",
                "The password is changed and every other session has ended.",
            );
            Ok(lead_to("/work/me", said))
        }
        Err(error) if error.code == "sign_in_refused" => {
            let problem = Problem::new(
                "identity.password_wrong",
                "current",
                "现在的密码不对，请重新输入",
                "the present password is not right; type it again",
            );
            page(&app, &here, &flash, &[problem]).await
        }
        Err(error) if error.kind == ErrorKind::Invalid && !error.problems.is_empty() => {
            page(&app, &here, &flash, &error.problems).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /work/me/post`.
pub(super) async fn switch_post(
    State(app): State<App>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, PageError> {
    let here = posted.here;
    here.officer()?;
    let lang = here.lang();
    let token = cookie(&headers, SESSION_COOKIE).and_then(SessionToken::parse);
    let post: Option<PostId> = posted.sent.text("post").parse().ok();
    let (Some(token), Some(post)) = (token, post) else {
        return Err(PageError::not_found());
    };
    let ctx = here.visitor.ctx.clone();
    let switched = app
        .run(move |app| Ok(app.identity.switch_post(&ctx, &token, &post)?))
        .await?;
    let title = switched.officer.post_title.get(lang);
    let said = format!("{}{title}", lang.pick("现在的岗位：", "You now act as "));
    Ok(lead_to("/work/me", &said))
}

/// `POST /work/me/sessions/{id}/end`.
pub(super) async fn end_session(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, PageError> {
    let here = posted.here;
    here.officer()?;
    let key = SessionKey::parse(&id).ok_or_else(PageError::not_found)?;
    let ctx = here.visitor.ctx.clone();
    app.run(move |app| Ok(app.identity.revoke_session(&ctx, &key)?))
        .await?;
    let said = here
        .lang()
        .pick("那次登录已结束。", "That session has ended.");
    Ok(lead_to("/work/me", said))
}
