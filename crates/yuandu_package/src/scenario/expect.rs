//! Comparing what a step expects with what came of it.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};
use yuandu_base::calendar::Calendar;
use yuandu_store::{Store, StoreError};

use super::look::{Look, explanation};
use super::{Expectation, Failure};

/// What a refusal said: codes and fields first, then its words.
#[derive(Debug, Clone, Default)]
pub(super) struct Refusal {
    pub(super) reasons: Vec<String>,
    /// Whether something was written all the same.
    pub(super) log_grew: bool,
}

/// What expectations are compared with.
pub(super) struct Found<'f> {
    pub(super) look: Option<&'f Look>,
    /// The scenario's names of cases and their ids.
    pub(super) labels: &'f BTreeMap<String, String>,
    pub(super) store: &'f Store,
    pub(super) realm: i64,
    /// The working calendar now.
    pub(super) calendar: &'f Calendar,
    pub(super) refused: Option<&'f Refusal>,
    /// What the step itself answered: the outcome of a write, the values of a record that was read.
    pub(super) answered: &'f Map<String, Json>,
}

/// What was looked at, what was expected, what was found.
type Difference = (String, String, String);

impl Found<'_> {
    /// Everything that is not as expected.
    pub(super) fn compare(
        &self,
        file: &str,
        expect: &[Expectation],
    ) -> Result<Vec<Failure>, StoreError> {
        let mut failures = Vec::new();
        for wanted in expect {
            for (what, expected, got) in self.one(wanted)? {
                failures.push(Failure {
                    file: file.to_owned(),
                    line: wanted.line,
                    what,
                    expected,
                    got,
                });
            }
        }
        Ok(failures)
    }

    fn one(&self, wanted: &Expectation) -> Result<Vec<Difference>, StoreError> {
        let (key, want) = (wanted.key.as_str(), &wanted.want);
        if key == "refused" {
            return Ok(self.refusal(want).into_iter().collect());
        }
        if let Some(got) = self.answered.get(key) {
            return Ok(match (want, got) {
                (Json::Object(want), Json::Object(got)) => values_of(want, got),
                _ => differs(key, want, got).into_iter().collect(),
            });
        }
        let Some(look) = self.look else {
            return Ok(vec![absent(key, want, "there is no such case")]);
        };
        let one = |got: &Json| differs(key, want, got).into_iter().collect();
        Ok(match (key, want.as_object()) {
            ("fact", Some(facts)) => facts_of(look, facts),
            ("cards", Some(colours)) => cards_of(look, colours),
            ("cards", None) => one(&look.cards(None).into()),
            ("explains", Some(clocks)) => self.explained(look, clocks)?,
            // A number is drawn by chance: that it is one is all that can be expected.
            ("number", _) => {
                let got = look.at(key, self.labels).unwrap_or_default();
                differs(key, &"any".into(), &got).into_iter().collect()
            }
            _ => match look.at(key, self.labels) {
                Some(got) => one(&got),
                None => vec![absent(key, want, "there is no such fact")],
            },
        })
    }

    /// Each text must stand in the explanation of its clock.
    fn explained(
        &self,
        look: &Look,
        clocks: &Map<String, Json>,
    ) -> Result<Vec<Difference>, StoreError> {
        let mut failures = Vec::new();
        for (clock, want) in clocks {
            let words = explanation(
                self.store,
                (self.realm, self.calendar),
                &look.case.id,
                clock,
            )?;
            for text in texts(want).into_iter().filter(|text| !words.contains(text)) {
                failures.push((format!("explains.{clock}"), text.to_owned(), words.clone()));
            }
        }
        Ok(failures)
    }

    /// Each code or field must be among the reasons of the refusal, and nothing may have been written.
    fn refusal(&self, want: &Json) -> Option<Difference> {
        let wanted = texts(want);
        let (met, got) = match self.refused {
            None => (false, "it was done".to_owned()),
            Some(refusal) if refusal.log_grew => {
                (false, "it was refused, and yet the log grew".to_owned())
            }
            Some(refusal) => {
                let told = |name: &&str| refusal.reasons.iter().any(|reason| reason == name);
                let met = !wanted.is_empty() && wanted.iter().all(told);
                (met, refusal.reasons.join(", "))
            }
        };
        (!met).then(|| ("refused".to_owned(), wanted.join(", "), got))
    }
}

/// Each value of a record that is named.
fn values_of(want: &Map<String, Json>, got: &Map<String, Json>) -> Vec<Difference> {
    let one = |(name, want): (&String, &Json)| {
        let got = got.get(name).unwrap_or(&Json::Null);
        differs(&format!("value.{name}"), want, got)
    };
    want.iter().filter_map(one).collect()
}

fn facts_of(look: &Look, facts: &Map<String, Json>) -> Vec<Difference> {
    let one = |(name, want): (&String, &Json)| {
        let what = format!("fact.{name}");
        match look.fact(name) {
            Some(got) => differs(&what, want, &got),
            None => Some(absent(&what, want, "there is no such fact")),
        }
    };
    facts.iter().filter_map(one).collect()
}

fn cards_of(look: &Look, colours: &Map<String, Json>) -> Vec<Difference> {
    let one = |(colour, want): (&String, &Json)| {
        let got = look.cards(Some(colour)).into();
        differs(&format!("cards.{colour}"), want, &got)
    };
    colours.iter().filter_map(one).collect()
}

fn absent(what: &str, want: &Json, got: &str) -> Difference {
    (what.to_owned(), shown(want), got.to_owned())
}

fn differs(what: &str, want: &Json, got: &Json) -> Option<Difference> {
    (!same(want, got)).then(|| (what.to_owned(), shown(want), shown(got)))
}

/// A text, or a list of texts.
fn texts(value: &Json) -> Vec<&str> {
    match value {
        Json::Array(items) => items.iter().filter_map(Json::as_str).collect(),
        other => other.as_str().into_iter().collect(),
    }
}

/// Lists are compared without order; numbers by value; an empty text or `none` means no value.
fn same(want: &Json, got: &Json) -> bool {
    let sorted = |items: &[Json]| {
        let mut texts: Vec<String> = items.iter().map(Json::to_string).collect();
        texts.sort();
        texts
    };
    match (want, got) {
        (Json::Array(want), Json::Array(got)) => sorted(want) == sorted(got),
        (Json::Number(want), Json::Number(got)) => want.as_f64() == got.as_f64(),
        (Json::String(text), Json::Null) => text.is_empty() || text == "none",
        _ => want == got,
    }
}

fn shown(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Null => "none".to_owned(),
        other => other.to_string(),
    }
}
