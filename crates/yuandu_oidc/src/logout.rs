//! Signing out from a client's side (OpenID Connect RP-Initiated Logout 1.0) and telling clients that a session ended
//! (Back-Channel Logout 1.0).

use jiff::SignedDuration;
use serde_json::{Value, json};
use yuandu_identity::OpCtx;
use yuandu_store::{Change, Plan};

use crate::error::{Code, OAuthError, OidcError, refuse};
use crate::form::Form;
use crate::grant;
use crate::jose::Jws;
use crate::provider::Provider;
use crate::secret;
use crate::store;
use crate::uri;

/// Notices sent in one go.
const BATCH: i64 = 20;
/// Attempts at most: 1, 2, 4 .. minutes after each other, a day and a half in all.
const TRIES: i64 = 11;
/// Life of a logout token (the standard recommends two minutes at most).
const LIFE: SignedDuration = SignedDuration::from_mins(2);
/// The event a logout token tells of.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// What a client asks for when it sends the browser here to sign out.
#[derive(Debug)]
pub struct LogoutRequest {
    /// Where the browser goes afterwards, with `state`; only if the client registered the address.
    pub goes_to: Option<String>,
    /// Whether the person must be asked: always, unless the client showed an ID token of this very session.
    pub must_ask: bool,
}

/// A signed notice on its way to a client.
#[derive(Debug, Clone)]
pub struct LogoutNotice {
    /// Names the notice.
    pub id: String,
    /// Where it goes.
    pub uri: String,
    /// The logout token.
    pub token: String,
    tries: i64,
}

impl Provider {
    /// Reads a sign-out request. `session` is the one of the browser, if it has one.
    ///
    /// # Errors
    /// [`OidcError::OAuth`] if the hint is not ours or the address is not registered: the person is told.
    pub fn read_logout(
        &self,
        ctx: &OpCtx,
        issuer: &str,
        form: &Form,
        session: Option<&str>,
    ) -> Result<LogoutRequest, OidcError> {
        let hint = match form.get("id_token_hint") {
            None => None,
            Some(text) => Some(self.own_token(ctx, issuer, text)?),
        };
        let hinted = hint.as_ref().and_then(|jws| jws.text("aud"));
        let client = match (hinted, form.get("client_id")) {
            (Some(aud), Some(named)) if aud != named => {
                return refuse(
                    Code::InvalidRequest,
                    "client_id is not the one of the id_token_hint",
                );
            }
            (Some(id), _) | (None, Some(id)) => self.clients(ctx)?.get(id).cloned(),
            (None, None) => None,
        };
        let goes_to = match (form.get("post_logout_redirect_uri"), &client) {
            (None, _) => None,
            (Some(uri), Some(client))
                if client
                    .metadata
                    .post_logout_redirect_uris
                    .iter()
                    .any(|known| known == uri) =>
            {
                Some(match form.get("state") {
                    Some(state) => uri::with_query(uri, &[("state", state)]),
                    None => uri.to_owned(),
                })
            }
            (Some(_), _) => {
                return refuse(
                    Code::InvalidRequest,
                    "post_logout_redirect_uri is not one that the client registered",
                );
            }
        };
        let same = match (&hint, session) {
            (Some(jws), Some(session)) => jws.text("sid") == Some(grant::sid(session).as_str()),
            _ => false,
        };
        Ok(LogoutRequest {
            goes_to,
            must_ask: session.is_some() && !same,
        })
    }

    fn own_token(&self, ctx: &OpCtx, issuer: &str, text: &str) -> Result<Jws, OidcError> {
        let jws = Jws::parse(text);
        match jws {
            // An expired one is fine: people sign out after a long day.
            Some(jws) if jws.text("iss") == Some(issuer) && self.is_ours(ctx, &jws)? => Ok(jws),
            _ => Err(OAuthError::new(
                Code::InvalidRequest,
                "the id_token_hint is not a token of ours",
            )
            .into()),
        }
    }

    /// Notices that are due, signed.
    ///
    /// # Errors
    /// If the store cannot be read or nothing can be signed.
    pub fn notices_due(&self, ctx: &OpCtx, issuer: &str) -> Result<Vec<LogoutNotice>, OidcError> {
        let rows = self
            .store
            .read(|reader| store::notices_due(reader, ctx.realm, ctx.now(), BATCH))?;
        let clients = self.clients(ctx)?;
        let mut notices = Vec::new();
        for row in rows {
            let token = match clients.get(&row.client) {
                Some(client) => {
                    let now = ctx.now();
                    let claims = json!({
                        "iss": issuer,
                        "aud": client.id,
                        "sub": self.subject(client, &row.user),
                        "sid": row.session,
                        "iat": now.as_second(),
                        "exp": (now + LIFE).as_second(),
                        "jti": secret::fresh_id(),
                        "events": { EVENT: {} },
                    });
                    self.sign(ctx, client.id_token_algorithm(), "logout+jwt", &claims)?
                }
                // A client that was removed is told nothing; the notice is settled below.
                None => String::new(),
            };
            notices.push(LogoutNotice {
                id: row.id,
                uri: row.uri,
                token,
                tries: row.tries,
            });
        }
        Ok(notices)
    }

    /// Notes whether a notice arrived; one that did not is tried again, each time later.
    ///
    /// # Errors
    /// If the store fails.
    pub fn settle_notice(
        &self,
        ctx: &OpCtx,
        notice: &LogoutNotice,
        arrived: bool,
    ) -> Result<(), OidcError> {
        let tries = notice.tries + 1;
        let given_up = !arrived && (tries >= TRIES || notice.token.is_empty());
        let change = if arrived || given_up {
            Change::delete("oidc_notices").key("id", notice.id.as_str())
        } else {
            let wait = SignedDuration::from_mins(1_i64 << notice.tries.clamp(0, TRIES));
            Change::set("oidc_notices")
                .key("id", notice.id.as_str())
                .with("tries", tries)
                .with("next_at", ctx.now() + wait)
        };
        let note: Value = json!({ "arrived": arrived, "tries": tries, "given_up": given_up });
        let entry = ctx.entry("oidc.send_notice", format!("notice/{}", notice.id), note);
        self.store
            .commit(Plan::new(ctx.realm, entry).change(change))?;
        Ok(())
    }
}
