//! Signing keys: made when first needed, stored sealed, renewed every ninety days, published a while longer.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use yuandu_identity::{Actor, OpCtx};
use yuandu_store::{Change, Plan};

use crate::error::OidcError;
use crate::jose::{Algorithm, Jws, PublicKey, SigningKey, thumbprint};
use crate::provider::Provider;
use crate::store;

/// How long a key signs.
const SIGNS: SignedDuration = SignedDuration::from_hours(24 * 90);
/// How long a retired key is still published: longer than anything it signed is valid, and than clients cache keys.
const PUBLISHED: SignedDuration = SignedDuration::from_hours(48);
/// What sealed private keys are sealed for.
const PURPOSE: &str = "oidc signing key";

/// A key of ours.
pub(crate) struct Key {
    pub(crate) kid: String,
    pub(crate) signing: SigningKey,
    pub(crate) public: PublicKey,
    pub(crate) jwk: Value,
    pub(crate) created_at: Timestamp,
    pub(crate) retired_at: Option<Timestamp>,
}

/// All keys, newest first.
pub(crate) type KeyRing = Arc<Vec<Key>>;

impl Key {
    fn is_published(&self, now: Timestamp) -> bool {
        self.retired_at
            .is_none_or(|at| now.duration_since(at) < PUBLISHED)
    }

    fn signs(&self, algorithm: Algorithm, now: Timestamp) -> bool {
        self.signing.algorithm() == algorithm
            && self.retired_at.is_none()
            && now.duration_since(self.created_at) < SIGNS
    }
}

impl Provider {
    /// The published keys as a JWK set. Makes the keys that are missing, so that a client that reads this before its
    /// first sign-in finds those its tokens will be signed with.
    ///
    /// # Errors
    /// If keys cannot be read or made.
    pub fn jwks(&self, ctx: &OpCtx) -> Result<Value, OidcError> {
        let ring = self.signing_ring(ctx)?;
        let keys: Vec<&Value> = ring
            .iter()
            .filter(|key| key.is_published(ctx.now()))
            .map(|key| &key.jwk)
            .collect();
        Ok(json!({ "keys": keys }))
    }

    /// Makes new keys and retires the present ones, for example after a suspected theft.
    ///
    /// # Errors
    /// If the actor may not, or keys cannot be stored.
    pub fn rotate_keys(&self, ctx: &OpCtx) -> Result<(), OidcError> {
        self.require_admin(ctx)?;
        self.make_keys(ctx, &Algorithm::ALL)
    }

    /// Signs claims for a client.
    pub(crate) fn sign(
        &self,
        ctx: &OpCtx,
        algorithm: Algorithm,
        kind: &str,
        claims: &Value,
    ) -> Result<String, OidcError> {
        let ring = self.signing_ring(ctx)?;
        let key = ring.iter().find(|key| key.signs(algorithm, ctx.now()));
        let key = key.ok_or_else(|| OidcError::Key("there is no key that signs".to_owned()))?;
        key.signing.token(&key.kid, kind, claims)
    }

    /// Whether we signed a token, with a key that we still publish.
    pub(crate) fn is_ours(&self, ctx: &OpCtx, jws: &Jws) -> Result<bool, OidcError> {
        let ring = self.key_ring(ctx)?;
        Ok(ring.iter().any(|key| {
            key.is_published(ctx.now())
                && jws.kid() == Some(key.kid.as_str())
                && jws.is_signed_by(&key.public)
        }))
    }

    fn signing_ring(&self, ctx: &OpCtx) -> Result<KeyRing, OidcError> {
        let ring = self.key_ring(ctx)?;
        let missing: Vec<Algorithm> = Algorithm::ALL
            .into_iter()
            .filter(|algorithm| !ring.iter().any(|key| key.signs(*algorithm, ctx.now())))
            .collect();
        if missing.is_empty() {
            return Ok(ring);
        }
        self.make_keys(&ctx.as_actor(Actor::System("keys")), &missing)?;
        self.key_ring(ctx)
    }

    fn make_keys(&self, ctx: &OpCtx, algorithms: &[Algorithm]) -> Result<(), OidcError> {
        // One at a time: two requests that find no key must not make two.
        let _turn = self.key_turn();
        let ring = self.key_ring(ctx)?;
        let forced = !matches!(ctx.actor, Actor::System("keys"));
        let mut changes = Vec::new();
        let mut kids = Vec::new();
        for algorithm in algorithms {
            if !forced && ring.iter().any(|key| key.signs(*algorithm, ctx.now())) {
                continue;
            }
            let key = SigningKey::generate(*algorithm)?;
            let mut jwk = key.public_jwk()?;
            let kid = thumbprint(&jwk);
            describe(&mut jwk, &kid, *algorithm);
            let sealed = self.vault.seal(PURPOSE, &key.to_pkcs8()?)?;
            let old = ring
                .iter()
                .filter(|key| key.signing.algorithm() == *algorithm && key.retired_at.is_none());
            changes.extend(old.map(|key| {
                Change::set("oidc_keys")
                    .key("kid", key.kid.as_str())
                    .with("retired_at", ctx.now())
            }));
            changes.push(
                Change::put("oidc_keys")
                    .with("kid", kid.as_str())
                    .with("alg", algorithm.as_str())
                    .with("public", Value::Object(jwk).to_string())
                    .with("sealed", sealed)
                    .with("created_at", ctx.now())
                    .with("retired_at", yuandu_store::Value::Null),
            );
            kids.push(kid);
        }
        if changes.is_empty() {
            return Ok(());
        }
        let entry = ctx.entry("oidc.rotate_keys", "oidc/keys", json!({ "kids": kids }));
        self.store
            .commit(Plan::new(ctx.realm, entry).changes(changes))?;
        Ok(())
    }

    pub(crate) fn read_keys(&self, ctx: &OpCtx) -> Result<Vec<Key>, OidcError> {
        let rows = self.store.read(|reader| store::keys(reader, ctx.realm))?;
        let mut keys = Vec::new();
        for row in rows {
            let algorithm = Algorithm::parse(&row.alg)
                .ok_or_else(|| OidcError::stored("key", "unknown algorithm"))?;
            let der = self.vault.open_sealed(PURPOSE, &row.sealed).ok_or_else(|| {
                OidcError::Key(
                    "a sealed key does not open; restore `secret.key` from the backup, or rotate the keys".to_owned(),
                )
            })?;
            let jwk: Value = serde_json::from_str(&row.public)
                .map_err(|error| OidcError::stored("key", error))?;
            keys.push(Key {
                signing: SigningKey::from_pkcs8(algorithm, &der)?,
                public: PublicKey::from_jwk(&jwk)
                    .ok_or_else(|| OidcError::stored("key", "no public key"))?,
                kid: row.kid,
                jwk,
                created_at: row.created_at,
                retired_at: row.retired_at,
            });
        }
        Ok(keys)
    }
}

fn describe(jwk: &mut Map<String, Value>, kid: &str, algorithm: Algorithm) {
    jwk.insert("kid".to_owned(), kid.into());
    jwk.insert("use".to_owned(), "sig".into());
    jwk.insert("alg".to_owned(), algorithm.as_str().into());
}
