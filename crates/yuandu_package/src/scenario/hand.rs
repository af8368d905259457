//! Steps that do something by hand beside the model: send back, hand over, ask others, end.

use jiff::Timestamp;
use yuandu_base::calendar::Calendar;
use yuandu_identity::OpCtx;
use yuandu_process::{Ask, Beside, Ending, Hand, Intervene};

use super::run::{Run, unopened};
use super::world::WorldError;
use super::{ByHand, Step};

impl Run<'_> {
    pub(super) fn hand(&mut self, step: &Step, ctx: &OpCtx, by: &ByHand) -> Result<(), WorldError> {
        let case = self.ids.get(&step.case).cloned();
        let case = case.ok_or_else(|| unopened(&step.case))?;
        let task = by.task.as_deref();
        let task = task.map(|node| self.task(step, ctx, node)).transpose()?;
        let needed = || WorldError::Text(format!("`{}` needs `task`", by.what));
        if let Some(kind) = Beside::of_word(&by.what) {
            let ask = Ask {
                case,
                task,
                kind,
                people: self.people(by)?,
                units: by.units.clone(),
                words: by.reason.clone(),
                due: by.due.map(instant).transpose()?,
            };
            let directory = self.world.directory()?;
            self.world.engine.ask(ctx, &directory, &ask)?;
            return Ok(());
        }
        let reason = by.reason.as_str();
        let hand = match by.what.as_str() {
            "withdraw" | "terminate" => {
                let how = match by.what.as_str() {
                    "withdraw" => Ending::Withdraw,
                    _ => Ending::Terminate,
                };
                return Ok(self.world.engine.end_by_hand(ctx, &case, (how, reason))?);
            }
            "question_back" => {
                let task = task.ok_or_else(needed)?;
                return Ok(self.world.engine.take_back_question(ctx, &task, reason)?);
            }
            "hand_over" => {
                let task = task.ok_or_else(needed)?;
                let people = self.people(by)?;
                let to = people.first().map(String::as_str).unwrap_or_default();
                let directory = self.world.directory()?;
                let whom = (task.as_str(), to);
                return Ok(self.world.engine.hand_over(ctx, &directory, whom, reason)?);
            }
            "send_back" => Hand::SendBack {
                to: by.to.clone().unwrap_or_default(),
                straight: by.straight,
            },
            "take_back" => Hand::TakeBack,
            "urge" => Hand::Urge,
            other => {
                let text = format!("there is nothing to do by hand called `{other}`");
                return Err(WorldError::Text(text));
            }
        };
        let request = Intervene {
            task: task.ok_or_else(needed)?,
            hand,
            reason: by.reason.clone(),
        };
        Ok(self.world.engine.intervene(ctx, &request)?)
    }

    /// People and organisations that are named come into being before anything is done.
    pub(super) fn prepare(&mut self, by: &ByHand) -> Result<(), WorldError> {
        for unit in &by.units {
            self.world.ensure_org(unit)?;
        }
        self.people(by).map(drop)
    }

    /// The ids of the people named.
    fn people(&mut self, by: &ByHand) -> Result<Vec<String>, WorldError> {
        let named = by.people.iter();
        named
            .map(|(post, org)| self.world.person(post, org))
            .collect()
    }
}

fn instant(at: jiff::civil::DateTime) -> Result<Timestamp, WorldError> {
    let zone = Calendar::statutory().time_zone();
    zone.to_timestamp(at)
        .map_err(|error| WorldError::Text(error.to_string()))
}
