//! The systems that let people sign in here, kept by the security administrator; and what a person allowed them.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{delete, get, post};
use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use yuandu_base::ErrorKind;
use yuandu_identity::Resource;
use yuandu_oidc::{ClientMetadata, OidcError};

use super::run;
use crate::context::Visitor;
use crate::extract::{Json, Path};
use crate::operation::{Operation, Parameter, SIGNED_IN, schema_of};
use crate::{ApiError, App};

const CLIENT: Parameter = Parameter {
    place: "path",
    name: "client",
    description: "Id of the client.",
    required: true,
};

/// A client to be registered.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewClient {
    /// Whether the city vouches for the system, so that people are not asked for consent.
    #[serde(default)]
    trusted: bool,
    /// Its metadata by the names of RFC 7591, for example `redirect_uris`, `client_name`, `token_endpoint_auth_method`.
    metadata: Map<String, Value>,
}

/// A client as administrators see it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ClientView {
    /// Id.
    id: String,
    /// Whether people are not asked for consent.
    trusted: bool,
    /// Whether it registered itself.
    dynamic: bool,
    /// Since when, RFC 3339.
    created_at: String,
    /// Its metadata by the names of RFC 7591.
    metadata: Map<String, Value>,
}

/// What a registration token is for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRegistrationToken {
    /// For whom, as the log shows it.
    purpose: String,
    /// How many clients may register with it, 1 to 1000.
    #[serde(default = "one")]
    uses: u32,
    /// How many hours it is good for, 1 to 720.
    #[serde(default = "a_day")]
    hours: u16,
}

fn one() -> u32 {
    1
}

fn a_day() -> u16 {
    24
}

/// A registration token, shown once.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RegistrationToken {
    /// The token for the header `Authorization: Bearer` of `POST /oauth/register`.
    token: String,
}

/// What a person allowed a system.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ConsentView {
    /// Id of the client.
    client: String,
    /// Its name.
    name: String,
    /// What it may read.
    scope: Vec<String>,
    /// Since when, RFC 3339.
    given_at: String,
}

/// The metadata of a registered client, with its secret if it has just been made.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct RegisteredView(Map<String, Value>);

/// Operations on clients and consents.
pub(super) fn operations() -> Vec<Operation> {
    let mut operations = of_clients();
    operations.extend(of_people());
    operations
}

fn of_clients() -> Vec<Operation> {
    let base = Operation {
        id: "list_clients",
        method: "get",
        path: "/api/v1/sso/clients",
        tag: "sso",
        summary: "The systems that let people sign in here.",
        permission: "sso.manage",
        audit: None,
        parameters: &[],
        request: None,
        response: (200, "application/json", Some(schema_of::<Vec<ClientView>>)),
        handler: get(list),
    };
    vec![
        base.clone(),
        Operation {
            id: "register_client",
            method: "post",
            summary: "Registers a system; the answer shows its secret this once.",
            audit: Some("oidc.register_client"),
            request: Some(("application/json", schema_of::<NewClient>)),
            response: (201, "application/json", Some(schema_of::<RegisteredView>)),
            handler: post(register),
            ..base.clone()
        },
        Operation {
            id: "remove_client",
            method: "delete",
            path: "/api/v1/sso/clients/{client}",
            summary: "Removes a system; what it was granted ends.",
            audit: Some("oidc.remove_client"),
            parameters: &[CLIENT],
            response: (204, "application/json", None),
            handler: delete(remove),
            ..base.clone()
        },
        Operation {
            id: "renew_client_secret",
            method: "post",
            path: "/api/v1/sso/clients/{client}/secret",
            summary: "Gives a system a new secret; the old one stops working at once.",
            audit: Some("oidc.renew_secret"),
            parameters: &[CLIENT],
            response: (200, "application/json", Some(schema_of::<RegisteredView>)),
            handler: post(renew),
            ..base.clone()
        },
        Operation {
            id: "rotate_signing_keys",
            method: "post",
            path: "/api/v1/sso/keys/rotate",
            summary: "Makes new signing keys; the old ones are published two days more and sign nothing.",
            audit: Some("oidc.rotate_keys"),
            response: (204, "application/json", None),
            handler: post(rotate),
            ..base.clone()
        },
        Operation {
            id: "give_registration_token",
            method: "post",
            path: "/api/v1/sso/registration-tokens",
            summary: "Gives out a token with which systems register themselves (RFC 7591).",
            audit: Some("oidc.give_registration_token"),
            request: Some(("application/json", schema_of::<NewRegistrationToken>)),
            response: (
                201,
                "application/json",
                Some(schema_of::<RegistrationToken>),
            ),
            handler: post(give_token),
            ..base
        },
    ]
}

fn of_people() -> Vec<Operation> {
    let base = Operation {
        id: "list_consents",
        method: "get",
        path: "/api/v1/me/consents",
        tag: "sso",
        summary: "What the person who asks allowed other systems.",
        permission: SIGNED_IN,
        audit: None,
        parameters: &[],
        request: None,
        response: (200, "application/json", Some(schema_of::<Vec<ConsentView>>)),
        handler: get(consents),
    };
    vec![
        base.clone(),
        Operation {
            id: "withdraw_consent",
            method: "delete",
            path: "/api/v1/me/consents/{client}",
            summary: "Disconnects a system: its tokens end, and it must ask again.",
            audit: Some("oidc.withdraw_consent"),
            parameters: &[CLIENT],
            response: (204, "application/json", None),
            handler: delete(withdraw),
            ..base
        },
    ]
}

