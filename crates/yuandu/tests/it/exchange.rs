//! Two cities pass a register on: nodes and contracts by API, messages through both routers, receipts on the pages.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value as Json, json};
use yuandu_exchange::{Answer as Said, Outgoing};
use yuandu_store::{Change, Plan};

use crate::city::City;
use crate::client::{Answer, Client};

pub const PROVIDER: &str = "370700.data-centre.spatial";
const CONSUMER: &str = "370700.tax.divisions";
pub const CONTRACT: &str = "divisions-to-tax";

async fn node(clerk: &mut Client<'_>, id: &str, key: Option<&str>) -> String {
    let request = json!({ "id": id, "title_zh": "节点", "title_en": "Node", "url": "http://city.test", "public_key": key });
    let made = clerk.post("/api/v1/exchange/nodes", &request).await.is(201);
    assert_eq!(made["own"], key.is_none());
    made["public_key"].as_str().unwrap().to_owned()
}

fn contract() -> Json {
    json!({
        "id": CONTRACT, "provider": PROVIDER, "consumer": CONSUMER, "register": "spatial.division",
        "fields": ["code", "name", "level"], "purpose": "核对区划", "legal_ground": "政务数据共享条例",
        "until": "2026-12-31", "priority": 3, "rows_per_day": 100_000
    })
}

/// Both nodes in one city, and a contract between them in force.
pub async fn agreed_within(city: &City, name: &str) {
    let mut one = Client::officer(city, "registrar").await;
    for id in [PROVIDER, CONSUMER] {
        let request = json!({ "id": id, "title_zh": "节点", "title_en": "Node" });
        // Registered by the one that came before, or now.
        let made = one.post("/api/v1/exchange/nodes", &request).await;
        assert!(
            [201, 422].contains(&made.status.as_u16()),
            "{}",
            made.text()
        );
    }
    let mut terms = contract();
    terms["id"] = json!(name);
    one.post("/api/v1/exchange/contracts", &terms).await.is(201);
    let path = format!("/api/v1/exchange/contracts/{name}/decision");
    let mut two = Client::officer(city, "registrar2").await;
    two.post(&path, &json!({ "approve": true })).await.is(200);
}

/// A row that did not hold when it came, and does now.
fn reject(city: &City, contract: &str) {
    let ctx = city.system();
    let row = Change::put("exchange_rejects")
        .with("contract", contract)
        .with("batch", 1_i64)
        .with("part", 1_i64)
        .with("place", 0_i64)
        .with("record", "370799")
        .with(
            "row_values",
            r#"{"code":"370799","level":"county","name":"新区"}"#,
        )
        .with("reasons", "[]")
        .with("state", "open");
    let entry = ctx.entry("test.reject", "test", Json::Null);
    let plan = Plan::new(ctx.realm, entry).change(row);
    city.app.store.commit(plan).unwrap();
}

/// Does one operation well, as someone who may.
pub async fn drive(city: &City, id: &str) {
    let name = id.replace('_', "-");
    agreed_within(city, &name).await;
    let mut clerk = Client::officer(city, "registrar").await;
    let of_contract = |rest: &str| format!("/api/v1/exchange/contracts/{name}/{rest}");
    let why = json!({ "reason": "演练" });
    match id {
        // Done on the way here.
        "register_exchange_node" | "propose_exchange_contract" | "decide_exchange_contract" => {
            let other = json!({ "id": format!("370700.test.{name}"), "title_zh": "节点", "title_en": "Node" });
            clerk.post("/api/v1/exchange/nodes", &other).await.is(201);
        }
        "set_exchange_node_state" => {
            let path = format!("/api/v1/exchange/nodes/{CONSUMER}/state");
            for active in [false, true] {
                clerk
                    .post(&path, &json!({ "active": active }))
                    .await
                    .is(200);
            }
        }
        "begin_exchange_comparison" => {
            let begin = of_contract("comparisons");
            clerk.post(&begin, &Json::Null).await.is(201);
        }
        "replay_exchange_rejects" => {
            reject(city, &name);
            let replay = of_contract("batches/1/rejects/replay");
            let taken = clerk.post(&replay, &json!({})).await.is(200);
            assert_eq!(taken["taken"], 1);
        }
        "end_exchange_contract" => drop(clerk.post(&of_contract("end"), &why).await.is(200)),
        _ => {
            let begun = clerk.post(&of_contract("batches"), &Json::Null).await;
            begun.is(201);
            if id == "retry_exchange_batch" {
                clerk.post(&of_contract("end"), &why).await.is(200);
                city.app.exchange.advance(&city.system()).unwrap();
                let retry = of_contract("batches/1/retry");
                clerk.post(&retry, &Json::Null).await.is(200);
            }
            let give_up = of_contract("batches/1/give-up");
            clerk.post(&give_up, &why).await.is(200);
        }
    }
}

