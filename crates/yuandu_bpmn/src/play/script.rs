//! Reads a script: an array of steps, or an object with variables and steps. It is liberal about names, because people
//! write scripts by hand; what it cannot read it names with the step's number.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Span, Timestamp, civil};
use serde_json::{Map, Value as Json};
use yuandu_base::calendar::Calendar;

/// A script, read.
#[derive(Debug)]
pub struct Script {
    /// The process that begins, if the script names one.
    pub process: Option<String>,
    /// The start event, if the script names one.
    pub start: Option<String>,
    /// The variables the instance begins with.
    pub variables: Map<String, Json>,
    pub(super) now: Timestamp,
    pub(super) services: BTreeMap<String, Service>,
    pub(super) services_wait: bool,
    pub(super) steps: Vec<Step>,
}

/// What a service gives.
#[derive(Debug, Clone)]
pub(super) enum Service {
    Gives(Map<String, Json>),
    Fails {
        code: String,
        variables: Map<String, Json>,
    },
    /// It waits for a step.
    Wait,
}

/// One step.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Complete {
        target: String,
        outcome: Option<String>,
        turn: Option<usize>,
        variables: Map<String, Json>,
    },
    Advance {
        by: String,
    },
    AdvanceTo(Timestamp),
    Message {
        name: String,
        correlation: Map<String, Json>,
        variables: Map<String, Json>,
    },
    Signal {
        name: String,
        variables: Map<String, Json>,
    },
    Error {
        target: Option<String>,
        code: String,
        variables: Map<String, Json>,
    },
    Variables(Map<String, Json>),
    Trigger {
        target: String,
        variables: Map<String, Json>,
    },
    Perform {
        target: String,
    },
    Close {
        target: String,
    },
    /// Back to an earlier step.
    SendBack {
        target: String,
        to: String,
        /// Whether it comes straight back from there.
        straight: bool,
    },
    /// More people sign.
    Add {
        target: String,
        items: Vec<Json>,
    },
    /// Somebody need not sign.
    Remove {
        target: String,
        turn: usize,
    },
    Abandon,
}

/// The verbs of steps and the other names they go by, lower case without `_` and `-`.
const VERBS: [(&str, &[&str]); 14] = [
    (
        "complete",
        &[
            "complete",
            "completetask",
            "task",
            "usertask",
            "done",
            "completejob",
            "completeservice",
        ],
    ),
    (
        "advance",
        &[
            "advance",
            "advanceclock",
            "advancetime",
            "advanceby",
            "clock",
            "time",
            "wait",
            "by",
            "duration",
            "sleep",
        ],
    ),
    (
        "to",
        &[
            "to",
            "advanceto",
            "now",
            "at",
            "until",
            "settime",
            "instant",
            "setclock",
        ],
    ),
    (
        "message",
        &[
            "message",
            "deliver",
            "delivermessage",
            "sendmessage",
            "correlate",
            "correlatemessage",
        ],
    ),
    (
        "signal",
        &[
            "signal",
            "broadcast",
            "sendsignal",
            "broadcastsignal",
            "throwsignal",
        ],
    ),
    (
        "error",
        &[
            "error",
            "throw",
            "throwerror",
            "fail",
            "bpmnerror",
            "failjob",
            "errorcode",
        ],
    ),
    (
        "set",
        &["set", "setvariables", "setvariable", "variables", "vars"],
    ),
    (
        "trigger",
        &[
            "trigger",
            "fire",
            "firetimer",
            "receive",
            "event",
            "triggerevent",
        ],
    ),
    (
        "perform",
        &[
            "perform",
            "start",
            "begin",
            "enable",
            "startactivity",
            "execute",
        ],
    ),
    (
        "close",
        &[
            "close",
            "finish",
            "closeadhoc",
            "completeadhoc",
            "completeadhocsubprocess",
        ],
    ),
    (
        "back",
        &["back", "sendback", "return", "reject", "驳回", "退回"],
    ),
    (
        "add",
        &[
            "add",
            "addinstance",
            "addinstances",
            "addsigner",
            "addsigners",
            "加签",
        ],
    ),
    (
        "remove",
        &["remove", "removeinstance", "removesigner", "减签"],
    ),
    (
        "abandon",
        &[
            "abandon",
            "terminate",
            "cancel",
            "cancelinstance",
            "withdraw",
        ],
    ),
];

/// The instant a script begins at when it names none: a Monday morning.
const MORNING: &str = "2026-01-05T09:00:00+08:00";

fn plain(word: &str) -> String {
    let letters = word.chars().filter(|c| !matches!(c, '_' | '-' | ' '));
    letters.collect::<String>().to_lowercase()
}

