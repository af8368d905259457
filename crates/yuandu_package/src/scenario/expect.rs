//! Comparing what is there with what a step expects.

use jiff::Timestamp;
use serde_json::{Map, Value as Json};
use yuandu_base::Lang;
use yuandu_base::calendar::{Calendar, Lamp};
use yuandu_process::CaseView;

use super::run::{Cases, Refusal, named};
use super::town::{Broken, Town, broken, org_id};
use super::{Expectation, Failure, Step};

/// What a step brought.
pub(super) struct Found {
    pub(super) refusal: Option<Refusal>,
    pub(super) log_grew: bool,
}

/// The number of comparisons and those that failed.
pub(super) fn compare(
    town: &Town<'_>,
    step: &Step,
    cases: &Cases,
    found: &Found,
) -> (usize, Vec<Failure>) {
    let mut failures = Vec::new();
    let mut checks = 0;
    let expected = step
        .expect
        .iter()
        .find(|expectation| expectation.key == "refused");
    checks += 1;
    failures.extend(refused(step, expected, found));
    let rest: Vec<&Expectation> = step
        .expect
        .iter()
        .filter(|expectation| expectation.key != "refused")
        .collect();
    if rest.is_empty() || !failures.is_empty() {
        return (checks, failures);
    }
    let seen = match Seen::of(town, step, cases) {
        Ok(seen) => seen,
        Err(reason) => {
            failures.push(failure(
                step.line,
                "case",
                "a case to look at".to_owned(),
                reason,
            ));
            return (checks, failures);
        }
    };
    for expectation in rest {
        for (what, expected, got) in seen.compare(expectation) {
            checks += 1;
            if let Some(got) = got {
                failures.push(failure(expectation.line, &what, expected, got));
            }
        }
    }
    (checks, failures)
}

fn failure(line: usize, what: &str, expected: String, got: String) -> Failure {
    Failure {
        file: String::new(),
        line,
        what: what.to_owned(),
        expected,
        got,
    }
}

/// A step goes through unless a refusal is expected; a refused one changes nothing.
fn refused(step: &Step, expected: Option<&Expectation>, found: &Found) -> Option<Failure> {
    let told = |refusal: &Refusal| {
        let problems: Vec<String> = refusal
            .problems
            .iter()
            .map(|problem| {
                format!(
                    "{}: {} ({})",
                    problem.place, problem.message.zh, problem.code
                )
            })
            .collect();
        format!(
            "{}: {} {}",
            refusal.kind,
            refusal.message,
            problems.join("; ")
        )
    };
    match (expected, &found.refusal) {
        (None, None) => None,
        (None, Some(refusal)) => Some(failure(
            step.line,
            "step",
            "to go through".to_owned(),
            told(refusal),
        )),
        (Some(expectation), None) => Some(failure(
            expectation.line,
            "refused",
            expectation.value.to_string(),
            "it went through".to_owned(),
        )),
        (Some(expectation), Some(refusal)) => {
            if found.log_grew {
                return Some(failure(
                    expectation.line,
                    "refused",
                    "nothing changed".to_owned(),
                    "the log grew".to_owned(),
                ));
            }
            let fits = fits_refusal(&expectation.value, refusal);
            (!fits).then(|| {
                failure(
                    expectation.line,
                    "refused",
                    expectation.value.to_string(),
                    told(refusal),
                )
            })
        }
    }
}

/// `true`, or a table with `kind`, `field`, `code`, `says`: each that is written must hold.
fn fits_refusal(expected: &Json, refusal: &Refusal) -> bool {
    let Json::Object(wanted) = expected else {
        return expected == &Json::Bool(true);
    };
    let text = |key: &str| wanted.get(key).and_then(Json::as_str);
    let says = |words: &str| {
        refusal.message.contains(words)
            || refusal
                .problems
                .iter()
                .any(|p| p.message.zh.contains(words) || p.message.en.contains(words))
    };
    let named = |code: Option<&str>, field: Option<&str>| {
        refusal
            .problems
            .iter()
            .any(|p| code.is_none_or(|c| p.code == c) && field.is_none_or(|f| p.place == f))
    };
    text("kind").is_none_or(|kind| refusal.kind == kind)
        && text("says").is_none_or(says)
        && ((text("code").is_none() && text("field").is_none())
            || named(text("code"), text("field")))
}

/// A case as it is after the step.
struct Seen<'t> {
    town: &'t Town<'t>,
    cases: &'t Cases,
    view: CaseView,
    number: String,
    now: Timestamp,
}

/// What was looked at, what was expected, and what there was if it differs.
type Compared = (String, String, Option<String>);

impl<'t> Seen<'t> {
    fn of(town: &'t Town<'t>, step: &Step, cases: &'t Cases) -> Result<Self, Broken> {
        let (id, number) = named(cases, &step.case)?;
        let system = town.system();
        let view = town.engine.case_view(&system, &id).map_err(broken)?;
        Ok(Self {
            town,
            cases,
            view,
            number,
            now: system.now(),
        })
    }

