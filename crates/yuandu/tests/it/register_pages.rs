//! Pages of registers with several forms alike: what one of them sent and could not be taken is told on that very page, at
//! its own field, with everything typed kept.

use axum::http::{Request, header};
use serde_json::json;

use crate::city::{City, MANHOLE};
use crate::client::{Answer, Client};

const INDICATORS: &str = "economy.indicator";
const ADDRESSES: &str = "spatial.address";

async fn put(client: &mut Client<'_>, register: &str, values: serde_json::Value) {
    let request = Request::put(format!("/api/v1/registers/{register}/records"))
        .header(header::CONTENT_TYPE, "application/json");
    let body = json!({ "values": values }).to_string();
    client.send(request, body).await.is(200);
}

async fn propose(client: &mut Client<'_>, code: &str) {
    let values = json!({ "code": code, "name": "地区生产总值", "definition": "增加值之和", "unit": "亿元", "field": "accounts", "period": "quarter" });
    put(client, INDICATORS, values).await;
}

/// The page says all of this, with the status of input that must be corrected.
#[track_caller]
fn refused(answer: &Answer, said: &[&str]) {
    assert_eq!(answer.status, 422, "{}", answer.text());
    for words in said {
        assert!(
            answer.text().contains(words),
            "{words} in {}",
            answer.text()
        );
    }
}

#[tokio::test]
async fn a_draft_that_its_author_approves_is_refused_on_the_page_of_drafts() {
    let city = City::new();
    let mut one = Client::officer(&city, "registrar").await;
    propose(&mut one, "gdp").await;
    let path = format!("/work/registers/{INDICATORS}/drafts");
    let page = one.get(&path).await;
    let (csrf, draft) = (page.hidden("_csrf"), page.hidden("draft"));
    let sent = |decision: &'static str, csrf: &str| {
        vec![
            ("_csrf".to_owned(), csrf.to_owned()),
            ("draft".to_owned(), draft.clone()),
            ("decision".to_owned(), decision.to_owned()),
        ]
    };
    let answer = form(&mut one, &path, &sent("approve", &csrf)).await;
    refused(
        &answer,
        &["error-summary", "自己提出的变更应由他人审核", "gdp"],
    );

    let mut two = Client::officer(&city, "registrar2").await;
    let csrf = two.get(&path).await.hidden("_csrf");
    let answer = form(&mut two, &path, &sent("refuse", &csrf)).await;
    refused(&answer, &[r##"href="#f-0-reason""##, "退回应写明理由"]);
    let answer = form(&mut two, &path, &sent("approve", &csrf)).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    let record = format!("/api/v1/registers/{INDICATORS}/records/gdp");
    two.get(&record).await.is(200);
}

async fn form(client: &mut Client<'_>, path: &str, fields: &[(String, String)]) -> Answer {
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    client.form(path, &fields).await
}

#[tokio::test]
async fn a_merge_without_a_reason_is_refused_beside_its_pair() {
    let city = City::new();
    let mut registrar = Client::officer(&city, "registrar").await;
    for (code, words) in [("a", "东风街12号3号楼"), ("b", "东风街 12 号 3号楼")] {
        let values = json!({ "code": code, "words": words, "division": "370705001001", "building": "3", "unit": "1", "room": "101", "number": "12" });
        put(&mut registrar, ADDRESSES, values).await;
    }
    let path = format!("/work/registers/{ADDRESSES}/matches");
    let csrf = registrar.get(&path).await.hidden("_csrf");
    let mut fields = vec![
        ("_csrf", csrf.as_str()),
        ("first", "a"),
        ("second", "b"),
        ("decision", "first"),
    ];
    let answer = registrar.form(&path, &fields).await;
    refused(
        &answer,
        &[r##"href="#f-0-reason""##, r#"id="f-0-reason-error""#],
    );
    fields.push(("reason", "同一楼门"));
    let merged = registrar.form(&path, &fields).await;
    assert_eq!(merged.status, 303, "{}", merged.text());
    let page = registrar.get(&path).await;
    let merge = page.hidden("merge");
    let undo = [
        ("_csrf", csrf.as_str()),
        ("merge", merge.as_str()),
        ("decision", "undo"),
    ];
    let answer = registrar.form(&path, &undo).await;
    refused(&answer, &["<details open>", "f-0-reason-error"]);
}

#[tokio::test]
async fn an_answer_to_a_dispute_that_lacks_something_keeps_what_was_typed() {
    let city = City::new();
    let mut seat = Client::officer(&city, "seat").await;
    let body = json!({ "field": "name", "claimed": "奎文区（正）", "reason": "批文上是这样" });
    let open = "/api/v1/registers/spatial.division/records/370705/disputes";
    seat.post(open, &body).await.is(200);
    let path = "/work/registers/spatial.division/disputes";
    let mut registrar = Client::officer(&city, "registrar").await;
    let page = registrar.get(path).await;
    let (csrf, number) = (page.hidden("_csrf"), page.hidden("number"));
    let fields = [
        ("_csrf", csrf.as_str()),
        ("number", number.as_str()),
        ("decision", "correct"),
        ("value", "奎文区（正）"),
    ];
    let answer = registrar.form(path, &fields).await;
    refused(
        &answer,
        &[r##"href="#f-0-answer""##, r#"value="奎文区（正）""#],
    );
}

#[tokio::test]
async fn a_form_counts_what_it_asks_and_shows_what_other_registers_know() {
    let city = City::new();
    let mut registrar = Client::officer(&city, "registrar").await;
    let path = format!("/work/registers/city-care.component/records/{MANHOLE}/edit");
    let page = registrar.get(&path).await;
    let text = page.text();
    assert_eq!(page.status, 200, "{text}");
    for said in [
        "由登记簿查得，不用填：",
        "街道代码（单元网格）",
        "街道名称（行政区划）",
        "来源：单元网格",
        "/dispute?field=street\"",
    ] {
        assert!(text.contains(said), "{said} in {text}");
    }
    assert!(!text.contains("name=\"street\""), "{text}");
    let report = Client::anonymous(&city).get("/report").await;
    assert!(report.text().contains("共 6 项。"), "{}", report.text());
}
