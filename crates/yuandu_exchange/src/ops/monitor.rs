//! What operators watch: each route with its lag, failures, volume and last receipt.

use serde::Serialize;
use yuandu_identity::OpCtx;

use super::batches::BatchView;
use super::contracts::{ContractView, view};
use crate::queries;
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
        let contracts = self
            .store
            .read(|reader| queries::contracts(reader, ctx.realm))?;
        let mut routes = Vec::with_capacity(contracts.len());
        for row in contracts {
            let id = row.terms.id.as_str().to_owned();
            let (waiting, tries, reason, held, rejects, own) = self.store.read(|reader| {
                let (waiting, tries, reason) = queries::backlog(reader, ctx.realm, &id)?;
                let held = queries::copies(reader, ctx.realm, &id)?;
                let rejects = queries::open_rejects(reader, ctx.realm, &id)?;
                let ours = |node: &str| {
                    let node = queries::node(reader, ctx.realm, node)?;
                    Ok::<_, ExchangeError>(node.is_some_and(|node| node.sealed.is_some()))
                };
                let own = (
                    ours(row.terms.provider.as_str())?,
                    ours(row.terms.consumer.as_str())?,
                );
                Ok::<_, ExchangeError>((waiting, tries, reason, held, rejects, own))
            })?;
            routes.push(RouteView {
                batches: self.batches(ctx, &id, BATCHES)?,
                contract: view(row),
                sends: own.0,
                receives: own.1,
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
