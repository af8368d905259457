//! From requests to the use cases of cases and back.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use yuandu_identity::ResourceKind;
use yuandu_process::{JoinCase, OpenCase, Opened, ProcessError};
use yuandu_store::StoreError;

use super::opening::{
    channel, check_photos, copy_sourced, facts_of_a_report, idempotency_key, locate, position,
};
use super::query::CasesQuery;
use super::views::{
    CaseDetailView, CasePageView, HistoryView, JoinCaseRequest, OpenCaseRequest, OpenedView,
    RestrictedView, detail_view, row_view,
};
use crate::extract::{Json, Path, Query};
use crate::operations::tasks::NextTaskView;
use crate::{ApiError, App, Visitor};

pub(super) async fn open_case(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    Json(request): Json<OpenCaseRequest>,
) -> Result<Response, ApiError> {
    let lang = visitor.lang();
    let officer = visitor.officer().is_ok();
    let idempotency = idempotency_key(&headers).map_err(|error| error.in_lang(lang))?;
    let opened = app.commit(
        move |app| {
            let kinds = [app.engine.kind(&request.system)?];
            let facts = facts_of_a_report(app, &visitor, kinds, request.facts.clone())?;
            let mut open = OpenCase {
                place: position(request.lon, request.lat)?,
                system: request.system.clone(),
                category: request.category.clone(),
                address: request.address.clone(),
                channel: channel(&facts).to_owned(),
                facts,
                idempotency: idempotency.clone(),
                ..OpenCase::default()
            };
            check_photos(app, &open.facts)?;
            copy_sourced(app, &visitor.ctx, &open.system, &mut open.facts)?;
            locate(app, &mut open)?;
            Ok(app.engine.plan_open_case(&visitor.ctx, &open)?.0)
        },
        // A number that is taken is drawn anew.
        |_, refused| match refused {
            StoreError::Taken { .. } => Ok(()),
            told => Err(ProcessError::from(told).into()),
        },
    );
    let receipt = opened.await.map_err(|error| error.in_lang(lang))?;
    Ok(created(Opened::of(&receipt), officer))
}

pub(super) async fn join_case(
    State(app): State<App>,
    visitor: Visitor,
    Path(parent): Path<String>,
    headers: HeaderMap,
    Json(request): Json<JoinCaseRequest>,
) -> Result<Response, ApiError> {
    let lang = visitor.lang();
    let officer = visitor.officer().is_ok();
    let opened = app.run(move |app| {
        let facts = facts_of_a_report(app, &visitor, app.engine.current_kinds(), request.facts)?;
        check_photos(app, &facts)?;
        let join = JoinCase {
            parent,
            channel: "web".to_owned(),
            facts,
            idempotency: idempotency_key(&headers)?,
        };
        Ok(app.engine.join_case(&visitor.ctx, &join)?)
    });
    let opened = opened.await.map_err(|error| error.in_lang(lang))?;
    Ok(created(opened, officer))
}

pub(super) async fn list_cases(
    State(app): State<App>,
    visitor: Visitor,
    Query(query): Query<CasesQuery>,
) -> Result<Json<CasePageView>, ApiError> {
    let lang = visitor.lang();
    let page = app.run(move |app| {
        // A list of nothing would hide from a visitor that signing in is what is missing.
        if !app
            .gate
            .may_ever(&visitor.ctx, "cases.list", ResourceKind::Case)
        {
            visitor.officer()?;
        }
        let after = Some(query.after.as_str()).filter(|after| !after.is_empty());
        let page = app.engine.list_cases(
            &visitor.ctx,
            &query.filter()?,
            query.order()?,
            after,
            query.limit()?,
        )?;
        let now = visitor.ctx.now();
        Ok(CasePageView {
            cases: page.cases.iter().map(|case| row_view(case, now)).collect(),
            next: page.next,
        })
    });
    Ok(Json(page.await.map_err(|error| error.in_lang(lang))?))
}

pub(super) async fn view_case(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Json<CaseDetailView>, ApiError> {
    let lang = visitor.lang();
    let detail = app.run(move |app| {
        let ctx = &visitor.ctx;
        let found = if id.parse::<yuandu_ids::CaseNumber>().is_ok() {
            let case = app.engine.find_case(ctx, &id);
            case.and_then(|case| app.engine.case_view(ctx, &case.id))
        } else {
            app.engine.case_view(ctx, &id)
        };
        let view = found.map_err(|error| app.or_archived(ctx, &id, error.into()))?;
        let kind = app.engine.kind(&view.case.system)?;
        Ok(detail_view(
            view,
            &kind.declared.fields,
            visitor.ctx.now(),
            lang,
        ))
    });
    Ok(Json(detail.await.map_err(|error| error.in_lang(lang))?))
}

pub(super) async fn view_restricted(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Json<RestrictedView>, ApiError> {
    let lang = visitor.lang();
    let facts = app
        .run(move |app| {
            let facts = app.engine.view_restricted(&visitor.ctx, &id);
            facts.map_err(|error| app.or_archived(&visitor.ctx, &id, error.into()))
        })
        .await
        .map_err(|error| error.in_lang(lang))?;
    Ok(Json(RestrictedView { facts }))
}

pub(super) async fn list_history(
    State(app): State<App>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Json<Vec<HistoryView>>, ApiError> {
    let lang = visitor.lang();
    let history = app.run(move |app| {
        let entries = app.engine.history(&visitor.ctx, &id);
        let entries = entries.map_err(|error| app.or_archived(&visitor.ctx, &id, error.into()))?;
        let entries = entries.into_iter();
        Ok(entries
            .map(|entry| HistoryView {
                position: entry.position,
                at: entry.at.to_string(),
                op: entry.op,
                actor: entry.actor,
                note: entry.note,
            })
            .collect())
    });
    Ok(Json(history.await.map_err(|error| error.in_lang(lang))?))
}

fn created(opened: Opened, officer: bool) -> Response {
    let location = HeaderValue::from_str(&format!("/api/v1/cases/{}", opened.case_id));
    let next = opened.next.into_iter().filter(|_| officer);
    let view = OpenedView {
        next: next.map(NextTaskView::of).collect(),
        id: opened.case_id,
        number: opened.number,
        position: opened.position,
        replayed: opened.replayed,
    };
    let mut response = (StatusCode::CREATED, Json(view)).into_response();
    if let Ok(location) = location {
        response.headers_mut().insert("location", location);
    }
    response
}
