//! Single sign-on as the standards describe it: each test a rule of OpenID Connect Core, Discovery or an RFC.

use axum::body::Body;
use axum::http::{Request, header};
use jiff::SignedDuration;
use serde_json::json;
use yuandu_oidc::{Jws, PublicKey};

use crate::city::City;
use crate::client::Client;
use crate::relying::{CALLBACK, Rp, VERIFIER, claims, error, parameter, post_form, userinfo};

#[tokio::test]
async fn discovery_names_this_issuer_and_only_what_is_offered() {
    let city = City::new();
    let mut anyone = Client::anonymous(&city);
    let told = anyone.get("/.well-known/openid-configuration").await;
    assert_eq!(told.header("access-control-allow-origin"), "*");
    let document = told.is(200);
    assert_eq!(document["issuer"], "http://city.test");
    assert_eq!(document["response_types_supported"], json!(["code"]));
    assert_eq!(
        document["code_challenge_methods_supported"],
        json!(["S256"])
    );
    assert_eq!(
        document["authorization_response_iss_parameter_supported"],
        true
    );
    // OpenID Connect Discovery 3: RS256 must be among them.
    let algorithms = &document["id_token_signing_alg_values_supported"];
    assert!(algorithms.as_array().unwrap().contains(&json!("RS256")));
    for name in [
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
        "userinfo_endpoint",
    ] {
        let address = document[name].as_str().unwrap();
        assert!(address.starts_with("http://city.test/"), "{address}");
    }
    let keys = anyone.get("/oauth/jwks").await.is(200);
    let keys = keys["keys"].as_array().unwrap().clone();
    assert_eq!(keys.len(), 2);
    for key in keys {
        assert!(
            key.get("d").is_none() && key.get("p").is_none(),
            "private parts"
        );
        assert_eq!(key["use"], "sig");
    }
}

#[tokio::test]
async fn a_person_signs_in_to_another_system_and_the_token_says_who_and_how() {
    let city = City::new();
    let rp = Rp::trusted(&city).await;
    let mut browser = Client::officer(&city, "seat").await;
    let answer = rp.authorize(&mut browser, &[]).await;
    let address = answer.header("location").to_owned();
    assert!(
        address.starts_with("https://rp.example/cb?code="),
        "{address}"
    );
    assert_eq!(parameter(&address, "state").unwrap(), "st-1");
    assert_eq!(parameter(&address, "iss").unwrap(), "http://city.test");

    let exchanged = rp
        .exchange(&city, &parameter(&address, "code").unwrap())
        .await;
    assert_eq!(exchanged.header("cache-control"), "no-store");
    let tokens = exchanged.is(200);
    assert_eq!(tokens["token_type"], "Bearer");
    let id_token = tokens["id_token"].as_str().unwrap();
    let told = claims(id_token);
    assert_eq!(told["iss"], "http://city.test");
    assert_eq!(told["aud"], rp.id.as_str());
    assert_eq!(told["nonce"], "n-1");
    assert_eq!(told["amr"], json!(["pwd"]));
    assert_eq!(
        told["exp"].as_i64().unwrap() - told["iat"].as_i64().unwrap(),
        600
    );
    let jws = Jws::parse(id_token).unwrap();
    let keys = Client::anonymous(&city).get("/oauth/jwks").await.is(200);
    let key = keys["keys"]
        .as_array()
        .unwrap()
        .iter()
        .find(|key| key["kid"].as_str() == jws.kid());
    assert!(jws.is_signed_by(&PublicKey::from_jwk(key.unwrap()).unwrap()));

    let person = userinfo(&city, tokens["access_token"].as_str().unwrap())
        .await
        .is(200);
    assert_eq!(person["sub"], told["sub"]);
    assert_eq!(person["preferred_username"], "seat");
    assert_eq!(person["organisation"], "command");
    assert!(person.get("phone_number").is_none(), "not asked for");
}

#[tokio::test]
async fn who_is_not_signed_in_signs_in_and_comes_back() {
    let city = City::new();
    let rp = Rp::trusted(&city).await;
    let mut browser = Client::anonymous(&city);
    let size = city.size();
    let asked = rp.authorize(&mut browser, &[("login_hint", "seat")]).await;
    let signin = asked.header("location").to_owned();
    assert!(signin.starts_with("/signin?"), "{signin}");
    assert_eq!(
        city.size(),
        size,
        "a visitor who only looks leaves nothing in the log"
    );
    let next = parameter(&signin, "next").unwrap();
    browser
        .post(
            "/api/v1/session",
            &json!({ "login": "seat", "password": crate::city::PASSWORD }),
        )
        .await
        .is(200);
    let back = browser.get(&next).await;
    assert_eq!(
        back.status, 200,
        "a page that leads on, because a form was sent before"
    );
    assert!(
        back.text()
            .contains("http-equiv=\"refresh\" content=\"0;url=https://rp.example/cb?code=")
    );
}

