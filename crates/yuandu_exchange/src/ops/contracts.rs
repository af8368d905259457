//! Contracts: one person applies, another approves; the same terms on both sides.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::json;
use yuandu_base::{LocalText, Problem};
use yuandu_identity::OpCtx;
use yuandu_store::{Change, Expect, Plan, Value};

use crate::exchange::today;
use crate::queries::{self, ContractRow};
use crate::{ContractId, Exchange, ExchangeError, FieldNote, NodeId, Terms};

/// Longest words of purpose, ground and reason.
const LONGEST: usize = 500;
/// Most rows of a day that may be agreed on.
const MOST_ROWS: u32 = 100_000_000;

/// A contract that is applied for.
#[derive(Debug, Clone)]
pub struct ProposeContract {
    /// Its name, the same on both sides.
    pub id: ContractId,
    /// Who passes records on.
    pub provider: NodeId,
    /// Who gets them.
    pub consumer: NodeId,
    /// The register, `<package>.<register>`.
    pub register: String,
    /// Names of the fields that are passed on.
    pub fields: Vec<String>,
    /// What for.
    pub purpose: String,
    /// The law or decision that allows it.
    pub legal_ground: String,
    /// The last day.
    pub until: Date,
    /// 1 is sent first, 9 last.
    pub priority: u8,
    /// Most rows passed on in a day.
    pub rows_per_day: u32,
}

/// How far a contract is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContractState {
    /// It waits for a second person.
    Proposed,
    /// It is in force until its last day.
    Approved,
    /// It was refused.
    Refused,
    /// It was ended before its last day.
    Ended,
}

impl ContractState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Ended => "ended",
        }
    }

    fn read(text: &str) -> Self {
        match text {
            "approved" => Self::Approved,
            "refused" => Self::Refused,
            "ended" => Self::Ended,
            _ => Self::Proposed,
        }
    }
}

/// A contract as it is shown.
#[derive(Debug, Clone, Serialize)]
pub struct ContractView {
    /// What was agreed on.
    pub terms: Terms,
    /// Hash of the terms: the other side's must be the same.
    pub digest: String,
    /// How far it is.
    pub state: ContractState,
    /// Who applied for it.
    pub proposed_by: String,
    /// When.
    pub proposed_at: Timestamp,
    /// Who decided.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// Why it was decided so, or ended.
    pub reason: String,
}

impl Exchange {
    /// All contracts, the most urgent first.
    ///
    /// # Errors
    /// If the actor may not see the exchange, or the store fails.
    pub fn list_contracts(&self, ctx: &OpCtx) -> Result<Vec<ContractView>, ExchangeError> {
        self.require(ctx, "exchange.view")?;
        let rows = self
            .store
            .read(|reader| queries::contracts(reader, ctx.realm))?;
        Ok(rows.into_iter().map(view).collect())
    }

    /// Applies for a contract. The types of its fields are taken from the register's declaration.
    ///
    /// # Errors
    /// If the actor may not, or the input has problems; all of them at once.
    pub fn propose_contract(
        &self,
        ctx: &OpCtx,
        propose: &ProposeContract,
    ) -> Result<ContractView, ExchangeError> {
        self.require(ctx, "exchange.manage")?;
        let (terms, before) = self.checked(ctx, propose)?;
        let text = terms.text()?;
        let digest = Terms::digest(&text);
        let id = propose.id.as_str();
        let note = json!({ "terms": terms, "digest": digest });
        let entry = ctx.entry("exchange.propose_contract", format!("contract/{id}"), note);
        let key = [("id", Value::from(id))];
        let expect = match before {
            Some(pos) => Expect::unchanged("exchange_contracts", key, pos),
            None => Expect::absent("exchange_contracts", key),
        };
        let plan = Plan::new(ctx.realm, entry).expect(expect).change(
            Change::put("exchange_contracts")
                .with("id", id)
                .with("terms", text)
                .with("digest", digest)
                .with("provider", terms.provider.as_str())
                .with("consumer", terms.consumer.as_str())
                .with("register", terms.register.as_str())
                .with("until", terms.until.to_string())
                .with("priority", i64::from(terms.priority))
                .with("state", ContractState::Proposed.as_str())
                .with("proposed_by", ctx.actor_name())
                .with("proposed_at", ctx.now())
                .with("reason", ""),
        );
        self.store.commit(plan)?;
        self.contract(ctx, id).map(view)
    }

