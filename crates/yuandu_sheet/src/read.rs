//! Reading a file row by row, whatever its kind.

use std::io::{Read, Seek, SeekFrom};

use csv::StringRecord;

use crate::decoded::Decoded;
use crate::format::unreadable;
use crate::lines::Lines;
use crate::{Format, SheetError, xlsx};

/// Columns of a row at most: no table of an office is wider, and a file of one endless line stops here.
pub(crate) const MOST_COLUMNS: usize = 1_000;

/// Where a file is read from.
pub trait Source: Read + Seek {}

impl<T: Read + Seek + ?Sized> Source for T {}

/// One row of a file.
#[derive(Debug)]
pub struct Line<'r> {
    /// Line in the file, counted from 1.
    pub number: u64,
    /// Its cells.
    pub cells: &'r StringRecord,
}

/// Reads a file; the first row is the header. Rows without any content are left out. Stops when `each` answers `false`.
///
/// # Errors
/// What the file is lacking, or what `each` says.
pub fn each_row<E: From<SheetError>>(
    source: &mut dyn Source,
    each: &mut dyn FnMut(Line<'_>) -> Result<bool, E>,
) -> Result<(), E> {
    let format = Format::of(source)?;
    source.seek(SeekFrom::Start(0)).map_err(SheetError::from)?;
    let mut rows = 0_u64;
    let mut counted = |line: Line<'_>| {
        if line.cells.len() > MOST_COLUMNS {
            return Err(SheetError::TooWide {
                line: line.number,
                columns: MOST_COLUMNS,
            }
            .into());
        }
        rows += 1;
        each(line)
    };
    match format {
        Format::Xlsx => xlsx::each_row(source, &mut counted)?,
        Format::Csv(encoding) => {
            let text = Decoded::new(source, encoding);
            each_line(text, format.separator(), &mut counted)?;
        }
    }
    if rows == 0 {
        return Err(SheetError::Empty.into());
    }
    Ok(())
}

fn each_line<E: From<SheetError>>(
    text: impl Read,
    separator: u8,
    each: &mut dyn FnMut(Line<'_>) -> Result<bool, E>,
) -> Result<(), E> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .has_headers(false)
        .delimiter(separator)
        .from_reader(Lines::new(text));
    let mut cells = StringRecord::new();
    while reader.read_record(&mut cells).map_err(broken)? {
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        // The reader stands behind the row's end; lines inside its cells lie before it.
        let inside = cells
            .as_slice()
            .bytes()
            .filter(|byte| *byte == b'\n')
            .count() as u64;
        let number = reader.position().line().saturating_sub(1 + inside);
        if !each(Line {
            number,
            cells: &cells,
        })? {
            break;
        }
    }
    Ok(())
}

fn broken(error: csv::Error) -> SheetError {
    let line = error.position().map_or(0, csv::Position::line);
    let reason = error.to_string();
    match error.into_kind() {
        csv::ErrorKind::Io(error) => unreadable(error),
        _ => SheetError::Csv { line, reason },
    }
}

#[cfg(test)]
mod tests;
