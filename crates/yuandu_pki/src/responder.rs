//! Answers to "was it revoked?" (OCSP, RFC 6960, in the manner of RFC 5019). Each looks at the rows anew, so that a
//! revocation shows at once; only signatures over an unchanged answer are used again for a minute.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use yuandu_identity::OpCtx;
use yuandu_trust::cert::{Certificate, hex};
use yuandu_trust::issue::{AnswerRefusal, AnswerTemplate, Standing, refuse_answer, sign_answer};
use yuandu_trust::key::digest;
use yuandu_trust::ocsp::{CertId, OcspRequest, read_request};

use crate::error::PkiError;
use crate::pki::{Pki, locked};
use crate::profile::Role;
use crate::store;

/// How long an answer counts. Short, because some clients ask no sooner.
const COUNTS: SignedDuration = SignedDuration::from_mins(5);
/// How long a signature over the same answer is used again.
const REUSED: SignedDuration = SignedDuration::from_secs(60);
/// Answers in memory at most, about 1 KiB each.
const MOST_KEPT: usize = 8192;

/// Signed answers by what was asked and what was said.
pub(crate) type Answers = HashMap<(Vec<u8>, Standing), OcspReply>;

/// An answer as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OcspReply {
    /// DER.
    pub der: Arc<Vec<u8>>,
    /// From when and until when it counts; `None` when there is no answer.
    pub counts: Option<(Timestamp, Timestamp)>,
}

impl OcspReply {
    fn refused(refusal: AnswerRefusal) -> Self {
        Self {
            der: Arc::new(refuse_answer(refusal)),
            counts: None,
        }
    }
}

impl Pki {
    /// Answers a question, whatever its bytes are.
    ///
    /// # Errors
    /// If the store or the key fails; what is wrong with the question is an answer.
    pub fn answer(&self, ctx: &OpCtx, question: &[u8]) -> Result<OcspReply, PkiError> {
        let Ok(question) = read_request(question) else {
            return Ok(OcspReply::refused(AnswerRefusal::Malformed));
        };
        match self.answer_read(ctx, question) {
            Err(PkiError::NoAuthority) => Ok(OcspReply::refused(AnswerRefusal::Unauthorized)),
            Err(PkiError::NoService(_)) => Ok(OcspReply::refused(AnswerRefusal::TryLater)),
            other => other,
        }
    }

    /// The answer when something of ours failed.
    #[must_use]
    pub fn failed_answer() -> OcspReply {
        OcspReply::refused(AnswerRefusal::Internal)
    }

    fn answer_read(&self, ctx: &OpCtx, question: OcspRequest) -> Result<OcspReply, PkiError> {
        let standings = self.standings(ctx, &question.ids)?;
        let now = ctx.now();
        let single = match (standings.as_slice(), &question.nonce) {
            ([single], None) => Some(single.clone()),
            _ => None,
        };
        if let Some(single) = &single
            && let Some(known) = locked(&self.answers).get(single)
            && let Some((from, _)) = known.counts
            && from <= now
            && now.duration_since(from) < REUSED
        {
            return Ok(known.clone());
        }
        let service = self.service(ctx, Role::Ocsp)?;
        let template = AnswerTemplate {
            standings,
            at: now,
            next_update: now + COUNTS,
            nonce: question.nonce,
            certificate: Some(service.cert.der.clone()),
        };
        let reply = OcspReply {
            der: Arc::new(sign_answer(&template, &service.key)?),
            counts: Some((now, now + COUNTS)),
        };
        if let Some(single) = single {
            let mut answers = locked(&self.answers);
            if answers.len() >= MOST_KEPT {
                answers.clear();
            }
            answers.insert(single, reply.clone());
        }
        Ok(reply)
    }

    /// What is said of each certificate asked about; those of other issuers, and numbers that were never issued, are unknown.
    fn standings(&self, ctx: &OpCtx, ids: &[CertId]) -> Result<Vec<(Vec<u8>, Standing)>, PkiError> {
        let authority = self.authority()?;
        let ours: Vec<Option<String>> = ids
            .iter()
            .map(|id| is_of(id, authority.certificate()).then(|| hex(&id.serial)))
            .collect();
        let serials: Vec<String> = ours.iter().flatten().cloned().collect();
        let rows = if serials.is_empty() {
            Vec::new()
        } else {
            self.store
                .read(|reader| store::standings(reader, ctx.realm, authority.id(), &serials))?
        };
        let standing = |serial: &Option<String>| {
            let row = serial
                .as_ref()
                .and_then(|serial| rows.iter().find(|row| row.serial == *serial));
            match row.map(|row| row.revoked) {
                None => Standing::Unknown,
                Some(None) => Standing::Good,
                Some(Some((at, reason))) => Standing::Revoked(at, reason),
            }
        };
        Ok(ids
            .iter()
            .zip(&ours)
            .map(|(id, serial)| (id.der.clone(), standing(serial)))
            .collect())
    }
}

/// Whether a question is about a certificate of this issuer.
fn is_of(id: &CertId, issuer: &Certificate) -> bool {
    id.digest.is_some_and(|algorithm| {
        id.name_hash == digest(algorithm, issuer.subject.der())
            && id.key_hash == digest(algorithm, issuer.key_bits())
    })
}
