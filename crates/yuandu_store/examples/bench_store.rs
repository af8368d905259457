//! Measures the store beside what its database does bare: `cargo run --release -p yuandu_store --example bench_store -- raw`.
//!
//! `raw`: plans through the committer, and the same rows written without it, in batches, with the same durability.
//! `series`: observations taken in. On SQLite, or on the PostgreSQL that `with_postgres --durable` starts. One figure a line.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use yuandu_ids::RealmId;
use yuandu_store::series::{Point, Retention, Series};
use yuandu_store::testing::{DATABASE_VARIABLE, bare};
use yuandu_store::{Change, Entry, Plan, Store, StoreError, TableDef};

/// Ratio of plans to the same rows bare that must be reached.
const RATIO: f64 = 0.5;

/// Points a second that must be reached.
const POINTS: f64 = 50_000.0;

/// Plans or rows in one transaction of the bare side.
const BATCH: usize = 64;

/// Clients that commit at the same time.
const CLIENTS: usize = 32;

fn main() -> Result<(), StoreError> {
    let mut arguments = std::env::args().skip(1);
    let what = arguments.next().unwrap_or_default();
    let seconds = arguments.next().and_then(|text| text.parse().ok());
    let time = Duration::from_secs(seconds.unwrap_or(10));
    let database = match std::env::var_os(DATABASE_VARIABLE) {
        Some(_) => "PostgreSQL",
        None => "SQLite",
    };
    match what.as_str() {
        "raw" => raw(database, time),
        "series" => series(database, time),
        _ => {
            eprintln!("say `raw` or `series`, then the seconds");
            Ok(())
        }
    }
}

/// What a use case of a case's life writes: the case, its state, a task, a clock.
fn tables() -> Vec<TableDef> {
    vec![
        TableDef::new("cases")
            .text("id")
            .text("number")
            .text("title")
            .text("status")
            .opt_text("org")
            .opt_real("lon")
            .opt_real("lat")
            .opt_int("due_at")
            .int("updated_at")
            .key(["id"])
            .unique(["number"])
            .index(["status", "updated_at", "id"])
            .index(["org", "status", "due_at"]),
        TableDef::new("case_state")
            .text("id")
            .text("state")
            .key(["id"]),
        TableDef::new("tasks")
            .text("id")
            .text("case_id")
            .text("role")
            .text("status")
            .opt_int("due_at")
            .key(["id"])
            .index(["status", "role", "due_at", "id"])
            .index(["case_id", "status"]),
        TableDef::new("clocks")
            .text("id")
            .text("case_id")
            .text("ledger")
            .key(["id"])
            .index(["case_id"]),
    ]
}

fn plan(number: u64) -> Plan {
    let at = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_790_000_000);
    // Ids sort by time, as those of cases do.
    let id = format!("{number:020}");
    let Some(realm) = RealmId::new(370_700) else {
        std::process::exit(2)
    };
    let entry = Entry {
        op: "cases.open".to_owned(),
        actor: "user:bench".to_owned(),
        on_behalf: None,
        subject: format!("case/{id}"),
        purpose: "bench".to_owned(),
        at,
        note: serde_json::json!({ "kind": "opened", "words": "路灯不亮，晚上走路不安全" }),
    };
    let instant = at.as_millisecond() + i64::try_from(number).unwrap_or(0);
    Plan::new(realm, entry)
        .change(
            Change::put("cases")
                .with("id", &id)
                .with("number", format!("N{id}"))
                .with("title", "路灯不亮")
                .with("status", "open")
                .with("org", "municipal")
                .with("lon", 119.1)
                .with("lat", 36.7)
                .with("due_at", instant)
                .with("updated_at", instant),
        )
        .change(Change::put("case_state").with("id", &id).with(
            "state",
            r#"{"tokens":[{"id":1,"node":"accept"}],"next":2}"#.repeat(4),
        ))
        .change(
            Change::put("tasks")
                .with("id", format!("t{id}"))
                .with("case_id", &id)
                .with("role", "seat")
                .with("status", "open")
                .with("due_at", instant),
        )
        .change(
            Change::put("clocks")
                .with("id", format!("{id}/limit"))
                .with("case_id", &id)
                .with(
                    "ledger",
                    r#"[{"from":1790000000000,"budget":"PT8H"}]"#.repeat(3),
                ),
        )
}

