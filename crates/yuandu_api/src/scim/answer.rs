//! Answers of SCIM: its media type, its form of errors (RFC 7644, 3.12), entity tags, lists.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use yuandu_base::ErrorKind;
use yuandu_identity::IdentityError;

use super::{Asked, ListQuery};

const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
/// Resources on one page at most.
pub(super) const MOST: usize = 200;

/// A success.
pub(super) enum Done {
    /// A resource, with its version.
    One(StatusCode, Value),
    /// A list, or something without a version.
    Plain(Value),
    /// Nothing to say.
    Gone,
}

/// A refusal.
#[derive(Debug)]
pub(super) struct Refused {
    status: StatusCode,
    kind: Option<&'static str>,
    detail: String,
}

impl Refused {
    pub(super) fn new(status: StatusCode, kind: Option<&'static str>, detail: &str) -> Self {
        Self {
            status,
            kind,
            detail: detail.to_owned(),
        }
    }

    pub(super) fn bad(kind: &'static str, detail: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Some(kind), detail)
    }

    pub(super) fn not_found(id: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            None,
            &format!("resource {id} not found"),
        )
    }

    pub(super) fn internal(kind: ErrorKind, error: &dyn std::error::Error) -> Self {
        crate::error::private(kind, error);
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            None,
            "something went wrong; nothing was changed",
        )
    }
}

impl From<IdentityError> for Refused {
    fn from(error: IdentityError) -> Self {
        match &error {
            IdentityError::Invalid(problems) => {
                let taken = problems
                    .iter()
                    .any(|problem| problem.code == "identity.taken");
                let words: Vec<&str> = problems
                    .iter()
                    .map(|problem| problem.message.en.as_str())
                    .collect();
                if taken {
                    Self::new(StatusCode::CONFLICT, Some("uniqueness"), &words.join("; "))
                } else {
                    Self::bad("invalidValue", &words.join("; "))
                }
            }
            IdentityError::NotFound { id, .. } => Self::not_found(id),
            IdentityError::Denied { .. } => Self::new(StatusCode::FORBIDDEN, None, "not allowed"),
            other if other.kind() == ErrorKind::Conflict => Self::new(
                StatusCode::PRECONDITION_FAILED,
                None,
                "it was changed meanwhile; read it again",
            ),
            _ => Self::internal(error.kind(), &error),
        }
    }
}

/// A resource with its version and address in `meta` (RFC 7643, 3.1).
pub(super) fn versioned(mut resource: Map<String, Value>, kind: &str, base: &str) -> Value {
    let digest = Sha256::digest(Value::Object(resource.clone()).to_string());
    let tag: String = digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let id = resource
        .get("id")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let meta = json!({
        "resourceType": kind,
        "location": format!("{base}/{kind}s/{id}"),
        "version": format!("W/\"{tag}\""),
    });
    resource.insert("meta".to_owned(), meta);
    Value::Object(resource)
}

/// Refuses a change of what is no longer as the caller read it (RFC 7644, 3.14).
pub(super) fn check_version(asked: &Asked, present: &Value) -> Result<(), Refused> {
    let version = present.pointer("/meta/version").and_then(Value::as_str);
    match &asked.if_match {
        Some(tag) if tag != "*" && Some(tag.as_str()) != version => Err(Refused::new(
            StatusCode::PRECONDITION_FAILED,
            None,
            "it was changed since that version; read it again",
        )),
        _ => Ok(()),
    }
}

/// A page of a list (RFC 7644, 3.4.2.4).
pub(super) fn page(query: &ListQuery, found: impl Iterator<Item = Value>) -> Done {
    let start = usize::try_from(query.start_index.unwrap_or(1).max(1)).unwrap_or(1);
    let wanted = query
        .count
        .map_or(100, |count| usize::try_from(count.max(0)).unwrap_or(0));
    let count = wanted.min(MOST);
    let (mut total, mut resources) = (0, Vec::new());
    for resource in found {
        total += 1;
        if total >= start && resources.len() < count {
            resources.push(shown(query, resource));
        }
    }
    Done::Plain(json!({
        "schemas": [LIST],
        "totalResults": total,
        "startIndex": start,
        "itemsPerPage": resources.len(),
        "Resources": resources,
    }))
}

/// Only the attributes that were asked for (RFC 7644, 3.9); id and schemas always.
pub(super) fn shown(query: &ListQuery, resource: Value) -> Value {
    let Value::Object(mut members) = resource else {
        return resource;
    };
    let named = |list: &str, name: &str| {
        list.split(',').any(|one| {
            let top = one.trim().rsplit(':').next().unwrap_or_default();
            top.split('.')
                .next()
                .is_some_and(|top| top.eq_ignore_ascii_case(name))
        })
    };
    let kept = |name: &str| matches!(name, "id" | "schemas");
    if let Some(list) = &query.attributes {
        members.retain(|name, _| kept(name) || named(list, name));
    } else if let Some(list) = &query.excluded_attributes {
        members.retain(|name, _| kept(name) || !named(list, name));
    }
    Value::Object(members)
}

pub(super) fn done(done: Done, headers: &HeaderMap) -> Response {
    match done {
        Done::Gone => StatusCode::NO_CONTENT.into_response(),
        Done::Plain(body) => json_answer(StatusCode::OK, &body),
        Done::One(status, body) => {
            let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str);
            let tag = text("/meta/version").and_then(|tag| HeaderValue::from_str(tag).ok());
            let place = text("/meta/location").and_then(|place| HeaderValue::from_str(place).ok());
            let known = headers.get(header::IF_NONE_MATCH);
            let mut response =
                if status == StatusCode::OK && known.is_some() && known == tag.as_ref() {
                    StatusCode::NOT_MODIFIED.into_response()
                } else {
                    json_answer(status, &body)
                };
            for (name, value) in [(header::ETAG, tag), (header::LOCATION, place)] {
                if let Some(value) = value {
                    response.headers_mut().insert(name, value);
                }
            }
            response
        }
    }
}

pub(super) fn refused(refused: &Refused) -> Response {
    let mut body = json!({
        "schemas": [ERROR],
        "status": refused.status.as_u16().to_string(),
        "detail": refused.detail,
    });
    if let (Value::Object(members), Some(kind)) = (&mut body, refused.kind) {
        members.insert("scimType".to_owned(), kind.into());
    }
    json_answer(refused.status, &body)
}

pub(super) fn unauthorised(detail: &str) -> Response {
    let mut response = refused(&Refused::new(StatusCode::UNAUTHORIZED, None, detail));
    response.headers_mut().insert(
        header::WWW_AUTHENTICATE,
        HeaderValue::from_static("Bearer scope=\"scim\""),
    );
    response
}

pub(super) fn json_answer(status: StatusCode, body: &Value) -> Response {
    let mut response = (status, body.to_string()).into_response();
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/scim+json"),
    );
    response
}
