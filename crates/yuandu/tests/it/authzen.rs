//! AuthZEN Authorization API 1.0: other systems ask the gate.

use axum::http::{Request, header};
use serde_json::{Value as Json, json};

use crate::city::City;
use crate::client::{Answer, Client};
use crate::relying::Rp;

async fn asker(city: &City, scope: &str) -> String {
    let more =
        json!({ "grant_types": ["client_credentials"], "redirect_uris": [], "scope": scope });
    let rp = Rp::with(city, true, more).await;
    let given = rp
        .ask(
            city,
            "/oauth/token",
            &[("grant_type", "client_credentials")],
        )
        .await
        .is(200);
    given["access_token"].as_str().unwrap().to_owned()
}

async fn ask(city: &City, token: &str, path: &str, body: &Json) -> Answer {
    let request = Request::post(format!("/access/v1/{path}"))
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header("x-request-id", "q-7");
    Client::anonymous(city)
        .send(request, body.to_string())
        .await
}

fn question(login: &str, action: &str, kind: &str, id: &str) -> Json {
    json!({ "subject": { "type": "user", "id": login }, "action": { "name": action }, "resource": { "type": kind, "id": id } })
}

#[tokio::test]
async fn a_decision_is_the_one_the_gate_takes_here() {
    let city = City::new();
    let token = asker(&city, "authzen").await;
    for (login, action, allowed) in [
        ("admin", "admin.write", true),
        ("auditor", "admin.write", false),
        ("auditor", "log.view", true),
        ("security", "sso.manage", true),
        ("admin", "sso.manage", false),
        ("nobody", "admin.write", false),
        ("admin", "no.such.action", false),
    ] {
        let answer = ask(
            &city,
            &token,
            "evaluation",
            &question(login, action, "system", "platform"),
        )
        .await;
        assert_eq!(answer.header("x-request-id"), "q-7");
        assert_eq!(answer.is(200)["decision"], allowed, "{login} {action}");
    }
}

#[tokio::test]
async fn what_a_caller_says_about_our_resources_is_not_believed() {
    let city = City::new();
    let token = asker(&city, "authzen").await;
    let (case, _) = Client::anonymous(&city).report().await;
    let mut asked = question("collector", "cases.view", "case", &case);
    let honest = ask(&city, &token, "evaluation", &asked).await.is(200);
    asked["resource"]["properties"] = json!({ "grid": "someone else's", "org": "x" });
    assert_eq!(
        ask(&city, &token, "evaluation", &asked).await.is(200),
        honest
    );
}

#[tokio::test]
async fn many_questions_are_worked_through_as_asked() {
    let city = City::new();
    let token = asker(&city, "authzen").await;
    let mut asked = question("auditor", "admin.view", "system", "platform");
    asked["evaluations"] = json!([
        { "action": { "name": "log.view" } },
        { "action": { "name": "admin.write" } },
        { "subject": { "type": "alien", "id": "x" } },
        { "subject": { "type": "user", "id": "admin" }, "action": { "name": "admin.write" } },
    ]);
    let decisions = |answer: &Json| -> Vec<bool> {
        answer["evaluations"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["decision"].as_bool().unwrap())
            .collect()
    };
    let all = ask(&city, &token, "evaluations", &asked).await.is(200);
    assert_eq!(decisions(&all), [true, false, false, true]);
    assert_eq!(all["evaluations"][2]["context"]["error"]["status"], 400);
    for (semantic, expected) in [
        ("deny_on_first_deny", vec![true, false]),
        ("permit_on_first_permit", vec![true]),
    ] {
        asked["options"] = json!({ "evaluations_semantic": semantic });
        let some = ask(&city, &token, "evaluations", &asked).await.is(200);
        assert_eq!(decisions(&some), expected, "{semantic}");
    }
    let single = question("auditor", "log.view", "system", "platform");
    assert_eq!(
        ask(&city, &token, "evaluations", &single).await.is(200)["decision"],
        true
    );
}

#[tokio::test]
async fn a_search_finds_exactly_what_single_decisions_allow() {
    let city = City::new();
    let token = asker(&city, "authzen").await;
    let mut cases = Vec::new();
    for _ in 0..3 {
        cases.push(Client::anonymous(&city).report().await.0);
    }
    cases.sort();
    for login in ["collector", "seat", "water", "leader", "auditor"] {
        let mut expected = Vec::new();
        for case in &cases {
            let decided = ask(
                &city,
                &token,
                "evaluation",
                &question(login, "cases.view", "case", case),
            )
            .await
            .is(200);
            if decided["decision"] == true {
                expected.push(case.clone());
            }
        }
        let mut found = Vec::new();
        let mut page = String::new();
        loop {
            let asked = json!({ "subject": { "type": "user", "id": login }, "action": { "name": "cases.view" },
                "resource": { "type": "case" }, "page": { "token": page, "limit": 2 } });
            let answer = ask(&city, &token, "search/resource", &asked).await.is(200);
            found.extend(
                answer["results"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|one| one["id"].as_str().unwrap().to_owned()),
            );
            page = answer["page"]["next_token"].as_str().unwrap().to_owned();
            if page.is_empty() {
                break;
            }
        }
        assert_eq!(found, expected, "{login}");
    }
    let who = json!({ "subject": { "type": "user" }, "action": { "name": "sso.manage" }, "resource": { "type": "system", "id": "platform" } });
    let security = city
        .app
        .identity
        .officer(&city.system(), "security", None)
        .unwrap();
    let answer = ask(&city, &token, "search/subject", &who).await.is(200);
    assert_eq!(
        answer["results"],
        json!([{ "type": "user", "id": security.user.to_string() }])
    );
    let what = json!({ "subject": { "type": "user", "id": "security" }, "resource": { "type": "system", "id": "platform" } });
    let answer = ask(&city, &token, "search/action", &what).await.is(200);
    let names: Vec<&str> = answer["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "admin.view",
            "clock.ask",
            "exchange.view",
            "pki.manage",
            "pki.request",
            "pki.view",
            "places.view",
            "sso.manage"
        ]
    );
}

#[tokio::test]
async fn strangers_and_bad_questions_are_refused_with_the_status_of_the_standard() {
    let city = City::new();
    let good = question("admin", "admin.view", "system", "platform");
    assert_eq!(
        ask(&city, "ya_made-up", "evaluation", &good).await.status,
        401
    );
    let weak = asker(&city, "scim").await;
    assert_eq!(ask(&city, &weak, "evaluation", &good).await.status, 403);
    let token = asker(&city, "authzen").await;
    for bad in [
        json!({}),
        json!([]),
        json!({ "subject": 7 }),
        json!({ "subject": { "type": "user", "id": "admin" }, "action": { "name": "x" } }),
        question("admin", "x", "planet", "mars"),
        question("", "admin.view", "system", "x"),
    ] {
        assert_eq!(
            ask(&city, &token, "evaluation", &bad).await.status,
            400,
            "{bad}"
        );
    }
    let told = Client::anonymous(&city)
        .get("/.well-known/authzen-configuration")
        .await
        .is(200);
    assert_eq!(
        told["access_evaluation_endpoint"],
        "http://city.test/access/v1/evaluation"
    );
}
