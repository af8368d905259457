//! Time-stamps (RFC 3161): attests that bytes with a digest were there at a time. Nothing is kept of what was stamped.

use rand::CryptoRng;
use yuandu_identity::OpCtx;
use yuandu_trust::issue::{StampTemplate, refuse_stamp, serial, sign_stamp};
use yuandu_trust::stamp::{StampRefusal, read_request};

use crate::error::PkiError;
use crate::pki::Pki;
use crate::profile::Role;

/// The policy of the tokens, `2.25.202367884063956100505321151992120477705`: time of the server's clock, whole seconds,
/// a key kept sealed by the city. It is an identifier made from a UUID (ITU-T X.667), which needs no registration.
pub const POLICY: &[u8] = &[
    0x69, 0x82, 0xb0, 0xbe, 0xd1, 0xc0, 0xeb, 0xd9, 0xda, 0xad, 0xe9, 0xb6, 0xde, 0xaa, 0x9e, 0xe8,
    0xc0, 0x90, 0x90, 0x09,
];
/// Whole seconds are told, so that the time may lie up to one second before the instant of signing.
const ACCURACY: u64 = 1;

impl Pki {
    /// Stamps what a question names, or says why not. `rng` gives the token its number, which is never given twice: 126
    /// bits of chance instead of a counter that strangers could make the log grow with.
    ///
    /// # Errors
    /// If the store or the key fails; what is wrong with the question is an answer.
    pub fn stamp<R: CryptoRng>(
        &self,
        ctx: &OpCtx,
        question: &[u8],
        rng: &mut R,
    ) -> Result<Vec<u8>, PkiError> {
        let question = match read_request(question) {
            Ok(question) => question,
            Err(refusal) => return Ok(refuse_stamp(refusal)),
        };
        let policy = question.policy.as_ref();
        if policy.is_some_and(|policy| !policy.is(POLICY)) {
            return Ok(refuse_stamp(StampRefusal::Policy));
        }
        // A clock that lies behind the log has no time to attest.
        if self.store.check_clock().is_err() {
            return Ok(refuse_stamp(StampRefusal::NoTime));
        }
        let authority = match self.authority() {
            Ok(authority) => authority,
            Err(PkiError::NoAuthority) => return Ok(refuse_stamp(StampRefusal::Failed)),
            Err(other) => return Err(other),
        };
        let service = match self.service(ctx, Role::Stamps) {
            Err(PkiError::NoService(_)) => return Ok(refuse_stamp(StampRefusal::Failed)),
            other => other?,
        };
        let template = StampTemplate {
            at: ctx.now(),
            accuracy: ACCURACY,
            serial: serial(rng),
            policy: POLICY,
            certificates: &[&service.cert.der, &authority.certificate().der],
        };
        Ok(sign_stamp(
            &question,
            &template,
            &service.cert,
            &service.key,
        )?)
    }

    /// The answer when something of ours failed.
    #[must_use]
    pub fn failed_stamp() -> Vec<u8> {
        refuse_stamp(StampRefusal::Failed)
    }
}
