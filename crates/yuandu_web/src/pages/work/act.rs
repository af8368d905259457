//! Completing a step: what was sent is read by the declared form, the engine decides, and the next page says what came
//! of it.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Map, Value as Json};
use yuandu_api::operations::tasks::inbox_view;
use yuandu_api::{ApiError, App};
use yuandu_base::{ErrorKind, Lang, Problem};
use yuandu_geo::Position;
use yuandu_process::{CaseView, CompleteTask, Completed, Form, TaskRow};
use yuandu_schema::{FieldDef, FieldType};

use super::flash::{Flash, lead_to};
use super::matter::{self, FAR_M, Gathered, MatterQuery, Place, Refused};
use super::words::Words;
use crate::pages::error::PageError;
use crate::pages::forms::posted::Posted;
use crate::pages::forms::sent::Sent;
use crate::pages::forms::values::Values;
use crate::pages::forms::{photos, read_declared};
use crate::pages::here::Here;
use yuandu_design::preferences::{own_path, query_value};

/// What came of an attempt.
enum Attempt {
    Done { place: String, said: String },
    Again(Box<Gathered>, Box<Place>),
}

/// `POST /work/tasks/{id}/complete`.
pub(super) async fn complete(
    State(app): State<App>,
    flash: Flash,
    Path(task): Path<String>,
    posted: Posted,
) -> Result<Response, PageError> {
    posted.here.officer()?;
    let here = posted.here;
    let reader = here.clone();
    let attempt = app.run(move |app| attempt(app, &reader, &task, posted.sent));
    match attempt.await? {
        Attempt::Done { place, said } => Ok(lead_to(&place, &said)),
        Attempt::Again(gathered, place) => Ok(matter::page(&here, &flash, &gathered, &place)),
    }
}

/// The page a form wants to go back to; never outside the officers' pages.
pub(super) fn way_back(sent: &Sent) -> String {
    let back = own_path(sent.text("back"));
    if back == "/work" || back.starts_with("/work?") || back.starts_with("/work/") {
        back
    } else {
        "/work".to_owned()
    }
}

fn attempt(app: &App, here: &Here, task: &str, mut sent: Sent) -> Result<Attempt, ApiError> {
    let ctx = &here.visitor.ctx;
    let view = app.engine.case_view(ctx, sent.text("case"))?;
    let row = row_of(&view, task).ok_or_else(ApiError::not_found)?;
    let outcome = sent.text("outcome").to_owned();
    let fields = fields_of(app, &view, row, &outcome, &sent)?;
    let mut problems = Vec::new();
    for field in &fields {
        if let FieldType::Photos { max } = field.kind {
            problems.extend(photos::take_in(app, &mut sent, &field.name, max)?);
        }
    }
    let data = match read_declared(&fields, &sent) {
        Ok(data) => data,
        Err(found) => {
            problems.extend(found);
            Map::new()
        }
    };
    if problems.is_empty() {
        let request = CompleteTask {
            task: task.to_owned(),
            outcome: outcome.clone(),
            data: data.clone(),
            idempotency: sent.key(),
        };
        match app
            .engine
            .complete_task(ctx, &request)
            .map_err(ApiError::from)
        {
            Ok(done) => return finished(app, here, &sent, &outcome, &done),
            Err(error) if error.kind == ErrorKind::Conflict => {
                let query = MatterQuery::default();
                let mut place = Place::alone(&view.case.id, query.clone());
                place.trouble = Some(error.message.get(here.lang()).to_owned());
                let gathered = matter::gather(app, here, &view.case.id, &query)?;
                return Ok(Attempt::Again(Box::new(gathered), Box::new(place)));
            }
            Err(error) if !error.problems.is_empty() => {
                problems = told_far(&view, &data, error.problems)
            }
            Err(error) => return Err(error),
        }
    }
    again(
        app,
        here,
        &view,
        (task, &outcome),
        Refused {
            values: Values::typed(&sent),
            problems,
        },
    )
}

/// The same form with what was typed and what is wrong with it.
fn again(
    app: &App,
    here: &Here,
    view: &CaseView,
    (task, outcome): (&str, &str),
    refused: Refused,
) -> Result<Attempt, ApiError> {
    let query = MatterQuery::acting(task, outcome);
    let mut place = Place::alone(&view.case.id, query.clone());
    place.refused = Some(refused);
    let gathered = matter::gather(app, here, &view.case.id, &query)?;
    Ok(Attempt::Again(Box::new(gathered), Box::new(place)))
}

fn row_of<'v>(view: &'v CaseView, task: &str) -> Option<&'v TaskRow> {
    let open = view.tasks.iter().map(|open| &open.task);
    open.chain(&view.past).find(|row| row.id == task)
}

/// The fields that the page of this outcome showed. A step that is done has them too: the same form sent twice is
/// answered as the first time.
fn fields_of(
    app: &App,
    view: &CaseView,
    row: &TaskRow,
    outcome: &str,
    sent: &Sent,
) -> Result<Vec<FieldDef>, ApiError> {
    if let Some(open) = view.tasks.iter().find(|open| open.task.id == row.id) {
        let chosen = open.outcomes.iter().find(|known| known.id == outcome);
        let form = chosen.and_then(|chosen| chosen.form.as_ref());
        let shown = form
            .into_iter()
            .flat_map(|form| &form.fields)
            .filter(|field| field.visible);
        return Ok(shown.map(|shown| shown.field.clone()).collect());
    }
    let kind = Arc::clone(app.engine.kind(&view.case.system)?);
    let form: Option<&Form> = kind
        .definition
        .processes
        .get(&row.process)
        .and_then(|process| {
            process
                .node(&row.node)?
                .user_task()?
                .outcome(outcome)?
                .form
                .as_ref()
        })
        .and_then(|name| kind.forms.get(name));
    let fields = form
        .into_iter()
        .flat_map(|form| &form.fields)
        .map(|resolved| &resolved.field);
    let shown = fields.filter(|field| field.visible.is_none() || sent.given(&field.name).is_some());
    Ok(shown.cloned().collect())
}

