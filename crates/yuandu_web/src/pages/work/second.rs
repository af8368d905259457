//! One's own second factors: an authenticator app and recovery codes.

use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};
use yuandu_api::{ApiError, App};
use yuandu_base::Problem;
use yuandu_identity::{Factor, TotpOffer};

use super::flash::{Flash, lead_to};
use super::words::Words;
use crate::pages::error::PageError;
use crate::pages::forms::posted::Posted;
use crate::pages::here::Here;
use yuandu_design::components::button::{self, Weight};
use yuandu_design::components::field::{self, Field, TextKind};
use yuandu_design::components::form::{Errors, Form, error_summary, form};

/// The page.
const PLACE: &str = "/work/me/second";

/// `GET /work/me/second`.
pub(super) async fn show(
    State(app): State<App>,
    here: Here,
    flash: Flash,
) -> Result<Response, PageError> {
    let who = here.officer()?.clone();
    let reader = here.clone();
    let (words, (factors, left)) = app
        .run(move |app| {
            let words = Words::new(app, &reader)?;
            Ok((words, app.identity.factors(&reader.visitor.ctx, &who)?))
        })
        .await?;
    let lang = here.lang();
    let title = lang.pick("登录第二步", "Second step of signing in");
    let body = html! {
        h1 { (title) }
        p { (lang.pick("密码之外再加一道：别人知道了您的密码也登录不了。", "One more proof beside the password: whoever learns your password still cannot sign in.")) }
        @if factors.is_empty() { p class="hint" { (lang.pick("还没有设置。", "Nothing is set up yet.")) } }
        @else { (list(&here, &words, &factors)) }
        (form(lang, &Form::new("/work/me/second/offer", &here.csrf), &button::submit(lang.pick("添加验证器应用", "Add an authenticator app"), Weight::Primary)))
        @if !factors.is_empty() { (codes_left(&here, left)) }
    };
    Ok(flash.page(&here, title, false, &body))
}

fn list(here: &Here, words: &Words, factors: &[Factor]) -> Markup {
    let lang = here.lang();
    html! {
        ul class="links" {
            @for factor in factors {
                li class="session" {
                    div {
                        p { @if factor.label.is_empty() { (lang.pick("验证器应用", "Authenticator app")) } @else { (factor.label) } }
                        p class="hint" { (lang.pick("添加于 ", "added ")) (words.instant(factor.created_at)) }
                    }
                    (form(lang, &Form::new(&format!("{PLACE}/{}/remove", factor.id), &here.csrf), &button::submit(lang.pick("移除", "Remove"), Weight::Grave)))
                }
            }
        }
    }
}

fn codes_left(here: &Here, left: usize) -> Markup {
    let lang = here.lang();
    html! {
        h2 { (lang.pick("备用码", "Recovery codes")) }
        p { (lang.pick("没用过的还有 ", "not yet used: ")) (left) (lang.pick(" 个。手机丢了、账号被暂停时都能用。", ". They help when the phone is lost or the account is paused.")) }
        (form(lang, &Form::new("/work/me/second/codes", &here.csrf), &button::submit(lang.pick("换一套新的", "Replace them"), Weight::Plain)))
    }
}

/// `POST /work/me/second/offer`.
pub(super) async fn offer(State(app): State<App>, posted: Posted) -> Result<Response, PageError> {
    let here = posted.here;
    let who = here.officer()?.clone();
    let ctx = here.visitor.ctx.clone();
    let offered = app
        .run(move |app| Ok(app.identity.offer_totp(&ctx, &who)?))
        .await;
    match offered {
        Ok(offered) => Ok(offer_page(&here, &offered, &[])),
        Err(error) => proving(error),
    }
}

