//! Reads the extension elements of namespace `urn:yuandu:bpmn:1`.

use yuandu_base::LocalText;
use yuandu_feel::Expression;

use super::BPMN;
use super::juel;
use super::model::{
    Action, ClockDeed, ClockOp, Deed, Formula, Moment, Outcome, Service, ServiceCall, UserTask,
    Value,
};
use super::problems::Problems;
use super::read::{is_extension, named};
use super::xml::Element;

/// The statuses an end may give a case.
const STATUSES: [&str; 4] = ["closed", "refused", "merged", "withdrawn"];

/// What the extension elements of a node said.
#[derive(Default)]
pub(super) struct Extras {
    pub(super) label_en: Option<String>,
    pub(super) actions: Vec<Action>,
    pub(super) task: Option<UserTask>,
    pub(super) outcomes: Vec<Outcome>,
    pub(super) decision: Option<(String, String, String)>,
    pub(super) service: Option<ServiceCall>,
    pub(super) service_named: bool,
    pub(super) inputs: Vec<(String, Value)>,
    pub(super) outputs: Vec<(String, Value)>,
    pub(super) status: Option<String>,
}

/// The attributes and children each extension element may have.
fn grammar(name: &str) -> Option<(&'static [&'static str], &'static [&'static str])> {
    Some(match name {
        "label" => (&["en"], &[]),
        // `approves` and its reason are for the check of duties when the package is loaded; nothing here runs on them.
        "task" => (
            &[
                "role",
                "org",
                "grid",
                "stage",
                "clock",
                "back",
                "approves",
                "reason-zh",
                "reason-en",
            ],
            &[],
        ),
        "clock" => (
            &[
                "name",
                "op",
                "on",
                "budget",
                "due",
                "reason",
                "reason-zh",
                "reason-en",
                "basis",
            ],
            &[],
        ),
        "outcome" => (
            &["id", "zh", "en", "zh_done", "en_done", "form", "style"],
            &["set", "keep", "clock"],
        ),
        "set" => (&["field", "value", "on"], &[]),
        "keep" => (&["name", "value", "on"], &[]),
        "decision" => (&["model", "ref", "result"], &[]),
        "service" => (&["name", "later"], &["arg"]),
        "arg" | "in" | "out" => (&["name", "value"], &[]),
        "end" => (&["status"], &[]),
        _ => return None,
    })
}

/// The name of a process in both languages; refuses extension elements that a process does not have.
pub(super) fn label(element: &Element, id: &str, problems: &mut Problems) -> LocalText {
    let extras = read(element, &["label"], problems);
    named(id, element.attribute("name"), extras.label_en.as_deref())
}

/// Reads the extension elements of a node; only those in `allowed` may stand there.
pub(super) fn read(element: &Element, allowed: &[&str], problems: &mut Problems) -> Extras {
    let mut extras = Extras::default();
    let holders = element
        .children
        .iter()
        .filter(|c| c.namespace == BPMN && c.name == "extensionElements");
    for extension in holders.flat_map(|h| &h.children) {
        // Other makers' extensions are read in `foreign`.
        if problems.open() && !is_extension(extension) {
            continue;
        }
        if !known(extension, allowed, problems) {
            continue;
        }
        one(extension, &mut extras, problems);
    }
    extras
}

/// Whether an extension element may stand where it does; says so if not.
fn known(extension: &Element, allowed: &[&str], problems: &mut Problems) -> bool {
    let name = extension.name.as_str();
    let found = grammar(name).filter(|_| is_extension(extension) && allowed.contains(&name));
    let Some((attributes, _)) = found else {
        let list = allowed
            .iter()
            .map(|a| format!("y:{a}"))
            .collect::<Vec<_>>()
            .join(", ");
        problems.add(
            extension.line,
            "bpmn.extension_unknown",
            format!("这里不能有扩展元素 `{name}`；可用：{list}"),
            format!("the extension element `{name}` cannot stand here; there are: {list}"),
        );
        return false;
    };
    for attribute in &extension.attributes {
        if !attribute.namespace.is_empty() || !attributes.contains(&attribute.name.as_str()) {
            problems.add(
                extension.line,
                "bpmn.attribute_unknown",
                format!(
                    "`y:{name}` 没有属性 `{}`；可用：{}",
                    attribute.name,
                    attributes.join(", ")
                ),
                format!(
                    "`y:{name}` has no attribute `{}`; there are: {}",
                    attribute.name,
                    attributes.join(", ")
                ),
            );
        }
    }
    true
}

