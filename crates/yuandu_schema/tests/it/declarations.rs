//! Declarations as packages write them.

use jiff::civil::date;
use serde_json::{Map, Value, json};
use yuandu_schema::{
    CodeList, CodeLists, FieldDef, FieldType, RecordCheck, RegisterDef, Requirement, check_record,
};

const REGISTER: &str = r#"id = "lamp"
title = { zh = "路灯", en = "Lamps" }
authority = "city-management"
retention = "10y"
legal_basis = "GB/T 47678.5-2026"
key = "code"
name = "code"
search = ["code", "remark"]

[[field]]
name = "code"
type = "text"
max = 20
label = { zh = "编号", en = "Code" }
required = true

[[field]]
name = "state"
type = "code"
list = "states"
label = { zh = "状态", en = "State" }

[[field]]
name = "remark"
type = "text"
label = { zh = "备注", en = "Remark" }
required = '=state = "broken"'

[[index]]
fields = ["state"]
"#;

fn lamp() -> RegisterDef {
    let (register, problems) = RegisterDef::read("city-care", "registers/lamp.toml", REGISTER);
    assert_eq!(problems, []);
    register.unwrap()
}

#[test]
fn a_register_knows_its_table_key_and_fields() {
    let lamp = lamp();
    assert_eq!(
        (lamp.table().as_str(), lamp.full_name().as_str()),
        ("r_city_care_lamp", "city-care.lamp")
    );
    assert_eq!(lamp.key, ["code"]);
    assert_eq!(lamp.lines, [10, 17, 23]);
    assert_eq!(
        lamp.field("remark").unwrap().required,
        Requirement::When("state = \"broken\"".to_owned())
    );
}

#[test]
fn every_mistake_of_a_register_is_reported_with_its_line() {
    let text = REGISTER
        .replace("key = \"code\"", "key = \"number\"")
        .replace("max = 20", "max = 0")
        .replace("type = \"code\"", "type = \"cod\"")
        .replace("en = \"Remark\"", "en = \"\"")
        .replace("retention = \"10y\"", "retention = \"long\"");
    let (register, problems) = RegisterDef::read("city-care", "registers/lamp.toml", &text);
    assert!(register.is_none());
    let found: Vec<(usize, &str)> = problems
        .iter()
        .map(|p| (p.line, p.problem.code.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (4, "schema.retention"),
            (13, "schema.limit"),
            (19, "schema.type_unknown"),
            (26, "schema.label_missing"),
        ]
    );
}

#[test]
fn a_record_is_checked_whole_and_all_problems_come_at_once() {
    let (states, _) = CodeList::read(
        "states",
        "codes/states.csv",
        "# s\ncode,name_zh,name_en\nbroken,破损,Broken\nsound,完好,Sound\n",
    );
    let lists = CodeLists::new([states]);
    let against = RecordCheck {
        lists: &lists,
        on: date(2026, 7, 1),
        condition: &|_, record| Some(record.get("state") == Some(&json!("broken"))),
    };
    let data = |value: Value| -> Map<String, Value> { value.as_object().unwrap().clone() };
    let fields = lamp().fields;
    let good = check_record(
        &fields,
        &data(json!({"code": " L1 ", "state": "sound", "remark": ""})),
        &against,
    )
    .unwrap();
    assert_eq!(Value::Object(good), json!({"code": "L1", "state": "sound"}));
    let problems = check_record(
        &fields,
        &data(json!({"state": "lost", "colour": 1})),
        &against,
    )
    .unwrap_err();
    let codes: Vec<(&str, &str)> = problems
        .iter()
        .map(|p| (p.place.as_str(), p.code.as_str()))
        .collect();
    assert_eq!(
        codes,
        [
            ("colour", "schema.field_unknown"),
            ("code", "schema.required"),
            ("state", "schema.code_unknown")
        ]
    );
    let lacking = check_record(
        &fields,
        &data(json!({"code": "L1", "state": "broken"})),
        &against,
    )
    .unwrap_err();
    assert_eq!(lacking[0].place, "remark");
}

#[test]
fn a_field_survives_json_and_refuses_unknown_keys() {
    let text = r#"{"name":"count","type":"integer","label":{"zh":"数","en":"Count"},"min":0,"required":"=x = 1"}"#;
    let field: FieldDef = serde_json::from_str(text).unwrap();
    assert_eq!(
        field.kind,
        FieldType::Integer {
            min: Some(0),
            max: None
        }
    );
    let again: FieldDef = serde_json::from_str(&serde_json::to_string(&field).unwrap()).unwrap();
    assert_eq!(again, field);
    assert!(serde_json::from_str::<FieldDef>(&text.replace("min", "minn")).is_err());
}

/// The codes of the problems of the lamp's declaration with one text in place of another.
fn edited(old: &str, new: &str) -> Vec<String> {
    let text = REGISTER.replacen(old, new, 1);
    assert_ne!(text, REGISTER);
    let (_, problems) = RegisterDef::read("city-care", "registers/lamp.toml", &text);
    problems
        .into_iter()
        .map(|located| located.problem.code)
        .collect()
}

#[test]
fn every_field_has_an_authority_its_own_or_that_of_the_register() {
    let text = REGISTER.replacen(
        "list = \"states\"",
        "list = \"states\"\nauthority = \"power-supply\"",
        1,
    );
    let (register, problems) = RegisterDef::read("city-care", "registers/lamp.toml", &text);
    assert_eq!(problems, []);
    let register = register.unwrap();
    let authority = |name: &str| register.authority_of(register.field(name).unwrap());
    assert_eq!(authority("code"), "city-management");
    assert_eq!(authority("state"), "power-supply");
    let schema = register.json_schema(&CodeLists::default(), yuandu_base::Lang::En);
    assert_eq!(schema["properties"]["state"]["x-authority"], "power-supply");
    // Who shows another's fact does not answer for it.
    let codes = edited(
        "list = \"states\"",
        "list = \"states\"\nauthority = \"power-supply\"\nsource = \"power.lamp.state\"",
    );
    assert!(
        codes.contains(&"schema.authority_elsewhere".to_owned()),
        "{codes:?}"
    );
}

#[test]
fn a_field_is_not_called_what_a_database_keeps_for_itself() {
    for word in ["full", "order", "user"] {
        let codes = edited("name = \"state\"", &format!("name = \"{word}\""));
        assert!(
            codes.contains(&"schema.field_name_reserved".to_owned()),
            "{word}: {codes:?}"
        );
    }
}

#[test]
fn rules_and_matching_name_fields_that_exist_and_can_be_looked_up() {
    let rule =
        "[[rule]]\nid = \"r\"\nlabel = { zh = \"规\", en = \"R\" }\ncheck = \"=code != null\"\n";
    let matching = "[[matching.block]]\nfields = [\"remark\"]\n[[matching.compare]]\nfield = \"remark\"\nby = \"text\"\n";
    let with = |more: &str| edited("[[index]]", &format!("{more}\n[[index]]"));
    assert!(with(&format!("{rule}fields = [\"code\"]\n{matching}")).is_empty());
    assert_eq!(
        with(&format!("{rule}fields = [\"none\"]\n")),
        ["schema.field_unknown"]
    );
    assert_eq!(with(&format!("{rule}\n{rule}")), ["schema.rule_twice"]);
    assert_eq!(with(&matching.replace("remark", "none")).len(), 2);
    assert_eq!(
        with(&matching.replace("text\"", "sound\"")),
        ["schema.matching"]
    );
    assert_eq!(
        edited("retention", "fresh = \"soon\"\nretention"),
        ["schema.fresh"]
    );
}
