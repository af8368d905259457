//! What GeoReport v2 refuses, in its own form: a list of errors with code and description, in JSON or XML.

use axum::http::{Request, header};
use serde_json::Value as Json;

use crate::city::{City, OTHER_GRID};
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

/// Everything that is said to be wrong, a line each.
fn description(answer: &Json) -> String {
    let all = answer.as_array().unwrap().iter();
    let told = all.map(|error| error["description"].as_str().unwrap());
    told.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_report_that_cannot_be_taken_is_refused_with_what_is_wrong() {
    let city = City::new();
    let mut program = Program::new(&city);
    program.0 = Client::anonymous(&city).english();
    let size = city.size();
    let long = "长".repeat(5000);
    for (fields, said) in [
        (
            with("service_code", ""),
            "service_code: it was not provided",
        ),
        (
            with("service_code", "99999"),
            "service_code: `99999` does not exist",
        ),
        (with("lat", ""), "lat: lat and long must be given together"),
        (
            with("long", ""),
            "long: lat and long must be given together",
        ),
        (without(&["lat", "long"]), "lat, long: give lat and long"),
        (with("lat", "95"), "lat: latitude `95` is outside"),
        (with("long", "abc"), "long: `abc` is not a usable longitude"),
        (with("lat", "NaN"), "lat: `NaN`"),
        (with("lat", "48.85"), "lat, long: the position is outside"),
        (with("description", "bad\u{0}words"), "description: "),
        (with("description", &long), "description: "),
        (with("phone", "12"), "phone: "),
        (with("first_name", "a\u{7}b"), "first_name: "),
        (with("address_string", "a\u{7}b"), "address_string: "),
        (
            [with("", ""), vec![("address_id", "zzz")]].concat(),
            "address_id: there is no unit grid `zzz`",
        ),
        (
            [with("", ""), vec![("address_id", OTHER_GRID)]].concat(),
            "address_id: lat and long lie in the unit grid",
        ),
        (
            [with("", ""), vec![("service_code", "01037")]].concat(),
            "service_code: it is given several times",
        ),
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
    let many = program
        .post(&[
            ("service_code", "99999"),
            ("lat", "95"),
            ("long", "abc"),
            ("phone", "abc"),
            ("description", "a\u{7}b"),
        ])
        .await
        .is(400);
    let said = description(&many);
    let names: Vec<&str> = said
        .lines()
        .map(|line| line.split(": ").next().unwrap())
        .collect();
    assert_eq!(
        names,
        ["service_code", "long", "lat", "description", "phone"],
        "all at once: {said}"
    );
    assert_eq!(city.size(), size, "nothing was written");
}

#[tokio::test]
async fn another_jurisdiction_and_unknown_addresses_are_not_found() {
    let city = City::new();
    let mut program = Program::new(&city);
    program.0 = Client::anonymous(&city).english();
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
    program.0 = Client::anonymous(&city).english();
    for (query, status, said) in [
        ("status=lost", 400, "status: `lost` is no status"),
        ("status=both", 400, "open,closed for both"),
        ("start_date=yesterday", 400, "start_date: `yesterday`"),
        (
            "start_date=2026-09-03T00:00:00Z&end_date=2026-09-01T00:00:00Z",
            400,
            "start_date: it is after end_date",
        ),
        (
            "start_date=2026-01-01T00:00:00Z&end_date=2026-09-01T00:00:00Z",
            400,
            "90 days",
        ),
        (
            "service_code=zzz",
            404,
            "service_code: `zzz` does not exist",
        ),
        ("service_code=01001,zzz", 404, "service_code: `zzz`"),
        ("stauts=open", 400, "stauts: there is no such parameter"),
        (
            "status=open&status=closed",
            400,
            "status: it is given several times",
        ),
        (
            "service_code=%ff%fe",
            400,
            "service_code: this is not text in UTF-8",
        ),
    ] {
        let refused = program
            .get(&format!("requests.json?{query}"))
            .await
            .is(status);
        assert_eq!(refused[0]["code"], status, "{query}");
        assert!(description(&refused).contains(said), "{query}: {refused}");
    }
    let all = program
        .get("requests.json?status=x&page=0&end_date=y")
        .await
        .is(400);
    assert_eq!(all.as_array().unwrap().len(), 3, "{all}");
    let none = program
        .get("requests.json?service_request_id=nonsense")
        .await
        .is(200);
    assert_eq!(none, Json::Array(Vec::new()));
}

#[tokio::test]
async fn refusals_are_in_the_language_of_the_program_that_asks() {
    let city = City::new();
    for english in [false, true] {
        let mut program = Program::new(&city);
        if english {
            program.0 = Client::anonymous(&city).english();
        }
        for path in [
            "requests.json?status=lost",
            "requests.json?service_code=zzz",
            "requests.json?jurisdiction_id=boston.gov",
            "services.json?x=1",
            "services/99999.json",
            "requests/20200101-000000-0.json",
            "tokens/20200101-000000-0.json",
            "nothing.json",
        ] {
            let refused = program.get(path).await.json();
            let told = description(&refused);
            assert_eq!(told.is_ascii(), english, "{path}: {told}");
        }
        let refused = program.post(&[("phone", "1")]).await.is(400);
        assert_eq!(description(&refused).is_ascii(), english, "{refused}");
    }
}

#[tokio::test]
async fn what_is_no_text_is_refused_and_what_is_unknown_is_said() {
    let city = City::new();
    let mut program = Program::new(&city);
    let size = city.size();
    let body = "service_code=01001&lat=36.705&long=119.105&description=%ff%fe";
    let request = Request::post("/open311/v2/requests.json")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let refused = program.0.send(request, body).await.is(400);
    assert!(
        description(&refused).starts_with("description："),
        "{refused}"
    );
    assert_eq!(city.size(), size);
    let taken = program
        .post(&[REPORT.as_slice(), &[("lattitude", "1")]].concat())
        .await
        .is(200);
    let notice = taken[0]["service_notice"].as_str().unwrap();
    assert!(notice.contains("lattitude"), "{notice}");
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
