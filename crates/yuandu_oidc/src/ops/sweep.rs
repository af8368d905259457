//! Tidying up: grants whose session ended, notices to clients about it, and what has expired.

use jiff::SignedDuration;
use serde_json::json;
use yuandu_identity::OpCtx;
use yuandu_store::{Change, Plan};

use crate::error::OidcError;
use crate::grant;
use crate::provider::Provider;
use crate::secret;
use crate::store;

/// Rows looked at in one go.
const BATCH: i64 = 200;
/// How long what has expired is kept: a code or token shown late must still be recognised as used (RFC 9700, 4.14).
const KEPT: SignedDuration = SignedDuration::from_hours(24);

impl Provider {
    /// Ends grants that hang on sessions which are over, and notes which clients must be told. Returns how many.
    ///
    /// # Errors
    /// If the store fails.
    pub fn end_orphans(&self, ctx: &OpCtx) -> Result<usize, OidcError> {
        let orphans = self
            .store
            .read(|reader| store::orphaned_grants(reader, ctx.realm, BATCH))?;
        if orphans.is_empty() {
            return Ok(0);
        }
        let clients = self.clients(ctx)?;
        let mut changes = Vec::new();
        let mut told = std::collections::BTreeSet::new();
        for orphan in &orphans {
            // A grant that outlives its session loses the session, so that the client is told once.
            changes.push(if orphan.offline {
                Change::set("oidc_grants")
                    .key("id", orphan.id.as_str())
                    .with("session", "")
            } else {
                grant::end(&orphan.id, ctx)
            });
            let uri = clients
                .get(&orphan.client)
                .and_then(|client| client.metadata.backchannel_logout_uri.as_ref());
            let Some(uri) = uri else { continue };
            if told.insert((orphan.client.as_str(), orphan.session.as_str())) {
                changes.push(
                    Change::put("oidc_notices")
                        .with("id", secret::fresh_id())
                        .with("client", orphan.client.as_str())
                        .with("uri", uri.as_str())
                        .with("user_id", orphan.user.as_str())
                        .with("session", grant::sid(&orphan.session))
                        .with("tries", 0_i64)
                        .with("next_at", ctx.now()),
                );
            }
        }
        let entry = ctx.entry(
            "oidc.end_orphans",
            "oidc/grants",
            json!({ "grants": orphans.len(), "notices": told.len() }),
        );
        self.store
            .commit(Plan::new(ctx.realm, entry).changes(changes))?;
        Ok(orphans.len())
    }

    /// Removes codes, pushed requests, tokens and remembered assertions that expired long ago. Returns how many.
    ///
    /// # Errors
    /// If the store fails.
    pub fn remove_expired(&self, ctx: &OpCtx) -> Result<usize, OidcError> {
        let before = ctx.now() - KEPT;
        let rows = self
            .store
            .read(|reader| store::expired(reader, ctx.realm, before, BATCH))?;
        if rows.is_empty() {
            return Ok(0);
        }
        let count = rows.len();
        let entry = ctx.entry(
            "oidc.remove_expired",
            "oidc/expired",
            json!({ "rows": count }),
        );
        let changes = rows.into_iter().map(|(table, key)| {
            key.into_iter()
                .fold(Change::delete(table), |change, (name, value)| {
                    change.key(name, value)
                })
        });
        self.store
            .commit(Plan::new(ctx.realm, entry).changes(changes))?;
        Ok(count)
    }
}
