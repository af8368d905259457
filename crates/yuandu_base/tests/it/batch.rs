//! Batches: every row answered, bad rows named, nothing stopped.

use std::fmt::Write as _;

use yuandu_base::Lang;
use yuandu_base::calendar::{Calendar, batch};

fn csv(input: &[u8], lang: Lang) -> (String, batch::BatchSummary) {
    let mut out = Vec::new();
    let summary = batch::run_to_csv(Calendar::statutory(), input, &mut out, lang).unwrap();
    (String::from_utf8(out).unwrap(), summary)
}

#[test]
fn a_bad_row_names_its_line_and_column_and_stops_nothing() {
    let input = "from,budget\n2025-01-24T16:30,20d\n2025-02-30,20d\n2025-01-24,20x\n2025-01-24\n,5d\n2025-01-24T16:30,4h\n";
    let (out, summary) = csv(input.as_bytes(), Lang::En);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines[0], "from,budget,due,due_date,error,beyond_calendar");
    assert_eq!(
        lines[1],
        "2025-01-24T16:30,20d,2025-02-27T17:30:00+08:00,2025-02-27,,"
    );
    assert!(lines[2].contains(
        "\"line 3, column from: `2025-02-30` is not a date and time: month 2 of 2025 has 28 days\""
    ));
    assert!(lines[3].contains("line 4, column budget: `20x` is not a budget"));
    assert!(lines[4].contains("line 5, column budget: it is empty"));
    assert!(lines[5].contains("line 6, column from: it is empty"));
    assert!(lines[6].starts_with("2025-01-24T16:30,4h,2025-01-26T11:30:00+08:00,2025-01-26"));
    assert_eq!((summary.rows, summary.errors), (6, 4));
    let (zh, _) = csv(input.as_bytes(), Lang::Zh);
    assert!(
        zh.contains("第 3 行 from 列：`2025-02-30` 不是日期时间：2025 年 2 月只有 28 天"),
        "{zh}"
    );
}

#[test]
fn lines_of_a_spreadsheets_file_are_numbered_as_people_count_them() {
    let (out, _) = csv(
        b"from,budget\r\n2025-01-24T16:30,1d\r\nbad,1d\r\n",
        Lang::En,
    );
    assert!(out.contains("line 3, column from"), "{out}");
}

#[test]
fn a_file_saved_by_a_spreadsheet_is_read() {
    let input = "\u{feff}No,Budget , FROM\r\n1,20d,2025-01-24 16:30\r\n";
    let (out, summary) = csv(input.as_bytes(), Lang::Zh);
    assert!(out.contains("2025-02-27T17:30:00+08:00"), "{out}");
    assert_eq!(summary.errors, 0);
}

#[test]
fn bytes_that_are_not_utf8_are_an_error_of_their_row() {
    let (out, summary) = csv(
        b"from,budget\n\xff\xfe,20d\n2025-01-24T16:30,20d\n",
        Lang::En,
    );
    assert!(
        out.contains("line 2, column from: it is not UTF-8"),
        "{out}"
    );
    assert_eq!((summary.rows, summary.errors), (2, 1));
}

#[test]
fn a_file_without_its_heading_is_refused() {
    for input in ["", "2025-01-24T16:30,20d\n"] {
        let refused = batch::run_to_csv(
            Calendar::statutory(),
            input.as_bytes(),
            Vec::new(),
            Lang::En,
        )
        .unwrap_err();
        assert!(
            refused
                .to_string()
                .contains("line 1 must name the columns `from,budget`"),
            "{refused}"
        );
        assert_eq!(refused.kind(), yuandu_base::ErrorKind::Invalid);
    }
}

