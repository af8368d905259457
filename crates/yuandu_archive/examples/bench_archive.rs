//! Prints how long it takes to seal ten thousand cases, and to find one among a hundred segments.
//!
//! `cargo run --release -p yuandu_archive --example bench_archive`; on PostgreSQL behind
//! `cargo run --release -p yuandu_store --example with_postgres --`.

use std::time::Instant;

use yuandu_archive::{ArchiveError, Kind, MOST_OPENED, Question, family, find, get, schema, seal};
use yuandu_ids::RealmId;
use yuandu_store::verify::verify_store;
use yuandu_store::{Change, Entry, Plan, Store, TableDef};

const MINUTE: i64 = 60_000;
/// Cases, those of one segment, and rows that belong to each.
const CASES: i64 = 20_000;
const LOT: i64 = 200;
const LARGE_LOT: i64 = 1000;
const PARTS: i64 = 12;

const STREETS: [&str; 8] = [
    "东风街",
    "胜利街",
    "北海路",
    "健康街",
    "民生街",
    "和平路",
    "新华路",
    "虞河路",
];
const THINGS: [&str; 8] = [
    "路灯不亮",
    "井盖破损",
    "垃圾未清运",
    "占道经营",
    "行道树倾斜",
    "供水管漏水",
    "人行道塌陷",
    "广告牌松动",
];

fn kind() -> Kind {
    let own = TableDef::new("cases")
        .text("id")
        .text("number")
        .text("system")
        .opt_text("parent")
        .opt_text("words")
        .int("opened_at")
        .opt_int("closed_at")
        .int("updated_at")
        .key(["id"])
        .unique(["number"])
        .index(["updated_at", "id"]);
    let parts = TableDef::new("tasks")
        .text("id")
        .text("case_id")
        .text("name")
        .text("outcome")
        .int("done_at")
        .opt_text("data")
        .key(["id"])
        .index(["case_id", "done_at"]);
    let column = str::to_owned;
    Kind {
        own,
        id: column("id"),
        number: column("number"),
        words: column("words"),
        group: column("system"),
        parent: column("parent"),
        opened_at: column("opened_at"),
        closed_at: column("closed_at"),
        updated_at: column("updated_at"),
        parts: vec![(parts, column("case_id"))],
    }
}

fn entry(op: &str) -> Entry {
    Entry {
        op: op.to_owned(),
        actor: "system:bench".to_owned(),
        on_behalf: None,
        subject: "archive/bench".to_owned(),
        purpose: "bench".to_owned(),
        at: jiff::Timestamp::UNIX_EPOCH,
        note: serde_json::Value::Null,
    }
}

fn one(realm: RealmId, number: i64) -> Plan {
    let at = |of: &[&'static str], step: i64| {
        let place = usize::try_from(number / step).unwrap_or(0) % of.len();
        of.get(place).copied().unwrap_or("")
    };
    let words = format!(
        "{}{number}号 {} 市民来电反映该处问题已有多日，影响通行，希望尽快处理",
        at(&STREETS, 1),
        at(&THINGS, 8)
    );
    let case = Change::put("cases")
        .with("id", format!("case-{number:08}"))
        .with("number", format!("20240101-{number:06}-7"))
        .with("system", "city-care")
        .with("words", words)
        .with("opened_at", number * MINUTE)
        .with("closed_at", number * MINUTE)
        .with("updated_at", number * MINUTE);
    let parts = (0..PARTS).map(|part| {
        Change::put("tasks")
            .with("id", format!("task-{number:08}-{part}"))
            .with("case_id", format!("case-{number:08}"))
            .with("name", "处置并反馈")
            .with("outcome", "done")
            .with("done_at", number * MINUTE)
            .with(
                "data",
                r#"{"opinion":"已安排人员到场处置，现场已恢复","photos":["0f6c"]}"#,
            )
    });
    Plan::new(realm, entry("cases.open")).changes(std::iter::once(case).chain(parts))
}

