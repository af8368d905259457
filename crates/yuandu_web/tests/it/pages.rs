//! The other pages of residents, signing in, and failures as pages.

use axum::http::{StatusCode, header};

use crate::town::{Browser, PASSWORD, Town};

#[tokio::test]
async fn every_page_opens_in_both_languages_with_one_heading_and_no_inline_code() {
    let town = Town::new();
    for mut browser in [Browser::new(&town), Browser::new(&town).english()] {
        for path in [
            "/",
            "/report",
            "/track",
            "/near",
            "/near?lon=119.1&lat=36.7",
            "/near?district=%E5%A5%8E%E6%96%87%E5%8C%BA",
            "/calendar",
            "/signin",
            "/help",
            "/about",
            "/data",
            "/search?q=a",
            "/log",
            "/api",
        ] {
            let page = browser.get(path).await;
            assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text);
            assert_eq!(page.text.matches("<h1").count(), 1, "{path}");
            assert!(
                !page.text.contains("style=") && !page.text.contains("<script>"),
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn a_sum_of_the_calendar_is_a_link_and_says_both_mistakes_at_once() {
    let town = Town::new();
    let mut browser = Browser::new(&town);
    let sum = browser
        .get("/calendar?from=2025-01-24T16:30&budget=20d")
        .await;
    assert_eq!(sum.status, StatusCode::OK);
    assert!(sum.text.contains("2025-02-2"), "{}", sum.text);
    let wrong = browser.get("/calendar?from=gestern&budget=20x").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.text.contains("#f-from") && wrong.text.contains("#f-budget"),
        "{}",
        wrong.text
    );
}

#[tokio::test]
async fn an_officer_signs_in_goes_where_they_wanted_and_signs_out() {
    let town = Town::new();
    let mut browser = Browser::new(&town);
    let form = browser.get("/signin?next=/work/map").await;
    assert!(
        form.text.contains("演示账号") && form.text.contains(PASSWORD),
        "{}",
        form.text
    );
    let wrong = browser
        .post(
            "/signin",
            &[
                ("login", "seat"),
                ("password", "wrong"),
                ("next", "/work/map"),
            ],
        )
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("登录名或密码不正确"), "{}", wrong.text);
    let signed_in = browser
        .post(
            "/signin",
            &[
                ("login", "seat"),
                ("password", PASSWORD),
                ("next", "/work/map"),
            ],
        )
        .await;
    assert_eq!(
        signed_in.status,
        StatusCode::SEE_OTHER,
        "{}",
        signed_in.text
    );
    assert_eq!(signed_in.location(), "/work/map");
    let home = browser.get("/").await;
    assert!(
        home.text.contains("演示甲"),
        "the name stands in the header: {}",
        home.text
    );
    let token = home.hidden("_csrf");
    let out = browser.post("/signout", &[("_csrf", &token)]).await;
    assert_eq!(out.status, StatusCode::SEE_OTHER, "{}", out.text);
    assert!(!browser.get("/").await.text.contains("演示甲"));
}

#[tokio::test]
async fn failures_are_pages_for_people_and_json_for_programs() {
    let town = Town::new();
    let mut browser = Browser::new(&town).english();
    let page = browser.get("/no-such-page").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.text.contains("There is no such page"), "{}", page.text);
    let method = browser.post("/near", &[]).await;
    assert_eq!(method.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(method.text.contains("<h1"), "{}", method.text);
    let json = browser.get("/api/v1/nothing").await;
    assert_eq!(json.status, StatusCode::NOT_FOUND);
    assert_eq!(json.headers[header::CONTENT_TYPE], "application/json");
}
