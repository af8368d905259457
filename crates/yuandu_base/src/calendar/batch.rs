//! Many sums at once: a CSV file with the columns `from` and `budget` in, one answer a row out.
//!
//! Rows are read and answered one by one, so a file of any length needs little memory. A bad row gets an error that
//! names its line and column and stops nothing. Reading and writing files is the caller's business.

use std::io::{self, Read, Write};

use csv::{ByteRecord, ReaderBuilder};
use jiff::civil::Date;
use serde::Serialize;

use crate::LocalText;
use crate::line_ends::{LineEnds, Watched};

use super::Calendar;
use super::budget::{Budget, shortened};
use super::error::CalendarError;

/// One answer of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BatchRow {
    /// The line of the file on which the row begins, counted from 1.
    pub line: u64,
    /// The start as it was written.
    pub from: String,
    /// The budget as it was written.
    pub budget: String,
    /// The due instant in RFC 3339 with the calendar's offset; none in a bad row.
    pub due: Option<String>,
    /// The last counted day.
    pub due_date: Option<Date>,
    /// Whether a year without a holiday table was touched.
    pub beyond_calendar: bool,
    /// What is wrong with the row.
    pub error: Option<LocalText>,
}

/// How a batch went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct BatchSummary {
    /// Rows answered, good and bad.
    pub rows: u64,
    /// Rows with an error.
    pub errors: u64,
    /// Rows that touch a year without a holiday table.
    pub beyond_calendar: u64,
}