/// Says in metres why a remark is wanted: the declared rule only knows that it is missing.
fn told_far(view: &CaseView, data: &Map<String, Json>, problems: Vec<Problem>) -> Vec<Problem> {
    let part = |end: &str| {
        data.get("place")
            .and_then(|place| place.get(end))
            .and_then(Json::as_f64)
    };
    let stood = part("lon")
        .zip(part("lat"))
        .and_then(|(lon, lat)| Position::new(lon, lat).ok());
    let case = view
        .case
        .lon
        .zip(view.case.lat)
        .and_then(|(lon, lat)| Position::new(lon, lat).ok());
    let metres = stood
        .zip(case)
        .map(|(stood, case)| stood.distance_m(case))
        .filter(|metres| *metres > FAR_M);
    let Some(metres) = metres.map(f64::round) else {
        return problems;
    };
    let told = |problem: Problem| {
        if problem.place == "opinion" && problem.code == "schema.required" {
            return Problem::new(
                "cases.far_from_place",
                "opinion",
                format!(
                    "您所在的位置距案卷位置约 {metres} 米，超过 {FAR_M} 米。请核对位置；确实如此，请在说明里写明原因"
                ),
                format!(
                    "you stand about {metres} m from the place of the case, more than {FAR_M} m; check the position, or say why in the remark"
                ),
            );
        }
        problem
    };
    problems.into_iter().map(told).collect()
}

/// Where to go after a step, and what to say there.
fn finished(
    app: &App,
    here: &Here,
    sent: &Sent,
    outcome: &str,
    done: &Completed,
) -> Result<Attempt, ApiError> {
    let words = Words::new(app, here)?;
    let said = summary(&words, outcome, done);
    let still_mine = app
        .engine
        .case_view(&here.visitor.ctx, &done.case_id)
        .is_ok();
    let place = if sent.text("then") == "next" {
        next_of(app, here, sent.text("view"), &done.case_id)?
    } else if still_mine {
        way_back(sent)
    } else {
        "/work".to_owned()
    };
    Ok(Attempt::Done { place, said })
}

/// The most urgent other matter of the view that the officer came from.
fn next_of(app: &App, here: &Here, view: &str, done: &str) -> Result<String, ApiError> {
    let inbox = app
        .engine
        .inbox(&here.visitor.ctx, inbox_view(view)?, None, 20)?;
    let next = inbox.tasks.iter().find(|open| open.task.case_id != done);
    Ok(match next {
        Some(open) => format!(
            "/work?view={}&open={}",
            query_value(view),
            open.task.case_id
        ),
        None => format!("/work?view={}", query_value(view)),
    })
}

/// What happened and what happens next: "已派遣至市政公用中心，应在 11 月 24 日 17:30 前处置。"
fn summary(words: &Words, outcome: &str, done: &Completed) -> String {
    let lang = words.lang;
    let number = &done.number;
    let Some(next) = done.next.first() else {
        let standing = super::words::status(lang, &done.status);
        return match (done.status.as_str(), lang) {
            ("open", Lang::Zh) => format!("{number} 已办理。"),
            ("open", Lang::En) => format!("{number}: done."),
            (_, Lang::Zh) => format!("{number} {standing}，上报人可以凭编号看到结果。"),
            (_, Lang::En) => format!(
                "{number}: {}. The reporter can see the result by the number.",
                standing.to_lowercase()
            ),
        };
    };
    let step = next.name.get(lang);
    let who = match &next.org {
        Some(org) => words.org(org).to_owned(),
        None => words.role(&next.role),
    };
    let due = next.due_at.map(|due| words.instant(due));
    let sent_to = next.org.is_some() && (outcome == "dispatch" || outcome == "assign");
    match (lang, due) {
        (Lang::Zh, Some(due)) if sent_to => format!("{number} 已派遣至{who}，应在 {due} 前处置。"),
        (Lang::En, Some(due)) if sent_to => {
            format!("{number} was dispatched to {who}, to be handled by {due}.")
        }
        (Lang::Zh, Some(due)) => {
            format!("{number} 已办理。接下来由{who}「{step}」，应在 {due} 前完成。")
        }
        (Lang::En, Some(due)) => format!("{number}: done. Next: {step} by {who}, due {due}."),
        (Lang::Zh, None) => format!("{number} 已办理。接下来由{who}「{step}」。"),
        (Lang::En, None) => format!("{number}: done. Next: {step} by {who}."),
    }
}

#[cfg(test)]
mod tests {
    use super::way_back;
    use crate::pages::forms::sent::Sent;

    #[test]
    fn a_form_leads_back_to_officers_pages_only() {
        let back =
            |text: &str| way_back(&Sent::of_pairs(vec![("back".to_owned(), text.to_owned())]));
        assert_eq!(back("/work?view=mine&open=x"), "/work?view=mine&open=x");
        assert_eq!(back("/work/cases/7"), "/work/cases/7");
        assert_eq!(back("/logout"), "/work");
        assert_eq!(back("//evil.example"), "/work");
        assert_eq!(back("/workx"), "/work");
    }
}
