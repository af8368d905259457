//! Writing, showing and removing single records.

use serde_json::{Value, json};
use yuandu_base::ErrorKind;
use yuandu_identity::{Actor, OpCtx};
use yuandu_registers::{PutOutcome, PutRecord, RegistersError, RemoveRecord};
use yuandu_schema::RegisterDef;

use crate::town::{Town, component, data, grid, system};

const CODE: &str = "37070501001000001";

fn codes(error: RegistersError) -> Vec<(String, String)> {
    match error {
        RegistersError::Invalid { problems } => {
            problems.into_iter().map(|p| (p.place, p.code)).collect()
        }
        other => panic!("{other}"),
    }
}

#[test]
fn a_record_is_created_updated_and_left_alone_when_nothing_differs() {
    let town = Town::new();
    let created = town.put("component", Value::Object(component(1))).unwrap();
    assert_eq!(
        (created.id.as_str(), created.outcome),
        (CODE, PutOutcome::Created)
    );
    let size = town.store.size();
    let same = town.put("component", Value::Object(component(1))).unwrap();
    assert_eq!(
        (same.outcome, same.position, town.store.size()),
        (PutOutcome::Unchanged, None, size)
    );
    let changed = town
        .put(
            "component",
            json!({"code": CODE, "state": "lost", "changed_on": "2026-02-01"}),
        )
        .unwrap();
    assert_eq!(changed.outcome, PutOutcome::Updated);
    let view = town
        .registers
        .get_record(&system(), "city-care.component", CODE, false)
        .unwrap();
    assert_eq!(view.values["state"], "lost");
    assert_eq!(
        view.values["title"], "供水井盖",
        "a field that is not sent keeps what it has"
    );
    let history = town
        .store
        .log()
        .history(370_700, &format!("record/city-care.component/{CODE}"));
    assert_eq!(history.unwrap().len(), 2);
}

#[test]
fn a_default_fills_a_new_record_and_a_condition_asks_for_a_field() {
    let town = Town::new();
    town.fill(1);
    let view = town
        .registers
        .get_record(&system(), "city-care.component", CODE, false)
        .unwrap();
    assert_eq!(view.values["state"], "intact");
    let error = town
        .put("component", json!({"code": CODE, "state": "lost"}))
        .unwrap_err();
    assert_eq!(
        codes(error),
        [("changed_on".to_owned(), "schema.required".to_owned())]
    );
}

#[test]
fn facts_of_the_grid_are_shown_live_and_never_stored_again() {
    let town = Town::new();
    town.fill(1);
    let street = || {
        let view = town
            .registers
            .get_record(&system(), "city-care.component", CODE, false)
            .unwrap();
        (
            view.values["street_name"].clone(),
            view.values["community"].clone(),
        )
    };
    assert_eq!(street(), (json!("某街道"), json!("370705001001")));
    town.name_division("370705001", "新街道");
    assert_eq!(street().0, json!("新街道"));
    let district = town
        .registers
        .get_record(&system(), "city-care.grid", &grid(1), false)
        .unwrap();
    assert_eq!(
        district.values["district"], "370705",
        "a grid shows the district of its responsibility grid"
    );
}

#[test]
fn everything_a_record_points_at_must_exist_and_all_problems_come_at_once() {
    let town = Town::new();
    let mut bad = component(1);
    bad.extend(data(json!({"owner": "nobody", "grid": "370705001001999"})));
    let error = town.put("component", Value::Object(bad)).unwrap_err();
    assert_eq!(
        codes(error),
        [
            ("owner".to_owned(), "registers.reference_unknown".to_owned()),
            ("grid".to_owned(), "registers.reference_unknown".to_owned()),
        ]
    );
    let mut bad = component(1);
    bad.extend(data(json!({"kind": "99999", "title": "", "colour": "red"})));
    let error = town.put("component", Value::Object(bad)).unwrap_err();
    let codes = codes(error);
    assert_eq!(
        codes
            .iter()
            .map(|(place, _)| place.as_str())
            .collect::<Vec<_>>(),
        ["colour", "title", "kind"]
    );
}

#[test]
fn a_change_on_an_old_version_is_refused_and_nothing_is_changed() {
    let town = Town::new();
    town.fill(1);
    let seen = town
        .registers
        .get_record(&system(), "city-care.component", CODE, false)
        .unwrap()
        .version;
    let put = |remark: &str| PutRecord {
        register: "city-care.component".to_owned(),
        data: data(json!({"code": CODE, "remark": remark})),
        create: false,
        version: Some(seen),
        idempotency: None,
    };
    town.registers.put_record(&system(), &put("first")).unwrap();
    let error = town
        .registers
        .put_record(&system(), &put("second"))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    let now = town
        .registers
        .get_record(&system(), "city-care.component", CODE, false)
        .unwrap();
    assert_eq!(now.values["remark"], "first");
}

