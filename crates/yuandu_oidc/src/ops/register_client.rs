//! Clients come and go: registered by an administrator, or by themselves with a token that an administrator gave out
//! (RFC 7591, RFC 7592).

use jiff::SignedDuration;
use serde_json::{Map, Value, json};
use yuandu_identity::{Actor, OpCtx};
use yuandu_store::{Change, Expect, Plan, Value as Cell};

use crate::client::{AuthMethod, Client, ClientMetadata};
use crate::error::{Code, OAuthError, OidcError, refuse};
use crate::provider::Provider;
use crate::secret;
use crate::store;

/// Longest life of a registration token.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 30);

/// A client that was just registered or changed; the secrets are shown this once.
pub struct Registered {
    /// Its id.
    pub id: String,
    /// The new secret, if it uses one.
    pub secret: Option<String>,
    /// The token to manage the registration with, for clients that registered themselves.
    pub management: Option<String>,
    /// The metadata as kept.
    pub metadata: ClientMetadata,
    issued_at: i64,
}

impl Registered {
    /// The answer by RFC 7591, 3.2.1.
    ///
    /// # Errors
    /// If the metadata cannot be written.
    pub fn answer(&self, issuer: &str) -> Result<Map<String, Value>, OidcError> {
        let metadata = serde_json::to_value(&self.metadata)
            .map_err(|error| OidcError::stored("client", error))?;
        let Value::Object(mut answer) = metadata else {
            return Err(OidcError::stored("client", "no object"));
        };
        let mut put = |name: &str, value: Value| answer.insert(name.to_owned(), value);
        put("client_id", self.id.as_str().into());
        put("client_id_issued_at", self.issued_at.into());
        if let Some(secret) = &self.secret {
            put("client_secret", secret.as_str().into());
            put("client_secret_expires_at", 0.into());
        }
        if let Some(token) = &self.management {
            put("registration_access_token", token.as_str().into());
            put(
                "registration_client_uri",
                format!("{issuer}/oauth/register/{}", self.id).into(),
            );
        }
        Ok(answer)
    }
}

impl Provider {
    /// An administrator registers a client. A trusted one signs people in without asking them.
    ///
    /// # Errors
    /// If the actor may not, or the metadata cannot be used.
    pub fn register_client(
        &self,
        ctx: &OpCtx,
        metadata: ClientMetadata,
        trusted: bool,
    ) -> Result<Registered, OidcError> {
        self.require_admin(ctx)?;
        let metadata = metadata.checked(false)?;
        let made = made(ctx, metadata, false);
        let plan = plan(ctx, "oidc.register_client", &made, trusted, false)?;
        self.store.commit(plan)?;
        Ok(made)
    }

    /// A client registers itself with a registration token.
    ///
    /// # Errors
    /// `invalid_token` without a good token, or what is wrong with the metadata.
    pub fn register_itself(
        &self,
        ctx: &OpCtx,
        token: &str,
        metadata: ClientMetadata,
    ) -> Result<Registered, OidcError> {
        let id = secret::hash(token);
        let bad = || {
            OAuthError::new(
                Code::InvalidToken,
                "the registration token is unknown, used up or too old",
            )
        };
        let row = self
            .store
            .read(|reader| store::registration(reader, ctx.realm, &id))?
            .filter(|row| row.uses_left > 0 && ctx.now() < row.expires_at)
            .ok_or_else(bad)?;
        let metadata = metadata.checked(true)?;
        let ctx = &ctx.as_actor(Actor::Service("registration".to_owned()));
        let made = made(ctx, metadata, true);
        let plan = plan(ctx, "oidc.register_itself", &made, false, true)?
            .expect(Expect::unchanged(
                "oidc_registrations",
                [("id", id.as_str().into())],
                row.pos,
            ))
            .change(
                Change::set("oidc_registrations")
                    .key("id", id.as_str())
                    .with("uses_left", row.uses_left - 1),
            );
        self.store.commit(plan)?;
        Ok(made)
    }

    /// Gives out a registration token.
    ///
    /// # Errors
    /// If the actor may not.
    pub fn give_registration_token(
        &self,
        ctx: &OpCtx,
        purpose: &str,
        uses: u32,
        life: SignedDuration,
    ) -> Result<String, OidcError> {
        self.require_admin(ctx)?;
        if uses == 0
            || uses > 1000
            || life > LONGEST
            || life <= SignedDuration::ZERO
            || purpose.len() > 200
        {
            return refuse(
                Code::InvalidRequest,
                "a token serves 1 to 1000 registrations within 30 days",
            );
        }
        let token = secret::fresh("yg_");
        let entry = ctx.entry(
            "oidc.give_registration_token",
            "oidc/registration",
            json!({ "purpose": purpose, "uses": uses }),
        );
        let plan = Plan::new(ctx.realm, entry).change(
            Change::put("oidc_registrations")
                .with("id", secret::hash(&token))
                .with("purpose", purpose)
                .with("uses_left", uses)
                .with("expires_at", ctx.now() + life),
        );
        self.store.commit(plan)?;
        Ok(token)
    }

    /// A client that registered itself, proved by its management token (RFC 7592).
    ///
    /// # Errors
    /// `invalid_token` if token and client do not belong together.
    pub fn managed(&self, ctx: &OpCtx, id: &str, token: &str) -> Result<Registered, OidcError> {
        let client = self.clients(ctx)?.get(id).cloned();
        let stored = client
            .as_ref()
            .and_then(|client| client.management.as_deref());
        let right = secret::same(&secret::hash(token), stored.unwrap_or_default());
        match client {
            Some(client) if right => Ok(shown(&client, Some(token))),
            _ => refuse(Code::InvalidToken, "the management token is not right"),
        }
    }

