//! Photos of a case for officers: given only to who may see the case, and only if the case has them.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::Value as Json;
use yuandu_api::{ApiError, App, photos};
use yuandu_process::CaseView;
use yuandu_store::BlobRef;

use crate::pages::error::PageError;
use crate::pages::here::Here;

/// Small versions kept in memory, some 15 KB each.
const KEPT: usize = 500;

/// Small versions by name, made once.
#[derive(Debug, Clone, Default)]
pub(super) struct Small(Arc<Mutex<HashMap<String, Arc<Vec<u8>>>>>);

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Size {
    size: String,
}

/// `GET /work/cases/{id}/photos/{blob}?size=small`.
pub(super) async fn show(
    State(app): State<App>,
    here: Here,
    Path((case, blob)): Path<(String, String)>,
    Query(size): Query<Size>,
    Extension(kept): Extension<Small>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    here.officer()?;
    let etag = HeaderValue::from_str(&format!("\"{blob}{}\"", size.size)).ok();
    let known = etag.is_some() && headers.get(header::IF_NONE_MATCH) == etag.as_ref();
    let found = app.run(move |app| {
        let name = BlobRef::parse(&blob).ok_or_else(ApiError::not_found)?;
        let view = app.engine.case_view(&here.visitor.ctx, &case)?;
        if !names(&view).contains(&blob) {
            return Err(ApiError::not_found());
        }
        if known {
            return Ok(None);
        }
        if size.size == "small"
            && let Some(small) = kept.get(&blob)
        {
            return Ok(Some(small.to_vec()));
        }
        let whole = app
            .store
            .blobs()
            .get(&name)?
            .ok_or_else(ApiError::not_found)?;
        if size.size != "small" {
            return Ok(Some(whole));
        }
        let small = photos::thumbnail(&whole).unwrap_or(whole);
        kept.keep(blob, small.clone());
        Ok(Some(small))
    });
    let bytes = found.await?;
    let mut response = match bytes {
        Some(bytes) => bytes.into_response(),
        None => StatusCode::NOT_MODIFIED.into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(photos::MEDIA_TYPE),
    );
    // Asked again each time: who may see a case changes while the photo does not.
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-cache"),
    );
    if let Some(etag) = etag {
        headers.insert(header::ETAG, etag);
    }
    Ok(response)
}

impl Small {
    fn get(&self, name: &str) -> Option<Arc<Vec<u8>>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(name).cloned()
    }

    fn keep(&self, name: String, bytes: Vec<u8>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(name, Arc::new(bytes));
    }
}

/// Names of every photo that the case or one of its finished tasks holds, as far as this officer may see them.
fn names(view: &CaseView) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for value in view.facts.values() {
        collect(value, &mut names);
    }
    for task in &view.past {
        let data = task
            .data
            .as_deref()
            .and_then(|text| serde_json::from_str::<Json>(text).ok());
        if let Some(data) = data {
            collect(&data, &mut names);
        }
    }
    names
}

fn collect(value: &Json, names: &mut BTreeSet<String>) {
    match value {
        Json::Array(items) => items.iter().for_each(|item| collect(item, names)),
        Json::Object(fields) => fields.values().for_each(|field| collect(field, names)),
        Json::String(text) if BlobRef::parse(text).is_some() => {
            names.insert(text.clone());
        }
        _ => {}
    }
}
