//! What officers see of cases: who may report without a check, filters of their own system, totals, both languages.

use axum::http::StatusCode;

use crate::town::{Answer, Browser, Town, signed_in};

const FIND: [(&str, &str); 5] = [
    ("category", "01037"),
    ("lon", "119.105"),
    ("lat", "36.705"),
    ("address", "东风街路口"),
    ("words", "灯罩缺失"),
];

/// The find as a form of this page sends it.
fn find(page: &Answer) -> Vec<(&str, &str)> {
    let token = page.text.split(r#"name="_csrf" value=""#).nth(1).unwrap();
    let mut fields = FIND.to_vec();
    fields.push(("_csrf", token.split('"').next().unwrap()));
    fields
}

/// A resident reports; gives the number.
async fn reported(town: &Town, lat: &str) -> String {
    let mut browser = Browser::new(town);
    browser.get("/report").await;
    let mut fields = FIND.to_vec();
    fields.retain(|(name, _)| *name != "lat");
    fields.push(("lat", lat));
    let done = browser.post("/report/send", &fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    done.location().rsplit('/').next().unwrap().to_owned()
}

#[tokio::test]
async fn only_a_collector_reports_what_nobody_verifies() {
    let town = Town::new();
    for login in ["seat", "handler", "agent"] {
        let mut officer = signed_in(&town, login).await;
        let page = officer.get("/work/report").await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{login}: {}", page.text);
        let sent = officer.post("/work/report", &find(&page)).await;
        assert_eq!(sent.status, StatusCode::FORBIDDEN, "{login}: {}", sent.text);
        let inbox = officer.get("/work").await;
        assert!(
            !inbox.text.contains("href=\"/work/report\""),
            "{login} is not led there"
        );
    }
    assert_eq!(town.cases(), 0, "nothing changed");
    let mut collector = signed_in(&town, "collector").await;
    let inbox = collector.get("/work").await;
    assert!(
        inbox.text.contains("href=\"/work/report\""),
        "{}",
        inbox.text
    );
    let page = collector.get("/work/report").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    let fields = find(&page);
    let sent = collector.post("/work/report", &fields).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    let case = sent.location().rsplit('/').next().unwrap();
    let view = town.app.engine.case_view(&town.system(), case).unwrap();
    assert_eq!(view.tasks[0].task.role, "city-care.seat");
}

#[tokio::test]
async fn filters_offer_the_classes_and_stages_of_ones_own_system_once() {
    let town = Town::new();
    let mut seat = signed_in(&town, "seat").await;
    let page = seat.get("/work/cases").await;
    assert!(page.text.contains("01 市政公用设施类"), "{}", page.text);
    assert!(!page.text.contains("政务服务"), "{}", page.text);
    assert_eq!(page.text.matches("<option value=\"dispatch\"").count(), 1);
    let mut agent = signed_in(&town, "agent").await;
    let page = agent.get("/work/cases").await;
    assert!(page.text.contains("政务服务"), "{}", page.text);
    assert!(!page.text.contains("市政公用设施类"), "{}", page.text);
}

#[tokio::test]
async fn a_filtered_list_says_how_many_it_has_and_an_unknown_filter_is_refused() {
    let town = Town::new();
    for lat in ["36.701", "36.705", "36.709"] {
        reported(&town, lat).await;
    }
    let mut seat = signed_in(&town, "seat").await;
    for path in ["/work/cases?class=01", "/work/cases?status=open"] {
        let page = seat.get(path).await;
        assert!(page.text.contains("共 3 条"), "{path}: {}", page.text);
    }
    let unknown = [
        ("status=zzz", "状态里没有 `zzz`"),
        ("class=zz", "大类里没有 `zz`"),
        ("org=nope", "单位里没有 `nope`"),
        ("stage=moon", "环节里没有 `moon`"),
    ];
    for (query, said) in unknown {
        let page = seat.get(&format!("/work/cases?{query}")).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        assert!(page.text.contains(said), "{query}: {}", page.text);
    }
}

#[tokio::test]
async fn a_case_is_told_in_english_and_paper_shows_all_of_it() {
    let town = Town::new();
    let number = reported(&town, "36.705").await;
    let mut english = signed_in(&town, "seat").await.english();
    let case = town.app.engine.find_case(&town.system(), &number).unwrap();
    let page_of = format!("/work/cases/{}", case.id);
    let kind = town.app.engine.kind("city-care").unwrap();
    let label = kind.declared.lists.label("categories", "01037").unwrap();
    let expected = format!("{} · 东风街路口", label.en);
    for path in ["/work/cases", "/work/map/list", &page_of] {
        let page = english.get(path).await;
        assert!(page.text.contains(&expected), "{path}: {}", page.text);
        assert!(!page.text.contains(&label.zh), "{path}: {}", page.text);
    }
    let alike = english
        .get("/report/similar?category=01037&lon=119.1051&lat=36.7051&words=")
        .await;
    assert!(alike.text.contains(&expected), "{}", alike.text);
    let page = english.get(&page_of).await;
    assert_eq!(page.text.matches("class=\"history\"").count(), 1);
}

#[tokio::test]
async fn every_dispatch_names_the_unit_and_the_path_names_people_in_the_readers_language() {
    let town = Town::new();
    let number = reported(&town, "36.705").await;
    town.dispatch(&number);
    let back = serde_json::json!({ "reason": "不属于本单位", "evidence_words": "权属", "suggested_owner": "water-supply" });
    town.step(&number, "sign", serde_json::json!({}));
    town.step(&number, "send_back", back);
    town.step(
        &number,
        "dispatch",
        serde_json::json!({ "org": "water-supply" }),
    );
    let mut browser = Browser::new(&town);
    let track = browser.get(&format!("/track/{number}")).await;
    let line = track.text.split("这件事").next().unwrap().to_owned();
    assert!(line.matches("供水公司").count() >= 2, "{line}");
    let mut seat = signed_in(&town, "seat").await;
    let case = town.app.engine.find_case(&town.system(), &number).unwrap();
    let history = seat
        .get(&format!("/work/cases/{}?tab=history", case.id))
        .await;
    assert!(
        history.text.matches("承办单位：供水公司").count() >= 2,
        "{}",
        history.text
    );
}
