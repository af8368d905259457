//! Sessions: their cookie, their end, lockout, and clocks that are wrong.

use jiff::SignedDuration;
use serde_json::{Value as Json, json};

use crate::city::{City, MORNING, PASSWORD};
use crate::client::{Client, dispatched, report};

fn login(name: &str, password: &str) -> Json {
    json!({ "login": name, "password": password })
}

#[tokio::test]
async fn the_session_cookie_is_out_of_reach_for_scripts_and_other_sites() {
    let city = City::new();
    let mut seat = Client::anonymous(&city);
    let answer = seat.post("/api/v1/session", &login("seat", PASSWORD)).await;
    let cookie = answer.header("set-cookie").to_owned();
    for flag in [
        "yuandu_session=",
        "HttpOnly",
        "SameSite=Lax",
        "Path=/",
        "Max-Age=43200",
    ] {
        assert!(cookie.contains(flag), "{flag}: {cookie}");
    }
    let token = cookie.split(['=', ';']).nth(1).unwrap();
    assert!(
        !answer.text().contains(token),
        "the token is in the cookie alone"
    );
    let ended = seat.post("/api/v1/session/end", &Json::Null).await;
    assert!(ended.header("set-cookie").contains("Max-Age=0"));
}

#[tokio::test]
async fn a_session_that_ended_expired_or_never_was_counts_as_none() {
    let city = City::new();
    let mut seat = Client::officer(&city, "seat").await;
    let cookie = seat.cookies["yuandu_session"].clone();
    seat.get("/api/v1/session/current").await.is(200);
    city.clock.advance(SignedDuration::from_hours(12));
    assert_eq!(
        seat.get("/api/v1/session/current").await.refusal(401).0,
        "sign_in"
    );
    let mut again = Client::officer(&city, "seat").await;
    let second = again.cookies["yuandu_session"].clone();
    again.post("/api/v1/session/end", &Json::Null).await.is(204);
    for token in [
        cookie,
        second,
        "A".repeat(43),
        "x".to_owned(),
        String::new(),
    ] {
        let mut ghost = Client::anonymous(&city);
        ghost.cookies.insert("yuandu_session".into(), token);
        ghost.get("/api/v1/session/current").await.refusal(401);
        let page = ghost.get("/work").await;
        assert!(
            page.header("location").starts_with("/signin"),
            "{}",
            page.status
        );
    }
}

#[tokio::test]
async fn five_wrong_passwords_pause_the_login_and_nobody_is_told_why() {
    let city = City::new();
    let mut guesser = Client::anonymous(&city);
    let unknown = guesser
        .post("/api/v1/session", &login("nobody", PASSWORD))
        .await;
    for _ in 0..5 {
        let wrong = guesser
            .post("/api/v1/session", &login("seat", "wrong-password-1"))
            .await;
        assert_eq!(
            (wrong.status, wrong.text()),
            (unknown.status, unknown.text())
        );
    }
    let right = guesser
        .post("/api/v1/session", &login("seat", PASSWORD))
        .await;
    assert_eq!(
        (right.status, right.text()),
        (unknown.status, unknown.text()),
        "paused"
    );
    city.clock.advance(SignedDuration::from_mins(16));
    guesser
        .post("/api/v1/session", &login("seat", PASSWORD))
        .await
        .is(200);
}

#[tokio::test]
async fn a_password_is_never_in_the_answer_whatever_was_sent() {
    let city = City::new();
    let mut guesser = Client::anonymous(&city).english();
    for body in [
        json!({ "login": "seat", "password": "secret-\u{0}-word" }),
        json!({ "login": ["seat"], "password": "secret-word" }),
        json!({ "login": "seat", "password": { "is": "secret-word" } }),
        json!({ "login": "seat", "password": "secret-word", "more": "secret-word" }),
    ] {
        let refused = guesser.post("/api/v1/session", &body).await;
        assert_eq!(refused.status, 422, "{}", refused.text());
        assert!(!refused.text().contains("secret"), "{}", refused.text());
    }
}

#[tokio::test]
async fn a_server_clock_set_back_stretches_no_session_and_fires_no_timer_early() {
    let city = City::new();
    let (case, _) = dispatched(&city, "water-supply").await;
    let mut water = Client::officer(&city, "water").await;
    water.decide(&case, "sign", json!({})).await.is(200);
    let due =
        water.get(&format!("/api/v1/cases/{case}")).await.is(200)["facts"]["handle_due"].clone();
    city.clock.set("2026-09-20T01:00:00Z".parse().unwrap());
    assert_eq!(city.fire(), 0);
    let answer = water.get("/api/v1/session/current").await;
    assert!(
        [200, 401].contains(&answer.status.as_u16()),
        "{}",
        answer.text()
    );
    let (early, _) = Client::anonymous(&city).report().await;
    city.clock.set(MORNING.parse().unwrap());
    let view = water.get(&format!("/api/v1/cases/{case}")).await.is(200);
    assert_eq!(
        view["facts"]["handle_due"], due,
        "what was promised stays promised"
    );
    let mut seat = Client::officer(&city, "seat").await;
    seat.get(&format!("/api/v1/cases/{early}")).await.is(200);
    city.clock.set("2026-10-20T01:00:00Z".parse().unwrap());
    assert!(city.fire() > 0, "overdue at last");
}

#[tokio::test]
async fn times_that_a_client_sends_are_not_believed() {
    let city = City::new();
    let mut resident = Client::anonymous(&city);
    let mut forged = report();
    forged["opened_at"] = json!("2020-01-01T00:00:00Z");
    resident.post("/api/v1/cases", &forged).await.refusal(422);
    let fields = [
        ("service_code", "01001"),
        ("lat", "36.705"),
        ("long", "119.105"),
        ("description", "x"),
        ("requested_datetime", "2020-01-01T00:00:00Z"),
    ];
    let sent = resident
        .form("/open311/v2/requests.json", &fields)
        .await
        .is(200);
    let number = sent[0]["service_request_id"].as_str().unwrap();
    let read = resident
        .get(&format!("/open311/v2/requests/{number}.json"))
        .await
        .is(200);
    assert_eq!(read[0]["requested_datetime"], "2026-09-21T09:00:00+08:00");
}
