//! Certificates: who asks, who issues, what was issued, and what is revoked.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use yuandu_base::ErrorKind;
use yuandu_pki::{Asked, CertificateFilter, CertificateRow, Kind, NewRequest, Reason, RequestRow};

use super::run;
use crate::context::Visitor;
use crate::extract::{Json, Path, Query};
use crate::operation::{Operation, Parameter, schema_of};
use crate::{ApiError, App};

/// A certificate is asked for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CertificateRequestBody {
    /// `person`, `post`, `organisation`, `server` or `seal`.
    kind: String,
    /// Login of the person, id of the post, or id of the organisation that has the server or the seal.
    holder: String,
    /// Name of the seal; left out for the others, whose names are those of the records.
    #[serde(default)]
    name: String,
    /// Host names or IP addresses of the server; left out for the others.
    #[serde(default)]
    hosts: Vec<String>,
    /// The request (PKCS#10) in PEM, signed by the key it holds: RSA from 2048 bits, P-256, or SM2 with SM3.
    csr: String,
}

/// A certificate is renewed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RenewalBody {
    /// The request (PKCS#10) in PEM. Names in it are not looked at: the holder stays the same.
    csr: String,
}

/// A request is refused.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RefusalBody {
    /// Why; at most 500 letters.
    reason: String,
}

/// A certificate is revoked.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RevocationBody {
    /// `unspecified`, `key_compromise`, `affiliation_changed`, `superseded`, `cessation_of_operation` or
    /// `privilege_withdrawn` (RFC 5280, 5.3.1).
    reason: String,
}

/// The request that was taken.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RequestedView {
    /// Its id.
    id: String,
}

/// The certificate that was issued.
#[derive(Debug, Serialize, JsonSchema)]
pub struct IssuedView {
    /// Its serial number in hexadecimal.
    serial: String,
}

/// A request for a certificate.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CertificateRequestView {
    /// Its id.
    id: String,
    /// What the certificate is for.
    kind: String,
    /// Login, post or organisation.
    holder: String,
    /// The name that will stand in it.
    subject: String,
    /// Host names and addresses of a server.
    hosts: Vec<String>,
    /// The kind of key.
    key: String,
    /// `open`, `issued` or `refused`.
    status: String,
    /// Serial number of the certificate it renews.
    renews: Option<String>,
    /// Who asked.
    requested_by: String,
    /// When, RFC 3339.
    requested_at: String,
    /// Who decided.
    decided_by: Option<String>,
    /// When, RFC 3339.
    decided_at: Option<String>,
    /// Why it was refused.
    reason: Option<String>,
    /// Serial number of the certificate that was issued.
    serial: Option<String>,
}

/// A certificate.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CertificateView {
    /// Serial number in hexadecimal.
    serial: String,
    /// What it is for: one of the kinds that are asked for, or `service`.
    kind: String,
    /// Whose it is.
    subject: String,
    /// The kind of key.
    key: String,
    /// From when it is valid, RFC 3339.
    not_before: String,
    /// Until when, RFC 3339.
    not_after: String,
    /// Whether it should be renewed now.
    due: bool,
    /// Serial number of the certificate that renewed it.
    renewed_by: Option<String>,
    /// When it was revoked, RFC 3339.
    revoked_at: Option<String>,
    /// Why it was revoked.
    reason: Option<String>,
    /// The certificate in PEM.
    pem: String,
}

const fn path(name: &'static str, description: &'static str) -> Parameter {
    Parameter {
        place: "path",
        name,
        description,
        required: true,
    }
}

const fn query(name: &'static str, description: &'static str) -> Parameter {
    Parameter {
        place: "query",
        name,
        description,
        required: false,
    }
}

const REQUEST: Parameter = path("request", "Id of the request.");
const SERIAL: Parameter = path("serial", "Serial number in hexadecimal.");
const AFTER: Parameter = query(
    "after",
    "Id or serial number of the last entry of the page before.",
);

const REQUESTS_QUERY: &[Parameter] = &[
    query("status", "`open` (default), `issued` or `refused`."),
    AFTER,
];
const CERTIFICATES_QUERY: &[Parameter] = &[
    query("kind", "Only of this kind."),
    query(
        "ends_within_days",
        "Only those that end within so many days and are neither revoked nor renewed.",
    ),
    query("revoked", "`true`: only the revoked."),
    AFTER,
];

/// Operations on certificates.
pub(super) fn operations() -> Vec<Operation> {
    let mut operations = reading();
    operations.extend(asking());
    operations.extend(deciding());
    operations
}