fn offer_page(here: &Here, offered: &TotpOffer, problems: &[Problem]) -> Response {
    let lang = here.lang();
    let errors = Errors(problems);
    let code = Field::new(
        "code",
        lang.pick("应用现在显示的 6 位数字", "The six digits shown now"),
    )
    .required()
    .error(errors.of(lang, "code"));
    let label = Field::new(
        "label",
        lang.pick("叫它什么（可不填）", "What to call it (optional)"),
    );
    let spaced: Vec<String> = offered
        .secret
        .as_bytes()
        .chunks(4)
        .map(|group| String::from_utf8_lossy(group).into_owned())
        .collect();
    let title = lang.pick("添加验证器应用", "Add an authenticator app");
    let body = html! {
        h1 { (title) }
        (error_summary(lang, &errors))
        p { (lang.pick("在手机的验证器应用里选“手动输入”，把下面的密钥输进去：", "In the app on your phone choose to type a key, and type this one:")) }
        p { code class="code" { (spaced.join(" ")) } }
        p class="hint" { a href=(offered.uri) { (lang.pick("就在这台手机上？点这里直接打开应用", "On that phone right now? Open the app from here")) } }
        (form(lang, &Form::new("/work/me/second/confirm", &here.csrf).unguarded(), &html! {
            input type="hidden" name="offer" value=(offered.offer);
            input type="hidden" name="secret" value=(offered.secret);
            input type="hidden" name="uri" value=(offered.uri);
            (field::text(lang, &code, TextKind::Number))
            (field::text(lang, &label, TextKind::Words))
            (button::row(&[button::submit(lang.pick("启用", "Switch it on"), Weight::Primary)]))
        }))
    };
    Flash::default().page(here, title, false, &body)
}

/// `POST /work/me/second/confirm`.
pub(super) async fn confirm(State(app): State<App>, posted: Posted) -> Result<Response, PageError> {
    let Posted { here, sent } = posted;
    let who = here.officer()?.clone();
    let ctx = here.visitor.ctx.clone();
    let text = |name: &str| sent.text(name).to_owned();
    let again = TotpOffer {
        secret: text("secret"),
        uri: text("uri"),
        offer: text("offer"),
    };
    let (offered, code, label) = (again.offer.clone(), text("code"), text("label"));
    let done = app
        .run(move |app| {
            Ok(app
                .identity
                .confirm_totp(&ctx, &who, (&offered, &code, &label))?)
        })
        .await;
    match done {
        Ok(codes) if codes.is_empty() => {
            let said = here.lang().pick("已启用。", "It is switched on.");
            Ok(lead_to(PLACE, said))
        }
        Ok(codes) => Ok(codes_page(&here, &codes)),
        Err(error) if !error.problems.is_empty() => Ok(offer_page(&here, &again, &error.problems)),
        Err(error) => proving(error),
    }
}

/// `POST /work/me/second/codes`.
pub(super) async fn renew(State(app): State<App>, posted: Posted) -> Result<Response, PageError> {
    let here = posted.here;
    let who = here.officer()?.clone();
    let ctx = here.visitor.ctx.clone();
    let renewed = app
        .run(move |app| Ok(app.identity.renew_recovery_codes(&ctx, &who)?))
        .await;
    match renewed {
        Ok(codes) => Ok(codes_page(&here, &codes)),
        Err(error) => proving(error),
    }
}

fn codes_page(here: &Here, codes: &[String]) -> Response {
    let lang = here.lang();
    let title = lang.pick("备用码", "Recovery codes");
    let body = html! {
        h1 { (title) }
        p { (lang.pick("请打印或抄下来，和手机分开放。每个只能用一次，这一页不会再显示。", "Print them or write them down and keep them apart from the phone. Each works once; this page is not shown again.")) }
        ul { @for code in codes { li { code class="code" { (code) } } } }
        p { a href=(PLACE) { (lang.pick("已经收好", "I have them")) } }
    };
    Flash::default().page(here, title, false, &body)
}

/// `POST /work/me/second/{factor}/remove`.
pub(super) async fn remove(
    State(app): State<App>,
    Path(factor): Path<String>,
    posted: Posted,
) -> Result<Response, PageError> {
    let here = posted.here;
    let who = here.officer()?.clone();
    let ctx = here.visitor.ctx.clone();
    let removed = app
        .run(move |app| Ok(app.identity.remove_factor(&ctx, &who, &factor)?))
        .await;
    match removed {
        Ok(()) => Ok(lead_to(
            PLACE,
            here.lang().pick("已移除。", "It is removed."),
        )),
        Err(error) => proving(error),
    }
}

/// Where a fresh proof is missing, the person gives it and comes back.
fn proving(error: ApiError) -> Result<Response, PageError> {
    if error.code == "step_up" {
        let address = format!("/signin?again=1&next={PLACE}");
        return Ok(Redirect::to(&address).into_response());
    }
    Err(error.into())
}
