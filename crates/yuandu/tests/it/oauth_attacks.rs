//! What an attacker tries at the doors of single sign-on (RFC 9700, RFC 6819), and that it leads nowhere.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::SignedDuration;
use serde_json::{Value as Json, json};
use yuandu_oidc::{Algorithm, SigningKey};

use crate::city::{City, PASSWORD};
use crate::client::{Client, encoded};
use crate::relying::{CALLBACK, Rp, VERIFIER, error, parameter, post_form, userinfo};

#[tokio::test]
async fn a_replayed_code_revokes_what_the_first_use_gave() {
    let city = City::new();
    let rp = Rp::trusted(&city).await;
    let mut browser = Client::officer(&city, "seat").await;
    let code = rp.code(&mut browser, &[]).await;
    let tokens = rp.exchange(&city, &code).await.is(200);
    assert_eq!(
        error(&rp.exchange(&city, &code).await, 400),
        "invalid_grant"
    );
    userinfo(&city, tokens["access_token"].as_str().unwrap())
        .await
        .is(401);
    let refresh = tokens["refresh_token"].as_str().unwrap();
    assert_eq!(
        error(&rp.refresh(&city, refresh).await, 400),
        "invalid_grant"
    );
}

#[tokio::test]
async fn two_exchanges_of_one_code_at_once_give_tokens_once_at_most() {
    let city = City::new();
    let rp = Rp::trusted(&city).await;
    let mut browser = Client::officer(&city, "seat").await;
    let code = rp.code(&mut browser, &[]).await;
    let (a, b) = tokio::join!(rp.exchange(&city, &code), rp.exchange(&city, &code));
    let given = [&a, &b]
        .into_iter()
        .filter(|answer| answer.status == 200)
        .count();
    assert!(given <= 1);
}

#[tokio::test]
async fn a_replayed_refresh_token_ends_the_whole_family() {
    let city = City::new();
    let rp = Rp::trusted(&city).await;
    let first = rp.tokens(&city, "seat").await;
    let stolen = first["refresh_token"].as_str().unwrap();
    let second = rp.refresh(&city, stolen).await.is(200);
    assert_eq!(
        error(&rp.refresh(&city, stolen).await, 400),
        "invalid_grant"
    );
    let newer = second["refresh_token"].as_str().unwrap();
    assert_eq!(error(&rp.refresh(&city, newer).await, 400), "invalid_grant");
    userinfo(&city, second["access_token"].as_str().unwrap())
        .await
        .is(401);
}

#[tokio::test]
async fn an_address_that_is_not_registered_is_never_redirected_to() {
    let city = City::new();
    let rp = Rp::trusted(&city).await;
    let mut browser = Client::officer(&city, "seat").await;
    for address in [
        "https://evil.example/cb",
        "https://rp.example/cb/",
        "https://rp.example/cb?x=1",
        "https://rp.example/cb/../evil",
        "https://rp.example/CB",
        "https://RP.example/cb",
        "https://rp.example:443/cb",
        "https://rp.example/cb#frag",
        "https://rp.example%2fcb",
        "https://rp.example/cb%00",
        "https://user@rp.example/cb",
        "https://rp.example.evil.example/cb",
        "//rp.example/cb",
        "javascript:alert(1)",
        "",
    ] {
        let answer = rp
            .authorize(&mut browser, &[("redirect_uri", address)])
            .await;
        assert_eq!(answer.status, 400, "{address}");
        assert_eq!(answer.header("location"), "", "{address}");
        assert!(!answer.text().contains("evil.example"), "{address}");
    }
    let unknown = rp.authorize(&mut browser, &[("client_id", "nobody")]).await;
    assert_eq!(
        (unknown.status.as_u16(), unknown.header("location")),
        (400, "")
    );
}