fn reading() -> Vec<Operation> {
    let read = |id, path, summary, parameters, response, handler| Operation {
        id,
        method: "get",
        path,
        tag: "certificates",
        summary,
        permission: "pki.request",
        audit: None,
        parameters,
        request: None,
        response: (200, "application/json", Some(response)),
        handler,
    };
    vec![
        read(
            "list_certificate_requests",
            "/api/v1/pki/requests",
            "Requests for certificates; those of others are shown to who keeps or audits them.",
            REQUESTS_QUERY,
            schema_of::<Vec<CertificateRequestView>>,
            get(list_requests),
        ),
        read(
            "list_certificates",
            "/api/v1/pki/certificates",
            "Certificates that were issued; those of others are shown to who keeps or audits them.",
            CERTIFICATES_QUERY,
            schema_of::<Vec<CertificateView>>,
            get(list_certificates),
        ),
        read(
            "view_certificate",
            "/api/v1/pki/certificates/{serial}",
            "One certificate in PEM and how it stands.",
            &[SERIAL],
            schema_of::<CertificateView>,
            get(view_certificate),
        ),
    ]
}

fn asking() -> Vec<Operation> {
    let base = Operation {
        id: "request_certificate",
        method: "post",
        path: "/api/v1/pki/requests",
        tag: "certificates",
        summary: "Asks for a certificate; a security administrator other than who asks issues it.",
        permission: "pki.request",
        audit: Some("pki.request_certificate"),
        parameters: &[],
        request: Some(("application/json", schema_of::<CertificateRequestBody>)),
        response: (201, "application/json", Some(schema_of::<RequestedView>)),
        handler: post(request),
    };
    vec![
        base.clone(),
        Operation {
            id: "renew_certificate",
            path: "/api/v1/pki/certificates/{serial}/renew",
            summary: "Asks to renew a certificate within the last weeks of its life; who asked for it may, and who keeps all.",
            audit: Some("pki.renew_certificate"),
            parameters: &[SERIAL],
            request: Some(("application/json", schema_of::<RenewalBody>)),
            handler: post(renew),
            ..base.clone()
        },
        Operation {
            id: "revoke_certificate",
            path: "/api/v1/pki/certificates/{serial}/revoke",
            summary: "Revokes a certificate for good; who asked for it may, and who keeps all. Everyone sees it with the next question.",
            audit: Some("pki.revoke_certificate"),
            parameters: &[SERIAL],
            request: Some(("application/json", schema_of::<RevocationBody>)),
            response: (204, "application/json", None),
            handler: post(revoke),
            ..base
        },
    ]
}

