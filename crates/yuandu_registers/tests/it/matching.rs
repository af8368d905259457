//! Records that mean the same: found by import and by hand, decided by a person, merged and taken apart again.

use std::fmt::Write as _;

use serde_json::{Value, json};
use yuandu_registers::{
    ImportCsv, ImportFile, ImportReport, KeepApart, MatchView, MergeRecords, MergeView,
    RegistersError, RowOutcome,
};
use yuandu_schema::RegisterDef;

use crate::town::{Town, officer, system};

/// A register with matching; the history stands in for `HISTORY`, the name for `NAME`.
const PATIENTS: &str = r#"id = "NAME"
title = { zh = "病人", en = "Patients" }
authority = "city-management"
sensitivity = "internal"
retention = "permanent"
history = "HISTORY"
legal_basis = "test"
key = "number"
name = "name"
[[field]]
name = "number"
type = "text"
label = { zh = "编号", en = "Number" }
required = true
[[field]]
name = "name"
type = "text"
label = { zh = "姓名", en = "Name" }
required = true
[[field]]
name = "born"
type = "date"
label = { zh = "出生日期", en = "Born" }
[[field]]
name = "phone"
type = "phone"
sensitivity = "restricted"
label = { zh = "电话", en = "Phone" }
[[field]]
name = "passport"
type = "text"
label = { zh = "护照", en = "Passport" }
[matching]
review = 70
[[matching.exact]]
fields = ["passport"]
[[matching.block]]
fields = ["name", "born"]
[[matching.block]]
fields = ["phone"]
[[matching.compare]]
field = "name"
by = "name"
weight = 40
[[matching.compare]]
field = "born"
by = "date"
weight = 40
[[matching.compare]]
field = "phone"
by = "digits"
weight = 20
against = 10
"#;

/// A register that points at patients and shows their name.
const VISITS: &str = r#"id = "visit"
title = { zh = "就诊", en = "Visits" }
authority = "city-management"
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
name = "patient"
type = "reference"
register = "patient"
label = { zh = "病人", en = "Patient" }
[[field]]
name = "patient_name"
type = "text"
source = "city-care.patient.name"
label = { zh = "病人姓名", en = "Name of the patient" }
"#;

/// The registers of this file, for the town.
pub fn registers(register: impl Fn(&str, &str) -> RegisterDef) -> Vec<RegisterDef> {
    let patients = |name: &str, history: &str| {
        let text = PATIENTS.replace("NAME", name).replace("HISTORY", history);
        register(name, &text)
    };
    vec![
        patients("patient", "current"),
        patients("citizen", "bitemporal"),
        register("visit", VISITS),
    ]
}

fn import(town: &Town, register: &str, rows: &str) -> ImportReport {
    let import = ImportCsv {
        register: format!("city-care.{register}"),
        file_name: "rows.csv".to_owned(),
        allow_partial: true,
        dry_run: false,
    };
    let text = format!("number,name,born,phone,passport\n{rows}");
    town.registers
        .import_csv(&system(), &import, &mut text.as_bytes())
        .unwrap()
}

fn waiting(town: &Town, register: &str) -> Vec<MatchView> {
    let name = format!("city-care.{register}");
    town.registers.list_matches(&system(), &name).unwrap()
}

fn pairs(town: &Town, register: &str) -> Vec<(String, String, u32)> {
    let views = waiting(town, register);
    let named = views.into_iter();
    named
        .map(|view| (view.first.id, view.second.id, view.score))
        .collect()
}

fn merge(
    town: &Town,
    register: &str,
    (kept, gone): (&str, &str),
) -> Result<MergeView, RegistersError> {
    let merge = MergeRecords {
        register: format!("city-care.{register}"),
        kept: kept.to_owned(),
        gone: gone.to_owned(),
        reason: "核对了证件".to_owned(),
    };
    town.registers.merge_records(&officer("one"), &merge)
}

fn values(town: &Town, register: &str, id: &str) -> Option<Value> {
    let name = format!("city-care.{register}");
    let record = town.registers.get_record(&system(), &name, id, true);
    Some(Value::Object(record.ok()?.values))
}