#[expect(clippy::cast_precision_loss, reason = "counts of some millions")]
fn rate(count: u64, begun: Instant) -> f64 {
    count as f64 / begun.elapsed().as_secs_f64()
}

fn raw(database: &str, time: Duration) -> Result<(), StoreError> {
    let store = Store::temporary(&tables())?;
    let next = Arc::new(AtomicU64::new(0));
    let begun = Instant::now();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let (store, next) = (store.shared(), Arc::clone(&next));
            std::thread::spawn(move || {
                while begun.elapsed() < time {
                    store.commit(plan(next.fetch_add(1, Ordering::Relaxed)))?;
                }
                Ok::<_, StoreError>(())
            })
        })
        .collect();
    for client in clients {
        client.join().unwrap_or(Err(StoreError::Closed))?;
    }
    let through = rate(store.size(), begun);
    drop(store);

    let place = Store::temporary(&tables())?;
    let mut bare = bare::Writer::open(place.options(), &tables())?;
    let (begun, mut rows) = (Instant::now(), 0);
    while begun.elapsed() < time {
        let plans: Vec<Plan> = (rows..rows + BATCH as u64).map(plan).collect();
        bare.write(&plans)?;
        rows += BATCH as u64;
    }
    let bare_rate = rate(rows, begun);
    println!(
        "raw {database}: {through:.0} plans/s through the committer with {CLIENTS} clients, {bare_rate:.0}/s the same rows bare in batches of {BATCH}, ratio {:.2} (goal >= {RATIO})",
        through / bare_rate
    );
    Ok(())
}

fn series(database: &str, time: Duration) -> Result<(), StoreError> {
    let store = Store::temporary(&tables())?;
    let series = Series::open(store.options())?;
    let start = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_790_000_000);
    let (mut taken, mut round) = (0_u64, 0_i64);
    let begun = Instant::now();
    while begun.elapsed() < time {
        // 1,000 meters that send ten readings a second, half a second at a time.
        let mut batch = Vec::with_capacity(5000);
        for meter in 0..1000_i32 {
            for part in 0..5_i64 {
                let value = 20.0
                    + f64::from(meter % 17)
                    + f64::from(i32::try_from(round % 60).unwrap_or(0)) / 10.0;
                batch.push(Point {
                    series: format!("meter/{meter:04}/flow"),
                    at: start + SignedDuration::from_millis(round * 500 + part * 100),
                    value,
                });
            }
        }
        series.append(370_700, &batch, start)?;
        taken += batch.len() as u64;
        round += 1;
    }
    let taken_rate = rate(taken, begun);
    let (loose, _) = series.size()?;
    let packing = Instant::now();
    series.maintain(start + SignedDuration::from_hours(48), Retention::default())?;
    let (packed, points) = series.size()?;
    let pack_rate = rate(points, packing);
    let asked = Instant::now();
    let found = series.points(
        370_700,
        "meter/0007/flow",
        start,
        start + SignedDuration::from_hours(1),
        100_000,
    )?;
    #[expect(clippy::cast_precision_loss, reason = "bytes of a benchmark")]
    let shares = (loose as f64 / points as f64, packed as f64 / points as f64);
    println!(
        "series {database}: {taken_rate:.0} points/s taken in, durable, in batches of 5,000 (goal >= {POINTS:.0}); {pack_rate:.0} points/s packed, {:.1} to {:.2} bytes a point; {} points of one meter read in {:.1} ms",
        shares.0,
        shares.1,
        found.len(),
        asked.elapsed().as_secs_f64() * 1000.0
    );
    Ok(())
}
