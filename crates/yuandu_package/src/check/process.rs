//! Processes against forms, decisions, facts and stages, and their words in both languages.

use std::collections::BTreeSet;

use yuandu_base::Problem;
use yuandu_process::CaseType;
use yuandu_process::bpmn::{BPMN, EXTENSION, Element, read_tree};
use yuandu_schema::FormDef;

use super::Around;
use super::facts::Facts;
use crate::load::Draft;
use crate::manifest::{CaseDef, MANIFEST};
use crate::problems::Problems;

pub(super) fn check(around: &Around<'_>, facts: &Facts, problems: &mut Problems) {
    let draft = around.draft;
    labels(draft, problems);
    let Some(case) = &draft.package.manifest.case else {
        return without_case(draft, problems);
    };
    register(draft, case, problems);
    ready(draft, case, facts, problems);
    unused(draft, case, problems);
}

/// Processes and forms move cases; without a kind of case nothing runs them.
fn without_case(draft: &Draft, problems: &mut Problems) {
    let folders = [("processes", ".bpmn"), ("forms", ".toml")];
    for (file, _, _) in folders
        .into_iter()
        .flat_map(|(folder, ending)| draft.in_folder(folder, ending))
    {
        problems.add(
            file,
            0,
            "package.case_missing",
            "package.toml 没有 [case]，这个文件不会被用到",
            "package.toml has no [case], so nothing uses this file",
        );
    }
}

fn register(draft: &Draft, case: &CaseDef, problems: &mut Problems) {
    let name = &case.register;
    let (zh, en) = match draft.package.register(name) {
        Some(register) if register.is_case => return,
        Some(_) => (
            "不是案卷登记簿，请写 kind = \"case\"",
            "is no register of cases; write kind = \"case\" in it",
        ),
        None if draft.failed.contains("registers/") => return,
        None if draft.failed.contains(&format!("registers/{name}.toml")) => return,
        None => ("登记簿不存在", "does not exist"),
    };
    problems.add(
        MANIFEST,
        case.register_line,
        "package.case_register",
        format!("[case] 的 register `{name}`：{zh}"),
        format!("the register `{name}` of [case] {en}"),
    );
}

/// Lets the engine's own check judge the kind of case, with stand-ins for what could not be read.
fn ready(draft: &Draft, case: &CaseDef, facts: &Facts, problems: &mut Problems) {
    let package = &draft.package;
    let mut forms = package.forms.clone();
    for (path, name, _) in draft.in_folder("forms", ".toml") {
        if draft.failed.contains(path) && !forms.contains_key(name) {
            let title = Default::default();
            forms.insert(
                name.to_owned(),
                FormDef {
                    id: name.to_owned(),
                    title,
                    fields: Vec::new(),
                    checks: Vec::new(),
                },
            );
        }
    }
    let declared = CaseType {
        system: package.id().to_owned(),
        version: package.version().to_owned(),
        name: case.title.clone(),
        title: case.title.clone(),
        process: case.process.clone(),
        models: package.processes.clone(),
        decisions: package.decisions.clone(),
        fields: facts.fields.clone(),
        table: String::new(),
        forms,
        stages: case.stages.clone(),
        lists: package.lists.clone(),
        files: package.case_files.clone(),
    };
    let Err(found) = declared.ready() else { return };
    let follows = |problem: &Problem| match problem.code.as_str() {
        "process.main_missing"
        | "process.call_missing"
        | "process.clock_never_started"
        | "process.name_unknown" => facts.variables_incomplete,
        "process.decision_missing" => draft.any_failed("decisions/"),
        "process.form_missing" => draft.failed.contains("forms/"),
        "process.fact_unknown" | "process.fact_not_settable" | "forms.fact_unknown" => {
            facts.fields_incomplete
        }
        _ => false,
    };
    for mut problem in found.into_iter().filter(|problem| !follows(problem)) {
        // A form tells the line of its field; the key that is wrong stands below.
        if let ("forms.fact_unknown", Some((file, line))) =
            (problem.code.as_str(), problem.place.rsplit_once(':'))
        {
            let line = draft.key_line(file, line.parse().unwrap_or(0), "case");
            problem.place = format!("{file}:{line}");
        }
        problems.placed([problem], MANIFEST, case.process_line);
    }
}

