//! What strangers send: questions about revocation, for time-stamps, requests for certificates; and that answers are read back.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use yuandu_trust::cert::Certificate;
use yuandu_trust::der::{
    Reader, bit_string, boolean, context, integer_of, null, octets, oid_of, primitive, sequence,
};
use yuandu_trust::issue::{
    AnswerTemplate, CeremonyPlan, Founded, KeyKind, Signer, SoftKey, StampTemplate, Standing,
    extensions, found, refuse_stamp, sign_answer, sign_stamp,
};
use yuandu_trust::key::{Digest, digest};
use yuandu_trust::ocsp::{self, CertStatus, OcspResponse};
use yuandu_trust::request::{CertificateRequest, RequestFault};
use yuandu_trust::stamp::{self, StampRefusal};
use yuandu_trust::{cms, oids};

fn now() -> Timestamp {
    "2026-11-28T01:00:00Z".parse().unwrap()
}

fn held(kind: KeyKind) -> Founded {
    let plan = CeremonyPlan {
        organisation: "潍坊市".to_owned(),
        kind,
        root_years: 20,
        issuing_years: 10,
        address: "http://www.example.cn/pki".to_owned(),
    };
    found(&plan, now(), &mut StdRng::seed_from_u64(7)).unwrap()
}

fn cert_id(cert: &Certificate, issuer: &Certificate) -> Vec<u8> {
    let algorithm = sequence(&[&oid_of(oids::SHA1), &null()]);
    let hash = |bytes: &[u8]| octets(&digest(Digest::Sha1, bytes));
    sequence(&[
        &algorithm,
        &hash(issuer.subject.der()),
        &hash(issuer.key_bits()),
        &primitive(0x02, &cert.serial),
    ])
}

fn extension(oid: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let flag = if critical { boolean(true) } else { Vec::new() };
    sequence(&[&oid_of(oid), &flag, &octets(value)])
}

fn question(ids: &[Vec<u8>], extensions: &[Vec<u8>]) -> Vec<u8> {
    let list: Vec<u8> = ids.iter().flat_map(|id| sequence(&[id])).collect();
    let extensions = if extensions.is_empty() {
        Vec::new()
    } else {
        context(2, &primitive(0x30, &extensions.concat()))
    };
    sequence(&[&sequence(&[&primitive(0x30, &list), &extensions])])
}

#[test]
fn a_question_is_read_and_its_answer_says_what_was_signed() {
    for kind in [KeyKind::P256, KeyKind::Sm2] {
        let founded = held(kind);
        let (issuer, cert) = (&founded.root, &founded.issuing.cert);
        let id = cert_id(cert, &issuer.cert);
        let nonce = octets(&[7; 16]);
        let asked = question(
            std::slice::from_ref(&id),
            &[extension(oids::OCSP_NONCE, false, &nonce)],
        );
        let read = ocsp::read_request(&asked).unwrap();
        assert_eq!(read.ids[0].der, id);
        assert_eq!(read.ids[0].digest, Some(Digest::Sha1));
        assert_eq!(read.nonce.as_deref(), Some(nonce.as_slice()));

        let revoked_at = now() - SignedDuration::from_hours(1);
        for (standing, told) in [
            (Standing::Good, CertStatus::Good),
            (Standing::Unknown, CertStatus::Unknown),
            (
                Standing::Revoked(revoked_at, 1),
                CertStatus::Revoked(yuandu_trust::der::Instant::of(revoked_at)),
            ),
        ] {
            let template = AnswerTemplate {
                standings: vec![(id.clone(), standing)],
                at: now(),
                next_update: now() + SignedDuration::from_mins(5),
                nonce: read.nonce.clone(),
                certificate: None,
            };
            let der = sign_answer(&template, &issuer.key).unwrap();
            let OcspResponse::Answer(answer) = ocsp::read(&der).unwrap() else {
                panic!("no answer");
            };
            assert_eq!(answer.check(&issuer.cert), Ok(()));
            assert!(answer.statuses[0].is_of(cert, &issuer.cert));
            assert_eq!(answer.statuses[0].status, told);
        }
    }
}

