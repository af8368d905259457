//! Running scenarios: each in a town of its own, step by step, through the same operations as pages and API use.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};
use yuandu_base::Problem;
use yuandu_base::calendar::Calendar;
use yuandu_identity::OpCtx;
use yuandu_process::{CompleteTask, JoinCase, OpenCase, ProcessError};
use yuandu_registers::RegistersError;
use yuandu_schema::FieldDef;

use super::town::{Broken, Town, broken};
use super::{Action, Failure, Report, Scenario, Step, expect};
use crate::package::Package;

/// Universal facts a report may give beside the declared ones.
const UNIVERSAL: [&str; 7] = [
    "category", "place", "address", "grid", "division", "org", "channel",
];

/// The cases of a story by name: id and number.
pub(super) type Cases = BTreeMap<String, (String, String)>;

/// Runs every scenario of a package; `others` are the packages it needs.
#[must_use]
pub fn run_scenarios(package: &Package, others: &[&Package]) -> Report {
    let mut report = Report::default();
    for scenario in package.scenarios() {
        let before = report.failures.len();
        run(package, others, scenario, &mut report);
        report.scenarios += 1;
        if report.failures.len() == before {
            report.passed += 1;
        }
    }
    report
}

fn run(package: &Package, others: &[&Package], scenario: &Scenario, report: &mut Report) {
    let fail = |line: usize, what: &str, got: String| Failure {
        file: scenario.file.clone(),
        line,
        what: what.to_owned(),
        expected: "done".to_owned(),
        got,
    };
    let town = match Town::new(package, others) {
        Ok(town) => town,
        Err(reason) => {
            report.failures.push(fail(1, "scenario", reason));
            return;
        }
    };
    let mut cases = Cases::new();
    for step in &scenario.steps {
        report.steps += 1;
        let size = town.store.size();
        let refusal = match take(&town, step, &mut cases) {
            Ok(refusal) => refusal,
            Err(reason) => {
                report.failures.push(fail(step.line, "step", reason));
                return;
            }
        };
        let found = expect::Found {
            refusal,
            log_grew: town.store.size() > size,
        };
        let (checks, failures) = expect::compare(&town, step, &cases, &found);
        report.checks += checks;
        // After an unmet expectation the rest of the story would only repeat the failure.
        let stop = !failures.is_empty();
        report
            .failures
            .extend(failures.into_iter().map(|failure| Failure {
                file: scenario.file.clone(),
                ..failure
            }));
        if stop {
            return;
        }
    }
}

/// A refusal as the one who acted was told it.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    pub(super) kind: String,
    pub(super) message: String,
    pub(super) problems: Vec<Problem>,
}

fn take(town: &Town<'_>, step: &Step, cases: &mut Cases) -> Result<Option<Refusal>, Broken> {
    if let Some(at) = &step.at {
        let instant = Calendar::statutory()
            .parse_instant(at)
            .map_err(|error| format!("at: {error}"))?;
        town.advance(instant)?;
    }
    town.set_up(step)?;
    let Some(action) = &step.action else {
        return Ok(None);
    };
    let ctx = town.actor(step)?;
    let done = match action {
        Action::Report => report(town, &ctx, step, cases)?,
        Action::Join { parent } => join(town, &ctx, step, parent, cases)?,
        Action::Complete { task, outcome } => complete(town, &ctx, step, (task, outcome), cases)?,
        Action::Look => {
            let (id, _) = named(cases, &step.case)?;
            town.engine
                .case_view(&ctx, &id)
                .map(|_| ())
                .map_err(|error| refusal(&error))
        }
    };
    Ok(done.err())
}

type Done = Result<Result<(), Refusal>, Broken>;

