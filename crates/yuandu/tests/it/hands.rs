//! What offices do by hand, over the API and on the pages; and what the process could not do by itself.

use serde_json::{Value as Json, json};
use yuandu_process::{CompleteTask, ProposeRepair, Repair};
use yuandu_store::{Change, Plan};

use crate::city::City;
use crate::client::{Client, dispatched, on_the_spot};

/// The open tasks of a case: node and id.
async fn tasks(client: &mut Client<'_>, case: &str) -> Vec<(String, String)> {
    let view = client.get(&format!("/api/v1/cases/{case}")).await.is(200);
    let list = view["tasks"].as_array().unwrap().clone();
    let text = |task: &Json, name: &str| task[name].as_str().unwrap().to_owned();
    list.iter()
        .map(|task| (text(task, "node"), text(task, "id")))
        .collect()
}

fn id(tasks: &[(String, String)], node: &str) -> String {
    let found = tasks.iter().find(|(of, _)| of == node);
    found
        .unwrap_or_else(|| panic!("no {node} in {tasks:?}"))
        .1
        .clone()
}

#[tokio::test]
async fn others_are_asked_and_answer_in_their_inbox() {
    let city = City::new();
    let (case, _) = dispatched(&city, "water-supply").await;
    let mut water = Client::officer(&city, "water").await;
    water.decide(&case, "sign", json!({})).await.is(200);
    let open = tasks(&mut water, &case).await;
    let handle = id(&open, "handle");
    let asks = format!("/api/v1/cases/{case}/asks");
    let ask =
        json!({ "kind": "delegate", "task": handle, "people": ["drains"], "words": "请先看现场" });
    water.post(&asks, &ask).await.is(201);
    let done = json!({ "opinion": "已更换" });
    let (code, _) = water
        .complete(&handle, "done", done.clone())
        .await
        .refusal(409);
    assert_eq!(code, "cases.task_waits");
    // Who was asked sees it although it belongs to another unit, and answers as any task.
    let mut drains = Client::officer(&city, "drains").await;
    let inbox = drains.get("/api/v1/tasks?view=asked").await.is(200);
    assert_eq!(inbox["tasks"][0]["node"], "@delegate");
    let page = drains.get(&format!("/work/cases/{case}")).await;
    assert!(page.text().contains("请先看现场") && page.text().contains("办完交回"));
    let mine = inbox["tasks"][0]["id"].as_str().unwrap().to_owned();
    let (_, fields) = drains
        .complete(&mine, "answer", json!({}))
        .await
        .refusal(422);
    assert_eq!(fields, ["opinion"]);
    drains
        .complete(&mine, "answer", json!({ "opinion": "看过了" }))
        .await
        .is(200);
    water.complete(&handle, "done", done).await.is(200);
    // A copy stands among what is to be read, and does not count as work.
    let copy = json!({ "kind": "copy", "people": ["drains"], "words": "请知悉" });
    water.post(&asks, &copy).await.is(201);
    let all = drains.get("/api/v1/tasks").await.is(200);
    let reading = drains.get("/api/v1/tasks?view=to_read").await.is(200);
    assert_eq!(
        (
            all["total"].clone(),
            reading["tasks"].as_array().unwrap().len()
        ),
        (json!(0), 1)
    );
}

#[tokio::test]
async fn a_task_is_sent_back_handed_over_urged_and_taken_back() {
    let city = City::new();
    let (case, _) = dispatched(&city, "water-supply").await;
    let mut water = Client::officer(&city, "water").await;
    water.decide(&case, "sign", json!({})).await.is(200);
    let handle = id(&tasks(&mut water, &case).await, "handle");
    let back = json!({ "to": "dispatch", "straight": true, "reason": "地点不清" });
    water
        .post(&format!("/api/v1/tasks/{handle}/send-back"), &back)
        .await
        .is(204);
    let mut seat = Client::officer(&city, "seat").await;
    let dispatch = id(&tasks(&mut seat, &case).await, "dispatch");
    let over = |to: &str| json!({ "to": to, "reason": "临时外出" });
    let path = format!("/api/v1/tasks/{dispatch}/hand-over");
    let (_, fields) = seat.post(&path, &over("drains")).await.refusal(422);
    assert_eq!(fields, ["to"]);
    let able = seat
        .get(&format!("/api/v1/tasks/{dispatch}/colleagues"))
        .await
        .is(200);
    assert_eq!(able[0]["login"], "seat-two");
    seat.post(&path, &over("seat-two")).await.is(204);
    let mut two = Client::officer(&city, "seat-two").await;
    let urge = json!({ "reason": "请尽快" });
    seat.post(&format!("/api/v1/tasks/{dispatch}/urge"), &urge)
        .await
        .is(204);
    assert!(two.get("/work").await.text().contains("催"));
    // Who did the step before is told by the instant.
    city.clock.set("2026-09-21T01:05:00Z".parse().unwrap());
    two.complete(&dispatch, "dispatch", json!({ "org": "water-supply" }))
        .await
        .is(200);
    let open = tasks(&mut water, &case).await;
    assert_eq!(
        open[0].0, "handle",
        "straight back, without signing for it again"
    );
    let take = format!("/api/v1/tasks/{}/take-back", open[0].1);
    two.post(&take, &urge).await.is(204);
    assert_eq!(tasks(&mut two, &case).await[0].0, "dispatch");
}

