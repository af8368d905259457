//! What a resident can do without signing in, and what bad input gives.

use axum::http::StatusCode;

use crate::town::{Browser, GRID, Town};

/// A small JPEG.
fn photo() -> Vec<u8> {
    let mut bytes = Vec::new();
    let picture = image::DynamicImage::new_rgb8(8, 6);
    picture
        .write_to(
            &mut std::io::Cursor::new(&mut bytes),
            image::ImageFormat::Jpeg,
        )
        .unwrap();
    bytes
}

const REPORT: [(&str, &str); 7] = [
    ("category", "01037"),
    ("lon", "119.105"),
    ("lat", "36.705"),
    ("address", "东风街路口"),
    ("words", "路灯不亮三天了"),
    ("contact_name", "演示丙"),
    ("contact_phone", "19900000001"),
];

fn with<'a>(
    fields: &[(&'a str, &'a str)],
    name: &'a str,
    value: &'a str,
) -> Vec<(&'a str, &'a str)> {
    let mut changed: Vec<_> = fields
        .iter()
        .copied()
        .filter(|(own, _)| *own != name)
        .collect();
    changed.push((name, value));
    changed
}

/// Fills in the form, checks it and sends it; gives the number.
async fn report(browser: &mut Browser<'_>, fields: &[(&str, &str)]) -> String {
    browser.get("/report").await;
    let review = browser.post("/report", fields).await;
    assert_eq!(review.status, StatusCode::OK, "{}", review.text);
    let key = review.hidden("_key");
    let done = browser
        .post("/report/send", &with(fields, "_key", &key))
        .await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    done.location().rsplit('/').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_report_gets_a_number_and_its_promise_with_the_sum_behind_it() {
    let town = Town::new();
    let mut browser = Browser::new(&town);
    let number = report(&mut browser, &REPORT).await;
    let receipt = browser.get(&format!("/report/done/{number}")).await;
    assert_eq!(receipt.status, StatusCode::OK);
    assert!(
        receipt.text.contains(&number) && receipt.text.contains("采集员到现场核实"),
        "{}",
        receipt.text
    );
    let track = browser.get(&format!("/track/{number}")).await;
    assert!(
        track.text.contains("路灯异常 · 东风街路口"),
        "{}",
        track.text
    );
    assert!(track.text.contains("为什么是这个时间？"), "{}", track.text);
    for secret in ["演示丙", "19900000001", "路灯不亮三天了"] {
        assert!(!track.text.contains(secret), "`{secret}` is not public");
    }
}

#[tokio::test]
async fn a_broken_promise_is_said_and_its_sum_stands_open() {
    let town = Town::new();
    let mut browser = Browser::new(&town);
    let number = report(&mut browser, &REPORT).await;
    let path = format!("/track/{number}");
    let before = browser.get(&path).await;
    assert!(before.text.contains("正常") && !before.text.contains("<details class=\"why\" open>"));
    town.clock
        .advance(jiff::SignedDuration::from_hours(24 * 10));
    let after = browser.get(&path).await;
    assert!(after.text.contains("已超过承诺时间"), "{}", after.text);
    assert!(
        after.text.contains("<details class=\"why\" open>"),
        "{}",
        after.text
    );
}

#[tokio::test]
async fn every_problem_comes_at_once_and_nothing_typed_is_lost() {
    let town = Town::new();
    let mut browser = Browser::new(&town);
    browser.get("/report").await;
    let fields = [
        ("category", "99999"),
        ("lon", "0"),
        ("lat", "95"),
        ("words", "有\u{0}坏"),
        ("contact_phone", "12"),
    ];
    let refused = browser.post("/report", &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    for link in ["#f-category", "#f-place", "#f-words", "#f-contact_phone"] {
        assert!(
            refused.text.contains(&format!("href=\"{link}\"")),
            "{link}: {}",
            refused.text
        );
    }
    assert!(
        refused.text.contains(">有坏</textarea>"),
        "{}",
        refused.text
    );
    for named in [
        "情况：这里有看不见的控制字符",
        "类别：没有选中的这一类",
        "电话",
    ] {
        assert!(refused.text.contains(named), "{named}: {}", refused.text);
    }
    assert!(!refused.text.contains("`99999`"), "{}", refused.text);
    let half = browser.post("/report", &with(&REPORT, "lon", "")).await;
    assert!(half.text.contains("经度和纬度只填了一个"), "{}", half.text);
    assert_eq!(town.cases(), 0, "nothing changed");
}

#[tokio::test]
async fn what_was_not_offered_or_did_not_arrive_is_refused_and_the_rest_kept() {
    let town = Town::new();
    let mut browser = Browser::new(&town);
    let first = report(&mut browser, &REPORT).await;
    let far = with(&with(&REPORT, "lat", "36.78"), "join", &first);
    let refused = browser.post("/report", &far).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("不是同一处"), "{}", refused.text);
    let unknown = browser
        .post("/report", &with(&REPORT, "join", "20250124-123456-2"))
        .await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        unknown.text.contains("可以加入") && unknown.text.contains("路灯不亮三天了"),
        "{}",
        unknown.text
    );
    let photo = with(&REPORT, "photos", "../../etc");
    let dropped = browser.post("/report/send", &photo).await;
    assert_eq!(dropped.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        dropped.text.contains("照片没有收到") && dropped.text.contains("其他内容都还在"),
        "{}",
        dropped.text
    );
    let keyless = browser
        .post("/report/send", &with(&REPORT, "_key", ""))
        .await;
    assert_eq!(keyless.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(town.cases(), 1);
}

#[tokio::test]
async fn a_place_outside_the_city_is_refused_in_the_readers_language() {
    let town = Town::new();
    let mut browser = Browser::new(&town).english();
    browser.get("/report").await;
    let far = with(&with(&REPORT, "lon", "116.4"), "lat", "39.9");
    let refused = browser.post("/report", &far).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("outside Weifang"), "{}", refused.text);
}

