//! Certificates: asking for one, what became of it, renewing and revoking it; and for who issues, the requests that wait.

use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use jiff::SignedDuration;
use maud::{Markup, html};
use yuandu_api::{ApiError, App};
use yuandu_base::{ErrorKind, Lang, Problem};
use yuandu_design::components::button::{self, Weight};
use yuandu_design::components::field::{self, Field, Opt, TextKind};
use yuandu_design::components::form::{Errors, Form, error_summary, form};
use yuandu_design::components::navigation::{Link, breadcrumb};
use yuandu_design::components::notice::{Tone, empty, notice};
use yuandu_design::components::status::{code, tag, tag_wrong};
use yuandu_identity::Resource;
use yuandu_page::error::PageError;
use yuandu_page::flash::{Flash, lead_to};
use yuandu_page::forms::fresh_key;
use yuandu_page::forms::posted::Posted;
use yuandu_page::forms::sent::Sent;
use yuandu_page::here::Here;
use yuandu_page::words::Words;
use yuandu_pki::{Asked, CertificateFilter, CertificateRow, Kind, NewRequest, Reason, RequestRow};

const PAGE: &str = "/work/certificates";
/// Certificates that end within so many days are shown to who keeps all of them.
const SOON: SignedDuration = SignedDuration::from_hours(24 * 60);

/// What the page shows.
struct Desk {
    words: Words,
    served: bool,
    keeps: bool,
    own: String,
    open: Vec<RequestRow>,
    refused: Vec<RequestRow>,
    certificates: Vec<CertificateRow>,
}

/// `GET /work/certificates`.
pub(crate) async fn show(
    State(app): State<App>,
    here: Here,
    flash: Flash,
) -> Result<Response, PageError> {
    here.officer()?;
    let reader = here.clone();
    let desk = app.run(move |app| desk(app, &reader)).await?;
    Ok(page(&here, &flash, &desk, (&Sent::default(), &[])))
}

/// `POST /work/certificates`: a certificate is asked for.
pub(crate) async fn ask(
    State(app): State<App>,
    flash: Flash,
    posted: Posted,
) -> Result<Response, PageError> {
    posted.here.officer()?;
    let (here, sent) = (posted.here, posted.sent);
    let (reader, form) = (here.clone(), sent.clone());
    let done = app.run(move |app| {
        let asked = request(&form)
            .and_then(|new| Ok(app.pki.request_certificate(&reader.visitor.ctx, &new)?));
        match asked {
            Ok(_) => Ok(None),
            Err(error) if error.kind == ErrorKind::Invalid && !error.problems.is_empty() => {
                Ok(Some((desk(app, &reader)?, error.problems)))
            }
            Err(error) => Err(error),
        }
    });
    match done.await? {
        None => {
            let said = here.lang().pick(
                "已提交，由另一位安全管理员核对后签发。",
                "Sent; another security administrator looks at it and issues the certificate.",
            );
            Ok(lead_to(PAGE, said))
        }
        Some((desk, problems)) => {
            let mut response = page(&here, &flash, &desk, (&sent, &problems));
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(response)
        }
    }
}

