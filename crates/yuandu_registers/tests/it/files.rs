//! Large files: in any encoding and kind, of any length, broken off and taken up again.

use std::io::{Cursor, Read, Seek, SeekFrom};

use yuandu_registers::{
    ExportCsv, ImportCsv, ImportFile, ImportSummary, ListRecords, RegistersError,
};

use crate::town::{Town, system};

const REGISTER: &str = "city-care.person";

fn people(count: u32) -> String {
    let rows: String = (1..=count).map(|n| format!("{n},人员{n}\n")).collect();
    format!("编号,姓名\n{rows}")
}

fn import(
    town: &Town,
    from: &mut dyn yuandu_sheet::Source,
    allow_partial: bool,
) -> Result<(ImportSummary, String), RegistersError> {
    let import = ImportFile {
        register: REGISTER.to_owned(),
        file_name: "people.csv".to_owned(),
        allow_partial,
        dry_run: false,
    };
    let mut results = Vec::new();
    let summary = town
        .registers
        .import_file(&system(), &import, from, &mut results)?;
    Ok((summary, String::from_utf8(results).unwrap()))
}

fn count(town: &Town) -> u64 {
    let list = ListRecords {
        register: REGISTER.to_owned(),
        count: true,
        ..ListRecords::default()
    };
    let page = town.registers.list_records(&system(), &list).unwrap();
    page.total.unwrap().count
}

/// A file whose disk fails once after so many bytes, counted over the last reading.
struct Failing {
    inner: Cursor<Vec<u8>>,
    readings: u32,
    left: usize,
}

impl Read for Failing {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.readings == 0 {
            if self.left == 0 {
                return Err(std::io::Error::other("the disk is gone"));
            }
            let most = into.len().min(self.left);
            let count = self.inner.read(&mut into[..most])?;
            self.left -= count;
            return Ok(count);
        }
        self.inner.read(into)
    }
}

impl Seek for Failing {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        if to == SeekFrom::Start(0) {
            self.readings = self.readings.saturating_sub(1);
        }
        self.inner.seek(to)
    }
}

#[test]
fn a_file_that_broke_off_goes_on_where_it_was_and_no_row_is_lost_or_doubled() {
    let town = Town::new();
    let bytes = people(5_500).into_bytes();
    // Looked at four times before rows are written: fingerprint, kind twice, and the check; then it breaks.
    let mut broken = None;
    for readings in 1..12 {
        let mut file = Failing {
            inner: Cursor::new(bytes.clone()),
            readings,
            left: bytes.len() * 6 / 10,
        };
        if import(&town, &mut file, false).is_err() && count(&town) > 0 {
            broken = Some(count(&town));
            break;
        }
    }
    let written = broken.expect("some reading writes rows before it breaks");
    assert!(
        written.is_multiple_of(1_000) && written < 5_500,
        "{written}"
    );
    let (summary, _) = import(&town, &mut Cursor::new(bytes.clone()), false).unwrap();
    assert_eq!((summary.resumed_after, summary.created), (written, 5_500));
    assert!(summary.committed);
    assert_eq!(count(&town), 5_500);
    let (again, _) = import(&town, &mut Cursor::new(bytes), false).unwrap();
    assert_eq!(
        (again.resumed_after, again.created, again.unchanged),
        (0, 0, 5_500)
    );
}

#[test]
fn one_bad_row_at_the_end_changes_nothing_unless_asked_and_every_row_has_a_result() {
    let town = Town::new();
    let text = format!("{}x,坏\n=1,公式\n", people(2_100));
    let (summary, results) = import(&town, &mut Cursor::new(text.clone()), false).unwrap();
    assert_eq!(
        (summary.rows, summary.failed, summary.committed),
        (2_102, 2, false)
    );
    assert_eq!(count(&town), 0);
    assert!(
        results.lines().count() >= 2_103,
        "a line for each row below the header"
    );
    assert_eq!(summary.first_failures[0].line, 2_102);
    let (summary, results) = import(&town, &mut Cursor::new(text), true).unwrap();
    assert_eq!(
        (summary.created, summary.failed, summary.committed),
        (2_100, 2, true)
    );
    assert_eq!(count(&town), 2_100);
    assert!(results.contains("2101,2102,,failed,number,"));
}

#[test]
fn gb_18030_and_workbooks_are_read_and_wrong_columns_are_named() {
    let town = Town::new();
    let (bytes, _, lost) = encoding_rs::GB18030.encode("编号,姓名\n1,王㐂\n");
    assert!(!lost);
    import(&town, &mut Cursor::new(bytes.into_owned()), false).unwrap();
    let view = town
        .registers
        .get_record(&system(), REGISTER, "1", false)
        .unwrap();
    assert_eq!(view.values["name"], "王㐂");
    let wrong = import(&town, &mut Cursor::new("编号,名\n1,x\n"), false);
    let Err(RegistersError::Invalid { problems }) = wrong else {
        panic!("must be refused");
    };
    assert_eq!(
        (problems[0].code.as_str(), problems[0].place.as_str()),
        ("registers.column_unknown", "名")
    );
    let export = ExportCsv {
        list: ListRecords {
            register: REGISTER.to_owned(),
            ..ListRecords::default()
        },
    };
    let mut workbook = Vec::new();
    let written = town
        .registers
        .export_xlsx(&system(), &export, &mut workbook)
        .unwrap();
    assert_eq!(written.rows, 1);
    let read = ImportCsv {
        register: REGISTER.to_owned(),
        ..ImportCsv::default()
    };
    let report = town
        .registers
        .import_csv(&system(), &read, &mut workbook.as_slice())
        .unwrap();
    assert_eq!((report.rows, report.unchanged), (1, 1));
}
