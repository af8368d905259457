//! A second person decides about a request: issues the certificate, or refuses with a reason.

use rand::CryptoRng;
use serde_json::json;
use yuandu_identity::{OpCtx, Resource};
use yuandu_store::{Change, Expect, Plan};
use yuandu_trust::cert::Certificate;
use yuandu_trust::issue::serial;
use yuandu_trust::request::CertificateRequest;

use super::request_certificate::written;
use super::who;
use crate::error::{PkiError, refuse};
use crate::pki::Pki;
use crate::profile::{self, Order};
use crate::store::{self, RequestRow};
use crate::subject::subject;

/// Letters of a reason at most.
const LONGEST_WORDS: usize = 500;

impl Pki {
    /// Issues what a request asks for; not by who asked. Returns the serial number.
    ///
    /// # Errors
    /// If the actor may not or asked for it, the request is no longer open, or the records changed since.
    pub fn issue_certificate<R: CryptoRng>(
        &self,
        ctx: &OpCtx,
        id: &str,
        rng: &mut R,
    ) -> Result<String, PkiError> {
        self.gate.require(ctx, "pki.manage", &Resource::system())?;
        self.retried(|| {
            let row = self.open_request(ctx, id)?;
            self.issue(ctx, &row, serial(rng))
        })
    }

    /// Refuses a request; not by who made it.
    ///
    /// # Errors
    /// If the actor may not or asked for it, the request is no longer open, or there is no reason.
    pub fn refuse_request(&self, ctx: &OpCtx, id: &str, words: &str) -> Result<(), PkiError> {
        self.gate.require(ctx, "pki.manage", &Resource::system())?;
        let words = words.trim();
        if words.is_empty() || words.chars().count() > LONGEST_WORDS {
            return refuse(
                "pki.words",
                "reason",
                "请写明理由，1 至 500 个字",
                "give a reason, 1 to 500 letters",
            );
        }
        self.retried(|| {
            let row = self.open_request(ctx, id)?;
            let entry = ctx.entry(
                "pki.refuse_request",
                format!("certificate-request/{id}"),
                json!({ "reason": words }),
            );
            let plan = Plan::new(ctx.realm, entry)
                .expect(unchanged(&row))
                .change(decided(ctx, id, "refused").with("words", words));
            self.store.commit(plan)?;
            Ok(())
        })
    }

    fn open_request(&self, ctx: &OpCtx, id: &str) -> Result<RequestRow, PkiError> {
        let row = self
            .store
            .read(|reader| store::request(reader, ctx.realm, id))?
            .ok_or_else(|| PkiError::request(id))?;
        if row.status != "open" {
            return refuse(
                "pki.decided",
                "request",
                "这项申请已经处理过",
                "this request was decided already",
            );
        }
        if row.requested_by == ctx.actor_name() {
            return refuse(
                "pki.second_person",
                "request",
                "申请人不能批准自己的申请，请另一位安全管理员来定",
                "who asked cannot decide about it; another security administrator does",
            );
        }
        Ok(row)
    }

    fn issue(&self, ctx: &OpCtx, row: &RequestRow, serial: Vec<u8>) -> Result<String, PkiError> {
        let authority = self.authority()?;
        let directory = self.identity.directory(ctx.realm)?;
        if subject(&row.asked, &directory, ctx.now())? != row.subject {
            return refuse(
                "pki.changed",
                "request",
                "申请之后人员、岗位或机构的记录有变，请退回，重新申请",
                "the records of the person, post or organisation changed since; refuse it and have it asked for anew",
            );
        }
        self.check_key(ctx, &row.asked, &row.key_hash)?;
        let csr = CertificateRequest::read(&row.csr)
            .map_err(|error| PkiError::stored("request", error))?;
        let order = Order {
            subject: row.subject.clone(),
            key: &csr.key,
            serial,
            now: ctx.now(),
        };
        let der = profile::certificate(authority, self.address(), &row.asked, order)?;
        let cert =
            Certificate::read(&der).map_err(|error| PkiError::stored("certificate", error))?;
        let number = cert.serial_hex();
        let note = json!({
            "serial": number, "kind": row.asked.kind.as_str(), "subject": row.subject_words(), "renews": row.renews
        });
        let entry = ctx.entry(
            "pki.issue_certificate",
            format!("certificate-request/{}", row.id),
            note,
        );
        let mut plan = Plan::new(ctx.realm, entry)
            .expect(unchanged(row))
            .expect(Expect::absent(
                "pki_certificates",
                [("serial", number.as_str().into())],
            ))
            .change(decided(ctx, &row.id, "issued").with("serial", number.as_str()))
            .change(
                Change::put("pki_certificates")
                    .with("serial", number.as_str())
                    .with("ca", authority.id())
                    .with("kind", row.asked.kind.as_str())
                    .with("asked", written(&row.asked)?)
                    .with("subject", cert.subject.to_string())
                    .with("key_kind", row.key_kind.as_str())
                    .with("key_hash", row.key_hash.as_str())
                    .with("certificate", der)
                    .with("not_before", cert.not_before.timestamp())
                    .with("not_after", cert.not_after.timestamp())
                    .with("issued_to", row.requested_by.as_str())
                    .with("issued_by", ctx.actor_name())
                    .with("request", row.id.as_str()),
            );
        if let Some(old) = &row.renews {
            let old = self.row(ctx, old)?;
            plan = plan
                .expect(Expect::unchanged(
                    "pki_certificates",
                    [("serial", old.serial.as_str().into())],
                    old.pos,
                ))
                .change(
                    Change::set("pki_certificates")
                        .key("serial", old.serial.as_str())
                        .with("renewed_by", number.as_str()),
                );
        }
        self.store.commit(plan)?;
        Ok(number)
    }
}

fn decided(ctx: &OpCtx, id: &str, status: &'static str) -> Change {
    Change::set("pki_requests")
        .key("id", id)
        .with("status", status)
        .with("decided_by", ctx.actor_name())
        .with("decided_name", who(ctx))
        .with("decided_at", ctx.now())
}

fn unchanged(row: &RequestRow) -> Expect {
    Expect::unchanged("pki_requests", [("id", row.id.as_str().into())], row.pos)
}
