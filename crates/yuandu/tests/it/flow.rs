//! One matter through the hands of six people, over JSON.

use serde_json::json;

use crate::city::{City, GRID, MORNING};
use crate::client::{Client, dispatched, on_the_spot, report};

#[tokio::test]
async fn a_report_goes_through_six_hands_to_its_end() {
    let city = City::new();
    let (case, number) = dispatched(&city, "water-supply").await;
    let mut water = Client::officer(&city, "water").await;
    let inbox = water.get("/api/v1/tasks").await.is(200);
    assert_eq!(inbox["tasks"][0]["number"], number.as_str());
    water.decide(&case, "sign", json!({})).await.is(200);
    let extension = json!({ "days": "2d", "reason": "配件要从外地调运" });
    water.decide(&case, "extend", extension).await.is(200);
    let mut arbiter = Client::officer(&city, "arbiter").await;
    let before = arbiter.get(&format!("/api/v1/cases/{case}")).await.is(200);
    let opinion = json!({ "opinion": "同意" });
    arbiter.decide(&case, "approve", opinion).await.is(200);
    let after = arbiter.get(&format!("/api/v1/cases/{case}")).await.is(200);
    assert!(after["facts"]["handle_due"].as_str() > before["facts"]["handle_due"].as_str());
    let done = json!({ "opinion": "已更换井盖" });
    water.decide(&case, "done", done).await.is(200);
    let mut collector = Client::officer(&city, "collector").await;
    let photo = collector.photo().await;
    let check = on_the_spot("check_photos", &photo);
    collector.decide(&case, "fixed", check).await.is(200);
    let mut inspector = Client::officer(&city, "inspector").await;
    let answer = json!({ "answer": "井盖已更换，感谢您的上报" });
    let closed = inspector.decide(&case, "close", answer).await.is(200);
    assert_eq!(closed["status"], "closed");
    let mut leader = Client::officer(&city, "leader").await;
    let history = leader
        .get(&format!("/api/v1/cases/{case}/history"))
        .await
        .is(200);
    let ops: Vec<&str> = history
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["op"].as_str().unwrap())
        .collect();
    assert_eq!(
        ops.iter()
            .filter(|op| **op == "cases.complete_task")
            .count(),
        9,
        "{ops:?}"
    );
    let board = leader
        .get("/api/v1/indicators/city-care?from=2026-09-21&to=2026-09-22")
        .await
        .is(200);
    assert_eq!(board["figures"].as_array().unwrap().len(), 13);
    let track = Client::anonymous(&city)
        .get(&format!("/track/{number}"))
        .await;
    assert!(track.text().contains("井盖已更换，感谢您的上报"));
}

#[tokio::test]
async fn a_send_back_without_an_owner_is_refused_at_that_field() {
    let city = City::new();
    let (case, _) = dispatched(&city, "water-supply").await;
    let mut water = Client::officer(&city, "water").await.english();
    let size = city.size();
    let form = json!({ "reason": "不是我们的井盖", "evidence_words": "养护合同第 3 条" });
    let refused = water.decide(&case, "send_back", form.clone()).await;
    let (_, fields) = refused.refusal(422);
    assert_eq!(fields, ["suggested_owner"]);
    assert_eq!(city.size(), size, "nothing was written");
    let mut whole = form;
    whole["suggested_owner"] = json!("drainage");
    let back = water
        .decide(&case, "send_back", whole.clone())
        .await
        .is(200);
    assert_eq!(back["next"][0]["node"], "dispatch");
    whole["suggested_owner"] = json!("nobody");
    let mut seat = Client::officer(&city, "seat").await;
    seat.decide(&case, "dispatch", json!({ "org": "water-supply" }))
        .await
        .is(200);
    let (_, fields) = water.decide(&case, "send_back", whole).await.refusal(422);
    assert_eq!(fields, ["suggested_owner"], "an owner that does not exist");
}

#[tokio::test]
async fn a_task_that_someone_did_meanwhile_is_refused_with_who_and_when() {
    let city = City::new();
    let (case, _) = dispatched(&city, "water-supply").await;
    let mut first = Client::officer(&city, "water").await;
    let task = first.task(&case).await;
    let mut second = Client::officer(&city, "water").await.english();
    first.complete(&task, "sign", json!({})).await.is(200);
    let size = city.size();
    let stale = second.complete(&task, "sign", json!({})).await;
    assert_eq!(stale.refusal(409).0, "cases.task_done");
    let message = stale.json()["message"].as_str().unwrap().to_owned();
    assert!(
        message.contains("演示water") && message.contains("2026-09-21 09:00"),
        "{message}"
    );
    assert_eq!(city.size(), size);
}

#[tokio::test]
async fn only_the_tasks_own_role_unit_and_grid_may_decide() {
    let city = City::new();
    let (case, _) = dispatched(&city, "water-supply").await;
    let mut water = Client::officer(&city, "water").await;
    let task = water.task(&case).await;
    let size = city.size();
    for login in ["drains", "seat", "leader", "admin", "inspector"] {
        let mut other = Client::officer(&city, login).await;
        let signed_in = city.size();
        let refused = other.complete(&task, "sign", json!({})).await;
        assert!(
            [403, 404].contains(&refused.status.as_u16()),
            "{login}: {}",
            refused.text()
        );
        assert_eq!(city.size(), signed_in);
    }
    let mut drains = Client::officer(&city, "drains").await;
    drains
        .get(&format!("/api/v1/cases/{case}"))
        .await
        .refusal(404);
    let list = drains.get("/api/v1/cases").await.is(200);
    assert_eq!(list["cases"].as_array().unwrap().len(), 0);
    assert!(city.size() > size, "only sign-ins were written");
}

