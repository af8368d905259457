//! Versions of processes through the doors: what is published, compared, tried, moved and taken back.

use serde_json::{Value as Json, json};

use crate::city::City;
use crate::client::{Client, dispatched};

const VERSIONS: &str = "/api/v1/processes/versions";
const MIGRATIONS: &str = "/api/v1/processes/migrations";

fn from_here(to: &str) -> Json {
    json!({ "system": "city-care", "from": "1.0.0", "to": to, "reason": "演练换版" })
}

#[tokio::test]
async fn running_cases_are_tried_moved_and_taken_back_by_an_administrator() {
    let city = City::with_versions();
    let (case, _) = dispatched(&city, "water-supply").await;
    let mut admin = Client::officer(&city, "admin").await;
    let versions = admin.get(VERSIONS).await.is(200);
    let of = |versions: &Json, version: &str| {
        let mut all = versions.as_array().unwrap().iter();
        let row = all.find(|v| v["system"] == "city-care" && v["version"] == version);
        row.unwrap_or_else(|| panic!("{versions}"))["open"].clone()
    };
    let current = city
        .app
        .engine
        .kind("city-care")
        .unwrap()
        .declared
        .version
        .clone();
    assert_eq!(of(&versions, &current), 1);
    assert_eq!(of(&versions, "0.9.0"), 0);
    let way = format!("system=city-care&from={current}&to=0.9.0");
    let same = admin
        .get(&format!("/api/v1/processes/difference?{way}"))
        .await;
    assert_eq!(
        same.is(200),
        json!([]),
        "the older one of the test says the same"
    );
    let tried = admin
        .get(&format!("{MIGRATIONS}/trial?{way}"))
        .await
        .is(200);
    assert_eq!((&tried["meant"], &tried["moved"]), (&json!(1), &json!(1)));
    let nodes: Vec<&str> = tried["at"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|at| at["node"].as_str())
        .collect();
    assert!(nodes.contains(&"sign"), "{nodes:?}");
    let wrong = admin
        .get(&format!("{MIGRATIONS}/trial?{way}&mapping=nowhere:sign"))
        .await;
    assert_eq!(wrong.refusal(422).1, ["mapping"]);
    let mut seat = Client::officer(&city, "seat").await;
    let mut body = from_here("0.9.0");
    body["from"] = current.as_str().into();
    seat.post(MIGRATIONS, &body).await.refusal(403);
    let begun = admin.post(MIGRATIONS, &body).await.is(201);
    let portions = format!("{MIGRATIONS}/{}/portions", begun["id"].as_str().unwrap());
    let moved = admin.post(&portions, &json!({ "limit": 10 })).await.is(200);
    assert_eq!(moved["moved"], 1);
    assert_eq!(of(&admin.get(VERSIONS).await.is(200), "0.9.0"), 1);
    let mut water = Client::officer(&city, "water").await;
    let view = water.get(&format!("/api/v1/cases/{case}")).await.is(200);
    assert_eq!(
        view["tasks"][0]["node"], "sign",
        "the handler notices nothing"
    );
    let back = admin
        .post(&portions, &json!({ "back": true }))
        .await
        .is(200);
    assert_eq!(back["moved"], 1);
    assert_eq!(of(&admin.get(VERSIONS).await.is(200), &current), 1);
    let listed = admin.get(MIGRATIONS).await.is(200);
    assert_eq!(
        (&listed[0]["moved"], &listed[0]["back"]),
        (&json!(0), &json!(1))
    );
}

#[tokio::test]
async fn the_page_of_versions_compares_tries_and_moves() {
    let city = City::with_versions();
    let _ = dispatched(&city, "water-supply").await;
    let mut admin = Client::officer(&city, "admin").await;
    let current = city
        .app
        .engine
        .kind("city-care")
        .unwrap()
        .declared
        .version
        .clone();
    let overview = admin.get("/admin/versions").await;
    assert!(overview.text().contains("试算迁移"), "{}", overview.text());
    let way = format!("/admin/versions?system=city-care&from={current}&to=0.9.0");
    let page = admin.get(&way).await;
    assert!(page.text().contains("1 件能移"), "{}", page.text());
    let token = page.hidden("_csrf");
    let fields = [
        ("_csrf", token.as_str()),
        ("system", "city-care"),
        ("from", current.as_str()),
        ("to", "0.9.0"),
        ("mapping", "nowhere sign"),
        ("reason", "演练"),
    ];
    let refused = admin.form("/admin/versions", &fields).await;
    assert_eq!(refused.status.as_u16(), 422);
    assert!(refused.text().contains("没有环节 `nowhere`"));
    let mut fields = fields;
    fields[4].1 = "";
    let done = admin.form("/admin/versions", &fields).await;
    assert_eq!(done.status.as_u16(), 303, "{}", done.text());
    let id = admin.get(MIGRATIONS).await.is(200)[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let action = format!("/admin/versions/{id}");
    let fields = [("_csrf", token.as_str()), ("deed", "move"), ("limit", "5")];
    let done = admin.form(&action, &fields).await;
    assert_eq!(done.status.as_u16(), 303, "{}", done.text());
    let page = admin.get("/admin/versions").await;
    assert!(page.text().contains("已移 1 件"));
}

/// Does one operation on versions well; false for other operations.
pub async fn drive(city: &City, operation: &str) -> bool {
    if !matches!(operation, "begin_migration" | "move_portion") {
        return false;
    }
    let _ = dispatched(city, "water-supply").await;
    let mut admin = Client::officer(city, "admin-three").await;
    let begun = admin.post(MIGRATIONS, &from_here("0.9.0")).await.is(201);
    let path = format!("{MIGRATIONS}/{}/portions", begun["id"].as_str().unwrap());
    let moved = admin.post(&path, &json!({})).await.is(200);
    assert_ne!(moved["moved"], 0);
    admin.post(&path, &json!({ "back": true })).await.is(200);
    true
}