fn deciding() -> Vec<Operation> {
    let base = Operation {
        id: "issue_certificate",
        method: "post",
        path: "/api/v1/pki/requests/{request}/issue",
        tag: "certificates",
        summary: "Issues what a request asks for; not by who asked.",
        permission: "pki.manage",
        audit: Some("pki.issue_certificate"),
        parameters: &[REQUEST],
        request: None,
        response: (201, "application/json", Some(schema_of::<IssuedView>)),
        handler: post(issue),
    };
    vec![
        base.clone(),
        Operation {
            id: "refuse_certificate_request",
            path: "/api/v1/pki/requests/{request}/refuse",
            summary: "Refuses a request with a reason; not by who made it.",
            audit: Some("pki.refuse_request"),
            request: Some(("application/json", schema_of::<RefusalBody>)),
            response: (204, "application/json", None),
            handler: post(refuse),
            ..base
        },
    ]
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestsQuery {
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    after: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CertificatesQuery {
    #[serde(default)]
    kind: Option<String>,
    #[serde(default)]
    ends_within_days: Option<u16>,
    #[serde(default)]
    revoked: bool,
    #[serde(default)]
    after: String,
}

async fn list_requests(
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query<RequestsQuery>,
) -> Result<Json<Vec<CertificateRequestView>>, ApiError> {
    run(&app, visitor, move |app, visitor| {
        let status = asked.status.as_deref().unwrap_or("open");
        let rows = app.pki.requests(&visitor.ctx, status, &asked.after)?;
        Ok(Json(rows.into_iter().map(request_view).collect()))
    })
    .await
}

async fn list_certificates(
    State(app): State<App>,
    visitor: Visitor,
    Query(asked): Query<CertificatesQuery>,
) -> Result<Json<Vec<CertificateView>>, ApiError> {
    run(&app, visitor, move |app, visitor| {
        let now = visitor.ctx.now();
        let days = asked.ends_within_days;
        let filter = CertificateFilter {
            kind: asked.kind.as_deref().map(kind).transpose()?,
            ends_before: days.map(|days| now + SignedDuration::from_hours(24 * i64::from(days))),
            revoked: asked.revoked,
            after: asked.after,
        };
        let rows = app.pki.certificates(&visitor.ctx, &filter)?;
        let views = rows.iter().map(|row| certificate_view(row, now));
        Ok(Json(views.collect()))
    })
    .await
}

async fn view_certificate(
    State(app): State<App>,
    visitor: Visitor,
    Path(serial): Path<String>,
) -> Result<Json<CertificateView>, ApiError> {
    run(&app, visitor, move |app, visitor| {
        let row = app.pki.certificate(&visitor.ctx, &serial)?;
        Ok(Json(certificate_view(&row, visitor.ctx.now())))
    })
    .await
}

async fn request(
    State(app): State<App>,
    visitor: Visitor,
    Json(body): Json<CertificateRequestBody>,
) -> Result<(StatusCode, Json<RequestedView>), ApiError> {
    run(&app, visitor, move |app, visitor| {
        visitor.officer()?;
        let new = NewRequest {
            asked: Asked {
                kind: kind(&body.kind)?,
                holder: body.holder,
                name: body.name,
                hosts: body.hosts,
            },
            csr: body.csr,
        };
        let id = app.pki.request_certificate(&visitor.ctx, &new)?;
        Ok((StatusCode::CREATED, Json(RequestedView { id })))
    })
    .await
}

async fn renew(
    State(app): State<App>,
    visitor: Visitor,
    Path(serial): Path<String>,
    Json(body): Json<RenewalBody>,
) -> Result<(StatusCode, Json<RequestedView>), ApiError> {
    run(&app, visitor, move |app, visitor| {
        visitor.officer()?;
        let id = app
            .pki
            .renew_certificate(&visitor.ctx, &serial, &body.csr)?;
        Ok((StatusCode::CREATED, Json(RequestedView { id })))
    })
    .await
}

async fn revoke(
    State(app): State<App>,
    visitor: Visitor,
    Path(serial): Path<String>,
    Json(body): Json<RevocationBody>,
) -> Result<StatusCode, ApiError> {
    run(&app, visitor, move |app, visitor| {
        visitor.officer()?;
        let reason = Reason::parse(&body.reason).ok_or_else(|| {
            ApiError::new(
                ErrorKind::Invalid,
                "pki.reason",
                "没有这种吊销原因，请看接口说明",
                "there is no such reason; see the API description",
            )
        })?;
        app.pki.revoke_certificate(&visitor.ctx, &serial, reason)?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

async fn issue(
    State(app): State<App>,
    visitor: Visitor,
    Path(request): Path<String>,
) -> Result<(StatusCode, Json<IssuedView>), ApiError> {
    run(&app, visitor, move |app, visitor| {
        visitor.officer()?;
        let mut rng = rand::rng();
        let serial = app
            .pki
            .issue_certificate(&visitor.ctx, &request, &mut rng)?;
        Ok((StatusCode::CREATED, Json(IssuedView { serial })))
    })
    .await
}

async fn refuse(
    State(app): State<App>,
    visitor: Visitor,
    Path(request): Path<String>,
    Json(body): Json<RefusalBody>,
) -> Result<StatusCode, ApiError> {
    run(&app, visitor, move |app, visitor| {
        visitor.officer()?;
        app.pki
            .refuse_request(&visitor.ctx, &request, &body.reason)?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

fn kind(word: &str) -> Result<Kind, ApiError> {
    Kind::parse(word).ok_or_else(|| {
        ApiError::new(
            ErrorKind::Invalid,
            "pki.kind",
            format!("没有证书种类 `{word}`；请写 person、post、organisation、server 或 seal"),
            format!("there is no kind `{word}`; write person, post, organisation, server or seal"),
        )
    })
}

fn request_view(row: RequestRow) -> CertificateRequestView {
    CertificateRequestView {
        kind: row.asked.kind.as_str().to_owned(),
        subject: row.subject_words(),
        id: row.id,
        holder: row.asked.holder,
        hosts: row.asked.hosts,
        key: row.key_kind,
        status: row.status,
        renews: row.renews,
        requested_by: row.requested_name,
        requested_at: row.requested_at.to_string(),
        decided_by: row.decided_name,
        decided_at: row.decided_at.map(|at| at.to_string()),
        reason: row.words,
        serial: row.serial,
    }
}

fn certificate_view(row: &CertificateRow, now: Timestamp) -> CertificateView {
    CertificateView {
        serial: row.serial.clone(),
        kind: row.kind.as_str().to_owned(),
        subject: row.subject.clone(),
        key: row.key_kind.clone(),
        not_before: row.not_before.to_string(),
        not_after: row.not_after.to_string(),
        due: row.is_due(now),
        renewed_by: row.renewed_by.clone(),
        revoked_at: row.revoked_at.map(|at| at.to_string()),
        reason: row
            .reason
            .and_then(Reason::of)
            .map(|reason| reason.as_str().to_owned()),
        pem: row.pem(),
    }
}