#[tokio::test]
async fn a_grid_or_an_address_alone_is_enough_of_a_place() {
    let town = Town::new();
    let mut browser = Browser::new(&town);
    let grid = [("category", "01037"), ("grid", GRID), ("words", "路灯不亮")];
    let number = report(&mut browser, &grid).await;
    let case = town.app.engine.find_case(&town.system(), &number).unwrap();
    assert_eq!(case.grid.as_deref(), Some(GRID));
    assert_eq!(case.address.as_deref(), Some("奎文区东关街道后门街社区"));
    let address = [
        ("category", "01037"),
        ("address", "奎文区某处"),
        ("words", "路灯不亮"),
    ];
    report(&mut browser, &address).await;
    let unknown = browser
        .post("/report", &with(&grid, "grid", "370705001001999"))
        .await;
    assert!(unknown.text.contains("本市没有网格"), "{}", unknown.text);
}

#[tokio::test]
async fn the_same_report_nearby_is_offered_and_joined_under_a_number_of_its_own() {
    let town = Town::new();
    let mut browser = Browser::new(&town);
    let first = report(&mut browser, &REPORT).await;
    let fragment = browser
        .get("/report/similar?category=01037&lon=119.1051&lat=36.7051&words=")
        .await;
    assert!(
        fragment.text.contains(&first) && !fragment.text.contains("<html"),
        "{}",
        fragment.text
    );
    let review = browser.post("/report", &REPORT).await;
    assert!(
        review.text.contains("附近有人报过，也是这个吗？") && review.text.contains(&first),
        "{}",
        review.text
    );
    let joined = browser
        .post("/report", &[("join", first.as_str()), ("_key", "k1")])
        .await;
    assert_eq!(joined.status, StatusCode::SEE_OTHER, "{}", joined.text);
    let own = joined.location().rsplit('/').next().unwrap();
    assert_ne!(own, first);
    let track = browser.get(&format!("/track/{own}")).await;
    assert!(
        track.text.contains(&format!("/track/{first}")),
        "the main case is named: {}",
        track.text
    );
    assert!(
        track.text.contains("采集员到现场核实"),
        "its progress shows"
    );
    assert!(track.text.contains("有人先报了同一个问题"));
    assert_eq!(track.text.matches("已收到您的上报").count(), 1);
    let again = browser
        .post("/report", &[("join", first.as_str()), ("_key", "k1")])
        .await;
    assert_eq!(
        again.location(),
        joined.location(),
        "sent twice, joined once"
    );
}

#[tokio::test]
async fn a_form_sent_twice_opens_one_case() {
    let town = Town::new();
    let mut browser = Browser::new(&town);
    browser.get("/report").await;
    let fields = with(&REPORT, "_key", "once");
    let first = browser.post("/report/send", &fields).await;
    let second = browser.post("/report/send", &fields).await;
    assert_eq!(first.location(), second.location());
    assert_eq!(town.cases(), 1);
}

