//! The authority that the use cases hang on: store, gate, people, vault, and the keys in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use jiff::Timestamp;
use yuandu_identity::{Gate, Identity, OpCtx, Resource, Vault};
use yuandu_ids::RealmId;
use yuandu_store::Store;
use yuandu_trust::der::Reader;
use yuandu_trust::name::Name;
use yuandu_trust::pem;

use crate::authority::Authority;
use crate::error::PkiError;
use crate::list::Kept;
use crate::profile::Role;
use crate::responder::Answers;
use crate::services::Service;
use crate::store::{self, CertificateFilter, CertificateRow, RequestRow};

/// How often a plan is computed anew when its rows changed meanwhile.
const TRIES: u32 = 3;
/// Requests or certificates of one page.
const PAGE: i64 = 100;

/// The certificate authority of every realm in a store. Share it in an `Arc`.
pub struct Pki {
    pub(crate) store: Arc<Store>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) identity: Arc<Identity>,
    pub(crate) vault: Arc<Vault>,
    authority: OnceLock<(Authority, String)>,
    pub(crate) services: Mutex<BTreeMap<(RealmId, Role), Arc<Service>>>,
    pub(crate) lists: Mutex<BTreeMap<RealmId, Kept>>,
    pub(crate) answers: Mutex<Answers>,
}

impl std::fmt::Debug for Pki {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Pki")
            .field("authority", &self.authority().map(Authority::id).ok())
            .finish_non_exhaustive()
    }
}

impl Pki {
    /// An authority without a key on a store whose tables include [`crate::schema`]: it lists what was issued, and issues and
    /// answers nothing until [`Pki::begin`].
    #[must_use]
    pub fn new(store: Arc<Store>, identity: Arc<Identity>, vault: Arc<Vault>) -> Self {
        Self {
            store,
            gate: Arc::clone(identity.gate()),
            identity,
            vault,
            authority: OnceLock::new(),
            services: Mutex::default(),
            lists: Mutex::default(),
            answers: Mutex::default(),
        }
    }

    /// Gives the key that was opened when the program started; once. `address` is where lists and answers are found when the
    /// authority's certificate does not say.
    pub fn begin(&self, authority: Authority, address: &str) {
        let address = authority.address().unwrap_or(address).to_owned();
        // A second one in one process is not taken: certificates of both would be mixed.
        let _ = self.authority.set((authority, address));
    }

    /// The authority.
    ///
    /// # Errors
    /// [`PkiError::NoAuthority`] if the program was started without one.
    pub fn authority(&self) -> Result<&Authority, PkiError> {
        let held = self.authority.get();
        held.map(|(authority, _)| authority)
            .ok_or(PkiError::NoAuthority)
    }

    /// Where lists and answers are found.
    pub(crate) fn address(&self) -> &str {
        self.authority
            .get()
            .map_or("", |(_, address)| address.as_str())
    }

    /// Requests with a status, in the order they were made, those after the id of the page before. Who may not see all
    /// sees their own.
    ///
    /// # Errors
    /// If the actor may not, or the store fails.
    pub fn requests(
        &self,
        ctx: &OpCtx,
        status: &str,
        after: &str,
    ) -> Result<Vec<RequestRow>, PkiError> {
        self.gate.require(ctx, "pki.request", &Resource::system())?;
        let by = self.only_own(ctx);
        self.store
            .read(|reader| store::requests(reader, ctx.realm, status, (by.as_deref(), after), PAGE))
    }

    /// Certificates by serial number. Who may not see all sees their own.
    ///
    /// # Errors
    /// If the actor may not, or the store fails.
    pub fn certificates(
        &self,
        ctx: &OpCtx,
        filter: &CertificateFilter,
    ) -> Result<Vec<CertificateRow>, PkiError> {
        self.gate.require(ctx, "pki.request", &Resource::system())?;
        let by = self.only_own(ctx);
        self.store
            .read(|reader| store::certificates(reader, ctx.realm, by.as_deref(), filter, PAGE))
    }

    /// One certificate. Like the certificate itself it is shown to every officer: it was made to be shown.
    ///
    /// # Errors
    /// If there is none, the actor may not, or the store fails.
    pub fn certificate(&self, ctx: &OpCtx, serial: &str) -> Result<CertificateRow, PkiError> {
        self.gate.require(ctx, "pki.request", &Resource::system())?;
        self.row(ctx, serial)
    }

    pub(crate) fn row(&self, ctx: &OpCtx, serial: &str) -> Result<CertificateRow, PkiError> {
        self.store
            .read(|reader| store::certificate(reader, ctx.realm, serial))?
            .ok_or_else(|| PkiError::certificate(serial))
    }

    fn only_own(&self, ctx: &OpCtx) -> Option<String> {
        let all = self.gate.decide(ctx, "pki.view", &Resource::system());
        (!all.allowed).then(|| ctx.actor_name())
    }

    /// Whether the actor asked for this certificate, or keeps all of them.
    pub(crate) fn require_own(&self, ctx: &OpCtx, row: &CertificateRow) -> Result<(), PkiError> {
        if row.issued_to == ctx.actor_name() {
            return Ok(self.gate.require(ctx, "pki.request", &Resource::system())?);
        }
        Ok(self.gate.require(ctx, "pki.manage", &Resource::system())?)
    }

    /// Runs a use case again when the rows its plan stands on changed meanwhile.
    pub(crate) fn retried<T>(
        &self,
        mut work: impl FnMut() -> Result<T, PkiError>,
    ) -> Result<T, PkiError> {
        for _ in 1..TRIES {
            match work() {
                Err(error) if error.is_race() => {}
                other => return other,
            }
        }
        work()
    }
}

impl RequestRow {
    /// Whose certificate is asked for, in words.
    #[must_use]
    pub fn subject_words(&self) -> String {
        name_words(&self.subject)
    }
}

impl CertificateRow {
    /// The certificate in PEM.
    #[must_use]
    pub fn pem(&self) -> String {
        pem::write("CERTIFICATE", &self.der)
    }

    /// Whether it can be renewed now: it is within the last weeks of its life, not revoked and not renewed yet.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none()
            && self.renewed_by.is_none()
            && now < self.not_after
            && now >= self.not_after - crate::profile::renewal(self.kind)
    }
}

/// A name as people write it.
pub(crate) fn name_words(der: &[u8]) -> String {
    let read = Reader::new(der).any().and_then(|name| Name::read(&name));
    read.map(|name| name.to_string()).unwrap_or_default()
}

/// A lock that survives a panic elsewhere: what is kept under it is only a copy of the store.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
