//! What GeoReport v2 refuses, in its own form: a list of errors with code and description, in JSON or XML.

use serde_json::Value as Json;

use crate::city::City;
use crate::client::Client;
use crate::georeport::{Program, REPORT};

fn with<'a>(name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut fields: Vec<(&str, &str)> = REPORT
        .iter()
        .copied()
        .filter(|(known, _)| *known != name)
        .collect();
    if !value.is_empty() {
        fields.push((name, value));
    }
    fields
}

fn without<'a>(names: &[&str]) -> Vec<(&'a str, &'a str)> {
    REPORT
        .iter()
        .copied()
        .filter(|(name, _)| !names.contains(name))
        .collect()
}

fn description(answer: &Json) -> &str {
    answer[0]["description"].as_str().unwrap()
}

#[tokio::test]
async fn a_report_that_cannot_be_taken_is_refused_with_what_is_wrong() {
    let city = City::new();
    let mut program = Program::new(&city);
    program.0 = Client::anonymous(&city).english();
    let size = city.size();
    let long = "长".repeat(5000);
    for (fields, said) in [
        (with("service_code", ""), "service_code was not provided"),
        (
            with("service_code", "99999"),
            "service_code `99999` does not exist",
        ),
        (with("lat", ""), "lat and long must be given together"),
        (with("long", ""), "lat and long must be given together"),
        (without(&["lat", "long"]), "give lat and long"),
        (with("lat", "95"), "place"),
        (with("lat", "abc"), "place"),
        (with("lat", "NaN"), "place"),
        (with("lat", "48.85"), "outside"),
        (with("description", "bad\u{0}words"), "words"),
        (with("description", &long), "words"),
        (with("phone", "12"), "contact_phone"),
        (with("address_string", "a\u{7}b"), "address"),
        (
            [
                without(&["lat", "long"]),
                vec![("address_id", "370705001001999")],
            ]
            .concat(),
            "there is no unit grid",
        ),
    ] {
        let refused = program.post(&fields).await.is(400);
        assert_eq!(refused[0]["code"], 400);
        assert!(description(&refused).contains(said), "{said}: {refused}");
    }
    let both = program.post(&[("phone", "1")]).await.is(400);
    assert!(
        description(&both).contains("service_code") && description(&both).contains("lat"),
        "all at once: {both}"
    );
    assert_eq!(city.size(), size, "nothing was written");
}

#[tokio::test]
async fn another_jurisdiction_and_unknown_addresses_are_not_found() {
    let city = City::new();
    let mut program = Program::new(&city);
    let size = city.size();
    let other = program
        .post(&with("jurisdiction_id", "boston.gov"))
        .await
        .is(404);
    assert!(description(&other).contains("boston.gov"));
    program
        .get("services.json?jurisdiction_id=boston.gov")
        .await
        .is(404);
    program
        .get("requests.json?jurisdiction_id=boston.gov")
        .await
        .is(404);
    program.get("nothing.json").await.is(404);
    program.get("requests.yaml").await.is(400);
    let xml = program.get("nothing.xml").await;
    assert!(
        xml.status == 404 && xml.text().contains("<errors><error><code>404</code>"),
        "{}",
        xml.text()
    );
    let wrong = program
        .0
        .form("/open311/v2/services.json", &REPORT)
        .await
        .is(404);
    assert!(description(&wrong).contains("post them to requests"));
    assert_eq!(city.size(), size);
}

#[tokio::test]
async fn filters_that_make_no_sense_are_refused() {
    let city = City::new();
    let mut program = Program::new(&city);
    for query in [
        "status=lost",
        "start_date=yesterday",
        "start_date=2026-09-03T00:00:00Z&end_date=2026-09-01T00:00:00Z",
        "start_date=2026-01-01T00:00:00Z&end_date=2026-09-01T00:00:00Z",
    ] {
        let refused = program.get(&format!("requests.json?{query}")).await.is(400);
        assert_eq!(refused[0]["code"], 400, "{query}");
    }
    let none = program
        .get("requests.json?service_request_id=nonsense")
        .await
        .is(200);
    assert_eq!(none, Json::Array(Vec::new()));
}

#[tokio::test]
async fn a_session_cookie_gives_a_program_nothing_more() {
    let city = City::new();
    let (_, number) = Client::anonymous(&city).report().await;
    let path = format!("/open311/v2/requests/{number}.json");
    let public = Client::anonymous(&city).get(&path).await.text();
    let mut seat = Client::officer(&city, "seat").await;
    assert_eq!(seat.get(&path).await.text(), public);
}