#[tokio::test]
async fn a_photo_is_kept_through_the_check_page_and_what_is_none_is_named() {
    let town = Town::new();
    let mut browser = Browser::new(&town);
    browser.get("/report").await;
    let bad = browser
        .post_photos(
            "/report",
            &REPORT,
            &[("好.jpg", &photo()), ("坏.exe", b"MZ")],
        )
        .await;
    assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(bad.text.contains("“坏.exe”不是照片"), "{}", bad.text);
    let kept = bad
        .text
        .split("src=\"/photos/")
        .nth(1)
        .unwrap()
        .split('/')
        .next()
        .unwrap()
        .to_owned();
    let photo = browser.get(&format!("/photos/{kept}")).await;
    assert_eq!(photo.headers["content-type"], "image/jpeg");
    let number = report(&mut browser, &with(&REPORT, "photos", &kept)).await;
    let case = town.app.engine.find_case(&town.system(), &number).unwrap();
    let view = town.app.engine.case_view(&town.system(), &case.id).unwrap();
    assert_eq!(view.facts["photos"], serde_json::json!([kept]));
    assert!(town.records_photo(&kept), "the records know the file");
    let large = vec![0xff; 11 * 1024 * 1024];
    let refused = browser
        .post_photos("/report", &REPORT, &[("大.jpg", &large)])
        .await;
    assert!(
        refused.text.contains("照片“大.jpg”超过 10 MB"),
        "{}",
        refused.text
    );
}

#[tokio::test]
async fn a_forged_form_changes_nothing() {
    let town = Town::new();
    let mut browser = Browser::new(&town);
    browser.get("/report").await;
    let forged = browser
        .post("/report/send", &with(&REPORT, "_csrf", "forged"))
        .await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    assert!(
        forged.text.contains("页面已过期") && forged.text.contains("<h1>"),
        "{}",
        forged.text
    );
    assert_eq!(town.cases(), 0);
    let words = REPORT.iter().find(|(name, _)| *name == "words").unwrap().1;
    assert!(forged.text.contains(words), "what was typed can be copied");
    assert!(!forged.text.contains("<textarea"), "but is no form again");
}

#[tokio::test]
async fn an_expired_sign_in_page_repeats_no_password() {
    let town = Town::new();
    let mut browser = Browser::new(&town);
    browser.get("/signin").await;
    let fields = [("login", "seat"), ("password", "s-word-7"), ("_csrf", "x")];
    let expired = browser.post("/signin", &fields).await;
    assert_eq!(expired.status, StatusCode::FORBIDDEN);
    assert!(!expired.text.contains("s-word-7"), "{}", expired.text);
}

#[tokio::test]
async fn a_refused_report_says_why_and_gives_the_answer() {
    let town = Town::new();
    let mut browser = Browser::new(&town);
    let number = report(&mut browser, &REPORT).await;
    town.refuse(&number);
    let track = browser.get(&format!("/track/{number}")).await;
    assert!(track.text.contains("不予立案"), "{}", track.text);
    assert!(
        track.text.contains("属于业主自管部位或单位内部"),
        "{}",
        track.text
    );
    assert!(track.text.contains("请联系物业"), "{}", track.text);
    assert!(
        !track.text.contains("为什么是这个时间？"),
        "nothing is promised any more"
    );
}

#[tokio::test]
async fn a_mistyped_number_is_told_from_an_unknown_one() {
    let town = Town::new();
    let mut browser = Browser::new(&town);
    let mistyped = browser.get("/track?number=20250124-123456-3").await;
    assert_eq!(mistyped.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(mistyped.text.contains("校验"), "{}", mistyped.text);
    let unknown = browser.get("/track/20250124-123456-2").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert!(
        unknown.text.contains("没有编号为 20250124-123456-2 的上报"),
        "{}",
        unknown.text
    );
    let found = browser.get("/search?q=20250124-123456-2").await;
    assert_eq!(found.location(), "/track/20250124-123456-2");
}

#[tokio::test]
async fn everyday_words_find_the_category() {
    let town = Town::new();
    let mut browser = Browser::new(&town);
    let found = browser
        .get("/search?q=%E8%B7%AF%E7%81%AF%E4%B8%8D%E4%BA%AE")
        .await;
    assert!(
        found.text.contains("/report?category=01037"),
        "{}",
        found.text
    );
    let chosen = browser.get("/report?category=01037").await;
    assert!(
        chosen.text.contains(r#"value="01037" checked"#),
        "{}",
        chosen.text
    );
    let nothing = browser.get("/search?q=zzzz").await;
    assert!(nothing.text.contains("没有找到"), "{}", nothing.text);
}