fn verb(word: &str) -> Option<&'static str> {
    let word = plain(word);
    let mut verbs = VERBS.iter();
    verbs
        .find(|(_, names)| names.contains(&word.as_str()))
        .map(|(verb, _)| *verb)
}

impl Step {
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Complete { .. } => "complete",
            Self::Advance { .. } | Self::AdvanceTo(_) => "advance",
            Self::Message { .. } => "message",
            Self::Signal { .. } => "signal",
            Self::Error { .. } => "error",
            Self::Variables(_) => "set",
            Self::Trigger { .. } => "trigger",
            Self::Perform { .. } => "perform",
            Self::Close { .. } => "close",
            Self::SendBack { .. } => "back",
            Self::Add { .. } => "add",
            Self::Remove { .. } => "remove",
            Self::Abandon => "abandon",
        }
    }
}

impl Script {
    /// The ids and names of activities that steps speak of.
    pub(super) fn spoken_of(&self) -> BTreeSet<String> {
        let targets = self.steps.iter().filter_map(|step| match step {
            Step::Complete { target, .. } | Step::Trigger { target, .. } => Some(target),
            Step::Error { target, .. } => target.as_ref(),
            _ => None,
        });
        targets.cloned().collect()
    }

    /// Whether an error step names no activity, so that every job has to wait.
    fn has_open_error(&self) -> bool {
        self.steps
            .iter()
            .any(|step| matches!(step, Step::Error { target: None, .. }))
    }
}

/// Reads a script.
///
/// # Errors
/// Everything in it that cannot be read, with the number of the step, in English.
pub fn read_script(json: &Json) -> Result<Script, Vec<String>> {
    let mut faults = Vec::new();
    let empty = Map::new();
    let (head, steps) = match json {
        Json::Array(steps) => (&empty, steps.as_slice()),
        Json::Object(head) => {
            let steps = head
                .get("steps")
                .or_else(|| head.get("script"))
                .or_else(|| head.get("actions"));
            (
                head,
                steps
                    .and_then(Json::as_array)
                    .map(Vec::as_slice)
                    .unwrap_or_default(),
            )
        }
        _ => {
            return Err(vec![
                "a script is an array of steps or an object with `steps`".to_owned(),
            ]);
        }
    };
    let text = |names: &[&str]| {
        let found = names.iter().find_map(|n| head.get(*n));
        found.and_then(Json::as_str).map(str::to_owned)
    };
    let variables = ["variables", "vars", "input"]
        .iter()
        .find_map(|n| head.get(*n));
    let now = text(&["now", "clock", "at"]).unwrap_or_else(|| MORNING.to_owned());
    let now = instant(&now).unwrap_or_else(|| {
        faults.push(format!(
            "`now`: `{now}` is not an instant such as {MORNING}"
        ));
        Timestamp::UNIX_EPOCH
    });
    let (services, services_wait) = services(head.get("services"), &mut faults);
    let mut script = Script {
        process: text(&["process", "processId", "processKey"]),
        start: text(&["start", "startEvent"]),
        variables: variables
            .and_then(Json::as_object)
            .cloned()
            .unwrap_or_default(),
        now,
        services,
        services_wait,
        steps: Vec::new(),
    };
    for (at, step) in steps.iter().enumerate() {
        match read_step(step) {
            Ok(Some(step)) => script.steps.push(step),
            Ok(None) => {
                // A first step that only starts the instance says what it begins with.
                let given = step.get("variables").and_then(Json::as_object).cloned();
                script.variables.extend(given.unwrap_or_default());
            }
            Err(fault) => faults.push(format!("step {}: {fault}", at + 1)),
        }
    }
    script.services_wait |= script.has_open_error();
    if faults.is_empty() {
        Ok(script)
    } else {
        Err(faults)
    }
}

fn services(json: Option<&Json>, faults: &mut Vec<String>) -> (BTreeMap<String, Service>, bool) {
    let mut found = BTreeMap::new();
    match json {
        None => return (found, false),
        Some(Json::String(word)) if word == "wait" => return (found, true),
        Some(Json::Object(services)) => {
            for (name, said) in services {
                let object = said.as_object().cloned().unwrap_or_default();
                let variables = object.get("variables").and_then(Json::as_object);
                let variables = variables.cloned();
                let service = match (said.as_str(), object.get("error").and_then(Json::as_str)) {
                    (Some("wait"), _) => Service::Wait,
                    (_, Some(code)) => Service::Fails {
                        code: code.to_owned(),
                        variables: variables.unwrap_or_default(),
                    },
                    _ => Service::Gives(variables.unwrap_or(object)),
                };
                found.insert(name.clone(), service);
            }
        }
        Some(_) => faults.push("`services` is an object by activity, or \"wait\"".to_owned()),
    }
    (found, false)
}

