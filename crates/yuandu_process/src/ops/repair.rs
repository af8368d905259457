//! Repairs of a case that cannot go on: one administrator proposes, a second one has it done. Each is an entry of the log.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use yuandu_base::Problem;
use yuandu_identity::{OpCtx, Resource};
use yuandu_ids::TimerId;
use yuandu_store::{Change, Expect, Plan};

use crate::case_type::Kind;
use crate::engine::{EngineError, Event};
use crate::error::ProcessError;
use crate::queries::incidents;
use crate::store::Loaded;

use super::ask::noted;
use super::colleagues::refused;
use super::intervene::reason_of;
use super::{Engine, note};

/// What is done to a case from outside of its process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Repair {
    /// A variable of the process gets a value.
    SetVariable {
        /// Its name.
        name: String,
        /// The value.
        value: Json,
    },
    /// A fact of the case gets a value.
    SetFact {
        /// Its name.
        name: String,
        /// The value.
        value: Json,
    },
    /// A token is put to another node.
    MoveToken {
        /// The token's number.
        token: u64,
        /// The node.
        to: String,
    },
}

/// A repair is proposed.
#[derive(Debug, Clone)]
pub struct ProposeRepair {
    /// The case.
    pub case: String,
    /// What.
    pub repair: Repair,
    /// Why.
    pub reason: String,
}

impl Engine {
    /// Proposes a repair; nothing is done before a second administrator agrees. It is tried before, so that nobody decides about
    /// what cannot be done.
    ///
    /// # Errors
    /// [`ProcessError::Invalid`] with what is wrong; a refusal of the gate.
    pub fn propose_repair(
        &self,
        ctx: &OpCtx,
        request: &ProposeRepair,
    ) -> Result<String, ProcessError> {
        self.gate.require(ctx, "admin.write", &Resource::system())?;
        let reason = reason_of(&request.reason, "reason")?;
        self.retrying(|| self.proposed(ctx, request, reason))
    }

    fn proposed(
        &self,
        ctx: &OpCtx,
        request: &ProposeRepair,
        reason: &str,
    ) -> Result<String, ProcessError> {
        let mut loaded = self.loaded(ctx, &request.case)?;
        let key = [("id", loaded.case.id.as_str().into())];
        let as_read = Expect::unchanged("cases", key, loaded.case.pos);
        let touched = noted(&loaded.case);
        let kind = self.kind_of(&loaded.case)?.clone();
        self.repaired(ctx, &kind, &mut loaded, &request.repair)?;
        let id = TimerId::generate(ctx.now()).to_string();
        let deed = serde_json::to_string(&request.repair).unwrap_or_default();
        let row = Change::put("repairs")
            .with("id", id.clone())
            .with("case_id", request.case.clone())
            .with("deed", deed)
            .with("reason", reason)
            .with("status", "proposed")
            .with("proposed_at", ctx.now())
            .with("proposed_by", ctx.actor_name())
            .with("proposed_name", note::who_line(ctx));
        let text = said(ctx, "repair_proposed", &request.repair, reason);
        let subject = format!("case/{}", request.case);
        let entry = ctx.entry("cases.propose_repair", subject, Json::Object(text));
        let plan = Plan::new(ctx.realm, entry).expect(as_read);
        self.store.commit(plan.changes([touched, row]))?;
        Ok(id)
    }

