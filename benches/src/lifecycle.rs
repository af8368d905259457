//! Complaint lifecycles: open, accept, dispatch, sign for, done, search.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::http::Client;
use crate::server::Bench;

/// Lifecycles per second that must be reached, and the p95 of a request.
const GOAL: f64 = 300.0;
const GOAL_P95_MS: f64 = 60.0;

/// Who does what, as signed in.
#[derive(Clone)]
struct Cookies {
    collector: String,
    seat: String,
    handler: String,
    /// The organisation the handler works for.
    org: String,
}

pub(crate) fn run(bench: &Bench, seconds: u64) -> anyhow::Result<()> {
    let server = bench.start()?;
    let mut client = Client::connect(&server.address)?;
    let handler = client.sign_in("municipal")?;
    let session = client.get("/api/v1/session/current", &handler)?.json()?;
    let cookies = Cookies {
        collector: client.sign_in("collector")?,
        seat: client.sign_in("seat")?,
        org: session
            .get("org")
            .and_then(Value::as_str)
            .map(str::to_owned)
            .context("the handler has no organisation")?,
        handler,
    };
    let place = grid_of(&mut client, &cookies)?;
    println!(
        "{:>8} {:>14} {:>9} {:>9} {:>9} {:>9} {:>9}  goal: >= {GOAL}/s, p95 < {GOAL_P95_MS} ms",
        "clients", "lifecycles/s", "requests", "p50 ms", "p95 ms", "p99 ms", "cpu ms"
    );
    for clients in [1_usize, 32] {
        let (begun, cpu) = (Instant::now(), server.cpu_seconds()?);
        let end = begun + Duration::from_secs(seconds);
        let workers: Vec<_> = (0..clients)
            .map(|_| {
                let (address, cookies, place) = (server.address.clone(), cookies.clone(), place);
                std::thread::spawn(move || work(&address, &cookies, place, end))
            })
            .collect();
        let (mut done, mut times) = (0_usize, Vec::new());
        for worker in workers {
            let (lifecycles, spent) = worker
                .join()
                .map_err(|_| anyhow::anyhow!("a client failed"))??;
            done += lifecycles;
            times.extend(spent);
        }
        times.sort_unstable();
        let at = |share: f64| {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                clippy::cast_precision_loss,
                reason = "a place in a list of measurements"
            )]
            let place = ((times.len() as f64 - 1.0) * share) as usize;
            times.get(place).copied().unwrap_or_default().as_secs_f64() * 1000.0
        };
        #[expect(clippy::cast_precision_loss, reason = "counts of some thousand")]
        let rate = done as f64 / begun.elapsed().as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "counts of some thousand")]
        let each = (server.cpu_seconds()? - cpu) * 1000.0 / done.max(1) as f64;
        println!(
            "{clients:>8} {rate:>14.1} {:>9} {:>9.2} {:>9.2} {:>9.2} {:>9.2}  {:.1}x of the goal; {:.0}x of DIGIT's best (37/s)",
            times.len(),
            at(0.5),
            at(0.95),
            at(0.99),
            each,
            rate / GOAL,
            rate / 37.0
        );
    }
    println!("memory after the run: {:.0} MB", server.memory_mb()?);
    Ok(())
}

/// A position inside the grids of the demo city.
fn grid_of(client: &mut Client, cookies: &Cookies) -> anyhow::Result<(f64, f64)> {
    let place = (119.1004, 36.7104);
    let found = client
        .get(
            &format!("/api/v1/places/locate?lon={}&lat={}", place.0, place.1),
            &cookies.seat,
        )?
        .json()?;
    anyhow::ensure!(
        found.get("grid").is_some_and(Value::is_string),
        "the place has no grid: {found}"
    );
    Ok(place)
}

fn work(
    address: &str,
    cookies: &Cookies,
    place: (f64, f64),
    end: Instant,
) -> anyhow::Result<(usize, Vec<Duration>)> {
    let mut client = Client::connect(address)?;
    let (mut done, mut times) = (0, Vec::new());
    while Instant::now() < end {
        lifecycle(&mut client, cookies, place, &mut times)?;
        done += 1;
    }
    Ok((done, times))
}

/// Who completes the tasks of a lifecycle, in order, and how.
fn steps(cookies: &Cookies) -> [(&str, Value); 4] {
    [
        (
            &cookies.seat,
            json!({ "outcome": "accept", "data": { "category": "01037" } }),
        ),
        (
            &cookies.seat,
            json!({ "outcome": "dispatch", "data": { "org": cookies.org } }),
        ),
        (&cookies.handler, json!({ "outcome": "sign" })),
        (
            &cookies.handler,
            json!({ "outcome": "done", "data": { "opinion": "已更换灯泡" } }),
        ),
    ]
}

fn lifecycle(
    client: &mut Client,
    cookies: &Cookies,
    place: (f64, f64),
    times: &mut Vec<Duration>,
) -> anyhow::Result<()> {
    let mut timed = |client: &mut Client,
                     method: &str,
                     path: &str,
                     cookie: &str,
                     body: Value|
     -> anyhow::Result<Value> {
        let begun = Instant::now();
        let answer = if method == "GET" {
            client.get(path, cookie)?
        } else {
            client.post(path, cookie, &body)?
        };
        times.push(begun.elapsed());
        answer.json().with_context(|| format!("{method} {path}"))
    };
    let text = |value: &Value, name: &str| {
        value
            .get(name)
            .and_then(Value::as_str)
            .map(str::to_owned)
            .with_context(|| format!("no `{name}` in {value}"))
    };
    let open = json!({ "system": "city-care", "category": "01037", "lon": place.0, "lat": place.1, "facts": { "words": "路灯不亮", "reporter_kind": "collector" } });
    let opened = timed(client, "POST", "/api/v1/cases", &cookies.collector, open)?;
    let number = text(&opened, "number")?;
    let next = |answer: &Value| {
        let task = answer.pointer("/next/0/id").and_then(Value::as_str);
        task.map(str::to_owned).unwrap_or_default()
    };
    let mut task = next(&opened);
    for (cookie, body) in steps(cookies) {
        let done = timed(
            client,
            "POST",
            &format!("/api/v1/tasks/{task}/complete"),
            cookie,
            body,
        )?;
        task = next(&done);
    }
    let found = timed(
        client,
        "GET",
        &format!("/api/v1/cases?text={number}"),
        &cookies.seat,
        Value::Null,
    )?;
    anyhow::ensure!(
        found.pointer("/cases/0/number").and_then(Value::as_str) == Some(number.as_str()),
        "the case was not found by its number"
    );
    Ok(())
}
