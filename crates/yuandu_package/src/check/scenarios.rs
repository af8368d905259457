//! Scenarios name posts, organisations, tasks, outcomes, codes and statuses that exist.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use yuandu_process::Beside;
use yuandu_process::bpmn::UserTask;
use yuandu_schema::{FieldDef, FieldType, FormField, RegisterDef};

use super::Around;
use super::facts::{Facts, Refused, among, in_list};
use crate::load::Draft;
use crate::manifest::MANIFEST;
use crate::problems::Problems;
use crate::scenario::{ByHand, Deed, Expectation, Step, ToRead, ToRecord, Who};

/// The colours a lamp shows, and that it shows none.
const LAMPS: [&str; 4] = ["green", "yellow", "red", "none"];

pub(super) fn check(around: &Around<'_>, facts: &Facts, problems: &mut Problems) {
    let draft = around.draft;
    let package = &draft.package;
    let tasks = package
        .processes
        .iter()
        .flat_map(|process| process.nodes())
        .filter_map(|node| Some((node.id.as_str(), node.user_task()?)))
        .collect();
    let orgs = &package.manifest.scenario_orgs;
    let mut checks = Checks {
        around,
        draft,
        facts,
        tasks,
        orgs: orgs.iter().cloned().collect(),
        file: "",
        problems,
    };
    for scenario in &package.scenarios {
        checks.file = &scenario.file;
        for step in &scenario.steps {
            checks.step(step);
        }
    }
}

/// What the steps of scenarios are compared with.
struct Checks<'c> {
    around: &'c Around<'c>,
    draft: &'c Draft,
    facts: &'c Facts,
    tasks: BTreeMap<&'c str, &'c UserTask>,
    orgs: BTreeSet<String>,
    file: &'c str,
    problems: &'c mut Problems,
}

