//! Records that keep versions: as they were, as they were known, corrected, planned, ended.

use std::sync::Arc;

use jiff::civil::Date;
use serde_json::{Value, json};
use yuandu_base::SimulatedClock;
use yuandu_identity::OpCtx;
use yuandu_registers::{
    AmendRecord, AsOf, How, ImportCsv, ListRecords, PutOutcome, PutRecord, RegistersError,
    RemoveRecord,
};

use crate::town::{Town, data, system};

const REGISTER: &str = "city-care.household";

/// Nine in the morning of a day, as the city reckons.
fn at(day: &str) -> OpCtx {
    let clock = SimulatedClock::new(format!("{day}T01:00:00Z").parse().unwrap());
    OpCtx {
        clock: Arc::new(clock),
        ..system()
    }
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn amend(
    town: &Town,
    on: &str,
    value: Value,
    amend: AmendRecord,
) -> Result<PutOutcome, RegistersError> {
    let put = PutRecord {
        register: REGISTER.to_owned(),
        data: data(value),
        ..PutRecord::default()
    };
    let amend = AmendRecord { put, ..amend };
    town.registers
        .amend_record(&at(on), &amend)
        .map(|result| result.outcome)
}

fn from(text: &str) -> AmendRecord {
    AmendRecord {
        from: Some(day(text)),
        ..AmendRecord::default()
    }
}

fn correct(text: &str, reason: &str) -> AmendRecord {
    AmendRecord {
        correction: true,
        reason: Some(reason.to_owned()),
        ..from(text)
    }
}

fn address(town: &Town, on: &str, known: &str) -> Option<String> {
    let as_of = AsOf {
        on: day(on),
        known_at: format!("{known}T23:00:00Z").parse().unwrap(),
    };
    let view = town
        .registers
        .get_record_as_of(&system(), REGISTER, "1", &as_of)
        .ok()?;
    Some(view.values["address"].as_str().unwrap().to_owned())
}

/// Moved on 2026-03-01, told on 2026-03-10; in April it turns out the move was on 2026-02-15.
fn moved() -> Town {
    let town = Town::new();
    let new = json!({"number": "1", "head": "王芳", "address": "东风街1号"});
    amend(&town, "2026-01-05", new, from("2026-01-01")).unwrap();
    let new = json!({"number": "1", "address": "健康街2号"});
    amend(&town, "2026-03-10", new.clone(), from("2026-03-01")).unwrap();
    amend(
        &town,
        "2026-04-01",
        new,
        correct("2026-02-15", "迁移证日期录入有误"),
    )
    .unwrap();
    town
}

#[test]
fn a_record_is_shown_as_it_was_on_a_day_and_as_it_was_known_at_a_time() {
    let town = moved();
    let asked = [
        ("2026-01-10", "2026-04-02", Some("东风街1号")),
        ("2026-02-20", "2026-04-02", Some("健康街2号")),
        ("2026-02-20", "2026-03-20", Some("东风街1号")),
        ("2026-03-05", "2026-03-08", Some("东风街1号")),
        ("2026-03-05", "2026-03-12", Some("健康街2号")),
        ("2025-12-31", "2026-04-02", None),
        ("2026-02-20", "2026-01-01", None),
    ];
    for (on, known, expected) in asked {
        assert_eq!(
            address(&town, on, known).as_deref(),
            expected,
            "on {on}, known at {known}"
        );
    }
}

#[test]
fn lists_show_the_past_too_and_each_record_once() {
    let town = moved();
    amend(
        &town,
        "2026-05-01",
        json!({"number": "2", "head": "李强", "address": "胜利街3号"}),
        from("2026-01-20"),
    )
    .unwrap();
    let list = |on: &str, known: &str| {
        let list = ListRecords {
            register: REGISTER.to_owned(),
            as_of: Some(AsOf {
                on: day(on),
                known_at: format!("{known}T23:00:00Z").parse().unwrap(),
            }),
            count: true,
            words: String::new(),
            ..ListRecords::default()
        };
        let page = town.registers.list_records(&system(), &list).unwrap();
        let ids: Vec<String> = page.records.iter().map(|view| view.id.clone()).collect();
        (ids, page.total.unwrap().count)
    };
    assert_eq!(
        list("2026-02-01", "2026-05-02"),
        (vec!["1".to_owned(), "2".to_owned()], 2)
    );
    assert_eq!(list("2026-02-01", "2026-04-02"), (vec!["1".to_owned()], 1));
    assert_eq!(list("2025-02-01", "2026-05-02"), (vec![], 0));
}

#[test]
fn history_tells_every_version_with_who_when_and_why() {
    let town = moved();
    let history = town
        .registers
        .view_history(&system(), REGISTER, "1")
        .unwrap();
    assert!(history[0].present);
    let corrected = history
        .iter()
        .find(|version| version.validity.how == How::Corrected)
        .unwrap();
    assert_eq!(
        corrected.validity.why.as_deref(),
        Some("迁移证日期录入有误")
    );
    assert_eq!(corrected.validity.by, "system:seed");
    let believed = history
        .iter()
        .filter(|version| version.validity.known_to.is_none());
    let mut days: Vec<(Option<Date>, Option<Date>)> = believed
        .map(|version| (version.validity.from, version.validity.to))
        .collect();
    days.sort();
    assert_eq!(days[0], (Some(day("2026-01-01")), Some(day("2026-02-15"))));
    assert_eq!(days.last().unwrap().1, None);
}

#[test]
fn a_change_of_a_day_to_come_is_not_shown_before_it() {
    let town = Town::new();
    let new = json!({"number": "1", "head": "王芳", "address": "东风街1号"});
    amend(&town, "2026-01-05", new, from("2026-01-01")).unwrap();
    amend(
        &town,
        "2026-01-06",
        json!({"number": "1", "address": "健康街2号"}),
        from("2026-02-01"),
    )
    .unwrap();
    let shown = || {
        let view = town
            .registers
            .get_record(&system(), REGISTER, "1", false)
            .unwrap();
        view.values["address"].as_str().unwrap().to_owned()
    };
    assert_eq!(
        town.registers.take_effect(&at("2026-01-31"), 100).unwrap(),
        0
    );
    assert_eq!(shown(), "东风街1号");
    assert_eq!(
        town.registers.take_effect(&at("2026-02-01"), 100).unwrap(),
        1
    );
    assert_eq!(shown(), "健康街2号");
    assert_eq!(
        town.registers.take_effect(&at("2026-02-02"), 100).unwrap(),
        0,
        "once is enough"
    );
    assert_eq!(
        address(&town, "2026-01-15", "2026-02-02").as_deref(),
        Some("东风街1号")
    );
}

#[test]
fn codes_count_on_the_days_of_the_version_and_not_on_the_day_of_typing() {
    let town = Town::new();
    let new = json!({"number": "1", "head": "王芳", "address": "东风街1号", "kind": "farm"});
    assert!(matches!(
        amend(&town, "2026-01-05", new.clone(), from("2026-01-01")),
        Err(RegistersError::Invalid { .. })
    ));
    let past = AmendRecord {
        to: Some(day("2026-01-01")),
        ..from("2025-06-01")
    };
    assert_eq!(
        amend(&town, "2026-01-05", new, past).unwrap(),
        PutOutcome::Created
    );
}

#[test]
fn a_correction_needs_a_reason_and_days_in_order() {
    let town = moved();
    let new = json!({"number": "1", "head": "王方"});
    let wrong = AmendRecord {
        to: Some(day("2026-01-01")),
        reason: None,
        ..correct("2026-02-01", "")
    };
    let Err(RegistersError::Invalid { problems }) = amend(&town, "2026-04-02", new, wrong) else {
        panic!("must be refused");
    };
    let codes: Vec<&str> = problems
        .iter()
        .map(|problem| problem.code.as_str())
        .collect();
    assert_eq!(
        codes,
        ["registers.days_reversed", "registers.reason_missing"]
    );
}

#[test]
fn what_is_removed_was_there_before() {
    let town = moved();
    let remove = RemoveRecord {
        register: REGISTER.to_owned(),
        id: "1".to_owned(),
        version: None,
    };
    town.registers
        .remove_record(&at("2026-06-01"), &remove)
        .unwrap();
    assert!(
        town.registers
            .get_record(&system(), REGISTER, "1", false)
            .is_err()
    );
    assert_eq!(
        address(&town, "2026-05-31", "2026-06-02").as_deref(),
        Some("健康街2号")
    );
    assert_eq!(address(&town, "2026-06-01", "2026-06-02"), None);
    let again = json!({"number": "1", "head": "王芳", "address": "福寿街4号"});
    amend(&town, "2026-07-01", again, AmendRecord::default()).unwrap();
    assert_eq!(
        address(&town, "2026-07-01", "2026-07-01").as_deref(),
        Some("福寿街4号")
    );
    assert_eq!(address(&town, "2026-06-15", "2026-07-01"), None);
}

#[test]
fn an_import_keeps_versions_and_what_is_planned_for_days_to_come() {
    let town = Town::new();
    let import = ImportCsv {
        register: REGISTER.to_owned(),
        file_name: "x.csv".to_owned(),
        ..ImportCsv::default()
    };
    let read = |on: &str, text: &str| {
        let mut text = text.as_bytes();
        town.registers
            .import_csv(&at(on), &import, &mut text)
            .unwrap()
    };
    assert_eq!(
        read("2026-01-05", "number,head,address\n1,王芳,东风街1号\n").created,
        1
    );
    amend(
        &town,
        "2026-01-06",
        json!({"number": "1", "address": "健康街2号"}),
        from("2026-02-01"),
    )
    .unwrap();
    assert_eq!(read("2026-01-10", "number,head\n1,王方\n").updated, 1);
    let history = town
        .registers
        .view_history(&system(), REGISTER, "1")
        .unwrap();
    let planned = history
        .iter()
        .find(|version| {
            version.validity.known_to.is_none() && version.validity.from == Some(day("2026-02-01"))
        })
        .unwrap();
    assert_eq!(
        (&planned.values["head"], &planned.values["address"]),
        (&json!("王方"), &json!("健康街2号"))
    );
    assert_eq!(
        address(&town, "2026-01-07", "2026-01-11").as_deref(),
        Some("东风街1号")
    );
}

#[test]
fn a_register_without_versions_says_so() {
    let town = Town::new();
    let answer = town
        .registers
        .view_history(&system(), "city-care.component", "x");
    let Err(RegistersError::Invalid { problems }) = answer else {
        panic!("must be refused");
    };
    assert_eq!(problems[0].code, "registers.no_versions");
}
