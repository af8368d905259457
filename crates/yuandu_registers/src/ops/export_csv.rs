//! Writes a register to CSV, page by page; restricted columns leave masked unless the actor may see them.

use std::collections::BTreeSet;
use std::io::Write;

use serde_json::json;
use yuandu_identity::OpCtx;
use yuandu_store::Plan;

use super::list_records::masked_fields;
use crate::list::ListRecords;
use crate::{Registers, RegistersError, csv_cells};

/// Records read at a time.
const PAGE: usize = 1_000;

/// An export asked for: the filters, words and order of a list.
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
        let def = self.def(&export.list.register)?;
        self.require(ctx, "registers.export", def)?;
        let note = json!({ "filters": export.list.filters, "words": export.list.words, "reveal": export.list.reveal });
        let entry = ctx.entry(
            "registers.export_csv",
            format!("register/{}", def.full_name()),
            note,
        );
        self.store.commit(Plan::new(ctx.realm, entry))?;
        let mut writer = csv::Writer::from_writer(to);
        let header: Vec<String> = def.fields.iter().flat_map(csv_cells::headers).collect();
        writer.write_record(&header).map_err(file)?;
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
                let cells = def
                    .fields
                    .iter()
                    .flat_map(|field| csv_cells::cells(field, view.values.get(&field.name)));
                writer.write_record(cells).map_err(file)?;
                summary.rows += 1;
            }
            summary.masked.extend(masked_fields(&page.records));
            match page.next {
                Some(next) => list.after = Some(next),
                None => break,
            }
        }
        writer.flush().map_err(RegistersError::File)?;
        Ok(summary)
    }
}

pub(crate) fn file(error: csv::Error) -> RegistersError {
    RegistersError::File(std::io::Error::other(error))
}