#[tokio::test]
async fn a_request_sent_twice_with_its_key_is_done_once() {
    let city = City::new();
    let mut resident = Client::anonymous(&city);
    let first = resident
        .post_with_key("/api/v1/cases", "k1", &report())
        .await
        .is(201);
    let size = city.size();
    let again = resident
        .post_with_key("/api/v1/cases", "k1", &report())
        .await
        .is(201);
    assert_eq!(
        (&first["id"], &again["replayed"]),
        (&again["id"], &json!(true))
    );
    let mut other = report();
    other["facts"]["words"] = json!("别的事情");
    let reused = resident.post_with_key("/api/v1/cases", "k1", &other).await;
    assert_eq!(reused.refusal(409).0, "idempotency.key_reused");
    assert_eq!(city.size(), size);
    let long = "k".repeat(201);
    resident
        .post_with_key("/api/v1/cases", &long, &report())
        .await
        .refusal(422);
}

#[tokio::test]
async fn a_decision_sent_twice_with_its_key_is_taken_once() {
    let city = City::new();
    let (case, _) = dispatched(&city, "water-supply").await;
    let mut water = Client::officer(&city, "water").await;
    let path = format!("/api/v1/tasks/{}/complete", water.task(&case).await);
    let sign = json!({ "outcome": "sign", "data": {} });
    let first = water.post_with_key(&path, "d1", &sign).await.is(200);
    let size = city.size();
    let again = water.post_with_key(&path, "d1", &sign).await.is(200);
    assert_eq!((first, city.size()), (again, size));
    let other = json!({ "outcome": "send_back", "data": {} });
    water.post_with_key(&path, "d1", &other).await.refusal(409);
}

#[tokio::test]
async fn a_stranger_cannot_skip_the_verification_nor_state_what_officers_find() {
    let city = City::new();
    let mut stranger = Client::anonymous(&city);
    for (field, value) in [
        ("reporter_kind", json!("collector")),
        ("answer", json!("已处理")),
        ("verify_photos", json!([])),
        ("component", json!("37070501001000001")),
        ("accepted_at", json!(MORNING)),
        ("handle_budget", json!("1d")),
        ("valid", json!(true)),
    ] {
        let mut forged = report();
        forged["facts"][field] = value;
        let size = city.size();
        let (_, fields) = stranger.post("/api/v1/cases", &forged).await.refusal(422);
        assert_eq!((fields, city.size()), (vec![field.to_owned()], size));
    }
    let (case, _) = stranger.report().await;
    let mut seat = Client::officer(&city, "seat").await;
    let view = seat.get(&format!("/api/v1/cases/{case}")).await.is(200);
    assert_eq!(view["case"]["stage"], "verify");
}

#[tokio::test]
async fn an_officer_who_walks_no_grids_reports_what_is_verified_first() {
    let city = City::new();
    for login in ["auditor", "seat", "water"] {
        let mut officer = Client::officer(&city, login).await;
        let mut forged = report();
        for seen in ["collector", "import", "hotline"] {
            forged["facts"]["reporter_kind"] = json!(seen);
            let size = city.size();
            officer.post("/api/v1/cases", &forged).await.refusal(403);
            assert_eq!(city.size(), size, "{login} {seen}");
        }
    }
    let mut seat = Client::officer(&city, "seat").await;
    let (case, _) = seat.report().await;
    let view = seat.get(&format!("/api/v1/cases/{case}")).await.is(200);
    assert_eq!(view["case"]["stage"], "verify");
    assert_eq!(view["facts"]["reporter_kind"], "officer");
    let mut collector = Client::officer(&city, "collector").await;
    let (case, _) = collector.report().await;
    let view = collector
        .get(&format!("/api/v1/cases/{case}"))
        .await
        .is(200);
    assert_eq!(view["case"]["stage"], "accept");
}

#[tokio::test]
async fn a_report_without_a_point_gets_its_grid_from_where_the_collector_stands() {
    let city = City::new();
    let mut body = report();
    body["lon"].take();
    body["lat"].take();
    body["address"] = json!("后门街与东风街口");
    let opened = Client::anonymous(&city)
        .post("/api/v1/cases", &body)
        .await
        .is(201);
    let case = opened["id"].as_str().unwrap().to_owned();
    let mut collector = Client::officer(&city, "collector").await;
    let path = format!("/api/v1/cases/{case}");
    let before = collector.get(&path).await.is(200)["case"].clone();
    assert!(
        before["grid"].is_null() && before["lon"].is_null(),
        "{before}"
    );
    let nowhere = collector
        .get("/api/v1/cases?division=none&grid=none")
        .await
        .is(200);
    assert_eq!(nowhere["cases"][0]["id"], case.as_str());
    let photo = collector.photo().await;
    let form = on_the_spot("verify_photos", &photo);
    collector.decide(&case, "confirmed", form).await.is(200);
    let mut seat = Client::officer(&city, "seat").await;
    let after = seat.get(&path).await.is(200)["case"].clone();
    assert_eq!(after["grid"], GRID);
    let nowhere = seat.get("/api/v1/cases?division=none").await.is(200);
    assert_eq!(nowhere["cases"], json!([]), "its division is known too");
    assert_eq!(
        after["address"], "后门街与东风街口",
        "what the reporter wrote stays"
    );
}
