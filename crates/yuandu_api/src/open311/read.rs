//! Cases as requests of GeoReport v2: public facts only.

use jiff::SignedDuration;
use yuandu_base::Lang;
use yuandu_identity::{Actor, OpCtx};
use yuandu_process::{CaseFilter, CaseOrder, CaseRow, Kind};

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
    let reader = system(ctx);
    let (passed, wanted) = query.window;
    let most = passed + wanted;
    // A joined request is as open as the case it joined.
    let statuses: &[Option<&str>] = match query.open {
        Some(true) => &[Some("open"), Some("merged")],
        _ => &[None],
    };
    let mut found = Vec::new();
    for status in statuses {
        found.extend(walked(app, &reader, query, *status, most)?);
    }
    found.sort_by(|a, b| (b.own.opened_at, &b.own.id).cmp(&(a.own.opened_at, &a.own.id)));
    found.truncate(most);
    found.drain(..passed.min(found.len()));
    described(app, &reader, ctx.lang, &found)
}

/// A request, and the case it joined.
struct Found {
    own: CaseRow,
    main: Option<CaseRow>,
}

impl Found {
    /// Requests with what they joined: one query, however many there are.
    fn of(app: &App, reader: &OpCtx, cases: Vec<CaseRow>) -> Result<Vec<Self>, ApiError> {
        let mut mains = app.engine.main_cases(reader, &cases)?;
        let with_main = cases.into_iter().map(|own| Self {
            main: mains.remove(&own.id),
            own,
        });
        Ok(with_main.collect())
    }

    /// The same of a request in the archive: what it joined ended with it, and lies there too.
    fn in_archive(app: &App, reader: &OpCtx, own: CaseRow) -> Result<Self, ApiError> {
        let main = match &own.parent {
            Some(parent) => app.archived_case(reader, parent)?,
            None => None,
        };
        Ok(Self { own, main })
    }

    /// The case that tells what became of it.
    fn telling(&self) -> &CaseRow {
        self.main.as_ref().unwrap_or(&self.own)
    }

    fn is_open(&self) -> bool {
        self.telling().status == "open"
    }
}

/// The newest requests of one status that fit the query.
fn walked(
    app: &App,
    reader: &OpCtx,
    query: &RequestsQuery,
    status: Option<&str>,
    most: usize,
) -> Result<Vec<Found>, ApiError> {
    let filter = CaseFilter {
        system: Some(SYSTEM.to_owned()),
        status: status.map(str::to_owned),
        category: match query.codes.as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        },
        opened_from: Some(query.from),
        // The specification includes the end; the list leaves it out.
        opened_to: query.to.checked_add(SignedDuration::from_millis(1)).ok(),
        ..CaseFilter::default()
    };
    let (mut found, mut after) = (Vec::new(), None::<String>);
    while found.len() < most {
        let page =
            app.engine
                .list_cases(reader, &filter, CaseOrder::Opened, after.as_deref(), PAGE)?;
        let mut cases = page.cases;
        cases.retain(|case| {
            let code = case.category.as_deref().unwrap_or_default();
            query.codes.is_empty() || query.codes.iter().any(|wanted| wanted == code)
        });
        let asked = |one: &Found| query.open.is_none_or(|open| open == one.is_open());
        found.extend(Found::of(app, reader, cases)?.into_iter().filter(asked));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(found)
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
            Ok(case) if case.system == SYSTEM => found.extend(Found::of(app, &reader, vec![case])?),
            Ok(_) => {}
            Err(error) if error.kind() == yuandu_base::ErrorKind::NotFound => {
                let archived = app.archived_case(&reader, number)?;
                if let Some(own) = archived.filter(|case| case.system == SYSTEM) {
                    found.push(Found::in_archive(app, &reader, own)?);
                }
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
    found: &[Found],
) -> Result<Vec<Request>, ApiError> {
    // Words sent through this interface are meant for everyone; what residents wrote elsewhere may name persons and stays inside.
    let published: Vec<&str> = found
        .iter()
        .filter(|one| one.own.channel == "open311")
        .map(|one| one.own.id.as_str())
        .collect();
    let words = app.engine.texts_of(reader, SYSTEM, "words", &published)?;
    let directory = app.identity.directory(app.realm)?;
    let lists = app
        .system(SYSTEM)
        .map(|system| system.lists.clone())
        .unwrap_or_default();
    let kind = app.engine.kind(SYSTEM)?;
    let at = |instant| app.calendar().format_instant(instant);
    Ok(found
        .iter()
        .map(|one| {
            let (own, telling) = (&one.own, one.telling());
            let code = own.category.clone().unwrap_or_default();
            let name = lists.label(SERVICES, &code).map(|name| name.get(lang));
            let changed = telling.closed_at.unwrap_or(telling.updated_at);
            Request {
                service_request_id: own.number.clone(),
                status: if one.is_open() { "open" } else { "closed" },
                status_notes: Some(notes(kind, one, lang)),
                service_name: name.map(str::to_owned),
                description: Some(match words.get(&own.id) {
                    Some(words) => words.clone(),
                    None => title(own, name),
                }),
                agency_responsible: telling
                    .org
                    .as_deref()
                    .map(|org| directory.org_name(org, lang).to_owned()),
                service_notice: None,
                requested_datetime: at(own.opened_at),
                updated_datetime: Some(at(changed.max(own.closed_at.unwrap_or(changed)))),
                expected_datetime: telling.due_at.map(at),
                address: own.address.clone(),
                address_id: own.grid.clone(),
                zipcode: None,
                lat: own.lat,
                long: own.lon,
                media_url: None,
                service_code: code,
            }
        })
        .collect())
}

/// What a request is called where its words are not told: its service and its place.
fn title(case: &CaseRow, service: Option<&str>) -> String {
    let place = case.address.as_deref().or(case.grid.as_deref());
    match (service, place) {
        (Some(service), Some(place)) => format!("{service} · {place}"),
        (Some(service), None) => service.to_owned(),
        (None, _) => case.title.clone(),
    }
}

/// Where it stands, in words; of a joined request, where the case stands that it joined, with its number.
fn notes(kind: &Kind, one: &Found, lang: Lang) -> String {
    let telling = one.telling();
    let stage = telling.stage.as_deref().and_then(|stage| kind.stage(stage));
    let words = match (telling.status.as_str(), stage) {
        ("open", Some(stage)) => stage.public.get(lang),
        (status, _) => ended(status, lang),
    };
    match &one.main {
        None => words.to_owned(),
        Some(main) => {
            let number = &main.number;
            match lang {
                Lang::Zh => format!("{words}（与 {number} 是同一问题，已并入一起办理）"),
                Lang::En => {
                    format!("{words} (the same problem as {number}, handled together with it)")
                }
            }
        }
    }
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
