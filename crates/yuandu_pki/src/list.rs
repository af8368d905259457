//! The revocation list: signed when it is asked for and something changed, or when it is some minutes old.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use yuandu_identity::OpCtx;
use yuandu_trust::issue::{ListTemplate, sign_list};

use crate::error::PkiError;
use crate::pki::{Pki, locked};
use crate::store;

/// How long a list is given out that nothing has changed since.
const FRESH: SignedDuration = SignedDuration::from_mins(10);
/// By when the next one is there at the latest.
const NEXT: SignedDuration = SignedDuration::from_hours(24);
/// How long a certificate that has ended stays on the list (RFC 5280, 3.3: at least on one list after its end).
const AFTER_END: SignedDuration = SignedDuration::from_hours(24 * 7);

/// A list in memory: the state it was made from, when, and its bytes.
pub(crate) type Kept = (u64, Timestamp, Arc<Vec<u8>>);

impl Pki {
    /// The present list of the authority, DER.
    ///
    /// # Errors
    /// If there is no authority, or the store or the key fails.
    pub fn list(&self, ctx: &OpCtx) -> Result<Arc<Vec<u8>>, PkiError> {
        let authority = self.authority()?;
        // Stamped before reading: a change that comes between makes it be signed once more, never once too few.
        let stamp = self.store.touched("pki_certificates");
        let now = ctx.now();
        // Under the lock while signing: of a hundred who ask at once one signs.
        let mut lists = locked(&self.lists);
        if let Some((taken, at, list)) = lists.get(&ctx.realm)
            && *taken == stamp
            && now.duration_since(*at) < FRESH
        {
            return Ok(Arc::clone(list));
        }
        let revoked = self
            .store
            .read(|reader| store::revoked(reader, ctx.realm, authority.id(), now - AFTER_END))?;
        let template = ListTemplate {
            issuer: authority.certificate().subject.der().to_vec(),
            this_update: now,
            next_update: now + NEXT,
            // Milliseconds grow from list to list, on every server of the city, and need no table.
            number: now.as_millisecond().unsigned_abs(),
            revoked,
        };
        let list = Arc::new(sign_list(&template, authority.signer.as_ref())?);
        lists.insert(ctx.realm, (stamp, now, Arc::clone(&list)));
        Ok(list)
    }
}