#[tokio::test]
async fn the_page_of_a_deed_asks_for_a_reason_and_keeps_what_was_typed() {
    let city = City::new();
    let (case, _) = dispatched(&city, "water-supply").await;
    let mut water = Client::officer(&city, "water").await;
    let sign = id(&tasks(&mut water, &case).await, "sign");
    let menu = water.get(&format!("/work/cases/{case}")).await.text();
    for word in [
        "hand_over",
        "delegate",
        "sign_before",
        "send_back",
        "copy",
        "urge",
    ] {
        assert!(menu.contains(&format!("hand?do={word}")), "{word}");
    }
    assert!(
        !menu.contains("hand?do=supervise"),
        "only leaders supervise"
    );
    let path = format!("/work/cases/{case}/hand");
    let page = water.get(&format!("{path}?do=send_back&task={sign}")).await;
    let token = page.hidden("_csrf");
    let mut fields = vec![
        ("_csrf", token.as_str()),
        ("do", "send_back"),
        ("task", sign.as_str()),
        ("to", "dispatch"),
        ("reason", ""),
    ];
    let refused = water.form(&path, &fields).await;
    assert_eq!(refused.status.as_u16(), 422);
    assert!(refused.text().contains("请写明理由"));
    fields[4] = ("reason", "没有写明地点");
    // Giving the matter away is the model's own outcome, with evidence and an owner; by hand it must come straight back.
    let refused = water.form(&path, &fields).await;
    assert_eq!(refused.status.as_u16(), 422);
    assert!(refused.text().contains("请用这一步自己的“退回”"));
    assert!(refused.text().contains("没有写明地点"));
    fields.push(("straight", "yes"));
    let sent = water.form(&path, &fields).await;
    assert_eq!(sent.status.as_u16(), 303, "{}", sent.text());
    let mut leader = Client::officer(&city, "leader").await;
    assert_eq!(tasks(&mut leader, &case).await[0].0, "dispatch");
    let history = leader
        .get(&format!("/work/cases/{case}?tab=history"))
        .await
        .text();
    assert!(history.contains("退回「签收」") && history.contains("没有写明地点"));
}

#[tokio::test]
async fn a_repair_is_proposed_by_one_and_done_by_another() {
    let city = City::new();
    let (case, number) = dispatched(&city, "water-supply").await;
    let mut one = Client::officer(&city, "admin").await;
    let stands = one
        .get(&format!("/api/v1/cases/{number}/standing"))
        .await
        .is(200);
    let token = stands["tokens"][0]["token"].clone();
    let move_to = |to: &str| json!({ "deed": { "move_token": { "token": token, "to": to } }, "reason": "单位已合并" });
    let path = format!("/api/v1/cases/{case}/repairs");
    let (_, fields) = one.post(&path, &move_to("nowhere")).await.refusal(422);
    assert_eq!(fields, ["to"]);
    let repair = one.post(&path, &move_to("dispatch")).await.is(201);
    let decision = format!(
        "/api/v1/repairs/{}/decision",
        repair["id"].as_str().unwrap()
    );
    let agree = json!({ "agrees": true, "words": "同意" });
    let (_, fields) = one.post(&decision, &agree).await.refusal(422);
    assert_eq!(fields, ["id"], "not by the same person");
    let page = one.get("/admin/incidents").await.text();
    assert!(page.contains("由您提出") && page.contains("单位已合并"));
    let mut other = Client::officer(&city, "admin-two").await;
    other.post(&decision, &agree).await.is(204);
    let mut seat = Client::officer(&city, "seat").await;
    assert_eq!(tasks(&mut seat, &case).await[0].0, "dispatch");
    let (code, _) = other.post(&decision, &agree).await.refusal(404);
    assert_eq!(code, "not_found");
    let variable = ProposeRepair {
        case,
        repair: Repair::SetFact {
            name: "send_back_count".into(),
            value: json!("many"),
        },
        reason: "x".into(),
    };
    let refused = city.app.engine.propose_repair(&city.system(), &variable);
    assert!(!refused.unwrap_err().problems().is_empty());
}

