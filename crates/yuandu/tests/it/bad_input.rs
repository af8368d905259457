//! What cannot be right is refused with a code, words in the reader's language and the field; nothing changes.

use axum::body::Body;
use axum::http::{Request, header};
use serde_json::{Value as Json, json};

use crate::city::City;
use crate::client::{Client, json_post, on_the_spot, png, report};

#[tokio::test]
async fn a_report_with_impossible_content_is_refused_at_its_field() {
    let city = City::new();
    let mut resident = Client::anonymous(&city);
    let size = city.size();
    for (change, field) in [
        (json!({ "lon": 181.0 }), "place"),
        (json!({ "lat": -91.0 }), "place"),
        (json!({ "lon": null }), "lon"),
        (json!({ "lat": null }), "lat"),
        (json!({ "lon": 2.35, "lat": 48.85 }), "place"),
        (json!({ "lon": 0.0, "lat": 0.0 }), "place"),
        (json!({ "category": "99999" }), "category"),
        (json!({ "category": "' OR 1=1 --" }), "category"),
        (json!({ "address": "东风\u{0}街" }), "address"),
        (json!({ "facts": { "words": "有\u{0}坏" } }), "words"),
        (json!({ "facts": { "words": "有\u{1b}[2J坏" } }), "words"),
        (json!({ "facts": { "words": "长".repeat(1001) } }), "words"),
        (json!({ "facts": {} }), "words"),
        (
            json!({ "facts": { "words": "x", "contact_phone": "12" } }),
            "contact_phone",
        ),
        (
            json!({ "facts": { "words": "x", "nonsense": 1 } }),
            "nonsense",
        ),
        (
            json!({ "facts": { "words": "x", "photos": ["../../etc/passwd"] } }),
            "photos",
        ),
        (
            json!({ "facts": { "words": "x", "photos": ["a".repeat(64)] } }),
            "photos",
        ),
    ] {
        let mut body = report();
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        let answer = resident.post("/api/v1/cases", &body).await;
        let (_, fields) = answer.refusal(422);
        assert!(fields.contains(&field.to_owned()), "{change}: {fields:?}");
    }
    let unknown = json!({ "system": "no-such-system", "facts": {} });
    resident.post("/api/v1/cases", &unknown).await.refusal(404);
    assert_eq!(city.size(), size, "nothing was written");
}

#[tokio::test]
async fn a_decision_with_impossible_content_is_refused_at_its_field() {
    let city = City::new();
    let (case, _) = Client::anonymous(&city).report().await;
    let mut collector = Client::officer(&city, "collector").await;
    let photo = collector.photo().await;
    let good = on_the_spot("verify_photos", &photo);
    let size = city.size();
    for (field, value) in [
        ("verify_photos", json!([])),
        ("verify_photos", json!(["b".repeat(64)])),
        ("verify_photos", json!("x")),
        ("place", json!({ "lon": 400, "lat": 36 })),
        ("place", json!(null)),
        ("opinion", json!("坏\u{0}")),
        ("opinion", json!("长".repeat(501))),
        ("org", json!("water-supply")),
    ] {
        let mut form = good.clone();
        form[field] = value.clone();
        let (_, fields) = collector
            .decide(&case, "confirmed", form)
            .await
            .refusal(422);
        assert!(
            fields.contains(&field.to_owned()),
            "{field}={value}: {fields:?}"
        );
    }
    let (_, fields) = collector.decide(&case, "burn", good).await.refusal(422);
    assert_eq!((fields, city.size()), (vec!["outcome".to_owned()], size));
}

