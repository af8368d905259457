//! The import of New York's requests: every row accounted for.

use std::collections::BTreeSet;

use yuandu_demo::{Mapping, RefusalKind, demo_rows, import_rows, matters};

use crate::demo;

const FILE: &str = include_str!("../../../../demo/data/cases/nyc311_2025-03-24_235rows.csv");

#[test]
fn all_235_rows_are_imported_or_skipped_with_a_reason_in_both_languages() {
    let rows = demo_rows().unwrap();
    assert_eq!(rows.len(), 235);
    let imported = rows.iter().filter(|r| r.result.is_ok()).count();
    let skipped = rows.iter().filter_map(|r| r.result.as_ref().err());
    let mut rejected = 0;
    for refusal in skipped {
        assert!(!refusal.reason.zh.is_empty() && !refusal.reason.en.is_empty());
        rejected += usize::from(refusal.kind == RefusalKind::Rejected);
    }
    assert_eq!(rejected, 0, "the carried file has no broken row");
    assert_eq!((imported, 235 - imported), (134, 101));
    let lines: BTreeSet<u64> = rows.iter().map(|r| r.line).collect();
    assert_eq!(lines.len(), 235);
}

#[test]
fn imported_places_lie_in_the_demo_area_and_keep_their_neighbours() {
    let mut placed = 0;
    let mut without = 0;
    for row in demo_rows().unwrap() {
        let Ok(record) = row.result else { continue };
        assert_eq!(record.position.is_some(), record.original.is_some());
        match record.position {
            Some(position) => {
                placed += 1;
                assert!(demo().grids.locate(position).is_some(), "{position}");
            }
            None => {
                without += 1;
                assert!(!record.address.is_empty(), "an address is all there is");
            }
        }
    }
    assert!(placed > 100);
    assert_eq!(
        without, 3,
        "rows without coordinates become cases with an address only"
    );
}

#[test]
fn times_are_read_as_new_yorks_wall_clock() {
    let rows = demo_rows().unwrap();
    let first = rows.iter().find(|r| r.external_id == "64446107").unwrap();
    let record = first.result.as_ref().unwrap();
    assert_eq!(first.line, 2);
    assert_eq!(record.created.to_string(), "2025-03-25T03:33:07Z");
    assert_eq!(record.closed.unwrap().to_string(), "2025-03-25T04:45:11Z");
    assert_eq!(record.category, "06028");
    assert_eq!(record.address, "1155 EAST 35 STREET BROOKLYN");
}

#[test]
fn categories_exist_and_descriptors_go_before_complaints() {
    let known: BTreeSet<String> = matters().unwrap().into_iter().map(|m| m.code).collect();
    let rows = demo_rows().unwrap();
    let of = |words: &str| {
        let records = rows.iter().filter_map(|r| r.result.as_ref().ok());
        let mut found = records
            .filter(|r| r.words.contains(words))
            .map(|r| r.category.as_str());
        found.next().unwrap()
    };
    assert_eq!(of("Pothole"), "06013");
    assert_eq!(of("Blocked - Construction"), "08002");
    assert_eq!(of("Manhole Cover Missing"), "01002");
    assert_eq!(of("Catch Basin"), "01004");
    let records = rows.iter().filter_map(|r| r.result.as_ref().ok());
    assert!(records.into_iter().all(|r| known.contains(&r.category)));
}

/// The first row of the file with one column replaced.
fn with(column: &str, value: &str) -> yuandu_demo::RowOutcome {
    let mut reader = csv::Reader::from_reader(FILE.as_bytes());
    let headers = reader.headers().unwrap().clone();
    let row = reader.records().next().unwrap().unwrap();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&headers).unwrap();
    let changed = headers
        .iter()
        .zip(&row)
        .map(|(h, v)| if h == column { value } else { v });
    writer.write_record(changed).unwrap();
    let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
    import_rows(&text, &Mapping::carried().unwrap())
        .unwrap()
        .remove(0)
}

#[test]
fn a_row_that_cannot_be_used_is_rejected_with_what_is_wrong() {
    for (column, value, reason) in [
        ("Complaint Type", "Dragon", "`Dragon / Banging/Pounding`"),
        ("Created Date", "yesterday", "`yesterday` is not a time"),
        (
            "Closed Date",
            "03/20/2025 12:00:00 AM",
            "closed before it was made",
        ),
        ("Latitude", "99", "`99`"),
        ("Latitude", "abc", "`abc`"),
        ("Longitude", "-80.5", "not in New York"),
        ("Unique Key", "", "key is missing"),
    ] {
        let refusal = with(column, value).result.unwrap_err();
        assert_eq!(refusal.kind, RefusalKind::Rejected);
        assert!(refusal.reason.en.contains(reason), "{:?}", refusal.reason);
    }
}

#[test]
fn broken_and_repeated_rows_are_rejected_alone() {
    let mut lines = FILE.lines();
    let (header, first) = (lines.next().unwrap(), lines.next().unwrap());
    let text = format!("{header}\n{first}\nonly,three,columns\n{first}\n");
    let rows = import_rows(&text, &Mapping::carried().unwrap()).unwrap();
    assert!(rows[0].result.is_ok());
    let reason = |n: usize| rows[n].result.as_ref().unwrap_err().reason.en.clone();
    assert!(reason(1).contains("3 columns instead of 41"));
    assert!(reason(2).contains("64446107 occurs earlier"));
    assert!(import_rows("a,b\n1,2\n", &Mapping::carried().unwrap()).is_err());
}

#[test]
fn a_mapping_with_mistakes_reports_all_of_them() {
    let text = r#"
        [[rule]]
        complaint = "A"
        category = "99999"
        [[rule]]
        complaint = "B"
    "#;
    let error = Mapping::read(text, &matters().unwrap())
        .unwrap_err()
        .to_string();
    assert!(error.contains("`99999`, which does not exist") && error.contains("`B` has neither"));
    assert!(Mapping::read("[[rule]]\ncomplaint='A'\nkategory='06010'\n", &[]).is_err());
}
