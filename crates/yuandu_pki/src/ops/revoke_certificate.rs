//! A certificate is revoked, for good; the responder and the list tell it from then on.

use serde_json::json;
use yuandu_identity::OpCtx;
use yuandu_store::{Change, Expect, Plan};

use crate::error::{PkiError, refuse};
use crate::pki::Pki;

/// Why a certificate is revoked (RFC 5280, 5.3.1); holding one for a while and taking that back is not offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// No reason is told.
    Unspecified,
    /// Others know the key, or may know it.
    KeyCompromise,
    /// The name in it, or where the holder belongs, changed.
    AffiliationChanged,
    /// Another took its place.
    Superseded,
    /// It is no longer needed.
    CessationOfOperation,
    /// The holder may no longer use it.
    PrivilegeWithdrawn,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 6] = [
        Self::Unspecified,
        Self::KeyCompromise,
        Self::AffiliationChanged,
        Self::Superseded,
        Self::CessationOfOperation,
        Self::PrivilegeWithdrawn,
    ];

    /// Its number in RFC 5280.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Unspecified => 0,
            Self::KeyCompromise => 1,
            Self::AffiliationChanged => 3,
            Self::Superseded => 4,
            Self::CessationOfOperation => 5,
            Self::PrivilegeWithdrawn => 9,
        }
    }

    /// The word by which programs name it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::KeyCompromise => "key_compromise",
            Self::AffiliationChanged => "affiliation_changed",
            Self::Superseded => "superseded",
            Self::CessationOfOperation => "cessation_of_operation",
            Self::PrivilegeWithdrawn => "privilege_withdrawn",
        }
    }

    /// By its word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }

    /// By its number.
    #[must_use]
    pub fn of(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }
}

impl Pki {
    /// Revokes a certificate: who asked for it may, and who keeps all.
    ///
    /// # Errors
    /// If the actor may not, there is no such certificate, or it was revoked already.
    pub fn revoke_certificate(
        &self,
        ctx: &OpCtx,
        serial: &str,
        reason: Reason,
    ) -> Result<(), PkiError> {
        self.retried(|| {
            let row = self.row(ctx, serial)?;
            self.require_own(ctx, &row)?;
            if row.revoked_at.is_some() {
                return refuse(
                    "pki.revoked",
                    "serial",
                    "这张证书已经吊销",
                    "this certificate was revoked already",
                );
            }
            let note =
                json!({ "serial": serial, "subject": row.subject, "reason": reason.as_str() });
            let entry = ctx.entry(
                "pki.revoke_certificate",
                format!("certificate/{serial}"),
                note,
            );
            let plan = Plan::new(ctx.realm, entry)
                .expect(Expect::unchanged(
                    "pki_certificates",
                    [("serial", serial.into())],
                    row.pos,
                ))
                .change(
                    Change::set("pki_certificates")
                        .key("serial", serial)
                        .with("revoked_at", ctx.now())
                        .with("reason", i64::from(reason.code()))
                        .with("revoked_by", ctx.actor_name()),
                );
            self.store.commit(plan)?;
            Ok(())
        })
    }
}