#[test]
fn questions_beyond_the_limits_are_malformed() {
    let founded = held(KeyKind::P256);
    let id = cert_id(&founded.issuing.cert, &founded.root.cert);
    let one = std::slice::from_ref(&id);
    let nonce = |bytes: &[u8]| extension(oids::OCSP_NONCE, false, &octets(bytes));
    let refused = |bytes: Vec<u8>| assert!(ocsp::read_request(&bytes).is_err());
    assert!(ocsp::read_request(&question(&vec![id.clone(); 16], &[])).is_ok());
    assert!(ocsp::read_request(&question(one, &[nonce(&[1; 128])])).is_ok());
    refused(question(&[], &[]));
    refused(question(&vec![id.clone(); 17], &[]));
    refused(question(one, &[nonce(&[1; 129])]));
    refused(question(one, &[nonce(&[])]));
    refused(question(one, &[nonce(&[1]), nonce(&[2])]));
    refused(question(one, &[extension(&[0x2a, 3], true, &null())]));
    refused(question(
        one,
        &vec![extension(&[0x2a, 3], false, &null()); 17],
    ));
    refused([question(one, &[]), vec![0]].concat());
    refused(vec![0x30; 20_000]);
}

fn stamp_question(hash: Digest, imprint: &[u8], rest: &[Vec<u8>]) -> Vec<u8> {
    let algorithm = sequence(&[&oid_of(hash.oid())]);
    let imprint = sequence(&[&algorithm, &octets(imprint)]);
    sequence(&[&integer_of(1), &imprint, &rest.concat()])
}

#[test]
fn a_time_stamp_attests_what_was_asked_and_reads_back() {
    for kind in [KeyKind::P256, KeyKind::Sm2] {
        let founded = held(kind);
        let (key, cert) = (&founded.issuing.key, &founded.issuing.cert);
        for (hash, length) in [
            (Digest::Sha256, 32),
            (Digest::Sha384, 48),
            (Digest::Sha512, 64),
            (Digest::Sm3, 32),
        ] {
            let imprint = vec![5; length];
            let nonce = primitive(0x02, &[0x7f, 1, 2]);
            let asked = stamp_question(hash, &imprint, &[nonce, boolean(true)]);
            let asked = stamp::read_request(&asked).unwrap();
            assert!(asked.wants_certificate);
            let template = StampTemplate {
                at: now(),
                accuracy: 1,
                serial: vec![0x41, 2],
                policy: &[0x2a, 3],
                certificates: &[&cert.der],
            };
            let reply = sign_stamp(&asked, &template, cert, key).unwrap();
            let token = cms::token_of_response(&reply).unwrap().unwrap();
            let message = cms::read(&token).unwrap();
            assert_eq!(message.check(&message.signers[0], None), Ok(()));
            let told = message.time_stamp().unwrap();
            assert_eq!(told.at.timestamp(), now());
            assert_eq!(told.imprint, imprint);
        }
    }
}

