//! What operators watch: each route with its lag, failures, volume and last receipt.

use std::collections::{HashMap, HashSet};

use serde::Serialize;
use yuandu_identity::OpCtx;

use super::batches::{BatchView, newest};
use super::contracts::{ContractView, view};
use crate::queries::{self, Backlog};
use crate::{Exchange, ExchangeError};

/// Batches shown of a route.
const BATCHES: i64 = 5;

/// A contract as a route.
#[derive(Debug, Clone, Serialize)]
pub struct RouteView {
    /// The contract.
    pub contract: ContractView,
    /// Whether we pass records on.
    pub sends: bool,
    /// Whether we get them.
    pub receives: bool,
    /// Messages that wait to be sent.
    pub waiting: i64,
    /// Tries of the one that was tried most.
    pub tries: i64,
    /// Why the last try failed.
    pub reason: String,
    /// Rows that are held here.
    pub held: i64,
    /// Rejected rows that wait to be mended.
    pub rejects: i64,
    /// The newest batches, newest first.
    pub batches: Vec<BatchView>,
}

impl Exchange {
    /// Every route, the most urgent first.
    ///
    /// # Errors
    /// If the actor may not see the exchange, or the store fails.
    pub fn monitor(&self, ctx: &OpCtx) -> Result<Vec<RouteView>, ExchangeError> {
        self.require(ctx, "exchange.view")?;
        let (contracts, nodes, mut backlogs, batches) = self.store.read(|reader| {
            Ok::<_, ExchangeError>((
                queries::contracts(reader, ctx.realm)?,
                queries::nodes(reader, ctx.realm)?,
                queries::routes(reader, ctx.realm)?,
                newest(reader, ctx.realm, None, BATCHES)?,
            ))
        })?;
        let ours: HashSet<&str> = nodes
            .iter()
            .filter(|node| node.sealed.is_some())
            .map(|node| node.id.as_str())
            .collect();
        let mut of_contract: HashMap<String, Vec<BatchView>> = HashMap::new();
        for batch in batches {
            let list = of_contract.entry(batch.contract.clone()).or_default();
            list.push(batch);
        }
        let mut routes = Vec::with_capacity(contracts.len());
        for row in contracts {
            let id = row.terms.id.as_str();
            let Backlog {
                waiting,
                tries,
                reason,
                held,
                rejects,
            } = backlogs.remove(id).unwrap_or_default();
            routes.push(RouteView {
                batches: of_contract.remove(id).unwrap_or_default(),
                sends: ours.contains(row.terms.provider.as_str()),
                receives: ours.contains(row.terms.consumer.as_str()),
                contract: view(row),
                waiting,
                tries,
                reason,
                held,
                rejects,
            });
        }
        Ok(routes)
    }
}