/// Why a batch stopped.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// The heading is missing or wrong.
    #[error(transparent)]
    Heading(#[from] CalendarError),
    /// The input could not be read or the output not written.
    #[error("the batch stopped at an input or output error")]
    Io(#[source] io::Error),
}

impl BatchError {
    /// The kind for the caller.
    #[must_use]
    pub fn kind(&self) -> crate::ErrorKind {
        match self {
            Self::Heading(error) => error.kind(),
            Self::Io(_) => crate::ErrorKind::Unavailable,
        }
    }
}

/// Answers every row of `input` through `answer`.
///
/// # Errors
/// [`BatchError::Heading`] when the first line does not name the columns; [`BatchError::Io`] when reading fails or
/// `answer` does.
pub fn run(
    calendar: &Calendar,
    input: impl Read,
    mut answer: impl FnMut(&BatchRow) -> io::Result<()>,
) -> Result<BatchSummary, BatchError> {
    Opened::open(input)?.answer(calendar, &mut answer)
}

/// Answers a batch as CSV with the columns `from,budget,due,due_date,error`; errors are in `lang`.
///
/// # Errors
/// As for [`run`].
pub fn run_to_csv(
    calendar: &Calendar,
    input: impl Read,
    output: impl Write,
    lang: crate::Lang,
) -> Result<BatchSummary, BatchError> {
    let opened = Opened::open(input)?;
    let mut writer = csv::Writer::from_writer(output);
    let heading = ["from", "budget", "due", "due_date", "error"];
    writer
        .write_record(heading)
        .map_err(|error| BatchError::Io(io_error(error)))?;
    let summary = opened.answer(calendar, &mut |row| {
        let date = row.due_date.map(|d| d.to_string()).unwrap_or_default();
        let error = row.error.as_ref().map_or("", |e| e.get(lang));
        let due = row.due.as_deref().unwrap_or_default();
        writer
            .write_record([&row.from, &row.budget, due, &date, error])
            .map_err(io_error)
    })?;
    writer.flush().map_err(BatchError::Io)?;
    Ok(summary)
}

/// Answers a batch as JSON, one object a line.
///
/// # Errors
/// As for [`run`].
pub fn run_to_json_lines(
    calendar: &Calendar,
    input: impl Read,
    mut output: impl Write,
) -> Result<BatchSummary, BatchError> {
    let summary = run(calendar, input, |row| {
        serde_json::to_writer(&mut output, row).map_err(io::Error::from)?;
        output.write_all(b"\n")
    })?;
    output.flush().map_err(BatchError::Io)?;
    Ok(summary)
}

/// Keeps the kind of the error, so that a closed pipe can be told from a full disk.
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// A batch whose heading has been read.
struct Opened<R> {
    reader: csv::Reader<Watched<R>>,
    columns: Columns,
    ends: LineEnds,
}

impl<R: Read> Opened<R> {
    fn open(input: R) -> Result<Self, BatchError> {
        let input = Watched::new(input);
        let ends = input.ends();
        let mut reader = ReaderBuilder::new().flexible(true).from_reader(input);
        let heading = reader.byte_headers();
        let columns = Columns::find(heading.map_err(|error| BatchError::Io(io_error(error)))?)?;
        Ok(Self {
            reader,
            columns,
            ends,
        })
    }

    fn answer(
        mut self,
        calendar: &Calendar,
        answer: &mut dyn FnMut(&BatchRow) -> io::Result<()>,
    ) -> Result<BatchSummary, BatchError> {
        let mut summary = BatchSummary::default();
        let mut record = ByteRecord::new();
        let wrong = |error| BatchError::Io(io_error(error));
        while self.reader.read_byte_record(&mut record).map_err(wrong)? {
            let line = self
                .ends
                .line(record.position().map_or(0, csv::Position::line));
            let row = self.columns.answer(calendar, line, &record);
            summary.rows += 1;
            summary.errors += u64::from(row.error.is_some());
            summary.beyond_calendar += u64::from(row.beyond_calendar);
            answer(&row).map_err(BatchError::Io)?;
        }
        Ok(summary)
    }
}

/// Where the two columns are; other columns are passed over.
struct Columns {
    from: usize,
    budget: usize,
}

impl Columns {
    fn find(heading: &ByteRecord) -> Result<Self, CalendarError> {
        let names: Vec<String> = heading
            .iter()
            .map(|cell| {
                let cell = String::from_utf8_lossy(cell);
                cell.trim_start_matches('\u{feff}')
                    .trim()
                    .to_ascii_lowercase()
            })
            .collect();
        let position = |name: &str| names.iter().position(|n| n == name);
        match (position("from"), position("budget")) {
            (Some(from), Some(budget)) => Ok(Self { from, budget }),
            _ => {
                let seen = shortened(&names.join(","));
                Err(CalendarError::Batch {
                    reason: LocalText::new(
                        format!("第 1 行须为列名 `from,budget`，现为 `{seen}`"),
                        format!("line 1 must name the columns `from,budget`, but it is `{seen}`"),
                    ),
                })
            }
        }
    }

    fn answer(&self, calendar: &Calendar, line: u64, record: &ByteRecord) -> BatchRow {
        let cell = |at: usize| {
            record
                .get(at)
                .map(|c| String::from_utf8_lossy(c).into_owned())
        };
        let mut row = BatchRow {
            line,
            from: cell(self.from).unwrap_or_default(),
            budget: cell(self.budget).unwrap_or_default(),
            due: None,
            due_date: None,
            beyond_calendar: false,
            error: None,
        };
        match self.sum(calendar, record) {
            Ok(projection) => {
                row.due = Some(projection.due_rfc3339());
                row.due_date = Some(projection.due_date);
                row.beyond_calendar = projection.beyond_calendar;
            }
            Err((column, message)) => {
                row.error = Some(LocalText::new(
                    format!("第 {line} 行 {column} 列：{}", message.zh),
                    format!("line {line}, column {column}: {}", message.en),
                ));
            }
        }
        row
    }

    fn sum(
        &self,
        calendar: &Calendar,
        record: &ByteRecord,
    ) -> Result<super::Projection, (&'static str, LocalText)> {
        let text = |at: usize, column: &'static str| match record.get(at).map(std::str::from_utf8) {
            Some(Ok(text)) if !text.trim().is_empty() => Ok(text),
            Some(Ok(_)) | None => Err((
                column,
                LocalText::new("为空，请填写", "it is empty; fill it in"),
            )),
            Some(Err(_)) => Err((
                column,
                LocalText::new(
                    "不是 UTF-8 文字，请以 UTF-8 保存文件",
                    "it is not UTF-8; save the file as UTF-8",
                ),
            )),
        };
        let from = text(self.from, "from")?;
        let budget = text(self.budget, "budget")?;
        let from = calendar
            .parse_instant(from)
            .map_err(|e| ("from", e.message()))?;
        let budget: Budget = budget
            .parse()
            .map_err(|e: CalendarError| ("budget", e.message()))?;
        calendar
            .project(from, budget)
            .map_err(|e| ("budget", e.message()))
    }
}