#[tokio::test]
async fn prompt_and_max_age_decide_who_must_sign_in_again() {
    let city = City::new();
    let rp = Rp::trusted(&city).await;
    let refused = |address: &str| parameter(address, "error").unwrap_or_default();
    let mut nobody = Client::anonymous(&city);
    let silent = rp.authorize(&mut nobody, &[("prompt", "none")]).await;
    assert_eq!(refused(silent.header("location")), "login_required");
    let mut browser = Client::officer(&city, "seat").await;
    rp.code(&mut browser, &[("prompt", "none"), ("max_age", "60")])
        .await;
    city.clock.advance(SignedDuration::from_secs(90));
    let old = rp
        .authorize(&mut browser, &[("prompt", "none"), ("max_age", "60")])
        .await;
    assert_eq!(refused(old.header("location")), "login_required");
    let old = rp.authorize(&mut browser, &[("max_age", "60")]).await;
    assert!(old.header("location").contains("again=1"));
    for prompt in ["login", "select_account"] {
        let again = rp.authorize(&mut browser, &[("prompt", prompt)]).await;
        let address = again.header("location");
        assert!(
            address.starts_with("/signin?") && address.contains("again=1"),
            "{address}"
        );
        // Coming back without having signed in again changes nothing.
        let next = parameter(address, "next").unwrap();
        assert!(
            browser
                .get(&next)
                .await
                .header("location")
                .starts_with("/signin?")
        );
    }
    for (name, value) in [
        ("prompt", "none login"),
        ("prompt", "dance"),
        ("max_age", "-1"),
        ("max_age", "x"),
    ] {
        let bad = rp.authorize(&mut browser, &[(name, value)]).await;
        assert_eq!(
            refused(bad.header("location")),
            "invalid_request",
            "{name}={value}"
        );
    }
}

#[tokio::test]
async fn an_id_token_hint_of_someone_else_is_not_satisfied_silently() {
    let city = City::new();
    let rp = Rp::trusted(&city).await;
    let tokens = rp.tokens(&city, "leader").await;
    let hint = tokens["id_token"].as_str().unwrap();
    let mut seat = Client::officer(&city, "seat").await;
    let answer = rp
        .authorize(&mut seat, &[("prompt", "none"), ("id_token_hint", hint)])
        .await;
    assert_eq!(
        parameter(answer.header("location"), "error").unwrap(),
        "login_required"
    );
    let mut leader = Client::officer(&city, "leader").await;
    rp.code(&mut leader, &[("prompt", "none"), ("id_token_hint", hint)])
        .await;
}

#[tokio::test]
async fn a_system_the_city_does_not_vouch_for_needs_consent() {
    let city = City::new();
    let rp = Rp::with(&city, false, json!({})).await;
    let mut browser = Client::officer(&city, "seat").await;
    let silent = rp.authorize(&mut browser, &[("prompt", "none")]).await;
    assert_eq!(
        parameter(silent.header("location"), "error").unwrap(),
        "consent_required"
    );
    let asked = rp.authorize(&mut browser, &[]).await;
    assert!(asked.header("location").starts_with("/consent?waiting="));
}

#[tokio::test]
async fn refresh_tokens_rotate_and_can_only_narrow() {
    let city = City::new();
    let rp = Rp::trusted(&city).await;
    let first = rp.tokens(&city, "seat").await;
    let token = first["refresh_token"].as_str().unwrap();
    let wider = [
        ("grant_type", "refresh_token"),
        ("refresh_token", token),
        ("scope", "openid phone"),
    ];
    assert_eq!(
        error(&rp.ask(&city, "/oauth/token", &wider).await, 400),
        "invalid_scope"
    );
    let second = rp.refresh(&city, token).await.is(200);
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    assert_eq!(
        claims(second["id_token"].as_str().unwrap())["auth_time"],
        claims(first["id_token"].as_str().unwrap())["auth_time"]
    );
    userinfo(&city, second["access_token"].as_str().unwrap())
        .await
        .is(200);
}