    /// A second person has a proposed repair done, or refuses it.
    ///
    /// # Errors
    /// [`ProcessError::Invalid`] when the same person proposed it or it can no longer be done; a refusal of the gate.
    pub fn decide_repair(
        &self,
        ctx: &OpCtx,
        id: &str,
        (agrees, words): (bool, &str),
    ) -> Result<(), ProcessError> {
        self.gate.require(ctx, "admin.write", &Resource::system())?;
        let words = reason_of(words, "words")?;
        self.retrying(|| {
            let found = self
                .store
                .read(|reader| incidents::repair_row(reader, ctx.realm, id))?;
            let row = found.filter(|row| row.status == "proposed");
            let row = row.ok_or_else(|| ProcessError::NotFound {
                what: "repair",
                id: id.to_owned(),
            })?;
            if row.proposed_by == ctx.actor_name() {
                return Err(refused(
                    "cases.second_person",
                    "id",
                    "提出的人不能自己批准，请另一位管理员来定".to_owned(),
                    "who proposed it cannot decide it; another administrator does".to_owned(),
                ));
            }
            let repair: Repair = serde_json::from_str(&row.deed).map_err(|_| unreadable())?;
            let decided = Change::set("repairs").key("id", row.id.clone());
            let decided = decided
                .with("status", if agrees { "done" } else { "refused" })
                .with("decided_at", ctx.now())
                .with("decided_by", ctx.actor_name())
                .with("decided_name", note::who_line(ctx))
                .with("words", words);
            let mut text = said(
                ctx,
                if agrees { "repaired" } else { "repair_refused" },
                &repair,
                words,
            );
            text.insert("proposed_by".to_owned(), row.proposed_name.as_str().into());
            let mut loaded = self.loaded(ctx, &row.case_id)?;
            let kind = self.kind_of(&loaded.case)?.clone();
            let subject = format!("case/{}", row.case_id);
            let pos = loaded.case.pos;
            let expects = [
                Expect::unchanged("repairs", [("id", row.id.as_str().into())], row.pos),
                Expect::unchanged("cases", [("id", row.case_id.as_str().into())], pos),
            ];
            let mut record = match agrees {
                true => Some(self.repaired(ctx, &kind, &mut loaded, &repair)?),
                false => None,
            };
            if let Some(record) = &record {
                text.extend(note::consequences(&kind, record));
            }
            let entry = ctx.entry("cases.decide_repair", subject, Json::Object(text));
            let plan = expects
                .into_iter()
                .fold(Plan::new(ctx.realm, entry), Plan::expect)
                .change(decided);
            let plan = match record.as_mut() {
                Some(record) => self.planned(ctx, plan, record)?,
                None => plan,
            };
            self.store.commit(plan)?;
            Ok(())
        })
    }

    fn repaired(
        &self,
        ctx: &OpCtx,
        kind: &Kind,
        loaded: &mut Loaded,
        repair: &Repair,
    ) -> Result<super::record::Record, ProcessError> {
        let one = |name: &String, value: &Json| Map::from_iter([(name.clone(), value.clone())]);
        let event = match repair {
            Repair::SetVariable { name, value } => Event::Variables {
                variables: one(name, value),
            },
            Repair::SetFact { name, value } => {
                let field = kind
                    .declared
                    .fields
                    .iter()
                    .find(|field| field.name == *name);
                let field = field.ok_or_else(|| {
                    refused(
                        "process.fact_unknown",
                        "name",
                        format!("案卷没有 `{name}` 这个信息项"),
                        format!("the case has no fact `{name}`"),
                    )
                })?;
                let value = field
                    .check(value)
                    .map_err(|problem| ProcessError::Invalid(vec![problem]))?;
                Event::Facts {
                    facts: one(name, &value),
                }
            }
            Repair::MoveToken { token, to } => Event::MoveToken {
                token: *token,
                to: to.clone(),
            },
        };
        self.step(ctx, kind, loaded, event, false)
            .map_err(|error| match error {
                ProcessError::Engine(EngineError::Gone { node }) => {
                    ProcessError::Invalid(vec![Problem::new(
                        "cases.repair",
                        "to",
                        format!("不能移到 `{node}`：它不在同一个流程或子流程里，或者令牌已经走了"),
                        format!("cannot move to `{node}`: it is not in the same process or sub-process, or the token has gone on"),
                    )])
                }
                other => other,
            })
    }
}

fn said(ctx: &OpCtx, kind: &str, repair: &Repair, words: &str) -> Map<String, Json> {
    // A fact may be restricted: the note names it, its value stands in the sealed changes of the entry.
    let what = match repair {
        Repair::SetVariable { name, .. } => json!({ "variable": name }),
        Repair::SetFact { name, .. } => json!({ "fact": name }),
        Repair::MoveToken { token, to } => json!({ "token": token, "to": to }),
    };
    let mut text = Map::new();
    text.insert("kind".to_owned(), kind.into());
    text.insert("who".to_owned(), note::who(ctx));
    text.insert("repair".to_owned(), what);
    text.insert("opinion".to_owned(), words.into());
    text
}

fn unreadable() -> ProcessError {
    refused(
        "cases.repair",
        "id",
        "这项修复读不懂，请重新提出".to_owned(),
        "this repair cannot be read; propose it anew".to_owned(),
    )
}