#[tokio::test]
async fn a_code_is_bound_to_client_address_and_verifier() {
    let city = City::new();
    let rp = Rp::trusted(&city).await;
    let other = Rp::trusted(&city).await;
    let mut browser = Client::officer(&city, "seat").await;
    let good = [
        ("grant_type", "authorization_code"),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    let wrong_verifier = "x".repeat(43);
    for (name, value) in [
        ("redirect_uri", "https://rp.example/other"),
        ("redirect_uri", ""),
        ("code_verifier", wrong_verifier.as_str()),
        ("code_verifier", "short"),
        ("code_verifier", ""),
    ] {
        let code = rp.code(&mut browser, &[]).await;
        let mut fields = good.to_vec();
        fields.retain(|(known, _)| *known != name);
        fields.extend([(name, value), ("code", &code)]);
        let answer = rp.ask(&city, "/oauth/token", &fields).await;
        assert_eq!(error(&answer, 400), "invalid_grant", "{name}={value}");
    }
    let code = rp.code(&mut browser, &[]).await;
    assert_eq!(
        error(&other.exchange(&city, &code).await, 400),
        "invalid_grant",
        "mix-up"
    );
    // PKCE downgrade: the challenge was cut out of the request, the honest client still sends its verifier.
    let code = rp
        .code(
            &mut browser,
            &[("code_challenge", ""), ("code_challenge_method", "")],
        )
        .await;
    assert_eq!(
        error(&rp.exchange(&city, &code).await, 400),
        "invalid_grant"
    );
    let code = rp.code(&mut browser, &[]).await;
    city.clock.advance(SignedDuration::from_secs(61));
    assert_eq!(
        error(&rp.exchange(&city, &code).await, 400),
        "invalid_grant",
        "too old"
    );
}

#[tokio::test]
async fn parameters_sent_twice_are_refused() {
    let city = City::new();
    let rp = Rp::trusted(&city).await;
    let mut browser = Client::officer(&city, "seat").await;
    let twice = format!(
        "/oauth/authorize?{}&redirect_uri=https%3A%2F%2Fevil.example",
        rp.query(&[])
    );
    let answer = browser.get(&twice).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("location")),
        (400, "")
    );
    let fields = [
        ("grant_type", "refresh_token"),
        ("grant_type", "authorization_code"),
    ];
    assert_eq!(
        error(&rp.ask(&city, "/oauth/token", &fields).await, 400),
        "invalid_request"
    );
}

#[tokio::test]
async fn a_client_that_does_not_prove_itself_gets_one_answer_whatever_is_wrong() {
    let city = City::new();
    let rp = Rp::trusted(&city).await;
    let posting = Rp::with(
        &city,
        true,
        json!({ "token_endpoint_auth_method": "client_secret_post" }),
    )
    .await;
    let basic = |id: &str, secret: &str| {
        format!(
            "Basic {}",
            STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret)))
        )
    };
    let fields = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    let mut answers = Vec::new();
    for header in [
        basic(&rp.id, "wrong"),
        basic(&rp.id, ""),
        basic("nobody", &rp.secret),
        basic(&posting.id, &posting.secret),
        "Basic %%%".to_owned(),
        format!("Bearer {}", rp.secret),
    ] {
        let answer = post_form(&city, "/oauth/token", Some(&header), &fields).await;
        assert_eq!(answer.status, 401, "{header}");
        assert!(
            answer.header("www-authenticate").starts_with("Basic "),
            "{header}"
        );
        answers.push(answer.text());
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
    let in_form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", "x"),
        ("client_id", &rp.id),
        ("client_secret", &rp.secret),
    ];
    assert_eq!(
        error(&post_form(&city, "/oauth/token", None, &in_form).await, 401),
        "invalid_client",
        "not its method"
    );
    let without = [
        ("grant_type", "refresh_token"),
        ("refresh_token", "x"),
        ("client_id", &rp.id),
    ];
    assert_eq!(
        error(&post_form(&city, "/oauth/token", None, &without).await, 401),
        "invalid_client"
    );
    let both = basic(&rp.id, &rp.secret);
    assert_eq!(
        error(
            &post_form(&city, "/oauth/token", Some(&both), &in_form).await,
            400
        ),
        "invalid_request"
    );
}

