//! Versions are frozen once published, and running cases move between them with what they have used up.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::Value as Json;
use yuandu_base::ErrorKind;
use yuandu_process::{
    CaseType, Engine, Migration, MigrationFilter, MigrationOutcome, Portion, ProcessError,
    published_versions,
};
use yuandu_store::verify;

use crate::city::{City, at, case_type, engine_on, tables};
use crate::models::{chain, city, done, model, nodes, open_tasks, seat};

/// A kind of case of the test's own, in a version.
fn kind(version: &str, body: &str) -> CaseType {
    let text = model(body);
    let mut kind = case_type(version);
    kind.models = yuandu_process::bpmn::parse("m.bpmn", &text).unwrap_or_else(|p| panic!("{p:#?}"));
    kind.files = BTreeMap::from([("processes/m.bpmn".to_owned(), text)]);
    kind
}

/// An engine that knows two versions, the second the one new cases begin with.
fn both(city: &City, old: &str, new: &str) -> Engine {
    engine_on(
        city.store.shared(),
        vec![kind("1.0.0", old), kind("1.1.0", new)],
    )
}

fn way(mapping: &[(&str, &str)]) -> Migration {
    Migration {
        system: "city-care".to_owned(),
        from: "1.0.0".to_owned(),
        to: "1.1.0".to_owned(),
        mapping: mapping
            .iter()
            .map(|(old, new)| ((*old).to_owned(), (*new).to_owned()))
            .collect(),
    }
}

fn all() -> Portion {
    Portion {
        limit: 1_000,
        ..Portion::default()
    }
}

fn verified(city: &City) {
    let report = verify::verify_store(city.store.options(), &tables(), &mut |_, _, _| {}).unwrap();
    assert!(report.findings.is_empty(), "{:?}", report.findings);
}

fn whys(outcome: &MigrationOutcome) -> Vec<(String, String)> {
    let hindrances = outcome.stuck.iter().flat_map(|case| &case.hindrances);
    hindrances
        .map(|h| (h.node.clone(), h.why.en.clone()))
        .collect()
}

/// A step with a timer on its border that ends it after working time.
fn timed(id: &str, timer: &str, budget: &str) -> String {
    format!(
        r#"{}<boundaryEvent id="{timer}" attachedToRef="{id}"><timerEventDefinition y:budget="{budget}"/></boundaryEvent><endEvent id="late-{timer}"/>{}"#,
        seat(id, ""),
        chain(&[timer, &format!("late-{timer}")])
    )
}

#[test]
fn a_case_that_waits_with_a_timer_keeps_what_it_has_used_up() {
    let old = [timed("a", "t", "2d"), chain(&["s", "a", "x"])].concat();
    // The step has another id, another name and another timer's id; its budget is longer for new cases.
    let new = [timed("check", "limit", "9d"), chain(&["s", "check", "x"])].concat();
    let city = city(&old);
    let case = city.open("06010").case_id;
    city.now("2026-09-15T09:00");
    let engine = both(&city, &old, &new);
    let timer = city.timer();
    let refused = engine.try_migration(&timer, &way(&[]), &all()).unwrap();
    assert_eq!(
        (refused.meant, refused.moved, refused.stuck.len()),
        (1, 0, 1)
    );
    assert_eq!(refused.stuck[0].case_id, case);
    assert!(whys(&refused)[0].1.contains("no such node"));
    let size = city.store.size();
    let mapped = way(&[("a", "check"), ("t", "limit")]);
    let tried = engine.try_migration(&timer, &mapped, &all()).unwrap();
    assert_eq!((tried.moved, tried.stuck.len()), (1, 0));
    assert_eq!((tried.at[0].node.as_str(), tried.at[0].count), ("a", 1));
    assert_eq!(city.store.size(), size, "nothing was written");
    let id = engine.begin_migration(&timer, &mapped, "新办法").unwrap();
    let moved = engine.move_portion(&timer, &id, (&all(), false)).unwrap();
    assert_eq!(
        (moved.moved, city.store.size()),
        (1, size + 3),
        "begun, moved, counted"
    );
    let city = City { engine, ..city };
    let task = &open_tasks(&city, &case)[0];
    assert_eq!(
        (task.node.as_str(), task.created_at),
        ("check", at("2026-09-14T09:00"))
    );
    // Two working days from the 14th: as it was, not nine and not from today.
    city.now("2026-09-16T17:29");
    assert_eq!(
        city.engine
            .fire_due_timers(&city.timer(), 9)
            .unwrap()
            .total(),
        0
    );
    city.now("2026-09-16T17:30");
    assert_eq!(
        city.engine.fire_due_timers(&city.timer(), 9).unwrap().fired,
        1
    );
    let view = city
        .engine
        .case_view(&city.officer("leader", 9), &case)
        .unwrap();
    assert_eq!(
        (
            view.case.status.as_str(),
            view.case.process_version.as_str()
        ),
        ("closed", "1.1.0")
    );
    verified(&city);
}

