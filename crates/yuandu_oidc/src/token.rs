//! The token endpoint: codes and refresh tokens become tokens, each once (RFC 6749, RFC 7636, RFC 9700).
//!
//! A code or refresh token that comes a second time was stolen by one of the two who sent it: the whole grant ends.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use yuandu_identity::{Actor, OpCtx};
use yuandu_store::{Change, Entry, Expect, Plan, Value as Cell};

use crate::claims::IdToken;
use crate::client_auth::Proof;
use crate::discovery::{OFFLINE, OPENID};
use crate::error::{Code, OAuthError, OidcError, refuse};
use crate::form::Form;
use crate::grant::{self, SignInFacts, subject};
use crate::provider::Provider;
use crate::secret;
use crate::store::{self, CodeRow, GrantRow, TokenRow};

/// Kinds of stored tokens.
pub(crate) const ACCESS: &str = "access";
/// See [`ACCESS`].
pub(crate) const REFRESH: &str = "refresh";

/// The answer of the token endpoint.
#[derive(Debug, Clone)]
pub struct Issued(pub Map<String, Value>);

/// Tokens to be issued under a grant.
struct Issue<'a> {
    grant: &'a GrantRow,
    scope: &'a str,
    /// Whether a refresh token goes with it.
    refresh: bool,
    /// Whether the client asked about a person.
    about_person: bool,
}

impl Provider {
    /// Answers a token request of a client that proved itself.
    ///
    /// # Errors
    /// [`OidcError::OAuth`] with the code of the standard.
    pub fn token(
        &self,
        ctx: &OpCtx,
        issuer: &str,
        proof: &Proof,
        form: &Form,
    ) -> Result<Issued, OidcError> {
        let ctx = &ctx.as_actor(Actor::Service(proof.client.id.clone()));
        let grant_type = form.required("grant_type")?;
        let offered = ["authorization_code", "refresh_token", "client_credentials"];
        if !offered.contains(&grant_type) {
            return refuse(Code::UnsupportedGrantType, "the grant_type is not offered");
        }
        if !proof.client.may_use(grant_type) {
            return refuse(
                Code::UnauthorizedClient,
                "the client is not registered for this grant_type",
            );
        }
        self.retried(|| match grant_type {
            "authorization_code" => self.exchange_code(ctx, issuer, proof, form),
            "refresh_token" => self.refresh(ctx, issuer, proof, form),
            _ => self.credentials(ctx, issuer, proof, form),
        })
    }

    fn exchange_code(
        &self,
        ctx: &OpCtx,
        issuer: &str,
        proof: &Proof,
        form: &Form,
    ) -> Result<Issued, OidcError> {
        let id = secret::hash(form.required("code")?);
        let row = self
            .store
            .read(|reader| store::code(reader, ctx.realm, &id))?;
        let row = row
            .filter(|row| row.client == proof.client.id)
            .ok_or_else(|| grant_error("the code is unknown, was used or is too old"))?;
        if row.used {
            self.end_grant(ctx, &row.grant, "code_replayed")?;
            return Err(grant_error(
                "the code was used already; everything it led to is revoked",
            ));
        }
        check_code(ctx, &row, form)?;
        if !self.identity.is_session_open(ctx, &row.facts.session)? {
            return Err(grant_error("the person has signed out meanwhile"));
        }
        let offline = row.facts.scope.split(' ').any(|word| word == OFFLINE);
        let ends = if offline {
            ctx.now() + self.options.offline
        } else {
            Timestamp::from_millisecond(row.facts.session_ends)
                .map_err(|error| OidcError::stored("code", error))?
        };
        let grant = GrantRow {
            id: row.grant.clone(),
            client: row.client.clone(),
            user: row.facts.user.clone(),
            post: row.facts.post.clone(),
            session: row.facts.session.clone(),
            scope: row.facts.scope.clone(),
            facts: row.facts.facts.clone(),
            offline,
            created_at: ctx.now(),
            expires_at: ends,
            ended_at: None,
        };
        let entry = entry(ctx, "oidc.exchange_code", &grant);
        let plan = Plan::new(ctx.realm, entry)
            .expect(Expect::unchanged(
                "oidc_codes",
                [("id", id.as_str().into())],
                row.pos,
            ))
            .change(
                Change::set("oidc_codes")
                    .key("id", id.as_str())
                    .with("used", true),
            )
            .change(put_grant(&grant)?);
        let issue = Issue {
            grant: &grant,
            scope: &grant.scope,
            refresh: proof.client.may_use("refresh_token"),
            about_person: true,
        };
        self.issue(ctx, issuer, proof, &issue, plan)
    }

