//! One's own account: second factors and sessions.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{delete, get, post};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use yuandu_identity::{Created, PasskeyQuestion, SessionKey, SignedIn, Site};

use crate::context::Visitor;
use crate::extract::{Json, Path};
use crate::operation::{Operation, Parameter, SIGNED_IN, schema_of};
use crate::{ApiError, App};

const FACTOR: Parameter = Parameter {
    place: "path",
    name: "factor",
    description: "Id of the second factor.",
    required: true,
};
const SESSION: Parameter = Parameter {
    place: "path",
    name: "session",
    description: "Id of the session, as listed.",
    required: true,
};

/// The second factors of the person who asks.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FactorsView {
    /// Authenticator apps and passkeys.
    factors: Vec<FactorView>,
    /// Recovery codes not yet used.
    recovery_codes_left: usize,
}

/// One second factor.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FactorView {
    /// Id.
    id: String,
    /// `totp` or `passkey`.
    kind: String,
    /// What its owner calls it.
    label: String,
    /// Since when, RFC 3339.
    created_at: String,
    /// Last use, RFC 3339.
    used_at: Option<String>,
}

/// A secret for an authenticator app, not yet in force.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TotpOfferView {
    /// To be typed into the app (base32).
    secret: String,
    /// The same as an address for a picture code.
    uri: String,
    /// To be sent back with the first code.
    offer: String,
}

/// The first code of an app.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmTotp {
    /// What was offered.
    offer: String,
    /// Six digits.
    code: String,
    /// What to call it, for example the phone.
    #[serde(default)]
    label: String,
}

/// Recovery codes, shown once.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CodesView {
    /// To be printed and kept; empty if the person has some already.
    recovery_codes: Vec<String>,
}

/// A question for an authenticator (Web Authentication Level 2).
#[derive(Debug, Serialize, JsonSchema)]
pub struct QuestionView {
    /// To be signed, base64url.
    challenge: String,
    /// To be sent back with the answer.
    waiting: String,
    /// The relying party's id.
    rp_id: String,
    /// Id of the person, for `user.id`; empty when signing in.
    user: String,
}

impl QuestionView {
    pub(super) fn new(app: &App, asked: PasskeyQuestion, user: String) -> Self {
        Self {
            challenge: asked.challenge,
            waiting: asked.waiting,
            rp_id: Site::of(&app.base_url()).rp_id,
            user,
        }
    }
}

/// The authenticator's answer to `navigator.credentials.create`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPasskey {
    /// What came with the question.
    waiting: String,
    /// `response.clientDataJSON`, base64url.
    client_data: String,
    /// `response.getAuthenticatorData()`, base64url.
    authenticator_data: String,
    /// `response.getPublicKey()`, base64url; ES256.
    public_key: String,
    /// What to call it.
    #[serde(default)]
    label: String,
}

/// One session of the person who asks.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OwnSessionView {
    /// Id.
    id: String,
    /// Whether it is the one that asks.
    current: bool,
    /// Post acted in.
    post: String,
    /// Since when, RFC 3339.
    created_at: String,
    /// Until when, RFC 3339.
    expires_at: String,
    /// How the person proved who they are (RFC 8176).
    methods: Vec<String>,
}

/// Operations on one's own account.
pub(super) fn operations() -> Vec<Operation> {
    let mut operations = of_factors();
    operations.extend(of_sessions());
    operations
}

