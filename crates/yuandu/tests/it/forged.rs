//! Other people's pages cannot act for someone, and a page's form needs its own token.

use axum::http::{Request, header};
use serde_json::json;

use crate::city::{City, HERE};
use crate::client::{Client, dispatched, json_post, report};

fn fields<'a>(token: &'a str, lon: &'a str, lat: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("category", "01001"),
        ("lon", lon),
        ("lat", lat),
        ("words", "井盖松动"),
        ("_key", "form-1"),
        ("_csrf", token),
    ]
}

#[tokio::test]
async fn a_form_with_a_forged_or_missing_token_is_refused_and_nothing_changes() {
    let city = City::new();
    let (lon, lat) = (HERE.0.to_string(), HERE.1.to_string());
    let mut resident = Client::anonymous(&city);
    let page = resident.get("/report").await;
    let token = page.hidden("_csrf");
    let size = city.size();
    let other = "A".repeat(token.len());
    for forged in ["", "x", other.as_str()] {
        let refused = resident
            .form("/report/send", &fields(forged, &lon, &lat))
            .await;
        assert_eq!(refused.status, 403, "{}", refused.text());
        assert!(refused.header("content-type").starts_with("text/html"));
    }
    let mut without_cookie = Client::anonymous(&city);
    let refused = without_cookie
        .form("/report/send", &fields(&token, &lon, &lat))
        .await;
    assert_eq!(refused.status, 403, "another visitor's token");
    assert_eq!(city.size(), size, "nothing was written");
    let sent = resident
        .form("/report/send", &fields(&token, &lon, &lat))
        .await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    assert_eq!(city.size(), size + 1);
}

#[tokio::test]
async fn an_officers_form_needs_the_sessions_token() {
    let city = City::new();
    let (case, _) = dispatched(&city, "water-supply").await;
    let mut water = Client::officer(&city, "water").await;
    let task = water.task(&case).await;
    let anonymous_token = Client::anonymous(&city)
        .get("/report")
        .await
        .hidden("_csrf");
    let size = city.size();
    let path = format!("/work/tasks/{task}/complete");
    for token in ["", anonymous_token.as_str()] {
        let form = [
            ("case", case.as_str()),
            ("outcome", "sign"),
            ("_csrf", token),
        ];
        assert_eq!(water.form(&path, &form).await.status, 403);
    }
    assert_eq!(city.size(), size);
    let token = water
        .get(&format!("/work/cases/{case}"))
        .await
        .hidden("_csrf");
    let form = [
        ("case", case.as_str()),
        ("outcome", "sign"),
        ("_csrf", token.as_str()),
    ];
    assert_eq!(water.form(&path, &form).await.status, 303);
    assert_eq!(city.size(), size + 1);
}

#[tokio::test]
async fn requests_that_another_sites_page_sends_are_refused() {
    let city = City::new();
    let mut seat = Client::officer(&city, "seat").await;
    let size = city.size();
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let refused = seat
            .send(
                json_post("/api/v1/cases").header(name, value),
                report().to_string(),
            )
            .await;
        assert_eq!(refused.refusal(403).0, "cross_site");
    }
    assert_eq!(city.size(), size);
    let own = json_post("/api/v1/cases").header("origin", "http://city.test");
    seat.send(own, report().to_string()).await.is(201);
}

#[tokio::test]
async fn a_plain_form_cannot_stand_in_for_json() {
    let city = City::new();
    let mut seat = Client::officer(&city, "seat").await;
    let size = city.size();
    for kind in ["text/plain", "application/x-www-form-urlencoded"] {
        let request = Request::post("/api/v1/cases").header(header::CONTENT_TYPE, kind);
        let refused = seat.send(request, report().to_string()).await;
        assert_eq!(refused.refusal(415).0, "media_type");
    }
    assert_eq!(city.size(), size);
}

#[tokio::test]
async fn every_answer_carries_the_headers_that_keep_browsers_safe() {
    let city = City::new();
    let mut public = Client::anonymous(&city);
    for path in [
        "/",
        "/api/v1/registers",
        "/nowhere",
        "/api/v1/nowhere",
        "/open311/v2/services.json",
    ] {
        let answer = public.get(path).await;
        assert!(
            answer
                .header("content-security-policy")
                .contains("frame-ancestors 'none'"),
            "{path}"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
    }
    let login = json!({ "login": "seat", "password": "wrong-password-1" });
    let refused = public.post("/api/v1/session", &login).await;
    assert_eq!(refused.header("cache-control"), "no-store");
}
