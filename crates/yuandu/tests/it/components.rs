//! The owner of a component follows the component, in a report and in a decision.

use serde_json::json;

use crate::city::{City, MANHOLE};
use crate::client::{Client, on_the_spot, report};

#[tokio::test]
async fn the_component_named_when_a_case_is_accepted_brings_its_owner_who_gets_the_case() {
    let city = City::new();
    let (case, _) = Client::anonymous(&city).report().await;
    let mut collector = Client::officer(&city, "collector").await;
    let photo = collector.photo().await;
    let form = on_the_spot("verify_photos", &photo);
    collector.decide(&case, "confirmed", form).await.is(200);
    let mut seat = Client::officer(&city, "seat").await;
    let size = city.size();
    let unknown = json!({ "category": "01001", "component": "37070501001999999" });
    let (_, fields) = seat.decide(&case, "accept", unknown).await.refusal(422);
    assert_eq!((fields, city.size()), (vec!["component".to_owned()], size));
    let form = json!({ "category": "01001", "component": MANHOLE });
    seat.decide(&case, "accept", form).await.is(200);
    let facts = seat.get(&format!("/api/v1/cases/{case}")).await.is(200)["facts"].clone();
    assert_eq!(facts["component_owner"], "drainage");
    assert_eq!(
        facts["suggested_org"], "drainage",
        "the owner comes before the trade"
    );
}

#[tokio::test]
async fn a_collectors_report_of_a_component_brings_its_owner() {
    let city = City::new();
    let mut collector = Client::officer(&city, "collector").await;
    let mut body = report();
    body["facts"]["component"] = json!(MANHOLE);
    body["facts"]["reporter_kind"] = json!("collector");
    body["facts"]["component_owner"] = json!("water-supply");
    let opened = collector.post("/api/v1/cases", &body).await.is(201);
    let path = format!("/api/v1/cases/{}", opened["id"].as_str().unwrap());
    let view = collector.get(&path).await.is(200);
    assert_eq!(
        view["facts"]["component_owner"], "drainage",
        "the register knows better"
    );
    assert_eq!(
        view["case"]["stage"], "accept",
        "who was there need not verify"
    );
}
