//! The case scripts.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use yuandu_demo::{CaseScript, Component, Progress, case_scripts, components, matters, timeline};

use crate::demo;

const CASE: &str = include_str!("../../../../systems/city-care/processes/case.bpmn");
const FIELD_CHECK: &str = include_str!("../../../../systems/city-care/processes/field-check.bpmn");

fn now() -> Timestamp {
    "2026-11-23T09:00:00+08:00".parse().unwrap()
}

fn scripts() -> Vec<CaseScript> {
    let census: Vec<Component> = components(demo(), 10_000).collect();
    case_scripts(demo(), &census, now()).unwrap()
}

#[test]
fn four_hundred_cases_stand_in_every_stage() {
    let mut by_progress: BTreeMap<Progress, usize> = BTreeMap::new();
    for script in scripts() {
        *by_progress.entry(script.progress).or_default() += 1;
    }
    assert_eq!(by_progress.values().sum::<usize>(), 400);
    assert_eq!(by_progress.len(), 14, "{by_progress:?}");
    assert!(by_progress.values().all(|n| *n >= 4));
}

#[test]
fn nothing_happens_later_than_now_or_earlier_than_sixty_one_days_ago() {
    for script in scripts() {
        let mut before = script.reported_at;
        assert!(
            before.as_second() > now().as_second() - 61 * 86_400,
            "{}",
            script.key
        );
        for step in &script.steps {
            assert!(
                step.at > before && step.at <= now(),
                "{} {step:?}",
                script.key
            );
            before = step.at;
        }
    }
}

#[test]
fn every_step_exists_in_the_process_it_is_meant_for() {
    for script in scripts() {
        for step in &script.steps {
            let file = if step.node.starts_with("field_") {
                FIELD_CHECK
            } else {
                CASE
            };
            let task = file
                .split(&format!("<userTask id=\"{}\"", step.node))
                .nth(1)
                .unwrap();
            let task = task.split("</userTask>").next().unwrap();
            assert!(
                task.contains(&format!("<y:outcome id=\"{}\"", step.outcome)),
                "{step:?}"
            );
        }
    }
}

#[test]
fn reports_the_process_verifies_first_begin_with_a_verification() {
    assert!(
        CASE.contains(r#"case.reporter_kind in ("collector", "import")</conditionExpression>"#)
    );
    for script in scripts() {
        let first = script.steps.first().map(|s| s.node);
        let verified = first == Some("field_verify") || script.progress == Progress::Verifying;
        assert_eq!(
            verified,
            !["collector", "import"].contains(&script.reporter_kind),
            "{}",
            script.key
        );
    }
}

#[test]
fn words_are_varied_and_mention_matters_that_exist() {
    let scripts = scripts();
    let words: BTreeSet<&str> = scripts.iter().map(|s| s.words.as_str()).collect();
    assert!(words.len() >= 380, "{}", words.len());
    let codes: BTreeSet<&str> = scripts.iter().map(|s| s.category.as_str()).collect();
    assert!(codes.len() >= 50, "{}", codes.len());
    let known: BTreeSet<String> = matters().unwrap().into_iter().map(|m| m.code).collect();
    assert!(codes.iter().all(|code| known.contains(*code)));
    assert!(
        scripts
            .iter()
            .all(|s| !s.words.contains('{') && s.words.chars().count() <= 200)
    );
}

#[test]
fn actors_exist_and_hold_a_post_that_may_do_the_step() {
    let city = demo();
    let roles: BTreeMap<&str, &str> = city
        .staff
        .iter()
        .map(|(post, person)| (person.login.as_str(), post.roles[0]))
        .collect();
    for script in scripts() {
        for step in &script.steps {
            let wanted = match step.node {
                "field_verify" | "field_check" => "city-care.collector",
                "accept" | "dispatch" => "city-care.seat",
                "sign" | "handle" => "city-care.handler",
                "approve_extension" | "arbitrate" => "city-care.arbiter",
                _ => "city-care.inspector",
            };
            assert_eq!(roles.get(step.actor.as_str()), Some(&wanted), "{step:?}");
        }
    }
}

#[test]
fn whoever_signs_or_sends_back_is_the_unit_it_was_dispatched_to() {
    let city = demo();
    let organisation_of: BTreeMap<&str, &str> = city
        .staff
        .iter()
        .map(|(post, person)| (person.login.as_str(), post.organisation.as_str()))
        .collect();
    for script in scripts() {
        let mut holder = String::new();
        for step in &script.steps {
            if let Some(org) = step.data.get("org") {
                holder = org.as_str().unwrap().to_owned();
            }
            if step.node == "sign" || step.node == "handle" {
                assert_eq!(
                    organisation_of[step.actor.as_str()],
                    holder,
                    "{}",
                    script.key
                );
            }
        }
    }
}

#[test]
fn component_matters_point_at_a_component_of_their_kind_at_that_place() {
    let with_component = scripts().into_iter().filter(|s| s.component.is_some());
    let mut count = 0;
    for script in with_component {
        count += 1;
        assert_eq!(&script.component.unwrap()[6..11], script.category);
        assert!(script.category.as_str() < "06");
    }
    assert!(count > 80, "{count}");
}

#[test]
fn merged_cases_name_an_earlier_main_case_of_the_same_matter_nearby() {
    let scripts = scripts();
    let mut mains = BTreeSet::new();
    for script in scripts.iter().filter(|s| s.progress == Progress::Merged) {
        let step = script.steps.last().unwrap();
        let main = &scripts[step.parent.unwrap()];
        assert!(mains.insert(&main.key));
        assert_eq!(main.category, script.category);
        assert!(main.reported_at < script.reported_at && main.progress != Progress::Closed);
        assert!(main.position.distance_m(script.position) < 20.0);
    }
    assert_eq!(mains.len(), 14);
}

#[test]
fn the_timeline_runs_forward_and_holds_every_step_once() {
    let scripts = scripts();
    let events = timeline(&scripts);
    assert_eq!(
        events.len(),
        400 + scripts.iter().map(|s| s.steps.len()).sum::<usize>()
    );
    assert!(events.windows(2).all(|pair| pair[0].0 <= pair[1].0));
}
