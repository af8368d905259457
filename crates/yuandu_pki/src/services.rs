//! Keys and certificates of the authority's own services, the OCSP responder and the time-stamp authority: made when they
//! are missing or used up, kept sealed, and read into memory.

use std::sync::Arc;

use rand::CryptoRng;
use serde_json::json;
use yuandu_identity::{OpCtx, Resource};
use yuandu_store::{Change, Expect, Plan};
use yuandu_trust::cert::Certificate;
use yuandu_trust::issue::{KeyKind, Signer as _, SoftKey, extensions, serial};
use yuandu_trust::key::{Curve, PublicKey};
use yuandu_trust::oids;

use crate::error::PkiError;
use crate::ops::key_hash;
use crate::pki::{Pki, locked};
use crate::profile::{self, Order, Role};
use crate::store;
use crate::subject::Kind;

/// What sealed private keys are sealed for.
const PURPOSE: &str = "pki service key";

/// A service that signs. It has no `Debug`: it holds a key.
pub(crate) struct Service {
    pub(crate) key: SoftKey,
    pub(crate) cert: Certificate,
}

impl Pki {
    /// Makes the keys and certificates of the services that are missing, revoked or used up. Returns how many were made. The
    /// program calls it at start and now and then; what strangers ask never makes any.
    ///
    /// # Errors
    /// If the actor may not, or a key cannot be made or stored.
    pub fn keep_services<R: CryptoRng>(&self, ctx: &OpCtx, rng: &mut R) -> Result<usize, PkiError> {
        self.gate.require(ctx, "pki.manage", &Resource::system())?;
        let ca = self.authority()?.id();
        let mut made = 0;
        for role in Role::ALL {
            let row = self
                .store
                .read(|reader| store::service(reader, ctx.realm, ca, role.as_str()))?;
            let fresh = row.as_ref().is_some_and(|row| {
                !row.revoked && ctx.now().duration_since(row.made_at) < role.used()
            });
            if !fresh {
                match self.make_service(ctx, role, row.map(|row| row.pos), rng) {
                    // Another server of the same city was quicker.
                    Err(error) if error.is_race() => {}
                    other => other?,
                }
                made += 1;
            }
            let service = self.read_service(ctx, role)?;
            locked(&self.services).insert((ctx.realm, role), Arc::new(service));
        }
        Ok(made)
    }

    fn make_service<R: CryptoRng>(
        &self,
        ctx: &OpCtx,
        role: Role,
        replaces: Option<i64>,
        rng: &mut R,
    ) -> Result<(), PkiError> {
        let authority = self.authority()?;
        let kind = match authority.certificate().key {
            PublicKey::Rsa { .. } => KeyKind::Rsa,
            PublicKey::Ec {
                curve: Curve::Sm2, ..
            } => KeyKind::Sm2,
            _ => KeyKind::P256,
        };
        let key = SoftKey::generate(kind, rng)?;
        let public = key.public();
        let organisation = authority.certificate().subject.values(oids::ORGANISATION);
        let organisation = organisation.last().unwrap_or_default().to_owned();
        let order = Order {
            subject: extensions::name(&[
                (oids::COUNTRY, "CN"),
                (oids::ORGANISATION, &organisation),
                (oids::COMMON_NAME, role.common_name()),
            ]),
            key: &public,
            serial: serial(rng),
            now: ctx.now(),
        };
        let der = profile::service(authority, self.address(), role, order)?;
        let cert =
            Certificate::read(&der).map_err(|error| PkiError::stored("certificate", error))?;
        let sealed = self.vault.seal(PURPOSE, &key.to_pkcs8()?)?;
        let (ca, number) = (authority.id(), cert.serial_hex());
        let known = [("ca", ca.into()), ("role", role.as_str().into())];
        let expect = match replaces {
            Some(pos) => Expect::unchanged("pki_services", known, pos),
            None => Expect::absent("pki_services", known),
        };
        let note = json!({ "serial": number, "role": role.as_str() });
        let entry = ctx.entry("pki.make_service", format!("certificate/{number}"), note);
        let plan = Plan::new(ctx.realm, entry)
            .expect(expect)
            .expect(Expect::absent(
                "pki_certificates",
                [("serial", number.as_str().into())],
            ))
            .change(
                Change::put("pki_certificates")
                    .with("serial", number.as_str())
                    .with("ca", ca)
                    .with("kind", Kind::Service.as_str())
                    .with("asked", "")
                    .with("subject", cert.subject.to_string())
                    .with("key_kind", public.kind())
                    .with("key_hash", key_hash(&public))
                    .with("certificate", der.clone())
                    .with("not_before", cert.not_before.timestamp())
                    .with("not_after", cert.not_after.timestamp())
                    .with("issued_to", ctx.actor_name())
                    .with("issued_by", ctx.actor_name()),
            )
            .change(
                Change::put("pki_services")
                    .with("ca", ca)
                    .with("role", role.as_str())
                    .with("serial", number.as_str())
                    .with("certificate", der)
                    .with("sealed", sealed)
                    .with("made_at", ctx.now())
                    .with("not_after", cert.not_after.timestamp()),
            );
        self.store.commit(plan)?;
        Ok(())
    }

    fn read_service(&self, ctx: &OpCtx, role: Role) -> Result<Service, PkiError> {
        let ca = self.authority()?.id();
        let row = self
            .store
            .read(|reader| store::service(reader, ctx.realm, ca, role.as_str()))?
            .filter(|row| !row.revoked)
            .ok_or(PkiError::NoService(role.as_str()))?;
        let der = self.vault.open_sealed(PURPOSE, &row.sealed);
        let der = der.ok_or_else(|| {
            PkiError::stored(
                "service key",
                "it does not open; restore `secret.key` from the backup, or revoke the service's certificate",
            )
        })?;
        Ok(Service {
            key: SoftKey::from_pkcs8(&der)?,
            cert: Certificate::read(&row.certificate)
                .map_err(|error| PkiError::stored("certificate", error))?,
        })
    }

    /// The service that signs now; it is read from the store when it is not in memory yet, and never made here.
    pub(crate) fn service(&self, ctx: &OpCtx, role: Role) -> Result<Arc<Service>, PkiError> {
        let known = locked(&self.services).get(&(ctx.realm, role)).cloned();
        let ends = |service: &Arc<Service>| service.cert.not_after.timestamp();
        if let Some(known) = known.filter(|service| ctx.now() < ends(service)) {
            return Ok(known);
        }
        let read = Arc::new(self.read_service(ctx, role)?);
        if ctx.now() >= ends(&read) {
            return Err(PkiError::NoService(role.as_str()));
        }
        locked(&self.services).insert((ctx.realm, role), Arc::clone(&read));
        Ok(read)
    }
}
