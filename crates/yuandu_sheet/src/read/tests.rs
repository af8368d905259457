//! Files as offices send them.

use std::io::Cursor;

use encoding_rs::{GB18030, UTF_16LE};
use proptest::prelude::*;

use super::*;
use crate::{Cell, XlsxWriter};

fn rows(bytes: impl Into<Vec<u8>>) -> Result<Vec<(u64, Vec<String>)>, SheetError> {
    let mut found = Vec::new();
    each_row(&mut Cursor::new(bytes.into()), &mut |line: Line<'_>| {
        let cells = line.cells.iter().map(str::to_owned).collect();
        found.push((line.number, cells));
        Ok::<_, SheetError>(true)
    })?;
    Ok(found)
}

const TEXT: &str = "编号,名称\r\n1,\"井盖,铸铁\"\r\n\r\n2,路灯\r\n";

fn expected() -> Vec<(u64, Vec<String>)> {
    [
        (1, ["编号", "名称"]),
        (2, ["1", "井盖,铸铁"]),
        (4, ["2", "路灯"]),
    ]
    .map(|(line, cells)| (line, cells.map(str::to_owned).to_vec()))
    .to_vec()
}

#[test]
fn the_same_rows_are_read_in_every_encoding_with_and_without_a_mark() {
    let marked = format!("\u{FEFF}{TEXT}");
    let (gb, _, _) = GB18030.encode(TEXT);
    for bytes in [
        TEXT.as_bytes().to_vec(),
        marked.into_bytes(),
        gb.into_owned(),
    ] {
        assert_eq!(rows(bytes).unwrap(), expected());
    }
}

#[test]
fn a_row_is_told_by_the_line_it_begins_on() {
    let text = "a,b\n\n1,\"two\nlines\"\n\n2,end";
    let lines: Vec<u64> = rows(text)
        .unwrap()
        .into_iter()
        .map(|(line, _)| line)
        .collect();
    assert_eq!(lines, [1, 3, 6]);
}

#[test]
fn unicode_text_of_a_spreadsheet_is_read_with_its_tabs() {
    let mut bytes = vec![0xFF, 0xFE];
    bytes.extend(
        "编号\t名称\r\n1\t井盖,铸铁\r\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes),
    );
    assert_eq!(UTF_16LE.name(), "UTF-16LE");
    assert_eq!(rows(bytes).unwrap()[1].1, ["1", "井盖,铸铁"]);
}

#[test]
fn bytes_that_are_no_text_are_refused_with_their_place() {
    let error = rows(b"a,b\n1,\xFF\xFF\n".to_vec()).unwrap_err();
    assert_eq!(error.code(), "sheet.encoding");
    assert!(
        matches!(error, SheetError::Encoding { byte: 6 | 7 }),
        "{error:?}"
    );
}

#[test]
fn a_file_without_rows_and_one_endless_row_are_refused() {
    assert_eq!(rows("").unwrap_err().code(), "sheet.empty");
    assert_eq!(
        rows(",".repeat(2_000) + "x").unwrap_err().code(),
        "sheet.too_wide"
    );
    assert_eq!(
        rows("PK\u{3}\u{4}no archive").unwrap_err().code(),
        "sheet.workbook"
    );
}

#[test]
fn what_is_written_to_a_workbook_is_read_from_it_and_formulas_stay_texts() {
    let mut writer = XlsxWriter::new(vec![
        "编号".to_owned(),
        "说明".to_owned(),
        "数量".to_owned(),
    ])
    .unwrap();
    writer
        .row(&[
            Cell::Text("370702199001010018".to_owned()),
            Cell::Text("=1+1".to_owned()),
            Cell::Number(12.5),
        ])
        .unwrap();
    writer
        .row(&[
            Cell::Text("2".to_owned()),
            Cell::Text(String::new()),
            Cell::Text(String::new()),
        ])
        .unwrap();
    let mut bytes = Vec::new();
    writer.finish(&mut bytes).unwrap();
    let read = rows(bytes).unwrap();
    assert_eq!(
        read[1],
        (
            2,
            ["370702199001010018", "=1+1", "12.5"]
                .map(str::to_owned)
                .to_vec()
        )
    );
    assert_eq!(read[2], (3, ["2", "", ""].map(str::to_owned).to_vec()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn damaged_workbooks_are_refused_or_read_but_never_break_the_reader(at in 0_usize..4_000, byte in any::<u8>()) {
        let mut writer = XlsxWriter::new(vec!["a".to_owned()]).unwrap();
        writer.row(&[Cell::Text("井盖".to_owned())]).unwrap();
        let mut bytes = Vec::new();
        writer.finish(&mut bytes).unwrap();
        let at = at % bytes.len();
        bytes[at] = byte;
        let _ = rows(bytes);
    }
}
