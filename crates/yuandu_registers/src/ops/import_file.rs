//! Reads a file of any length into a register: memory does not grow with its rows, and what breaks off is taken up again.
//!
//! Where one bad row must change nothing, the file is read twice: first everything is checked, then written. Rows are written
//! a thousand at a time, and with each thousand goes a row that says how far the file is: sent again, it goes on from there.

use std::io::{SeekFrom, Write};

use serde::Serialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use yuandu_identity::OpCtx;
use yuandu_schema::RegisterDef;
use yuandu_sheet::Source;
use yuandu_store::{Change, Expect, Plan, TableDef};

use super::drafts::refuse_unseen;
use super::import_csv::{Check, RowOutcome, RowResult};
use crate::csv_cells::quoted;
use crate::{Registers, RegistersError, queries};

/// Failed rows that the summary itself tells; all of them are in the results.
const TOLD: usize = 100;

/// The table that says how far imports are.
const TABLE: &str = "register_imports";

/// A large import asked for.
#[derive(Debug, Clone, Default)]
pub struct ImportFile {
    /// The register, `<package>.<register>`.
    pub register: String,
    /// The file's name, for the log.
    pub file_name: String,
    /// Import the good rows and report the others; otherwise one bad row means nothing is changed.
    pub allow_partial: bool,
    /// Check everything and change nothing.
    pub dry_run: bool,
}

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct ImportSummary {
    /// Names the import: made from the register and the file's content.
    pub id: String,
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
    /// Rows that may mean the same as another record; such pairs wait for a person.
    pub similar: u64,
    /// Whether everything that was to be written is.
    pub committed: bool,
    /// Rows that an earlier attempt had finished.
    pub resumed_after: u64,
    /// Columns left out because another register is their source.
    pub ignored_columns: Vec<String>,
    /// The first rows that cannot be taken.
    pub first_failures: Vec<RowResult>,
}

/// Tables of this crate that no package declares: how far imports are.
#[must_use]
pub fn schema() -> Vec<TableDef> {
    let imports = TableDef::new(TABLE)
        .text("id")
        .text("register")
        .text("file_name")
        .text("state")
        .int("rows")
        .int("created")
        .int("updated")
        .int("unchanged")
        .int("failed")
        .int("changed_at")
        .key(["id"]);
    vec![
        imports,
        super::disputes::table(),
        super::drafts::table(),
        super::matches::table(),
        super::merge_records::table(),
    ]
}

impl Registers {
    /// Checks and writes a file; `results` gets a line of CSV for every row, one for each problem of a row.
    ///
    /// # Errors
    /// [`RegistersError::Invalid`] and [`RegistersError::Sheet`] for a file that cannot be read as this register. After any
    /// error, sending the same file again goes on after the last rows that were written.
    pub fn import_file(
        &self,
        ctx: &OpCtx,
        import: &ImportFile,
        from: &mut dyn Source,
        results: &mut dyn Write,
    ) -> Result<ImportSummary, RegistersError> {
        let def = self.def(&import.register)?;
        self.require(ctx, "registers.import", def)?;
        refuse_unseen(ctx, def)?;
        let id = fingerprint(import, from)?;
        let mut run = Run {
            registers: self,
            ctx,
            def,
            import,
            begun: self.begun(ctx, &id)?,
            results: Results::new(results)?,
            summary: ImportSummary {
                id,
                ..ImportSummary::default()
            },
        };
        let first = run.begun.as_ref().is_none_or(|begun| begun.rows == 0);
        if import.dry_run || (!import.allow_partial && first) {
            run.check(from)?;
            if import.dry_run || run.summary.failed > 0 {
                return Ok(run.summary);
            }
        }
        run.write(from)?;
        Ok(run.summary)
    }

    /// How far an earlier attempt came.
    fn begun(&self, ctx: &OpCtx, id: &str) -> Result<Option<Begun>, RegistersError> {
        let realm = i64::from(ctx.realm.get());
        let row = self
            .store
            .read(|reader| queries::import(reader, TABLE, realm, id))?;
        let Some(row) = row else { return Ok(None) };
        let count = |column: &str| row.int(column).map(i64::unsigned_abs);
        let done = row.text("state")? == "done";
        // A file that was imported to its end may be imported again: records may have changed since.
        let counted = |column: &str| if done { Ok(0) } else { count(column) };
        Ok(Some(Begun {
            pos: row.int("pos")?,
            rows: counted("rows")?,
            created: counted("created")?,
            updated: counted("updated")?,
            unchanged: counted("unchanged")?,
            failed: counted("failed")?,
        }))
    }
}

/// What an earlier attempt left.
#[derive(Clone)]
struct Begun {
    pos: i64,
    rows: u64,
    created: u64,
    updated: u64,
    unchanged: u64,
    failed: u64,
}

struct Run<'r> {
    registers: &'r Registers,
    ctx: &'r OpCtx,
    def: &'r RegisterDef,
    import: &'r ImportFile,
    begun: Option<Begun>,
    results: Results<'r>,
    summary: ImportSummary,
}

