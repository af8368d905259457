//! Paths made here, one property at a time: what must hold, and the rule that says why not.

use jiff::Timestamp;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use yuandu_trust::cert::Certificate;
use yuandu_trust::crl::Crl;
use yuandu_trust::der::Instant;
use yuandu_trust::ext::usage;
use yuandu_trust::issue::extensions as ext;
use yuandu_trust::issue::{
    ExtensionSpec, KeyKind, ListTemplate, Revoked, Signer, SoftKey, Template, sign_certificate,
    sign_list,
};
use yuandu_trust::oids;
use yuandu_trust::path::{PeerName, Purpose, Request, validate};
use yuandu_trust::rule::Rule;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) struct Party {
    pub(crate) key: SoftKey,
    pub(crate) cert: Certificate,
}

pub(crate) fn key(kind: KeyKind, seed: u64) -> SoftKey {
    SoftKey::generate(kind, &mut StdRng::seed_from_u64(seed)).unwrap()
}

pub(crate) fn name(text: &str) -> Vec<u8> {
    ext::name(&[(oids::COUNTRY, "CN"), (oids::COMMON_NAME, text)])
}

fn template(
    issuer: Vec<u8>,
    subject: &str,
    key: &SoftKey,
    extensions: Vec<ExtensionSpec>,
) -> Template {
    Template {
        serial: vec![7, u8::try_from(subject.len()).unwrap()],
        issuer,
        subject: name(subject),
        not_before: at("2026-01-01T00:00:00Z"),
        not_after: at("2030-01-01T00:00:00Z"),
        key: key.public(),
        extensions,
    }
}

fn authority(key: &SoftKey, by: &SoftKey, path_len: Option<u64>) -> Vec<ExtensionSpec> {
    vec![
        ext::authority(true, path_len),
        ext::key_usage(usage::CERT_SIGN | usage::CRL_SIGN),
        ext::subject_key_id(&key.public()),
        ext::authority_key_id(&by.public()),
    ]
}

pub(crate) fn root(kind: KeyKind, subject: &str, seed: u64) -> Party {
    let key = key(kind, seed);
    let template = template(name(subject), subject, &key, authority(&key, &key, None));
    let der = sign_certificate(&template, &key).unwrap();
    Party {
        cert: Certificate::read(&der).unwrap(),
        key,
    }
}

fn issued(by: &Party, subject: &str, key: SoftKey, extensions: Vec<ExtensionSpec>) -> Party {
    let template = template(by.cert.subject.der().to_vec(), subject, &key, extensions);
    let der = sign_certificate(&template, &by.key).unwrap();
    Party {
        cert: Certificate::read(&der).unwrap(),
        key,
    }
}

fn intermediate(
    by: &Party,
    subject: &str,
    seed: u64,
    path_len: Option<u64>,
    more: Vec<ExtensionSpec>,
) -> Party {
    let key = key(KeyKind::P256, seed);
    let mut extensions = authority(&key, &by.key, path_len);
    extensions.extend(more);
    issued(by, subject, key, extensions)
}

pub(crate) fn server(by: &Party, host: &str, more: Vec<ExtensionSpec>) -> Certificate {
    let key = key(KeyKind::P256, 99);
    let mut extensions = vec![
        ext::key_usage(usage::DIGITAL_SIGNATURE),
        ext::ext_key_usage(&[oids::SERVER_AUTH], false),
        ext::subject_key_id(&key.public()),
        ext::authority_key_id(&by.key.public()),
        ext::alternative_names(&[ext::dns(host)], false),
    ];
    extensions.extend(more);
    issued(by, host, key, extensions).cert
}

fn request(leaf: &Certificate, pool: &[&Certificate], anchor: &Certificate) -> Request {
    Request {
        leaf: leaf.clone(),
        pool: pool.iter().map(|cert| (*cert).clone()).collect(),
        anchors: vec![anchor.clone()],
        crls: Vec::new(),
        at: Instant::of(at("2026-11-27T00:00:00Z")),
        purpose: Purpose::Server,
        name: Some(PeerName::of("www.example.cn")),
        policies: Vec::new(),
        explicit_policy: false,
        inhibit_mapping: false,
        inhibit_any: false,
    }
}

