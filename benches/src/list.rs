//! A list of 100 of 100,000 cases for an officer who may see 95 of 100 categories.

use std::time::Instant;

use anyhow::Context as _;
use serde_json::Value;

use crate::http::Client;
use crate::server::Bench;

const GOAL_MS: f64 = 10.0;
const ROUNDS: u32 = 200;

pub(crate) fn run(bench: &Bench) -> anyhow::Result<()> {
    let server = bench.start()?;
    let mut client = Client::connect(&server.address)?;
    let cookie = client.sign_in("load-seat")?;
    println!(
        "{:<28} {:>8} {:>8} {:>8} {:>8}  goal: < {GOAL_MS} ms, constant queries",
        "list of", "p50 ms", "p95 ms", "queries", "rows"
    );
    for (what, path) in [
        ("100 last changed", "/api/v1/cases?limit=100"),
        (
            "100 most urgent",
            "/api/v1/cases?limit=100&order=due&status=open",
        ),
        (
            "100 of one stage",
            "/api/v1/cases?limit=100&stage=accept&status=open",
        ),
        ("10 last changed", "/api/v1/cases?limit=10"),
    ] {
        let rows = client
            .get(path, &cookie)?
            .json()?
            .get("cases")
            .and_then(Value::as_array)
            .map_or(0, Vec::len);
        let before = queries(&mut client)?;
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            client.get(path, &cookie)?.json()?;
            times.push(begun.elapsed().as_secs_f64() * 1000.0);
        }
        let made = (queries(&mut client)? - before) / f64::from(ROUNDS);
        times.sort_by(f64::total_cmp);
        let at = |place: usize| times.get(place).copied().unwrap_or_default();
        println!(
            "{what:<28} {:>8.2} {:>8.2} {made:>8.1} {rows:>8}  {:.1}x faster than the goal; Open Zaak 200 ms, Signalen 263 queries for 50",
            at(100),
            at(190),
            GOAL_MS / at(100)
        );
    }
    Ok(())
}

fn queries(client: &mut Client) -> anyhow::Result<f64> {
    let answer = client.get("/metrics", "")?;
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("yuandu_store_queries_total "));
    Ok(line.context("no count of queries")?.parse()?)
}