#[tokio::test]
async fn tokens_end_with_the_session_unless_they_were_asked_to_outlive_it() {
    let city = City::new();
    let rp = Rp::trusted(&city).await;
    let mut browser = Client::officer(&city, "seat").await;
    let code = rp.code(&mut browser, &[]).await;
    let bound = rp.exchange(&city, &code).await.is(200);
    let code = rp
        .code(&mut browser, &[("scope", "openid offline_access")])
        .await;
    let lasting = rp.exchange(&city, &code).await.is(200);
    browser
        .post("/api/v1/session/end", &json!({}))
        .await
        .is(204);
    let text = |tokens: &serde_json::Value, name: &str| tokens[name].as_str().unwrap().to_owned();
    userinfo(&city, &text(&bound, "access_token")).await.is(401);
    assert_eq!(
        error(
            &rp.refresh(&city, &text(&bound, "refresh_token")).await,
            400
        ),
        "invalid_grant"
    );
    rp.refresh(&city, &text(&lasting, "refresh_token"))
        .await
        .is(200);
}

#[tokio::test]
async fn introspection_tells_the_client_about_its_own_tokens_only() {
    let city = City::new();
    let rp = Rp::trusted(&city).await;
    let other = Rp::trusted(&city).await;
    let guard = Rp::with(&city, true, json!({ "grant_types": ["client_credentials"], "redirect_uris": [], "scope": "introspect" })).await;
    let tokens = rp.tokens(&city, "seat").await;
    let token = tokens["access_token"].as_str().unwrap();
    let fields = [("token", token), ("token_type_hint", "refresh_token")];
    let told = rp.ask(&city, "/oauth/introspect", &fields).await.is(200);
    assert_eq!(
        (told["active"].clone(), told["client_id"].clone()),
        (json!(true), json!(rp.id))
    );
    assert_eq!(
        other.ask(&city, "/oauth/introspect", &fields).await.is(200),
        json!({ "active": false })
    );
    assert_eq!(
        guard.ask(&city, "/oauth/introspect", &fields).await.is(200)["active"],
        true
    );
    assert_eq!(
        rp.ask(&city, "/oauth/introspect", &[("token", "nonsense")])
            .await
            .is(200),
        json!({ "active": false })
    );
    assert_eq!(
        error(
            &post_form(&city, "/oauth/introspect", None, &fields).await,
            401
        ),
        "invalid_client"
    );
}

#[tokio::test]
async fn revoking_a_refresh_token_ends_all_tokens_of_the_grant() {
    let city = City::new();
    let rp = Rp::trusted(&city).await;
    let other = Rp::trusted(&city).await;
    let tokens = rp.tokens(&city, "seat").await;
    let refresh = tokens["refresh_token"].as_str().unwrap();
    assert_eq!(
        error(
            &other
                .ask(&city, "/oauth/revoke", &[("token", refresh)])
                .await,
            400
        ),
        "invalid_grant"
    );
    rp.ask(&city, "/oauth/revoke", &[("token", "unknown")])
        .await
        .is(200);
    rp.ask(&city, "/oauth/revoke", &[("token", refresh)])
        .await
        .is(200);
    userinfo(&city, tokens["access_token"].as_str().unwrap())
        .await
        .is(401);
    assert_eq!(
        error(&rp.refresh(&city, refresh).await, 400),
        "invalid_grant"
    );
}

#[tokio::test]
async fn a_pushed_request_serves_once_and_only_its_client() {
    let city = City::new();
    let rp = Rp::with(
        &city,
        true,
        json!({ "require_pushed_authorization_requests": true }),
    )
    .await;
    let other = Rp::trusted(&city).await;
    let mut browser = Client::officer(&city, "seat").await;
    let plain = rp.authorize(&mut browser, &[]).await;
    assert_eq!(plain.status, 400, "this client must push");
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let fields = [
        ("response_type", "code"),
        ("redirect_uri", CALLBACK),
        ("scope", "openid"),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256"),
    ];
    let pushed = rp.ask(&city, "/oauth/par", &fields).await.is(201);
    let uri = pushed["request_uri"].as_str().unwrap().to_owned();
    let path = |rp: &Rp| {
        format!(
            "/oauth/authorize?client_id={}&request_uri={}",
            rp.id,
            crate::client::encoded(&uri)
        )
    };
    assert_eq!(browser.get(&path(&other)).await.status, 400);
    let code = parameter(browser.get(&path(&rp)).await.header("location"), "code").unwrap();
    rp.exchange(&city, &code).await.is(200);
    assert_eq!(browser.get(&path(&rp)).await.status, 400, "used");
    let wrong = [
        ("response_type", "code"),
        ("redirect_uri", "https://evil.example/"),
        ("scope", "openid"),
    ];
    assert_eq!(
        error(&rp.ask(&city, "/oauth/par", &wrong).await, 400),
        "invalid_request"
    );
}

