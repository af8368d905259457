//! The exchange of one city: store, gate, keys and registers in one place. Each use case is in its own file of `ops`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;
use yuandu_base::calendar::Calendar;
use yuandu_identity::{Gate, OpCtx, Resource, Vault};
use yuandu_ids::RealmId;
use yuandu_store::Store;

use crate::error::{Why, refused};
use crate::keys::NodeKey;
use crate::queries::{self, ContractRow, NodeRow};
use crate::{ExchangeError, Holdings};

/// How often a plan is computed anew when its rows changed meanwhile.
const TRIES: u32 = 5;

/// Where messages are received.
pub(crate) const INBOX: &str = "/exchange/v1/inbox";
/// Where questions are answered.
pub(crate) const QUERY: &str = "/exchange/v1/query";

/// The exchange of the nodes of a city.
#[derive(Clone)]
pub struct Exchange {
    pub(crate) store: Arc<Store>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) vault: Arc<Vault>,
    pub(crate) holdings: Arc<dyn Holdings>,
    parties: Arc<Mutex<BTreeMap<RealmId, Kept>>>,
}

/// What was read, and how often its tables had changed before it was.
struct Kept {
    stamp: u64,
    parties: Arc<Parties>,
}

/// Nodes with their keys, and contracts: every message needs some of them, and they rarely change.
#[derive(Default)]
pub(crate) struct Parties {
    nodes: BTreeMap<String, NodeRow>,
    keys: BTreeMap<String, Arc<NodeKey>>,
    contracts: BTreeMap<String, ContractRow>,
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
            parties: Arc::default(),
        }
    }

    /// Kept in memory and read again when a row changed. Stamped before reading: a change that comes between makes it be
    /// read once more, never once too few.
    pub(crate) fn parties(&self, ctx: &OpCtx) -> Result<Arc<Parties>, ExchangeError> {
        let stamp = self.store.touched("exchange_nodes") + self.store.touched("exchange_contracts");
        let lock = || self.parties.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = lock().get(&ctx.realm)
            && kept.stamp == stamp
        {
            return Ok(Arc::clone(&kept.parties));
        }
        let (nodes, contracts) = self.store.read(|reader| {
            let nodes = queries::nodes(reader, ctx.realm)?;
            Ok::<_, ExchangeError>((nodes, queries::contracts(reader, ctx.realm)?))
        })?;
        let mut fresh = Parties::default();
        for node in nodes {
            // A key that does not open is missed by who needs it, not by everybody.
            let key = node
                .sealed
                .as_ref()
                .map(|sealed| NodeKey::open(&self.vault, sealed));
            if let Some(Ok(key)) = key {
                fresh.keys.insert(node.id.clone(), Arc::new(key));
            }
            fresh.nodes.insert(node.id.clone(), node);
        }
        let named = contracts
            .into_iter()
            .map(|row| (row.terms.id.as_str().to_owned(), row));
        fresh.contracts = named.collect();
        let parties = Arc::new(fresh);
        let kept = Kept {
            stamp,
            parties: Arc::clone(&parties),
        };
        lock().insert(ctx.realm, kept);
        Ok(parties)
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
        self.known_node(ctx, id)?
            .ok_or_else(|| ExchangeError::NotFound {
                what: "node",
                id: id.to_owned(),
            })
    }

    pub(crate) fn contract(&self, ctx: &OpCtx, id: &str) -> Result<ContractRow, ExchangeError> {
        self.known_contract(ctx, id)?
            .ok_or_else(|| ExchangeError::NotFound {
                what: "contract",
                id: id.to_owned(),
            })
    }

    /// A node of ours with its key.
    pub(crate) fn own(
        &self,
        ctx: &OpCtx,
        id: &str,
    ) -> Result<(NodeRow, Arc<NodeKey>), ExchangeError> {
        let node = self.node(ctx, id)?;
        let key = self.parties(ctx)?.keys.get(id).cloned();
        let key = match (key, node.sealed.as_deref()) {
            (Some(key), _) => key,
            (None, Some(sealed)) => Arc::new(NodeKey::open(&self.vault, sealed)?),
            (None, None) => return Err(refused(Why::NotParty, &format!("`{id}`"))),
        };
        Ok((node, key))
    }

    /// The node of this name, if there is one.
    pub(crate) fn known_node(
        &self,
        ctx: &OpCtx,
        id: &str,
    ) -> Result<Option<NodeRow>, ExchangeError> {
        Ok(self.parties(ctx)?.nodes.get(id).cloned())
    }

    /// The contract of this name, if there is one.
    pub(crate) fn known_contract(
        &self,
        ctx: &OpCtx,
        id: &str,
    ) -> Result<Option<ContractRow>, ExchangeError> {
        Ok(self.parties(ctx)?.contracts.get(id).cloned())
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