fn of_factors() -> Vec<Operation> {
    let base = Operation {
        id: "list_factors",
        method: "get",
        path: "/api/v1/me/factors",
        tag: "me",
        summary: "The second factors of the person who asks.",
        permission: SIGNED_IN,
        audit: None,
        parameters: &[],
        request: None,
        response: (200, "application/json", Some(schema_of::<FactorsView>)),
        handler: get(list),
    };
    vec![
        base.clone(),
        Operation {
            id: "offer_totp",
            method: "get",
            path: "/api/v1/me/factors/totp",
            summary: "Offers a secret for an authenticator app (RFC 6238); needs a fresh proof.",
            response: (200, "application/json", Some(schema_of::<TotpOfferView>)),
            handler: get(offer),
            ..base.clone()
        },
        Operation {
            id: "confirm_totp",
            method: "post",
            path: "/api/v1/me/factors/totp/confirm",
            summary: "Puts an offered secret into force with its first code.",
            audit: Some("identity.add_factor"),
            request: Some(("application/json", schema_of::<ConfirmTotp>)),
            response: (201, "application/json", Some(schema_of::<CodesView>)),
            handler: post(confirm),
            ..base.clone()
        },
        Operation {
            id: "ask_new_passkey",
            path: "/api/v1/me/passkeys/question",
            summary: "The question for `navigator.credentials.create`; needs a fresh proof.",
            response: (200, "application/json", Some(schema_of::<QuestionView>)),
            handler: get(ask_passkey),
            ..base.clone()
        },
        Operation {
            id: "add_passkey",
            method: "post",
            path: "/api/v1/me/passkeys",
            summary: "Puts a passkey into force with the authenticator's answer.",
            audit: Some("identity.add_factor"),
            request: Some(("application/json", schema_of::<NewPasskey>)),
            response: (201, "application/json", Some(schema_of::<CodesView>)),
            handler: post(add_passkey),
            ..base.clone()
        },
        Operation {
            id: "remove_factor",
            method: "delete",
            path: "/api/v1/me/factors/{factor}",
            summary: "Removes a second factor; needs a fresh proof.",
            audit: Some("identity.remove_factor"),
            parameters: &[FACTOR],
            response: (204, "application/json", None),
            handler: delete(remove),
            ..base.clone()
        },
        Operation {
            id: "renew_recovery_codes",
            method: "post",
            path: "/api/v1/me/recovery-codes",
            summary: "Replaces all recovery codes; needs a fresh proof.",
            audit: Some("identity.renew_codes"),
            response: (201, "application/json", Some(schema_of::<CodesView>)),
            handler: post(renew),
            ..base
        },
    ]
}

fn of_sessions() -> Vec<Operation> {
    let base = Operation {
        id: "list_own_sessions",
        method: "get",
        path: "/api/v1/me/sessions",
        tag: "me",
        summary: "Where the person who asks is signed in.",
        permission: SIGNED_IN,
        audit: None,
        parameters: &[],
        request: None,
        response: (
            200,
            "application/json",
            Some(schema_of::<Vec<OwnSessionView>>),
        ),
        handler: get(sessions),
    };
    vec![
        base.clone(),
        Operation {
            id: "revoke_own_session",
            method: "delete",
            path: "/api/v1/me/sessions/{session}",
            summary: "Ends one of one's own sessions.",
            audit: Some("identity.revoke_session"),
            parameters: &[SESSION],
            response: (204, "application/json", None),
            handler: delete(revoke),
            ..base
        },
    ]
}

async fn list(State(app): State<App>, visitor: Visitor) -> Result<Json<FactorsView>, ApiError> {
    run(&app, visitor, |app, visitor, who| {
        let (factors, recovery_codes_left) = app.identity.factors(&visitor.ctx, who)?;
        let factors = factors.into_iter().map(|factor| FactorView {
            id: factor.id,
            kind: factor.kind,
            label: factor.label,
            created_at: factor.created_at.to_string(),
            used_at: factor.used_at.map(|at| at.to_string()),
        });
        Ok(Json(FactorsView {
            factors: factors.collect(),
            recovery_codes_left,
        }))
    })
    .await
}

async fn offer(State(app): State<App>, visitor: Visitor) -> Result<Json<TotpOfferView>, ApiError> {
    run(&app, visitor, |app, visitor, who| {
        let offer = app.identity.offer_totp(&visitor.ctx, who)?;
        Ok(Json(TotpOfferView {
            secret: offer.secret,
            uri: offer.uri,
            offer: offer.offer,
        }))
    })
    .await
}

