//! Quality: rules and figures, and values said to be wrong.

use serde_json::{Value, json};
use yuandu_identity::OpCtx;
use yuandu_registers::{
    AnswerDispute, AsOf, DisputeState, DisputeView, OpenDispute, RegistersError, Scorecard,
};
use yuandu_schema::RegisterDef;

use crate::town::{Town, officer, system};

/// Wells are checked by rules; `HISTORY` and `NAME` are filled in.
const WELLS: &str = r#"id = "NAME"
title = { zh = "水井", en = "Wells" }
authority = "water-supply"
sensitivity = "internal"
retention = "permanent"
history = "HISTORY"
legal_basis = "test"
key = "number"
fresh = "12m"
[[field]]
name = "number"
type = "text"
label = { zh = "编号", en = "Number" }
required = true
[[field]]
name = "depth"
type = "integer"
label = { zh = "井深", en = "Depth" }
[[field]]
name = "water"
type = "integer"
label = { zh = "水位", en = "Water" }
[[field]]
name = "key_holder"
type = "phone"
sensitivity = "restricted"
label = { zh = "管钥匙的人", en = "Key holder" }
[[rule]]
id = "water-in-the-well"
label = { zh = "水位不深于井深", en = "The water is not deeper than the well" }
check = "=water <= depth"
fields = ["water", "depth"]
"#;

/// A register that shows the depth of a well.
const PUMPS: &str = r#"id = "pump"
title = { zh = "水泵", en = "Pumps" }
authority = "water-supply"
sensitivity = "internal"
retention = "permanent"
legal_basis = "test"
key = "number"
[[field]]
name = "number"
type = "text"
label = { zh = "编号", en = "Number" }
required = true
[[field]]
name = "well"
type = "reference"
register = "well"
label = { zh = "水井", en = "Well" }
[[field]]
name = "well_depth"
type = "integer"
source = "city-care.well.depth"
label = { zh = "井深", en = "Depth of the well" }
"#;

/// The registers of this file, for the town.
pub fn registers(register: impl Fn(&str, &str) -> RegisterDef) -> Vec<RegisterDef> {
    let wells = |name: &str, history: &str| {
        let text = WELLS.replace("NAME", name).replace("HISTORY", history);
        register(name, &text)
    };
    vec![
        wells("well", "bitemporal"),
        wells("cistern", "current"),
        register("pump", PUMPS),
    ]
}

fn score(town: &Town, register: &str) -> Scorecard {
    let name = format!("city-care.{register}");
    town.registers.score_register(&system(), &name).unwrap()
}

fn open(
    town: &Town,
    ctx: &OpCtx,
    (register, record, field): (&str, &str, &str),
) -> Result<DisputeView, RegistersError> {
    let open = OpenDispute {
        register: format!("city-care.{register}"),
        record: record.to_owned(),
        field: field.to_owned(),
        claimed: "八米".to_owned(),
        reason: "我量过".to_owned(),
    };
    town.registers.open_dispute(ctx, &open)
}

fn answer(
    town: &Town,
    ctx: &OpCtx,
    dispute: &DisputeView,
    value: Option<&str>,
) -> Result<DisputeView, RegistersError> {
    let answer = AnswerDispute {
        register: dispute.register.clone(),
        number: dispute.number.clone(),
        value: value.map(str::to_owned),
        answer: "到现场复测".to_owned(),
    };
    town.registers.answer_dispute(ctx, &answer)
}

fn value(town: &Town, register: &str, record: &str, field: &str) -> Value {
    let name = format!("city-care.{register}");
    let view = town
        .registers
        .get_record(&system(), &name, record, false)
        .unwrap();
    view.values[field].clone()
}

#[test]
fn the_scorecard_counts_what_is_filled_what_holds_and_names_examples() {
    let town = Town::new();
    for (number, depth, water) in [("1", 10, Some(4)), ("2", 10, Some(14)), ("3", 10, None)] {
        let well = json!({"number": number, "depth": depth, "water": water});
        town.put("well", well).unwrap();
    }
    let card = score(&town, "well");
    assert_eq!((card.records, card.looked_at, card.fresh), (3, 3, 3));
    assert_eq!(
        (card.supplier.as_str(), card.promised_months),
        ("water-supply", Some(12))
    );
    let filled: Vec<_> = card
        .coverage
        .iter()
        .map(|one| (one.field.as_str(), one.filled))
        .collect();
    assert_eq!(
        filled,
        [("number", 3), ("depth", 3), ("water", 2), ("key_holder", 0)]
    );
    // What cannot be told is not broken.
    assert_eq!(
        (card.rules[0].records, card.rules[0].examples.as_slice()),
        (1, &["2".to_owned()][..])
    );
    assert!(card.invalid.is_empty());
    let def = town.registers.def("city-care.well").unwrap();
    let broken = |water: u32| {
        let values = json!({"depth": 10, "water": water});
        town.registers
            .broken_rules(def, values.as_object().unwrap())
            .len()
    };
    assert_eq!((broken(14), broken(4)), (1, 0));
}