    fn refresh(
        &self,
        ctx: &OpCtx,
        issuer: &str,
        proof: &Proof,
        form: &Form,
    ) -> Result<Issued, OidcError> {
        let unknown = || grant_error("the refresh token is unknown, revoked or too old");
        let id = secret::hash(form.required("refresh_token")?);
        let token = self
            .store
            .read(|reader| store::token(reader, ctx.realm, &id))?;
        let token = token
            .filter(|token| token.kind == REFRESH && token.client == proof.client.id)
            .ok_or_else(unknown)?;
        if token.used_at.is_some() {
            self.end_grant(ctx, &token.grant, "refresh_replayed")?;
            return Err(grant_error(
                "the refresh token was used already; the whole grant is revoked",
            ));
        }
        let grant = self.living_grant(ctx, &token.grant)?.ok_or_else(unknown)?;
        if token.expires_at <= ctx.now() {
            return Err(unknown());
        }
        self.identity
            .officer_by_id(ctx, &grant.user, &grant.post)
            .map_err(|_| grant_error("the person no longer holds the post"))?;
        let scope = narrowed(form, &grant)?;
        let plan = Plan::new(ctx.realm, entry(ctx, "oidc.refresh", &grant))
            .expect(unchanged(&token))
            .change(
                Change::set("oidc_tokens")
                    .key("id", token.id.as_str())
                    .with("used_at", ctx.now()),
            );
        let issue = Issue {
            grant: &grant,
            scope: &scope,
            refresh: true,
            about_person: true,
        };
        self.issue(ctx, issuer, proof, &issue, plan)
    }

    fn credentials(
        &self,
        ctx: &OpCtx,
        issuer: &str,
        proof: &Proof,
        form: &Form,
    ) -> Result<Issued, OidcError> {
        let service = crate::discovery::SERVICE_SCOPES;
        let allowed: Vec<&str> = service
            .into_iter()
            .filter(|word| proof.client.scopes().contains(word))
            .collect();
        let asked = form.words("scope");
        if !asked.iter().all(|word| allowed.contains(word)) {
            return refuse(
                Code::InvalidScope,
                "the client may not ask for this scope for itself",
            );
        }
        let scope = if asked.is_empty() { allowed } else { asked };
        let grant = GrantRow {
            id: secret::fresh_id(),
            client: proof.client.id.clone(),
            user: String::new(),
            post: String::new(),
            session: String::new(),
            scope: scope.join(" "),
            facts: SignInFacts::default(),
            offline: true,
            created_at: ctx.now(),
            expires_at: ctx.now() + self.options.access,
            ended_at: None,
        };
        let plan = Plan::new(ctx.realm, entry(ctx, "oidc.client_credentials", &grant))
            .change(put_grant(&grant)?);
        let issue = Issue {
            grant: &grant,
            scope: &grant.scope,
            refresh: false,
            about_person: false,
        };
        self.issue(ctx, issuer, proof, &issue, plan)
    }

    /// A grant that has not ended, whose session (if it hangs on one) is still open.
    pub(crate) fn living_grant(
        &self,
        ctx: &OpCtx,
        grant: &str,
    ) -> Result<Option<GrantRow>, OidcError> {
        let row = self
            .store
            .read(|reader| store::grant(reader, ctx.realm, grant))?;
        let Some(row) = row.filter(|row| row.ended_at.is_none() && ctx.now() < row.expires_at)
        else {
            return Ok(None);
        };
        let open = row.offline || self.identity.is_session_open(ctx, &row.session)?;
        Ok(open.then_some(row))
    }