fn assertion(key: &SigningKey, id: &str, jti: &str, changed: &[(&str, Json)]) -> String {
    let now = "2026-09-21T01:00:00Z"
        .parse::<jiff::Timestamp>()
        .unwrap()
        .as_second();
    let mut claims = json!({ "iss": id, "sub": id, "aud": "http://city.test/oauth/token", "iat": now, "exp": now + 60, "jti": jti });
    for (name, value) in changed {
        claims[*name] = value.clone();
    }
    key.token("k1", "JWT", &claims).unwrap()
}

#[tokio::test]
async fn a_signed_assertion_proves_a_client_once_and_cannot_be_forged() {
    let city = City::new();
    let (key, foreign) = (
        SigningKey::generate(Algorithm::Es256).unwrap(),
        SigningKey::generate(Algorithm::Es256).unwrap(),
    );
    let mut jwk = key.public_jwk().unwrap();
    jwk.insert("kid".into(), "k1".into());
    let more =
        json!({ "token_endpoint_auth_method": "private_key_jwt", "jwks": { "keys": [jwk] } });
    let rp = Rp::with(&city, true, more).await;
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let city = &city;
    let ask = async |token: String| {
        let fields = [
            ("grant_type", "refresh_token"),
            ("refresh_token", "x"),
            ("client_assertion_type", kind),
            ("client_assertion", &token),
        ];
        let answer = post_form(city, "/oauth/token", None, &fields).await;
        answer.json()["error"].as_str().unwrap().to_owned()
    };
    // A good proof, and then what it asks for is refused.
    assert_eq!(
        ask(assertion(&key, &rp.id, "1", &[])).await,
        "invalid_grant"
    );
    let now = city.app.clock.now().as_second();
    for (what, token) in [
        (
            "signed by someone else",
            assertion(&foreign, &rp.id, "2", &[]),
        ),
        (
            "for someone else",
            assertion(
                &key,
                &rp.id,
                "3",
                &[("aud", json!("https://other.example"))],
            ),
        ),
        (
            "expired",
            assertion(&key, &rp.id, "4", &[("exp", json!(now - 61))]),
        ),
        (
            "good for too long",
            assertion(&key, &rp.id, "5", &[("exp", json!(now + 86_400))]),
        ),
        (
            "from the future",
            assertion(&key, &rp.id, "6", &[("iat", json!(now + 300))]),
        ),
        ("of another client", assertion(&key, "nobody", "7", &[])),
        ("without a name", assertion(&key, &rp.id, "", &[])),
        ("unsigned", {
            let part = |value: Json| URL_SAFE_NO_PAD.encode(value.to_string());
            let claims = json!({ "iss": rp.id, "sub": rp.id, "aud": "http://city.test", "exp": now + 60, "jti": "8" });
            format!("{}.{}.", part(json!({ "alg": "none" })), part(claims))
        }),
    ] {
        assert_eq!(ask(token).await, "invalid_client", "{what}");
    }
    // Clocks that differ by less than a minute are tolerated.
    assert_eq!(
        ask(assertion(
            &key,
            &rp.id,
            "9",
            &[("iat", json!(now + 30)), ("exp", json!(now + 90))]
        ))
        .await,
        "invalid_grant"
    );
    // The same assertion with a request that is carried out: the second time it is refused.
    let mut browser = Client::officer(city, "seat").await;
    let once = assertion(&key, &rp.id, "10", &[]);
    let mut seen = Vec::new();
    for _ in 0..2 {
        let code = rp.code(&mut browser, &[]).await;
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
            ("client_assertion_type", kind),
            ("client_assertion", &once),
        ];
        seen.push(post_form(city, "/oauth/token", None, &fields).await);
    }
    assert_eq!(
        (seen[0].status.as_u16(), error(&seen[1], 401).as_str()),
        (200, "invalid_client")
    );
}