async fn agree(city: &City) {
    let mut one = Client::officer(city, "registrar").await;
    one.post("/api/v1/exchange/contracts", &contract())
        .await
        .is(201);
    let decision = format!("/api/v1/exchange/contracts/{CONTRACT}/decision");
    let approve = json!({ "approve": true });
    one.post(&decision, &approve).await.refusal(409);
    let mut two = Client::officer(city, "registrar2").await;
    let page = two.get("/work/exchange").await;
    assert!(page.text().contains("待批准"), "{}", page.text());
    let key = page.hidden("_csrf");
    let fields = [("_csrf", key.as_str()), ("deed", "approve"), ("reason", "")];
    let sent = two
        .form(&format!("/work/exchange/{CONTRACT}"), &fields)
        .await;
    assert_eq!(sent.status.as_u16(), 303);
}

/// Two cities that agreed.
async fn pair() -> (City, City) {
    let (one, two) = (City::new(), City::new());
    {
        let mut clerk = Client::officer(&one, "registrar").await;
        let mut other = Client::officer(&two, "registrar").await;
        let key = node(&mut clerk, PROVIDER, None).await;
        node(&mut other, PROVIDER, Some(&key)).await;
        let key = node(&mut other, CONSUMER, None).await;
        node(&mut clerk, CONSUMER, Some(&key)).await;
    }
    agree(&one).await;
    agree(&two).await;
    (one, two)
}

fn due(city: &City) -> Vec<Outgoing> {
    let (ctx, exchange) = (city.system(), &city.app.exchange);
    exchange.advance(&ctx).unwrap();
    exchange.due(&ctx, 8).unwrap()
}

async fn deliver(city: &City, message: &Outgoing) -> Answer {
    let mut request = Request::post("/exchange/v1/inbox");
    for (name, value) in &message.headers {
        request = request.header(name, value);
    }
    let body = Body::from(message.body.clone());
    Client::anonymous(city).send(request, body).await
}

fn said(answer: &Answer) -> Said {
    let headers = answer.headers.iter();
    Said {
        status: answer.status.as_u16(),
        headers: headers
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect(),
        body: answer.bytes.clone(),
    }
}

async fn run(from: &City, to: &City) {
    loop {
        let due = due(from);
        if due.is_empty() {
            return;
        }
        for message in due {
            let answer = said(&deliver(to, &message).await);
            let settled = from
                .app
                .exchange
                .answered(&from.system(), &message, Ok(&answer));
            settled.unwrap();
        }
    }
}

