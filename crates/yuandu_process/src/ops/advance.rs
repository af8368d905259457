//! What every operation that moves a case has in common: one step of the engine, its rows, and a merge if it asks one.

use serde_json::{Map, Value as Json};
use yuandu_base::Problem;
use yuandu_identity::OpCtx;
use yuandu_ids::CaseNumber;
use yuandu_schema::{FieldDef, FieldType};
use yuandu_store::{Change, Expect, Plan};

use crate::case_type::Kind;
use crate::engine::{self, EngineError, Event, Surroundings};
use crate::error::ProcessError;
use crate::store::{self, CaseRow, Loaded};

use super::Engine;
use super::record::{self, Record};

/// A main case may itself have been merged; a chain longer than this is a fault of data.
pub(crate) const MERGE_CHAIN: usize = 8;

impl Engine {
    /// Lets the engine take one event and works out what it writes.
    pub(crate) fn step(
        &self,
        ctx: &OpCtx,
        kind: &Kind,
        loaded: &mut Loaded,
        event: Event,
        fresh: bool,
    ) -> Result<Record, ProcessError> {
        let now = ctx.now();
        let calendar = self.calendar(ctx.realm)?;
        let around = Surroundings {
            now,
            calendar: &calendar,
            actor: super::actor(ctx),
        };
        let mut step = engine::advance(
            &kind.definition,
            std::mem::take(&mut loaded.matter),
            event,
            &around,
        )
        .map_err(as_problem)?;
        if !fresh {
            self.follow_place(&mut step)?;
        }
        Ok(record::record(
            kind,
            loaded,
            step,
            now,
            calendar.time_zone(),
            fresh,
        ))
    }

    /// Adds the rows of a record to a plan, with the merge it asks for.
    pub(crate) fn planned(
        &self,
        ctx: &OpCtx,
        plan: Plan,
        record: &mut Record,
    ) -> Result<Plan, ProcessError> {
        let clocks: Vec<Change> = record.clock_changes().collect();
        let mut plan = plan
            .changes(std::mem::take(&mut record.changes))
            .changes(clocks);
        if let Some(number) = record.merge.take() {
            let (expects, changes) = self.merge(ctx, record, &number)?;
            plan = expects
                .into_iter()
                .fold(plan, Plan::expect)
                .changes(changes);
        }
        Ok(plan)
    }

    /// Makes the case, and what was merged into it before, children of another.
    fn merge(
        &self,
        ctx: &OpCtx,
        record: &mut Record,
        number: &str,
    ) -> Result<(Vec<Expect>, Vec<Change>), ProcessError> {
        let own = record.case.id.clone();
        let (parent, children) = self.store.read(|reader| {
            let parent = main_case(reader, ctx, number)?;
            let children = store::children(reader, ctx.realm, &own)?;
            Ok::<_, ProcessError>((parent, children))
        })?;
        let parent =
            parent.ok_or_else(|| refuse_parent(number, "没有这个案卷", "there is no such case"))?;
        if parent.id == record.case.id {
            return Err(refuse_parent(
                number,
                "不能并入自己",
                "a case cannot be merged into itself",
            ));
        }
        if parent.system != record.case.system {
            return Err(refuse_parent(
                number,
                "属于另一个系统",
                "belongs to another system",
            ));
        }
        if parent.status != "open" {
            return Err(refuse_parent(
                number,
                "已经办结，不能再并入",
                "has ended and takes no more cases",
            ));
        }
        let mut expects = vec![Expect::unchanged(
            "cases",
            [("id", parent.id.as_str().into())],
            parent.pos,
        )];
        let mut changes = vec![
            Change::set("cases")
                .key("id", record.case.id.clone())
                .with("parent", parent.id.clone()),
        ];
        for (child, pos) in children {
            expects.push(Expect::unchanged(
                "cases",
                [("id", child.as_str().into())],
                pos,
            ));
            changes.push(
                Change::set("cases")
                    .key("id", child)
                    .with("parent", parent.id.clone()),
            );
        }
        record.case.parent = Some(parent.id);
        Ok((expects, changes))
    }

