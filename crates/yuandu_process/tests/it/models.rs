//! A small city whose cases follow a model of the test's own.

use std::sync::Arc;

use serde_json::Value as Json;
use yuandu_base::SimulatedClock;
use yuandu_process::{CompleteTask, TaskRow, bpmn};
use yuandu_store::{Change, Plan, Store};

use crate::city::{City, at, case_type, engine_on, org, tables};

/// A sequence flow under a condition.
pub fn flow(id: &str, from: &str, to: &str, condition: &str) -> String {
    format!(
        r#"<sequenceFlow id="{id}" sourceRef="{from}" targetRef="{to}"><conditionExpression xsi:type="tFormalExpression">{condition}</conditionExpression></sequenceFlow>"#
    )
}

/// Sequence flows from each node to the next.
pub fn chain(nodes: &[&str]) -> String {
    let flow = |pair: &[&str]| {
        let (from, to) = (pair[0], pair[1]);
        format!(r#"<sequenceFlow id="{from}-{to}" sourceRef="{from}" targetRef="{to}"/>"#)
    };
    nodes.windows(2).map(flow).collect()
}

/// A model with one process, of the nodes and flows of a test.
pub fn model(body: &str) -> String {
    format!(
        r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:y="urn:yuandu:bpmn:1" id="definitions" targetNamespace="t"><error id="the_error" errorCode="oops"/><message id="the_message" name="paid"/><signal id="the_signal" name="bell"/><process id="case" isExecutable="true"><startEvent id="s"/><endEvent id="x"/>{body}</process></definitions>"#
    )
}

/// A city whose cases follow a model of the test's own.
pub fn city(body: &str) -> City {
    let text = model(body);
    let mut kind = case_type("1.0.0");
    kind.models = bpmn::parse("m.bpmn", &text).unwrap_or_else(|p| panic!("{p:#?}"));
    let store = Store::temporary(&tables()).unwrap();
    let engine = engine_on(store.shared(), vec![kind]);
    let clock = Arc::new(SimulatedClock::new(at("2026-09-14T09:00")));
    let city = City {
        store,
        engine,
        clock,
    };
    let ctx = city.timer();
    let change = Change::put("orgs")
        .with("id", org(1))
        .with("name_zh", "单位1")
        .with("name_en", "unit 1")
        .with("kind", "department")
        .with("division", "370705")
        .with("credit_code", "")
        .with("status", "active");
    let plan = Plan::new(ctx.realm, ctx.entry("test.orgs", "orgs", Json::Null));
    city.store.commit(plan.change(change)).unwrap();
    city
}

/// A task of the seat with one outcome that keeps a mark.
pub fn seat(id: &str, inside: &str) -> String {
    format!(
        r#"<userTask id="{id}"><extensionElements><y:task role="city-care.seat"/><y:outcome id="ok" zh="好" en="ok"/></extensionElements>{inside}</userTask>"#
    )
}

pub fn open_tasks(city: &City, case: &str) -> Vec<TaskRow> {
    let view = city
        .engine
        .case_view(&city.officer("leader", 9), case)
        .unwrap();
    view.tasks.into_iter().map(|t| t.task).collect()
}

pub fn nodes(city: &City, case: &str) -> Vec<String> {
    open_tasks(city, case).into_iter().map(|t| t.node).collect()
}

pub fn done(city: &City, seed: u8, task: &TaskRow) {
    let request = CompleteTask {
        task: task.id.clone(),
        outcome: "ok".to_owned(),
        ..CompleteTask::default()
    };
    city.engine
        .complete_task(&city.officer("seat", seed), &request)
        .unwrap();
}