fn one(element: &Element, extras: &mut Extras, problems: &mut Problems) {
    match element.name.as_str() {
        "label" => extras.label_en = element.attribute("en").map(str::to_owned),
        "task" => extras.task = Some(task(element, problems)),
        "outcome" => extras.outcomes.extend(outcome(element, problems)),
        "decision" => {
            extras.decision = Some((
                need(element, "model", problems),
                need(element, "ref", problems),
                need(element, "result", problems),
            ));
        }
        "service" => {
            extras.service_named = true;
            extras.service = service(element, problems);
        }
        "in" | "out" => {
            let name = need(element, "name", problems);
            let mapping = need_value(element, "value", problems).map(|v| (name, v));
            match element.name.as_str() {
                "in" => extras.inputs.extend(mapping),
                _ => extras.outputs.extend(mapping),
            }
        }
        "end" => {
            let status = need(element, "status", problems);
            if !STATUSES.contains(&status.as_str()) {
                problems.add(
                    element.line,
                    "bpmn.status_unknown",
                    format!("没有状态 `{status}`；可用：{}", STATUSES.join(", ")),
                    format!(
                        "there is no status `{status}`; there are: {}",
                        STATUSES.join(", ")
                    ),
                );
            }
            extras.status = Some(status);
        }
        _ => extras.actions.extend(action(element, problems)),
    }
}

fn task(element: &Element, problems: &mut Problems) -> UserTask {
    let optional = |name: &str, problems: &mut Problems| {
        element
            .attribute(name)
            .and_then(|text| value(text, element.line, problems))
    };
    let back = element.attribute("back");
    if let Some(other) = back.filter(|back| *back != "straight") {
        problems.add(
            element.line,
            "bpmn.back_unknown",
            format!("back 只能是 straight，不是 `{other}`"),
            format!("`back` is straight or left out, not `{other}`"),
        );
    }
    UserTask {
        only_straight: back.is_some(),
        role: need(element, "role", problems),
        org: optional("org", problems),
        grid: optional("grid", problems),
        stage: element.attribute("stage").map(str::to_owned),
        clock: element.attribute("clock").map(str::to_owned),
        ..UserTask::default()
    }
}

fn outcome(element: &Element, problems: &mut Problems) -> Option<Outcome> {
    let id = need(element, "id", problems);
    let label = LocalText::new(need(element, "zh", problems), need(element, "en", problems));
    let mut actions = Vec::new();
    for child in &element.children {
        if known(child, &["set", "keep", "clock"], problems) {
            actions.extend(action(child, problems));
        }
    }
    let style = element.attribute("style").map(str::to_owned);
    if style.as_deref().is_some_and(|s| s != "caution") {
        problems.add(
            element.line,
            "bpmn.style_unknown",
            "style 只有 `caution` 一种",
            "the only style there is is `caution`",
        );
    }
    let said = |name: &str, otherwise: &str| {
        let words = element.attribute(name).filter(|words| !words.is_empty());
        words.unwrap_or(otherwise).to_owned()
    };
    let done = LocalText::new(said("zh_done", &label.zh), said("en_done", &label.en));
    (!id.is_empty()).then(|| Outcome {
        id,
        label,
        done,
        form: element.attribute("form").map(str::to_owned),
        style,
        line: element.line,
        actions,
    })
}

fn service(element: &Element, problems: &mut Problems) -> Option<ServiceCall> {
    let name = need(element, "name", problems);
    let (service, known_arguments): (_, &[&str]) = match name.as_str() {
        "card.issue" => (
            Some(Service::CardIssue),
            &["colour", "clock", "reason-zh", "reason-en"],
        ),
        "case.merge" => (Some(Service::CaseMerge), &["parent"]),
        _ => (None, &[]),
    };
    if service.is_none() {
        problems.add(
            element.line,
            "bpmn.service_unknown",
            format!("没有服务 `{name}`；可用：card.issue, case.merge"),
            format!("there is no service `{name}`; there are: card.issue, case.merge"),
        );
    }
    let mut call = ServiceCall {
        service: service?,
        arguments: Default::default(),
        later: element.attribute("later") == Some("true"),
    };
    for child in &element.children {
        if !known(child, &["arg"], problems) {
            continue;
        }
        let argument = need(child, "name", problems);
        if !known_arguments.contains(&argument.as_str()) {
            problems.add(
                child.line,
                "bpmn.argument_unknown",
                format!(
                    "服务 `{name}` 没有参数 `{argument}`；可用：{}",
                    known_arguments.join(", ")
                ),
                format!(
                    "the service `{name}` has no argument `{argument}`; there are: {}",
                    known_arguments.join(", ")
                ),
            );
        }
        if let Some(v) = need_value(child, "value", problems) {
            call.arguments.insert(argument, v);
        }
    }
    let needed: &[&str] = if name == "case.merge" {
        &["parent"]
    } else {
        &["colour", "clock"]
    };
    for argument in needed.iter().filter(|a| !call.arguments.contains_key(**a)) {
        problems.add(
            element.line,
            "bpmn.argument_missing",
            format!("服务 `{name}` 缺少参数 `{argument}`"),
            format!("the service `{name}` needs the argument `{argument}`"),
        );
    }
    Some(call)
}

fn action(element: &Element, problems: &mut Problems) -> Option<Action> {
    let when = match element.attribute("on") {
        Some("enter") => Moment::Enter,
        None | Some("complete") => Moment::Complete,
        Some(other) => {
            problems.add(
                element.line,
                "bpmn.moment_unknown",
                format!("on 应为 enter 或 complete，不是 `{other}`"),
                format!("`on` is enter or complete, not `{other}`"),
            );
            Moment::Complete
        }
    };
    let deed = match element.name.as_str() {
        "set" => Deed::Set {
            field: need(element, "field", problems),
            value: need_value(element, "value", problems)?,
        },
        "keep" => Deed::Keep {
            name: need(element, "name", problems),
            value: need_value(element, "value", problems)?,
        },
        _ => Deed::Clock(clock(element, problems)?),
    };
    Some(Action {
        when,
        deed,
        line: element.line,
    })
}