fn main() -> Result<(), ArchiveError> {
    let tables: Vec<TableDef> = {
        let kind = kind();
        let parts = kind.parts.into_iter().map(|(table, _)| table);
        parts.chain([kind.own]).chain(schema()).collect()
    };
    let (store, kind) = (Store::temporary(&tables)?, kind());
    let Some(realm) = RealmId::new(370_700) else {
        return Ok(());
    };
    for lot in 0..CASES / 500 {
        let plans = (lot * 500..(lot + 1) * 500).map(|number| one(realm, number));
        for receipt in store.commit_all(plans.collect()) {
            receipt?;
        }
    }
    println!("{CASES} cases with {PARTS} further rows each");
    // Ten segments of a thousand, fifty of two hundred, forty of fifty: a hundred.
    let segments = sealing(&store, realm, &kind, (0, CASES / 2, LARGE_LOT))?
        + sealing(&store, realm, &kind, (CASES / 2, CASES, LOT))?
        + sealing_more(&store, realm, &kind)?;
    println!("searching among {segments} segments, {MOST_OPENED} opened at most");
    searching(&store, realm)?;
    let begun = Instant::now();
    let report = verify_store(store.options(), &tables, &mut |_, _, _| ())?;
    println!(
        "verify: {} in {:.1} s",
        if report.is_clean() {
            "clean"
        } else {
            "DIFFERS"
        },
        begun.elapsed().as_secs_f64()
    );
    Ok(())
}

fn sealing(
    store: &Store,
    realm: RealmId,
    kind: &Kind,
    (from, to, lot): (i64, i64, i64),
) -> Result<usize, ArchiveError> {
    let (begun, mut longest) = (Instant::now(), 0.0_f64);
    let (mut segments, mut bytes, mut rows) = (0, 0, 0);
    for first in (from..to).step_by(usize::try_from(lot).unwrap_or(1)) {
        let ids: Vec<String> = (first..first + lot)
            .map(|number| format!("case-{number:08}"))
            .collect();
        let one = Instant::now();
        if let Some(sealed) = seal(store, realm, kind, &ids, entry("archive.seal"))? {
            segments += 1;
            bytes += sealed.bytes;
            rows += sealed.rows;
        }
        longest = longest.max(one.elapsed().as_secs_f64());
    }
    println!(
        "sealed {} cases, {rows} rows, in lots of {lot}: {:.2} s, longest lot {:.0} ms, {} bytes a case",
        to - from,
        begun.elapsed().as_secs_f64(),
        longest * 1000.0,
        bytes / usize::try_from(to - from).unwrap_or(1)
    );
    Ok(segments)
}

/// Forty more segments of fifty cases: a hundred in all.
fn sealing_more(store: &Store, realm: RealmId, kind: &Kind) -> Result<usize, ArchiveError> {
    let more = CASES..CASES + 40 * 50;
    let plans: Vec<Plan> = more.clone().map(|number| one(realm, number)).collect();
    for receipt in store.commit_all(plans) {
        receipt?;
    }
    sealing(store, realm, kind, (more.start, more.end, 50))
}

fn searching(store: &Store, realm: RealmId) -> Result<(), ArchiveError> {
    for number in [7, CASES / 2 + 7, CASES + 7] {
        let number = format!("20240101-{number:06}-7");
        let begun = Instant::now();
        let found = get(store, realm, &number)?;
        let alone = begun.elapsed().as_secs_f64() * 1000.0;
        let begun = Instant::now();
        let members = family(store, realm, &number)?.map_or(0, |family| family.len());
        println!(
            "number {number}: {} in {alone:.1} ms; with its family of {members}: {:.1} ms",
            if found.is_some() { "found" } else { "MISSED" },
            begun.elapsed().as_secs_f64() * 1000.0
        );
    }
    let begun = Instant::now();
    let nothing = get(store, realm, "20250101-000000-0")?;
    println!(
        "a number that is not there: {} in {:.1} ms",
        if nothing.is_none() {
            "nothing"
        } else {
            "WRONG"
        },
        begun.elapsed().as_secs_f64() * 1000.0
    );
    for words in [
        "井盖破损",
        "东风街12344号",
        "东风街16号",
        "桥梁护栏",
        "东风街 供水管漏水 影响通行",
        "影响尽快通行",
    ] {
        let question = Question {
            words,
            from_ms: i64::MIN,
            to_ms: i64::MAX,
            most: 50,
            after: None,
        };
        let begun = Instant::now();
        let found = find(store, realm, &question, &mut |_| true)?;
        println!(
            "words {words}: {} found, {} opened, {} passed over, {} left, {:.1} ms",
            found.matters.len(),
            found.opened,
            found.passed_over,
            found.left,
            begun.elapsed().as_secs_f64() * 1000.0
        );
    }
    Ok(())
}