#[test]
fn json_lines_carry_both_languages_and_the_missing_year() {
    let mut out = Vec::new();
    let input = "from,budget\n2026-12-30,5d\nx,5d\n";
    let summary =
        batch::run_to_json_lines(Calendar::statutory(), input.as_bytes(), &mut out).unwrap();
    let rows: Vec<serde_json::Value> = String::from_utf8(out)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows[0]["beyond_calendar"], true);
    assert_eq!(rows[0]["error"], serde_json::Value::Null);
    assert_eq!(rows[1]["line"], 3);
    assert!(
        rows[1]["error"]["zh"]
            .as_str()
            .unwrap()
            .starts_with("第 3 行 from 列")
    );
    assert_eq!(
        summary,
        batch::BatchSummary {
            rows: 2,
            errors: 1,
            beyond_calendar: 1
        }
    );
}

#[test]
fn ten_thousand_rows_get_ten_thousand_answers() {
    let mut input = "from,budget\n".to_owned();
    for row in 0..10_000 {
        writeln!(input, "2025-01-24T16:30,{}d", row % 60).unwrap();
    }
    let (out, summary) = csv(input.as_bytes(), Lang::En);
    assert_eq!(out.lines().count(), 10_001);
    assert_eq!((summary.rows, summary.errors), (10_000, 0));
}

/// A pipe whose reader has gone away.
struct ClosedPipe;

impl std::io::Write for ClosedPipe {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_closed_pipe_is_told_from_other_failures() {
    let input = b"from,budget\n2025-01-24,1d\n".as_slice();
    let calendar = Calendar::statutory();
    for refused in [
        batch::run_to_csv(calendar, input, ClosedPipe, Lang::En).unwrap_err(),
        batch::run_to_json_lines(calendar, input, ClosedPipe).unwrap_err(),
    ] {
        let batch::BatchError::Io(error) = refused else {
            panic!("{refused}");
        };
        assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe);
    }
}

#[test]
fn a_refused_file_leaves_nothing_in_the_output() {
    let mut out = Vec::new();
    batch::run_to_csv(
        Calendar::statutory(),
        b"a,b\n".as_slice(),
        &mut out,
        Lang::En,
    )
    .unwrap_err();
    assert!(out.is_empty());
}

#[test]
fn a_quote_that_is_not_closed_is_told_for_every_row_it_takes() {
    let input = "from,budget\n2025-01-24,1d\n\"2025-01-24,1d\n2025-01-25,2d\n2025-01-26,3d\n";
    let (out, summary) = csv(input.as_bytes(), Lang::En);
    assert_eq!((summary.rows, summary.errors), (4, 3), "{out}");
    assert!(
        out.contains("line 3: a quote is not closed, so 3 rows up to line 5"),
        "{out}"
    );
    // In a column that is passed over, too.
    let input = "from,budget,note\n2025-01-24,1d,\"open\n2025-01-25,2d,\n";
    let (out, summary) = csv(input.as_bytes(), Lang::En);
    assert_eq!((summary.rows, summary.errors), (2, 2), "{out}");
    // A note of several lines is none of our business.
    let input = "from,budget,note\n2025-01-24,1d,\"two\nlines\"\n2025-01-25,2d,x\n";
    assert_eq!(csv(input.as_bytes(), Lang::En).1.errors, 0);
}

#[test]
fn a_row_with_a_cell_too_many_is_told() {
    let (out, summary) = csv(b"from,budget\n2025-01-24,1d,5\n2025-01-24,1d\n", Lang::En);
    assert_eq!((summary.rows, summary.errors), (2, 1));
    assert!(
        out.contains("line 2, column budget: the row has 3 cells, the heading 2"),
        "{out}"
    );
}

#[test]
fn a_year_beyond_the_tables_is_marked_in_its_row() {
    let (out, _) = csv(
        b"from,budget\n2035-01-24T16:30,1d\n2025-01-24T16:30,1d\n",
        Lang::Zh,
    );
    let lines: Vec<&str> = out.lines().collect();
    assert!(
        lines[1].ends_with(",true") && lines[2].ends_with(','),
        "{out}"
    );
}

#[test]
fn full_width_digits_are_read() {
    assert_eq!(
        "２０ｄ".parse(),
        "20d".parse::<yuandu_base::calendar::Budget>()
    );
}