#[tokio::test]
async fn a_public_client_lives_by_pkce_alone() {
    let city = City::new();
    let rp = Rp::with(&city, true, json!({ "token_endpoint_auth_method": "none" })).await;
    assert!(rp.secret.is_empty());
    let mut browser = Client::officer(&city, "seat").await;
    let without = rp
        .authorize(
            &mut browser,
            &[("code_challenge", ""), ("code_challenge_method", "")],
        )
        .await;
    assert_eq!(
        parameter(without.header("location"), "error").unwrap(),
        "invalid_request"
    );
    let plain = rp
        .authorize(&mut browser, &[("code_challenge_method", "plain")])
        .await;
    assert_eq!(
        parameter(plain.header("location"), "error").unwrap(),
        "invalid_request"
    );
    let code = rp.code(&mut browser, &[]).await;
    let fields = [
        ("grant_type", "authorization_code"),
        ("client_id", &rp.id),
        ("code", &code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    post_form(&city, "/oauth/token", None, &fields)
        .await
        .is(200);
}

#[tokio::test]
async fn pairwise_subjects_differ_between_sectors_and_stay_the_same_within_one() {
    let city = City::new();
    let pairwise = |host: &str| json!({ "subject_type": "pairwise", "redirect_uris": [CALLBACK], "sector": host });
    let (a, b) = (
        Rp::with(&city, true, pairwise("a.example")).await,
        Rp::with(&city, true, pairwise("b.example")).await,
    );
    let sub =
        |tokens: &serde_json::Value| claims(tokens["id_token"].as_str().unwrap())["sub"].clone();
    let first = sub(&a.tokens(&city, "seat").await);
    assert_eq!(first, sub(&a.tokens(&city, "seat").await));
    assert_ne!(first, sub(&b.tokens(&city, "seat").await));
    assert_ne!(first, sub(&a.tokens(&city, "leader").await));
}

#[tokio::test]
async fn a_client_registers_and_manages_itself_with_tokens_given_for_that() {
    let city = City::new();
    let mut program = Client::anonymous(&city);
    let metadata = json!({ "redirect_uris": [CALLBACK] });
    program.post("/oauth/register", &metadata).await.is(401);
    let mut security = Client::officer(&city, "security").await;
    let given = json!({ "purpose": "试点单位", "uses": 1, "hours": 24 });
    let token = security
        .post("/api/v1/sso/registration-tokens", &given)
        .await
        .is(201)["token"]
        .as_str()
        .unwrap()
        .to_owned();
    let send = |method: &str, path: &str, token: &str| {
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
    };
    let bad = json!({ "redirect_uris": ["http://rp.example/cb"] });
    assert_eq!(
        error(
            &program
                .send(send("POST", "/oauth/register", &token), bad.to_string())
                .await,
            400
        ),
        "invalid_redirect_uri"
    );
    let made = program
        .send(
            send("POST", "/oauth/register", &token),
            metadata.to_string(),
        )
        .await
        .is(201);
    assert_eq!(made["client_secret_expires_at"], 0);
    assert_eq!(
        error(
            &program
                .send(
                    send("POST", "/oauth/register", &token),
                    metadata.to_string()
                )
                .await,
            401
        ),
        "invalid_token"
    );
    let path = format!("/oauth/register/{}", made["client_id"].as_str().unwrap());
    let own = made["registration_access_token"].as_str().unwrap();
    assert_eq!(
        program
            .send(send("GET", &path, own), Body::empty())
            .await
            .is(200)["redirect_uris"],
        json!([CALLBACK])
    );
    program
        .send(send("GET", &path, &token), Body::empty())
        .await
        .is(401);
    let changed = json!({ "redirect_uris": ["https://rp.example/other"] });
    program
        .send(send("PUT", &path, own), changed.to_string())
        .await
        .is(200);
    program
        .send(send("DELETE", &path, own), Body::empty())
        .await
        .is(204);
    program
        .send(send("GET", &path, own), Body::empty())
        .await
        .is(401);
}

#[tokio::test]
async fn sign_out_from_a_client_asks_unless_it_shows_a_token_of_this_session() {
    let city = City::new();
    let after = "https://rp.example/bye";
    let more = json!({ "post_logout_redirect_uris": [after], "backchannel_logout_uri": "https://rp.example/bcl" });
    let rp = Rp::with(&city, true, more).await;
    let mut browser = Client::officer(&city, "seat").await;
    let code = rp.code(&mut browser, &[]).await;
    let tokens = rp.exchange(&city, &code).await.is(200);
    let hint = tokens["id_token"].as_str().unwrap();
    let bad = browser
        .get(&format!(
            "/oauth/logout?id_token_hint={hint}&post_logout_redirect_uri=https://evil.example/"
        ))
        .await;
    assert_eq!(bad.status, 400);
    let asked = browser.get("/oauth/logout").await;
    assert!(
        asked.header("location").starts_with("/signout"),
        "{}",
        asked.header("location")
    );
    browser.get("/api/v1/session/current").await.is(200);
    let done = browser
        .get(&format!(
            "/oauth/logout?id_token_hint={hint}&post_logout_redirect_uri={after}&state=s1"
        ))
        .await;
    assert_eq!(done.header("location"), format!("{after}?state=s1"));
    browser.get("/api/v1/session/current").await.is(401);

    // The client is told, once, with a token that no one can take for an ID token.
    let ctx = city.system();
    assert_eq!(city.app.provider.end_orphans(&ctx).unwrap(), 1);
    let notices = city
        .app
        .provider
        .notices_due(&ctx, "http://city.test")
        .unwrap();
    let told = claims(&notices[0].token);
    assert_eq!(
        (told["sid"].clone(), told["aud"].clone()),
        (claims(hint)["sid"].clone(), json!(rp.id))
    );
    assert!(told.get("nonce").is_none());
    assert!(told["events"]["http://schemas.openid.net/event/backchannel-logout"].is_object());
    city.app
        .provider
        .settle_notice(&ctx, &notices[0], false)
        .unwrap();
    assert!(
        city.app
            .provider
            .notices_due(&ctx, "http://city.test")
            .unwrap()
            .is_empty(),
        "later"
    );
    city.clock.advance(SignedDuration::from_mins(1));
    let again = city
        .app
        .provider
        .notices_due(&ctx, "http://city.test")
        .unwrap();
    city.app
        .provider
        .settle_notice(&ctx, &again[0], true)
        .unwrap();
    city.clock.advance(SignedDuration::from_hours(1));
    assert!(
        city.app
            .provider
            .notices_due(&ctx, "http://city.test")
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn keys_rotate_and_old_tokens_are_still_recognised_for_a_while() {
    let city = City::new();
    let rp = Rp::trusted(&city).await;
    let old = rp.tokens(&city, "seat").await;
    let mut security = Client::officer(&city, "security").await;
    security
        .post("/api/v1/sso/keys/rotate", &json!({}))
        .await
        .is(204);
    let new = rp.tokens(&city, "seat").await;
    let kid = |tokens: &serde_json::Value| {
        Jws::parse(tokens["id_token"].as_str().unwrap())
            .unwrap()
            .kid()
            .unwrap()
            .to_owned()
    };
    assert_ne!(kid(&old), kid(&new));
    let published = |keys: serde_json::Value| -> Vec<String> {
        keys["keys"]
            .as_array()
            .unwrap()
            .iter()
            .map(|key| key["kid"].as_str().unwrap().to_owned())
            .collect()
    };
    let kids = published(Client::anonymous(&city).get("/oauth/jwks").await.is(200));
    assert!(kids.contains(&kid(&old)) && kids.contains(&kid(&new)));
    city.clock.advance(SignedDuration::from_hours(49));
    let kids = published(Client::anonymous(&city).get("/oauth/jwks").await.is(200));
    assert!(!kids.contains(&kid(&old)) && kids.contains(&kid(&new)));
}

#[tokio::test]
async fn the_log_can_rebuild_every_table_of_single_sign_on() {
    let city = City::new();
    let rp = Rp::trusted(&city).await;
    let tokens = rp.tokens(&city, "seat").await;
    rp.refresh(&city, tokens["refresh_token"].as_str().unwrap())
        .await
        .is(200);
    city.clock.advance(SignedDuration::from_hours(48));
    assert!(city.app.provider.remove_expired(&city.system()).unwrap() > 0);
    let dir = city.dir().to_owned();
    let tables = yuandu::compose::tables(&yuandu::compose::packages(None).unwrap());
    let report = yuandu_store::verify::verify(&dir, &tables, &mut |_, _, _| {}).unwrap();
    assert!(report.is_clean(), "{:?}", report.findings);
}