/// Reads one step; none for one that only starts the instance.
fn read_step(json: &Json) -> Result<Option<Step>, String> {
    let object = match json {
        Json::String(target) => return Ok(Some(complete(target.clone(), &Map::new()))),
        Json::Object(object) => object,
        _ => return Err("a step is an object, or the id of a task to complete".to_owned()),
    };
    // Either the verb is a key, or it is the value of one of these.
    let said = [
        "action", "type", "op", "do", "step", "kind", "command", "verb",
    ];
    let said = said.iter().find_map(|key| object.get(*key)?.as_str());
    if said.map(plain).is_some_and(|s| {
        matches!(
            s.as_str(),
            "startprocess" | "startinstance" | "startprocessinstance"
        )
    }) {
        return Ok(None);
    }
    if let Some(verb) = said.and_then(verb) {
        return build(verb, None, object).map(Some);
    }
    if let Some(unknown) = said {
        return Err(format!(
            "there is no step `{unknown}`; there are: {}",
            known()
        ));
    }
    // `variables` goes with other verbs; alone it sets them.
    let mut verbs: Vec<(&'static str, &Json)> = object
        .iter()
        .filter_map(|(key, value)| Some((verb(key)?, value)))
        .collect();
    if verbs.len() > 1 {
        verbs.retain(|(verb, _)| *verb != "set");
    }
    // `error` with `task` names where; `message` with `at` or `to` is a message.
    for strong in [
        "error", "message", "signal", "back", "add", "remove", "complete",
    ] {
        if verbs.len() > 1 && verbs.iter().any(|(v, _)| *v == strong) {
            verbs.retain(|(v, _)| *v == strong);
        }
    }
    match verbs.first() {
        Some((verb, value)) => build(verb, Some(value), object).map(Some),
        None => Err(format!("no verb; there are: {}", known())),
    }
}

fn known() -> String {
    VERBS.map(|(verb, _)| verb).join(", ")
}

fn complete(target: String, object: &Map<String, Json>) -> Step {
    let turn = ["turn", "index", "loopCounter", "instance"]
        .iter()
        .find_map(|k| object.get(*k)?.as_u64());
    Step::Complete {
        target,
        outcome: text_in(object, &["outcome", "decision", "result"]),
        turn: turn.and_then(|t| usize::try_from(t).ok()),
        variables: variables_in(object),
    }
}

fn text_in(object: &Map<String, Json>, keys: &[&str]) -> Option<String> {
    let mut found = keys.iter().filter_map(|key| object.get(*key));
    found.find_map(|value| value.as_str().map(str::to_owned))
}

fn variables_in(object: &Map<String, Json>) -> Map<String, Json> {
    let keys = ["variables", "vars", "data", "input", "payload", "with"];
    let mut found = keys.iter().filter_map(|key| object.get(*key)?.as_object());
    found.next().cloned().unwrap_or_default()
}

const TARGETS: [&str; 12] = [
    "id",
    "task",
    "taskId",
    "node",
    "nodeId",
    "element",
    "elementId",
    "activity",
    "activityId",
    "name",
    "at",
    "target",
];

/// A step while it is read: its verb and everything said with it.
struct Said<'s> {
    verb: &'s str,
    /// The verb's value, where it is a text.
    text: Option<String>,
    all: Map<String, Json>,
}