    /// Approves or refuses a contract; not by who applied for it.
    ///
    /// # Errors
    /// If the actor may not, there is no such contract, or it was decided already.
    pub fn decide_contract(
        &self,
        ctx: &OpCtx,
        id: &str,
        (approve, reason): (bool, &str),
    ) -> Result<ContractView, ExchangeError> {
        self.require(ctx, "exchange.manage")?;
        let row = self.contract(ctx, id)?;
        if ContractState::read(&row.state) != ContractState::Proposed {
            return Err(ExchangeError::state(
                "这份协议已经决定过",
                "this contract was decided already",
            ));
        }
        if row.proposed_by == ctx.actor_name() {
            return Err(ExchangeError::state(
                "协议由您申请，要由另一人批准",
                "you applied for this contract; somebody else must decide it",
            ));
        }
        if approve {
            self.schema_holds(&row)?;
        }
        let state = if approve {
            ContractState::Approved
        } else {
            ContractState::Refused
        };
        self.settle(ctx, "exchange.decide_contract", &row, (state, reason))
    }

    /// Ends a contract before its last day; nothing is passed on any more.
    ///
    /// # Errors
    /// If the actor may not, or the contract is not in force.
    pub fn end_contract(
        &self,
        ctx: &OpCtx,
        id: &str,
        reason: &str,
    ) -> Result<ContractView, ExchangeError> {
        self.require(ctx, "exchange.manage")?;
        let row = self.contract(ctx, id)?;
        if ContractState::read(&row.state) != ContractState::Approved {
            return Err(ExchangeError::state(
                "只有已批准的协议可以终止",
                "only a contract that was approved can be ended",
            ));
        }
        let ended = (ContractState::Ended, reason);
        self.settle(ctx, "exchange.end_contract", &row, ended)
    }

    fn settle(
        &self,
        ctx: &OpCtx,
        op: &str,
        row: &ContractRow,
        (state, reason): (ContractState, &str),
    ) -> Result<ContractView, ExchangeError> {
        let id = row.terms.id.as_str();
        let reason = reason.trim();
        let needs_reason = state != ContractState::Approved;
        if (needs_reason && reason.is_empty()) || reason.chars().count() > LONGEST {
            return Err(ExchangeError::Invalid(vec![words("reason")]));
        }
        let note = json!({ "state": state, "reason": reason, "digest": row.digest });
        let plan = Plan::new(ctx.realm, ctx.entry(op, format!("contract/{id}"), note))
            .expect(Expect::unchanged(
                "exchange_contracts",
                [("id", Value::from(id))],
                row.pos,
            ))
            .change(
                Change::set("exchange_contracts")
                    .key("id", id)
                    .with("state", state.as_str())
                    .with("decided_by", ctx.actor_name())
                    .with("decided_at", ctx.now())
                    .with("reason", reason),
            );
        self.store.commit(plan)?;
        self.contract(ctx, id).map(view)
    }

    /// The terms, and the position of a refused contract of the same name that may be applied for anew.
    fn checked(
        &self,
        ctx: &OpCtx,
        propose: &ProposeContract,
    ) -> Result<(Terms, Option<i64>), ExchangeError> {
        let mut problems = Vec::new();
        let provider = self.known_node(ctx, propose.provider.as_str())?;
        let consumer = self.known_node(ctx, propose.consumer.as_str())?;
        let known = self.known_contract(ctx, propose.id.as_str())?;
        for (place, node) in [("provider", &provider), ("consumer", &consumer)] {
            if node.is_none() {
                problems.push(Problem::new(
                    "exchange.unknown_node",
                    place,
                    "没有登记这个节点",
                    "this node is not registered",
                ));
            }
        }
        let ours = [&provider, &consumer].into_iter().flatten();
        if problems.is_empty() && !ours.clone().any(|node| node.sealed.is_some()) {
            problems.push(Problem::new(
                "exchange.not_ours",
                "provider",
                "协议的一方必须是本市的节点",
                "one side of a contract must be a node of ours",
            ));
        }
        if propose.provider == propose.consumer {
            problems.push(Problem::new(
                "exchange.same_node",
                "consumer",
                "提供方和使用方不能是同一个节点",
                "a node has no contract with itself",
            ));
        }
        if let Some(known) = &known
            && ContractState::read(&known.state) != ContractState::Refused
        {
            problems.push(Problem::new(
                "exchange.contract_taken",
                "id",
                "这个编号已有协议，请换一个",
                "there is a contract of this name; choose another",
            ));
        }
        let fields = self.fields_of(propose, &mut problems);
        check_words(ctx, propose, &mut problems);
        if !problems.is_empty() {
            return Err(ExchangeError::Invalid(problems));
        }
        let terms = Terms {
            id: propose.id.clone(),
            provider: propose.provider.clone(),
            consumer: propose.consumer.clone(),
            register: propose.register.clone(),
            fields,
            purpose: propose.purpose.trim().to_owned(),
            legal_ground: propose.legal_ground.trim().to_owned(),
            until: propose.until,
            priority: propose.priority,
            rows_per_day: propose.rows_per_day,
        };
        Ok((terms, known.map(|known| known.pos)))
    }