    fn issue(
        &self,
        ctx: &OpCtx,
        issuer: &str,
        proof: &Proof,
        issue: &Issue<'_>,
        plan: Plan,
    ) -> Result<Issued, OidcError> {
        let access = secret::fresh("ya_");
        let expires = (ctx.now() + self.options.access).min(issue.grant.expires_at);
        let mut plan = proof
            .bind(plan)
            .change(put_token(ctx, &access, ACCESS, issue, expires));
        let mut answer = Map::new();
        let mut put = |name: &str, value: Value| answer.insert(name.to_owned(), value);
        put("access_token", access.as_str().into());
        put("token_type", "Bearer".into());
        put(
            "expires_in",
            expires.duration_since(ctx.now()).as_secs().into(),
        );
        put("scope", issue.scope.into());
        if issue.refresh {
            let refresh = secret::fresh("yr_");
            plan = plan.change(put_token(
                ctx,
                &refresh,
                REFRESH,
                issue,
                issue.grant.expires_at,
            ));
            put("refresh_token", refresh.into());
        }
        if issue.about_person && issue.scope.split(' ').any(|word| word == OPENID) {
            let made_of = IdToken {
                user: &issue.grant.user,
                session: &issue.grant.session,
                facts: &issue.grant.facts,
                access_token: &access,
            };
            put(
                "id_token",
                self.id_token(ctx, issuer, &proof.client, &made_of)?.into(),
            );
        }
        self.store.commit(plan)?;
        Ok(Issued(answer))
    }
}

fn check_code(ctx: &OpCtx, row: &CodeRow, form: &Form) -> Result<(), OidcError> {
    if row.expires_at <= ctx.now() {
        return Err(grant_error("the code is unknown, was used or is too old"));
    }
    if form.get("redirect_uri") != Some(row.facts.redirect_uri.as_str()) {
        return Err(grant_error(
            "redirect_uri is not the one of the authorization request",
        ));
    }
    match (&row.facts.challenge, form.get("code_verifier")) {
        (None, None) => Ok(()),
        (Some(challenge), Some(verifier)) if is_verifier(verifier) => {
            let made = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()));
            if secret::same(&made, challenge) {
                Ok(())
            } else {
                Err(grant_error(
                    "code_verifier does not match the code_challenge",
                ))
            }
        }
        (Some(_), _) => Err(grant_error("code_verifier is missing or malformed")),
        // A verifier without a challenge: someone cut the challenge out of the request (RFC 9700, 2.1.1).
        (None, Some(_)) => Err(grant_error(
            "there was no code_challenge in the authorization request",
        )),
    }
}

fn is_verifier(verifier: &str) -> bool {
    (43..=128).contains(&verifier.len())
        && verifier
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~'))
}

/// The scope asked for in a refresh: at most what was granted.
fn narrowed(form: &Form, grant: &GrantRow) -> Result<String, OidcError> {
    let asked = form.words("scope");
    if asked.is_empty() {
        return Ok(grant.scope.clone());
    }
    let granted: BTreeSet<&str> = grant.scope.split(' ').collect();
    if asked.iter().all(|word| granted.contains(word)) {
        Ok(asked.join(" "))
    } else {
        refuse(Code::InvalidScope, "the scope exceeds what was granted")
    }
}

fn put_grant(grant: &GrantRow) -> Result<Change, OidcError> {
    let proof =
        serde_json::to_string(&grant.facts).map_err(|error| OidcError::stored("grant", error))?;
    Ok(Change::put("oidc_grants")
        .with("id", grant.id.as_str())
        .with("client", grant.client.as_str())
        .with("user_id", grant.user.as_str())
        .with("post_id", grant.post.as_str())
        .with("session", grant.session.as_str())
        .with("scope", grant.scope.as_str())
        .with("proof", proof)
        .with("offline", grant.offline)
        .with("created_at", grant.created_at)
        .with("expires_at", grant.expires_at)
        .with("ended_at", Cell::Null))
}

fn put_token(
    ctx: &OpCtx,
    token: &str,
    kind: &str,
    issue: &Issue<'_>,
    expires: Timestamp,
) -> Change {
    Change::put("oidc_tokens")
        .with("id", secret::hash(token))
        .with("kind", kind)
        .with("grant_id", issue.grant.id.as_str())
        .with("client", issue.grant.client.as_str())
        .with("scope", issue.scope)
        .with("issued_at", ctx.now())
        .with("expires_at", expires)
        .with("used_at", Cell::Null)
}

fn unchanged(token: &TokenRow) -> Expect {
    Expect::unchanged("oidc_tokens", [("id", token.id.as_str().into())], token.pos)
}

fn entry(ctx: &OpCtx, op: &str, grant: &GrantRow) -> Entry {
    let note =
        json!({ "client": grant.client, "scope": grant.scope, "sid": grant::sid(&grant.session) });
    ctx.entry(op, subject(&grant.user, &grant.client), note)
}

fn grant_error(description: &str) -> OidcError {
    OAuthError::new(Code::InvalidGrant, description).into()
}