impl Said<'_> {
    fn need(&self, found: Option<String>, what: &str) -> Result<String, String> {
        found
            .filter(|f| !f.is_empty())
            .ok_or_else(|| format!("`{}` needs {what}", self.verb))
    }

    /// The verb's value, else what stands under one of some keys.
    fn or_under(&self, keys: &[&str], what: &str) -> Result<String, String> {
        let found = self.text.clone().or_else(|| text_in(&self.all, keys));
        self.need(found, what)
    }

    fn task(&self) -> Result<String, String> {
        self.or_under(&TARGETS, "the id or name of a task")
    }

    fn advance(&self) -> Result<Step, String> {
        let keys = ["by", "duration", "advance", "value", "time"];
        if let Ok(text) = self.or_under(&keys, "a duration") {
            return Ok(match instant(&text) {
                Some(at) => Step::AdvanceTo(at),
                None => Step::Advance { by: text },
            });
        }
        let to = text_in(&self.all, &["to", "until", "instant"]);
        let seconds = self.all.get("seconds").and_then(Json::as_i64);
        match (to.as_deref().and_then(instant), seconds) {
            (Some(at), _) => Ok(Step::AdvanceTo(at)),
            (None, Some(seconds)) => Ok(Step::Advance {
                by: format!("PT{seconds}S"),
            }),
            (None, None) => {
                Err("`advance` needs a duration such as PT2H, or an instant".to_owned())
            }
        }
    }

    fn to(&self) -> Result<Step, String> {
        let text = self.or_under(&["to", "at", "instant", "value"], "an instant")?;
        let at = instant(&text).ok_or_else(|| format!("`{text}` is not an instant"))?;
        Ok(Step::AdvanceTo(at))
    }

    fn message(&self) -> Result<Step, String> {
        let keys = ["correlation", "correlationKeys", "correlate", "keys"];
        let correlation = keys.iter().find_map(|key| match self.all.get(*key)? {
            Json::Object(keys) => Some(keys.clone()),
            Json::Null => None,
            one => Some(Map::from_iter([("correlationKey".to_owned(), one.clone())])),
        });
        Ok(Step::Message {
            name: self.or_under(&["name", "message", "messageName", "ref"], "a name")?,
            correlation: correlation.unwrap_or_default(),
            variables: variables_in(&self.all),
        })
    }

    fn error(&self) -> Result<Step, String> {
        let code = text_in(&self.all, &["code", "errorCode"]);
        Ok(Step::Error {
            code: self.need(code.or_else(|| self.text.clone()), "a code")?,
            target: text_in(&self.all, &TARGETS),
            variables: variables_in(&self.all),
        })
    }

    fn set(&self, inner: Option<&Map<String, Json>>) -> Result<Step, String> {
        let variables = variables_in(&self.all);
        let one = text_in(&self.all, &["name", "variable"]).zip(self.all.get("value").cloned());
        match (inner, variables.is_empty(), one) {
            (Some(set), ..) => Ok(Step::Variables(set.clone())),
            (None, false, _) => Ok(Step::Variables(variables)),
            (None, true, Some(one)) => Ok(Step::Variables(Map::from_iter([one]))),
            (None, true, None) => Err("`set` needs an object of variables".to_owned()),
        }
    }

    fn add(&self) -> Result<Step, String> {
        Ok(Step::Add {
            target: self.task()?,
            items: match self.all.get("items").or_else(|| self.all.get("item")) {
                Some(Json::Array(items)) => items.clone(),
                Some(one) => vec![one.clone()],
                None => vec![Json::Null],
            },
        })
    }

    fn remove(&self) -> Result<Step, String> {
        let turn = self.all.get("turn").and_then(Json::as_u64);
        Ok(Step::Remove {
            target: self.task()?,
            turn: turn.and_then(|t| usize::try_from(t).ok()).unwrap_or(0),
        })
    }
}

fn build(verb: &str, value: Option<&Json>, object: &Map<String, Json>) -> Result<Step, String> {
    // The verb's value may be an object with everything in it.
    let inner = value.and_then(Json::as_object);
    let mut all = object.clone();
    if verb != "set" {
        all.extend(inner.cloned().unwrap_or_default());
    }
    let said = Said {
        verb,
        text: value.and_then(Json::as_str).map(str::to_owned),
        all,
    };
    let variables = variables_in(&said.all);
    match verb {
        "complete" => Ok(complete(said.task()?, &said.all)),
        "advance" => said.advance(),
        "to" => said.to(),
        "message" => said.message(),
        "signal" => Ok(Step::Signal {
            name: said.or_under(&["name", "signal", "signalName", "ref"], "a name")?,
            variables,
        }),
        "error" => said.error(),
        "set" => said.set(inner),
        "trigger" => Ok(Step::Trigger {
            target: said.or_under(&TARGETS, "the id of an event")?,
            variables,
        }),
        "perform" => Ok(Step::Perform {
            target: said.or_under(&TARGETS, "the id of an activity")?,
        }),
        "close" => Ok(Step::Close {
            target: said.or_under(&TARGETS, "the id of an ad-hoc sub-process")?,
        }),
        "back" => Ok(Step::SendBack {
            target: said.task()?,
            to: said.need(text_in(&said.all, &["to"]), "`to`, an earlier step")?,
            straight: said.all.get("straight").and_then(Json::as_bool) == Some(true),
        }),
        "add" => said.add(),
        "remove" => said.remove(),
        _ => Ok(Step::Abandon),
    }
}

/// An instant; without a zone it is the city's.
fn instant(text: &str) -> Option<Timestamp> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let at: civil::DateTime = text.parse().ok()?;
    let zone = Calendar::statutory().time_zone().clone();
    Some(at.to_zoned(zone).ok()?.timestamp())
}

/// The instant a duration after another: `PT2H`, `P3D`, or in words `2h`, `3 days`.
pub(super) fn later(now: Timestamp, by: &str) -> Option<Timestamp> {
    let span: Span = by.trim().parse().ok()?;
    let zone = Calendar::statutory().time_zone().clone();
    Some(now.to_zoned(zone).checked_add(span).ok()?.timestamp())
}
