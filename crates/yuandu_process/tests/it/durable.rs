//! What the engine does in memory it does through the committer too: messages, signals, services that fail, and what
//! offices do by hand, each one plan and one entry.

use serde_json::{Map, json};
use yuandu_base::ErrorKind;
use yuandu_process::{DeliverMessage, Ending, Hand, Intervene, ProcessError, TaskRow};

use crate::city::City;
use crate::models::{chain, city, done, nodes, open_tasks, seat};

fn back(to: &str) -> Hand {
    Hand::SendBack {
        to: to.to_owned(),
        straight: false,
    }
}

fn by_hand(city: &City, seed: u8, task: &TaskRow, hand: Hand) -> Result<(), ProcessError> {
    let request = Intervene {
        task: task.id.clone(),
        hand,
        reason: "材料不全".to_owned(),
    };
    city.engine.intervene(&city.officer("seat", seed), &request)
}

const WAIT: &str = r#"<intermediateCatchEvent id="w"><messageEventDefinition messageRef="the_message" y:correlation="=case.address"/></intermediateCatchEvent>"#;

#[test]
fn a_message_finds_the_case_that_waits_with_its_key() {
    let city = city(&[WAIT, &seat("a", ""), &chain(&["s", "w", "a", "x"])].concat());
    let mut cases = Vec::new();
    for address in ["甲路1号", "乙路2号"] {
        let mut report = city.report("06010");
        report.address = Some(address.to_owned());
        cases.push(city.engine.open_case(&city.resident(), &report).unwrap());
    }
    let message = |key: &str| DeliverMessage {
        name: "paid".to_owned(),
        correlation: Map::from_iter([("address".to_owned(), key.into())]),
        idempotency: Some(format!("once-{key}")),
        ..DeliverMessage::default()
    };
    let before = city.store.size();
    let delivered = city
        .engine
        .deliver_message(&city.timer(), &message("乙路2号"))
        .unwrap();
    assert_eq!(
        (delivered.cases, city.store.size()),
        (vec![cases[1].case_id.clone()], before + 1)
    );
    assert_eq!(nodes(&city, &cases[1].case_id), ["a"]);
    assert!(nodes(&city, &cases[0].case_id).is_empty());
    let nobody = city
        .engine
        .deliver_message(&city.timer(), &message("丙路3号"))
        .unwrap_err();
    assert_eq!(nobody.kind(), ErrorKind::NotFound);
    let refused = city
        .engine
        .deliver_message(&city.officer("seat", 1), &message("甲路1号"));
    assert!(
        matches!(refused, Err(ProcessError::Identity(_))),
        "{refused:?}"
    );
}

