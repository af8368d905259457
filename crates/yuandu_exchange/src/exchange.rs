//! The exchange of one city: store, gate, keys and registers in one place. Each use case is in its own file of `ops`.

use std::sync::Arc;

use jiff::civil::Date;
use yuandu_base::calendar::Calendar;
use yuandu_identity::{Gate, OpCtx, Resource, Vault};
use yuandu_store::Store;

use crate::error::{Why, refused};
use crate::keys::NodeKey;
use crate::queries::{self, ContractRow, NodeRow};
use crate::{ExchangeError, Holdings};

/// How often a plan is computed anew when its rows changed meanwhile.
const TRIES: u32 = 5;

/// Where messages are received.
pub(crate) const INBOX: &str = "/exchange/v1/inbox";

/// The exchange of the nodes of a city.
#[derive(Clone)]
pub struct Exchange {
    pub(crate) store: Arc<Store>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) vault: Arc<Vault>,
    pub(crate) holdings: Arc<dyn Holdings>,
}

impl std::fmt::Debug for Exchange {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Exchange")
    }
}

impl Exchange {
    /// An exchange on a store whose tables include [`crate::schema`].
    #[must_use]
    pub fn new(
        store: Arc<Store>,
        gate: Arc<Gate>,
        vault: Arc<Vault>,
        holdings: Arc<dyn Holdings>,
    ) -> Self {
        Self {
            store,
            gate,
            vault,
            holdings,
        }
    }

    pub(crate) fn require(&self, ctx: &OpCtx, action: &str) -> Result<(), ExchangeError> {
        Ok(self.gate.require(ctx, action, &Resource::system())?)
    }

    /// Runs a use case again when the rows its plan stands on changed meanwhile.
    pub(crate) fn retried<T>(
        &self,
        mut work: impl FnMut() -> Result<T, ExchangeError>,
    ) -> Result<T, ExchangeError> {
        for _ in 1..TRIES {
            match work() {
                Err(error) if error.is_race() => {}
                other => return other,
            }
        }
        work()
    }

    pub(crate) fn node(&self, ctx: &OpCtx, id: &str) -> Result<NodeRow, ExchangeError> {
        self.store
            .read(|reader| queries::node(reader, ctx.realm, id))?
            .ok_or_else(|| ExchangeError::NotFound {
                what: "node",
                id: id.to_owned(),
            })
    }

    pub(crate) fn contract(&self, ctx: &OpCtx, id: &str) -> Result<ContractRow, ExchangeError> {
        self.store
            .read(|reader| queries::contract(reader, ctx.realm, id))?
            .ok_or_else(|| ExchangeError::NotFound {
                what: "contract",
                id: id.to_owned(),
            })
    }

    /// A node of ours with its key.
    pub(crate) fn own(&self, ctx: &OpCtx, id: &str) -> Result<(NodeRow, NodeKey), ExchangeError> {
        let node = self.node(ctx, id)?;
        let sealed = node
            .sealed
            .as_deref()
            .ok_or_else(|| refused(Why::NotParty, &format!("`{id}`")))?;
        let key = NodeKey::open(&self.vault, sealed)?;
        Ok((node, key))
    }

    /// Refuses what the register no longer says as the contract does; names each field.
    pub(crate) fn schema_holds(&self, contract: &ContractRow) -> Result<(), ExchangeError> {
        let terms = &contract.terms;
        let declared = self.holdings.fields(&terms.register).unwrap_or_default();
        let changed: Vec<String> = terms
            .fields
            .iter()
            .filter(|field| !declared.contains(field))
            .map(|field| {
                let now = declared.iter().find(|known| known.name == field.name);
                let now = now.map_or("-", |known| known.kind.as_str());
                format!("`{}` {} -> {now}", field.name, field.kind)
            })
            .collect();
        if changed.is_empty() {
            Ok(())
        } else {
            Err(refused(Why::SchemaChanged, &changed.join(", ")))
        }
    }
}

/// Refuses a contract that is not approved or is over.
pub(crate) fn in_force(ctx: &OpCtx, contract: &ContractRow) -> Result<(), ExchangeError> {
    let id = contract.terms.id.as_str();
    match contract.state.as_str() {
        "approved" if today(ctx) <= contract.terms.until => Ok(()),
        "approved" | "ended" => Err(refused(Why::ContractEnded, &format!("`{id}`"))),
        _ => Err(refused(Why::UnknownContract, &format!("`{id}`"))),
    }
}

pub(crate) fn today(ctx: &OpCtx) -> Date {
    Calendar::statutory().local_date(ctx.now())
}
