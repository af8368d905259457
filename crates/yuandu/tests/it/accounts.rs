//! Operations on accounts and on systems that sign in here, each done well; and second factors through HTTP.

use axum::body::Body;
use axum::http::{Request, header};
use jiff::SignedDuration;
use serde_json::{Value as Json, json};

use crate::city::{City, PASSWORD};
use crate::client::Client;
use crate::relying::Rp;

/// The code an authenticator app shows now for a secret, computed from the text of RFC 6238.
fn app_code(city: &City, secret: &str) -> String {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: String = secret
        .chars()
        .map(|letter| format!("{:05b}", alphabet.find(letter).unwrap()))
        .collect();
    let key: Vec<u8> = bits
        .as_bytes()
        .chunks_exact(8)
        .map(|byte| u8::from_str_radix(std::str::from_utf8(byte).unwrap(), 2).unwrap())
        .collect();
    let step = u64::try_from(city.app.clock.now().as_second() / 30).unwrap();
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(&key).unwrap();
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest[19] & 15);
    let number = u32::from_be_bytes(digest[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// Sets up an app for someone signed in; gives its secret and recovery codes.
async fn set_up(city: &City, client: &mut Client<'_>) -> (String, Vec<String>) {
    let offer = client.get("/api/v1/me/factors/totp").await.is(200);
    let secret = offer["secret"].as_str().unwrap().to_owned();
    let body =
        json!({ "offer": offer["offer"], "code": app_code(city, &secret), "label": "phone" });
    let made = client
        .post("/api/v1/me/factors/totp/confirm", &body)
        .await
        .is(201);
    city.clock.advance(SignedDuration::from_secs(30));
    let codes = made["recovery_codes"].as_array().unwrap();
    let codes = codes.iter().map(|code| code.as_str().unwrap().to_owned());
    (secret, codes.collect())
}

/// First and second step of signing in.
async fn both_steps(client: &mut Client<'_>, login: &str, code: &str) {
    let body = json!({ "login": login, "password": PASSWORD });
    let waiting = client.post("/api/v1/session", &body).await.is(202);
    let body = json!({ "waiting": waiting["waiting"], "code": code });
    client.post("/api/v1/session/second", &body).await.is(200);
}

async fn delete(client: &mut Client<'_>, path: &str) {
    client
        .send(Request::delete(path), Body::empty())
        .await
        .is(204);
}

/// Does one operation well, as someone who may.
pub async fn drive(city: &City, id: &str) {
    match id {
        "register_client" => drop(Rp::trusted(city).await),
        "remove_client" | "renew_client_secret" => {
            let rp = Rp::trusted(city).await;
            let mut security = Client::officer(city, "security").await;
            let path = format!("/api/v1/sso/clients/{}", rp.id);
            if id == "remove_client" {
                delete(&mut security, &path).await;
            } else {
                let path = format!("{path}/secret");
                security.post(&path, &Json::Null).await.is(200);
            }
        }
        "rotate_signing_keys" => {
            let mut security = Client::officer(city, "security").await;
            let path = "/api/v1/sso/keys/rotate";
            security.post(path, &Json::Null).await.is(204);
        }
        "give_registration_token" => {
            let mut security = Client::officer(city, "security").await;
            let body = json!({ "purpose": "x", "uses": 1, "hours": 1 });
            let path = "/api/v1/sso/registration-tokens";
            security.post(path, &body).await.is(201);
        }
        "withdraw_consent" => {
            let mut seat = Client::officer(city, "seat").await;
            delete(&mut seat, "/api/v1/me/consents/nobody").await;
        }
        "revoke_own_session" => {
            let mut seat = Client::officer(city, "seat").await;
            let all = seat.get("/api/v1/me/sessions").await.is(200);
            let own = all[0]["id"].as_str().unwrap();
            delete(&mut seat, &format!("/api/v1/me/sessions/{own}")).await;
        }
        other => drive_factors(city, other).await,
    }
}

/// A device with a passkey: sets it up for someone and, if asked, signs in with it.
async fn drive_passkey(city: &City, id: &str) {
    use base64::Engine as _;
    use p256::ecdsa::signature::Signer as _;
    use p256::pkcs8::EncodePublicKey as _;
    use sha2::{Digest as _, Sha256};
    let text = |bytes: &[u8]| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
    let (login, seed) = if id == "add_passkey" {
        ("leader", 5)
    } else {
        ("admin", 6)
    };
    let key = p256::ecdsa::SigningKey::from_bytes(&[seed; 32].into()).unwrap();
    let client_data = |kind: &str, asked: &Json| {
        json!({ "type": kind, "challenge": asked["challenge"], "origin": "http://city.test" })
            .to_string()
    };
    let data = |flags: u8, counter: u8| {
        [
            Sha256::digest("city.test").to_vec(),
            vec![flags, 0, 0, 0, counter],
        ]
        .concat()
    };
    let mut client = Client::officer(city, login).await;
    let asked = client.get("/api/v1/me/passkeys/question").await.is(200);
    let made = [data(0b100_0101, 0), vec![0; 16], vec![0, 4], vec![seed; 4]].concat();
    let body = json!({ "waiting": asked["waiting"], "client_data": text(client_data("webauthn.create", &asked).as_bytes()),
        "authenticator_data": text(&made), "public_key": text(key.verifying_key().to_public_key_der().unwrap().as_bytes()) });
    client.post("/api/v1/me/passkeys", &body).await.is(201);
    if id == "add_passkey" {
        return;
    }
    let asked = client.get("/api/v1/session/passkey/question").await.is(200);
    let (answer, signed) = (client_data("webauthn.get", &asked), data(0b101, 1));
    let signature: p256::ecdsa::Signature =
        key.sign(&[signed.clone(), Sha256::digest(&answer).to_vec()].concat());
    let body = json!({ "waiting": asked["waiting"], "id": text(&[seed; 4]), "client_data": text(answer.as_bytes()),
        "authenticator_data": text(&signed), "signature": text(signature.to_der().as_bytes()) });
    client.post("/api/v1/session/passkey", &body).await.is(200);
}

async fn drive_factors(city: &City, id: &str) {
    // Each with a person of its own: the others must still sign in with a password alone.
    let login = match id {
        "confirm_totp" => "water",
        "add_passkey" | "sign_in_passkey" => return drive_passkey(city, id).await,
        "remove_factor" => "drains",
        "renew_recovery_codes" => "inspector",
        "sign_in_second" => "arbiter",
        "prove_again" => "drains",
        "unlock" => "auditor",
        other => panic!("`{other}` changes something; say here how it is done"),
    };
    let mut client = Client::officer(city, login).await;
    if id == "prove_again" {
        let body = json!({ "password": PASSWORD });
        client.post("/api/v1/session/prove", &body).await.is(204);
        return;
    }
    let (secret, codes) = set_up(city, &mut client).await;
    match id {
        "remove_factor" => {
            let all = client.get("/api/v1/me/factors").await.is(200);
            let factor = all["factors"][0]["id"].as_str().unwrap();
            delete(&mut client, &format!("/api/v1/me/factors/{factor}")).await;
        }
        "renew_recovery_codes" => {
            let path = "/api/v1/me/recovery-codes";
            client.post(path, &Json::Null).await.is(201);
        }
        "sign_in_second" => {
            both_steps(&mut client, login, &app_code(city, &secret)).await;
        }
        "unlock" => {
            let body = json!({ "login": login, "code": codes[0] });
            client.post("/api/v1/session/unlock", &body).await.is(204);
        }
        _ => {}
    }
}

#[tokio::test]
async fn an_id_token_tells_how_well_the_person_proved_who_they_are() {
    let city = City::new();
    let rp = Rp::trusted(&city).await;
    let mut browser = Client::officer(&city, "seat").await;
    let (secret, _) = set_up(&city, &mut browser).await;
    let two = "urn:yuandu:acr:two-factor";
    let asked = rp.authorize(&mut browser, &[("acr_values", two)]).await;
    assert!(asked.header("location").contains("second=1"), "step up");
    both_steps(&mut browser, "seat", &app_code(&city, &secret)).await;
    let code = rp.code(&mut browser, &[("acr_values", two)]).await;
    let tokens = rp.exchange(&city, &code).await.is(200);
    let claims = crate::relying::claims(tokens["id_token"].as_str().unwrap());
    assert_eq!(claims["acr"], two);
    assert_eq!(claims["amr"], json!(["pwd", "otp", "mfa"]));
}

#[tokio::test]
async fn the_pages_lead_through_both_steps_and_through_a_fresh_proof() {
    let city = City::new();
    let mut browser = Client::officer(&city, "seat").await;
    let (secret, _) = set_up(&city, &mut browser).await;
    let mut browser = Client::anonymous(&city);
    let page = browser.get("/signin?next=/work/me").await;
    let csrf = page.hidden("_csrf");
    let fields = [
        ("_csrf", csrf.as_str()),
        ("login", "seat"),
        ("password", PASSWORD),
        ("next", "/work/me"),
    ];
    let second = browser.form("/signin", &fields).await;
    assert_eq!(second.status, 200);
    let waiting = second.hidden("waiting");
    let code = app_code(&city, &secret);
    for (code, status) in [("000000", 422), (code.as_str(), 303)] {
        let fields = [
            ("_csrf", csrf.as_str()),
            ("waiting", &waiting),
            ("code", code),
            ("next", "/work/me"),
        ];
        let done = browser.form("/signin/second", &fields).await;
        assert_eq!(done.status.as_u16(), status, "{}", done.text());
    }
    assert!(
        browser
            .get("/work/me")
            .await
            .text()
            .contains("/work/me/second")
    );
    city.clock.advance(SignedDuration::from_mins(11));
    let page = browser.get("/work/me/second").await;
    let csrf = page.hidden("_csrf");
    let asked = browser
        .form("/work/me/second/codes", &[("_csrf", &csrf)])
        .await;
    assert_eq!(
        asked.header("location"),
        "/signin?again=1&next=/work/me/second"
    );
    browser.get(asked.header("location")).await;
    let code = app_code(&city, &secret);
    let fields = [
        ("_csrf", csrf.as_str()),
        ("login", "seat"),
        ("password", PASSWORD),
        ("code", &code),
        ("next", "/work/me/second"),
    ];
    let proved = browser.form("/signin", &fields).await;
    assert_eq!(
        proved.header("location"),
        "/work/me/second",
        "{}",
        proved.text()
    );
    let codes = browser
        .form("/work/me/second/codes", &[("_csrf", &csrf)])
        .await;
    assert_eq!(codes.status, 200, "the session stayed and is proved");
}

#[tokio::test]
async fn a_person_reads_what_a_system_wants_and_decides() {
    let city = City::new();
    let rp = Rp::with(&city, false, json!({ "client_name": "<b>公文</b>" })).await;
    let mut browser = Client::officer(&city, "seat").await;
    for (decision, expected) in [("refuse", "error=access_denied"), ("allow", "code=yc_")] {
        let asked = rp.authorize(&mut browser, &[]).await;
        let page = browser.get(asked.header("location")).await;
        assert!(
            page.text().contains("&lt;b&gt;公文&lt;/b&gt;") && page.text().contains("rp.example")
        );
        let (csrf, waiting) = (page.hidden("_csrf"), page.hidden("waiting"));
        let fields = [
            ("_csrf", csrf.as_str()),
            ("waiting", &waiting),
            ("decision", decision),
        ];
        let done = browser.form("/consent", &fields).await;
        assert!(done.text().contains(expected), "{}", done.text());
    }
    rp.code(&mut browser, &[("prompt", "none")]).await;
    let listed = browser.get("/api/v1/me/consents").await.is(200);
    assert_eq!(listed[0]["scope"], json!(["openid", "post", "profile"]));
}

#[tokio::test]
async fn the_last_proxy_says_where_failed_sign_ins_come_from() {
    let city = City::new();
    for number in 0..41 {
        let body =
            json!({ "login": format!("person-{number}"), "password": "Spring2026!" }).to_string();
        let request = Request::post("/api/v1/session")
            .header(header::CONTENT_TYPE, "application/json")
            .header("x-forwarded-for", format!("10.0.0.{number}, 192.0.2.7"));
        let answer = Client::anonymous(&city).send(request, body).await;
        let expected = if number < 40 { 422 } else { 503 };
        assert_eq!(answer.status.as_u16(), expected, "{}", answer.text());
    }
}
