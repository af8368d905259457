//! Reads a CSV file into a register: a result for every row, nothing changed by a bad row unless asked.
//!
//! Every row is checked before the first one is written. The good rows go into log entries of a thousand rows each,
//! submitted at once, so that the database takes them in one transaction.

mod columns;
mod commit;

use std::collections::BTreeMap;
use std::io::Read;

use jiff::civil::Date;
use serde_json::{Map, Value as Json};
use yuandu_base::Problem;
use yuandu_identity::OpCtx;
use yuandu_schema::RegisterDef;

use self::columns::Columns;
use super::put_record::{PutOutcome, merge, outcome};
use crate::existence::Known;
use crate::record::id_of;
use crate::registers::today;
use crate::{RecordView, Registers, RegistersError, queries, record};

/// Rows looked up in the database at a time.
const BATCH: usize = 1_000;
/// Rows of one file: what fits comfortably in memory while nothing is written yet.
const MAX_ROWS: u64 = 200_000;

/// An import asked for.
#[derive(Debug, Clone, Default)]
pub struct ImportCsv {
    /// The register, `<package>.<register>`.
    pub register: String,
    /// The file's name, for the log.
    pub file_name: String,
    /// Import the good rows and report the others; otherwise one bad row means nothing is changed.
    pub allow_partial: bool,
    /// Check everything and change nothing.
    pub dry_run: bool,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RowOutcome {
    /// A new record.
    Created,
    /// Values changed.
    Updated,
    /// Nothing differed.
    Unchanged,
    /// The row cannot be taken; each problem names its column and the remedy.
    Failed(Vec<Problem>),
}

/// The result of one row.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RowResult {
    /// Row, counted from 1 below the header.
    pub row: u64,
    /// Line in the file.
    pub line: u64,
    /// The record, when its key could be read.
    pub id: Option<String>,
    /// What became of it (of a dry run or a refused import: what would have).
    pub outcome: RowOutcome,
}

/// The report of an import.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct ImportReport {
    /// Rows in the file.
    pub rows: u64,
    /// New records.
    pub created: u64,
    /// Changed records.
    pub updated: u64,
    /// Records that already were so.
    pub unchanged: u64,
    /// Rows that cannot be taken.
    pub failed: u64,
    /// Whether anything was written.
    pub committed: bool,
    /// Log positions of what was written.
    pub positions: Vec<u64>,
    /// Columns left out because another register is their source.
    pub ignored_columns: Vec<String>,
    /// The result of every row, in order.
    pub results: Vec<RowResult>,
}

/// A row that is going to be written.
pub(crate) struct Good {
    pub(crate) id: String,
    pub(crate) values: Map<String, Json>,
    pub(crate) version: Option<u64>,
}

/// A row as read, before the database was asked.
struct Parsed {
    row: u64,
    line: u64,
    id: Option<String>,
    data: Map<String, Json>,
    problems: Vec<Problem>,
}

impl Registers {
    /// Checks every row, then writes what may be written.
    ///
    /// # Errors
    /// [`RegistersError::Invalid`] for a file that cannot be read as this register (encoding, header, size); problems of
    /// rows are in the report.
    pub fn import_csv(
        &self,
        ctx: &OpCtx,
        import: &ImportCsv,
        from: &mut dyn Read,
    ) -> Result<ImportReport, RegistersError> {
        let def = self.def(&import.register)?;
        self.require(ctx, "registers.import", def)?;
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(from);
        let header = reader
            .byte_headers()
            .map_err(super::export_csv::file)?
            .clone();
        let columns =
            Columns::of(def, &header).map_err(|problems| RegistersError::Invalid { problems })?;
        let mut check = Check {
            registers: self,
            def,
            realm: i64::from(ctx.realm.get()),
            on: today(ctx),
            seen: BTreeMap::new(),
            known: Known::default(),
            good: Vec::new(),
            report: ImportReport {
                ignored_columns: columns.ignored.clone(),
                ..ImportReport::default()
            },
        };
        let mut batch = Vec::with_capacity(BATCH);
        let mut raw = csv::ByteRecord::new();
        while reader
            .read_byte_record(&mut raw)
            .map_err(super::export_csv::file)?
        {
            let line = raw.position().map_or(0, csv::Position::line);
            batch.push(check.parse(&columns, &raw, line)?);
            if batch.len() == BATCH {
                check.settle(std::mem::take(&mut batch))?;
            }
        }
        check.settle(batch)?;
        let Check {
            good, mut report, ..
        } = check;
        let stop = import.dry_run || (report.failed > 0 && !import.allow_partial);
        if !stop && !good.is_empty() {
            report.positions = self.commit_rows(ctx, def, import, good)?;
            report.committed = true;
        }
        Ok(report)
    }
}

