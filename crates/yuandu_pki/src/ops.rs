//! The use cases of registration, one a file.

pub(crate) mod decide_request;
pub(crate) mod renew_certificate;
pub(crate) mod request_certificate;
pub(crate) mod revoke_certificate;

use yuandu_identity::OpCtx;
use yuandu_trust::cert::hex;
use yuandu_trust::key::{Digest, PublicKey, digest};

/// The digest by which a key is found again.
pub(crate) fn key_hash(key: &PublicKey) -> String {
    hex(&digest(Digest::Sha256, &key.to_spki().unwrap_or_default()))
}

/// Who acts, by name.
pub(crate) fn who(ctx: &OpCtx) -> String {
    ctx.officer()
        .map_or_else(|| ctx.actor_name(), |officer| officer.name.clone())
}