fn first_rule(request: &Request) -> Option<Rule> {
    validate(request)
        .findings
        .first()
        .map(|finding| finding.rule)
}

#[test]
fn a_path_of_each_kind_of_key_holds() {
    for (kind, seed) in [(KeyKind::P256, 1), (KeyKind::Sm2, 2), (KeyKind::Rsa, 3)] {
        let root = root(kind, "Root", seed);
        let leaf = server(&root, "www.example.cn", Vec::new());
        assert_eq!(
            first_rule(&request(&leaf, &[], &root.cert)),
            None,
            "{}",
            kind.name()
        );
    }
}

#[test]
fn each_broken_rule_is_named() {
    let root = root(KeyKind::P256, "Root", 1);
    let leaf = server(&root, "www.example.cn", Vec::new());
    let other = self::root(KeyKind::P256, "Root", 5);
    let base = request(&leaf, &[], &root.cert);
    assert_eq!(
        first_rule(&request(&leaf, &[], &other.cert)),
        Some(Rule::Signature)
    );
    let mut wrong = base.clone();
    wrong.name = Some(PeerName::of("other.example.cn"));
    assert_eq!(first_rule(&wrong), Some(Rule::PeerName));
    let mut late = base.clone();
    late.at = Instant::of(at("2031-01-01T00:00:00Z"));
    assert!(
        validate(&late)
            .findings
            .iter()
            .all(|finding| finding.rule == Rule::Expired)
    );
    let mut person = base;
    person.purpose = Purpose::Client;
    assert_eq!(first_rule(&person), Some(Rule::ExtKeyUsage));
    let unknown = ExtensionSpec {
        oid: vec![0x2a, 3, 4],
        critical: true,
        value: vec![5, 0],
    };
    let leaf = server(&root, "www.example.cn", vec![unknown]);
    assert_eq!(
        first_rule(&request(&leaf, &[], &root.cert)),
        Some(Rule::UnknownCritical)
    );
}

#[test]
fn an_altered_byte_anywhere_is_noticed() {
    let root = root(KeyKind::P256, "Root", 1);
    let leaf = server(&root, "www.example.cn", Vec::new());
    for index in (0..leaf.der.len()).step_by(7) {
        let mut der = leaf.der.clone();
        der[index] ^= 1;
        if let Ok(altered) = Certificate::read(&der) {
            assert!(
                !validate(&request(&altered, &[], &root.cert)).is_valid(),
                "byte {index}"
            );
        }
    }
}

#[test]
fn authorities_stand_in_any_order_and_loops_end() {
    let root = root(KeyKind::P256, "Root", 1);
    let a = intermediate(&root, "A", 2, None, Vec::new());
    let b = intermediate(&a, "B", 3, None, Vec::new());
    let back = intermediate(&b, "A", 2, None, Vec::new());
    let leaf = server(&b, "www.example.cn", Vec::new());
    assert_eq!(
        first_rule(&request(&leaf, &[&back.cert, &a.cert, &b.cert], &root.cert)),
        None
    );
    assert_eq!(
        first_rule(&request(&leaf, &[&back.cert, &b.cert], &root.cert)),
        Some(Rule::NoIssuer)
    );
}

#[test]
fn a_tangle_of_cross_signed_authorities_is_given_up_in_bounded_work() {
    let parties: Vec<Party> = (0..9)
        .map(|index| self::root(KeyKind::P256, &format!("T{index}"), 20 + index))
        .collect();
    let mut pool = Vec::new();
    for one in &parties {
        for other in &parties {
            let key = SoftKey::from_pkcs8(&one.key.to_pkcs8().unwrap()).unwrap();
            let extensions = authority(&key, &other.key, None);
            let subject = one.cert.subject.to_string();
            pool.push(issued(other, subject.rsplit('=').next().unwrap(), key, extensions).cert);
        }
    }
    let leaf = server(&parties[0], "www.example.cn", Vec::new());
    let stranger = root(KeyKind::P256, "Stranger", 77);
    let pool: Vec<&Certificate> = pool.iter().collect();
    assert!(!validate(&request(&leaf, &pool, &stranger.cert)).is_valid());
}

