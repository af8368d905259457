//! Who the client is: secret in the header, secret in the form, a signed assertion (RFC 7523), or none for public clients.
//!
//! A client uses the one method it registered. An unknown client and a wrong secret get one answer.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use yuandu_identity::OpCtx;
use yuandu_store::{Change, Expect, Plan};

use crate::client::{AuthMethod, Client};
use crate::error::{Code, OAuthError, OidcError, refuse};
use crate::form::Form;
use crate::jose::Jws;
use crate::provider::Provider;
use crate::secret;
use crate::store;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// How far the clocks of client and server may differ.
const SKEW: SignedDuration = SignedDuration::from_secs(60);
/// Longest life of an assertion; each is remembered that long.
const ASSERTION_LIFE: SignedDuration = SignedDuration::from_mins(10);

/// What a request brought to prove its client.
#[derive(Debug)]
pub struct Credentials<'a> {
    /// The header `Authorization`, if there is one.
    pub authorization: Option<&'a str>,
    /// The form.
    pub form: &'a Form,
}

/// A client that proved who it is, and what must be committed with whatever it asks for.
#[derive(Debug)]
pub struct Proof {
    /// The client.
    pub client: Arc<Client>,
    once: Option<(Expect, Change)>,
}

impl Proof {
    /// Adds what makes an assertion usable once.
    pub(crate) fn bind(&self, plan: Plan) -> Plan {
        match &self.once {
            Some((expect, change)) => plan.expect(expect.clone()).change(change.clone()),
            None => plan,
        }
    }

    /// Commits the use of an assertion on its own, where the request writes nothing else.
    pub(crate) fn settle(&self, provider: &Provider, ctx: &OpCtx) -> Result<(), OidcError> {
        if self.once.is_none() {
            return Ok(());
        }
        let entry = ctx.entry(
            "oidc.use_assertion",
            format!("client/{}", self.client.id),
            serde_json::json!({}),
        );
        let plan = self.bind(Plan::new(ctx.realm, entry));
        match provider.store.commit(plan) {
            Ok(_) => Ok(()),
            Err(yuandu_store::StoreError::Changed { .. }) => Err(unproved().into()),
            Err(error) => Err(error.into()),
        }
    }
}

impl Provider {
    /// Which client asks, proved by the method it registered.
    ///
    /// # Errors
    /// `invalid_client`, or `invalid_request` when it used two methods at once.
    pub fn authenticate_client(
        &self,
        ctx: &OpCtx,
        issuer: &str,
        credentials: &Credentials<'_>,
    ) -> Result<Proof, OidcError> {
        let form = credentials.form;
        let by_assertion = form.get("client_assertion").is_some();
        let by_secret = form.get("client_secret").is_some();
        let used = [credentials.authorization.is_some(), by_assertion, by_secret];
        if used.into_iter().filter(|used| *used).count() > 1 {
            return refuse(
                Code::InvalidRequest,
                "the client used more than one method to prove itself",
            );
        }
        if let Some(header) = credentials.authorization {
            let (id, secret) = basic(header).ok_or_else(unproved)?;
            if form.get("client_id").is_some_and(|named| named != id) {
                return Err(unproved().into());
            }
            return self.by_secret(ctx, &id, &secret, AuthMethod::ClientSecretBasic);
        }
        if by_assertion {
            return self.by_assertion(ctx, issuer, form);
        }
        let Some(id) = form.get("client_id") else {
            return Err(unproved().into());
        };
        if let Some(secret) = form.get("client_secret") {
            return self.by_secret(ctx, id, secret, AuthMethod::ClientSecretPost);
        }
        let client = self.client(ctx, id)?;
        if client.is_public() {
            Ok(Proof { client, once: None })
        } else {
            Err(unproved().into())
        }
    }

    fn by_secret(
        &self,
        ctx: &OpCtx,
        id: &str,
        secret: &str,
        method: AuthMethod,
    ) -> Result<Proof, OidcError> {
        let client = self.client(ctx, id).ok();
        let stored = client.as_ref().and_then(|client| client.secret.as_deref());
        // Compared in any case, so that the time does not tell whether the client exists.
        let right = secret::same(&secret::hash(secret), stored.unwrap_or_default());
        match client {
            Some(client) if right && client.metadata.token_endpoint_auth_method == method => {
                Ok(Proof { client, once: None })
            }
            _ => Err(unproved().into()),
        }
    }