    /// A client replaces its own metadata. Id, secret and trust stay.
    ///
    /// # Errors
    /// As [`Provider::managed`] and for metadata that cannot be used.
    pub fn change_itself(
        &self,
        ctx: &OpCtx,
        id: &str,
        token: &str,
        metadata: ClientMetadata,
    ) -> Result<Registered, OidcError> {
        let mut known = self.managed(ctx, id, token)?;
        let client = self.client(ctx, id)?;
        let metadata = metadata.checked(true)?;
        if metadata.token_endpoint_auth_method.has_secret() != client.secret.is_some() {
            return refuse(
                Code::InvalidClientMetadata,
                "a client with a secret keeps one, a client without gets none; register anew",
            );
        }
        let ctx = &ctx.as_actor(Actor::Service(id.to_owned()));
        let entry = ctx.entry("oidc.change_itself", format!("client/{id}"), json!({}));
        let plan = Plan::new(ctx.realm, entry)
            .expect(unchanged(&client))
            .change(
                Change::set("oidc_clients")
                    .key("id", id)
                    .with("metadata", text(&metadata)?),
            );
        self.store.commit(plan)?;
        known.metadata = metadata;
        Ok(known)
    }

    /// A client removes itself.
    ///
    /// # Errors
    /// As [`Provider::managed`].
    pub fn remove_itself(&self, ctx: &OpCtx, id: &str, token: &str) -> Result<(), OidcError> {
        self.managed(ctx, id, token)?;
        self.remove(&ctx.as_actor(Actor::Service(id.to_owned())), id)
    }

    /// An administrator removes a client; what it was granted ends with it.
    ///
    /// # Errors
    /// If the actor may not, or there is no such client.
    pub fn remove_client(&self, ctx: &OpCtx, id: &str) -> Result<(), OidcError> {
        self.require_admin(ctx)?;
        self.remove(ctx, id)
    }

    fn remove(&self, ctx: &OpCtx, id: &str) -> Result<(), OidcError> {
        let client = self.client(ctx, id)?;
        let entry = ctx.entry("oidc.remove_client", format!("client/{id}"), json!({}));
        // Tokens of a client that is gone are refused when they are shown; they are swept later.
        let plan = Plan::new(ctx.realm, entry)
            .expect(unchanged(&client))
            .change(Change::delete("oidc_clients").key("id", id));
        self.store.commit(plan)?;
        Ok(())
    }

    /// An administrator gives a client a new secret; the old one stops working at once.
    ///
    /// # Errors
    /// If the actor may not, or the client has no secret.
    pub fn renew_secret(&self, ctx: &OpCtx, id: &str) -> Result<Registered, OidcError> {
        self.require_admin(ctx)?;
        let client = self.client(ctx, id)?;
        if client.secret.is_none() {
            return refuse(Code::InvalidRequest, "this client has no secret");
        }
        let secret = secret::fresh("ys_");
        let entry = ctx.entry("oidc.renew_secret", format!("client/{id}"), json!({}));
        let plan = Plan::new(ctx.realm, entry)
            .expect(unchanged(&client))
            .change(
                Change::set("oidc_clients")
                    .key("id", id)
                    .with("secret", secret::hash(&secret)),
            );
        self.store.commit(plan)?;
        let mut shown = shown(&client, None);
        shown.secret = Some(secret);
        Ok(shown)
    }
}

fn shown(client: &Client, management: Option<&str>) -> Registered {
    Registered {
        id: client.id.clone(),
        secret: None,
        management: management.map(ToOwned::to_owned),
        metadata: client.metadata.clone(),
        issued_at: client.created_at.as_second(),
    }
}

fn made(ctx: &OpCtx, metadata: ClientMetadata, itself: bool) -> Registered {
    let with_secret = matches!(
        metadata.token_endpoint_auth_method,
        AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost
    );
    Registered {
        id: secret::fresh_id(),
        secret: with_secret.then(|| secret::fresh("ys_")),
        management: itself.then(|| secret::fresh("ym_")),
        metadata,
        issued_at: ctx.now().as_second(),
    }
}

fn plan(
    ctx: &OpCtx,
    op: &str,
    made: &Registered,
    trusted: bool,
    dynamic: bool,
) -> Result<Plan, OidcError> {
    let note = json!({ "name": made.metadata.client_name, "trusted": trusted });
    let hashed = |secret: &Option<String>| match secret {
        Some(secret) => Cell::Text(secret::hash(secret)),
        None => Cell::Null,
    };
    Ok(Plan::new(
        ctx.realm,
        ctx.entry(op, format!("client/{}", made.id), note),
    )
    .change(
        Change::put("oidc_clients")
            .with("id", made.id.as_str())
            .with("metadata", text(&made.metadata)?)
            .with("secret", hashed(&made.secret))
            .with("management", hashed(&made.management))
            .with("trusted", trusted)
            .with("dynamic", dynamic)
            .with("created_at", ctx.now()),
    ))
}

fn text(metadata: &ClientMetadata) -> Result<String, OidcError> {
    serde_json::to_string(metadata).map_err(|error| OidcError::stored("client", error))
}

fn unchanged(client: &Client) -> Expect {
    Expect::unchanged(
        "oidc_clients",
        [("id", client.id.as_str().into())],
        client.pos,
    )
}