#[test]
fn cases_move_in_portions_and_go_back_while_the_former_version_has_a_place_for_them() {
    let old = [seat("a", ""), seat("b", ""), chain(&["s", "a", "b", "x"])].concat();
    let new = [seat("a", ""), seat("c", ""), chain(&["s", "a", "c", "x"])].concat();
    let city = city(&old);
    let cases: Vec<String> = (0..5).map(|_| city.open("06010").case_id).collect();
    done(&city, 1, &open_tasks(&city, &cases[4])[0]);
    let engine = both(&city, &old, &new);
    let city = City { engine, ..city };
    let timer = city.timer();
    let tried = city
        .engine
        .try_migration(&timer, &way(&[]), &all())
        .unwrap();
    assert_eq!(
        (tried.moved, tried.stuck.len()),
        (4, 1),
        "one stands at b, which is gone"
    );
    assert_eq!(tried.stuck[0].case_id, cases[4]);
    let id = city
        .engine
        .begin_migration(&timer, &way(&[]), "试行")
        .unwrap();
    let standing = |node: &str, limit: usize| Portion {
        filter: MigrationFilter {
            node: Some(node.to_owned()),
            ..MigrationFilter::default()
        },
        limit,
        after: None,
    };
    let two = standing("a", 2);
    let first = city
        .engine
        .move_portion(&timer, &id, (&two, false))
        .unwrap();
    assert_eq!(first.moved, 2);
    let only = standing("b", 1_000);
    let none = city
        .engine
        .move_portion(&timer, &id, (&only, false))
        .unwrap();
    assert_eq!((none.meant, none.moved, none.stuck.len()), (1, 0, 1));
    // The first two are in the new version; one of them goes on to where the old one has no place.
    let version = |case: &str| {
        let view = city.engine.case_view(&city.officer("leader", 9), case);
        view.unwrap().case.process_version
    };
    let there: Vec<&String> = cases
        .iter()
        .filter(|case| version(case) == "1.1.0")
        .collect();
    assert_eq!(there.len(), 2);
    done(&city, 1, &open_tasks(&city, there[0])[0]);
    assert_eq!(nodes(&city, there[0]), ["c"]);
    let back = city
        .engine
        .move_portion(&timer, &id, (&all(), true))
        .unwrap();
    assert_eq!((back.moved, back.stuck.len()), (1, 1));
    assert_eq!(back.stuck[0].case_id, *there[0]);
    assert_eq!(version(there[1]), "1.0.0");
    done(&city, 1, &open_tasks(&city, there[1])[0]);
    assert_eq!(nodes(&city, there[1]), ["b"], "it goes on as it had begun");
    let row = &city.engine.list_migrations(&timer).unwrap()[0];
    assert_eq!((row.moved, row.back), (1, 1));
    let history = city
        .engine
        .history(&city.officer("leader", 9), there[1])
        .unwrap();
    let moves = history.iter().filter(|entry| entry.op == "cases.migrate");
    assert_eq!(moves.count(), 2);
    let rows = city.engine.list_versions(&timer).unwrap();
    let open: Vec<(&str, i64)> = rows
        .iter()
        .filter(|row| row.system == "city-care")
        .map(|row| (row.version.as_str(), row.open))
        .collect();
    assert_eq!(open, [("1.0.0", 4), ("1.1.0", 1)]);
    verified(&city);
}

#[test]
fn what_the_new_version_waits_for_beside_is_armed_and_what_it_does_not_is_dropped() {
    let old = [timed("a", "t", "2d"), chain(&["s", "a", "x"])].concat();
    let new = [timed("a", "u", "1d"), chain(&["s", "a", "x"])].concat();
    let city = city(&old);
    let case = city.open("06010").case_id;
    city.now("2026-09-15T09:00");
    let city = City {
        engine: both(&city, &old, &new),
        ..city
    };
    let timer = city.timer();
    let id = city
        .engine
        .begin_migration(&timer, &way(&[]), "新办法")
        .unwrap();
    assert_eq!(
        city.engine
            .move_portion(&timer, &id, (&all(), false))
            .unwrap()
            .moved,
        1
    );
    city.now("2026-09-16T17:29");
    assert_eq!(
        city.engine
            .fire_due_timers(&city.timer(), 9)
            .unwrap()
            .total(),
        0
    );
    city.now("2026-09-16T17:30");
    let fired = city.engine.fire_due_timers(&city.timer(), 9).unwrap();
    assert_eq!(
        (fired.fired, fired.dropped),
        (1, 0),
        "the new one, from when it moved"
    );
    let view = city
        .engine
        .case_view(&city.officer("leader", 9), &case)
        .unwrap();
    assert_eq!(view.case.status, "closed");
    verified(&city);
}