    fn compare(&self, expectation: &Expectation) -> Vec<Compared> {
        let (key, value) = (expectation.key.as_str(), &expectation.value);
        let case = &self.view.case;
        let one = |got: Json| vec![same(key, value, got)];
        match key {
            "status" => one(case.status.clone().into()),
            "stage" => one(case.stage.clone().into()),
            "tasks" => {
                let mut open: Vec<String> = self
                    .view
                    .tasks
                    .iter()
                    .map(|task| task.task.node.clone())
                    .collect();
                open.sort();
                one(open.into())
            }
            "org" => vec![self.org(key, value, case.org.as_deref())],
            "lamp" => self.lamps(value),
            "due" => vec![self.instant(key, value, case.due_at)],
            "red_cards" => one(self.cards("red").into()),
            "yellow_cards" => one(self.cards("yellow").into()),
            "card_at" => vec![self.instant(
                key,
                value,
                self.view.cards.last().map(|card| card.issued_at),
            )],
            "facts" => self.facts(value),
            "parent" => one(self.parent().into()),
            "children" => one(self.view.children.len().into()),
            "public_status" => one(self.public(|view| view.status.clone().into())),
            "answer" => one(self.public(|view| view.answer.clone().into())),
            "incidents" => one(self.view.incidents.len().into()),
            _ => self.says(value),
        }
    }

    fn cards(&self, colour: &str) -> usize {
        self.view
            .cards
            .iter()
            .filter(|card| card.colour == colour)
            .count()
    }

    fn public(&self, part: impl Fn(&yuandu_process::PublicView) -> Json) -> Json {
        match self
            .town
            .engine
            .public_view(&self.town.system(), &self.number)
        {
            Ok(view) => part(&view),
            Err(error) => error.to_string().into(),
        }
    }

    /// The main case by its name in the story.
    fn parent(&self) -> Option<String> {
        let parent = self.view.parent.as_ref()?;
        let named = self.cases.iter().find(|(_, (id, _))| *id == parent.id);
        named.map(|(name, _)| name.clone())
    }

    fn org(&self, key: &str, expected: &Json, got: Option<&str>) -> Compared {
        let wanted = expected.as_str().unwrap_or_default();
        let fits = got.is_some_and(|org| org == wanted || org == org_id(wanted).to_string());
        (
            key.to_owned(),
            expected.to_string(),
            (!fits).then(|| got.unwrap_or("null").to_owned()),
        )
    }

    fn instant(&self, key: &str, expected: &Json, got: Option<Timestamp>) -> Compared {
        let wanted = expected
            .as_str()
            .and_then(|text| Calendar::statutory().parse_instant(text).ok());
        let shown = got.map_or("null".to_owned(), |at| {
            Calendar::statutory().format_instant(at)
        });
        (
            key.to_owned(),
            expected.to_string(),
            (wanted.is_none() || wanted != got).then_some(shown),
        )
    }

    /// `"green"` is the lamp of the case; a table names clocks.
    fn lamps(&self, expected: &Json) -> Vec<Compared> {
        let Json::Object(clocks) = expected else {
            let lamp = self
                .view
                .case
                .warn_at
                .zip(self.view.case.due_at)
                .map(|(warn, due)| Lamp::at(self.now, warn, due));
            return vec![same("lamp", expected, lamp_word(lamp))];
        };
        let lamp = |name: &str| {
            self.view
                .clocks
                .iter()
                .find(|clock| clock.name == name)
                .and_then(|clock| clock.lamp)
        };
        clocks
            .iter()
            .map(|(name, wanted)| same(&format!("lamp.{name}"), wanted, lamp_word(lamp(name))))
            .collect()
    }

    fn facts(&self, expected: &Json) -> Vec<Compared> {
        let empty = Map::new();
        let wanted = expected.as_object().unwrap_or(&empty);
        let one = |(name, value): (&String, &Json)| {
            let key = format!("facts.{name}");
            let got = self.view.facts.get(name).cloned().unwrap_or(Json::Null);
            let field = self.town.case_register.field(name).map(|field| &field.kind);
            match field {
                Some(yuandu_schema::FieldType::Org) if value.is_string() => {
                    self.org(&key, value, got.as_str())
                }
                Some(yuandu_schema::FieldType::Instant) if value.is_string() => {
                    self.instant(&key, value, got.as_str().and_then(|text| text.parse().ok()))
                }
                _ if value == "none" => same(&key, &Json::Null, got),
                _ => same(&key, value, got),
            }
        };
        wanted.iter().map(one).collect()
    }

    /// Words that must stand in how a clock was computed.
    fn says(&self, expected: &Json) -> Vec<Compared> {
        let words = expected.as_str().unwrap_or_default();
        let sums = self
            .view
            .clocks
            .iter()
            .filter_map(|clock| clock.projection.as_ref());
        let told: Vec<String> = sums
            .flat_map(|sum| [sum.explain(Lang::Zh), sum.explain(Lang::En)])
            .collect();
        let fits = told.iter().any(|text| text.contains(words));
        vec![(
            "says".to_owned(),
            expected.to_string(),
            (!fits).then(|| told.join("\n")),
        )]
    }
}

fn lamp_word(lamp: Option<Lamp>) -> Json {
    match lamp {
        Some(Lamp::Green) => "green".into(),
        Some(Lamp::Yellow) => "yellow".into(),
        Some(Lamp::Red) => "red".into(),
        None => Json::Null,
    }
}

fn same(what: &str, expected: &Json, got: Json) -> Compared {
    let mut wanted = expected.clone();
    if let Json::Array(items) = &mut wanted {
        items.sort_by_key(Json::to_string);
    }
    let absent = expected == "none" && got.is_null();
    (
        what.to_owned(),
        expected.to_string(),
        (wanted != got && !absent).then(|| got.to_string()),
    )
}
