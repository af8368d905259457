//! Opens a case: a resident's report, a collector's find, a call, an import.

use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};
use yuandu_base::Problem;
use yuandu_feel::{Context, Expression};
use yuandu_identity::OpCtx;
use yuandu_ids::CaseNumber;
use yuandu_schema::{FieldDef, RecordCheck, check_record, universal_case_fields};
use yuandu_store::{Expect, Plan, Receipt, StoreError};

use crate::case_type::{CATEGORIES, Kind};
use crate::engine::{Event, Matter, State};
use crate::error::ProcessError;
use crate::store::{CaseRow, Loaded};

use super::complete_task::{NextStep, next_steps, reply, said};
use super::{Engine, case_resource, idempotency, note, record};

/// How often another number is drawn when one is taken: at a thousand cases a day a clash is one in a thousand; even at
/// a hundred thousand, one in ten, eight in a row do not happen.
const NUMBERS: usize = 8;

/// What a case begins with.
#[derive(Debug, Clone, Default)]
pub struct OpenCase {
    /// The system.
    pub system: String,
    /// Category code.
    pub category: Option<String>,
    /// Longitude and latitude (CGCS2000).
    pub place: Option<(f64, f64)>,
    /// Address in words.
    pub address: Option<String>,
    /// Unit grid.
    pub grid: Option<String>,
    /// Division.
    pub division: Option<String>,
    /// Organisation, when it is known from the beginning.
    pub org: Option<String>,
    /// `web`, `collector`, `open311`, `hotline`, `import`.
    pub channel: String,
    /// Declared facts. Facts the process writes itself are refused.
    pub facts: Map<String, Json>,
    /// Makes the request safe to send twice.
    pub idempotency: Option<String>,
}

/// A case that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Its id.
    pub case_id: String,
    /// Its number.
    pub number: String,
    /// The steps that wait now.
    pub next: Vec<NextStep>,
    /// Log position.
    pub position: u64,
    /// Whether an earlier request with the same key had opened it.
    pub replayed: bool,
}

impl Engine {
    /// Opens a case and moves it to its first waiting steps.
    ///
    /// # Errors
    /// All problems of the input at once; a refusal of the gate; a failure of the store.
    pub fn open_case(&self, ctx: &OpCtx, request: &OpenCase) -> Result<Opened, ProcessError> {
        for _ in 0..NUMBERS {
            let (plan, _) = self.plan_open_case(ctx, request)?;
            match self.store.commit(plan) {
                Err(StoreError::Taken { .. }) => {}
                result => return Ok(Opened::of(&result?)),
            }
        }
        Err(ProcessError::Contended)
    }

    /// The plan of opening a case and the case's id, for callers that commit many at once.
    ///
    /// # Errors
    /// As for [`Engine::open_case`].
    pub fn plan_open_case(
        &self,
        ctx: &OpCtx,
        request: &OpenCase,
    ) -> Result<(Plan, String), ProcessError> {
        let kind = self.kind(&request.system)?;
        let now = ctx.now();
        let mut case = match self.first_row(kind, request, now) {
            Err(ProcessError::Invalid(found)) => {
                return Err(ProcessError::Invalid(
                    self.with_facts(kind, request, now, found),
                ));
            }
            row => row?,
        };
        case.opened_by = ctx.officer().map(|officer| officer.user.to_string());
        self.gate
            .require(ctx, "cases.create", &case_resource(&case))?;
        let facts = self.opening_facts(kind, request, &case, now)?;
        self.check_orgs(ctx, kind.declared.fields.iter(), &facts)?;
        self.check_orgs(ctx, universal_case_fields().iter(), &case.facts())?;
        case.words = Some(search_text(&case, &facts));
        let mut all = case.facts();
        all.extend(facts.clone());
        let mut loaded = Loaded {
            matter: Matter {
                state: State::default(),
                facts: all,
                clocks: Default::default(),
            },
            tasks: Vec::new(),
            later: Vec::new(),
            turns: Default::default(),
            timers: Vec::new(),
            waits: Vec::new(),
            case,
        };
        let photos = self.photo_rows(ctx, kind.declared.fields.iter(), &facts)?;
        let mut step = self.step(ctx, kind, &mut loaded, Event::Start, true)?;
        let entry_note = opening_note(kind, ctx, &step, &facts);
        let id = step.case.id.clone();
        let reply = reply(&step);
        let entry = ctx.entry("cases.open", format!("case/{id}"), entry_note);
        let plan = Plan::new(ctx.realm, entry)
            .expect(Expect::absent("cases", [("id", id.as_str().into())]))
            .idempotent(idempotency(
                request.idempotency.as_deref(),
                "cases.open",
                ctx,
                &request.content(),
            ))
            .changes(photos)
            .reply(reply);
        Ok((self.planned(ctx, plan, &mut step)?, id))
    }

