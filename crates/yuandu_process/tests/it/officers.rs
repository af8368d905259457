//! What officers' pages ask for beside deciding: the rule of standing on the spot, restricted facts, exports.

use serde_json::{Value as Json, json};
use yuandu_base::ErrorKind;
use yuandu_process::{CaseFilter, ExportCases};

use crate::city::City;

const PHOTO: &str = "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f";

fn verified(lon: f64, opinion: Option<&str>) -> Json {
    let mut sent = json!({ "place": { "lon": lon, "lat": 36.707 }, "verify_photos": [PHOTO] });
    if let Some(opinion) = opinion {
        sent["opinion"] = opinion.into();
    }
    sent
}

#[test]
fn a_collector_far_from_the_place_must_say_why() {
    let city = City::new("2026-09-14T09:00");
    let collector = city.officer("collector", 1);
    // 0.0028 degrees of longitude are some 250 m here, 0.002 some 180 m.
    let case = city.open("06010");
    let far = city.decide(
        &collector,
        &case.case_id,
        "confirmed",
        verified(119.1638, None),
    );
    let refused = far.unwrap_err();
    let places: Vec<&str> = refused
        .problems()
        .iter()
        .map(|p| p.place.as_str())
        .collect();
    assert_eq!(places, ["opinion"]);
    let said = verified(119.1638, Some("路被封了，从对面看到"));
    city.decide(&collector, &case.case_id, "confirmed", said)
        .unwrap();
    let other = city.open("06010");
    city.decide(
        &collector,
        &other.case_id,
        "confirmed",
        verified(119.163, None),
    )
    .unwrap();
}

#[test]
fn who_looks_at_the_contact_stands_in_the_history() {
    let city = City::new("2026-09-14T09:00");
    let id = city.open("06010").case_id;
    let seat = city.officer("seat", 1);
    let seen = city.engine.view_restricted(&seat, &id).unwrap();
    assert_eq!(seen["contact_phone"], "13800000000");
    let history = city.engine.history(&seat, &id).unwrap();
    let note = &history.last().unwrap().note;
    assert_eq!(
        (&note["kind"], &note["who"]["name"]),
        (&json!("viewed"), &json!("王1"))
    );
    assert!(
        !note.to_string().contains("13800000000"),
        "the entry names the fields and not their values"
    );
    let leader = city
        .engine
        .view_restricted(&city.officer("leader", 9), &id)
        .unwrap_err();
    assert_eq!(leader.kind(), ErrorKind::Denied);
    let stranger = city
        .engine
        .view_restricted(&city.officer("handler", 3), &id);
    assert_eq!(stranger.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(city.engine.history(&seat, &id).unwrap().len(), 2);
}

#[test]
fn an_export_is_logged_and_holds_what_the_officer_may_export() {
    let city = City::new("2026-09-14T09:00");
    for _ in 0..3 {
        city.open("06010");
    }
    city.dispatched("06010");
    let export = ExportCases {
        filter: CaseFilter::default(),
        asked: json!("/work/cases"),
        ..ExportCases::default()
    };
    let count = |who: &yuandu_identity::OpCtx| {
        let mut numbers = Vec::new();
        let exported = city.engine.export_cases(who, &export, &mut |cases| {
            numbers.extend(cases.iter().map(|case| case.number.clone()));
            true
        });
        exported.map(|count| (count, numbers.len()))
    };
    let before = city.store.log().head().unwrap().size;
    assert_eq!(count(&city.officer("seat", 1)).unwrap(), (4, 4));
    assert_eq!(
        count(&city.officer("handler", 2)).unwrap(),
        (1, 1),
        "the cases of the own organisation"
    );
    assert_eq!(city.store.log().head().unwrap().size, before + 2);
    let refused = count(&city.officer("collector", 1)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Denied);
    assert_eq!(
        city.store.log().head().unwrap().size,
        before + 2,
        "a refusal reads nothing"
    );
}