#[test]
fn a_published_version_is_frozen_and_found_again_by_whoever_starts_later() {
    let old = [seat("a", ""), chain(&["s", "a", "x"])].concat();
    let new = [seat("a", ""), seat("b", ""), chain(&["s", "a", "b", "x"])].concat();
    let city = city(&old);
    let first = engine_on(city.store.shared(), vec![kind("1.0.0", &old)]);
    let timer = city.timer();
    assert_eq!(first.publish_versions(&timer).unwrap(), 1);
    assert_eq!(first.publish_versions(&timer).unwrap(), 0, "once");
    let same = engine_on(city.store.shared(), vec![kind("1.0.0", &new)]);
    let refused = same.check_frozen(timer.realm).unwrap_err();
    assert!(
        matches!(&refused, ProcessError::Frozen { files, .. } if files == "processes/m.bpmn"),
        "{refused}"
    );
    assert_eq!(refused.kind(), ErrorKind::Conflict);
    assert!(same.publish_versions(&timer).is_err());
    let later = engine_on(city.store.shared(), vec![kind("1.1.0", &new)]);
    assert_eq!(later.publish_versions(&timer).unwrap(), 1);
    let known = published_versions(&city.store, timer.realm).unwrap();
    let versions: Vec<&str> = known.iter().map(|v| v.version.as_str()).collect();
    assert_eq!(versions, ["1.0.0", "1.1.0"]);
    assert!(known[0].files["processes/m.bpmn"].contains(r#"id="a""#));
    let changes = both(&city, &old, &new)
        .compare_versions(&timer, "city-care", ("1.0.0", "1.1.0"))
        .unwrap();
    let told: Vec<String> = changes
        .iter()
        .map(|c| format!("{:?} {}", c.fate, c.id))
        .collect();
    assert_eq!(told, ["Added a-b", "Added b", "Added b-x", "Removed a-x"]);
    verified(&city);
}

#[test]
fn only_administrators_move_cases_and_a_mapping_names_what_there_is() {
    let old = [seat("a", ""), chain(&["s", "a", "x"])].concat();
    let city = city(&old);
    let engine = both(&city, &old, &old);
    let seat = city.officer("seat", 1);
    let timer = city.timer();
    for refused in [
        engine.try_migration(&seat, &way(&[]), &all()).map(|_| ()),
        engine.begin_migration(&seat, &way(&[]), "x").map(|_| ()),
        engine
            .move_portion(&seat, "id", (&all(), false))
            .map(|_| ()),
    ] {
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Denied);
    }
    let wrong = engine.try_migration(&timer, &way(&[("q", "a"), ("a", "r")]), &all());
    assert_eq!(wrong.unwrap_err().problems().len(), 2);
    let two = way(&[("s", "a")]);
    let id = engine.begin_migration(&timer, &two, "合并").unwrap();
    let ambiguous = engine
        .move_portion(&timer, &id, (&all(), true))
        .unwrap_err();
    assert_eq!(ambiguous.problems()[0].code, "processes.mapping_one_way");
}

/// What two histories of one case have in common.
fn story(city: &City, case: &str) -> (String, Vec<String>, Option<String>) {
    let view = city
        .engine
        .case_view(&city.officer("leader", 9), case)
        .unwrap();
    let clock = view.clocks.iter().find(|clock| clock.name == "handle");
    let due = clock
        .and_then(|clock| clock.clock.due)
        .map(|due| due.to_string());
    (view.case.status, nodes(city, case), due)
}

#[test]
fn the_real_process_moves_to_its_next_version_and_back_and_its_cases_go_on_as_if_nothing_had_been()
{
    let plain = City::new("2026-09-14T09:00");
    let moved = City::new("2026-09-14T09:00");
    let next = || {
        let types = vec![case_type("1.0.0"), case_type("1.1.0")];
        engine_on(moved.store.shared(), types)
    };
    let twin = City {
        engine: next(),
        store: moved.store,
        clock: Arc::clone(&moved.clock),
    };
    for city in [&plain, &twin] {
        // The twin's engine opens cases in 1.1.0: they go to 1.0.0 and come back in the middle of their way.
        let case = city.handling("06011").case_id;
        city.clock.advance(SignedDuration::from_hours(30));
        if std::ptr::eq(city, &raw const twin) {
            let timer = city.timer();
            let there = Migration {
                from: "1.1.0".to_owned(),
                to: "1.0.0".to_owned(),
                ..way(&[])
            };
            let id = city.engine.begin_migration(&timer, &there, "演练").unwrap();
            for back in [false, true] {
                let done = city.engine.move_portion(&timer, &id, (&all(), back));
                assert_eq!(done.unwrap().moved, 1);
            }
        }
        city.clock.advance(SignedDuration::from_hours(24 * 6));
        city.engine.fire_due_timers(&city.timer(), 100).unwrap();
        let done = serde_json::json!({ "opinion": "已清运" });
        city.decide(&city.officer("handler", 2), &case, "done", done)
            .unwrap();
        let (status, nodes, _) = story(city, &case);
        assert_eq!(
            (status.as_str(), nodes[0].as_str()),
            ("open", "field_check")
        );
        let view = city
            .engine
            .case_view(&city.officer("leader", 9), &case)
            .unwrap();
        assert_eq!(view.cards.len(), 1, "late, once");
    }
    verified(&twin);
    let _ = Json::Null;
}