#[test]
fn depth_and_names_are_constrained_from_above() {
    let root = root(KeyKind::P256, "Root", 1);
    let shallow = intermediate(&root, "Shallow", 2, Some(0), Vec::new());
    let deep = intermediate(&shallow, "Deep", 3, None, Vec::new());
    let leaf = server(&deep, "www.example.cn", Vec::new());
    assert_eq!(
        first_rule(&request(&leaf, &[&shallow.cert, &deep.cert], &root.cert)),
        Some(Rule::PathLength)
    );
    let only = ext::name_constraints(&[ext::dns("gov.cn")], &[]);
    let narrow = intermediate(&root, "Narrow", 4, None, vec![only]);
    let leaf = server(&narrow, "www.example.cn", Vec::new());
    assert_eq!(
        first_rule(&request(&leaf, &[&narrow.cert], &root.cert)),
        Some(Rule::NameConstraints)
    );
}

#[test]
fn lists_revoke_and_must_cover_what_they_are_given_for() {
    let root = root(KeyKind::P256, "Root", 1);
    let leaf = server(&root, "www.example.cn", Vec::new());
    let list = |revoked: Vec<Revoked>, by: &Party, until: &str| {
        let template = ListTemplate {
            issuer: by.cert.subject.der().to_vec(),
            this_update: at("2026-11-01T00:00:00Z"),
            next_update: at(until),
            number: 3,
            revoked,
        };
        Crl::read(&sign_list(&template, &by.key).unwrap()).unwrap()
    };
    let mut asked = request(&leaf, &[], &root.cert);
    asked.crls = vec![list(Vec::new(), &root, "2026-12-01T00:00:00Z")];
    assert_eq!(first_rule(&asked), None);
    let entry = Revoked {
        serial: leaf.serial.clone(),
        at: at("2026-11-20T00:00:00Z"),
        reason: 1,
    };
    asked.crls = vec![list(vec![entry], &root, "2026-12-01T00:00:00Z")];
    assert_eq!(first_rule(&asked), Some(Rule::Revoked));
    asked.crls = vec![list(Vec::new(), &root, "2026-11-20T00:00:00Z")];
    assert_eq!(first_rule(&asked), Some(Rule::RevocationUnknown));
    let stranger = self::root(KeyKind::P256, "Root", 8);
    asked.crls = vec![list(Vec::new(), &stranger, "2026-12-01T00:00:00Z")];
    assert_eq!(first_rule(&asked), Some(Rule::RevocationUnknown));
}

#[test]
fn a_required_policy_must_run_through_the_whole_path() {
    let root = root(KeyKind::P256, "Root", 1);
    let with = intermediate(&root, "With", 2, None, vec![ext::policies(&["1.2.156.3"])]);
    let leaf = server(&with, "www.example.cn", vec![ext::policies(&["1.2.156.3"])]);
    let mut asked = request(&leaf, &[&with.cert], &root.cert);
    asked.explicit_policy = true;
    assert_eq!(first_rule(&asked), None);
    asked.policies = vec![yuandu_trust::der::Oid::from_dotted("1.2.156.4").unwrap()];
    assert_eq!(first_rule(&asked), Some(Rule::Policy));
    let without = server(&with, "www.example.cn", Vec::new());
    let mut asked = request(&without, &[&with.cert], &root.cert);
    asked.explicit_policy = true;
    assert_eq!(first_rule(&asked), Some(Rule::Policy));
}

#[test]
fn every_rule_speaks_both_languages_and_says_what_to_do() {
    use yuandu_base::Lang;
    let mut codes: Vec<&str> = Rule::ALL.iter().map(|rule| rule.code()).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), Rule::ALL.len());
    for rule in Rule::ALL {
        assert!(
            !rule.words(Lang::Zh).is_ascii() && rule.words(Lang::En).is_ascii(),
            "{}",
            rule.code()
        );
        assert!(!rule.remedy(Lang::Zh).is_empty() && !rule.source().is_empty());
    }
}