async fn list(State(app): State<App>, visitor: Visitor) -> Result<Json<Vec<ClientView>>, ApiError> {
    run(&app, visitor, |app, visitor| {
        app.gate
            .require(&visitor.ctx, "sso.manage", &Resource::system())?;
        let clients = app.provider.clients(&visitor.ctx)?;
        let views = clients.values().map(|client| {
            Ok(ClientView {
                id: client.id.clone(),
                trusted: client.trusted,
                dynamic: client.dynamic,
                created_at: client.created_at.to_string(),
                metadata: members(&client.metadata)?,
            })
        });
        views.collect::<Result<_, ApiError>>().map(Json)
    })
    .await
}

async fn register(
    State(app): State<App>,
    visitor: Visitor,
    Json(new): Json<NewClient>,
) -> Result<(StatusCode, Json<RegisteredView>), ApiError> {
    run(&app, visitor, move |app, visitor| {
        let metadata: ClientMetadata = serde_json::from_value(Value::Object(new.metadata))
            .map_err(|error| {
                ApiError::new(
                    ErrorKind::Invalid,
                    "sso.metadata",
                    format!("接入信息读不懂：{error}"),
                    format!("the metadata cannot be read: {error}"),
                )
            })?;
        let made = app
            .provider
            .register_client(&visitor.ctx, metadata, new.trusted)?;
        let view = RegisteredView(made.answer(&app.base_url())?);
        Ok((StatusCode::CREATED, Json(view)))
    })
    .await
}

async fn remove(
    State(app): State<App>,
    visitor: Visitor,
    Path(client): Path<String>,
) -> Result<StatusCode, ApiError> {
    run(&app, visitor, move |app, visitor| {
        app.provider.remove_client(&visitor.ctx, &client)?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

async fn renew(
    State(app): State<App>,
    visitor: Visitor,
    Path(client): Path<String>,
) -> Result<Json<RegisteredView>, ApiError> {
    run(&app, visitor, move |app, visitor| {
        let renewed = app.provider.renew_secret(&visitor.ctx, &client)?;
        Ok(Json(RegisteredView(renewed.answer(&app.base_url())?)))
    })
    .await
}

async fn rotate(State(app): State<App>, visitor: Visitor) -> Result<StatusCode, ApiError> {
    run(&app, visitor, |app, visitor| {
        app.provider.rotate_keys(&visitor.ctx)?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

async fn give_token(
    State(app): State<App>,
    visitor: Visitor,
    Json(new): Json<NewRegistrationToken>,
) -> Result<(StatusCode, Json<RegistrationToken>), ApiError> {
    run(&app, visitor, move |app, visitor| {
        let life = SignedDuration::from_hours(new.hours.into());
        let token =
            app.provider
                .give_registration_token(&visitor.ctx, &new.purpose, new.uses, life)?;
        Ok((StatusCode::CREATED, Json(RegistrationToken { token })))
    })
    .await
}

async fn consents(
    State(app): State<App>,
    visitor: Visitor,
) -> Result<Json<Vec<ConsentView>>, ApiError> {
    run(&app, visitor, |app, visitor| {
        visitor.officer()?;
        let clients = app.provider.clients(&visitor.ctx)?;
        let given = app.provider.consents(&visitor.ctx)?;
        let views = given
            .into_iter()
            .map(|(client, scope, given_at)| ConsentView {
                name: clients
                    .get(&client)
                    .map(|client| client.metadata.client_name.clone())
                    .unwrap_or_default(),
                scope: scope.split(' ').map(str::to_owned).collect(),
                given_at: given_at.to_string(),
                client,
            });
        Ok(Json(views.collect()))
    })
    .await
}

async fn withdraw(
    State(app): State<App>,
    visitor: Visitor,
    Path(client): Path<String>,
) -> Result<StatusCode, ApiError> {
    run(&app, visitor, move |app, visitor| {
        visitor.officer()?;
        app.provider.withdraw_consent(&visitor.ctx, &client)?;
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

fn members(metadata: &ClientMetadata) -> Result<Map<String, Value>, ApiError> {
    match serde_json::to_value(metadata) {
        Ok(Value::Object(members)) => Ok(members),
        _ => Err(ApiError::internal()),
    }
}

impl From<OidcError> for ApiError {
    fn from(error: OidcError) -> Self {
        match error {
            OidcError::OAuth(error) if error.code == yuandu_oidc::Code::InvalidClient => {
                Self::not_found()
            }
            OidcError::OAuth(error) => Self::new(
                ErrorKind::Invalid,
                &format!("sso.{}", error.code.as_str()),
                format!("接入信息不正确：{}", error.description),
                error.description,
            ),
            OidcError::Identity(error) => error.into(),
            OidcError::Store(error) => error.into(),
            other => {
                crate::error::private(other.kind(), &other);
                Self::internal()
            }
        }
    }
}
