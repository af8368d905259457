//! A certificate is renewed before it ends: the same holder asks again with a new request, and somebody else decides.

use yuandu_identity::OpCtx;

use super::request_certificate::NewRequest;
use crate::error::{PkiError, refuse};
use crate::pki::Pki;

impl Pki {
    /// Takes the request to renew a certificate, from who asked for it or who keeps all. Returns the request's id.
    ///
    /// # Errors
    /// If the actor may not, it is too early or too late, or what is wrong with the request.
    pub fn renew_certificate(
        &self,
        ctx: &OpCtx,
        serial: &str,
        csr: &str,
    ) -> Result<String, PkiError> {
        let row = self.row(ctx, serial)?;
        self.require_own(ctx, &row)?;
        let Some(asked) = row.asked.clone().filter(|_| row.is_due(ctx.now())) else {
            return refuse(
                "pki.not_due",
                "serial",
                "这张证书现在不能续期：须在到期前 60 天内（服务器证书 30 天内），且未吊销、未续期",
                "this certificate cannot be renewed now: it must be within 60 days of its end (a server's within 30), neither revoked nor renewed",
            );
        };
        let new = NewRequest {
            asked,
            csr: csr.to_owned(),
        };
        self.take(ctx, "pki.renew_certificate", &new, Some(serial))
    }
}