#[test]
fn a_signal_of_one_case_wakes_the_others_with_the_timers() {
    let listen = r#"<intermediateCatchEvent id="w"><signalEventDefinition signalRef="the_signal"/></intermediateCatchEvent><exclusiveGateway id="q" default="q-w"/>"#;
    let ring = r#"<intermediateThrowEvent id="ring"><signalEventDefinition signalRef="the_signal"/></intermediateThrowEvent>"#;
    let body = [
        listen,
        ring,
        &seat("a", ""),
        &chain(&["s", "q", "w", "a", "x"]),
        &crate::models::flow("loud", "q", "ring", r#"case.address = "钟楼""#),
        &chain(&["ring", "x"]),
    ]
    .concat();
    let city = city(&body);
    let waiting: Vec<_> = (0..3).map(|_| city.open("06010")).collect();
    let mut bell = city.report("06010");
    bell.address = Some("钟楼".to_owned());
    city.engine.open_case(&city.resident(), &bell).unwrap();
    assert!(nodes(&city, &waiting[0].case_id).is_empty());
    let fired = city.engine.fire_due_timers(&city.timer(), 100).unwrap();
    assert_eq!((fired.fired, fired.failed), (1, 0));
    for case in &waiting {
        assert_eq!(nodes(&city, &case.case_id), ["a"]);
    }
}

#[test]
fn a_service_that_fails_is_tried_again_then_waits_for_a_person() {
    let service = r#"<serviceTask id="merge"><extensionElements><y:service name="case.merge" later="true"><y:arg name="parent" value="=case.suggested_org"/></y:service></extensionElements></serviceTask>"#;
    let city = city(&[service, &chain(&["s", "merge", "x"])].concat());
    let case = city.open("06010");
    let leader = city.officer("leader", 9);
    let mut fired = Vec::new();
    for minutes in [0, 1, 5, 30, 120] {
        city.clock.advance(jiff::SignedDuration::from_mins(minutes));
        fired.push(
            city.engine
                .fire_due_timers(&city.timer(), 10)
                .unwrap()
                .failed,
        );
        let view = city.engine.case_view(&leader, &case.case_id).unwrap();
        assert_eq!(
            view.incidents.is_empty(),
            minutes < 120,
            "after {minutes} minutes"
        );
    }
    assert_eq!(fired, [1, 1, 1, 1, 1], "each pause ends in one try");
    let incident = city
        .engine
        .case_view(&leader, &case.case_id)
        .unwrap()
        .incidents[0]
        .clone();
    assert!(
        incident.retriable && incident.reason.contains("no main case"),
        "{incident:?}"
    );
    city.engine
        .retry_incident(&city.timer(), &incident.id)
        .unwrap();
    assert_eq!(
        city.engine
            .fire_due_timers(&city.timer(), 10)
            .unwrap()
            .failed,
        1
    );
    let view = city.engine.case_view(&leader, &case.case_id).unwrap();
    assert_eq!(
        (view.incidents.len(), view.incidents[0].status.as_str()),
        (1, "resolved")
    );
    assert!(
        city.engine
            .retry_incident(&city.timer(), &incident.id)
            .is_err(),
        "only once"
    );
}

#[test]
fn a_task_is_sent_back_and_what_followed_is_void() {
    let timer = r#"<boundaryEvent id="late" attachedToRef="b" cancelActivity="false"><timerEventDefinition><timeDuration>PT2H</timeDuration></timerEventDefinition></boundaryEvent>"#;
    let body = [
        seat("a", ""),
        seat("b", ""),
        seat("l", ""),
        timer.to_owned(),
        chain(&["s", "a", "b", "x"]),
        chain(&["late", "l", "x"]),
    ]
    .concat();
    let city = city(&body);
    let case = city.open("06010").case_id;
    done(&city, 1, &open_tasks(&city, &case)[0]);
    let b = open_tasks(&city, &case)[0].clone();
    let wrong = by_hand(&city, 1, &b, back("l"));
    assert!(matches!(wrong, Err(ProcessError::Invalid(_))), "{wrong:?}");
    by_hand(&city, 1, &b, back("a")).unwrap();
    assert_eq!(nodes(&city, &case), ["a"]);
    city.clock.advance(jiff::SignedDuration::from_hours(3));
    assert_eq!(
        city.engine
            .fire_due_timers(&city.timer(), 10)
            .unwrap()
            .total(),
        0,
        "the timer went with the task"
    );
    done(&city, 1, &open_tasks(&city, &case)[0]);
    city.clock.advance(jiff::SignedDuration::from_hours(3));
    assert_eq!(
        city.engine
            .fire_due_timers(&city.timer(), 10)
            .unwrap()
            .fired,
        1,
        "and was armed anew with it"
    );
}

#[test]
fn who_did_the_step_before_takes_it_back_until_somebody_has_taken_it_on() {
    let city = city(&[seat("a", ""), seat("b", ""), chain(&["s", "a", "b", "x"])].concat());
    let case = city.open("06010").case_id;
    done(&city, 1, &open_tasks(&city, &case)[0]);
    let b = open_tasks(&city, &case)[0].clone();
    assert!(
        by_hand(&city, 2, &b, Hand::TakeBack).is_err(),
        "somebody else"
    );
    by_hand(&city, 1, &b, Hand::TakeBack).unwrap();
    assert_eq!(nodes(&city, &case), ["a"]);
    done(&city, 1, &open_tasks(&city, &case)[0]);
    let b = open_tasks(&city, &case)[0].clone();
    city.engine
        .claim_task(&city.officer("seat", 2), &b.id)
        .unwrap();
    let late = by_hand(&city, 1, &b, Hand::TakeBack).unwrap_err();
    assert_eq!(late.kind(), ErrorKind::Invalid);
}

#[test]
fn more_and_fewer_sign_and_the_step_ends_with_the_last() {
    let each = r#"<multiInstanceLoopCharacteristics y:collection="=[&quot;甲&quot;, &quot;乙&quot;]" y:item="who"/>"#;
    let city = city(&[seat("a", each), seat("b", ""), chain(&["s", "a", "b", "x"])].concat());
    let case = city.open("06010").case_id;
    assert_eq!(nodes(&city, &case), ["a", "a"]);
    let first = open_tasks(&city, &case)[0].clone();
    by_hand(
        &city,
        1,
        &first,
        Hand::AddSigners {
            items: vec![json!("丙")],
        },
    )
    .unwrap();
    assert_eq!(nodes(&city, &case), ["a", "a", "a"]);
    by_hand(&city, 1, &first, Hand::RemoveSigner).unwrap();
    for _ in 0..2 {
        assert!(nodes(&city, &case).iter().all(|n| n == "a"));
        done(&city, 1, &open_tasks(&city, &case)[0]);
    }
    assert_eq!(nodes(&city, &case), ["b"]);
    let b = open_tasks(&city, &case)[0].clone();
    let single = by_hand(
        &city,
        1,
        &b,
        Hand::AddSigners {
            items: vec![json!("丁")],
        },
    );
    assert!(
        matches!(single, Err(ProcessError::Invalid(_))),
        "{single:?}"
    );
}

#[test]
fn a_task_is_handed_over_urged_and_ended_with_a_reason() {
    let city = city(&[seat("a", ""), chain(&["s", "a", "x"])].concat());
    let case = city.open("06010").case_id;
    let task = open_tasks(&city, &case)[0].clone();
    let over = Hand::HandOver {
        user: "u-2".to_owned(),
        name: "李四".to_owned(),
    };
    by_hand(&city, 1, &task, over).unwrap();
    let held = open_tasks(&city, &case)[0].clone();
    assert_eq!(held.assignee_name.as_deref(), Some("李四"));
    by_hand(&city, 1, &held, Hand::Urge).unwrap();
    let silent = Intervene {
        task: held.id.clone(),
        hand: Hand::Urge,
        reason: " ".to_owned(),
    };
    let refused = city
        .engine
        .intervene(&city.officer("seat", 1), &silent)
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Invalid);
    let end = (Ending::Terminate, "重复受理");
    assert!(
        city.engine
            .end_by_hand(&city.officer("seat", 1), &case, end)
            .is_err(),
        "only an administrator"
    );
    city.engine.end_by_hand(&city.timer(), &case, end).unwrap();
    assert!(nodes(&city, &case).is_empty());
}
