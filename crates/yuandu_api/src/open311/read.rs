//! Cases as requests of GeoReport v2: public facts only.

use jiff::SignedDuration;
use yuandu_base::Lang;
use yuandu_identity::{Actor, OpCtx};
use yuandu_process::{CaseFilter, CaseOrder, CaseRow};

use super::handlers::{SERVICES, SYSTEM, may_track};
use super::model::Request;
use super::query::RequestsQuery;
use crate::{ApiError, App};

/// Cases read at a time.
const PAGE: usize = 1000;

/// The requests asked for, newest first.
pub(super) fn requests(
    app: &App,
    ctx: &OpCtx,
    query: &RequestsQuery,
) -> Result<Vec<Request>, ApiError> {
    if !query.numbers.is_empty() {
        return by_numbers(app, ctx, &query.numbers);
    }
    may_track(app, ctx)?;
    let filter = CaseFilter {
        system: Some(SYSTEM.to_owned()),
        status: (query.open == Some(true)).then(|| "open".to_owned()),
        category: match query.codes.as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        },
        opened_from: Some(query.from),
        // The specification includes the end; the list leaves it out.
        opened_to: query.to.checked_add(SignedDuration::from_millis(1)).ok(),
        ..CaseFilter::default()
    };
    let reader = system(ctx);
    let (passed, wanted) = query.window;
    let most = passed + wanted;
    let (mut found, mut after) = (Vec::new(), None::<String>);
    while found.len() < most {
        let page =
            app.engine
                .list_cases(&reader, &filter, CaseOrder::Opened, after.as_deref(), PAGE)?;
        let asked = |case: &CaseRow| {
            let code = case.category.as_deref().unwrap_or_default();
            (query.codes.is_empty() || query.codes.iter().any(|wanted| wanted == code))
                && query
                    .open
                    .is_none_or(|open| open == (case.status == "open"))
        };
        found.extend(page.cases.into_iter().filter(asked));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    found.truncate(most);
    found.drain(..passed.min(found.len()));
    described(app, &reader, ctx.lang, &found)
}

/// The requests with these numbers; unknown ones are left out, as the specification has it.
pub(super) fn by_numbers(
    app: &App,
    ctx: &OpCtx,
    numbers: &[String],
) -> Result<Vec<Request>, ApiError> {
    may_track(app, ctx)?;
    let reader = system(ctx);
    let mut found = Vec::new();
    for number in numbers.iter().take(100) {
        match app.engine.find_case(&reader, number) {
            Ok(case) if case.system == SYSTEM => found.push(case),
            Ok(_) => {}
            Err(error) if error.kind() == yuandu_base::ErrorKind::NotFound => {
                let archived = app.archived_case(&reader, number)?;
                found.extend(archived.filter(|case| case.system == SYSTEM));
            }
            Err(error) => return Err(error.into()),
        }
    }
    described(app, &reader, ctx.lang, &found)
}

/// Reads whole cases for the public view; only what `request` names leaves this file.
fn system(ctx: &OpCtx) -> OpCtx {
    ctx.as_actor(Actor::System("open311"))
}

fn described(
    app: &App,
    reader: &OpCtx,
    lang: Lang,
    cases: &[CaseRow],
) -> Result<Vec<Request>, ApiError> {
    // Words sent through this interface are meant for everyone; what residents wrote elsewhere may name persons and stays inside.
    let published: Vec<&str> = cases
        .iter()
        .filter(|case| case.channel == "open311")
        .map(|case| case.id.as_str())
        .collect();
    let words = app.engine.texts_of(reader, SYSTEM, "words", &published)?;
    let directory = app.identity.directory(app.realm)?;
    let lists = app
        .system(SYSTEM)
        .map(|system| system.lists.clone())
        .unwrap_or_default();
    let kind = app.engine.kind(SYSTEM)?;
    Ok(cases
        .iter()
        .map(|case| {
            let stage = case.stage.as_deref().and_then(|stage| kind.stage(stage));
            let code = case.category.clone().unwrap_or_default();
            let org = case
                .org
                .as_deref()
                .map(|org| directory.org_name(org, lang).to_owned());
            Request {
                service_request_id: case.number.clone(),
                status: if case.status == "open" {
                    "open"
                } else {
                    "closed"
                },
                status_notes: Some(match (case.status.as_str(), stage) {
                    ("open", Some(stage)) => stage.public.get(lang).to_owned(),
                    (status, _) => ended(status, lang).to_owned(),
                }),
                service_name: lists
                    .label(SERVICES, &code)
                    .map(|name| name.get(lang).to_owned()),
                description: Some(
                    words
                        .get(&case.id)
                        .cloned()
                        .unwrap_or_else(|| case.title.clone()),
                ),
                agency_responsible: org,
                service_notice: None,
                requested_datetime: app.calendar().format_instant(case.opened_at),
                updated_datetime: Some(
                    app.calendar()
                        .format_instant(case.closed_at.unwrap_or(case.updated_at)),
                ),
                expected_datetime: case.due_at.map(|at| app.calendar().format_instant(at)),
                address: case.address.clone(),
                address_id: case.grid.clone(),
                zipcode: None,
                lat: case.lat,
                long: case.lon,
                media_url: None,
                service_code: code,
            }
        })
        .collect())
}

fn ended(status: &str, lang: Lang) -> &'static str {
    match status {
        "closed" => lang.pick("已核查结案", "verified and closed"),
        "refused" => lang.pick("不予立案", "refused"),
        "merged" => lang.pick(
            "已并入同一问题的案卷",
            "merged into the case of the same problem",
        ),
        "withdrawn" => lang.pick("已撤销", "withdrawn"),
        _ => lang.pick("处理中", "in progress"),
    }
}
