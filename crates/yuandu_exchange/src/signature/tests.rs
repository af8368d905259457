//! Signatures against the published example, and fields that are not of the form.

use proptest::prelude::*;

use super::*;

/// RFC 9421, B.2.6: the request, the key `test-key-ed25519` and the signature over it.
const INPUT_OF_B26: &str = r#"sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519""#;
const SIGNATURE_OF_B26: &str =
    "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==";
const KEY_OF_B26: &str = "JrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=";

fn headers(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|&(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

#[test]
fn the_published_example_verifies_and_a_changed_one_does_not() {
    let key: PublicKey = KEY_OF_B26.parse().unwrap();
    let signature = unbase64(SIGNATURE_OF_B26).unwrap();
    let input = Input::parse(INPUT_OF_B26).unwrap();
    let base = |length: &str| {
        let headers = headers(&[
            ("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
            ("content-type", "application/json"),
            ("content-length", length),
        ]);
        let covered = Covered {
            method: "POST",
            target: "https://example.com/foo?param=Value&Pet=dog",
            status: None,
            headers: &headers,
        };
        covered.base(&input).unwrap()
    };
    assert!(key.holds(base("18").as_bytes(), &signature));
    assert!(!key.holds(base("19").as_bytes(), &signature));
    // RFC 9530, appendix D: the digest of `{"hello": "world"}` with its line end.
    assert_eq!(
        content_digest(b"{\"hello\": \"world\"}\n"),
        "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"
    );
}

fn now() -> Timestamp {
    "2026-11-28T08:00:00Z".parse().unwrap()
}

const MUST: [&str; 3] = ["@method", "@target-uri", DIGEST];

fn signed(key: &NodeKey, at: Timestamp) -> Incoming {
    let mut headers = headers(&[("content-type", "application/json")]);
    let signer = Signer {
        key,
        node: "370700.a.b",
        now: at,
    };
    let target = ("POST", "http://b.test/exchange/v1/inbox", None);
    signer.sign(&MUST, target, &mut headers, b"[]").unwrap();
    Incoming {
        method: "POST".into(),
        path: "/exchange/v1/inbox".into(),
        headers,
        body: b"[]".to_vec(),
    }
}

fn judged(message: &Incoming, key: &PublicKey, at: Timestamp) -> Result<(), Why> {
    let why = |error| match error {
        ExchangeError::Refused(refusal) => refusal.why,
        other => panic!("{other}"),
    };
    let claim = Claim::of(message, &MUST).map_err(why)?;
    let covered = Covered {
        method: &message.method,
        target: "http://b.test/exchange/v1/inbox",
        status: None,
        headers: &message.headers,
    };
    claim.verify(key, &covered, at).map_err(why)
}

#[test]
fn a_message_is_refused_by_the_name_of_what_is_wrong_with_it() {
    let (key, other) = (NodeKey::generate(), NodeKey::generate());
    let good = signed(&key, now());
    assert_eq!(judged(&good, &key.public(), now()), Ok(()));
    assert_eq!(judged(&good, &other.public(), now()), Err(Why::Forged));
    let late = now() + SignedDuration::from_mins(5);
    assert_eq!(judged(&good, &key.public(), late), Err(Why::Expired));
    let early = now() - SignedDuration::from_mins(5);
    assert_eq!(judged(&good, &key.public(), early), Err(Why::Expired));

    let mut cut = good.clone();
    cut.body.pop();
    assert_eq!(judged(&cut, &key.public(), now()), Err(Why::Truncated));
    let mut digested = cut.clone();
    for (name, value) in &mut digested.headers {
        if name == DIGEST {
            *value = content_digest(&cut.body);
        }
    }
    assert_eq!(judged(&digested, &key.public(), now()), Err(Why::Forged));
    let mut bare = good.clone();
    bare.headers.retain(|(name, _)| name != SIGNATURE);
    assert_eq!(judged(&bare, &key.public(), now()), Err(Why::Unsigned));
    let mut twice = good.clone();
    twice.headers.push((DIGEST.into(), content_digest(b"[]")));
    assert_eq!(judged(&twice, &key.public(), now()), Err(Why::Unsigned));
    let mut got = good;
    got.method = "PUT".into();
    assert_eq!(judged(&got, &key.public(), now()), Err(Why::Forged));
}

#[test]
fn a_field_that_is_not_of_the_form_is_not_read() {
    for wrong in [
        "",
        "sig1",
        "sig1=",
        "sig1=()x",
        "sig1=(\"a\" \"a\");created=1",
        "sig1=(\"a\");created=1;created=2",
        "sig1=(\"a\";req);created=1",
        "sig1=(\"a\");created=x",
        "sig1=(\"a\");other=\"x\"",
        "sig1=(\"a\");keyid=\"x",
        "sig1=(\"a\"), sig2=(\"b\")",
        "Sig=(\"a\")",
    ] {
        assert_eq!(Input::parse(wrong), None, "{wrong}");
    }
}

proptest! {
    #[test]
    fn no_field_makes_the_reader_fall(field in ".{0,200}") {
        let _ = Input::parse(&field);
    }

    #[test]
    fn what_is_written_is_read_back(
        nonce in "[a-z0-9]{16,32}", keyid in "[a-z0-9.-]{1,40}", created in 0_i64..4_000_000_000,
    ) {
        let input = Input {
            label: "sig1".into(),
            components: vec!["@method".into(), "content-digest".into()],
            created: Some(created),
            expires: Some(created + 1),
            nonce: Some(nonce),
            keyid: Some(keyid),
            alg: Some("ed25519".into()),
            written: None,
        };
        let read = Input::parse(&format!("sig1={}", input.parameters())).unwrap();
        prop_assert_eq!(read.parameters(), input.parameters());
        prop_assert_eq!(Input { written: None, ..read }, input);
    }
}