impl Run<'_> {
    /// Reads everything and writes nothing but results.
    fn check(&mut self, from: &mut dyn Source) -> Result<(), RegistersError> {
        let mut check = Check::new(self.registers, self.ctx, self.def);
        if !self.import.dry_run {
            // Compared when it is written, with all that was written before it.
            check.finder = None;
        }
        check.read(from, &mut |check, batch| {
            check.settle(batch)?;
            check.good.clear();
            self.hand_on(check)
        })?;
        self.count(&check, 0);
        Ok(())
    }

    fn write(&mut self, from: &mut dyn Source) -> Result<(), RegistersError> {
        let quiet = !self.import.allow_partial;
        let after = self.begun.as_ref().map_or(0, |begun| begun.rows);
        let mut check = Check::new(self.registers, self.ctx, self.def);
        if let Some(begun) = &self.begun {
            check.report.created = begun.created;
            check.report.updated = begun.updated;
            check.report.unchanged = begun.unchanged;
            check.report.failed = begun.failed;
        }
        check.read(from, &mut |check, batch| {
            if check.report.rows <= after {
                return Ok(());
            }
            check.settle(batch)?;
            if quiet {
                // Told by the first reading already.
                check.results.clear();
            } else {
                self.hand_on(check)?;
            }
            self.commit(check, "running")?;
            if let Some(finder) = &mut check.finder {
                finder.forget();
            }
            Ok(())
        })?;
        self.commit(&mut check, "done")?;
        self.count(&check, after);
        self.summary.committed = true;
        Ok(())
    }

    fn hand_on(&mut self, check: &mut Check<'_>) -> Result<(), RegistersError> {
        for result in check.results.drain(..) {
            self.results.row(&result)?;
            let failed = matches!(result.outcome, RowOutcome::Failed(_));
            if failed && self.summary.first_failures.len() < TOLD {
                self.summary.first_failures.push(result);
            }
        }
        self.results.flush()
    }

    fn count(&mut self, check: &Check<'_>, resumed_after: u64) {
        let report = &check.report;
        self.summary.rows = report.rows;
        self.summary.created = report.created;
        self.summary.updated = report.updated;
        self.summary.unchanged = report.unchanged;
        self.summary.failed = report.failed;
        self.summary.similar = report.similar;
        self.summary.resumed_after = resumed_after;
        self.summary.ignored_columns = report.ignored_columns.clone();
    }

    /// Writes the good rows of a batch and how far the file is, in one entry.
    fn commit(&mut self, check: &mut Check<'_>, state: &str) -> Result<(), RegistersError> {
        let good = std::mem::take(&mut check.good);
        let report = &check.report;
        let signed = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let key = [("id", self.summary.id.as_str().into())];
        let expect = match &self.begun {
            Some(begun) => Expect::unchanged(TABLE, key, begun.pos),
            None => Expect::absent(TABLE, key),
        };
        let progress = Change::put(TABLE)
            .with("id", self.summary.id.as_str())
            .with("register", self.import.register.as_str())
            .with("file_name", self.import.file_name.as_str())
            .with("state", state)
            .with("rows", signed(report.rows))
            .with("created", signed(report.created))
            .with("updated", signed(report.updated))
            .with("unchanged", signed(report.unchanged))
            .with("failed", signed(report.failed))
            .with("changed_at", self.ctx.now());
        let with = |plan: Plan| plan.expect(expect.clone()).change(progress.clone());
        let file = &self.import.file_name;
        let position = self
            .registers
            .commit_part(self.ctx, self.def, file, good, &with)?;
        self.begun = Some(Begun {
            pos: signed(position),
            rows: report.rows,
            created: report.created,
            updated: report.updated,
            unchanged: report.unchanged,
            failed: report.failed,
        });
        Ok(())
    }
}

/// The results of rows as CSV.
struct Results<'w> {
    to: csv::Writer<&'w mut dyn Write>,
}

impl<'w> Results<'w> {
    fn new(to: &'w mut dyn Write) -> Result<Self, RegistersError> {
        let mut to = csv::WriterBuilder::new().flexible(false).from_writer(to);
        let header = [
            "row",
            "line",
            "id",
            "outcome",
            "column",
            "problem_zh",
            "problem_en",
        ];
        to.write_record(header).map_err(super::export_csv::file)?;
        Ok(Self { to })
    }

    fn row(&mut self, result: &RowResult) -> Result<(), RegistersError> {
        let (row, line) = (result.row.to_string(), result.line.to_string());
        let id = quoted(result.id.as_deref().unwrap_or_default());
        let mut write = |outcome: &str, column: &str, zh: &str, en: &str| {
            let cells = [&row, &line, &id, outcome, &quoted(column), zh, en];
            self.to.write_record(cells).map_err(super::export_csv::file)
        };
        match &result.outcome {
            RowOutcome::Created => write("created", "", "", ""),
            RowOutcome::Updated => write("updated", "", "", ""),
            RowOutcome::Unchanged => write("unchanged", "", "", ""),
            RowOutcome::Failed(problems) => problems.iter().try_for_each(|problem| {
                write(
                    "failed",
                    &problem.place,
                    &problem.message.zh,
                    &problem.message.en,
                )
            }),
        }
    }

    fn flush(&mut self) -> Result<(), RegistersError> {
        self.to.flush().map_err(RegistersError::File)
    }
}

/// The name of an import: the same content into the same register in the same way is the same import.
fn fingerprint(import: &ImportFile, from: &mut dyn Source) -> Result<String, RegistersError> {
    let mut hash = Sha256::new();
    let way = json!([import.register, import.allow_partial]);
    hash.update(way.to_string());
    from.seek(SeekFrom::Start(0))
        .map_err(RegistersError::File)?;
    let mut piece = vec![0; 64 * 1024];
    loop {
        let count = from.read(&mut piece).map_err(RegistersError::File)?;
        if count == 0 {
            break;
        }
        hash.update(piece.get(..count).unwrap_or_default());
    }
    let digest = hash.finalize();
    Ok(digest
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect())
}
