//! The reporter's name and phone: who needs them reads them, the reading is an entry, everyone else never sees them.

use serde_json::Value as Json;

use crate::city::City;
use crate::client::{Answer, Client, dispatched};
use crate::queries::ops_since;

const SECRETS: [&str; 2] = ["演示丙", "13805360001"];

fn is_silent(answer: &Answer, what: &str) {
    for secret in SECRETS {
        assert!(
            !answer.text().contains(secret),
            "`{secret}` in {what}: {}",
            answer.text()
        );
    }
}

/// Everything an officer can open about a case.
fn addresses(case: &str) -> Vec<String> {
    vec![
        format!("/api/v1/cases/{case}"),
        format!("/api/v1/cases/{case}/history"),
        "/api/v1/cases".to_owned(),
        "/api/v1/cases?text=13805360001".to_owned(),
        "/api/v1/tasks".to_owned(),
        format!("/work/cases/{case}"),
        format!("/work/cases/{case}?tab=history"),
        format!("/work/cases/{case}?tab=proof"),
        "/work".to_owned(),
        "/work/cases".to_owned(),
        "/work/cases.csv".to_owned(),
        "/api/v1/registers/city-care.case/records".to_owned(),
        format!("/api/v1/registers/city-care.case/records/{case}"),
        "/api/v1/registers/city-care.case/export.csv".to_owned(),
    ]
}

#[tokio::test]
async fn nobody_meets_the_contact_without_asking_for_it() {
    let city = City::new();
    let (case, _) = dispatched(&city, "water-supply").await;
    for login in [
        "leader",
        "water",
        "seat",
        "inspector",
        "collector",
        "registrar",
        "auditor",
        "admin",
    ] {
        let mut officer = Client::officer(&city, login).await;
        for path in addresses(&case) {
            is_silent(&officer.get(&path).await, &format!("{path} for {login}"));
        }
    }
}

#[tokio::test]
async fn the_leader_and_the_unit_are_refused_the_contact() {
    let city = City::new();
    let (case, _) = dispatched(&city, "water-supply").await;
    let path = format!("/api/v1/cases/{case}/restricted");
    for login in ["leader", "water", "arbiter"] {
        let mut officer = Client::officer(&city, login).await;
        let size = city.size();
        let refused = officer.post(&path, &Json::Null).await;
        refused.refusal(403);
        is_silent(&refused, login);
        assert_eq!(city.size(), size);
    }
    Client::officer(&city, "drains")
        .await
        .post(&path, &Json::Null)
        .await
        .refusal(404);
}

#[tokio::test]
async fn the_seat_reads_the_contact_and_the_reading_is_in_the_history() {
    let city = City::new();
    let (case, _) = dispatched(&city, "water-supply").await;
    let mut seat = Client::officer(&city, "seat").await;
    let view = seat.get(&format!("/api/v1/cases/{case}")).await.is(200);
    let mut masked: Vec<&str> = view["masked"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Json::as_str)
        .collect();
    masked.sort_unstable();
    assert_eq!(masked, ["contact_name", "contact_phone"]);
    let size = city.size();
    let facts = seat
        .post(&format!("/api/v1/cases/{case}/restricted"), &Json::Null)
        .await
        .is(200);
    assert_eq!(facts["facts"]["contact_phone"], "13805360001");
    assert_eq!(ops_since(&city.app, size), ["cases.view_restricted"]);
    let history = seat
        .get(&format!("/api/v1/cases/{case}/history"))
        .await
        .is(200);
    let last = history.as_array().unwrap().last().unwrap();
    assert_eq!(last["op"], "cases.view_restricted");
    assert!(last["note"].to_string().contains("演示seat"), "{last}");
}

#[tokio::test]
async fn the_public_never_meets_contact_nor_words_of_a_report_from_the_page() {
    let city = City::new();
    let (case, number) = dispatched(&city, "water-supply").await;
    let mut public = Client::anonymous(&city);
    for path in [
        format!("/track/{number}"),
        format!("/open311/v2/requests/{number}.json"),
        format!("/open311/v2/requests/{number}.xml"),
        "/open311/v2/requests.json".to_owned(),
        "/near?lon=119.105&lat=36.705".to_owned(),
        "/api/v1/places/similar?lon=119.105&lat=36.705&category=01001".to_owned(),
    ] {
        let answer = public.get(&path).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.status);
        is_silent(&answer, &path);
        assert!(!answer.text().contains("车一过就响"), "{path}");
        assert!(!answer.text().contains(&case), "the inner id in {path}");
    }
}