#[test]
fn a_record_in_use_is_not_removed() {
    let town = Town::new();
    town.fill(1);
    let remove = |register: &str, id: &str| {
        let remove = RemoveRecord {
            register: format!("city-care.{register}"),
            id: id.to_owned(),
            version: None,
        };
        town.registers.remove_record(&system(), &remove)
    };
    let error = remove("grid", &grid(1)).unwrap_err();
    assert!(matches!(error, RegistersError::InUse { by, .. } if by == CODE));
    remove("component", CODE).unwrap();
    remove("grid", &grid(1)).unwrap();
    let gone = town
        .registers
        .get_record(&system(), "city-care.grid", &grid(1), false)
        .unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::NotFound);
}

#[test]
fn anyone_reads_open_registers_and_nobody_unknown_writes() {
    let town = Town::new();
    town.fill(1);
    let anyone = OpCtx::for_testing(Actor::Anonymous);
    assert!(
        town.registers
            .get_record(&anyone, "city-care.component", CODE, false)
            .is_ok()
    );
    let put = PutRecord {
        register: "city-care.component".to_owned(),
        data: component(2),
        ..PutRecord::default()
    };
    assert_eq!(
        town.registers.put_record(&anyone, &put).unwrap_err().kind(),
        ErrorKind::Denied
    );
    assert_eq!(
        town.registers
            .get_record(&anyone, "city-care.person", "1", false)
            .unwrap_err()
            .kind(),
        ErrorKind::Denied
    );
    let offered: Vec<&str> = town
        .registers
        .offered(&anyone)
        .map(|def| def.id.as_str())
        .collect();
    assert_eq!(
        offered,
        ["component", "grid", "responsibility-grid", "division"],
        "registers of cases are not offered"
    );
}

#[test]
fn restricted_values_are_masked_until_asked_for_and_then_the_log_says_so() {
    let town = Town::new();
    town.put(
        "person",
        json!({"number": 1, "name": "张三", "phone": "13805360001"}),
    )
    .unwrap();
    let masked = town
        .registers
        .get_record(&system(), "city-care.person", "1", false)
        .unwrap();
    assert_eq!(
        (masked.values["phone"].as_str(), masked.masked.len()),
        (Some("***"), 1)
    );
    let size = town.store.size();
    let shown = town
        .registers
        .get_record(&system(), "city-care.person", "1", true)
        .unwrap();
    assert_eq!(
        (shown.values["phone"].as_str(), town.store.size()),
        (Some("13805360001"), size + 1)
    );
}

#[test]
fn a_case_keeps_the_owner_its_component_had() {
    let town = Town::new();
    town.fill(2);
    let case: RegisterDef = town
        .registers
        .defs()
        .find(|def| def.is_case)
        .unwrap()
        .clone();
    let mut facts = data(json!({"component": "37070501001000002", "component_owner": "drainage"}));
    town.registers
        .copy_sourced(&system(), &case, &mut facts)
        .unwrap();
    assert_eq!(
        facts["component_owner"], "water-supply",
        "only the source may say it"
    );
    let mut unknown = data(json!({"component": "37070501001000099"}));
    assert!(
        town.registers
            .copy_sourced(&system(), &case, &mut unknown)
            .is_err()
    );
}

#[test]
fn a_new_record_does_not_overwrite_one_that_is_there() {
    let town = Town::new();
    let put = |title: &str| PutRecord {
        register: "city-care.responsibility-grid".to_owned(),
        data: data(json!({"code": "R9", "title": title, "district": "370705"})),
        create: true,
        ..PutRecord::default()
    };
    let registers = &town.registers;
    let first = registers.put_record(&system(), &put("九号")).unwrap();
    assert_eq!(first.outcome, PutOutcome::Created);
    let again = registers.put_record(&system(), &put("九号")).unwrap();
    assert_eq!(
        again.outcome,
        PutOutcome::Unchanged,
        "the same form sent twice"
    );
    let other = registers.put_record(&system(), &put("别的")).unwrap_err();
    assert!(
        matches!(&other, RegistersError::Invalid { problems } if problems[0].code == "registers.exists" && problems[0].place == "code"),
        "{other:?}"
    );
}
