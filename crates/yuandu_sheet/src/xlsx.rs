//! Workbooks: the first sheet, cell by cell.

use std::io::{Read as _, SeekFrom};

use calamine::{DataRef, ExcelDateTime, Reader as _, Xlsx};
use csv::StringRecord;

use crate::SheetError;
use crate::read::{Line, MOST_COLUMNS, Source};

/// Texts of a workbook at most, unpacked: they are the one part that is held in memory.
const MOST_TEXT: u64 = 512 * 1024 * 1024;

pub(crate) fn each_row<E: From<SheetError>>(
    source: &mut dyn Source,
    each: &mut dyn FnMut(Line<'_>) -> Result<bool, E>,
) -> Result<(), E> {
    refuse_bombs(source)?;
    let mut book = Xlsx::new(source).map_err(|error| workbook(&error))?;
    let Some(sheet) = book.sheet_names().first().cloned() else {
        return Err(SheetError::Empty.into());
    };
    let mut cells = book
        .worksheet_cells_reader(&sheet)
        .map_err(|error| workbook(&error))?;
    let mut row = Row::default();
    while let Some(cell) = cells.next_cell().map_err(|error| workbook(&error))? {
        let (line, column) = cell.get_position();
        if line != row.line {
            if !row.hand_over(each)? {
                return Ok(());
            }
            row.line = line;
        }
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        if column >= MOST_COLUMNS {
            return Err(SheetError::TooWide {
                line: u64::from(line) + 1,
                columns: MOST_COLUMNS,
            }
            .into());
        }
        row.put(column, text(cell.get_value()));
    }
    row.hand_over(each)?;
    Ok(())
}

/// A row being put together.
#[derive(Default)]
struct Row {
    /// Counted from 0.
    line: u32,
    cells: Vec<String>,
    /// Columns of the header: rows that end early are filled up to it.
    width: usize,
}

impl Row {
    fn put(&mut self, column: usize, text: String) {
        if self.cells.len() <= column {
            self.cells.resize(column + 1, String::new());
        }
        if let Some(cell) = self.cells.get_mut(column) {
            *cell = text;
        }
    }

    fn hand_over<E>(
        &mut self,
        each: &mut dyn FnMut(Line<'_>) -> Result<bool, E>,
    ) -> Result<bool, E> {
        while self.cells.last().is_some_and(|cell| cell.trim().is_empty()) {
            self.cells.pop();
        }
        if self.cells.is_empty() {
            return Ok(true);
        }
        if self.width == 0 {
            self.width = self.cells.len();
        }
        if self.cells.len() < self.width {
            self.cells.resize(self.width, String::new());
        }
        let cells = StringRecord::from(std::mem::take(&mut self.cells));
        each(Line {
            number: u64::from(self.line) + 1,
            cells: &cells,
        })
    }
}

/// What a cell says, as a person would type it.
fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(flag) => flag.to_string(),
        DataRef::DateTime(at) => moment(at),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => error.to_string(),
    }
}

fn moment(at: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, milli) = at.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    if (hour, minute, second, milli) == (0, 0, 0, 0) {
        return date;
    }
    format!("{date}T{hour:02}:{minute:02}:{second:02}")
}

fn workbook(error: &calamine::XlsxError) -> SheetError {
    SheetError::Workbook {
        reason: error.to_string(),
    }
}

/// Unpacks everything but the rows of the sheets once into nothing, counting: what an archive says of its sizes may be a lie.
fn refuse_bombs(source: &mut dyn Source) -> Result<(), SheetError> {
    let broken = |error: zip::result::ZipError| SheetError::Workbook {
        reason: error.to_string(),
    };
    let mut archive = zip::ZipArchive::new(&mut *source).map_err(broken)?;
    let mut left = MOST_TEXT;
    for at in 0..archive.len() {
        let entry = archive.by_index(at).map_err(broken)?;
        let name = entry.name().map_err(broken)?.into_owned();
        if name.starts_with("xl/worksheets/") {
            continue;
        }
        let unpacked = std::io::copy(&mut entry.take(left + 1), &mut std::io::sink())?;
        if unpacked > left {
            return Err(SheetError::TooBig {
                megabytes: MOST_TEXT / (1024 * 1024),
            });
        }
        left -= unpacked;
    }
    drop(archive);
    source.seek(SeekFrom::Start(0))?;
    Ok(())
}