/// Water has a step signed beside by somebody of the drains, who decides it by sending it back to them.
async fn signed_beside(city: &City, signers: &[&str]) -> (String, String, Vec<String>) {
    let (case, _) = dispatched(city, "water-supply").await;
    let mut water = Client::officer(city, "water").await;
    let sign = id(&tasks(&mut water, &case).await, "sign");
    let ask = json!({ "kind": "sign_beside", "task": sign, "people": signers, "words": "请会签" });
    let asks = format!("/api/v1/cases/{case}/asks");
    water.post(&asks, &ask).await.is(201);
    let photo = water.photo().await;
    let back = json!({ "reason": "是污水井", "evidence": [photo], "evidence_words": "权属资料 3 号", "suggested_owner": "drainage" });
    water.complete(&sign, "send_back", back).await.is(200);
    let open = tasks(&mut water, &case).await;
    let beside = open.into_iter().filter(|(node, _)| node == "@sign_beside");
    (case, sign, beside.map(|(_, id)| id).collect())
}

#[tokio::test]
async fn a_kept_decision_takes_effect_as_its_decider_took_it() {
    let city = City::new();
    let (case, _, beside) = signed_beside(&city, &["drains"]).await;
    let mut drains = Client::officer(&city, "drains").await;
    // The form forbids to name one's own unit: water did not, although the drains sign last.
    drains
        .complete(&beside[0], "agree", json!({ "opinion": "确是我们的" }))
        .await
        .is(200);
    let mut seat = Client::officer(&city, "seat").await;
    assert_eq!(tasks(&mut seat, &case).await[0].0, "dispatch");
    let history = seat.get(&format!("/work/cases/{case}?tab=history")).await;
    let history = history.text();
    assert!(history.contains("并加签：演示drains") && history.contains("确是我们的"));
    assert!(history.contains("签收：退回") && history.contains("演示water（"));
}

/// A context of somebody at work.
fn at_work(city: &City, login: &str) -> yuandu_identity::OpCtx {
    let directory = city.app.identity.directory(city.app.realm).unwrap();
    let person = directory.person_by_login(login).unwrap();
    let post = directory.posts_of(&person.id, city.app.clock.now()).next();
    let officer = directory.officer(person, post.unwrap());
    city.system()
        .as_actor(yuandu_identity::Actor::Officer(std::sync::Arc::new(
            officer,
        )))
}

#[tokio::test]
async fn the_last_signature_counts_although_two_sign_at_the_same_moment() {
    let city = City::new();
    let (case, _, beside) = signed_beside(&city, &["drains", "seat-two"]).await;
    let agree = |task: &str| CompleteTask {
        task: task.to_owned(),
        outcome: "agree".to_owned(),
        ..CompleteTask::default()
    };
    let engine = &city.app.engine;
    let mut plans = Vec::new();
    for login in ["drains", "seat-two"] {
        let ctx = at_work(&city, login);
        let own = beside
            .iter()
            .find_map(|task| engine.plan_complete_task(&ctx, &agree(task)).ok());
        plans.push(own.unwrap());
    }
    let done = city.app.store.commit_all(plans);
    assert!(
        done[0].is_ok() && done[1].is_err(),
        "the second looks again"
    );
    let mut seat = Client::officer(&city, "seat").await;
    let open = tasks(&mut seat, &case).await;
    let rest = id(&open, "@sign_beside");
    engine
        .complete_task(&at_work(&city, "seat-two"), &agree(&rest))
        .unwrap();
    assert_eq!(tasks(&mut seat, &case).await[0].0, "dispatch");
}

