//! The statutory clocks of a case: what starts, stops, suspends, resumes and extends them.
//!
//! The sums are the calendar's; here is only which operation means what.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use yuandu_base::LocalText;
use yuandu_base::calendar::{Calendar, CalendarError, DEFAULT_WARN_PERCENT, TimeLedger};

use crate::bpmn::{ClockDeed, ClockOp, Deed, Moment, Node};

use super::memory::instant_json;
use super::run::{Run, Spot};
use super::{Definition, EngineError};

/// Whether a clock counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockStatus {
    /// It counts.
    Running,
    /// It stands still for a stated reason.
    Suspended,
    /// It has ended.
    Stopped,
}

impl ClockStatus {
    /// The word in the table of clocks.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Suspended => "suspended",
            Self::Stopped => "stopped",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        [Self::Running, Self::Suspended, Self::Stopped]
            .into_iter()
            .find(|status| status.word() == word)
    }
}

/// A clock of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    /// Its ledger.
    pub ledger: TimeLedger,
    /// Whether it counts.
    pub status: ClockStatus,
    /// When it is due: none while it is suspended; the last one once it is stopped.
    pub due: Option<Timestamp>,
    /// When its lamp turns yellow.
    pub warn: Option<Timestamp>,
    /// When it was stopped.
    pub stopped: Option<Timestamp>,
}

impl Clock {
    fn started(now: Timestamp, budget: yuandu_base::calendar::Budget) -> Self {
        Self {
            ledger: TimeLedger::new(now, budget),
            status: ClockStatus::Running,
            due: None,
            warn: None,
            stopped: None,
        }
    }

    /// Ends it for good; its due instant stays, so that "in time" can be told later.
    fn stop(&mut self, now: Timestamp, calendar: &Calendar) -> Result<(), CalendarError> {
        self.ledger.resume(now);
        self.status = ClockStatus::Running;
        self.reckon(calendar)?;
        self.status = ClockStatus::Stopped;
        self.stopped = Some(now);
        Ok(())
    }

    /// Computes the due and warning instants anew from the ledger.
    pub fn reckon(&mut self, calendar: &Calendar) -> Result<(), CalendarError> {
        match self.status {
            ClockStatus::Running => {
                self.due = Some(calendar.warn_at(&self.ledger, 100)?);
                self.warn = Some(calendar.warn_at(&self.ledger, DEFAULT_WARN_PERCENT)?);
            }
            ClockStatus::Suspended => {
                self.due = None;
                self.warn = None;
            }
            ClockStatus::Stopped => {}
        }
        Ok(())
    }
}

/// The clock a node starts as it is entered: the one its task is measured by when it names none.
pub(super) fn started_on_entry(node: &Node) -> Option<String> {
    node.actions.iter().find_map(|action| match &action.deed {
        Deed::Clock(deed) if deed.op == ClockOp::Start && action.when == Moment::Enter => {
            Some(deed.name.clone())
        }
        _ => None,
    })
}

/// The facts in which the processes of a case keep the due instant of a clock.
pub fn due_facts<'d>(definition: &'d Definition, clock: &str) -> BTreeSet<&'d str> {
    let nodes = definition.processes.values().flat_map(|it| &it.nodes);
    nodes
        .flat_map(|node| &node.actions)
        .filter_map(|action| match &action.deed {
            Deed::Clock(deed) if deed.name == clock => deed.due.as_deref(),
            _ => None,
        })
        .collect()
}

impl Run<'_> {
    pub(super) fn turn_clock(&mut self, spot: &Spot, deed: &ClockDeed) -> Result<(), EngineError> {
        let node = spot.node()?.id.clone();
        let now = self.around.now;
        let mut clock = self.memory.clocks.get(&deed.name).cloned();
        let standing = clock.as_ref().map(|c| c.status);
        match (deed.op, standing) {
            (ClockOp::Start, None | Some(ClockStatus::Stopped)) => {
                clock = Some(Clock::started(now, self.budget(spot, deed, &node)?));
            }
            (ClockOp::Start | ClockOp::Resume, Some(ClockStatus::Suspended)) => {
                if let Some(clock) = &mut clock {
                    clock.ledger.resume(now);
                    clock.status = ClockStatus::Running;
                }
            }
            (ClockOp::Suspend, Some(ClockStatus::Running)) => {
                let reason = self.reason(spot, deed);
                if let Some(clock) = &mut clock {
                    let reason = LocalText::new(reason, deed.reason_en.clone().unwrap_or_default());
                    let basis = deed.basis.as_deref().unwrap_or_default();
                    clock.ledger.suspend_stating(now, &reason, basis);
                    clock.status = ClockStatus::Suspended;
                }
            }
            (ClockOp::Stop, Some(ClockStatus::Running | ClockStatus::Suspended)) => {
                if let Some(clock) = &mut clock {
                    clock
                        .stop(now, self.around.calendar)
                        .map_err(|e| refuse(&node, &e))?;
                }
            }
            (ClockOp::Extend, Some(ClockStatus::Running | ClockStatus::Suspended)) => {
                let budget = self.budget(spot, deed, &node)?;
                let reason = self.reason(spot, deed);
                if let Some(clock) = &mut clock {
                    // An officer asks for days where the limit is in hours, or the other way round.
                    let per_day = self.around.calendar.office_hours().minutes_per_day();
                    let budget = budget.in_unit_of(clock.ledger.budget, per_day);
                    clock
                        .ledger
                        .extend(now, budget, &reason)
                        .map_err(|e| refuse(&node, &e))?;
                }
            }
            // A running clock that is started runs on; a clock that is not there or has stopped cannot be touched.
            _ => {}
        }
        let Some(mut clock) = clock else {
            return Ok(());
        };
        clock
            .reckon(self.around.calendar)
            .map_err(|e| refuse(&node, &e))?;
        if let Some(field) = &deed.due {
            let due = clock.due.map_or(Json::Null, instant_json);
            self.memory.set(field, due);
        }
        if self.memory.clocks.get(&deed.name) != Some(&clock) {
            self.memory.clocks.insert(deed.name.clone(), clock);
            self.touched.insert(deed.name.clone());
        }
        Ok(())
    }

    /// A case that has ended counts no time any more.
    pub(super) fn stop_clocks(&mut self) -> Result<(), EngineError> {
        let (now, calendar) = (self.around.now, self.around.calendar);
        for (name, clock) in &mut self.memory.clocks {
            if clock.status != ClockStatus::Stopped {
                clock.stop(now, calendar).map_err(|e| refuse(name, &e))?;
                self.touched.insert(name.clone());
            }
        }
        Ok(())
    }

    fn budget(
        &mut self,
        spot: &Spot,
        deed: &ClockDeed,
        node: &str,
    ) -> Result<yuandu_base::calendar::Budget, EngineError> {
        match &deed.budget {
            Some(value) => self.memory.budget(&self.state, spot.at(), value, node),
            None => Err(EngineError::Value {
                node: node.to_owned(),
                value: String::new(),
                wanted: format!("a budget for the clock `{}`", deed.name),
            }),
        }
    }

    fn reason(&mut self, spot: &Spot, deed: &ClockDeed) -> String {
        let value = deed
            .reason
            .as_ref()
            .and_then(|v| self.memory.text(&self.state, spot.at(), v));
        value.unwrap_or_default()
    }
}

fn refuse(node: &str, error: &CalendarError) -> EngineError {
    EngineError::Value {
        node: node.to_owned(),
        value: error.to_string(),
        wanted: "the clock".to_owned(),
    }
}
