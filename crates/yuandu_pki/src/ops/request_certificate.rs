//! Somebody asks for a certificate: their key proved by the request, the names taken from the records.

use serde_json::json;
use yuandu_identity::{OpCtx, Resource};
use yuandu_ids::CertificateRequestId;
use yuandu_store::{Change, Plan};
use yuandu_trust::pem;
use yuandu_trust::request::CertificateRequest;

use super::{key_hash, who};
use crate::error::{PkiError, refuse};
use crate::pki::{Pki, name_words};
use crate::store;
use crate::subject::{Asked, subject};

/// Reason 1 of RFC 5280: the key is known to others.
const KEY_COMPROMISE: i64 = 1;

/// A request as it comes in.
#[derive(Debug, Clone)]
pub struct NewRequest {
    /// Whose certificate.
    pub asked: Asked,
    /// The request (PKCS#10) in PEM.
    pub csr: String,
}

impl Pki {
    /// Takes a request; somebody else decides about it. Returns its id.
    ///
    /// # Errors
    /// If the actor may not, or what is wrong with the request.
    pub fn request_certificate(&self, ctx: &OpCtx, new: &NewRequest) -> Result<String, PkiError> {
        self.gate.require(ctx, "pki.request", &Resource::system())?;
        self.take(ctx, "pki.request_certificate", new, None)
    }

    /// Writes a request down, also one that renews a certificate.
    pub(crate) fn take(
        &self,
        ctx: &OpCtx,
        op: &str,
        new: &NewRequest,
        renews: Option<&str>,
    ) -> Result<String, PkiError> {
        self.authority()?;
        let csr = read_csr(&new.csr)?;
        let directory = self.identity.directory(ctx.realm)?;
        let subject = subject(&new.asked, &directory, ctx.now())?;
        let hash = key_hash(&csr.key);
        self.check_key(ctx, &new.asked, &hash)?;
        let id = CertificateRequestId::generate(ctx.now()).to_string();
        let note = json!({ "kind": new.asked.kind.as_str(), "subject": name_words(&subject), "renews": renews });
        let entry = ctx.entry(op, format!("certificate-request/{id}"), note);
        let mut row = Change::put("pki_requests")
            .with("id", id.as_str())
            .with("asked", written(&new.asked)?)
            .with("subject", subject)
            .with("csr", csr.der.clone())
            .with("key_kind", csr.key.kind())
            .with("key_hash", hash)
            .with("status", "open")
            .with("requested_by", ctx.actor_name())
            .with("requested_name", who(ctx))
            .with("requested_at", ctx.now());
        if let Some(serial) = renews {
            row = row.with("renews", serial);
        }
        self.store.commit(Plan::new(ctx.realm, entry).change(row))?;
        Ok(id)
    }

    /// A key belongs to one holder, and one that was given away never again to anybody.
    pub(crate) fn check_key(&self, ctx: &OpCtx, asked: &Asked, hash: &str) -> Result<(), PkiError> {
        let used = self
            .store
            .read(|reader| store::key_used(reader, ctx.realm, hash))?;
        if used
            .iter()
            .any(|(_, reason)| *reason == Some(KEY_COMPROMISE))
        {
            return refuse(
                "pki.key_compromised",
                "csr",
                "这个密钥因泄露被吊销过，请生成新的密钥",
                "this key was revoked because it became known to others; make a new one",
            );
        }
        let same = |other: &Asked| other.kind == asked.kind && other.holder == asked.holder;
        if !used
            .iter()
            .all(|(other, _)| other.as_ref().is_some_and(same))
        {
            return refuse(
                "pki.key_used",
                "csr",
                "这个密钥已用于另一持有者的证书，请生成新的密钥",
                "this key is in the certificate of another holder; make a new one",
            );
        }
        Ok(())
    }
}

/// Reads a request and checks that whoever asks holds the key.
pub(crate) fn read_csr(text: &str) -> Result<CertificateRequest, PkiError> {
    let labels = ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"];
    let blocks = pem::read(text.as_bytes());
    let block = blocks
        .into_iter()
        .find(|block| labels.contains(&block.label.as_str()));
    let Some(block) = block else {
        return refuse(
            "pki.csr",
            "csr",
            "请贴入 PEM 格式的证书请求（-----BEGIN CERTIFICATE REQUEST-----）",
            "paste a request in PEM (-----BEGIN CERTIFICATE REQUEST-----)",
        );
    };
    let unreadable = |why: &str| {
        refuse(
            "pki.csr",
            "csr",
            &format!("证书请求读不懂：{why}"),
            &format!("the request cannot be read: {why}"),
        )
    };
    let der = match block.bytes {
        Ok(der) => der,
        Err(why) => return unreadable(&why),
    };
    let csr = match CertificateRequest::read(&der) {
        Ok(csr) => csr,
        Err(why) => return unreadable(&why.to_string()),
    };
    match csr.check() {
        Ok(()) => Ok(csr),
        Err(fault) => refuse(
            "pki.csr",
            "csr",
            &format!(
                "证书请求不能接受（密钥须为 2048 至 8192 位 RSA、P-256 或 SM2，请求须由该密钥以 SHA-256 或 SM3 签名）：{fault}"
            ),
            &fault.to_string(),
        ),
    }
}

pub(crate) fn written(asked: &Asked) -> Result<String, PkiError> {
    serde_json::to_string(asked).map_err(|error| PkiError::stored("request", error))
}
