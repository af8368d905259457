//! The same request twice, two people at once, a restart, a case that cannot go on.

use std::sync::Arc;

use serde_json::{Value as Json, json};
use yuandu_base::ErrorKind;
use yuandu_process::{CompleteTask, ProcessError};
use yuandu_store::{Change, Plan, Store, StoreOptions};

use crate::city::{City, case_type, data, engine_on, org, tables};

#[test]
fn the_same_request_twice_is_one_entry_and_one_answer() {
    let city = City::new("2026-09-14T09:00");
    let mut report = city.report("06010");
    report.idempotency = Some("form-1".to_owned());
    let first = city.engine.open_case(&city.resident(), &report).unwrap();
    let size = city.store.size();
    let second = city.engine.open_case(&city.resident(), &report).unwrap();
    assert_eq!(
        (second.number.clone(), second.position, second.replayed),
        (first.number.clone(), first.position, true)
    );
    assert_eq!(city.store.size(), size);
    report.address = Some("别处".to_owned());
    assert_eq!(
        city.engine
            .open_case(&city.resident(), &report)
            .unwrap_err()
            .kind(),
        ErrorKind::Conflict
    );

    let request = CompleteTask {
        task: city.task(&first.case_id).id,
        outcome: "confirmed".to_owned(),
        data: data(
            json!({ "place": { "lon": 119.161, "lat": 36.707 }, "verify_photos": ["0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"] }),
        ),
        idempotency: Some("form-2".to_owned()),
    };
    let collector = city.officer("collector", 1);
    let first = city.engine.complete_task(&collector, &request).unwrap();
    let again = city.engine.complete_task(&collector, &request).unwrap();
    assert_eq!(
        (again.position, again.next, again.replayed),
        (first.position, first.next, true)
    );
    let other = CompleteTask {
        idempotency: Some("form-3".to_owned()),
        ..request
    };
    let late = city.engine.complete_task(&collector, &other).unwrap_err();
    assert!(matches!(late, ProcessError::TaskDone { .. }), "{late}");
}