#[test]
fn an_import_tells_what_is_alike_in_the_register_and_in_the_file_and_each_pair_waits_once() {
    let town = Town::new();
    import(
        &town,
        "patient",
        "1,王小明,1990-01-02,13800000001,\n2,李大伟,1985-06-30,13900000002,\n",
    );
    let report = import(
        &town,
        "patient",
        "3,王小明,1990-01-02,13800000009,\n4,赵六,1970-01-01,,\n5,赵六,1970-01-01,,\n6,孙七,1960-01-01,13900000002,\n",
    );
    assert_eq!((report.created, report.similar), (4, 2));
    let told: Vec<_> = report
        .results
        .iter()
        .map(|row| {
            row.similar
                .iter()
                .map(|other| other.id.clone())
                .collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(
        told,
        [vec!["1".to_owned()], vec![], vec!["4".to_owned()], vec![]]
    );
    let found = pairs(&town, "patient");
    let ids: Vec<_> = found
        .iter()
        .map(|(first, second, _)| (first.as_str(), second.as_str()))
        .collect();
    assert!(
        ids.contains(&("1", "3")) && ids.contains(&("4", "5")),
        "{found:?}"
    );
    assert_eq!(ids.len(), 2, "a telephone alone is not enough: {found:?}");
    // The same rows again, changed: no pair is told twice.
    let again = import(
        &town,
        "patient",
        "3,王小明,1990-01-02,13800000008,\n5,赵六,1970-01-01,13700000000,\n",
    );
    assert_eq!((again.updated, again.similar), (2, 0));
    assert_eq!(pairs(&town, "patient").len(), 2);
}

#[test]
fn an_exact_key_is_certain_and_evidence_names_every_field() {
    let town = Town::new();
    import(&town, "patient", "1,王小明,1990-01-02,13800000001,E1234\n");
    import(&town, "patient", "2,Wang Xiaoming,1990-01-02,,E1234\n");
    let views = waiting(&town, "patient");
    let [view] = views.as_slice() else {
        panic!("{views:?}");
    };
    assert_eq!(view.score, 100);
    let said: Vec<_> = view
        .evidence
        .iter()
        .map(|found| (found.field.as_str(), found.alike))
        .collect();
    assert_eq!(said, [("name", 0), ("born", 100)]);
    assert!(
        view.first.masked.contains("phone"),
        "restricted values are masked"
    );
}

#[test]
fn what_is_typed_by_hand_is_compared_too() {
    for register in ["patient", "citizen"] {
        let town = Town::new();
        let person =
            |number: &str| json!({"number": number, "name": "王小明", "born": "1990-01-02"});
        town.put(register, person("1")).unwrap();
        town.put(register, person("2")).unwrap();
        assert_eq!(pairs(&town, register).len(), 1, "{register}");
        let name = format!("city-care.{register}");
        assert_eq!(
            town.registers
                .matches_of(&system(), &name, "2")
                .unwrap()
                .len(),
            1
        );
        assert_eq!(town.registers.count_matches(&system(), &name).unwrap(), 1);
    }
}

#[test]
fn a_merge_fills_what_was_empty_and_taken_back_both_stand_as_they_stood() {
    for register in ["patient", "citizen"] {
        let town = Town::new();
        import(
            &town,
            register,
            "1,王小明,1990-01-02,,\n2,王小明,1990-01-02,13800000001,E1\n",
        );
        let before = [values(&town, register, "1"), values(&town, register, "2")];
        let merged = merge(&town, register, ("1", "2")).unwrap();
        assert_eq!(merged.filled, ["phone", "passport"], "{register}");
        assert_eq!(values(&town, register, "2"), None);
        assert_eq!(
            values(&town, register, "1").unwrap()["phone"],
            "13800000001"
        );
        assert!(pairs(&town, register).is_empty(), "the pair is decided");
        let name = format!("city-care.{register}");
        assert_eq!(
            town.registers
                .merged_into(&system(), &name, "2")
                .unwrap()
                .as_deref(),
            Some("1")
        );
        let refused = import(&town, register, "2,王小明,1990-01-02,13800000001,E1\n");
        let RowOutcome::Failed(problems) = &refused.results[0].outcome else {
            panic!("{refused:?}");
        };
        assert_eq!(problems[0].code, "registers.merged_away");
        assert!(
            town.put(register, json!({"number": "2", "name": "王小明"}))
                .is_err()
        );
        let undo = |reason: &str| {
            let asked = (name.as_str(), merged.id.as_str(), reason);
            town.registers.undo_merge(&officer("other"), asked)
        };
        assert!(undo(" ").is_err(), "a reason is needed");
        assert!(undo("两人同名").unwrap().undone);
        assert_eq!(
            [values(&town, register, "1"), values(&town, register, "2")],
            before,
            "{register}"
        );
        assert!(matches!(undo("再来"), Err(RegistersError::Changed { .. })));
        let later = import(&town, register, "1,王小明,1990-01-02,,E9\n");
        assert_eq!(
            (later.updated, later.similar),
            (1, 0),
            "they are known to be two"
        );
        merge(&town, register, ("1", "2")).unwrap();
        assert_eq!(
            town.registers.list_merges(&system(), &name).unwrap().len(),
            2
        );
    }
}

#[test]
fn who_points_at_a_merged_record_is_shown_the_kept_one() {
    let town = Town::new();
    import(
        &town,
        "patient",
        "1,王小明,1990-01-02,,\n2,王晓明,1990-01-02,,E1\n",
    );
    town.put("visit", json!({"number": "v1", "patient": "2"}))
        .unwrap();
    assert_eq!(
        values(&town, "visit", "v1").unwrap()["patient_name"],
        "王晓明"
    );
    merge(&town, "patient", ("1", "2")).unwrap();
    assert_eq!(
        values(&town, "visit", "v1").unwrap()["patient_name"],
        "王小明"
    );
}

#[test]
fn two_said_to_be_two_are_not_asked_about_again() {
    let town = Town::new();
    import(
        &town,
        "patient",
        "1,王小明,1990-01-02,,\n2,王小明,1990-01-02,,\n",
    );
    let apart = |reason: &str| {
        let apart = KeepApart {
            register: "city-care.patient".to_owned(),
            first: "2".to_owned(),
            second: "1".to_owned(),
            reason: reason.to_owned(),
        };
        town.registers.keep_apart(&officer("one"), &apart)
    };
    assert!(apart("").is_err());
    apart("两人，身份证照片不同").unwrap();
    assert!(matches!(
        apart("再说一次"),
        Err(RegistersError::Changed { .. })
    ));
    assert!(pairs(&town, "patient").is_empty());
    let again = import(&town, "patient", "2,王小明,1990-01-02,13800000001,\n");
    assert_eq!((again.updated, again.similar), (1, 0));
    assert!(
        merge(&town, "patient", ("1", "1")).is_err(),
        "not with itself"
    );
    assert!(
        merge(&town, "patient", ("1", "9")).is_err(),
        "nor with nobody"
    );
}

#[test]
fn a_telephone_of_very_many_says_nothing_and_costs_nothing() {
    let town = Town::new();
    let mut rows = String::new();
    let name = |number: u32| -> String {
        let letters = [number * 7, number * 11 + 1, number * 13 + 2];
        letters
            .iter()
            .filter_map(|at| char::from_u32(0x4E00 + at))
            .collect()
    };
    for number in 0..300 {
        let (year, month) = (1940 + number / 12, number % 12 + 1);
        writeln!(
            rows,
            "{number},{},{year}-{month:02}-01,13805361234,",
            name(number)
        )
        .unwrap();
    }
    let first = import(&town, "patient", &rows);
    assert_eq!((first.created, first.similar), (300, 0));
    let row = format!("x,{},1940-08-01,13805361234,\n", name(7));
    let report = import(&town, "patient", &row);
    assert_eq!(report.similar, 1, "found by name and birthday all the same");
}

#[test]
fn a_large_file_is_compared_with_itself_across_its_batches() {
    let town = Town::new();
    let mut text = String::from("number,name,born\n");
    for number in 0..1_500 {
        let day = number % 28 + 1;
        writeln!(text, "{number},人员{number},1990-01-{day:02}").unwrap();
    }
    text.push_str("again,人员3,1990-01-04\n");
    let file = ImportFile {
        register: "city-care.citizen".to_owned(),
        file_name: "many.csv".to_owned(),
        allow_partial: false,
        dry_run: false,
    };
    let mut from = std::io::Cursor::new(text.into_bytes());
    let summary = town
        .registers
        .import_file(&system(), &file, &mut from, &mut std::io::sink())
        .unwrap();
    assert_eq!((summary.created, summary.similar), (1_501, 1));
    let found = pairs(&town, "citizen");
    assert_eq!((found[0].0.as_str(), found[0].1.as_str()), ("3", "again"));
}
