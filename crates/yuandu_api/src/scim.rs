//! Personnel systems keep people and who holds which post by SCIM 2.0 (RFC 7643, RFC 7644): `User` is a person, `Group` is a
//! post and its members hold it. A caller shows an access token with the scope `scim`.

mod answer;
mod filter;
mod groups;
mod patch;
mod schemas;
mod users;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use serde_json::Value;
use yuandu_identity::{Actor, OpCtx};
use yuandu_oidc::OidcError;

use self::answer::{Done, Refused};
use crate::App;
use crate::context::Visitor;
use crate::oauth::bearer;

/// Largest body.
const LARGEST: usize = 1024 * 1024;
/// The scope a caller needs.
const SCOPE: &str = "scim";
/// Where everything is.
pub(crate) const BASE: &str = "/scim/v2";

/// What a request is about, apart from its body.
struct Asked {
    ctx: OpCtx,
    base: String,
    id: String,
    list: ListQuery,
    if_match: Option<String>,
}

/// Parameters of lists (RFC 7644, 3.4.2).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListQuery {
    filter: Option<String>,
    start_index: Option<i64>,
    count: Option<i64>,
    attributes: Option<String>,
    excluded_attributes: Option<String>,
}

/// Every address.
pub fn routes() -> Router<App> {
    let at = |path: &str| format!("{BASE}{path}");
    let one = |path: &str| format!("{BASE}{path}/{{id}}");
    Router::new()
        .route(&at("/ServiceProviderConfig"), get(schemas::config))
        .route(&at("/ResourceTypes"), get(schemas::types))
        .route(&at("/ResourceTypes/{id}"), get(schemas::one_type))
        .route(&at("/Schemas"), get(schemas::all))
        .route(&at("/Schemas/{id}"), get(schemas::one))
        .route(&at("/Users"), get(list_users).post(create_user))
        .route(
            &one("/Users"),
            get(read_user)
                .put(replace_user)
                .patch(patch_user)
                .delete(remove_user),
        )
        .route(&at("/Groups"), get(list_groups).post(create_group))
        .route(
            &one("/Groups"),
            get(read_group)
                .put(replace_group)
                .patch(patch_group)
                .delete(remove_group),
        )
        .layer(DefaultBodyLimit::max(LARGEST))
}

macro_rules! door {
    ($name:ident, $work:path) => {
        async fn $name(
            State(app): State<App>,
            visitor: Visitor,
            headers: HeaderMap,
            path: Option<Path<String>>,
            Query(list): Query<ListQuery>,
            body: Bytes,
        ) -> Response {
            let id = path.map(|Path(id)| id).unwrap_or_default();
            answered(&app, visitor, headers, (id, list), body, $work).await
        }
    };
}

door!(list_users, users::list);
door!(create_user, users::create);
door!(read_user, users::read);
door!(replace_user, users::replace);
door!(patch_user, users::patch);
door!(remove_user, users::remove);
door!(list_groups, groups::list);
door!(create_group, groups::create);
door!(read_group, groups::read);
door!(replace_group, groups::replace);
door!(patch_group, groups::patch);
door!(remove_group, groups::remove);

type Work = fn(&App, &Asked, &Value) -> Result<Done, Refused>;

async fn answered(
    app: &App,
    visitor: Visitor,
    headers: HeaderMap,
    (id, list): (String, ListQuery),
    body: Bytes,
    work: Work,
) -> Response {
    let Some(token) = bearer(&headers) else {
        return answer::unauthorised("an access token with the scope scim is needed");
    };
    let done = app
        .run(move |app| Ok(ask(app, visitor, &headers, (&token, id, list), &body, work)))
        .await;
    match done {
        Ok(response) => response,
        Err(busy) => answer::refused(&Refused::new(busy.status(), None, &busy.message.en)),
    }
}

fn ask(
    app: &App,
    visitor: Visitor,
    headers: &HeaderMap,
    (token, id, list): (&str, String, ListQuery),
    body: &Bytes,
    work: Work,
) -> Response {
    let access = match app.provider.access(&visitor.ctx, token) {
        Ok(access) => access,
        Err(OidcError::OAuth(error)) => return answer::unauthorised(&error.description),
        Err(error) => return answer::refused(&Refused::internal(error.kind(), &error)),
    };
    if let Err(error) = access.require(SCOPE) {
        return answer::refused(&Refused::new(
            StatusCode::FORBIDDEN,
            None,
            &error.description,
        ));
    }
    let body = if body.is_empty() {
        Value::Null
    } else {
        match serde_json::from_slice(body) {
            Ok(body) => body,
            Err(error) => {
                let why = format!("the body is not JSON: {error}");
                return answer::refused(&Refused::bad("invalidSyntax", &why));
            }
        }
    };
    let if_match = headers.get(header::IF_MATCH);
    let asked = Asked {
        ctx: visitor
            .ctx
            .as_actor(Actor::Service(format!("scim:{}", access.client.id)))
            .for_purpose("provisioning"),
        base: format!("{}{BASE}", app.base_url()),
        id,
        list,
        if_match: if_match.and_then(|tag| Some(tag.to_str().ok()?.to_owned())),
    };
    match work(app, &asked, &body) {
        Ok(done) => answer::done(done, headers),
        Err(refused) => answer::refused(&refused),
    }
}
