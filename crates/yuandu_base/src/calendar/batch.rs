//! Many sums at once: a CSV file with the columns `from` and `budget` in, one answer a row out.
//!
//! Rows are read and answered one by one, so a file of any length needs little memory. A bad row gets an error that
//! names its line and column and stops nothing. Reading and writing files is the caller's business.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

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

/// Answers a batch as CSV with the columns `from,budget,due,due_date,error,beyond_calendar`; errors are in `lang`.
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
    let heading = [
        "from",
        "budget",
        "due",
        "due_date",
        "error",
        "beyond_calendar",
    ];
    writer
        .write_record(heading)
        .map_err(|error| BatchError::Io(io_error(error)))?;
    let summary = opened.answer(calendar, &mut |row| {
        let date = row.due_date.map(|d| d.to_string()).unwrap_or_default();
        let error = row.error.as_ref().map_or("", |e| e.get(lang));
        let due = row.due.as_deref().unwrap_or_default();
        // Empty in the usual case, so that the few are seen.
        let beyond = if row.beyond_calendar { "true" } else { "" };
        writer
            .write_record([&row.from, &row.budget, due, &date, error, beyond])
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
    reader: csv::Reader<Watched<Counted<R>>>,
    columns: Columns,
    ends: LineEnds,
    quotes: Quotes,
}

impl<R: Read> Opened<R> {
    fn open(input: R) -> Result<Self, BatchError> {
        let quotes = Quotes::default();
        let input = Watched::new(Counted {
            input,
            quotes: quotes.clone(),
        });
        let ends = input.ends();
        let mut reader = ReaderBuilder::new().flexible(true).from_reader(input);
        let heading = reader.byte_headers();
        let columns = Columns::find(heading.map_err(|error| BatchError::Io(io_error(error)))?)?;
        Ok(Self {
            reader,
            columns,
            ends,
            quotes,
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
            let mut row = self.columns.answer(calendar, line, &record);
            let mut rows = 1;
            if breaks(&record) > 0 && self.quotes.left_open() {
                rows += breaks(&record);
                row = swallowed(line, rows);
            }
            summary.rows += rows;
            summary.errors += if row.error.is_some() { rows } else { 0 };
            summary.beyond_calendar += u64::from(row.beyond_calendar);
            answer(&row).map_err(BatchError::Io)?;
        }
        Ok(summary)
    }
}

/// How many quotes were read so far, and whether the file has ended.
#[derive(Debug, Clone, Default)]
struct Quotes(Arc<(AtomicU64, AtomicBool)>);

impl Quotes {
    /// Whether the file ended without the last quote being closed: written twice or around a cell, they come in pairs.
    fn left_open(&self) -> bool {
        let (count, ended) = &*self.0;
        ended.load(Ordering::Relaxed) && count.load(Ordering::Relaxed) % 2 == 1
    }
}

/// Reads on and counts quotes.
struct Counted<R> {
    input: R,
    quotes: Quotes,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        let read = buffer.get(..count).unwrap_or_default();
        let quotes = read.iter().filter(|byte| **byte == b'"').count();
        let (sum, ended) = &*self.quotes.0;
        sum.fetch_add(quotes as u64, Ordering::Relaxed);
        ended.fetch_or(count == 0 && !buffer.is_empty(), Ordering::Relaxed);
        Ok(count)
    }
}

/// Ends of lines inside a row, those at its very end left out.
fn breaks(record: &ByteRecord) -> u64 {
    let cells = record.iter().map(<[u8]>::trim_ascii_end);
    cells
        .map(|cell| cell.iter().filter(|byte| **byte == b'\n').count() as u64)
        .sum()
}

/// What is answered for all the rows that an open quote took into one cell.
fn swallowed(line: u64, rows: u64) -> BatchRow {
    let last = line + rows - 1;
    BatchRow {
        line,
        from: String::new(),
        budget: String::new(),
        due: None,
        due_date: None,
        beyond_calendar: false,
        error: Some(LocalText::new(
            format!("第 {line} 行的引号没有结束，到第 {last} 行共 {rows} 行都没有计算；请补上引号"),
            format!(
                "line {line}: a quote is not closed, so {rows} rows up to line {last} were not computed; close the quote"
            ),
        )),
    }
}

/// Where the two columns are; other columns are passed over.
struct Columns {
    from: usize,
    budget: usize,
    /// Columns the heading names.
    all: usize,
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
            (Some(from), Some(budget)) => Ok(Self {
                from,
                budget,
                all: names.len(),
            }),
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
        if record.len() > self.all {
            let (cells, all) = (record.len(), self.all);
            return Err((
                "budget",
                LocalText::new(
                    format!("这一行有 {cells} 格，列名只有 {all} 个；含逗号的内容请加引号"),
                    format!(
                        "the row has {cells} cells, the heading {all}; put quotes around what holds a comma"
                    ),
                ),
            ));
        }
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