fn clock(element: &Element, problems: &mut Problems) -> Option<ClockDeed> {
    let name = need(element, "name", problems);
    let op = match need(element, "op", problems).as_str() {
        "start" => Some(ClockOp::Start),
        "stop" => Some(ClockOp::Stop),
        "suspend" => Some(ClockOp::Suspend),
        "resume" => Some(ClockOp::Resume),
        "extend" => Some(ClockOp::Extend),
        "" => None,
        other => {
            problems.add(
                element.line,
                "bpmn.clock_op_unknown",
                format!("时钟操作应为 start、stop、suspend、resume 或 extend，不是 `{other}`"),
                format!("a clock's op is start, stop, suspend, resume or extend, not `{other}`"),
            );
            None
        }
    }?;
    if matches!(op, ClockOp::Start | ClockOp::Extend) && element.attribute("budget").is_none() {
        problems.missing(element.line, "y:clock", "budget");
    }
    let zh = element
        .attribute("reason-zh")
        .or_else(|| element.attribute("reason"));
    Some(ClockDeed {
        name,
        op,
        budget: element
            .attribute("budget")
            .and_then(|b| value(b, element.line, problems)),
        due: element.attribute("due").map(str::to_owned),
        reason: zh.and_then(|text| value(text, element.line, problems)),
        reason_en: element.attribute("reason-en").map(str::to_owned),
        basis: element.attribute("basis").map(str::to_owned),
    })
}

fn need(element: &Element, attribute: &str, problems: &mut Problems) -> String {
    let found = element.attribute(attribute).unwrap_or_default();
    if found.is_empty() {
        problems.missing(element.line, &format!("y:{}", element.name), attribute);
    }
    found.to_owned()
}

fn need_value(element: &Element, attribute: &str, problems: &mut Problems) -> Option<Value> {
    match element.attribute(attribute) {
        Some(text) => value(text, element.line, problems),
        None => {
            problems.missing(element.line, &format!("y:{}", element.name), attribute);
            None
        }
    }
}

/// Reads a value: a formula after `=`, another maker's expression in `${..}`, else the text itself.
pub(super) fn value(text: &str, line: u32, problems: &mut Problems) -> Option<Value> {
    match text.strip_prefix('=') {
        Some(source) => formula(source, line, problems).map(Value::Formula),
        None if problems.open() && juel::is_foreign(text) => {
            translated(text, line, problems).map(Value::Formula)
        }
        None => Some(Value::Text(text.to_owned())),
    }
}

fn translated(text: &str, line: u32, problems: &mut Problems) -> Option<Formula> {
    match juel::to_feel(text) {
        Ok(feel) => parsed(&feel, line, problems),
        Err(what) => {
            problems.add(
                line,
                "bpmn.foreign_expression",
                format!("表达式 `{text}` 不能安全地译成 FEEL（{what}）：请改写为 FEEL"),
                format!(
                    "the expression `{text}` does not translate to FEEL safely ({what}): write it in FEEL"
                ),
            );
            None
        }
    }
}

/// Reads the formula of an element that may name its language.
pub(super) fn condition(element: &Element, problems: &mut Problems) -> Option<Formula> {
    let text = element.text.trim();
    let language = element.attribute("language").unwrap_or_default();
    let feel = language.is_empty() || language.to_ascii_uppercase().contains("FEEL");
    if !feel && !juel::is_foreign(text) {
        problems.add(
            element.line,
            "bpmn.expression_language",
            format!("表达式语言 `{language}` 不被执行：请改写为 FEEL"),
            format!("the expression language `{language}` is not executed: write it in FEEL"),
        );
        return None;
    }
    formula(
        text.strip_prefix('=').unwrap_or(text),
        element.line,
        problems,
    )
}

/// Reads a number or formula.
pub(super) fn formula_text(element: &Element, problems: &mut Problems) -> Option<Value> {
    condition(element, problems).map(Value::Formula)
}

/// Reads a FEEL formula.
pub(super) fn formula(text: &str, line: u32, problems: &mut Problems) -> Option<Formula> {
    if problems.open() && juel::is_foreign(text) {
        return translated(text, line, problems);
    }
    parsed(text, line, problems)
}

fn parsed(text: &str, line: u32, problems: &mut Problems) -> Option<Formula> {
    match Expression::parse(text) {
        Ok(expression) => Some(Formula {
            text: text.to_owned(),
            expression,
            line,
        }),
        Err(error) => {
            problems.add(
                line,
                "bpmn.feel",
                format!("FEEL 表达式 `{text}` 读不懂：{}", error.zh),
                format!("the FEEL expression `{text}` cannot be read: {}", error.en),
            );
            None
        }
    }
}
