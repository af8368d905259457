//! CSV in and out.

use serde_json::json;
use yuandu_registers::{
    ExportCsv, ImportCsv, ImportReport, ListRecords, RegistersError, RowOutcome,
};

use crate::town::{Town, system};

const HEADER: &str = "部件标识码,title,kind,authority,owner,grid,state,installed_on,place_lon,place_lat,street_name,remark\n";

fn row(sequence: u32, rest: &str) -> String {
    format!(
        "37070501001{sequence:06},供水井盖,01001,city-management,water-supply,370705001001001,,２０２０－０５－０１,119.1,36.7,某街道,{rest}\n"
    )
}

fn import(town: &Town, text: &str, options: ImportCsv) -> Result<ImportReport, RegistersError> {
    let options = ImportCsv {
        register: "city-care.component".to_owned(),
        file_name: "x.csv".to_owned(),
        ..options
    };
    town.registers
        .import_csv(&system(), &options, &mut text.as_bytes())
}

fn count(town: &Town) -> u64 {
    let list = ListRecords {
        register: "city-care.component".to_owned(),
        count: true,
        ..ListRecords::default()
    };
    town.registers
        .list_records(&system(), &list)
        .unwrap()
        .total
        .unwrap()
        .count
}

#[test]
fn every_row_gets_a_result_and_a_second_import_finds_nothing_to_do() {
    let town = Town::new();
    let text = format!("\u{FEFF}{HEADER}{}{}", row(1, ""), row(2, "\"a, b\""));
    let first = import(&town, &text, ImportCsv::default()).unwrap();
    assert_eq!(
        (first.rows, first.created, first.failed, first.committed),
        (2, 2, 0, true)
    );
    assert_eq!(first.ignored_columns, ["street_name"]);
    assert_eq!(first.positions.len(), 1, "one log entry for the file");
    let again = import(&town, &text, ImportCsv::default()).unwrap();
    assert_eq!((again.unchanged, again.committed), (2, false));
    let changed = import(
        &town,
        "code,remark\n37070501001000001,new\n",
        ImportCsv::default(),
    )
    .unwrap();
    assert_eq!((changed.updated, changed.committed), (1, true));
    let view = town
        .registers
        .get_record(&system(), "city-care.component", "37070501001000001", false)
        .unwrap();
    assert_eq!(
        view.values["title"], "供水井盖",
        "columns that are not in the file keep their values"
    );
}

#[test]
fn a_bad_row_changes_nothing_unless_asked_and_names_column_and_remedy() {
    let town = Town::new();
    let bad = row(2, "")
        .replace("119.1,36.7", "36.7,119.1")
        .replace("01001,city", "99999,city");
    let text = format!(
        "{HEADER}{}{bad}{}{}",
        row(1, ""),
        row(1, "again"),
        row(3, "x").replace("370705001001001", "370705001001777")
    );
    let size = town.store.size();
    let refused = import(&town, &text, ImportCsv::default()).unwrap();
    assert_eq!(
        (refused.created, refused.failed, refused.committed),
        (1, 3, false)
    );
    assert_eq!((town.store.size(), count(&town)), (size, 0));
    let problems = |at: usize| match &refused.results[at].outcome {
        RowOutcome::Failed(problems) => problems
            .iter()
            .map(|p| (p.place.as_str(), p.code.as_str()))
            .collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        problems(1),
        [
            ("place", "schema.impossible_place"),
            ("kind", "schema.code_unknown")
        ]
    );
    assert_eq!(problems(2), [("code", "registers.import_twice")]);
    assert_eq!(problems(3), [("grid", "registers.reference_unknown")]);
    assert_eq!(
        refused
            .results
            .iter()
            .map(|r| (r.row, r.line))
            .collect::<Vec<_>>(),
        [(1, 2), (2, 3), (3, 4), (4, 5)]
    );
    let dry = import(
        &town,
        &text,
        ImportCsv {
            dry_run: true,
            allow_partial: true,
            ..ImportCsv::default()
        },
    )
    .unwrap();
    assert_eq!((dry.committed, count(&town)), (false, 0));
    let partial = import(
        &town,
        &text,
        ImportCsv {
            allow_partial: true,
            ..ImportCsv::default()
        },
    )
    .unwrap();
    assert_eq!(
        (
            partial.created,
            partial.failed,
            partial.committed,
            count(&town)
        ),
        (1, 3, true, 1)
    );
}