/// Forms no outcome asks for and stages no task belongs to are left over from something.
fn unused(draft: &Draft, case: &CaseDef, problems: &mut Problems) {
    if draft.any_failed("processes/") {
        return;
    }
    let uses: Vec<_> = draft
        .package
        .processes
        .iter()
        .map(|process| process.uses())
        .collect();
    let forms: BTreeSet<&str> = uses
        .iter()
        .flat_map(|u| &u.forms)
        .map(|mention| mention.name.as_str())
        .collect();
    for (file, name, _) in draft
        .in_folder("forms", ".toml")
        .filter(|(_, name, _)| !forms.contains(name))
    {
        problems.add(
            file,
            0,
            "package.unused",
            format!("没有任何结果使用表单 `{name}`，请删去或在流程中引用"),
            format!("no outcome asks for the form `{name}`; remove it or name it in a process"),
        );
    }
    let stages: BTreeSet<&str> = uses
        .iter()
        .flat_map(|u| &u.stages)
        .map(|mention| mention.name.as_str())
        .collect();
    let mut seen = BTreeSet::new();
    for (stage, line) in case.stages.iter().zip(&case.stage_lines) {
        let id = stage.id.as_str();
        if !seen.insert(id) {
            problems.add(
                MANIFEST,
                *line,
                "package.stage_twice",
                format!("环节 `{id}` 出现两次"),
                format!("the stage `{id}` stands twice"),
            );
        } else if !stages.contains(id) {
            problems.add(
                MANIFEST,
                *line,
                "package.unused",
                format!("没有任务属于环节 `{id}`，请删去或在 y:task 中写 stage"),
                format!("no task belongs to the stage `{id}`; remove it or name it in a y:task"),
            );
        }
    }
}

/// What people read must be there in both languages.
fn labels(draft: &Draft, problems: &mut Problems) {
    for (file, _, text) in draft.in_folder("processes", ".bpmn") {
        // What is no XML was told by the reader of processes.
        if let Ok(root) = read_tree(text) {
            each(&root, &mut |element| label(file, element, problems));
        }
    }
}

/// Visits an element and everything in it.
pub(super) fn each<'e>(element: &'e Element, see: &mut dyn FnMut(&'e Element)) {
    see(element);
    for child in &element.children {
        each(child, see);
    }
}

/// The extension elements of an element, by name.
pub(super) fn extensions<'e>(
    element: &'e Element,
    name: &'e str,
) -> impl Iterator<Item = &'e Element> {
    element
        .children
        .iter()
        .filter(|child| child.namespace == BPMN && child.name == "extensionElements")
        .flat_map(|holder| &holder.children)
        .filter(move |child| child.namespace == EXTENSION && child.name == name)
}

fn label(file: &str, element: &Element, problems: &mut Problems) {
    let filled = |text: Option<&str>| text.is_some_and(|text| !text.trim().is_empty());
    let line = usize::try_from(element.line).unwrap_or(0);
    let mut missing = |what_zh: String, what_en: String, lang: &str| {
        problems.add(
            file,
            line,
            "process.label_missing",
            format!("{what_zh} 缺少 {lang} 文字，每种语言都要写"),
            format!("{what_en} has no text in `{lang}`; every language is required"),
        );
    };
    if element.namespace == EXTENSION {
        if filled(element.attribute("reason-zh")) && !filled(element.attribute("reason-en")) {
            missing(
                "reason-zh".to_owned(),
                "the reason (`reason-en`)".to_owned(),
                "en",
            );
        }
        return;
    }
    if element.namespace != BPMN
        || matches!(
            element.name.as_str(),
            "sequenceFlow" | "error" | "definitions"
        )
    {
        return;
    }
    let Some(id) = element.attribute("id") else {
        return;
    };
    let must = matches!(element.name.as_str(), "userTask" | "process");
    let zh = filled(element.attribute("name"));
    let en = extensions(element, "label").any(|label| filled(label.attribute("en")));
    if !zh && (en || must) {
        missing(format!("`{id}`（name）"), format!("`{id}` (`name`)"), "zh");
    }
    if !en && (zh || must) {
        missing(
            format!("`{id}`（y:label）"),
            format!("`{id}` (`y:label`)"),
            "en",
        );
    }
}