#[tokio::test]
async fn what_is_not_the_promised_json_is_refused_in_our_shape_and_language() {
    let city = City::new();
    let size = city.size();
    for (body, status, code) in [
        ("{", 400, "json.syntax"),
        ("", 400, "json.syntax"),
        ("\u{feff}{}", 400, "json.syntax"),
        ("[]", 422, "json.shape"),
        ("{}", 422, "json.shape"),
        (r#"{"system":1}"#, 422, "json.shape"),
        (r#"{"system":"city-care","lon":1e999}"#, 400, "json.syntax"),
        (r#"{"system":"city-care","extra":true}"#, 422, "json.shape"),
    ] {
        let mut zh = Client::anonymous(&city);
        let answer = zh.send(json_post("/api/v1/cases"), body).await;
        assert_eq!(answer.refusal(status).0, code, "{body}");
        assert!(
            !answer.json()["message"].as_str().unwrap().is_ascii(),
            "{}",
            answer.text()
        );
        let mut en = Client::anonymous(&city).english();
        let answer = en.send(json_post("/api/v1/cases"), body).await;
        assert!(
            answer.text().is_ascii() || body.contains('\u{feff}'),
            "{}",
            answer.text()
        );
    }
    assert_eq!(city.size(), size);
}

#[tokio::test]
async fn addresses_methods_and_queries_that_do_not_exist_are_refused_in_our_shape() {
    let city = City::new();
    let mut seat = Client::officer(&city, "seat").await.english();
    let (case, _) = Client::anonymous(&city).report().await;
    for (path, status) in [
        ("/api/v1/nothing", 404),
        ("/api/v1/cases/nothing", 404),
        ("/api/v1/cases/nothing/history", 404),
        ("/api/v1/registers/no.such/records", 404),
        ("/api/v1/registers/spatial.division/records/1", 404),
        ("/api/v1/registers/spatial.division/records?limit=0", 422),
        ("/api/v1/registers/spatial.division/records?colour=red", 422),
        (
            "/api/v1/registers/spatial.division/records?sort=colour",
            422,
        ),
        ("/api/v1/registers/spatial.division/records?after=%00", 422),
        ("/api/v1/cases?limit=1001", 422),
        ("/api/v1/cases?lamp=blue", 422),
        ("/api/v1/cases?bbox=1,2,3", 422),
        ("/api/v1/cases?bbox=NaN,NaN,NaN,NaN", 422),
        ("/api/v1/cases?order=random", 422),
        ("/api/v1/tasks?view=none", 422),
        ("/api/v1/places/locate", 422),
        ("/api/v1/places/locate?lon=abc&lat=1", 422),
        ("/api/v1/places/locate?lon=NaN&lat=inf", 422),
        ("/api/v1/calendar/due?from=yesterday&budget=1d", 422),
        ("/api/v1/calendar/due?from=2026-09-21T09:00&budget=-1d", 422),
        ("/api/v1/indicators/nothing", 404),
        ("/api/v1/indicators/city-care?from=soon", 422),
    ] {
        let answer = seat.get(path).await;
        answer.refusal(status);
        assert!(
            answer.json()["message"].as_str().unwrap().is_ascii(),
            "{path}: {}",
            answer.text()
        );
    }
    let request = Request::delete(format!("/api/v1/cases/{case}"));
    let answer = seat.send(request, Body::empty()).await;
    assert_eq!(answer.refusal(405).0, "method");
    assert!(answer.header("allow").contains("GET"));
    let mut auditor = Client::officer(&city, "auditor").await;
    auditor.get("/api/v1/log/proof/99999").await.refusal(404);
    auditor.get("/api/v1/log/proof/first").await.refusal(400);
    auditor.get("/api/v1/log/proof/-1").await.refusal(400);
    auditor.get("/api/v1/log/proof/0").await.is(200);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_as_json_or_page_in_the_readers_language() {
    let city = City::new();
    let size = city.size();
    let large = vec![b' '; 42 * 1024 * 1024];
    let mut en = Client::anonymous(&city).english();
    let answer = en.send(json_post("/api/v1/cases"), large.clone()).await;
    assert_eq!(answer.refusal(413).0, "too_large");
    assert!(
        answer.json()["message"]
            .as_str()
            .unwrap()
            .contains("too large")
    );
    let mut zh = Client::anonymous(&city);
    let request = Request::post("/api/v1/photos").header(header::CONTENT_TYPE, "image/jpeg");
    let answer = zh.send(request, large.clone()).await;
    assert!(
        answer.json()["message"].as_str().unwrap().contains("太大"),
        "{}",
        answer.text()
    );
    assert_eq!(answer.status, 413);
    let request = Request::post("/open311/v2/requests.json")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let answer = zh.send(request, large.clone()).await;
    assert_eq!(answer.is(413)[0]["code"], 413);
    let request =
        Request::post("/signin").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let page = zh.send(request, large).await;
    assert_eq!(page.status, 413);
    assert!(page.header("content-type").starts_with("text/html") && page.text().contains("太大"));
    assert_eq!(city.size(), size);
}

#[tokio::test]
async fn what_is_no_photo_is_refused_by_its_bytes_not_by_its_name() {
    let city = City::new();
    let mut resident = Client::anonymous(&city);
    let size = city.size();
    let photo = png(30, 20);
    let whole: &[u8] = &photo;
    for (kind, bytes, status, code) in [
        (
            "image/jpeg",
            &b"#!/bin/sh\nrm -rf /"[..],
            422,
            "photos.not_a_photo",
        ),
        (
            "image/png",
            &b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..],
            422,
            "photos.not_a_photo",
        ),
        ("image/png", &b"GIF89a"[..], 422, "photos.not_a_photo"),
        ("image/png", &b""[..], 422, "photos.not_a_photo"),
        (
            "image/png",
            &whole[..whole.len() / 2],
            422,
            "photos.damaged",
        ),
        ("text/html", whole, 415, "media_type"),
    ] {
        let request = Request::post("/api/v1/photos").header(header::CONTENT_TYPE, kind);
        let answer = resident.send(request, bytes.to_vec()).await;
        assert_eq!(answer.refusal(status).0, code, "{kind}");
    }
    assert_eq!(city.size(), size);
    let name = resident.photo().await;
    let kept = resident.get(&format!("/photos/{name}")).await;
    assert!(kept.header("content-type") == "image/jpeg" && kept.bytes.starts_with(&[0xff, 0xd8]));
    let mut body = report();
    body["facts"]["photos"] = json!([name]);
    resident.post("/api/v1/cases", &body).await.is(201);
    body["facts"]["photos"] = Json::Array(vec![json!(name); 5]);
    let (_, fields) = resident.post("/api/v1/cases", &body).await.refusal(422);
    assert_eq!(fields, ["photos"]);
}

#[tokio::test]
async fn a_file_with_bad_rows_changes_nothing_and_says_what_is_wrong_in_each() {
    let city = City::new();
    let mut registrar = Client::officer(&city, "registrar").await;
    let path = "/api/v1/registers/spatial.division/import";
    let size = city.size();
    let request = || Request::post(path).header(header::CONTENT_TYPE, "text/csv");
    let file = "code,name,level\n370783,寿光市,county\n99,x,county\n370784,安丘市,nonsense\n";
    let report = registrar.send(request(), file).await.is(422);
    assert_eq!(
        (&report["rows"], &report["failed"]),
        (&json!(3), &json!(2)),
        "{report}"
    );
    assert_eq!(report["committed"], false);
    for broken in ["", "colour\nred\n", "code,name\n\u{0},\"open\n"] {
        let answer = registrar.send(request(), broken).await;
        assert_eq!(answer.status, 422, "{broken:?}: {}", answer.text());
    }
    let answer = registrar.send(request(), vec![0xff, 0xfe, 0x00]).await;
    assert_eq!(answer.status, 422, "{}", answer.text());
    assert_eq!(city.size(), size);
}
