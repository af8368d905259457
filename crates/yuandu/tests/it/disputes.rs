//! A value said to be wrong, through HTTP: opened by who sees it, answered by who keeps it, read again by everyone.

use serde_json::{Value as Json, json};

use crate::city::City;
use crate::client::Client;

const REGISTER: &str = "/api/v1/registers/spatial.division";

/// Does one operation well, as someone who may.
pub async fn drive(city: &City, id: &str) {
    let dispute = opened(city).await;
    if id == "open_dispute" {
        assert_eq!(dispute["register"], "spatial.division");
        assert_eq!(dispute["lamp"], "green");
        return;
    }
    let number = dispute["number"].as_str().unwrap();
    let path = format!("{REGISTER}/disputes/{number}/answer");
    let mut registrar = Client::officer(city, "registrar").await;
    let body = json!({ "value": "奎文区（正）", "answer": "核对了批文" });
    let answered = registrar.post(&path, &body).await.is(200);
    assert_eq!(answered["state"], "corrected");
    let mut anyone = Client::anonymous(city);
    let record = anyone
        .get(&format!("{REGISTER}/records/370705"))
        .await
        .is(200);
    assert_eq!(record["values"]["name"], "奎文区（正）");
    let again = registrar.post(&path, &body).await;
    assert_eq!(again.status, 409, "{}", again.text());
    // A correction is the record's own entry; what is upheld has an entry of its own.
    let second = opened(city).await;
    let path = format!(
        "{REGISTER}/disputes/{}/answer",
        second["number"].as_str().unwrap()
    );
    let upheld = registrar
        .post(&path, &json!({ "answer": "核对了批文，无误" }))
        .await
        .is(200);
    assert_eq!(upheld["state"], "upheld");
}

async fn opened(city: &City) -> Json {
    let mut seat = Client::officer(city, "seat").await;
    let body = json!({ "field": "name", "claimed": "奎文区（正）", "reason": "批文上是这样" });
    let path = format!("{REGISTER}/records/370705/disputes");
    seat.post(&path, &body).await.is(200)
}

#[tokio::test]
async fn a_dispute_is_seen_by_who_opened_it_and_who_keeps_the_register_alone() {
    let city = City::new();
    let dispute = opened(&city).await;
    let page = format!(
        "/work/registers/spatial.division/disputes/{}",
        dispute["number"].as_str().unwrap()
    );
    for (login, status) in [("seat", 200), ("registrar", 200), ("water", 404)] {
        let answer = Client::officer(&city, login).await.get(&page).await;
        assert_eq!(answer.status, status, "{login}");
    }
    let mut seat = Client::officer(&city, "seat").await;
    seat.get(&format!("{REGISTER}/disputes")).await.refusal(403);
    seat.get(&format!("{REGISTER}/quality")).await.refusal(403);
    let mut registrar = Client::officer(&city, "registrar").await;
    let card = registrar.get(&format!("{REGISTER}/quality")).await.is(200);
    assert_eq!(card["disputes"], 1);
    assert!(card["records"].as_u64().unwrap() > 0);
}