    /// Refuses organisations that do not exist: a case sent to nobody would be lost.
    pub(crate) fn check_orgs<'f>(
        &self,
        ctx: &OpCtx,
        fields: impl Iterator<Item = &'f FieldDef>,
        data: &Map<String, Json>,
    ) -> Result<(), ProcessError> {
        let named: Vec<(&FieldDef, String)> = fields
            .filter(|f| f.kind == FieldType::Org)
            .filter_map(|f| Some((f, data.get(&f.name)?.as_str()?.to_owned())))
            .collect();
        if named.is_empty() {
            return Ok(());
        }
        let ids: Vec<String> = named.iter().map(|(_, id)| id.clone()).collect();
        let known = self
            .store
            .read(|reader| store::known_orgs(reader, ctx.realm, &ids))?;
        let problems: Vec<Problem> = named
            .iter()
            .filter_map(|(field, id)| match known.get(id) {
                None => Some(Problem::new(
                    "cases.org_unknown",
                    &field.name,
                    format!("没有机构 `{id}`，请从列表中选择"),
                    format!("there is no organisation `{id}`; choose from the list"),
                )),
                Some(roles) => {
                    let role = field.holding.as_ref().filter(|role| !roles.contains(*role))?;
                    Some(Problem::new(
                        "cases.org_without_role",
                        &field.name,
                        format!("该单位没有办理这一步的岗位（`{role}`），派去无人签收，请选择列表中的单位"),
                        format!("that unit has no post for this step (`{role}`), nobody there could sign for it; choose a unit of the list"),
                    ))
                }
            })
            .collect();
        if problems.is_empty() {
            Ok(())
        } else {
            Err(ProcessError::Invalid(problems))
        }
    }
}

/// The case of a number (or id) and, if it was merged itself, the case it belongs to in the end.
pub(crate) fn main_case(
    reader: &yuandu_store::Reader<'_>,
    ctx: &OpCtx,
    number: &str,
) -> Result<Option<CaseRow>, ProcessError> {
    let canonical = number
        .parse::<CaseNumber>()
        .map_or_else(|_| number.trim().to_owned(), |n| n.to_string());
    let mut found = match store::case_by_number(reader, ctx.realm, &canonical)? {
        Some(case) => Some(case),
        None => store::case_row(reader, ctx.realm, &canonical)?,
    };
    for _ in 0..MERGE_CHAIN {
        let Some(parent) = found
            .as_ref()
            .filter(|c| c.status == "merged")
            .and_then(|c| c.parent.clone())
        else {
            break;
        };
        found = store::case_row(reader, ctx.realm, &parent)?;
    }
    Ok(found)
}

fn refuse_parent(number: &str, zh: &str, en: &str) -> ProcessError {
    ProcessError::Invalid(vec![Problem::new(
        "cases.parent",
        "parent",
        format!("主案卷 `{number}`：{zh}"),
        format!("main case `{number}`: {en}"),
    )])
}

/// A value of the user that a clock or fact cannot take is a problem of the form, not a fault of the process.
fn as_problem(error: EngineError) -> ProcessError {
    match error {
        EngineError::Outcome { outcome, known, .. } => ProcessError::Invalid(vec![Problem::new(
            "cases.outcome_unknown",
            "outcome",
            format!("没有结果 `{outcome}`，可选：{known}"),
            format!("there is no outcome `{outcome}`; choose one of {known}"),
        )]),
        EngineError::NotBefore { .. }
        | EngineError::HalfWay { .. }
        | EngineError::NotStraight { .. }
        | EngineError::NotRepeated { .. } => {
            let (field, zh) = match &error {
                EngineError::NotBefore { to, .. } => {
                    ("to", format!("`{to}` 不在这一步之前，请退回到更早的一步"))
                }
                EngineError::HalfWay { to, .. } => (
                    "to",
                    format!("`{to}` 是并行的几路之一，只退这一路别的路会一直等，请退回到分开之前，或选“办完直接交回”"),
                ),
                EngineError::NotStraight { .. } => (
                    "straight",
                    "这两步不在同一个流程里，或者由多人同时办理，不能直接交回，请去掉“办完直接交回”".to_owned(),
                ),
                _ => (
                    "task",
                    "这一步不是会签，不能增减会签人，请用加签".to_owned(),
                ),
            };
            ProcessError::Invalid(vec![Problem::new(
                "cases.hand",
                field,
                zh,
                error.to_string(),
            )])
        }
        other => ProcessError::Engine(other),
    }
}
