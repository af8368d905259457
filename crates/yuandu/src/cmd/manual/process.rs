//! Stages, the steps people take in each process, and the forms they fill in.

use std::collections::BTreeSet;

use yuandu_package::{Package, Packages};
use yuandu_process::bpmn::{Node, Outcome, Process, UserTask};
use yuandu_schema::{FieldDef, FormDef, Requirement};

use super::page::{Page, both, role};
use super::records::{kind, requirement};

/// The stages as the city counts them.
pub(super) fn stages(page: &mut Page, package: &Package) {
    if package.stages().is_empty() {
        return;
    }
    page.section("阶段", "Stages");
    page.table(
        &["", "阶段 · Stage", "市民看到", "What residents read"],
        package.stages().iter().map(|stage| {
            vec![
                format!("`{}`", stage.id),
                both(&stage.title),
                stage.public.zh.clone(),
                stage.public.en.clone(),
            ]
        }),
    );
}

/// Every task a person does, with what may be decided in it.
pub(super) fn steps(page: &mut Page, packages: &Packages, package: &Package) {
    if package.processes().is_empty() {
        return;
    }
    page.section("环节与办理结果", "Steps and outcomes");
    for process in package.processes() {
        page.part(&format!("{} (`{}`)", both(&process.name), process.id));
        page.table(
            &[
                "环节 · Step",
                "角色 · Role",
                "阶段 · Stage",
                "时钟 · Clocks",
                "办理结果 · Outcomes",
            ],
            tasks(process).map(|(node, task)| {
                vec![
                    both(&node.name),
                    role(packages, &task.role),
                    code(task.stage.as_deref()),
                    clocks(process, node, task),
                    outcomes(&task.outcomes),
                ]
            }),
        );
    }
}

fn tasks(process: &Process) -> impl Iterator<Item = (&Node, &UserTask)> {
    let nodes = process.nodes().iter();
    nodes.filter_map(|node| Some((node, node.user_task()?)))
}

/// The clock whose due instant is the task's, and those the step touches: they are named between its line and the next.
fn clocks(process: &Process, node: &Node, task: &UserTask) -> String {
    let lines = process.nodes().iter().map(|other| other.line);
    let next = lines.filter(|line| *line > node.line).min();
    let range = node.line..next.unwrap_or(u32::MAX);
    let uses = process.uses();
    let touched = uses.clocks_started.iter().chain(&uses.clocks_used);
    let names: BTreeSet<&str> = touched
        .filter(|mention| range.contains(&mention.line))
        .map(|mention| mention.name.as_str())
        .chain(task.clock.as_deref())
        .collect();
    let shown: Vec<String> = names.into_iter().map(|name| code(Some(name))).collect();
    shown.join(", ")
}

fn outcomes(outcomes: &[Outcome]) -> String {
    let shown = outcomes.iter().map(|outcome| {
        let form = outcome
            .form
            .as_ref()
            .map(|form| format!(" (`{form}`)"))
            .unwrap_or_default();
        format!("{}{form}", both(&outcome.label))
    });
    shown.collect::<Vec<_>>().join("<br>")
}

fn code(name: Option<&str>) -> String {
    name.map(|name| format!("`{name}`")).unwrap_or_default()
}

/// Every form with its fields.
pub(super) fn forms(page: &mut Page, package: &Package) {
    if package.forms().is_empty() {
        return;
    }
    let facts = package
        .case_register()
        .map(|register| register.fields.clone())
        .unwrap_or_default();
    page.section("表单", "Forms");
    page.line(&asked(package, &facts));
    for form in package.forms().values() {
        page.part(&format!("{} (`{}`)", both(&form.title), form.id));
        page.table(
            &[
                "字段 · Field",
                "类型 · Type",
                "必填 · Required",
                "记入案卷 · Fact of the case",
            ],
            fields(form, &facts),
        );
    }
}

/// How much the forms ask in all, and what they do not ask because a register knows it.
fn asked(package: &Package, facts: &[FieldDef]) -> String {
    let forms = package.forms();
    let count: usize = forms.values().map(|form| form.fields.len()).sum();
    let looked_up: Vec<String> = facts
        .iter()
        .filter_map(|fact| Some(format!("`{}` ← `{}`", fact.name, fact.source.as_ref()?)))
        .collect();
    let known = match looked_up.as_slice() {
        [] => "无 · none".to_owned(),
        some => some.join(", "),
    };
    format!(
        "{} 张表单共问 {count} 项；由登记簿查得而不问 · {count} questions in {} forms; looked up in registers and not asked: {known}\n",
        forms.len(),
        forms.len()
    )
}

fn fields(form: &FormDef, facts: &[FieldDef]) -> Vec<Vec<String>> {
    let universal = yuandu_schema::universal_case_fields();
    let known: Vec<FieldDef> = universal.iter().chain(facts).cloned().collect();
    let resolved = form.resolve(&known).unwrap_or_default();
    let row = |field: &FieldDef, of_case: bool| {
        vec![
            both(&field.label),
            kind(&field.kind),
            match &field.required {
                Requirement::Optional => String::new(),
                other => requirement(other),
            },
            if of_case { "✓" } else { "" }.to_owned(),
        ]
    };
    resolved
        .iter()
        .map(|field| row(&field.field, field.of_case))
        .collect()
}