#[tokio::test]
async fn a_waiting_request_cannot_be_made_up_or_kept() {
    let city = City::new();
    let rp = Rp::trusted(&city).await;
    let mut browser = Client::anonymous(&city);
    let signin = rp.authorize(&mut browser, &[]).await;
    let next = parameter(signin.header("location"), "next").unwrap();
    let sealed = parameter(&next, "waiting").unwrap();
    assert!(!sealed.contains("rp.example"));
    let mut officer = Client::officer(&city, "seat").await;
    for forged in [
        format!("{sealed}A"),
        sealed[1..].to_owned(),
        URL_SAFE_NO_PAD.encode("{}"),
    ] {
        let answer = officer
            .get(&format!("/oauth/authorize?waiting={forged}"))
            .await;
        assert_eq!(answer.status, 400);
    }
    city.clock.advance(SignedDuration::from_mins(11));
    assert_eq!(officer.get(&next).await.status, 400, "too old");
}

#[tokio::test]
async fn another_site_cannot_consent_or_sign_out_in_someones_name() {
    let city = City::new();
    let rp = Rp::with(&city, false, json!({})).await;
    let mut browser = Client::officer(&city, "seat").await;
    let asked = rp.authorize(&mut browser, &[]).await;
    let waiting = parameter(asked.header("location"), "waiting").unwrap();
    let sent = browser
        .form(
            "/consent",
            &[("waiting", &waiting), ("allow", "1"), ("_csrf", "0")],
        )
        .await;
    assert_eq!(sent.status, 403, "{}", sent.text());
    // Without a token of this session nothing ends.
    browser
        .get(&format!("/oauth/logout?client_id={}", rp.id))
        .await;
    browser.get("/api/v1/session/current").await.is(200);
}

#[tokio::test]
async fn a_session_given_by_a_stranger_is_not_taken_over_at_sign_in() {
    let city = City::new();
    let mut victim = Client::anonymous(&city);
    let planted = "ab".repeat(32);
    victim
        .cookies
        .insert("yuandu_session".into(), planted.clone());
    let body = json!({ "login": "seat", "password": PASSWORD });
    victim.post("/api/v1/session", &body).await.is(200);
    assert_ne!(victim.cookies["yuandu_session"], planted);
    let mut attacker = Client::anonymous(&city);
    attacker.cookies.insert("yuandu_session".into(), planted);
    attacker.get("/api/v1/session/current").await.is(401);
}

#[tokio::test]
async fn someone_suspended_or_moved_loses_every_token_at_once() {
    let city = City::new();
    let rp = Rp::trusted(&city).await;
    let mut browser = Client::officer(&city, "seat").await;
    let code = rp
        .code(&mut browser, &[("scope", "openid offline_access")])
        .await;
    let tokens = rp.exchange(&city, &code).await.is(200);
    let seat = city
        .app
        .identity
        .officer(&city.system(), "seat", None)
        .unwrap();
    city.app
        .identity
        .set_person_status(
            &city.system(),
            &seat.user,
            yuandu_identity::PersonStatus::Suspended,
        )
        .unwrap();
    userinfo(&city, tokens["access_token"].as_str().unwrap())
        .await
        .is(401);
    assert_eq!(
        error(
            &rp.refresh(&city, tokens["refresh_token"].as_str().unwrap())
                .await,
            400
        ),
        "invalid_grant"
    );
}

#[tokio::test]
async fn a_person_can_disconnect_a_system() {
    let city = City::new();
    let rp = Rp::trusted(&city).await;
    let mut browser = Client::officer(&city, "seat").await;
    let code = rp.code(&mut browser, &[]).await;
    let tokens = rp.exchange(&city, &code).await.is(200);
    let path = format!("/api/v1/me/consents/{}", rp.id);
    let mut other = Client::officer(&city, "leader").await;
    other
        .send(
            axum::http::Request::delete(&path),
            axum::body::Body::empty(),
        )
        .await
        .is(204);
    userinfo(&city, tokens["access_token"].as_str().unwrap())
        .await
        .is(200);
    browser
        .send(
            axum::http::Request::delete(&path),
            axum::body::Body::empty(),
        )
        .await
        .is(204);
    userinfo(&city, tokens["access_token"].as_str().unwrap())
        .await
        .is(401);
}