#[test]
fn time_stamps_are_refused_by_the_reason_of_the_standard() {
    let refused = |bytes: &[u8]| stamp::read_request(bytes).unwrap_err();
    let good = [5; 32];
    assert_eq!(
        refused(&stamp_question(Digest::Sha1, &[5; 20], &[])),
        StampRefusal::BadAlgorithm
    );
    assert_eq!(
        refused(&stamp_question(Digest::Sha256, &[5; 31], &[])),
        StampRefusal::BadFormat
    );
    let extended = stamp_question(Digest::Sha256, &good, &[context(0, &[])]);
    assert_eq!(refused(&extended), StampRefusal::Extension);
    let algorithm = sequence(&[&oid_of(oids::SHA256)]);
    let later = sequence(&[&integer_of(2), &sequence(&[&algorithm, &octets(&good)])]);
    assert_eq!(refused(&later), StampRefusal::BadRequest);
    assert_eq!(refused(b"hello"), StampRefusal::BadFormat);

    // PKIFailureInfo is a named BIT STRING: the bit is the last one, whatever its number (openssl reads it so in `yuandu`).
    for refusal in [
        StampRefusal::BadAlgorithm,
        StampRefusal::Extension,
        StampRefusal::Failed,
    ] {
        let reply = refuse_stamp(refusal);
        assert_eq!(cms::token_of_response(&reply).unwrap(), Err(2));
        let status = Reader::new(&reply).sequence("x").unwrap().any().unwrap();
        let mut fields = status.reader();
        fields.any().unwrap();
        fields.any().unwrap();
        let bits = fields.any().unwrap().content;
        let (last, unused) = (bits.len() - 2, usize::from(bits[0]));
        assert_eq!(last * 8 + 7 - unused, usize::from(refusal.bit()));
        assert_eq!(bits[bits.len() - 1], 1 << unused);
    }
}

/// A request as other programs write it.
fn csr(key: &SoftKey, of: &SoftKey) -> Vec<u8> {
    let name = extensions::name(&[(oids::COMMON_NAME, "王伟")]);
    let spki = of.public().to_spki().unwrap();
    let info = sequence(&[&integer_of(0), &name, &spki, &context(0, &[])]);
    let signature = key.sign(&info).unwrap();
    sequence(&[&info, &key.algorithm(), &bit_string(&signature)])
}

#[test]
fn a_request_proves_that_its_sender_holds_the_key() {
    let mut rng = StdRng::seed_from_u64(9);
    for kind in [KeyKind::P256, KeyKind::Sm2] {
        let key = SoftKey::generate(kind, &mut rng).unwrap();
        let read = CertificateRequest::read(&csr(&key, &key)).unwrap();
        assert_eq!(read.check(), Ok(()));
        assert_eq!(read.key, key.public());
        let stranger = SoftKey::generate(kind, &mut rng).unwrap();
        let stolen = CertificateRequest::read(&csr(&stranger, &key)).unwrap();
        assert!(matches!(stolen.check(), Err(RequestFault::Possession(_))));
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = ocsp::read_request(&bytes);
        let _ = stamp::read_request(&bytes);
        let _ = CertificateRequest::read(&bytes).map(|read| read.check());
    }

    #[test]
    fn good_questions_with_a_byte_changed_or_cut_off_are_read_or_refused(at in 0usize..200, byte in any::<u8>(), cut in any::<bool>()) {
        let key = SoftKey::generate(KeyKind::P256, &mut StdRng::seed_from_u64(1)).unwrap();
        let id = sequence(&[&sequence(&[&oid_of(oids::SHA1)]), &octets(&[1; 20]), &octets(&[2; 20]), &integer_of(9)]);
        let good = [
            question(&[id], &[extension(oids::OCSP_NONCE, false, &octets(&[7; 16]))]),
            stamp_question(Digest::Sha256, &[5; 32], &[integer_of(77), boolean(true)]),
            csr(&key, &key),
        ];
        for mut bytes in good {
            let at = at % bytes.len();
            let same = !cut && bytes[at] == byte;
            if cut { bytes.truncate(at) } else { bytes[at] = byte }
            let _ = ocsp::read_request(&bytes);
            let _ = stamp::read_request(&bytes);
            let holds = CertificateRequest::read(&bytes).is_ok_and(|read| read.check().is_ok());
            prop_assert!(same || !holds, "a changed request still proves something");
        }
    }

    #[test]
    fn deeply_nested_questions_do_not_blow_the_stack(depth in 1usize..8_000) {
        let bytes = [0x30, 0x80].repeat(depth);
        prop_assert!(ocsp::read_request(&bytes).is_err());
        prop_assert!(stamp::read_request(&bytes).is_err());
        prop_assert!(CertificateRequest::read(&bytes).is_err());
    }
}
