//! Figures: building the index, finding phrases, similar texts, and catching up with a new entry.
//!
//! `cargo run --release -p yuandu_search --example bench_search -- 100000`

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use yuandu_search::{Search, SearchError, Source};
use yuandu_store::{Change, Entry, Plan, Store, StoreError, TableDef};

const WHERE: [&str; 8] = [
    "福寿东街",
    "东风西街",
    "健康路",
    "胜利街",
    "北海路",
    "新华路",
    "四平路",
    "鸢飞路",
];
const WHAT: [&str; 8] = [
    "停水没有人通知",
    "路灯不亮走夜路害怕",
    "烧烤店噪声扰民睡不着",
    "公交车甩站不停",
    "拖欠工资半年",
    "垃圾没人清理发臭",
    "暖气不热老人受冻",
    "物业乱收费不开发票",
];

fn plan(id: usize) -> Result<Plan, StoreError> {
    let pick =
        |list: [&'static str; 8], by: usize| list.get(id / by % 8).copied().unwrap_or_default();
    let words = format!(
        "{}{}号小区{}栋{}，来电人要求尽快处理并答复",
        pick(WHERE, 1),
        id % 300,
        id % 40,
        pick(WHAT, 8)
    );
    let entry = Entry {
        op: "notes.write".to_owned(),
        actor: "system:bench".to_owned(),
        on_behalf: None,
        subject: format!("note/{id}"),
        purpose: "bench".to_owned(),
        at: Timestamp::UNIX_EPOCH,
        note: serde_json::Value::Null,
    };
    let realm = "370700".parse().map_err(|_| StoreError::Database {
        reason: "the realm is no code".to_owned(),
    })?;
    let change = Change::put("notes")
        .with("id", id.to_string())
        .with("words", words);
    Ok(Plan::new(realm, entry).change(change))
}

fn median(mut times: Vec<Duration>) -> (Duration, Duration) {
    times.sort_unstable();
    let at = |part: usize| {
        times
            .get(times.len() * part / 100)
            .copied()
            .unwrap_or_default()
    };
    (at(50), at(95))
}

fn main() -> Result<(), SearchError> {
    let count: usize = std::env::args()
        .nth(1)
        .and_then(|text| text.parse().ok())
        .unwrap_or(20_000);
    let tables = [TableDef::new("notes").text("id").text("words").key(["id"])];
    let store = Store::temporary(&tables)?.shared();
    for start in (0..count).step_by(2_000) {
        let plans: Result<Vec<Plan>, StoreError> =
            (start..count.min(start + 2_000)).map(plan).collect();
        for result in store.commit_all(plans?) {
            result?;
        }
    }
    let search = Search::new(
        Arc::clone(&store),
        370_700,
        vec![Source::new("note", "notes").column("words")],
    );
    let began = Instant::now();
    search.catch_up()?;
    println!("built from {count} rows in {:?}", began.elapsed());
    for (name, question) in [
        ("phrase", "烧烤店噪声"),
        ("two words", "健康路 停水"),
        ("one character", "灯"),
        ("number", "123号小区7栋"),
    ] {
        let mut times = Vec::new();
        let mut found = 0;
        for _ in 0..100 {
            let began = Instant::now();
            found = search.find("note", question, 50)?.len();
            times.push(began.elapsed());
        }
        let (half, most) = median(times);
        println!("{name} `{question}`: {found} shown, median {half:?}, p95 {most:?}");
    }
    let mut times = Vec::new();
    for _ in 0..100 {
        let began = Instant::now();
        search.similar("note", "我们小区路灯坏了好几天，老人走夜路害怕摔倒", 3)?;
        times.push(began.elapsed());
    }
    println!("similar: median and p95 {:?}", median(times));
    let mut times = Vec::new();
    for id in count..count + 100 {
        store.commit(plan(id)?)?;
        let began = Instant::now();
        search.find("note", "来电人要求", 1)?;
        times.push(began.elapsed());
    }
    println!("found after a commit: median and p95 {:?}", median(times));
    Ok(())
}