    /// What is wrong with the universal facts, and with the declared ones too: all at once.
    fn with_facts(
        &self,
        kind: &Kind,
        request: &OpenCase,
        now: Timestamp,
        mut found: Vec<Problem>,
    ) -> Vec<Problem> {
        let bare = OpenCase {
            channel: "web".to_owned(),
            ..OpenCase::default()
        };
        if let Ok(row) = self.first_row(kind, &bare, now)
            && let Err(ProcessError::Invalid(more)) = self.opening_facts(kind, request, &row, now)
        {
            found.extend(more);
        }
        found
    }

    /// The row a case begins with; every universal fact checked, all problems at once.
    pub(crate) fn first_row(
        &self,
        kind: &Kind,
        request: &OpenCase,
        now: Timestamp,
    ) -> Result<CaseRow, ProcessError> {
        let today = self.local_date(now);
        let known = universal(kind, request, today)?;
        let text = |name: &str| known.get(name).and_then(Json::as_str).map(str::to_owned);
        let part = |end: &str| {
            known
                .get("place")
                .and_then(|p| p.get(end))
                .and_then(Json::as_f64)
        };
        let category = text("category");
        let place = text("address").or_else(|| text("grid")).unwrap_or_default();
        let number =
            CaseNumber::new(today, rand::random()).map_err(|error| StoreError::Database {
                reason: error.to_string(),
            })?;
        Ok(CaseRow {
            id: record::new_case_id(now),
            number: number.to_string(),
            system: kind.declared.system.clone(),
            process: kind.declared.process.clone(),
            process_version: kind.declared.version.clone(),
            title: kind.title_of(category.as_deref().unwrap_or_default(), &place),
            class: category.as_deref().map(|code| kind.class_of(code)),
            category,
            status: "open".to_owned(),
            stage: None,
            org: text("org"),
            lon: part("lon"),
            lat: part("lat"),
            grid: text("grid"),
            division: text("division"),
            address: text("address"),
            channel: request.channel.clone(),
            parent: None,
            due_at: None,
            warn_at: None,
            opened_at: now,
            updated_at: now,
            closed_at: None,
            words: None,
            opened_by: None,
            migration: None,
            pos: -1,
        })
    }

    /// The declared facts a case begins with: checked, defaults filled in.
    pub(crate) fn opening_facts(
        &self,
        kind: &Kind,
        request: &OpenCase,
        case: &CaseRow,
        now: Timestamp,
    ) -> Result<Map<String, Json>, ProcessError> {
        let fields: Vec<FieldDef> = kind
            .declared
            .fields
            .iter()
            .filter(|f| !kind.written.contains(&f.name))
            .cloned()
            .collect();
        let scope = Context::new().with("case", Context::from_json(&Json::Object(case.facts())));
        let around = scope.clone();
        let condition = move |text: &str, record: &Map<String, Json>| {
            let record = Context::from_json(&Json::Object(record.clone()));
            Expression::parse(text)
                .ok()?
                .evaluate(&around.clone().with("input", record))
                .as_bool()
        };
        let against = RecordCheck {
            lists: &kind.declared.lists,
            on: self.local_date(now),
            condition: &condition,
        };
        let mut facts =
            check_record(&fields, &request.facts, &against).map_err(ProcessError::Invalid)?;
        for field in &kind.declared.fields {
            if facts.contains_key(&field.name) {
                continue;
            }
            let value = match (field.default_literal(), field.default_expression()) {
                (Some(text), _) => field.check_text(text).unwrap_or(Json::Null),
                (None, Some(text)) => {
                    Expression::parse(text).map_or(Json::Null, |e| e.evaluate(&scope).to_json())
                }
                (None, None) => continue,
            };
            facts.insert(field.name.clone(), value);
        }
        Ok(facts)
    }
}