#[tokio::test]
async fn no_decision_passes_over_a_question_that_is_asked_at_the_same_moment() {
    let city = City::new();
    let (case, _) = dispatched(&city, "water-supply").await;
    let mut water = Client::officer(&city, "water").await;
    let sign = id(&tasks(&mut water, &case).await, "sign");
    let request = CompleteTask {
        task: sign.clone(),
        outcome: "sign".to_owned(),
        ..CompleteTask::default()
    };
    let ctx = at_work(&city, "water");
    let plan = city.app.engine.plan_complete_task(&ctx, &request).unwrap();
    let ask =
        json!({ "kind": "sign_before", "task": sign, "people": ["drains"], "words": "请先签" });
    let asks = format!("/api/v1/cases/{case}/asks");
    water.post(&asks, &ask).await.is(201);
    assert!(city.app.store.commit(plan).is_err());
    let (code, _) = water.complete(&sign, "sign", json!({})).await.refusal(409);
    assert_eq!(code, "cases.task_waits");
}

/// The post made for who stands in for the seat officer: the water company's, for city care only.
async fn stands_in(city: &City) -> String {
    let mut seat = Client::officer(city, "seat").await;
    let now = city.app.clock.now();
    let later = now + jiff::SignedDuration::from_hours(72);
    let body = json!({ "login": "water", "from": now.to_string(), "to": later.to_string(), "systems": ["city-care"], "reason": "出差三天" });
    let made = seat.post("/api/v1/me/substitutes", &body).await.is(201);
    made["post"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn who_stands_in_acts_for_a_time_and_for_some_matters() {
    let city = City::new();
    let made = stands_in(&city).await;
    let mut water = Client::officer(&city, "water").await;
    assert_eq!(water.get("/api/v1/tasks").await.is(200)["total"], 0);
    let (case, _) = Client::anonymous(&city).report().await;
    let mut collector = Client::officer(&city, "collector").await;
    let photo = collector.photo().await;
    let form = on_the_spot("verify_photos", &photo);
    collector.decide(&case, "confirmed", form).await.is(200);
    let page = water.get("/work/me").await;
    let token = page.hidden("_csrf");
    let change = [("_csrf", token.as_str()), ("post", made.as_str())];
    assert_eq!(
        water.form("/work/me/post", &change).await.status.as_u16(),
        303
    );
    assert_eq!(water.get("/api/v1/tasks").await.is(200)["total"], 1);
    let accept = json!({ "category": "01001" });
    water.decide(&case, "accept", accept).await.is(200);
    // Nobody stands in for an administrator, and no substitute appoints another.
    let later = (city.app.clock.now() + jiff::SignedDuration::from_hours(9)).to_string();
    let body = json!({ "login": "drains", "from": city.app.clock.now().to_string(), "to": later, "reason": "x" });
    let (_, fields) = water
        .post("/api/v1/me/substitutes", &body)
        .await
        .refusal(422);
    assert_eq!(fields, ["login"]);
    let mut admin = Client::officer(&city, "admin").await;
    let (_, fields) = admin
        .post("/api/v1/me/substitutes", &body)
        .await
        .refusal(422);
    assert_eq!(fields, ["systems"]);
    let mut seat = Client::officer(&city, "seat").await;
    let ended = format!("/api/v1/me/substitutes/{made}/end");
    seat.post(&ended, &Json::Null).await.is(204);
    let page = seat.get("/work/me/substitutes").await.text();
    assert!(page.contains("已结束") && page.contains("出差三天"));
    let after = water.get("/api/v1/tasks").await;
    assert_ne!(after.json()["total"], 1, "{}", after.text());
}

/// Days off that an administrator orders from a day on.
fn days_off(first: &str, last: &str) -> Json {
    json!({ "days": [{ "first": first, "last": last, "kind": "off", "name_zh": "台风停工", "name_en": "typhoon" }],
        "basis": "市政府通知〔2026〕9号" })
}

#[tokio::test]
async fn a_published_calendar_counts_at_once_and_open_deadlines_follow_with_their_reason() {
    let city = City::new();
    let (case, _) = dispatched(&city, "water-supply").await;
    let mut admin = Client::officer(&city, "admin").await;
    let path = format!("/api/v1/cases/{case}");
    let due = |view: Json| -> jiff::Timestamp {
        let due = view["tasks"][0]["due_at"].as_str().unwrap();
        due.parse().unwrap()
    };
    let mut water = Client::officer(&city, "water").await;
    let before = due(water.get(&path).await.is(200));
    let sum = "/api/v1/calendar/due?from=2026-09-21T09:00&budget=1d";
    let asked = admin.get(sum).await.is(200);
    assert!(
        asked["due"]
            .as_str()
            .unwrap()
            .starts_with("2026-09-22T17:30")
    );
    // The day it would be due and the one after it are off.
    let day = city.app.calendar().local_date(before);
    let next = day.tomorrow().unwrap();
    let versions = "/api/v1/calendar/versions";
    let body = days_off(&day.to_string(), &next.to_string());
    let mut seat = Client::officer(&city, "seat").await;
    seat.post(versions, &body).await.refusal(403);
    assert_eq!(admin.post(versions, &body).await.is(201)["number"], 1);
    let (_, fields) = admin.post(versions, &body).await.refusal(422);
    assert_eq!(fields, ["days"], "nothing would change");
    let far = days_off("2031-01-01", "2031-01-02");
    let (_, fields) = admin.post(versions, &far).await.refusal(422);
    assert_eq!(fields, ["days/0"]);
    let done = city.app.engine.follow_calendar(&city.system()).unwrap();
    assert_eq!(done.unwrap().moved, 1);
    assert_eq!(
        city.app.engine.follow_calendar(&city.system()).unwrap(),
        None
    );
    let after = due(water.get(&path).await.is(200));
    assert!(after > before, "{before} {after}");
    let history = water.get(&format!("/work/cases/{case}?tab=history")).await;
    assert!(history.text().contains("台风停工放假"));
    let listed = admin.get(versions).await.is(200);
    assert_eq!(
        (&listed[0]["moved"], &listed[0]["basis"]),
        (&json!(1), &body["basis"])
    );
    let page = admin.get("/admin/calendar").await.text();
    assert!(page.contains("市政府通知〔2026〕9号") && page.contains("1 件改了期限"));
}

#[tokio::test]
async fn the_page_of_the_calendar_names_the_line_that_is_wrong_and_keeps_what_was_typed() {
    let city = City::new();
    let mut admin = Client::officer(&city, "admin").await;
    let token = admin.get("/admin/calendar").await.hidden("_csrf");
    let lines = "2026-11-02 放假 台风\n2026-11-03 休息";
    let fields = [
        ("_csrf", token.as_str()),
        ("days", lines),
        ("basis", "通知"),
    ];
    let refused = admin.form("/admin/calendar", &fields).await;
    assert_eq!(refused.status.as_u16(), 422);
    let text = refused.text();
    assert!(text.contains("第 2 行") && text.contains("2026-11-02 放假 台风"));
    let fields = [
        ("_csrf", token.as_str()),
        ("days", "2026-11-02 放假 台风"),
        ("basis", "通知"),
    ];
    let done = admin.form("/admin/calendar", &fields).await;
    assert_eq!(done.status.as_u16(), 303, "{}", done.text());
    let day = "2026-11-02".parse().unwrap();
    assert!(!city.app.calendar().is_working_day(day));
}

/// Does one operation by hand well, as someone who may; false for other operations.
pub async fn drive(city: &City, operation: &str) -> bool {
    let why = json!({ "reason": "演练" });
    match operation {
        "send_back_task" | "urge_task" | "hand_over_task" | "ask_others" | "take_back_question"
        | "terminate_case" | "propose_repair" | "decide_repair" | "retry_incident" => {}
        "take_back_task" => {
            let (case, _) = dispatched(city, "water-supply").await;
            let mut water = Client::officer(city, "water-two").await;
            // Who did the step before is told by the instant.
            city.clock
                .set(city.app.clock.now() + jiff::SignedDuration::from_mins(1));
            water.decide(&case, "sign", json!({})).await.is(200);
            let path = format!("/api/v1/tasks/{}/take-back", water.task(&case).await);
            water.post(&path, &why).await.is(204);
            return true;
        }
        "withdraw_case" => {
            let mut collector = Client::officer(city, "collector").await;
            let (case, _) = collector.report().await;
            let path = format!("/api/v1/cases/{case}/withdraw");
            collector.post(&path, &why).await.is(204);
            return true;
        }
        "appoint_substitute" | "end_substitute" => {
            let made = stands_in(city).await;
            let mut seat = Client::officer(city, "seat").await;
            let path = format!("/api/v1/me/substitutes/{made}/end");
            seat.post(&path, &Json::Null).await.is(204);
            return true;
        }
        "publish_calendar" => {
            let mut admin = Client::officer(city, "admin-two").await;
            let body = days_off("2026-12-28", "2026-12-28");
            admin.post("/api/v1/calendar/versions", &body).await.is(201);
            return true;
        }
        "batch_tasks" => {
            let mut collector = Client::officer(city, "collector").await;
            let (case, _) = Client::anonymous(city).report().await;
            let photo = collector.photo().await;
            let task = collector.task(&case).await;
            let body = json!({ "do": "complete", "tasks": [task, "nobody"], "outcome": "confirmed",
                "data": on_the_spot("verify_photos", &photo) });
            let results = collector.post("/api/v1/batches", &body).await.is(200);
            assert_eq!(
                (&results[0]["done"], &results[1]["done"]),
                (&json!(true), &json!(false))
            );
            return true;
        }
        _ => return false,
    }
    let (case, _) = dispatched(city, "water-supply").await;
    let mut water = Client::officer(city, "water-two").await;
    let task = water.task(&case).await;
    let at = |verb: &str| format!("/api/v1/tasks/{task}/{verb}");
    match operation {
        "send_back_task" => {
            let back = json!({ "to": "dispatch", "straight": true, "reason": "演练" });
            water.post(&at("send-back"), &back).await.is(204);
        }
        "urge_task" => drop(water.post(&at("urge"), &why).await.is(204)),
        "hand_over_task" => {
            let mut seat = Client::officer(city, "seat").await;
            water
                .post(
                    &at("send-back"),
                    &json!({ "to": "dispatch", "straight": true, "reason": "演练" }),
                )
                .await
                .is(204);
            let path = format!("/api/v1/tasks/{}/hand-over", seat.task(&case).await);
            let over = json!({ "to": "seat-two", "reason": "演练" });
            seat.post(&path, &over).await.is(204);
        }
        "ask_others" | "take_back_question" => {
            let ask =
                json!({ "kind": "consult", "task": task, "people": ["drains"], "words": "请看" });
            let asked = water
                .post(&format!("/api/v1/cases/{case}/asks"), &ask)
                .await
                .is(201);
            let question = asked["tasks"][0].as_str().unwrap();
            let path = format!("/api/v1/tasks/{question}/take-back-question");
            water.post(&path, &why).await.is(204);
        }
        "retry_incident" => {
            let incident = failed(city, &case);
            let mut admin = Client::officer(city, "admin-two").await;
            let listed = admin.get("/api/v1/incidents").await.is(200);
            assert_eq!(
                listed["incidents"][0]["reason"],
                "the printer is out of paper"
            );
            let path = format!("/api/v1/incidents/{incident}/retry");
            admin.post(&path, &Json::Null).await.is(204);
        }
        "terminate_case" => {
            let mut admin = Client::officer(city, "admin-two").await;
            let path = format!("/api/v1/cases/{case}/terminate");
            admin.post(&path, &why).await.is(204);
        }
        _ => {
            let mut admin = Client::officer(city, "admin-two").await;
            let deed = json!({ "set_fact": { "name": "send_back_count", "value": 1 } });
            let repair = json!({ "deed": deed, "reason": "演练" });
            let path = format!("/api/v1/cases/{case}/repairs");
            let proposed = admin.post(&path, &repair).await.is(201);
            let id = proposed["id"].as_str().unwrap();
            let decision = format!("/api/v1/repairs/{id}/decision");
            let mut other = Client::officer(city, "admin-three").await;
            other
                .post(&decision, &json!({ "agrees": true, "words": "同意" }))
                .await
                .is(204);
        }
    }
    true
}

/// An incident of a case: a timer that its case could not take.
fn failed(city: &City, case: &str) -> String {
    let ctx = city.system();
    let timer = Change::put("timers")
        .with("id", "timer-of-the-test")
        .with("case_id", case)
        .with("token", 0_i64)
        .with("node", "dispatch")
        .with("status", "failed")
        .with("tries", 4_i64);
    let incident = Change::put("incidents")
        .with("id", "incident-of-the-test")
        .with("case_id", case)
        .with("node", "dispatch")
        .with("reason", "the printer is out of paper")
        .with("at", ctx.now())
        .with("status", "open")
        .with("timer", "timer-of-the-test");
    let entry = ctx.entry("test.fails", format!("case/{case}"), Json::Null);
    let plan = Plan::new(ctx.realm, entry).change(timer).change(incident);
    city.app.store.commit(plan).unwrap();
    "incident-of-the-test".to_owned()
}
