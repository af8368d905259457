//! Tokens against the examples of the RFCs, and against forgers.

use super::*;

/// RFC 7515, A.3: a token signed with ES256, and its key.
const RFC7515_A3: &str = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

fn rfc7515_a3_key() -> Value {
    json!({ "kty": "EC", "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" })
}

/// RFC 7515, A.2: the key of the RS256 example.
fn rfc7515_a2_key() -> Value {
    json!({ "kty": "RSA", "e": "AQAB",
        "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ" })
}

/// RFC 7515, A.2: the token.
const RFC7515_A2: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

#[test]
fn the_examples_of_the_standard_are_believed() {
    for (token, key) in [
        (RFC7515_A3, rfc7515_a3_key()),
        (RFC7515_A2, rfc7515_a2_key()),
    ] {
        let key = PublicKey::from_jwk(&key).unwrap();
        let jws = Jws::parse(token).unwrap();
        assert!(jws.is_signed_by(&key));
        assert_eq!(jws.text("iss"), Some("joe"));
    }
}

#[test]
fn a_thumbprint_is_the_one_of_the_standard() {
    // RFC 7638, 3.1.
    let key = json!({ "kty": "RSA", "e": "AQAB", "alg": "RS256", "kid": "2011-04-29",
        "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw" });
    assert_eq!(
        thumbprint(key.as_object().unwrap()),
        "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    );
}

#[test]
fn our_own_tokens_are_believed_after_the_key_was_stored_and_read() {
    for algorithm in Algorithm::ALL {
        let key = SigningKey::generate(algorithm).unwrap();
        let key = SigningKey::from_pkcs8(algorithm, &key.to_pkcs8().unwrap()).unwrap();
        let public = PublicKey::from_jwk(&Value::Object(key.public_jwk().unwrap())).unwrap();
        let token = key.token("k", "JWT", &json!({ "sub": "x" })).unwrap();
        let jws = Jws::parse(&token).unwrap();
        assert!(jws.is_signed_by(&public));
        assert_eq!((jws.kid(), jws.text("sub")), (Some("k"), Some("x")));
        let other = SigningKey::generate(Algorithm::Es256).unwrap();
        let other = PublicKey::from_jwk(&Value::Object(other.public_jwk().unwrap())).unwrap();
        assert!(!jws.is_signed_by(&other));
    }
}

fn forged(header: &Value, claims: &str, signature: &[u8]) -> Jws {
    let token = format!(
        "{}.{claims}.{}",
        text(header.to_string().as_bytes()),
        text(signature)
    );
    Jws::parse(&token).unwrap()
}

#[test]
fn the_header_does_not_choose_how_a_token_is_checked() {
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let jwk = Value::Object(key.public_jwk().unwrap());
    let public = PublicKey::from_jwk(&jwk).unwrap();
    let claims = text(br#"{"sub":"admin"}"#);
    for alg in ["none", "None", "nOnE", "HS256", "RS256", ""] {
        assert!(
            !forged(&json!({ "alg": alg }), &claims, b"").is_signed_by(&public),
            "{alg}"
        );
        // The confusion of CVE-2015-9235: the public key taken for a shared secret.
        let secret = jwk.to_string();
        let mac = Sha256::digest(format!("{secret}{claims}"));
        assert!(!forged(&json!({ "alg": alg }), &claims, &mac).is_signed_by(&public));
    }
    // CVE-2022-21449: a signature of zeros.
    assert!(!forged(&json!({ "alg": "ES256" }), &claims, &[0; 64]).is_signed_by(&public));
    // A key that the token brings along is not looked at.
    let own = SigningKey::generate(Algorithm::Es256).unwrap();
    let header = json!({ "alg": "ES256", "jwk": own.public_jwk().unwrap() });
    let signed = format!("{}.{claims}", text(header.to_string().as_bytes()));
    let signature = own.sign(signed.as_bytes()).unwrap();
    assert!(!forged(&header, &claims, &signature).is_signed_by(&public));
}

#[test]
fn a_key_for_something_else_is_no_key() {
    let mut jwk = rfc7515_a3_key();
    jwk["use"] = json!("enc");
    assert!(PublicKey::from_jwk(&jwk).is_none());
    let mut jwk = rfc7515_a3_key();
    jwk["alg"] = json!("ES384");
    assert!(PublicKey::from_jwk(&jwk).is_none());
    let mut jwk = rfc7515_a3_key();
    jwk["y"] = jwk["x"].clone();
    assert!(PublicKey::from_jwk(&jwk).is_none(), "not on the curve");
    let weak = json!({ "kty": "RSA", "e": "AQAB", "n": text(&[0xC5; 64]) });
    assert!(PublicKey::from_jwk(&weak).is_none(), "512 bits");
    assert!(PublicKey::from_jwk(&json!({ "kty": "oct", "k": "c2VjcmV0" })).is_none());
}

#[test]
fn what_must_be_understood_and_is_not_makes_a_token_invalid() {
    let header = text(
        json!({ "alg": "ES256", "crit": ["exp"] })
            .to_string()
            .as_bytes(),
    );
    assert!(Jws::parse(&format!("{header}.{}.AA", text(b"{}"))).is_none());
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_reader_fail(token in ".{0,300}") {
        let _ = Jws::parse(&token);
    }

    #[test]
    fn no_changed_token_is_believed(at in 0_usize..400, bit in 0_u8..6) {
        let key = PublicKey::from_jwk(&rfc7515_a3_key()).unwrap();
        let mut bytes = RFC7515_A3.as_bytes().to_vec();
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        if let Ok(token) = String::from_utf8(bytes) {
            let believed = Jws::parse(&token).is_some_and(|jws| jws.is_signed_by(&key));
            proptest::prop_assert!(!believed);
        }
    }
}
