//! What people type and what becomes of it, type by type.

use serde_json::{Value, json};
use yuandu_base::LocalText;

use crate::{FieldDef, FieldType};

fn field(kind: FieldType) -> FieldDef {
    FieldDef::new("x", kind, LocalText::new("甲", "A"))
}

/// Typed text, its canonical form, and the canonical form checked again.
fn check(kind: FieldType, typed: &str, expect: Value) {
    let field = field(kind);
    let canonical = field.check_text(typed).unwrap();
    assert_eq!(canonical, expect, "typed `{typed}`");
    assert_eq!(
        field.check(&canonical).unwrap(),
        expect,
        "canonical values check to themselves"
    );
}

fn refuse(kind: FieldType, typed: &str, code: &str) {
    let problem = field(kind).check_text(typed).unwrap_err();
    assert_eq!(problem.code, code, "typed `{typed}`");
    assert!(!problem.message.zh.is_empty() && !problem.message.en.is_empty());
}

#[test]
fn numbers_are_read_as_people_type_them() {
    let integer = FieldType::Integer {
        min: Some(0),
        max: Some(20),
    };
    check(integer.clone(), " １２ ", json!(12));
    refuse(integer.clone(), "21", "schema.out_of_range");
    refuse(integer, "1.5", "schema.not_integer");
    check(FieldType::Decimal, "－1.5", json!(-1.5));
    for bad in ["nan", "inf", "1e9", "1,5"] {
        refuse(FieldType::Decimal, bad, "schema.not_decimal");
    }
}

#[test]
fn dates_and_instants_have_one_canonical_form() {
    for typed in [
        "2026-10-01",
        "2026/10/1",
        "2026.10.01",
        "2026年10月1日",
        "20261001",
        "２０２６－１０－０１",
    ] {
        check(FieldType::Date, typed, json!("2026-10-01"));
    }
    for bad in ["2026-02-30", "26-10-01", "1026-10-01", "明天"] {
        refuse(FieldType::Date, bad, "schema.not_date");
    }
    check(
        FieldType::Instant,
        "2026-10-01T09:30",
        json!("2026-10-01T01:30:00Z"),
    );
    check(
        FieldType::Instant,
        "2026-10-01T09:30:00+08:00",
        json!("2026-10-01T01:30:00Z"),
    );
    refuse(FieldType::Instant, "half past nine", "schema.not_instant");
}

#[test]
fn places_that_cannot_be_are_refused_and_swapped_ones_named() {
    check(
        FieldType::Position,
        "119.1619， 36.7069",
        json!({"lon": 119.1619, "lat": 36.7069}),
    );
    refuse(FieldType::Position, "0,0", "schema.impossible_place");
    refuse(FieldType::Position, "181,10", "schema.impossible_place");
    refuse(FieldType::Position, "NaN,10", "schema.impossible_place");
    refuse(FieldType::Position, "119.1", "schema.not_place");
    let swapped = field(FieldType::Position)
        .check_text("36.7,119.1")
        .unwrap_err();
    assert!(
        swapped
            .message
            .en
            .ends_with("longitude and latitude look swapped")
    );
    let extra = json!({"lon": 1.0, "lat": 2.0, "height": 3.0});
    assert_eq!(
        field(FieldType::Position).check(&extra).unwrap_err().code,
        "schema.not_place"
    );
}

#[test]
fn telephone_numbers_lose_their_spaces_and_country_code() {
    check(FieldType::Phone, "+86 138-0536-0001", json!("13805360001"));
    check(FieldType::Phone, "0536 8091234", json!("0536-8091234"));
    for bad in ["10805360001", "1380536000", "abc", "++1", "0"] {
        refuse(FieldType::Phone, bad, "schema.not_phone");
    }
}

#[test]
fn codes_of_the_standards_are_checked_by_shape() {
    check(
        FieldType::Grid,
        "３7070200100100A",
        json!("37070200100100A"),
    );
    refuse(FieldType::Grid, "370702", "schema.not_grid");
    check(
        FieldType::Component,
        "37070201001000001",
        json!("37070201001000001"),
    );
    refuse(
        FieldType::Component,
        "3707020100100000X",
        "schema.not_component",
    );
    check(
        FieldType::PersonNumber,
        "11010519491231002x",
        json!("11010519491231002X"),
    );
    refuse(
        FieldType::PersonNumber,
        "110105194912310021",
        "schema.not_person_number",
    );
    refuse(
        FieldType::CreditCode,
        "91350100M000100Y44",
        "schema.not_credit_code",
    );
    check(FieldType::Division, "370702", json!("370702"));
    refuse(FieldType::Division, "37070", "schema.not_division");
    check(FieldType::Budget, "2D", json!("2d"));
    refuse(FieldType::Budget, "soon", "schema.not_budget");
    refuse(FieldType::Org, "a b", "schema.not_id");
}

#[test]
fn photos_are_ids_without_repetition_and_not_too_many() {
    let photos = field(FieldType::Photos { max: 2 });
    let id = |letter: &str| letter.repeat(64);
    assert_eq!(
        photos.check(&json!([id("a"), id("a")])).unwrap(),
        json!([id("a")])
    );
    assert_eq!(photos.check(&json!([])).unwrap(), Value::Null);
    assert_eq!(
        photos
            .check(&json!([id("a"), id("b"), id("c")]))
            .unwrap_err()
            .code,
        "schema.too_many_photos"
    );
    assert_eq!(
        photos.check(&json!(["../etc/passwd"])).unwrap_err().code,
        "schema.photo_unknown"
    );
}

#[test]
fn an_empty_answer_is_no_value_and_a_required_one_is_asked_for() {
    let free = field(FieldType::Text { max: 9 });
    assert_eq!(free.check_text("  ").unwrap(), Value::Null);
    let asked = free.required();
    let problem = asked.check(&Value::Null).unwrap_err();
    assert_eq!(
        (problem.code.as_str(), problem.message.zh.as_str()),
        ("schema.required", "请填写「甲」")
    );
}

#[test]
fn a_value_of_the_wrong_json_type_is_refused() {
    assert_eq!(
        field(FieldType::Text { max: 9 })
            .check(&json!(3))
            .unwrap_err()
            .code,
        "schema.wrong_type"
    );
    assert_eq!(
        field(FieldType::Boolean)
            .check(&json!([]))
            .unwrap_err()
            .code,
        "schema.wrong_type"
    );
    assert_eq!(
        field(FieldType::Boolean).check_text("是").unwrap(),
        json!(true)
    );
}

#[test]
fn a_form_sends_places_in_two_parts_and_an_unticked_box_as_nothing() {
    let place = field(FieldType::Position);
    let sent = |name: &str| match name {
        "x_lon" => vec!["119.1".to_owned()],
        "x_lat" => vec!["36.7".to_owned()],
        _ => vec![],
    };
    assert_eq!(
        place.check_form(&sent).unwrap(),
        json!({"lon": 119.1, "lat": 36.7})
    );
    assert_eq!(
        field(FieldType::Boolean)
            .required()
            .check_form(&|_| vec![])
            .unwrap(),
        json!(false)
    );
}
