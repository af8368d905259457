//! What is looked after before a case is opened: its place, its photos, and who may say what.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::http::HeaderMap;
use serde_json::{Map, Value, json};
use yuandu_base::Problem;
use yuandu_identity::{OpCtx, Resource};
use yuandu_process::{Kind, OpenCase};
use yuandu_store::BlobRef;

use crate::operations::places;
use crate::{ApiError, App, Visitor};

/// Fills grid, division and address from the position; a position outside the city is refused.
pub fn locate(app: &App, open: &mut OpenCase) -> Result<(), ApiError> {
    let Some((lon, lat)) = open.place else {
        return Ok(());
    };
    let position = yuandu_geo::Position::new(lon, lat)?;
    let place = places::inside(app, position, "place")?;
    open.grid = open.grid.take().or(place.grid);
    open.division = open.division.take().or(place.division);
    if open
        .address
        .as_deref()
        .is_none_or(|address| address.trim().is_empty())
    {
        open.address = Some(place.words).filter(|words| !words.is_empty());
    }
    Ok(())
}

/// Refuses photos that were not sent: every name in a list of photos must be a blob that is here. No other kind of
/// field holds a list.
pub fn check_photos(app: &App, facts: &Map<String, Value>) -> Result<(), ApiError> {
    let mut problems: Vec<Problem> = Vec::new();
    for (field, value) in facts {
        let names = value.as_array().into_iter().flatten();
        for name in names.filter_map(Value::as_str) {
            let here = match BlobRef::parse(name) {
                Some(name) => app.store.blobs().has(&name)?,
                None => false,
            };
            if !here {
                problems.push(photo_unknown(field));
                break;
            }
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(ApiError::invalid(problems))
    }
}

/// The caller's idempotency key, if any.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(key) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    match key.to_str() {
        Ok(key) if !key.is_empty() && key.len() <= 200 => Ok(Some(key.to_owned())),
        _ => Err(ApiError::invalid(vec![Problem::new(
            "idempotency.key",
            "Idempotency-Key",
            "`Idempotency-Key` 应为 1 至 200 个可见字符",
            "`Idempotency-Key` has 1 to 200 visible characters",
        )])),
    }
}

/// Fills facts that follow from a reference, such as the owner of the component, from their source.
pub fn copy_sourced(
    app: &App,
    ctx: &OpCtx,
    system: &str,
    facts: &mut Map<String, Value>,
) -> Result<(), ApiError> {
    let register = app
        .registers
        .defs()
        .find(|def| def.is_case && def.package == system);
    let Some(register) = register else {
        return Ok(());
    };
    Ok(app.registers.copy_sourced(ctx, register, facts)?)
}

/// A position out of two coordinates; one alone is a mistake, not a place.
pub(super) fn position(lon: Option<f64>, lat: Option<f64>) -> Result<Option<(f64, f64)>, ApiError> {
    if lon.is_some() == lat.is_some() {
        return Ok(lon.zip(lat));
    }
    let missing = if lon.is_none() { "lon" } else { "lat" };
    Err(ApiError::invalid(vec![Problem::new(
        "places.half",
        missing,
        "经度 lon 与纬度 lat 必须同时给出",
        "lon and lat must be given together",
    )]))
}

/// The field that says who reported.
const REPORTER: &str = "reporter_kind";
/// What it says of residents.
const PUBLIC: &str = "public";
/// What it says of those who walk the grids.
const COLLECTOR: &str = "collector";
/// What it says of officers who report on a resident's behalf.
const OFFICER: &str = "officer";

/// Refuses a find that nobody verifies to everyone but those who walk the grids.
pub fn require_finder(app: &App, ctx: &OpCtx, system: &str) -> Result<(), ApiError> {
    Ok(app
        .gate
        .require(ctx, "cases.find", &Resource::package(system))?)
}

/// What a report to one of these kinds of case may say. A visitor nobody knows reports as the public, so that someone
/// looks at the place first, and cannot state what officers establish later in their forms. An officer who does not walk
/// the grids reports on somebody's behalf, which is verified too; what skips that is refused.
pub(super) fn facts_of_a_report<'a>(
    app: &App,
    visitor: &Visitor,
    kinds: impl IntoIterator<Item = &'a Arc<Kind>>,
    mut facts: Map<String, Value>,
) -> Result<Map<String, Value>, ApiError> {
    if visitor.signed_in.is_some() {
        for kind in kinds.into_iter().filter(|kind| tells_reporter(kind)) {
            let finder = require_finder(app, &visitor.ctx, &kind.declared.system);
            let usual = if finder.is_ok() { COLLECTOR } else { OFFICER };
            let reporter = facts.entry(REPORTER).or_insert_with(|| json!(usual));
            if ![PUBLIC, OFFICER].contains(&reporter.as_str().unwrap_or_default()) {
                finder?;
            }
        }
        return Ok(facts);
    }
    let mut problems = Vec::new();
    for kind in kinds {
        let forms = kind.forms.values().flat_map(|form| &form.fields);
        let established: BTreeSet<&str> = forms
            .filter(|field| field.of_case)
            .map(|field| field.field.name.as_str())
            .collect();
        if tells_reporter(kind) {
            facts.entry(REPORTER).or_insert_with(|| json!(PUBLIC));
        }
        let others = facts.iter().filter(|(name, value)| {
            established.contains(name.as_str())
                || (*name == REPORTER && value.as_str() != Some(PUBLIC))
        });
        problems.extend(others.map(|(name, _)| not_yours(name)));
    }
    if problems.is_empty() {
        Ok(facts)
    } else {
        Err(ApiError::invalid(problems))
    }
}

/// The channel of a report: a collector's own find, or what came through the pages and programs of everyone.
pub(super) fn channel(facts: &Map<String, Value>) -> &'static str {
    match facts.get(REPORTER).and_then(Value::as_str) {
        Some(COLLECTOR) => "collector",
        _ => "web",
    }
}

fn tells_reporter(kind: &Kind) -> bool {
    let mut fields = kind.declared.fields.iter();
    fields.any(|field| field.name == REPORTER)
}

fn not_yours(field: &str) -> Problem {
    Problem::new(
        "report.not_yours",
        field,
        format!("`{field}` 由工作人员填写，请去掉"),
        format!("`{field}` is stated by officers; leave it out"),
    )
}

fn photo_unknown(field: &str) -> Problem {
    Problem::new(
        "photos.unknown",
        field,
        "照片没有上传成功，请重新选择",
        "the photo was not uploaded; choose it again",
    )
}