#[test]
fn of_two_people_at_once_one_decides_and_the_other_is_told() {
    let city = Arc::new(City::new("2026-09-14T09:00"));
    for _ in 0..10 {
        let case = city.found("06010");
        let task = city.task(&case.case_id).id;
        let barrier = std::sync::Barrier::new(2);
        let results: Vec<Result<_, ProcessError>> = std::thread::scope(|scope| {
            let (start, city, task) = (&barrier, &city, &task);
            let threads: Vec<_> = [1_u8, 2]
                .map(|seed| {
                    scope.spawn(move || {
                        let request = CompleteTask {
                            task: task.clone(),
                            outcome: "accept".to_owned(),
                            data: data(json!({ "category": "06010" })),
                            idempotency: None,
                        };
                        start.wait();
                        city.engine
                            .complete_task(&city.officer("seat", seed), &request)
                    })
                })
                .into();
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        let won = results.iter().filter(|r| r.is_ok()).count();
        assert_eq!(won, 1, "{results:?}");
        assert!(
            results
                .iter()
                .any(|r| matches!(r, Err(ProcessError::TaskDone { .. }))),
            "{results:?}"
        );
        assert_eq!(city.task(&case.case_id).node, "dispatch");
    }
}

#[test]
fn a_claimed_task_waits_for_who_claimed_it() {
    let city = City::new("2026-09-14T09:00");
    let case = city.found("06010");
    let task = city.task(&case.case_id).id;
    let (mine, yours) = (city.officer("seat", 1), city.officer("seat", 2));
    city.engine.claim_task(&mine, &task).unwrap();
    city.engine.claim_task(&mine, &task).unwrap();
    assert!(city.engine.claim_task(&yours, &task).is_err());
    assert!(
        city.decide(
            &yours,
            &case.case_id,
            "accept",
            json!({ "category": "06010" })
        )
        .is_err()
    );
    assert!(city.engine.release_task(&yours, &task).is_err());
    city.engine.release_task(&mine, &task).unwrap();
    city.decide(
        &yours,
        &case.case_id,
        "accept",
        json!({ "category": "06010" }),
    )
    .unwrap();
}

#[test]
fn timers_survive_a_restart_and_a_new_version_carries_old_cases_on() {
    let city = City::new("2026-09-14T09:00");
    let case = city.handling("06010");
    let folder = tempfile_copy(&city);
    // A database of its own outlives the server; SQLite lies in the folder.
    let options = if city.store.options().database.is_postgres() {
        city.store.options().clone()
    } else {
        StoreOptions::new(folder.path.clone())
    };
    let store = Arc::new(Store::open(&options, &tables()).unwrap());
    let engine = engine_on(store, vec![case_type("1.0.0"), case_type("1.1.0")]);
    city.now("2026-09-15T17:30");
    assert_eq!(engine.fire_due_timers(&city.timer(), 10).unwrap().fired, 1);
    let view = engine
        .case_view(&city.officer("seat", 1), &case.case_id)
        .unwrap();
    assert_eq!(
        (view.cards.len(), view.case.process_version.as_str()),
        (1, "1.0.0")
    );
    let fresh = engine
        .open_case(&city.resident(), &city.report("06010"))
        .unwrap();
    let view = engine
        .case_view(&city.officer("seat", 1), &fresh.case_id)
        .unwrap();
    assert_eq!(view.case.process_version, "1.1.0");
}

struct Copy {
    path: std::path::PathBuf,
}

impl Drop for Copy {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// The folder as a crash would leave it: copied while the store is open.
fn tempfile_copy(city: &City) -> Copy {
    let path = city.store.folder().with_extension("crashed");
    std::fs::create_dir_all(path.join("blobs")).unwrap();
    for entry in std::fs::read_dir(city.store.folder()).unwrap() {
        let entry = entry.unwrap();
        if entry.path().is_file() {
            std::fs::copy(entry.path(), path.join(entry.file_name())).unwrap();
        }
    }
    Copy { path }
}

#[test]
fn a_case_that_cannot_take_its_timer_is_set_apart_and_the_others_go_on() {
    let city = City::new("2026-09-14T09:00");
    let (broken, sound) = (city.handling("06010"), city.handling("06010"));
    let ctx = city.timer();
    let change = Change::set("cases")
        .key("id", broken.case_id.clone())
        .with("process_version", "0.0.1");
    city.store
        .commit(Plan::new(ctx.realm, ctx.entry("test.break", "test", Json::Null)).change(change))
        .unwrap();
    city.now("2026-09-15T17:30");
    let fired = city.engine.fire_due_timers(&ctx, 10).unwrap();
    assert_eq!((fired.fired, fired.failed), (1, 1));
    assert_eq!(city.engine.fire_due_timers(&ctx, 10).unwrap().total(), 0);
    let view = city
        .engine
        .case_view(&city.officer("seat", 1), &sound.case_id)
        .unwrap();
    assert_eq!(view.cards.len(), 1);
    let incidents = city.store.read(|r| {
        r.query(
            "SELECT case_id, reason FROM incidents WHERE realm = $1",
            &[370_700_i64.into()],
        )
    });
    let incidents = incidents.map_err(|e: yuandu_store::StoreError| e).unwrap();
    assert_eq!(incidents.len(), 1);
    assert_eq!(incidents[0].text("case_id").unwrap(), broken.case_id);
}

#[test]
fn an_organisation_that_does_not_exist_gets_no_case() {
    let city = City::new("2026-09-14T09:00");
    let case = city.found("06010");
    let seat = city.officer("seat", 1);
    city.decide(
        &seat,
        &case.case_id,
        "accept",
        json!({ "category": "06010" }),
    )
    .unwrap();
    let refused = city
        .decide(&seat, &case.case_id, "dispatch", json!({ "org": org(44) }))
        .unwrap_err();
    assert_eq!(refused.problems()[0].place, "org");
}