#[test]
fn a_dispute_reaches_the_source_under_a_clock_and_the_answer_corrects_every_reader() {
    let town = Town::new();
    town.put("well", json!({"number": "w", "depth": 10}))
        .unwrap();
    town.put("pump", json!({"number": "p", "well": "w"}))
        .unwrap();
    let one = officer("one");
    let dispute = open(&town, &one, ("pump", "p", "well_depth")).unwrap();
    assert_eq!(
        (
            dispute.register.as_str(),
            dispute.record.as_str(),
            dispute.field.as_str()
        ),
        ("city-care.well", "w", "depth")
    );
    assert_eq!(dispute.seen_in, "city-care.pump");
    assert_eq!(dispute.shown, Some(json!(10)));
    // Opened on Monday 2026-11-23: five working days end with the office hours of Monday the 30th.
    assert_eq!(dispute.due_at.to_string(), "2026-11-30T09:30:00Z");
    assert_eq!(
        (score(&town, "well").disputes, score(&town, "well").overdue),
        (1, 0)
    );
    assert!(
        matches!(
            answer(&town, &one, &dispute, None),
            Err(RegistersError::Invalid { .. })
        ),
        "not by oneself"
    );
    let other = officer("other");
    assert!(
        answer(&town, &other, &dispute, Some("deep")).is_err(),
        "no such depth"
    );
    assert!(
        answer(&town, &other, &dispute, Some("10")).is_err(),
        "that is what stands there"
    );
    let answered = answer(&town, &other, &dispute, Some("8")).unwrap();
    assert_eq!(answered.state, DisputeState::Corrected);
    assert!(answered.position > dispute.position && answered.lamp.is_none());
    assert_eq!(
        value(&town, "pump", "p", "well_depth"),
        8,
        "every reader is corrected"
    );
    let known_then = AsOf {
        on: "2026-11-23".parse().unwrap(),
        known_at: "2026-11-23T01:00:00Z".parse().unwrap(),
    };
    let now = town
        .registers
        .get_record_as_of(&system(), "city-care.well", "w", &known_then);
    assert!(now.is_ok());
    assert!(matches!(
        answer(&town, &other, &dispute, None),
        Err(RegistersError::Changed { .. })
    ));
    let receipt = town
        .registers
        .view_dispute(&one, ("city-care.well", &dispute.number))
        .unwrap();
    assert_eq!(receipt.answer.as_deref(), Some("到现场复测"));
}

#[test]
fn a_value_that_stays_is_answered_with_why_and_numbers_follow_each_other() {
    let town = Town::new();
    town.put(
        "cistern",
        json!({"number": "c", "depth": 10, "key_holder": "13800000000"}),
    )
    .unwrap();
    let first = open(&town, &officer("one"), ("cistern", "c", "depth")).unwrap();
    let second = open(&town, &officer("one"), ("cistern", "c", "key_holder")).unwrap();
    assert_eq!(
        (first.number.as_str(), second.number.as_str()),
        ("20261123-001", "20261123-002")
    );
    assert_eq!(
        second.shown,
        Some(json!("***")),
        "a restricted value is not repeated"
    );
    let upheld = answer(&town, &officer("other"), &first, None).unwrap();
    assert_eq!(upheld.state, DisputeState::Upheld);
    assert_eq!(value(&town, "cistern", "c", "depth"), 10);
    answer(&town, &officer("other"), &second, Some("13900000000")).unwrap();
    let list = town
        .registers
        .list_disputes(&system(), "city-care.cistern")
        .unwrap();
    assert_eq!(list.len(), 2);
    assert!(
        open(&town, &officer("one"), ("cistern", "c", "water")).is_err(),
        "there is nothing to dispute"
    );
    assert!(open(&town, &officer("one"), ("cistern", "none", "depth")).is_err());
    let key = open(&town, &officer("one"), ("cistern", "c", "number")).unwrap();
    assert!(
        answer(&town, &officer("other"), &key, Some("d")).is_err(),
        "a key is not changed by an answer"
    );
}