impl Checks<'_> {
    fn refuse(&mut self, line: usize, code: &str, (zh, en): Refused) {
        self.problems.add(self.file, line, code, zh, en);
    }

    fn step(&mut self, step: &Step) {
        self.who(step);
        self.deed(step);
        // A step that is to be refused sends what is wrong on purpose.
        let refused = step.expect.iter().any(|wanted| wanted.key == "refused");
        if !refused {
            for (name, value) in &step.data {
                let line = step.data_lines.get(name).copied().unwrap_or(step.line);
                self.sent(step, line, name, value);
            }
        }
        for wanted in &step.expect {
            self.expected(wanted);
        }
    }

    fn who(&mut self, step: &Step) {
        let people = match &step.deed {
            Deed::Hand(hand) => hand.people.as_slice(),
            _ => &[],
        };
        let acting = match &step.who {
            Who::Post { template, org, .. } => Some((template, org)),
            Who::Resident | Who::Platform => None,
        };
        let named = people.iter().map(|(template, org)| (template, org));
        for (template, org) in acting.into_iter().chain(named) {
            if !self
                .draft
                .package
                .posts()
                .iter()
                .any(|post| post.id == *template)
            {
                let told = (
                    format!("没有岗位 `{template}`"),
                    format!("there is no post `{template}`"),
                );
                self.refuse(step.line, "scenarios.post_unknown", told);
            }
            self.org(step.who_line, org);
        }
        if let Deed::Hand(hand) = &step.deed {
            for unit in &hand.units {
                self.org(step.who_line, unit);
            }
        }
        if let Who::Post {
            categories: Some(categories),
            ..
        } = &step.who
        {
            for code in categories {
                let of = |fact: &str| self.facts.refuse(self.draft, &["case", fact], code);
                if let (Some(_), Some(told)) = (of("class"), of("category")) {
                    self.refuse(step.who_line, "codes.unknown", told);
                }
            }
        }
    }

    /// Organisations belong to a city, not to a package: those the scenarios are set in are listed, so that a slip of
    /// the pen does not become one more.
    fn org(&mut self, line: usize, org: &str) {
        if let Some((zh, en)) = among(&self.orgs, ("机构", "organisation"), org) {
            let told = (
                format!("{zh}（写在 {MANIFEST} 的 [scenarios] organisations 里）"),
                format!("{en} (they are listed in {MANIFEST}, [scenarios] organisations)"),
            );
            self.refuse(line, "scenarios.org_unknown", told);
        }
    }

    fn deed(&mut self, step: &Step) {
        let (task, outcome) = match &step.deed {
            Deed::Complete { task, outcome } => (task, Some(outcome)),
            Deed::Claim { task } | Deed::Release { task } => (task, None),
            Deed::Hand(ByHand {
                task: Some(task), ..
            }) => (task, None),
            Deed::Record(ToRecord { register, .. })
            | Deed::Read(ToRead { register, .. })
            | Deed::Decide { register, .. } => {
                if self.around.register(register).is_none()
                    && !self.around.registers_incomplete(register)
                {
                    let told = (
                        format!("没有登记簿 `{register}`"),
                        format!("there is no register `{register}`"),
                    );
                    self.refuse(step.line, "scenarios.register_unknown", told);
                }
                return;
            }
            Deed::Hand(_)
            | Deed::Report
            | Deed::Join { .. }
            | Deed::Calendar { .. }
            | Deed::Look
            | Deed::Wait => return,
        };
        self.task(step.line, task);
        let user = self.tasks.get(task.as_str()).copied();
        if let (Some(user), Some(outcome)) = (user, outcome)
            && user.outcome(outcome).is_none()
        {
            let told = (
                format!("任务 `{task}` 没有结果 `{outcome}`"),
                format!("the task `{task}` has no outcome `{outcome}`"),
            );
            self.refuse(step.line, "scenarios.outcome_unknown", told);
        }
    }

    fn task(&mut self, line: usize, task: &str) {
        // What is asked of others stands in no model.
        let told = match task.strip_prefix('@') {
            Some(kind) if Beside::of_word(kind).is_none() => (
                format!("没有 `{task}` 这种请人办理的方式"),
                format!("there is no way of asking others called `{task}`"),
            ),
            None if !self.tasks.contains_key(task) && !self.draft.any_failed("processes/") => (
                format!("流程中没有任务 `{task}`"),
                format!("no process has a task `{task}`"),
            ),
            _ => return,
        };
        self.refuse(line, "scenarios.task_unknown", told);
    }

    /// A field that is sent: of the record, of the task's form, or a fact of the case.
    fn sent(&mut self, step: &Step, line: usize, name: &str, value: &Json) {
        let Some(text) = value.as_str().filter(|text| !text.starts_with('@')) else {
            return;
        };
        let register = match &step.deed {
            Deed::Record(ToRecord { register, .. }) => Some(self.around.register(register)),
            _ => None,
        };
        let field = match register {
            Some(register) => register.and_then(|register| register.field(name)),
            None => self.own_field(step, name),
        };
        let kind = field.map(|field| field.kind.clone());
        match kind {
            Some(FieldType::Code { list }) => {
                // The lists of a needed package are its own; the register refuses what is not in them when the story runs.
                let own = register.flatten().is_none_or(|def| self.is_own(def));
                if let Some(told) = in_list(self.draft, &list, text).filter(|_| own) {
                    self.refuse(line, "codes.unknown", told);
                }
            }
            Some(FieldType::Org) => self.org(line, text),
            Some(_) => {}
            None if register.is_none() => self.fact(line, name, text),
            None => {}
        }
    }

    fn is_own(&self, def: &RegisterDef) -> bool {
        def.package == self.draft.package.id()
    }

    /// A field that only the form of the step's task has.
    fn own_field(&self, step: &Step, name: &str) -> Option<&FieldDef> {
        let Deed::Complete { task, outcome } = &step.deed else {
            return None;
        };
        let user = self.tasks.get(task.as_str())?;
        let form = user.outcome(outcome)?.form.as_ref()?;
        let mut fields = self.draft.package.forms.get(form)?.fields.iter();
        fields.find_map(|field| match field {
            FormField::Own { field, .. } if field.name == name => Some(field),
            _ => None,
        })
    }

    /// A value of a fact of the case, as far as its type is known.
    fn fact(&mut self, line: usize, name: &str, value: &str) {
        let mut fields = self.facts.fields.iter();
        let of_org = |field: &FieldDef| field.name == name && field.kind == FieldType::Org;
        if name == "org" || fields.any(of_org) {
            self.org(line, value);
        } else if let Some(told) = self.facts.refuse(self.draft, &["case", name], value) {
            self.refuse(line, "codes.unknown", told);
        }
    }

    fn expected(&mut self, wanted: &Expectation) {
        let (line, key) = (wanted.line, wanted.key.as_str());
        // An empty text and `none` stand for no value.
        let some = |value: &Json| {
            let text = value.as_str()?;
            (!text.is_empty() && text != "none").then(|| text.to_owned())
        };
        match (key, &wanted.want) {
            ("lamp", want) => {
                let lamps: BTreeSet<String> = LAMPS.map(str::to_owned).into();
                let told = want
                    .as_str()
                    .and_then(|lamp| among(&lamps, ("灯", "lamp"), lamp));
                if let Some(told) = told {
                    self.refuse(line, "scenarios.lamp_unknown", told);
                }
            }
            ("status" | "stage" | "org" | "category", want) => {
                if let Some(text) = some(want) {
                    self.fact(line, key, &text);
                }
            }
            ("children_status", Json::String(statuses)) => {
                for status in statuses.split(", ").filter(|status| !status.is_empty()) {
                    self.fact(line, "status", status);
                }
            }
            ("fact", Json::Object(facts)) => {
                for (name, want) in facts {
                    if let Some(text) = some(want) {
                        self.fact(line, name, &text);
                    }
                }
            }
            ("open_tasks", Json::Array(tasks)) => {
                for task in tasks.iter().filter_map(Json::as_str) {
                    self.task(line, task);
                }
            }
            _ => {}
        }
    }
}
