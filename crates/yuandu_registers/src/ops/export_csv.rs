//! Writes a register to CSV or XLSX, page by page; restricted columns leave masked unless the actor may see them.

use std::collections::BTreeSet;
use std::io::Write;

use serde_json::json;
use yuandu_identity::OpCtx;
use yuandu_schema::RegisterDef;
use yuandu_sheet::XlsxWriter;
use yuandu_store::Plan;

use super::list_records::masked_fields;
use crate::list::ListRecords;
use crate::versions::needs_versions;
use crate::{RecordView, Registers, RegistersError, csv_cells};

/// Records read at a time.
const PAGE: usize = 1_000;

/// An export asked for: the filters, words, moment and order of a list.
#[derive(Debug, Clone, Default)]
pub struct ExportCsv {
    /// What to export; its page, limit and counts are ignored.
    pub list: ListRecords,
}

/// What an export wrote.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ExportSummary {
    /// Records written.
    pub rows: u64,
    /// Fields that were masked.
    pub masked: BTreeSet<String>,
}

impl Registers {
    /// Streams the records as UTF-8 CSV with field names as header: what this writes, an import reads.
    ///
    /// # Errors
    /// [`RegistersError::File`] when the writer fails; the export itself is a log entry, written before the first row.
    pub fn export_csv(
        &self,
        ctx: &OpCtx,
        export: &ExportCsv,
        to: &mut dyn Write,
    ) -> Result<ExportSummary, RegistersError> {
        let def = self.begin_export(ctx, export)?;
        let mut writer = csv::Writer::from_writer(to);
        writer.write_record(headers(def)).map_err(file)?;
        let summary = self.export_rows(ctx, def, export, &mut |view| {
            let cells = def
                .fields
                .iter()
                .flat_map(|field| csv_cells::cells(field, view.values.get(&field.name)));
            writer.write_record(cells).map_err(file)
        })?;
        writer.flush().map_err(RegistersError::File)?;
        Ok(summary)
    }

    /// Writes the records as a workbook; memory does not grow with them. Texts are texts and never formulas.
    ///
    /// # Errors
    /// As [`Registers::export_csv`]; [`RegistersError::Sheet`] when the workbook cannot be written.
    pub fn export_xlsx(
        &self,
        ctx: &OpCtx,
        export: &ExportCsv,
        to: &mut (dyn Write + Send),
    ) -> Result<ExportSummary, RegistersError> {
        let def = self.begin_export(ctx, export)?;
        let mut writer = XlsxWriter::new(headers(def))?;
        let summary = self.export_rows(ctx, def, export, &mut |view| {
            let cells: Vec<yuandu_sheet::Cell> = def
                .fields
                .iter()
                .flat_map(|field| csv_cells::sheet_cells(field, view.values.get(&field.name)))
                .collect();
            Ok(writer.row(&cells)?)
        })?;
        writer.finish(to)?;
        Ok(summary)
    }

    /// Asks for permission and writes the log entry.
    fn begin_export(
        &self,
        ctx: &OpCtx,
        export: &ExportCsv,
    ) -> Result<&RegisterDef, RegistersError> {
        let list = &export.list;
        let def = self.def(&list.register)?;
        self.require(ctx, "registers.export", def)?;
        needs_versions(def, list.as_of.as_ref())?;
        let note = json!({ "filters": list.filters, "words": list.words, "as_of": list.as_of, "reveal": list.reveal });
        let entry = ctx.entry(
            "registers.export_csv",
            format!("register/{}", def.full_name()),
            note,
        );
        self.store.commit(Plan::new(ctx.realm, entry))?;
        Ok(def)
    }

    fn export_rows(
        &self,
        ctx: &OpCtx,
        def: &RegisterDef,
        export: &ExportCsv,
        each: &mut dyn FnMut(&RecordView) -> Result<(), RegistersError>,
    ) -> Result<ExportSummary, RegistersError> {
        let mut summary = ExportSummary {
            rows: 0,
            masked: BTreeSet::new(),
        };
        let mut list = ListRecords {
            after: None,
            facets: false,
            count: false,
            ..export.list.clone()
        };
        loop {
            let mut page = self
                .store
                .read(|reader| self.read_page(ctx, reader, def, &list, PAGE))?;
            self.mask_or_reveal(ctx, def, &mut page.records, list.reveal)?;
            for view in &page.records {
                each(view)?;
                summary.rows += 1;
            }
            summary.masked.extend(masked_fields(&page.records));
            match page.next {
                Some(next) => list.after = Some(next),
                None => return Ok(summary),
            }
        }
    }
}

fn headers(def: &RegisterDef) -> Vec<String> {
    def.fields.iter().flat_map(csv_cells::headers).collect()
}

pub(crate) fn file(error: csv::Error) -> RegistersError {
    RegistersError::File(std::io::Error::other(error))
}