async fn confirm(
    State(app): State<App>,
    visitor: Visitor,
    Json(sent): Json<ConfirmTotp>,
) -> Result<(StatusCode, Json<CodesView>), ApiError> {
    run(&app, visitor, move |app, visitor, who| {
        let sent = (sent.offer.as_str(), sent.code.as_str(), sent.label.as_str());
        let recovery_codes = app.identity.confirm_totp(&visitor.ctx, who, sent)?;
        Ok((StatusCode::CREATED, Json(CodesView { recovery_codes })))
    })
    .await
}

async fn ask_passkey(
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Json<QuestionView>, ApiError> {
    run(&app, visitor, |app, visitor, who| {
        let asked = app.identity.ask_passkey(&visitor.ctx, Some(who))?;
        let user = who.officer.user.to_string();
        Ok(Json(QuestionView::new(app, asked, user)))
    })
    .await
}

async fn add_passkey(
    State(app): State<App>,
    visitor: Visitor,
    Json(sent): Json<NewPasskey>,
) -> Result<(StatusCode, Json<CodesView>), ApiError> {
    run(&app, visitor, move |app, visitor, who| {
        let site = Site::of(&app.base_url());
        let answer = Created {
            client_data: sent.client_data,
            authenticator_data: sent.authenticator_data,
            public_key: sent.public_key,
        };
        let sent = (sent.waiting.as_str(), &answer, sent.label.as_str());
        let recovery_codes = app.identity.add_passkey(&visitor.ctx, (who, &site), sent)?;
        Ok((StatusCode::CREATED, Json(CodesView { recovery_codes })))
    })
    .await
}

async fn remove(
    State(app): State<App>,
    visitor: Visitor,
    Path(factor): Path<String>,
) -> Result<StatusCode, ApiError> {
    run(&app, visitor, move |app, visitor, who| {
        app.identity.remove_factor(&visitor.ctx, who, &factor)?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

async fn renew(
    State(app): State<App>,
    visitor: Visitor,
) -> Result<(StatusCode, Json<CodesView>), ApiError> {
    run(&app, visitor, |app, visitor, who| {
        let recovery_codes = app.identity.renew_recovery_codes(&visitor.ctx, who)?;
        Ok((StatusCode::CREATED, Json(CodesView { recovery_codes })))
    })
    .await
}

async fn sessions(
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Json<Vec<OwnSessionView>>, ApiError> {
    run(&app, visitor, |app, visitor, who| {
        let rows = app.identity.list_sessions(&visitor.ctx)?;
        let views = rows.into_iter().map(|row| OwnSessionView {
            current: row.id == who.session,
            id: row.id.as_str().to_owned(),
            post: row.post.to_string(),
            created_at: row.created_at.to_string(),
            expires_at: row.expires_at.to_string(),
            methods: row.methods.split(' ').map(str::to_owned).collect(),
        });
        Ok(Json(views.collect()))
    })
    .await
}

async fn revoke(
    State(app): State<App>,
    visitor: Visitor,
    Path(session): Path<String>,
) -> Result<StatusCode, ApiError> {
    run(&app, visitor, move |app, visitor, _| {
        let session = SessionKey::parse(&session).ok_or_else(ApiError::not_found)?;
        app.identity.revoke_session(&visitor.ctx, &session)?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

async fn run<T, W>(app: &App, visitor: Visitor, work: W) -> Result<T, ApiError>
where
    T: Send + 'static,
    W: FnOnce(&App, &Visitor, &SignedIn) -> Result<T, ApiError> + Send + 'static,
{
    let lang = visitor.lang();
    app.run(move |app| work(app, &visitor, visitor.officer()?))
        .await
        .map_err(|error| error.in_lang(lang))
}
