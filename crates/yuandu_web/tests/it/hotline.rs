//! The agent's page: what is typed brings help, one matter becomes one case, and nobody else gets in.

use axum::http::StatusCode;
use serde_json::json;

use crate::town::{Answer, Browser, Town, signed_in};

/// Posts the page's form as the page gives it out.
async fn record(browser: &mut Browser<'_>, fields: &[(&str, &str)]) -> Answer {
    let form = browser.get("/work/hotline").await;
    let (token, key) = (form.hidden("_csrf"), form.hidden("_key"));
    let mut all = vec![("_csrf", token.as_str()), ("_key", key.as_str())];
    all.extend_from_slice(fields);
    browser.post("/work/hotline", &all).await
}

fn put(town: &Town, register: &str, data: serde_json::Value) {
    let put = yuandu_registers::PutRecord {
        register: register.to_owned(),
        data: data.as_object().unwrap().clone(),
        version: None,
        create: true,
        idempotency: None,
    };
    town.app.registers.put_record(&town.system(), &put).unwrap();
}

fn open_article(town: &Town, code: &str, until: &str) {
    let answer = format!("答复 {code}");
    put(
        town,
        "hotline.article",
        json!({ "code": code, "question": "停水了怎么办", "answer": answer, "owner": "water-supply", "valid_until": until }),
    );
}

#[tokio::test]
async fn a_call_that_comes_in_is_offered_and_its_number_is_seen_by_who_takes_it() {
    let town = Town::new();
    put(
        &town,
        "hotline.call",
        json!({ "code": "C1", "at": "2026-09-21T01:00:00Z", "phone": "13805360002", "line": "12315", "state": "waiting" }),
    );
    let mut agent = signed_in(&town, "agent").await;
    let page = agent.get("/work/hotline").await;
    assert!(page.text.contains("/work/hotline?call=C1"), "{}", page.text);
    assert!(
        !page.text.contains("13805360002"),
        "not before somebody takes it: {}",
        page.text
    );
    let taken = agent.get("/work/hotline?call=C1").await;
    assert!(
        taken.text.contains("value=\"13805360002\""),
        "{}",
        taken.text
    );
    assert!(taken.text.contains("value=\"12315\""), "{}", taken.text);
    let mut seat = signed_in(&town, "seat").await;
    let other = seat.get("/work/hotline?call=C1").await;
    assert!(!other.text.contains("13805360002"), "{}", other.text);
    let list = seat.get("/work/registers/hotline.call").await;
    assert_eq!(
        list.status, 404,
        "calls are not for every officer: {}",
        list.text
    );
    let inbox = seat.get("/work").await;
    assert!(
        !inbox.text.contains("href=\"/work/hotline\""),
        "nor is the page offered: {}",
        inbox.text
    );
}

#[tokio::test]
async fn while_the_caller_speaks_category_unit_clause_and_valid_articles_appear() {
    let town = Town::new();
    town.app.desk().learn(&town.app, &town.system()).unwrap();
    open_article(&town, "K1", "2027-01-01");
    open_article(&town, "K2", "2026-01-01");
    let mut agent = signed_in(&town, "agent").await;
    let help = agent.get("/work/hotline/help?words=%E5%B0%8F%E5%8C%BA%E5%81%9C%E6%B0%B4%E4%BA%86%E6%80%8E%E4%B9%88%E5%8A%9E").await;
    assert_eq!(help.status, StatusCode::OK, "{}", help.text);
    assert!(
        help.text.contains("value=\"hotline/02001\""),
        "{}",
        help.text
    );
    assert!(
        help.text.contains("供水公司"),
        "the unit by name: {}",
        help.text
    );
    assert!(
        help.text.contains("城市供水条例"),
        "the clause: {}",
        help.text
    );
    assert!(help.text.contains("答复 K1"), "{}", help.text);
    assert!(
        !help.text.contains("答复 K2"),
        "an article that has ended is not offered: {}",
        help.text
    );
}

#[tokio::test]
async fn a_call_becomes_an_order_and_the_next_call_of_the_number_shows_it() {
    let town = Town::new();
    let mut agent = signed_in(&town, "agent").await;
    let fields = [
        ("words", "小区停水半天了"),
        ("category", "hotline/02001"),
        ("appeal", "help"),
        ("contact_phone", "138 0536 0002"),
        ("address", "福寿东街 66 号"),
        ("way", "order"),
    ];
    let made = record(&mut agent, &fields).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    assert_eq!(made.location(), "/work/hotline");
    assert_eq!(town.cases(), 1);
    let again = agent
        .get("/work/hotline?contact_phone=13805360002&words=%E8%BF%98%E6%B2%A1%E6%9D%A5%E6%B0%B4")
        .await;
    assert!(again.text.contains("来电人此前的工单"), "{}", again.text);
    assert!(again.text.contains("福寿东街 66 号"), "{}", again.text);
}

#[tokio::test]
async fn a_city_care_matter_told_by_telephone_is_one_case_of_city_care() {
    let town = Town::new();
    let mut agent = signed_in(&town, "agent").await;
    let fields = [
        ("words", "路灯不亮"),
        ("category_other", "city-care/01037"),
        ("appeal", "help"),
        ("address", "东风街 1 号"),
        ("way", "order"),
    ];
    let made = record(&mut agent, &fields).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    assert_eq!(town.cases(), 1);
    let hits = town
        .app
        .desk()
        .search()
        .find("case", "路灯不亮", 5)
        .unwrap();
    let cases = town
        .app
        .engine
        .cases_among(&town.system(), &[hits[0].id.clone()])
        .unwrap();
    assert_eq!(
        (cases[0].system.as_str(), cases[0].channel.as_str()),
        ("city-care", "hotline")
    );
}

#[tokio::test]
async fn what_is_missing_is_named_and_what_was_typed_is_kept() {
    let town = Town::new();
    let mut agent = signed_in(&town, "agent").await;
    let wrong = record(
        &mut agent,
        &[
            ("words", "社保卡丢了"),
            ("appeal", "consult"),
            ("way", "answer"),
        ],
    )
    .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.text.contains("请写下答复了什么") && wrong.text.contains("请选择类别"),
        "{}",
        wrong.text
    );
    assert!(wrong.text.contains("社保卡丢了"), "{}", wrong.text);
    assert_eq!(town.cases(), 0);
}

#[tokio::test]
async fn only_agents_make_orders_and_only_they_are_led_there() {
    let town = Town::new();
    let mut seat = signed_in(&town, "seat").await;
    let fields = [
        ("words", "停水"),
        ("category", "hotline/02001"),
        ("appeal", "help"),
        ("way", "order"),
    ];
    let refused = record(&mut seat, &fields).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text);
    assert_eq!(town.cases(), 0);
    assert!(
        !seat
            .get("/work")
            .await
            .text
            .contains("href=\"/work/hotline\"")
    );
    let mut agent = signed_in(&town, "agent").await;
    assert!(
        agent
            .get("/work")
            .await
            .text
            .contains("href=\"/work/hotline\"")
    );
    let stranger = Browser::new(&town).get("/work/hotline").await;
    assert_eq!(stranger.status, StatusCode::SEE_OTHER);
}
