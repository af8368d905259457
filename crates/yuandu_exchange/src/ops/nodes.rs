//! Nodes: one for each organisation that takes part, ours with their private key, others with their public one.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use yuandu_base::{LocalText, Problem};
use yuandu_identity::OpCtx;
use yuandu_store::{Change, Expect, Plan, Value};

use crate::keys::NodeKey;
use crate::queries::{self, NodeRow};
use crate::{Exchange, ExchangeError, NodeId, PublicKey};

/// Longest address.
const LONGEST_URL: usize = 300;
/// Longest title.
const LONGEST_TITLE: usize = 100;

/// A node to be registered. Without a public key it is ours, and a key is made for it.
#[derive(Debug, Clone)]
pub struct RegisterNode {
    /// Its name.
    pub id: NodeId,
    /// What people call it.
    pub title: LocalText,
    /// Where its server is reached, without a path: `https://data.example`.
    pub url: String,
    /// The public key of another city's or organisation's node, base64.
    pub public_key: Option<String>,
}

/// Whether a node takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeState {
    /// It sends and is sent to.
    Active,
    /// Its messages are refused and nothing is sent to it.
    Suspended,
}

impl NodeState {
    /// The word that is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }
}

/// A node as it is shown.
#[derive(Debug, Clone, Serialize)]
pub struct NodeView {
    /// Its name.
    pub id: String,
    /// What people call it.
    pub title: LocalText,
    /// Where its server is reached.
    pub url: String,
    /// Its public key, base64: what the other side registers.
    pub public_key: String,
    /// Whether it is ours.
    pub own: bool,
    /// Whether it takes part.
    pub state: NodeState,
    /// When it was registered.
    pub registered_at: Timestamp,
}

impl Exchange {
    /// All nodes, ours and others'.
    ///
    /// # Errors
    /// If the actor may not see the exchange, or the store fails.
    pub fn list_nodes(&self, ctx: &OpCtx) -> Result<Vec<NodeView>, ExchangeError> {
        self.require(ctx, "exchange.view")?;
        let rows = self
            .store
            .read(|reader| queries::nodes(reader, ctx.realm))?;
        Ok(rows.into_iter().map(view).collect())
    }

    /// Registers a node and gives it as it is shown: ours with its new public key.
    ///
    /// # Errors
    /// If the actor may not, the name is taken, or the input has problems.
    pub fn register_node(
        &self,
        ctx: &OpCtx,
        register: &RegisterNode,
    ) -> Result<NodeView, ExchangeError> {
        self.require(ctx, "exchange.manage")?;
        let key = checked(register)?;
        if self.known_node(ctx, register.id.as_str())?.is_some() {
            return Err(ExchangeError::Invalid(vec![Problem::new(
                "exchange.node_taken",
                "id",
                format!("节点 `{}` 已登记", register.id),
                format!("node `{}` is registered already", register.id),
            )]));
        }
        let (public, sealed) = match key {
            Some(public) => (public, None),
            None => {
                let key = NodeKey::generate();
                (key.public(), Some(key.seal(&self.vault)?))
            }
        };
        let note = json!({ "own": sealed.is_some(), "url": register.url, "public_key": public.to_string() });
        let entry = ctx.entry(
            "exchange.register_node",
            format!("node/{}", register.id),
            note,
        );
        let plan = Plan::new(ctx.realm, entry)
            .expect(Expect::absent(
                "exchange_nodes",
                [("id", Value::from(register.id.as_str()))],
            ))
            .change(
                Change::put("exchange_nodes")
                    .with("id", register.id.as_str())
                    .with("title_zh", register.title.zh.trim())
                    .with("title_en", register.title.en.trim())
                    .with("url", register.url.as_str())
                    .with("public_key", public.to_string())
                    .with("sealed", sealed)
                    .with("state", NodeState::Active.as_str())
                    .with("registered_at", ctx.now())
                    .with("registered_by", ctx.actor_name()),
            );
        self.store.commit(plan)?;
        self.node(ctx, register.id.as_str()).map(view)
    }

    /// Suspends a node or lets it take part again.
    ///
    /// # Errors
    /// If the actor may not, or there is no such node.
    pub fn set_node_state(
        &self,
        ctx: &OpCtx,
        id: &str,
        state: NodeState,
        reason: &str,
    ) -> Result<NodeView, ExchangeError> {
        self.require(ctx, "exchange.manage")?;
        let node = self.node(ctx, id)?;
        let note = json!({ "state": state, "reason": reason });
        let entry = ctx.entry("exchange.set_node_state", format!("node/{id}"), note);
        let plan = Plan::new(ctx.realm, entry)
            .expect(Expect::unchanged(
                "exchange_nodes",
                [("id", Value::from(id))],
                node.pos,
            ))
            .change(
                Change::set("exchange_nodes")
                    .key("id", id)
                    .with("state", state.as_str()),
            );
        self.store.commit(plan)?;
        self.node(ctx, id).map(view)
    }
}

fn checked(register: &RegisterNode) -> Result<Option<PublicKey>, ExchangeError> {
    let mut problems = Vec::new();
    let host = register
        .url
        .strip_prefix("https://")
        .or_else(|| register.url.strip_prefix("http://"));
    let good = |host: &str| {
        !host.is_empty()
            && host
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte))
    };
    if register.url.len() > LONGEST_URL || !host.is_some_and(good) {
        problems.push(Problem::new(
            "exchange.url",
            "url",
            "地址写作 https://主机 或 https://主机:端口，不带路径",
            "an address is written https://host or https://host:port, without a path",
        ));
    }
    for (place, title) in [
        ("title_zh", &register.title.zh),
        ("title_en", &register.title.en),
    ] {
        let length = title.trim().chars().count();
        if length == 0 || length > LONGEST_TITLE {
            problems.push(Problem::new(
                "exchange.title",
                place,
                format!("名称要填写，最多 {LONGEST_TITLE} 字"),
                format!("a title is needed, of at most {LONGEST_TITLE} characters"),
            ));
        }
    }
    let key = register.public_key.as_deref().map(str::parse).transpose();
    match key {
        Ok(key) if problems.is_empty() => Ok(key),
        Ok(_) => Err(ExchangeError::Invalid(problems)),
        Err(problem) => {
            problems.push(problem);
            Err(ExchangeError::Invalid(problems))
        }
    }
}

fn view(row: NodeRow) -> NodeView {
    NodeView {
        own: row.sealed.is_some(),
        state: if row.state == NodeState::Active.as_str() {
            NodeState::Active
        } else {
            NodeState::Suspended
        },
        id: row.id,
        title: row.title,
        url: row.url,
        public_key: row.public_key,
        registered_at: row.registered_at,
    }
}
