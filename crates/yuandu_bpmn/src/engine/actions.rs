//! What nodes do: facts, variables and clocks, and the work of automatic tasks.

use yuandu_base::LocalText;

use crate::bpmn::{Action, Deed, Moment, NodeKind, Service, ServiceCall};

use super::run::{Run, Spot};
use super::{Effect, EngineError};

/// An error an automatic task raised.
pub(super) struct Raised {
    pub(super) code: String,
    pub(super) detail: String,
}

/// The code raised when no rule of a decision matched; the border of the task decides what then.
const NO_MATCH: &str = "no-match";
/// The code raised when a decision could not be computed.
const DECISION_FAILED: &str = "decision-failed";

impl Run<'_> {
    /// Carries out the actions of a moment, in the order of the file.
    pub(super) fn act(
        &mut self,
        spot: &Spot,
        actions: &[Action],
        moment: Moment,
    ) -> Result<(), EngineError> {
        for action in actions.iter().filter(|a| a.when == moment) {
            match &action.deed {
                Deed::Set { field, value } => {
                    let value = self.memory.value(&self.state, spot.at(), value);
                    let node = spot.node()?;
                    self.memory.set_feel(field, &value, &node.id)?;
                }
                Deed::Keep { name, value } => {
                    let value = self.memory.value(&self.state, spot.at(), value);
                    self.memory.keep(&mut self.state, spot.at(), name, &value);
                }
                Deed::Clock(deed) => self.turn_clock(spot, deed)?,
            }
        }
        Ok(())
    }

    /// The work of an automatic task; none of it for other nodes.
    pub(super) fn work(&mut self, spot: &Spot) -> Result<Option<Raised>, EngineError> {
        match &spot.node()?.kind {
            NodeKind::Script {
                formula: Some(formula),
                result,
            } => {
                let value = self.memory.evaluate(&self.state, spot.at(), formula);
                if let Some(name) = result {
                    self.memory.keep(&mut self.state, spot.at(), name, &value);
                }
                Ok(None)
            }
            NodeKind::Rule {
                model,
                decision,
                result,
            } => self.decide(spot, model, decision, result),
            NodeKind::Service(call) => self.serve(spot, call),
            _ => Ok(None),
        }
    }

    fn decide(
        &mut self,
        spot: &Spot,
        model: &str,
        decision: &str,
        result: &str,
    ) -> Result<Option<Raised>, EngineError> {
        let Some(tables) = self.definition.decisions.get(model) else {
            return Err(EngineError::Model {
                name: model.to_owned(),
            });
        };
        let scope = self.memory.context(&self.state, spot.at());
        let value = match tables.decide(decision, &scope) {
            Ok(decided) => decided.value,
            Err(error) => {
                return Ok(Some(Raised {
                    code: DECISION_FAILED.to_owned(),
                    detail: error.to_string(),
                }));
            }
        };
        // No matching rule is an error only where the model says what to do then; elsewhere the result is null.
        if value.is_null() && self.catches(spot, NO_MATCH) {
            return Ok(Some(Raised {
                code: NO_MATCH.to_owned(),
                detail: format!("no rule of `{decision}` matches"),
            }));
        }
        self.memory.keep(&mut self.state, spot.at(), result, &value);
        Ok(None)
    }

    fn serve(&mut self, spot: &Spot, call: &ServiceCall) -> Result<Option<Raised>, EngineError> {
        let mut argument = |name: &str| {
            let value = call.arguments.get(name)?;
            self.memory.text(&self.state, spot.at(), value)
        };
        match call.service {
            Service::CardIssue => {
                let colour = argument("colour").unwrap_or_default();
                let clock = argument("clock").unwrap_or_default();
                let reason = argument("reason-zh").map(|zh| {
                    let en = argument("reason-en").unwrap_or_else(|| zh.clone());
                    LocalText::new(zh, en)
                });
                if !matches!(colour.as_str(), "yellow" | "red") {
                    return Ok(Some(Raised {
                        code: "card-colour".to_owned(),
                        detail: format!("a card is yellow or red, not `{colour}`"),
                    }));
                }
                self.issue_card(colour, clock, reason);
            }
            Service::CaseMerge => match argument("parent") {
                Some(parent) => self.effects.push(Effect::Merge { parent }),
                None => {
                    return Ok(Some(Raised {
                        code: "merge-parent".to_owned(),
                        detail: "no main case is named".to_owned(),
                    }));
                }
            },
        }
        Ok(None)
    }

    /// A card is given once for one due instant: coming back to an overdue step does not repeat it.
    fn issue_card(&mut self, colour: String, clock: String, reason: Option<LocalText>) {
        let due = self
            .memory
            .clocks
            .get(&clock)
            .and_then(|c| c.due)
            .map_or(0, |d| d.as_millisecond());
        let key = format!("{colour}/{clock}");
        if self.state.cards.get(&key) == Some(&due) {
            return;
        }
        self.state.cards.insert(key, due);
        self.effects.push(Effect::Card {
            colour,
            clock,
            reason,
        });
    }
}
