//! Reads a CSV or XLSX file into a register: a result for every row, nothing changed by a bad row unless asked.
//!
//! Every row is checked before the first one is written. The good rows go into log entries of a thousand rows each,
//! submitted at once, so that the database takes them in one transaction.

mod columns;
pub(super) mod commit;

use std::collections::{BTreeMap, HashMap};
use std::io::Read;

use jiff::civil::Date;
use serde_json::{Map, Value as Json};
use yuandu_base::Problem;
use yuandu_identity::OpCtx;
use yuandu_schema::RegisterDef;
use yuandu_sheet::{Cells, Source, each_row};

use self::columns::Columns;
use super::drafts::refuse_unseen;
use super::merge_records::{merged, merged_away};
use super::put_record::{PutOutcome, merge, outcome};
use crate::existence::Known;
use crate::matching::{Finder, Pair, Similar};
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
    /// Records that may mean the same, those most alike first; each such pair waits for a person once the row is written.
    pub similar: Vec<Similar>,
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
    /// Rows that may mean the same as another record.
    pub similar: u64,
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
    /// Pairs it makes with other records.
    pub(crate) pairs: Vec<Pair>,
}

/// A row as read, before the database was asked.
pub(super) struct Parsed {
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
        refuse_unseen(ctx, def)?;
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).map_err(RegistersError::File)?;
        let mut check = Check::new(self, ctx, def);
        check.read(&mut std::io::Cursor::new(bytes), &mut |check, batch| {
            if check.report.rows > MAX_ROWS {
                return Err(too_long());
            }
            check.settle(batch)
        })?;
        check.report.results = std::mem::take(&mut check.results);
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

fn too_long() -> RegistersError {
    RegistersError::invalid(Problem::new(
        "registers.import_too_long",
        "",
        format!("这里一次最多导入 {MAX_ROWS} 行，更大的文件请用批量导入（可续传）"),
        format!(
            "at most {MAX_ROWS} rows are taken here at once; a larger file goes by the bulk import, which can be resumed"
        ),
    ))
}

/// The rows of a file on their way to being good or failed.
pub(super) struct Check<'r> {
    registers: &'r Registers,
    def: &'r RegisterDef,
    realm: i64,
    on: Date,
    seen: HashMap<String, u64>,
    known: Known,
    /// Looks for records that mean the same; none where the register declares no matching, or nobody asked.
    pub(super) finder: Option<Finder<'r>>,
    /// Rows read.
    parsed: u64,
    pub(super) good: Vec<Good>,
    /// Results not handed on yet.
    pub(super) results: Vec<RowResult>,
    pub(super) report: ImportReport,
}

/// What is done with a batch of rows.
type EachBatch<'e, 'r> = dyn FnMut(&mut Check<'r>, Vec<Parsed>) -> Result<(), RegistersError> + 'e;

impl<'r> Check<'r> {
    pub(super) fn new(registers: &'r Registers, ctx: &OpCtx, def: &'r RegisterDef) -> Self {
        Self {
            registers,
            def,
            realm: i64::from(ctx.realm.get()),
            on: today(ctx),
            finder: Finder::new(registers, def, i64::from(ctx.realm.get())),
            seen: HashMap::new(),
            known: Known::default(),
            parsed: 0,
            good: Vec::new(),
            results: Vec::new(),
            report: ImportReport::default(),
        }
    }

    /// Reads a file and hands its rows over in batches; `rows` of the report counts what was handed over.
    pub(super) fn read(
        &mut self,
        from: &mut dyn Source,
        each: &mut EachBatch<'_, 'r>,
    ) -> Result<(), RegistersError> {
        let def = self.def;
        let mut columns: Option<Columns<'r>> = None;
        let mut batch = Vec::with_capacity(BATCH);
        each_row(from, &mut |line| {
            let Some(columns) = &columns else {
                let found = Columns::of(def, line.cells)
                    .map_err(|problems| RegistersError::Invalid { problems })?;
                self.report.ignored_columns = found.ignored.clone();
                columns = Some(found);
                return Ok(true);
            };
            batch.push(self.parse(columns, line.cells, line.number));
            if batch.len() == BATCH {
                let full = std::mem::replace(&mut batch, Vec::with_capacity(BATCH));
                self.report.rows += full.len() as u64;
                each(self, full)?;
            }
            Ok::<_, RegistersError>(true)
        })?;
        self.report.rows += batch.len() as u64;
        each(self, batch)
    }

    fn parse(&mut self, columns: &Columns<'_>, raw: &Cells, line: u64) -> Parsed {
        self.parsed += 1;
        let row = self.parsed;
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
        Parsed {
            row,
            line,
            id,
            data,
            problems,
        }
    }

    /// Compares a batch with what is stored and decides every row.
    pub(super) fn settle(&mut self, batch: Vec<Parsed>) -> Result<(), RegistersError> {
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
        self.refuse_merged_away(&mut checked)?;
        let (results, good) = (self.results.len(), self.good.len());
        for (parsed, after) in checked {
            self.decide(parsed, after, &stored);
        }
        self.compare(results, good)
    }

    /// Rows about records that were merged into others cannot be taken.
    fn refuse_merged_away(
        &self,
        checked: &mut [(Parsed, Map<String, Json>)],
    ) -> Result<(), RegistersError> {
        let (def, realm) = (self.def, self.realm);
        let ids: Vec<String> = checked
            .iter()
            .filter_map(|(parsed, _)| parsed.id.clone())
            .collect();
        let gone = self
            .registers
            .store
            .read(|reader| merged(reader, realm, (def, &ids)))?;
        for (parsed, _) in checked {
            if let Some((id, kept)) = parsed.id.as_ref().and_then(|id| gone.get_key_value(id)) {
                parsed.problems.push(merged_away(def, id, kept));
            }
        }
        Ok(())
    }

    /// Looks for records that mean the same as the good rows from a place on, whose results begin at another.
    fn compare(&mut self, results: usize, good: usize) -> Result<(), RegistersError> {
        let Some(finder) = &mut self.finder else {
            return Ok(());
        };
        let fresh = self.good.get_mut(good..).unwrap_or_default();
        let records: Vec<(&str, &Map<String, Json>)> = fresh
            .iter()
            .map(|good| (good.id.as_str(), &good.values))
            .collect();
        let found = finder.batch(&records)?;
        let mut rows = self
            .results
            .get_mut(results..)
            .unwrap_or_default()
            .iter_mut();
        for (good, pairs) in fresh.iter_mut().zip(found) {
            let of_row = |row: &&mut RowResult| {
                let written = matches!(row.outcome, RowOutcome::Created | RowOutcome::Updated);
                written && row.id.as_ref() == Some(&good.id)
            };
            if let Some(row) = rows.find(of_row).filter(|_| !pairs.is_empty()) {
                row.similar = pairs.iter().map(|pair| pair.other_than(&good.id)).collect();
                self.report.similar += 1;
            }
            good.pairs = pairs;
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
                PutOutcome::Unchanged | PutOutcome::Proposed => RowOutcome::Unchanged,
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
                pairs: Vec::new(),
            });
        }
        self.results.push(RowResult {
            row,
            line,
            id,
            outcome: decided,
            similar: Vec::new(),
        });
    }
}