fn report(town: &Town<'_>, ctx: &OpCtx, step: &Step, cases: &mut Cases) -> Done {
    let mut facts = town.mapped(&town.case_register.fields, &step.data)?;
    let universal: Map<String, Json> = UNIVERSAL
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), facts.remove(*name)?)))
        .collect();
    let text = |name: &str| {
        universal
            .get(name)
            .and_then(Json::as_str)
            .map(str::to_owned)
    };
    if let Err(error) = town
        .registers
        .copy_sourced(ctx, &town.case_register, &mut facts)
    {
        return Ok(Err(refusal_of_register(&error)));
    }
    let place = universal.get("place").and_then(Json::as_array);
    let number = |at: usize| place.and_then(|place| place.get(at)).and_then(Json::as_f64);
    let open = OpenCase {
        system: town.case_register.package.clone(),
        category: text("category"),
        place: number(0).zip(number(1)),
        address: text("address"),
        grid: text("grid"),
        division: text("division"),
        org: text("org"),
        channel: text("channel").unwrap_or_else(|| "web".to_owned()),
        facts,
        idempotency: None,
    };
    Ok(match town.engine.open_case(ctx, &open) {
        Ok(opened) => {
            cases.insert(step.case.clone(), (opened.case_id, opened.number));
            Ok(())
        }
        Err(error) => Err(refusal(&error)),
    })
}

fn join(town: &Town<'_>, ctx: &OpCtx, step: &Step, parent: &str, cases: &mut Cases) -> Done {
    let (_, number) = named(cases, parent)?;
    let facts = town.mapped(&town.case_register.fields, &step.data)?;
    let join = JoinCase {
        parent: number,
        channel: "web".to_owned(),
        facts,
        idempotency: None,
    };
    Ok(match town.engine.join_case(ctx, &join) {
        Ok(opened) => {
            cases.insert(step.case.clone(), (opened.case_id, opened.number));
            Ok(())
        }
        Err(error) => Err(refusal(&error)),
    })
}

fn complete(
    town: &Town<'_>,
    ctx: &OpCtx,
    step: &Step,
    decision: (&str, &str),
    cases: &Cases,
) -> Done {
    let (id, _) = named(cases, &step.case)?;
    let (node, outcome) = decision;
    let view = town.engine.case_view(&town.system(), &id).map_err(broken)?;
    let Some(task) = view.tasks.iter().find(|task| task.task.node == node) else {
        let open: Vec<&str> = view
            .tasks
            .iter()
            .map(|task| task.task.node.as_str())
            .collect();
        return Err(format!("no open task `{node}`; open: {}", open.join(", ")));
    };
    let form = task
        .outcomes
        .iter()
        .find(|known| known.id == outcome)
        .and_then(|known| known.form.as_ref());
    let fields: Vec<FieldDef> = form
        .map(|form| {
            form.fields
                .iter()
                .map(|field| field.field.clone())
                .collect()
        })
        .unwrap_or_default();
    let mut data = town.mapped(&fields, &step.data)?;
    for value in data.values_mut() {
        let name = value
            .as_str()
            .and_then(|text| text.strip_prefix("number of "))
            .map(str::to_owned);
        if let Some(name) = name {
            *value = named(cases, &name)?.1.into();
        }
    }
    let request = CompleteTask {
        task: task.task.id.clone(),
        outcome: outcome.to_owned(),
        data,
        idempotency: None,
    };
    Ok(town
        .engine
        .complete_task(ctx, &request)
        .map(|_| ())
        .map_err(|error| refusal(&error)))
}

pub(super) fn named(cases: &Cases, name: &str) -> Result<(String, String), Broken> {
    cases
        .get(name)
        .cloned()
        .ok_or_else(|| format!("the story has no case `{name}` yet"))
}

fn refusal(error: &ProcessError) -> Refusal {
    Refusal {
        kind: format!("{:?}", error.kind()).to_lowercase(),
        message: format!("{} {}", error, error.message().zh),
        problems: error.problems().to_vec(),
    }
}

fn refusal_of_register(error: &RegistersError) -> Refusal {
    let problems = match error {
        RegistersError::Invalid { problems } => problems.clone(),
        _ => Vec::new(),
    };
    Refusal {
        kind: format!("{:?}", error.kind()).to_lowercase(),
        message: error.to_string(),
        problems,
    }
}
