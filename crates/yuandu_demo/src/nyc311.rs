//! New York's 311 requests as city-care cases: a pure mapping that accounts for every row.
//!
//! A row is imported, skipped (a stated reason why it is no matter of city care) or rejected (it cannot be used).
//! Positions are moved into the demo area by one affine map, so neighbours stay neighbours and repeated addresses stay
//! repeated; the original stays in the record. A row without coordinates is imported with its address alone.

mod mapping;
mod row;

use jiff::Timestamp;
use serde::Serialize;
use yuandu_base::LocalText;
use yuandu_geo::Position;

use crate::DemoError;
pub use mapping::Mapping;
use row::Row;

const FILE: &str = "demo/data/cases/nyc311_2025-03-24_235rows.csv";

/// A request ready for the platform's own way of opening cases.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ImportRecord {
    /// `nyc311:` and their unique key: the idempotency key of the import.
    pub external_id: String,
    /// Matter code.
    pub category: String,
    /// Their complaint type, descriptor and kind of place.
    pub words: String,
    /// The place moved into the demo area; none when the source has no coordinates.
    pub position: Option<Position>,
    /// The place as the source has it.
    pub original: Option<Position>,
    /// The address as the source has it; may be empty when there is a position.
    pub address: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it was closed; only for closed ones.
    pub closed: Option<Timestamp>,
    /// Their status is `Closed`.
    pub is_closed: bool,
    /// What was answered.
    pub answer: Option<String>,
    /// How it came in: `ONLINE`, `PHONE`, `MOBILE` or `UNKNOWN`.
    pub source_channel: String,
}

/// Why a row did not become a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RefusalKind {
    /// By a rule of the mapping file.
    Skipped,
    /// Because it cannot be used as it is.
    Rejected,
}

/// A row that did not become a case, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// Skipped or rejected.
    pub kind: RefusalKind,
    /// The reason as shown in the report.
    pub reason: LocalText,
}

impl Refusal {
    fn rejected(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            kind: RefusalKind::Rejected,
            reason: LocalText::new(zh, en),
        }
    }
}

/// What became of one row.
#[derive(Debug, Clone, PartialEq)]
pub struct RowOutcome {
    /// Line in the file, the header being line 1.
    pub line: u64,
    /// Their unique key, as far as it could be read.
    pub external_id: String,
    /// The case, or why there is none.
    pub result: Result<ImportRecord, Refusal>,
}

/// The outcomes of the file carried in the program.
pub fn demo_rows() -> Result<Vec<RowOutcome>, DemoError> {
    import_rows(
        include_str!("../../../demo/data/cases/nyc311_2025-03-24_235rows.csv"),
        &Mapping::carried()?,
    )
}

/// The outcome of every row of `text`; a broken row is rejected alone, only a file without the header fails as a whole.
pub fn import_rows(text: &str, mapping: &Mapping) -> Result<Vec<RowOutcome>, DemoError> {
    let failed = |why: String| DemoError::Data { file: FILE, why };
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(text.as_bytes());
    let headers = reader.headers().map_err(|e| failed(e.to_string()))?.clone();
    if !headers
        .iter()
        .any(|h| h.trim_start_matches('\u{feff}') == "Unique Key")
    {
        return Err(failed(
            "the header line of the 311 export is missing".to_owned(),
        ));
    }
    let mut outcomes: Vec<RowOutcome> = Vec::new();
    for record in reader.records() {
        let outcome = match record {
            Err(e) => RowOutcome {
                line: e.position().map_or(0, csv::Position::line),
                external_id: String::new(),
                result: Err(unreadable(&e.to_string())),
            },
            Ok(record) => RowOutcome {
                line: record.position().map_or(0, csv::Position::line),
                external_id: record.get(0).unwrap_or_default().to_owned(),
                result: map_record(&record, &headers, mapping),
            },
        };
        let seen = !outcome.external_id.is_empty()
            && outcomes
                .iter()
                .any(|o| o.external_id == outcome.external_id);
        outcomes.push(if seen { duplicate(outcome) } else { outcome });
    }
    Ok(outcomes)
}

fn map_record(
    record: &csv::StringRecord,
    headers: &csv::StringRecord,
    mapping: &Mapping,
) -> Result<ImportRecord, Refusal> {
    if record.len() != headers.len() {
        let (found, expected) = (record.len(), headers.len());
        return Err(Refusal::rejected(
            format!("这一行有 {found} 列，应为 {expected} 列"),
            format!("the row has {found} columns instead of {expected}"),
        ));
    }
    let row: Row = record
        .deserialize(Some(headers))
        .map_err(|e| unreadable(&e.to_string()))?;
    row.to_record(mapping)
}

fn unreadable(why: &str) -> Refusal {
    Refusal::rejected(
        format!("这一行无法读取：{why}"),
        format!("the row cannot be read: {why}"),
    )
}

fn duplicate(outcome: RowOutcome) -> RowOutcome {
    let id = &outcome.external_id;
    let result = Err(Refusal::rejected(
        format!("编号 {id} 在文件中出现过"),
        format!("the key {id} occurs earlier in the file"),
    ));
    RowOutcome { result, ..outcome }
}
