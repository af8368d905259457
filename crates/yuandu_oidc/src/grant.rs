//! Grants: what a person (or, for a service, an administrator) allowed a client, and everything that hangs on it. Ending
//! a grant ends every token of it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use yuandu_base::LocalText;
use yuandu_identity::{IdentityError, OpCtx};
use yuandu_store::{Change, Entry, Plan};

use crate::discovery::{ACR_PASSWORD, ACR_TWO_FACTOR};
use crate::error::OidcError;
use crate::provider::Provider;
use crate::secret;
use crate::store::{self, GrantRow};

/// How and when the person proved who they are, as ID tokens tell it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub(crate) struct SignInFacts {
    /// Seconds since 1970.
    pub(crate) auth_time: i64,
    /// Methods by RFC 8176.
    pub(crate) amr: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) nonce: Option<String>,
}

impl SignInFacts {
    /// The level: two factors if something beside the password was proved.
    pub(crate) fn acr(&self) -> &'static str {
        if self.amr.iter().any(|method| method == "mfa") {
            ACR_TWO_FACTOR
        } else {
            ACR_PASSWORD
        }
    }
}

/// What a code stands for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CodeFacts {
    pub(crate) redirect_uri: String,
    pub(crate) scope: String,
    pub(crate) challenge: Option<String>,
    pub(crate) user: String,
    pub(crate) post: String,
    pub(crate) session: String,
    /// When the session ends, milliseconds since 1970.
    pub(crate) session_ends: i64,
    pub(crate) facts: SignInFacts,
}

/// The name of a session for clients. The session itself is named by a hash that stays here.
pub(crate) fn sid(session: &str) -> String {
    let mut sid = secret::hash(&format!("sid {session}"));
    sid.truncate(22);
    sid
}

impl Provider {
    /// Ends a grant, with the reason in the log; nothing happens if it has ended.
    pub(crate) fn end_grant(
        &self,
        ctx: &OpCtx,
        grant: &str,
        reason: &str,
    ) -> Result<(), OidcError> {
        let row = self
            .store
            .read(|reader| store::grant(reader, ctx.realm, grant))?;
        if let Some(row) = row.filter(|row| row.ended_at.is_none()) {
            let entry = ended(ctx, &row, reason);
            self.store
                .commit(Plan::new(ctx.realm, entry).change(end(&row.id, ctx)))?;
        }
        Ok(())
    }

    /// What the person who asks allowed: client, scope, since when.
    ///
    /// # Errors
    /// If nobody is signed in or the store cannot be read.
    pub fn consents(&self, ctx: &OpCtx) -> Result<Vec<(String, String, Timestamp)>, OidcError> {
        let user = person(ctx)?;
        self.store
            .read(|reader| store::consents_of(reader, ctx.realm, &user))
    }

    /// Ends everything a person allowed a client, and forgets the consent: "disconnect" on the person's own page.
    ///
    /// # Errors
    /// If nobody is signed in or the store fails.
    pub fn withdraw_consent(&self, ctx: &OpCtx, client: &str) -> Result<(), OidcError> {
        let user = person(ctx)?;
        let (grants, given) = self.store.read(|reader| {
            let grants = store::open_grants_of(reader, ctx.realm, &user, client)?;
            let given = store::consent(reader, ctx.realm, &user, client)?;
            Ok::<_, OidcError>((grants, given))
        })?;
        let entry = ctx.entry(
            "oidc.withdraw_consent",
            format!("user/{user}"),
            json!({ "client": client, "grants": grants.len() }),
        );
        // A system that the city vouches for was never asked about.
        let forgotten = (!given.is_empty()).then(|| {
            Change::delete("oidc_consents")
                .key("user_id", user.as_str())
                .key("client", client)
        });
        let plan = Plan::new(ctx.realm, entry)
            .changes(grants.iter().map(|grant| end(&grant.id, ctx)))
            .changes(forgotten);
        self.store.commit(plan)?;
        Ok(())
    }
}

fn person(ctx: &OpCtx) -> Result<String, OidcError> {
    let officer = ctx.officer().ok_or_else(|| IdentityError::Denied {
        action: "oidc.consents".to_owned(),
        reasons: vec![LocalText::new("需要登录", "sign in first")],
    })?;
    Ok(officer.user.to_string())
}

/// The row change that ends a grant.
pub(crate) fn end(grant: &str, ctx: &OpCtx) -> Change {
    Change::set("oidc_grants")
        .key("id", grant)
        .with("ended_at", ctx.now())
}

pub(crate) fn ended(ctx: &OpCtx, row: &GrantRow, reason: &str) -> Entry {
    ctx.entry(
        "oidc.end_grant",
        subject(&row.user, &row.client),
        json!({ "client": row.client, "reason": reason }),
    )
}

/// What a log entry about a grant is about.
pub(crate) fn subject(user: &str, client: &str) -> String {
    if user.is_empty() {
        format!("client/{client}")
    } else {
        format!("user/{user}")
    }
}
