//! What an access token is good for: userinfo, introspection (RFC 7662), revocation (RFC 7009), and programs' requests.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use yuandu_identity::{Officer, OpCtx};
use yuandu_store::{Change, Plan};

use crate::claims;
use crate::client::Client;
use crate::client_auth::Proof;
use crate::discovery::OPENID;
use crate::error::{Code, OAuthError, OidcError, refuse};
use crate::form::Form;
use crate::grant;
use crate::provider::Provider;
use crate::secret;
use crate::store::{self, GrantRow, TokenRow};
use crate::token::{ACCESS, REFRESH};

/// What a valid access token stands for.
#[derive(Debug)]
pub struct Access {
    /// The client that holds it.
    pub client: Arc<Client>,
    /// The person, unless the client acts for itself.
    pub officer: Option<Arc<Officer>>,
    /// What it was granted.
    pub scope: Vec<String>,
}

impl Access {
    /// Demands a scope.
    ///
    /// # Errors
    /// `insufficient_scope`.
    pub fn require(&self, scope: &str) -> Result<(), OAuthError> {
        if self.scope.iter().any(|word| word == scope) {
            return Ok(());
        }
        Err(OAuthError::new(
            Code::InsufficientScope,
            format!("the access token lacks the scope {scope}"),
        ))
    }
}

impl Provider {
    /// What a bearer token stands for now.
    ///
    /// # Errors
    /// `invalid_token` if it is unknown, expired, revoked, or its person may not act any more.
    pub fn access(&self, ctx: &OpCtx, token: &str) -> Result<Access, OidcError> {
        let (row, grant) = self.living(ctx, token, ACCESS)?.ok_or_else(bad_token)?;
        let officer = if grant.user.is_empty() {
            None
        } else {
            let officer = self.identity.officer_by_id(ctx, &grant.user, &grant.post);
            Some(officer.map_err(|_| bad_token())?)
        };
        Ok(Access {
            client: self.client(ctx, &row.client).map_err(|_| bad_token())?,
            officer,
            scope: row.scope.split(' ').map(ToOwned::to_owned).collect(),
        })
    }

    /// The claims about the person (OpenID Connect Core 5.3).
    ///
    /// # Errors
    /// `invalid_token` or `insufficient_scope`.
    pub fn userinfo(&self, ctx: &OpCtx, token: &str) -> Result<Map<String, Value>, OidcError> {
        let access = self.access(ctx, token)?;
        access.require(OPENID)?;
        let officer = access.officer.ok_or_else(bad_token)?;
        let user = officer.user.to_string();
        let phone = self.identity.phone_of(ctx, &officer.user)?;
        let mut claims = claims::of_scope(&officer, &phone, &access.scope.join(" "));
        claims.insert("sub".to_owned(), self.subject(&access.client, &user).into());
        Ok(claims)
    }

    /// Tells a client about a token: its own, or any if it has the scope `introspect`. Whatever is not a living token is
    /// only `{"active": false}`.
    ///
    /// # Errors
    /// If the client is public, or the request has no token.
    pub fn introspect(
        &self,
        ctx: &OpCtx,
        issuer: &str,
        proof: &Proof,
        form: &Form,
    ) -> Result<Value, OidcError> {
        if proof.client.is_public() {
            return refuse(Code::InvalidClient, "a public client cannot introspect");
        }
        let token = form.required("token")?;
        proof.settle(self, ctx)?;
        let mut found = None;
        for kind in [ACCESS, REFRESH] {
            if let Some(living) = self.living(ctx, token, kind)? {
                found = Some(living);
            }
        }
        let may_all = proof.client.scopes().contains("introspect");
        let Some((row, grant)) = found.filter(|(row, _)| may_all || row.client == proof.client.id)
        else {
            return Ok(json!({ "active": false }));
        };
        let mut answer = json!({
            "active": true,
            "scope": row.scope,
            "client_id": row.client,
            "token_type": if row.kind == ACCESS { "Bearer" } else { "refresh_token" },
            "exp": row.expires_at.as_second(),
            "iat": row.issued_at.as_second(),
            "iss": issuer,
            "aud": row.client,
        });
        if let Value::Object(members) = &mut answer {
            let client = self.client(ctx, &row.client)?;
            let subject = if grant.user.is_empty() {
                row.client.clone()
            } else {
                self.subject(&client, &grant.user)
            };
            members.insert("sub".to_owned(), subject.into());
            if !grant.user.is_empty() {
                members.insert("auth_time".to_owned(), grant.facts.auth_time.into());
                members.insert("acr".to_owned(), grant.facts.acr().into());
            }
        }
        Ok(answer)
    }

    /// Revokes a token of the client; a refresh token takes its whole grant along. A token that is unknown counts as
    /// revoked (RFC 7009, 2.2).
    ///
    /// # Errors
    /// If the token belongs to another client.
    pub fn revoke(&self, ctx: &OpCtx, proof: &Proof, form: &Form) -> Result<(), OidcError> {
        let id = secret::hash(form.required("token")?);
        let row = self
            .store
            .read(|reader| store::token(reader, ctx.realm, &id))?;
        let Some(row) = row else {
            return proof.settle(self, ctx);
        };
        if row.client != proof.client.id {
            return refuse(Code::InvalidGrant, "the token belongs to another client");
        }
        let grant = self
            .store
            .read(|reader| store::grant(reader, ctx.realm, &row.grant))?
            .ok_or_else(|| OidcError::stored("token", "it has no grant"))?;
        let ctx = &ctx.as_actor(yuandu_identity::Actor::Service(row.client.clone()));
        let entry = ctx.entry(
            "oidc.revoke",
            grant::subject(&grant.user, &grant.client),
            json!({ "client": row.client, "kind": row.kind }),
        );
        let change = if row.kind == REFRESH {
            grant::end(&row.grant, ctx)
        } else {
            Change::delete("oidc_tokens").key("id", row.id.as_str())
        };
        self.store
            .commit(proof.bind(Plan::new(ctx.realm, entry).change(change)))?;
        Ok(())
    }

    fn living(
        &self,
        ctx: &OpCtx,
        token: &str,
        kind: &str,
    ) -> Result<Option<(TokenRow, GrantRow)>, OidcError> {
        let id = secret::hash(token);
        let row = self
            .store
            .read(|reader| store::token(reader, ctx.realm, &id))?;
        let usable = |row: &TokenRow| {
            row.kind == kind && ctx.now() < row.expires_at && row.used_at.is_none()
        };
        let Some(row) = row.filter(usable) else {
            return Ok(None);
        };
        let grant = self.living_grant(ctx, &row.grant)?;
        Ok(grant.map(|grant| (row, grant)))
    }
}

fn bad_token() -> OidcError {
    OAuthError::new(
        Code::InvalidToken,
        "the access token is unknown, expired or revoked",
    )
    .into()
}