/// The rows of a file on their way to being good or failed.
struct Check<'r> {
    registers: &'r Registers,
    def: &'r RegisterDef,
    realm: i64,
    on: Date,
    seen: BTreeMap<String, u64>,
    known: Known,
    good: Vec<Good>,
    report: ImportReport,
}

impl Check<'_> {
    fn parse(
        &mut self,
        columns: &Columns<'_>,
        raw: &csv::ByteRecord,
        line: u64,
    ) -> Result<Parsed, RegistersError> {
        self.report.rows += 1;
        let row = self.report.rows;
        if row > MAX_ROWS {
            return Err(RegistersError::invalid(Problem::new(
                "registers.import_too_long",
                "",
                format!("文件超过 {MAX_ROWS} 行，请拆成几个文件"),
                format!("the file has more than {MAX_ROWS} rows; split it"),
            )));
        }
        let (data, mut problems) = columns.read(raw);
        let id = id_of(self.def, &data);
        if let Some(id) = &id
            && let Some(earlier) = self.seen.insert(id.clone(), line)
        {
            problems.push(Problem::new(
                "registers.import_twice",
                self.def.key.first().map_or("", String::as_str),
                format!("`{id}` 与第 {earlier} 行重复，请删去一行"),
                format!("`{id}` already stands on line {earlier}; remove one of the two"),
            ));
        }
        Ok(Parsed {
            row,
            line,
            id,
            data,
            problems,
        })
    }

    /// Compares a batch with what is stored and decides every row.
    fn settle(&mut self, batch: Vec<Parsed>) -> Result<(), RegistersError> {
        let registers = self.registers;
        let (def, realm) = (self.def, self.realm);
        let ids: Vec<String> = batch
            .iter()
            .filter_map(|parsed| parsed.id.clone())
            .collect();
        let stored: BTreeMap<String, RecordView> = registers.store.read(|reader| {
            let rows = queries::many(reader, def, realm, &ids, None)?;
            rows.iter()
                .map(|row| record::from_row(def, row).map(|view| (view.id.clone(), view)))
                .collect::<Result<_, yuandu_store::StoreError>>()
        })?;
        let mut checked: Vec<(Parsed, Map<String, Json>)> = Vec::with_capacity(batch.len());
        for mut parsed in batch {
            let before = parsed.id.as_ref().and_then(|id| stored.get(id));
            let before = before.map(|view| &view.values);
            let whole = merge(def, before, &parsed.data);
            let after = match registers.check(def, &whole, self.on) {
                Ok(after) => after,
                Err(problems) => {
                    // A cell that could not be read is told once, with what is wrong in it.
                    let told =
                        |place: &str| parsed.problems.iter().any(|problem| problem.place == place);
                    let fresh: Vec<Problem> = problems
                        .into_iter()
                        .filter(|problem| !told(&problem.place))
                        .collect();
                    parsed.problems.extend(fresh);
                    Map::new()
                }
            };
            checked.push((parsed, after));
        }
        let records: Vec<&Map<String, Json>> = checked.iter().map(|(_, after)| after).collect();
        let known = &mut self.known;
        let dangling = registers
            .store
            .read(|reader| registers.dangling(reader, def, realm, &records, known))?;
        for (at, problem) in dangling {
            if let Some((parsed, _)) = checked.get_mut(at) {
                parsed.problems.push(problem);
            }
        }
        for (parsed, after) in checked {
            self.decide(parsed, after, &stored);
        }
        Ok(())
    }

    fn decide(
        &mut self,
        parsed: Parsed,
        after: Map<String, Json>,
        stored: &BTreeMap<String, RecordView>,
    ) {
        let Parsed {
            row,
            line,
            id,
            problems,
            ..
        } = parsed;
        let before = id.as_ref().and_then(|id| stored.get(id));
        let decided = match (&id, problems.is_empty()) {
            (Some(_), true) => match outcome(before.map(|view| &view.values), &after) {
                PutOutcome::Created => RowOutcome::Created,
                PutOutcome::Updated => RowOutcome::Updated,
                PutOutcome::Unchanged => RowOutcome::Unchanged,
            },
            _ => RowOutcome::Failed(problems),
        };
        match &decided {
            RowOutcome::Created => self.report.created += 1,
            RowOutcome::Updated => self.report.updated += 1,
            RowOutcome::Unchanged => self.report.unchanged += 1,
            RowOutcome::Failed(_) => self.report.failed += 1,
        }
        if let (Some(id), RowOutcome::Created | RowOutcome::Updated) = (&id, &decided) {
            self.good.push(Good {
                id: id.clone(),
                values: after,
                version: before.map(|view| view.version),
            });
        }
        self.report.results.push(RowResult {
            row,
            line,
            id,
            outcome: decided,
        });
    }
}