    fn fields_of(&self, propose: &ProposeContract, problems: &mut Vec<Problem>) -> Vec<FieldNote> {
        let Some(declared) = self.holdings.fields(&propose.register) else {
            problems.push(Problem::new(
                "exchange.unknown_register",
                "register",
                "没有这个登记簿",
                "there is no such register",
            ));
            return Vec::new();
        };
        let unknown: Vec<&str> = propose
            .fields
            .iter()
            .map(String::as_str)
            .filter(|name| !declared.iter().any(|field| field.name == *name))
            .collect();
        if propose.fields.is_empty() || !unknown.is_empty() {
            let names: Vec<&str> = declared.iter().map(|field| field.name.as_str()).collect();
            problems.push(Problem::new(
                "exchange.unknown_field",
                "fields",
                format!(
                    "不能交换的字段：{}；可选：{}",
                    unknown.join(", "),
                    names.join(", ")
                ),
                format!(
                    "fields that cannot be passed on: {}; choose from {}",
                    unknown.join(", "),
                    names.join(", ")
                ),
            ));
        }
        declared
            .into_iter()
            .filter(|field| propose.fields.contains(&field.name))
            .collect()
    }
}

fn check_words(ctx: &OpCtx, propose: &ProposeContract, problems: &mut Vec<Problem>) {
    for (place, text) in [
        ("purpose", &propose.purpose),
        ("legal_ground", &propose.legal_ground),
    ] {
        if text.trim().is_empty() || text.chars().count() > LONGEST {
            problems.push(words(place));
        }
    }
    if propose.until < today(ctx) {
        problems.push(Problem::new(
            "exchange.until",
            "until",
            "期限不能早于今天",
            "the last day cannot lie in the past",
        ));
    }
    if !(1..=9).contains(&propose.priority) {
        problems.push(Problem::new(
            "exchange.priority",
            "priority",
            "优先级是 1（最先）到 9（最后）",
            "the priority is 1 (first) to 9 (last)",
        ));
    }
    if propose.rows_per_day == 0 || propose.rows_per_day > MOST_ROWS {
        problems.push(Problem::new(
            "exchange.quota",
            "rows_per_day",
            format!("每日额度是 1 到 {MOST_ROWS} 行"),
            format!("the quota of a day is 1 to {MOST_ROWS} rows"),
        ));
    }
}

fn words(place: &str) -> Problem {
    Problem::new(
        "exchange.words",
        place,
        format!("要填写，最多 {LONGEST} 字"),
        format!("this is needed, in at most {LONGEST} characters"),
    )
}

pub(crate) fn view(row: ContractRow) -> ContractView {
    ContractView {
        state: ContractState::read(&row.state),
        terms: row.terms,
        digest: row.digest,
        proposed_by: row.proposed_by,
        proposed_at: row.proposed_at,
        decided_by: row.decided_by,
        decided_at: row.decided_at,
        reason: row.reason,
    }
}

impl ContractState {
    /// The words for people.
    #[must_use]
    pub fn words(self) -> LocalText {
        let (zh, en) = match self {
            Self::Proposed => ("待批准", "waits for approval"),
            Self::Approved => ("有效", "in force"),
            Self::Refused => ("未批准", "refused"),
            Self::Ended => ("已终止", "ended"),
        };
        LocalText::new(zh, en)
    }
}