#[tokio::test]
async fn a_register_goes_from_one_city_to_the_other_and_ends_in_a_receipt_of_both() {
    let (one, two) = pair().await;
    let batches = format!("/api/v1/exchange/contracts/{CONTRACT}/batches");
    let mut clerk = Client::officer(&one, "registrar").await;
    let begun = clerk.post(&batches, &Json::Null).await.is(201);
    assert_eq!(begun["batch"], 1);
    run(&one, &two).await;

    let mut other = Client::officer(&two, "registrar").await.english();
    let (sent, received) = (
        clerk.get(&batches).await.is(200),
        other.get(&batches).await.is(200),
    );
    assert_eq!(
        (&sent[0]["state"], &sent[0]["rows"]),
        (&json!("settled"), &json!(3))
    );
    assert_eq!(
        (&received[0]["state"], &received[0]["accepted"]),
        (&json!("settled"), &json!(3))
    );
    assert_eq!(sent[0]["receipt"], received[0]["receipt"]);

    let page = other.get("/work/exchange").await.text();
    assert!(
        page.contains("settled") && page.contains(CONSUMER),
        "{page}"
    );
    let evidence = other
        .get(&format!("/work/exchange/{CONTRACT}/received/1"))
        .await
        .text();
    assert_eq!(evidence.matches("signature holds").count(), 2, "{evidence}");
    let page = clerk
        .get(&format!("/work/exchange/{CONTRACT}/sent/1"))
        .await;
    assert!(page.text().contains("已对平"));
    clerk
        .get(&format!("/work/exchange/{CONTRACT}/sent/7"))
        .await
        .is(404);

    // The next batch is begun on the page.
    let page = clerk.get("/work/exchange").await;
    let key = page.hidden("_csrf");
    let path = format!("/work/exchange/{CONTRACT}");
    let fields = [("_csrf", key.as_str()), ("deed", "begin")];
    assert_eq!(clerk.form(&path, &fields).await.status.as_u16(), 303);
    run(&one, &two).await;
    let routes = other.get("/api/v1/exchange/routes").await.is(200);
    assert_eq!(routes[0]["held"], 3);
    assert_eq!(routes[0]["batches"][0]["batch"], 2);
    for city in [&one, &two] {
        let tables = yuandu::compose::tables(&crate::city::PACKAGES);
        let report = yuandu_store::verify::verify(city.dir(), &tables, &mut |_, _, _| ());
        let report = report.unwrap();
        assert!(report.is_clean(), "{:?}", report.findings);
    }
}

#[tokio::test]
async fn a_message_that_is_not_what_was_signed_is_refused_at_the_door() {
    let (one, two) = pair().await;
    one.app
        .exchange
        .begin_batch(&one.system(), CONTRACT)
        .unwrap();
    let message = due(&one).remove(0);
    let mut cut = message.clone();
    cut.body.truncate(20);
    assert_eq!(
        deliver(&two, &cut).await.is(422)["code"],
        "exchange.truncated"
    );
    let mut bare = message.clone();
    bare.headers.retain(|(name, _)| name != "signature");
    assert_eq!(
        deliver(&two, &bare).await.is(403)["code"],
        "exchange.unsigned"
    );
    deliver(&two, &message).await.is(200);
    assert_eq!(
        deliver(&two, &message).await.is(409)["code"],
        "exchange.replayed"
    );
    let long = Client::anonymous(&two)
        .send(
            Request::post("/exchange/v1/inbox"),
            Body::from(vec![b' '; 5 << 20]),
        )
        .await;
    assert_eq!(long.status.as_u16(), 413);
}

#[tokio::test]
async fn who_may_not_neither_looks_nor_acts() {
    let (one, _) = pair().await;
    for login in ["seat", "leader", "collector"] {
        let mut officer = Client::officer(&one, login).await;
        officer.get("/api/v1/exchange/routes").await.refusal(403);
        assert_eq!(officer.get("/work/exchange").await.status.as_u16(), 403);
        let begin = format!("/api/v1/exchange/contracts/{CONTRACT}/batches");
        officer.post(&begin, &Json::Null).await.refusal(403);
    }
    let mut auditor = Client::officer(&one, "auditor").await;
    auditor.get("/api/v1/exchange/routes").await.is(200);
    let page = auditor.get("/work/exchange").await.text();
    assert!(page.contains(CONTRACT) && !page.contains("开始新的一批"));
    auditor
        .post("/api/v1/exchange/contracts", &contract())
        .await
        .refusal(403);
}
