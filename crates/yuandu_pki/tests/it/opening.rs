//! With which files an authority opens, and what it says when they do not belong together.

use jiff::{SignedDuration, Timestamp};
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use yuandu_pki::{Authority, AuthorityFiles, Kind, PkiError, Reason};
use yuandu_trust::issue::{CeremonyPlan, Founded, KeyKind, encrypt_key, found};
use yuandu_trust::pem;

const PASSWORD: &str = "correct horse battery";

fn now() -> Timestamp {
    "2026-11-28T01:00:00Z".parse().unwrap()
}

fn held(seed: u64) -> Founded {
    let plan = CeremonyPlan {
        organisation: "潍坊市".to_owned(),
        kind: KeyKind::P256,
        root_years: 20,
        issuing_years: 10,
        address: "http://www.example.cn/pki".to_owned(),
    };
    found(&plan, now(), &mut StdRng::seed_from_u64(seed)).unwrap()
}

fn files(founded: &Founded) -> AuthorityFiles {
    let key = encrypt_key(
        &founded.issuing.key,
        PASSWORD,
        &mut StdRng::seed_from_u64(8),
    );
    let written = |label: &str, der: &[u8]| pem::write(label, der).into_bytes();
    AuthorityFiles {
        issuing: written("CERTIFICATE", &founded.issuing.cert.der),
        root: written("CERTIFICATE", &founded.root.cert.der),
        key: written("ENCRYPTED PRIVATE KEY", &key.unwrap()),
        root_list: written("X509 CRL", &founded.root.list),
    }
}

fn why(opened: Result<Authority, PkiError>) -> String {
    match opened {
        Ok(_) => panic!("it opened"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn an_authority_opens_with_its_files_and_password() {
    let mut files = files(&held(1));
    let opened = Authority::open(&files, PASSWORD, now()).unwrap();
    assert_eq!(opened.address(), Some("http://www.example.cn/pki"));
    assert_eq!(opened.id().len(), 40);
    assert!(!opened.list_ran_out(now()));
    assert_eq!(pem::read(opened.pem().as_bytes()).len(), 2);
    assert!(why(Authority::open(&files, "wrong", now())).contains("check the password"));
    files.key = b"hello".to_vec();
    assert!(why(Authority::open(&files, PASSWORD, now())).contains("`issuing.key.pem`"));
}

#[test]
fn parts_that_do_not_belong_together_are_refused() {
    let of = |(issuing, root, key): (u64, u64, u64), at| {
        let key = Box::new(held(key).issuing.key);
        let root = held(root).root;
        Authority::of(held(issuing).issuing.cert, root.cert, root.list, key, at)
    };
    assert!(of((1, 1, 1), now()).is_ok());
    assert!(why(of((1, 1, 2), now())).contains("one ceremony"));
    assert!(why(of((1, 2, 1), now())).starts_with("the authority cannot be used"));
    // The root's list is a year old: the city goes on, and is told. The authority itself ends after ten.
    let year = now() + SignedDuration::from_hours(24 * 400);
    assert!(of((1, 1, 1), year).unwrap().list_ran_out(year));
    let decade = now() + SignedDuration::from_hours(24 * 366 * 11);
    why(of((1, 1, 1), decade));
}

#[test]
fn stored_words_are_read_back() {
    for reason in Reason::ALL {
        assert_eq!(Reason::of(reason.code()), Some(reason));
        assert_eq!(Reason::parse(reason.as_str()), Some(reason));
    }
    for kind in Kind::ASKED {
        assert_eq!(Kind::parse(kind.as_str()), Some(kind));
    }
    assert_eq!(Kind::parse("root"), None);
}