impl OpenCase {
    /// What makes two requests the same.
    fn content(&self) -> Json {
        json!([
            self.system,
            self.category,
            self.place,
            self.address,
            self.grid,
            self.division,
            self.org,
            self.channel,
            self.facts
        ])
    }
}

impl Opened {
    /// Reads what the store answered to the plan of opening or joining a case.
    #[must_use]
    pub fn of(receipt: &Receipt) -> Self {
        Self {
            case_id: said(receipt, "case_id").unwrap_or_default(),
            number: said(receipt, "number").unwrap_or_default(),
            next: next_steps(receipt),
            position: receipt.position,
            replayed: receipt.replayed,
        }
    }
}

/// Checks the universal facts.
fn universal(
    kind: &Kind,
    request: &OpenCase,
    today: jiff::civil::Date,
) -> Result<Map<String, Json>, ProcessError> {
    let place = request
        .place
        .map(|(lon, lat)| json!({ "lon": lon, "lat": lat }));
    let sent = [
        ("category", json!(request.category)),
        ("place", json!(place)),
        ("address", json!(request.address)),
        ("grid", json!(request.grid)),
        ("division", json!(request.division)),
        ("org", json!(request.org)),
    ];
    let fields = universal_case_fields();
    let (mut known, mut problems) = (Map::new(), Vec::<Problem>::new());
    for (name, value) in sent {
        let Some(field) = fields.iter().find(|f| f.name == name) else {
            continue;
        };
        match field.check(&value) {
            Ok(value) => {
                known.insert(name.to_owned(), value);
            }
            Err(problem) => problems.push(problem),
        }
    }
    if let Some(code) = known.get("category").and_then(Json::as_str)
        && kind.declared.lists.get(CATEGORIES).is_some()
        && let Err(problem) = kind
            .declared
            .lists
            .require(CATEGORIES, code, today, "category")
    {
        problems.push(problem);
    }
    let channels = ["web", "collector", "open311", "hotline", "import"];
    if !channels.contains(&request.channel.as_str()) {
        problems.push(Problem::new(
            "cases.channel_unknown",
            "channel",
            format!(
                "没有渠道 `{}`，可选：{}",
                request.channel,
                channels.join(", ")
            ),
            format!(
                "there is no channel `{}`; choose one of {}",
                request.channel,
                channels.join(", ")
            ),
        ));
    }
    if problems.is_empty() {
        Ok(known)
    } else {
        Err(ProcessError::Invalid(problems))
    }
}

/// The words a case is found by: title, address and what is wrong, lower case; restricted facts never.
pub(crate) fn search_text(case: &CaseRow, facts: &Map<String, Json>) -> String {
    let words = facts
        .get("words")
        .and_then(Json::as_str)
        .unwrap_or_default();
    let address = case.address.as_deref().unwrap_or_default();
    format!("{} {address} {words}", case.title).to_lowercase()
}

fn opening_note(
    kind: &Kind,
    ctx: &OpCtx,
    step: &record::Record,
    facts: &Map<String, Json>,
) -> Json {
    let mut text = note::consequences(kind, step);
    if let Some(Json::Object(shown)) = text.get_mut("facts") {
        for (name, value) in facts
            .iter()
            .filter(|(name, v)| !kind.restricted.contains(*name) && !v.is_null())
        {
            shown.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
    let restricted: Vec<&String> = facts
        .keys()
        .filter(|name| kind.restricted.contains(*name))
        .collect();
    text.insert("restricted".to_owned(), json!(restricted));
    text.insert("kind".to_owned(), "opened".into());
    text.insert("who".to_owned(), note::who(ctx));
    text.insert("number".to_owned(), step.case.number.as_str().into());
    text.insert("title".to_owned(), step.case.title.as_str().into());
    text.insert("channel".to_owned(), step.case.channel.as_str().into());
    Json::Object(text)
}
