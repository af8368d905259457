//! Language, theme and size switches.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use tower::ServiceExt;
use yuandu_design::{preferences, styleguide};

fn app() -> Router {
    Router::new()
        .merge(preferences::router())
        .merge(styleguide::router())
}

async fn text(request: Request<Body>) -> String {
    let response = app().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20)
        .await
        .unwrap();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn the_language_link_keeps_the_choice_and_leads_back() {
    let request = Request::get("/lang?to=en&back=/track%3Fnumber%3D1")
        .body(Body::empty())
        .unwrap();
    let response = app().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(response.headers()[header::LOCATION], "/track?number=1");
    let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with("yuandu_lang=en; Path=/;"), "{cookie}");
}

#[tokio::test]
async fn an_unknown_language_changes_nothing() {
    let request = Request::get("/lang?to=xx&back=//evil.example")
        .body(Body::empty())
        .unwrap();
    let response = app().oneshot(request).await.unwrap();
    assert_eq!(response.headers()[header::LOCATION], "/");
    assert!(response.headers().get(header::SET_COOKIE).is_none());
}

#[tokio::test]
async fn the_switches_work_without_scripts() {
    let request = Request::post("/preferences")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from("theme=dark&back=%2Fwork"))
        .unwrap();
    let response = app().oneshot(request).await.unwrap();
    assert_eq!(response.headers()[header::LOCATION], "/work");
    let cookie = response.headers()[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.starts_with("yuandu_theme=dark;"), "{cookie}");
}

#[tokio::test]
async fn the_server_renders_what_the_cookies_say() {
    let request = Request::get("/styleguide?part=work")
        .header(
            header::COOKIE,
            "yuandu_lang=en; yuandu_theme=dark; yuandu_size=large",
        )
        .body(Body::empty())
        .unwrap();
    let out = text(request).await;
    assert!(
        out.contains(
            r#"<html lang="en" data-audience="officer" data-theme="dark" data-size="large">"#
        ),
        "{}",
        out.get(..300).unwrap_or(&out)
    );
}
