//! Case scripts: what a few hundred residents and collectors reported in the last sixty days, and how far each matter has come.
//!
//! A script is a list of steps for the real write path: who does what at which node of `case.bpmn`, when, with which form
//! data. Nothing here writes; start with [`case_scripts`] and [`timeline`].

mod generate;
mod moves;
mod words;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use yuandu_base::LocalText;
use yuandu_geo::Position;

pub use generate::case_scripts;

/// Where a case stands when the demo opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    /// Waits for a collector's verification.
    Verifying,
    /// Waits for the seat's decision.
    Accepting,
    /// Waits for dispatch.
    Dispatching,
    /// Waits for the unit to sign for it.
    Signing,
    /// The unit works on it.
    Handling,
    /// The unit asked for more time.
    ExtensionAsked,
    /// Sent back by a unit, waits for another dispatch.
    SentBack,
    /// Sent back three times, waits for the duty chief.
    Arbitrating,
    /// Waits for a collector's check of the repair.
    Checking,
    /// Waits to be closed.
    Closing,
    /// Found not fixed, back with the unit.
    Reworking,
    /// Closed.
    Closed,
    /// Refused with a reason.
    Refused,
    /// Merged into another case.
    Merged,
}

/// One step of a case.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CaseStep {
    /// When it is done.
    pub at: Timestamp,
    /// Sign-in name of who does it.
    pub actor: String,
    /// Node of the process: `accept`, `field_verify` ...
    pub node: &'static str,
    /// Outcome of that node.
    pub outcome: &'static str,
    /// The form's data, without photos.
    pub data: Map<String, Value>,
    /// The photo field to fill with a picture, where the form asks for one.
    pub photo_field: Option<&'static str>,
    /// For a merge: place in the list of the main case, whose number goes into the form field `parent`.
    pub parent: Option<usize>,
}

/// One matter from its report to where it stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CaseScript {
    /// Idempotency key of the report.
    pub key: String,
    /// Matter code, five digits.
    pub category: String,
    /// What was reported, in the reporter's words.
    pub words: String,
    /// Where.
    pub position: Position,
    /// The place in words.
    pub address: LocalText,
    /// Unit grid; its first 6, 9 and 12 characters are district, street and community.
    pub grid: String,
    /// The component meant, for matters of classes 01 to 05 where the census has one of its kind.
    pub component: Option<String>,
    /// `web`, `hotline`, `open311` or `collector`.
    pub channel: &'static str,
    /// Code in `reporter-kinds.csv`.
    pub reporter_kind: &'static str,
    /// Synthetic name of the reporter.
    pub contact_name: Option<String>,
    /// Synthetic phone number.
    pub contact_phone: Option<String>,
    /// Sign-in name of the collector who reported; none for the public.
    pub reported_by: Option<String>,
    /// When it was reported.
    pub reported_at: Timestamp,
    /// How many photos came with the report.
    pub photos: u8,
    /// Where the case stands.
    pub progress: Progress,
    /// What was done since.
    pub steps: Vec<CaseStep>,
}

/// Everything that happened, oldest first: the case's place in the list and the step's, none for the report itself.
#[must_use]
pub fn timeline(scripts: &[CaseScript]) -> Vec<(Timestamp, usize, Option<usize>)> {
    let mut events: Vec<(Timestamp, usize, Option<usize>)> = scripts
        .iter()
        .enumerate()
        .flat_map(|(case, script)| {
            let steps = script.steps.iter().enumerate();
            std::iter::once((script.reported_at, case, None))
                .chain(steps.map(move |(step, s)| (s.at, case, Some(step))))
        })
        .collect();
    events.sort();
    events
}
