//! New York's requests as cases of the demo city: their own times, moved so that the day of the file lies three days
//! back; every row of the file is accounted for in the report.

use anyhow::Context as _;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use yuandu_base::LocalText;
use yuandu_demo::{
    CaseScript, CaseStep, ImportRecord, RefusalKind, RowOutcome, demo_rows, handler_login,
    unit_in_charge,
};
use yuandu_geo::Position;

use super::cases::Opened;

/// How long ago the day of the file is in the demo city.
const BACK: SignedDuration = SignedDuration::from_hours(24 * 3);
/// The day of the file ends here.
const FILE_DAY_END: &str = "2025-03-25T04:00:00Z";

/// Steps until the unit has signed for a case.
const SIGNED: usize = 3;

/// The rows of the file and the scripts of those that become cases.
pub(super) struct Requests {
    rows: Vec<RowOutcome>,
    pub(super) scripts: Vec<(u64, CaseScript)>,
}

/// What became of the rows.
pub(super) struct Report {
    pub(super) csv: Vec<u8>,
    pub(super) summary: String,
}

/// Reads the file and writes a script for every row that becomes a case.
pub(super) fn read(built: &yuandu_demo::City, now: Timestamp) -> anyhow::Result<Requests> {
    let end: Timestamp = FILE_DAY_END.parse()?;
    let shift = end.duration_until(now) - BACK;
    let rows = demo_rows()?;
    let mut scripts = Vec::new();
    for row in &rows {
        if let Ok(record) = &row.result {
            scripts.push((row.line, script(built, record, shift, now)));
        }
    }
    Ok(Requests { rows, scripts })
}

impl Requests {
    /// The report; `opened` are the cases in the order of the scripts.
    pub(super) fn report(&self, opened: &[Opened]) -> anyhow::Result<Report> {
        let mut file = csv::Writer::from_writer(Vec::new());
        file.write_record([
            "line",
            "external_id",
            "outcome",
            "case_number",
            "reason_zh",
            "reason_en",
        ])?;
        let (mut imported, mut skipped, mut rejected) = (0, 0, 0);
        let mut cases = self.scripts.iter().zip(opened);
        for row in &self.rows {
            match &row.result {
                Ok(_) => {
                    let (_, case) = cases.next().context("a row lost its case")?;
                    imported += 1;
                    file.write_record([
                        &row.line.to_string(),
                        &row.external_id,
                        "imported",
                        &case.number,
                        "",
                        "",
                    ])?;
                }
                Err(refusal) => {
                    let outcome = match refusal.kind {
                        RefusalKind::Skipped => {
                            skipped += 1;
                            "skipped"
                        }
                        RefusalKind::Rejected => {
                            rejected += 1;
                            "rejected"
                        }
                    };
                    file.write_record([
                        &row.line.to_string(),
                        &row.external_id,
                        outcome,
                        "",
                        &refusal.reason.zh,
                        &refusal.reason.en,
                    ])?;
                }
            }
        }
        let summary = format!(
            "{} rows = {imported} imported + {skipped} skipped with a reason + {rejected} rejected with a reason",
            self.rows.len()
        );
        Ok(Report {
            csv: file.into_inner()?,
            summary,
        })
    }
}

/// A request with its life: a closed one is handled until the time it was closed, another one is with the unit.
fn script(
    built: &yuandu_demo::City,
    record: &ImportRecord,
    shift: SignedDuration,
    now: Timestamp,
) -> CaseScript {
    let grid = record
        .position
        .and_then(|position| built.grids.locate(position));
    let reported_at = (record.created + shift).min(now - SignedDuration::from_hours(1));
    let mut script = CaseScript {
        key: record.external_id.clone(),
        category: record.category.clone(),
        words: format!("{}（{}）", record.words, record.external_id),
        position: record
            .position
            .unwrap_or_else(|| yuandu_demo::Grids::bounds().centre()),
        address: LocalText::new(record.address.clone(), record.address.clone()),
        grid: grid.map(|grid| grid.code.clone()).unwrap_or_default(),
        component: None,
        channel: "import",
        reporter_kind: "import",
        contact_name: None,
        contact_phone: None,
        reported_by: None,
        reported_at,
        photos: 0,
        progress: yuandu_demo::Progress::Accepting,
        steps: Vec::new(),
    };
    // Without a grid no collector is sent, so such a request waits for the seat to find its place.
    if let (Some(grid), Some(position)) = (grid, record.position) {
        let closed = record.closed.unwrap_or(record.created) + shift;
        let unit = unit_in_charge(&record.category, grid.district());
        let collector =
            yuandu_demo::collector_of(&built.grids, &grid.community).unwrap_or_default();
        script.steps = life(
            &script,
            record,
            &Hands {
                unit,
                collector,
                position,
            },
            closed.min(now),
        );
        let taken = if record.is_closed {
            script.steps.len()
        } else {
            SIGNED
        };
        script.steps.truncate(taken);
        script.steps.retain(|step| step.at <= now);
    }
    script
}

struct Hands {
    unit: String,
    collector: String,
    position: Position,
}

fn life(
    script: &CaseScript,
    record: &ImportRecord,
    hands: &Hands,
    closed: Timestamp,
) -> Vec<CaseStep> {
    let answer = record.answer.clone().unwrap_or_else(|| "已处置".to_owned());
    let answer: String = answer.chars().take(900).collect();
    let handler = handler_login(&hands.unit);
    let place = json!({ "lon": hands.position.lon(), "lat": hands.position.lat() });
    let step = |at, actor: &str, node, outcome, data: Value, photo_field| CaseStep {
        at,
        actor: actor.to_owned(),
        node,
        outcome,
        data: data.as_object().cloned().unwrap_or_else(Map::new),
        photo_field,
        parent: None,
    };
    let minutes = SignedDuration::from_mins;
    let dispatched = script.reported_at + minutes(12);
    let done = closed.max(dispatched + minutes(20));
    vec![
        step(
            script.reported_at + minutes(6),
            "seat",
            "accept",
            "accept",
            json!({ "category": script.category }),
            None,
        ),
        step(
            dispatched,
            "dispatcher",
            "dispatch",
            "dispatch",
            json!({ "org": hands.unit }),
            None,
        ),
        step(
            dispatched + minutes(10),
            &handler,
            "sign",
            "sign",
            json!({}),
            None,
        ),
        step(
            done,
            &handler,
            "handle",
            "done",
            json!({ "opinion": answer }),
            Some("handle_photos"),
        ),
        step(
            done + minutes(15),
            &hands.collector,
            "field_check",
            "fixed",
            json!({ "place": place }),
            Some("check_photos"),
        ),
        step(
            done + minutes(25),
            "inspector",
            "close",
            "close",
            json!({ "answer": answer }),
            None,
        ),
    ]
}