    fn by_assertion(&self, ctx: &OpCtx, issuer: &str, form: &Form) -> Result<Proof, OidcError> {
        if form.get("client_assertion_type") != Some(ASSERTION_TYPE) {
            return refuse(
                Code::InvalidClient,
                "client_assertion_type must be jwt-bearer",
            );
        }
        let assertion = form.get("client_assertion").unwrap_or_default();
        let jws = Jws::parse(assertion).ok_or_else(unproved)?;
        let id = jws.text("sub").ok_or_else(unproved)?;
        if jws.text("iss") != Some(id) || form.get("client_id").is_some_and(|named| named != id) {
            return Err(unproved().into());
        }
        let client = self.client(ctx, id)?;
        let endpoint = format!("{issuer}/oauth/token");
        let signed = client.metadata.token_endpoint_auth_method == AuthMethod::PrivateKeyJwt
            && client
                .keys(jws.kid())
                .iter()
                .any(|key| jws.is_signed_by(key));
        if !signed || !jws.is_for(&[issuer, &endpoint]) {
            return Err(unproved().into());
        }
        let expires = in_time(&jws, ctx.now()).ok_or_else(unproved)?;
        let jti = jws
            .text("jti")
            .filter(|jti| (1..=256).contains(&jti.len()))
            .ok_or_else(unproved)?;
        let jti = secret::hash(jti);
        let spent = self
            .store
            .read(|reader| store::is_spent(reader, ctx.realm, id, &jti))?;
        if spent {
            return Err(unproved().into());
        }
        let expect = Expect::absent(
            "oidc_assertions",
            [("client", id.into()), ("jti", jti.as_str().into())],
        );
        let change = Change::put("oidc_assertions")
            .with("client", id)
            .with("jti", jti)
            .with("expires_at", expires);
        Ok(Proof {
            client,
            once: Some((expect, change)),
        })
    }
}

/// When an assertion stops being acceptable; `None` if it is not acceptable now.
fn in_time(jws: &Jws, now: Timestamp) -> Option<Timestamp> {
    let expires = Timestamp::from_second(jws.number("exp")?).ok()?;
    let expires = expires.checked_add(SKEW).ok()?;
    let latest = now
        .checked_add(ASSERTION_LIFE)
        .ok()?
        .checked_add(SKEW)
        .ok()?;
    let begun = |name| {
        jws.number(name).is_none_or(|from| {
            Timestamp::from_second(from)
                .ok()
                .and_then(|from| from.checked_sub(SKEW).ok())
                .is_some_and(|from| from <= now)
        })
    };
    (now < expires && expires <= latest && begun("nbf") && begun("iat")).then_some(expires)
}

/// Id and secret of a header `Authorization: Basic`, both form-encoded inside (RFC 6749, 2.3.1).
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, rest) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let bytes = STANDARD.decode(rest.trim()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((form_decoded(id)?, form_decoded(secret)?))
}

fn form_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                let (high, low) = (digit()?, digit()?);
                bytes.push(u8::try_from(high * 16 + low).ok()?);
            }
            byte => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).ok()
}

fn unproved() -> OAuthError {
    OAuthError::new(
        Code::InvalidClient,
        "the client is unknown or its proof is not right",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_and_secret_in_the_header_are_form_encoded() {
        let header = format!("Basic {}", STANDARD.encode("a%3Ab:s+%2B%E5%A5%8E"));
        assert_eq!(basic(&header), Some(("a:b".to_owned(), "s +奎".to_owned())));
        for broken in [
            "Basic",
            "Basic !!",
            "Bearer YTpi",
            "Basic YQ==",
            &format!("Basic {}", STANDARD.encode("a%3:b")),
        ] {
            assert_eq!(basic(broken), None, "{broken}");
        }
    }
}