#[test]
fn a_file_that_is_not_this_register_is_refused_whole() {
    let town = Town::new();
    let codes = |text: &[u8]| {
        let options = ImportCsv {
            register: "city-care.component".to_owned(),
            ..ImportCsv::default()
        };
        match town
            .registers
            .import_csv(&system(), &options, &mut &text[..])
            .unwrap_err()
        {
            RegistersError::Invalid { problems } => {
                problems.into_iter().map(|p| p.code).collect::<Vec<_>>()
            }
            other => panic!("{other}"),
        }
    };
    assert_eq!(
        codes("title,colour,title\n".as_bytes()),
        [
            "registers.column_unknown",
            "registers.column_twice",
            "registers.column_missing"
        ]
    );
    // GB 18030 is read as what it says: 部件.
    assert_eq!(
        codes(b"\xB2\xBF\xBC\xFE,title\n"),
        ["registers.column_unknown", "registers.column_missing"]
    );
}

#[test]
fn broken_rows_are_reported_and_do_not_stop_the_others() {
    let town = Town::new();
    let mut text = HEADER.as_bytes().to_vec();
    text.extend(row(1, "").bytes());
    text.extend(b"1,2,3\n");
    text.extend(row(2, "").replace("供水井盖", "\u{1}").bytes());
    let options = ImportCsv {
        register: "city-care.component".to_owned(),
        allow_partial: true,
        ..ImportCsv::default()
    };
    let report = town
        .registers
        .import_csv(&system(), &options, &mut &text[..])
        .unwrap();
    let codes: Vec<String> = report
        .results
        .iter()
        .map(|result| match &result.outcome {
            RowOutcome::Failed(problems) => problems[0].code.clone(),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(
        codes,
        ["Created", "registers.row_width", "schema.control_character"]
    );
    // Bytes that are no text in any encoding say that the file is damaged: nothing of it is believed.
    text.extend(b"\xFF\xFF\n");
    let damaged = town
        .registers
        .import_csv(&system(), &options, &mut &text[..]);
    assert!(
        matches!(damaged, Err(RegistersError::Sheet(_))),
        "{damaged:?}"
    );
}

#[test]
fn what_is_exported_imports_as_unchanged_and_formulas_stay_text() {
    let town = Town::new();
    town.fill(5);
    town.put(
        "component",
        json!({"code": "37070501001000002", "remark": "=1+1"}),
    )
    .unwrap();
    let mut file = Vec::new();
    let list = ListRecords {
        register: "city-care.component".to_owned(),
        ..ListRecords::default()
    };
    let summary = town
        .registers
        .export_csv(&system(), &ExportCsv { list }, &mut file)
        .unwrap();
    assert_eq!((summary.rows, summary.masked.len()), (5, 0));
    let text = String::from_utf8(file).unwrap();
    assert!(text.contains("'=1+1"));
    let report = import(&town, &text, ImportCsv::default()).unwrap();
    assert_eq!(
        (report.unchanged, report.failed),
        (5, 0),
        "{:?}",
        report.results
    );
}

#[test]
fn masked_columns_leave_masked_and_cannot_come_back_as_values() {
    let town = Town::new();
    town.put(
        "person",
        json!({"number": 1, "name": "张三", "phone": "13805360001"}),
    )
    .unwrap();
    let mut file = Vec::new();
    let list = ListRecords {
        register: "city-care.person".to_owned(),
        ..ListRecords::default()
    };
    let summary = town
        .registers
        .export_csv(&system(), &ExportCsv { list }, &mut file)
        .unwrap();
    let text = String::from_utf8(file).unwrap();
    assert_eq!(
        (text.as_str(), summary.masked.len()),
        ("number,name,phone\n1,张三,***\n", 1)
    );
    let options = ImportCsv {
        register: "city-care.person".to_owned(),
        ..ImportCsv::default()
    };
    let report = town
        .registers
        .import_csv(&system(), &options, &mut text.as_bytes())
        .unwrap();
    assert!(
        matches!(&report.results[0].outcome, RowOutcome::Failed(problems) if problems[0].code == "registers.masked")
    );
}

#[test]
fn a_long_file_is_written_in_few_entries() {
    let town = Town::new();
    let text: String = std::iter::once(HEADER.to_owned())
        .chain((1..=2_500).map(|n| row(n, "")))
        .collect();
    let report = import(&town, &text, ImportCsv::default()).unwrap();
    assert_eq!(
        (report.created, report.positions.len(), count(&town)),
        (2_500, 3, 2_500)
    );
}
