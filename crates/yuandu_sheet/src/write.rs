//! Writing workbooks row by row.

use std::io::Write;

use rust_xlsxwriter::{Format, Workbook, XlsxError};

use crate::SheetError;

/// Rows of a sheet, by the format's own limit.
const ROWS_OF_A_SHEET: u32 = 1_048_576;
/// Characters of a cell, by the format's own limit.
const CELL_MAX: usize = 32_767;

/// The content of a cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// A text; never computed, whatever it begins with.
    Text(String),
    /// A number that programs may add up.
    Number(f64),
}

/// A workbook being written. Rows go to a temporary file at once; texts that are too long for a cell are cut.
pub struct XlsxWriter {
    book: Workbook,
    header: Vec<String>,
    sheets: usize,
    /// The next row of the sheet.
    row: u32,
}

impl std::fmt::Debug for XlsxWriter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("XlsxWriter")
            .field("sheets", &self.sheets)
            .field("row", &self.row)
            .finish_non_exhaustive()
    }
}

impl XlsxWriter {
    /// Begins a workbook; every sheet of it repeats the header.
    ///
    /// # Errors
    /// When no temporary file can be made.
    pub fn new(header: Vec<String>) -> Result<Self, SheetError> {
        let mut writer = Self {
            book: Workbook::new(),
            header,
            sheets: 0,
            row: 0,
        };
        writer.begin_sheet()?;
        Ok(writer)
    }

    fn begin_sheet(&mut self) -> Result<(), SheetError> {
        let bold = Format::new().set_bold();
        let sheet = self
            .book
            .add_worksheet_with_constant_memory()
            .map_err(failed)?;
        for (column, name) in (0_u16..).zip(&self.header) {
            sheet
                .write_string_with_format(0, column, name, &bold)
                .map_err(failed)?;
        }
        self.sheets += 1;
        self.row = 1;
        Ok(())
    }

    /// Adds a row.
    ///
    /// # Errors
    /// When the temporary file cannot be written.
    pub fn row(&mut self, cells: &[Cell]) -> Result<(), SheetError> {
        if self.row == ROWS_OF_A_SHEET {
            self.begin_sheet()?;
        }
        let row = self.row;
        let sheet = self
            .book
            .worksheet_from_index(self.sheets - 1)
            .map_err(failed)?;
        for (column, cell) in (0_u16..).zip(cells) {
            match cell {
                Cell::Text(text) if text.is_empty() => Ok(&mut *sheet),
                Cell::Text(text) => sheet.write_string(row, column, shortened(text)),
                Cell::Number(number) => sheet.write_number(row, column, *number),
            }
            .map_err(failed)?;
        }
        self.row += 1;
        Ok(())
    }

    /// Writes the workbook out.
    ///
    /// # Errors
    /// When `to` cannot be written.
    pub fn finish(mut self, to: &mut (dyn Write + Send)) -> Result<(), SheetError> {
        self.book.save_to_writer(to).map_err(failed)
    }
}

fn shortened(text: &str) -> &str {
    match text.char_indices().nth(CELL_MAX) {
        Some((end, _)) => text.get(..end).unwrap_or_default(),
        None => text,
    }
}

fn failed(error: XlsxError) -> SheetError {
    match error {
        XlsxError::IoError(error) => error.into(),
        other => SheetError::Workbook {
            reason: other.to_string(),
        },
    }
}