/// `POST /work/certificates/requests/{id}`: a second person decides.
pub(crate) async fn decide(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, PageError> {
    posted.here.officer()?;
    let (lang, ctx) = (posted.here.lang(), posted.here.visitor.ctx.clone());
    let issues = posted.sent.text("decision") == "issue";
    let words = posted.sent.text("words").to_owned();
    app.run(move |app| {
        if issues {
            app.pki.issue_certificate(&ctx, &id, &mut rand::rng())?;
        } else {
            app.pki.refuse_request(&ctx, &id, &words)?;
        }
        Ok(())
    })
    .await?;
    let said = if issues {
        lang.pick(
            "已签发，申请人可以下载。",
            "Issued; who asked can fetch it.",
        )
    } else {
        lang.pick(
            "已退回，理由申请人看得到。",
            "Refused; who asked reads the reason.",
        )
    };
    Ok(lead_to(PAGE, said))
}

/// `POST /work/certificates/{serial}/revoke`.
pub(crate) async fn revoke(
    State(app): State<App>,
    Path(serial): Path<String>,
    posted: Posted,
) -> Result<Response, PageError> {
    posted.here.officer()?;
    let (lang, ctx) = (posted.here.lang(), posted.here.visitor.ctx.clone());
    let reason = Reason::parse(posted.sent.text("reason")).unwrap_or(Reason::Unspecified);
    app.run(move |app| Ok(app.pki.revoke_certificate(&ctx, &serial, reason)?))
        .await?;
    let said = lang.pick(
        "已吊销，从现在起任何人查询都看得到。",
        "Revoked; from now on everyone who asks sees it.",
    );
    Ok(lead_to(PAGE, said))
}

/// `POST /work/certificates/{serial}/renew`.
pub(crate) async fn renew(
    State(app): State<App>,
    Path(serial): Path<String>,
    posted: Posted,
) -> Result<Response, PageError> {
    posted.here.officer()?;
    let (lang, ctx) = (posted.here.lang(), posted.here.visitor.ctx.clone());
    let csr = posted.sent.text("csr").to_owned();
    app.run(move |app| Ok(app.pki.renew_certificate(&ctx, &serial, &csr)?))
        .await?;
    let said = lang.pick("续期申请已提交。", "The renewal was asked for.");
    Ok(lead_to(PAGE, said))
}

/// `GET /work/certificates/{serial}`: the certificate as a file.
pub(crate) async fn fetch(
    State(app): State<App>,
    Path(serial): Path<String>,
    here: Here,
) -> Result<Response, PageError> {
    here.officer()?;
    let ctx = here.visitor.ctx.clone();
    let row = app
        .run(move |app| Ok(app.pki.certificate(&ctx, &serial)?))
        .await?;
    let name = format!("attachment; filename=\"{}.pem\"", row.serial);
    let mut response = row.pem().into_response();
    let headers = response.headers_mut();
    let media = HeaderValue::from_static("application/x-pem-file");
    headers.insert(header::CONTENT_TYPE, media);
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

fn desk(app: &App, here: &Here) -> Result<Desk, ApiError> {
    let ctx = &here.visitor.ctx;
    let words = Words::new(app, here)?;
    let system = Resource::system();
    let keeps = app.gate.decide(ctx, "pki.manage", &system).allowed;
    let sees_all = app.gate.decide(ctx, "pki.view", &system).allowed;
    // Who keeps all certificates is shown those that need something; everyone else their own.
    let filter = CertificateFilter {
        ends_before: sees_all.then(|| words.now + SOON),
        ..CertificateFilter::default()
    };
    Ok(Desk {
        served: app.pki.authority().is_ok(),
        keeps,
        own: ctx.actor_name(),
        open: app.pki.requests(ctx, "open", "")?,
        refused: if sees_all {
            Vec::new()
        } else {
            app.pki.requests(ctx, "refused", "")?
        },
        certificates: app.pki.certificates(ctx, &filter)?,
        words,
    })
}

fn request(sent: &Sent) -> Result<NewRequest, ApiError> {
    let Some(kind) = Kind::parse(sent.text("kind")) else {
        let (zh, en) = ("请选择种类", "choose the kind");
        return Err(ApiError::invalid(vec![Problem::new(
            "pki.kind", "kind", zh, en,
        )]));
    };
    let hosts = sent.text("hosts").split(['、', ',', '，', ' ', '\n', '\r']);
    let hosts = hosts.map(str::trim).filter(|host| !host.is_empty());
    Ok(NewRequest {
        asked: Asked {
            kind,
            holder: sent.text("holder").trim().to_owned(),
            name: sent.text("name").trim().to_owned(),
            hosts: hosts.map(str::to_owned).collect(),
        },
        csr: sent.text("csr").to_owned(),
    })
}

fn page(
    here: &Here,
    flash: &Flash,
    desk: &Desk,
    (sent, problems): (&Sent, &[Problem]),
) -> Response {
    let lang = here.lang();
    let title = lang.pick("证书", "Certificates");
    let way = [Link {
        label: lang.pick("我的账号", "My account"),
        href: "/work/me",
    }];
    let errors = Errors(problems);
    let body = html! {
        (breadcrumb(lang, &way, title))
        h1 { (title) }
        p class="hint" { (lang.pick(
            "证书用来登录、签名、盖章和加密连接。密钥由您自己生成，只交来请求；一人申请，另一人签发。",
            "Certificates are for signing in, signing, sealing and connections. You make the key and send only the request; one person asks, another issues.",
        )) }
        (error_summary(lang, &errors))
        @if !desk.served { (notice(Tone::Care, lang.pick("本系统现在没有证书机构", "There is no certificate authority at present"), &html! {
            p { (lang.pick("可以查看已签发的证书；申请和签发要等管理员接入证书机构。", "What was issued can be seen; asking and issuing wait until the administrator connects one.")) }
        })) }
        (waiting(here, desk))
        (issued(here, desk))
        @if desk.served { (asking(here, sent, &errors)) }
    };
    flash.page(here, title, false, &body)
}

fn waiting(here: &Here, desk: &Desk) -> Markup {
    let lang = here.lang();
    html! {
        @if !desk.open.is_empty() || !desk.refused.is_empty() {
            section {
                h2 { (lang.pick("申请", "Requests")) }
                ul class="links" {
                    @for row in &desk.open { (open(here, desk, row)) }
                    @for row in &desk.refused {
                        li {
                            p { (row.subject_words()) " · " (desk.words.instant(row.requested_at)) " " (tag_wrong(lang.pick("已退回", "refused"))) }
                            @if let Some(why) = &row.words { p { (lang.pick("理由：", "Reason: ")) (why) } }
                        }
                    }
                }
            }
        }
    }
}

fn open(here: &Here, desk: &Desk, row: &RequestRow) -> Markup {
    let lang = here.lang();
    let action = format!("{PAGE}/requests/{}", row.id);
    let key = fresh_key();
    let label = lang.pick("退回的理由", "Reason, if refused");
    let inner = html! {
        (field::text(lang, &Field::new("words", label), TextKind::Words))
        (button::row(&[
            button::submit_as(lang.pick("签发", "Issue"), "decision", "issue", Weight::Primary),
            button::submit_as(lang.pick("退回", "Refuse"), "decision", "refuse", Weight::Grave),
        ]))
    };
    html! {
        li {
            p { strong { (row.subject_words()) } " " (tag(kind_words(lang, row.asked.kind)))
                @if row.renews.is_some() { " " (tag(lang.pick("续期", "renewal"))) } }
            @if !row.asked.hosts.is_empty() { p { (lang.pick("主机：", "Hosts: ")) (row.asked.hosts.join("、")) } }
            p { (row.key_kind) " · " (row.requested_name) " · " (desk.words.instant(row.requested_at)) }
            @if !desk.keeps {
                p class="hint" { (lang.pick("等安全管理员签发。", "A security administrator will issue it.")) }
            } @else if row.requested_by == desk.own {
                p class="hint" { (lang.pick("由您申请，要由另一位安全管理员签发。", "You asked for it; another security administrator decides.")) }
            } @else { (form(lang, &Form::new(&action, &here.csrf).key(&key).unguarded(), &inner)) }
        }
    }
}

fn issued(here: &Here, desk: &Desk) -> Markup {
    let lang = here.lang();
    let heading = if desk.keeps {
        lang.pick("60 天内到期的证书", "Certificates that end within 60 days")
    } else {
        lang.pick("我申请的证书", "Certificates I asked for")
    };
    html! {
        section {
            h2 { (heading) }
            @if desk.certificates.is_empty() {
                (empty(lang.pick("没有证书", "No certificates"), lang.pick("签发后在这里下载、续期、吊销。", "Once issued they are fetched, renewed and revoked here."), None))
            } @else {
                ul class="links" { @for row in &desk.certificates { (certificate(here, desk, row)) } }
            }
        }
    }
}

fn certificate(here: &Here, desk: &Desk, row: &CertificateRow) -> Markup {
    let lang = here.lang();
    let over = row.revoked_at.is_some() || row.not_after <= desk.words.now;
    let acts = !over && (desk.keeps || row.issued_to == desk.own);
    html! {
        li {
            p { strong { (row.subject) } " " (tag(kind_words(lang, row.kind)))
                @if row.revoked_at.is_some() { " " (tag_wrong(lang.pick("已吊销", "revoked"))) }
                @else if row.not_after <= desk.words.now { " " (tag(lang.pick("已到期", "ended"))) }
                @else if row.renewed_by.is_some() { " " (tag(lang.pick("已续期", "renewed"))) } }
            p { (row.key_kind) " · " (code(&row.serial)) " · " (lang.pick("有效至 ", "valid until ")) (desk.words.instant(row.not_after)) }
            p { a href={ (PAGE) "/" (row.serial) } { (lang.pick("下载证书", "Fetch the certificate")) } }
            @if acts && row.is_due(desk.words.now) { (renewing(here, row)) }
            @if acts { (revoking(here, row)) }
        }
    }
}

fn renewing(here: &Here, row: &CertificateRow) -> Markup {
    let lang = here.lang();
    let action = format!("{PAGE}/{}/renew", row.serial);
    let key = fresh_key();
    let label = lang.pick("新的证书请求（PEM）", "A new request (PEM)");
    let inner = html! {
        (field::textarea(lang, &Field::new("csr", label).required(), 4, None))
        (button::row(&[button::submit(lang.pick("申请续期", "Ask to renew it"), Weight::Plain)]))
    };
    html! {
        details { summary { (lang.pick("续期", "Renew")) } (form(lang, &Form::new(&action, &here.csrf).key(&key).unguarded(), &inner)) }
    }
}

fn revoking(here: &Here, row: &CertificateRow) -> Markup {
    let lang = here.lang();
    let action = format!("{PAGE}/{}/revoke", row.serial);
    let key = fresh_key();
    let reasons = Reason::ALL.map(|reason| Opt::new(reason.as_str(), reason_words(lang, reason)));
    let label = lang.pick("吊销的原因", "Why it is revoked");
    let inner = html! {
        (field::select(lang, &Field::new("reason", label).required(), &reasons))
        (button::row(&[button::submit(lang.pick("吊销，不能恢复", "Revoke it for good"), Weight::Grave)]))
    };
    html! {
        details { summary { (lang.pick("吊销", "Revoke")) } (form(lang, &Form::new(&action, &here.csrf).key(&key).unguarded(), &inner)) }
    }
}

fn asking(here: &Here, sent: &Sent, errors: &Errors<'_>) -> Markup {
    let lang = here.lang();
    let ask = |name: &'static str, label: &'static str| {
        Field::new(name, label)
            .value(sent.text(name))
            .error(errors.of(lang, name))
    };
    let kinds = Kind::ASKED.map(|kind| Opt::new(kind.as_str(), kind_words(lang, kind)));
    let holder = ask("holder", lang.pick("发给谁", "For whom")).required();
    let holder = holder.hint(lang.pick(
        "个人写登录名，岗位写岗位编号，机构、服务器和印章写机构编号。名称取自记录。",
        "The login of a person, the id of a post, or the id of the organisation. Names are those of the records.",
    ));
    let name = ask("name", lang.pick("印章名称", "Name of the seal"));
    let name = name.hint(lang.pick("只有印章要填。", "For seals only."));
    let hosts = ask(
        "hosts",
        lang.pick("主机名或 IP 地址", "Host names or IP addresses"),
    );
    let hosts = hosts.hint(lang.pick(
        "只有服务器要填，用逗号分开。",
        "For servers only, separated by commas.",
    ));
    let csr = ask("csr", lang.pick("证书请求（PEM）", "The request (PEM)")).required();
    let csr = csr.hint(lang.pick(
        "用 RSA（2048 位以上）、P-256 或 SM2 的密钥生成；请求里写的名称不起作用。",
        "Made with a key of RSA (from 2048 bits), P-256 or SM2; names in it are not looked at.",
    ));
    let key = fresh_key();
    let inner = html! {
        (field::select(lang, &ask("kind", lang.pick("种类", "Kind")).required(), &kinds))
        (field::text(lang, &holder, TextKind::Login))
        (field::text(lang, &name, TextKind::Words))
        (field::text(lang, &hosts, TextKind::Login))
        (field::textarea(lang, &csr, 6, None))
        (button::row(&[button::submit(lang.pick("申请", "Ask for it"), Weight::Primary)]))
    };
    html! {
        section {
            h2 { (lang.pick("申请证书", "Ask for a certificate")) }
            (form(lang, &Form::new(PAGE, &here.csrf).key(&key), &inner))
        }
    }
}

fn kind_words(lang: Lang, kind: Kind) -> &'static str {
    match kind {
        Kind::Person => lang.pick("个人", "person"),
        Kind::Post => lang.pick("岗位", "post"),
        Kind::Organisation => lang.pick("机构", "organisation"),
        Kind::Server => lang.pick("服务器", "server"),
        Kind::Seal => lang.pick("印章", "seal"),
        Kind::Service => lang.pick("系统服务", "service"),
    }
}

fn reason_words(lang: Lang, reason: Reason) -> &'static str {
    match reason {
        Reason::Unspecified => lang.pick("不说明", "not told"),
        Reason::KeyCompromise => lang.pick("密钥泄露或可能泄露", "others know the key, or may"),
        Reason::AffiliationChanged => {
            lang.pick("姓名、单位或岗位变动", "name or affiliation changed")
        }
        Reason::Superseded => lang.pick("已换新证书", "another took its place"),
        Reason::CessationOfOperation => lang.pick("不再使用", "no longer needed"),
        Reason::PrivilegeWithdrawn => lang.pick("不再有权使用", "the holder may no longer use it"),
    }
}
