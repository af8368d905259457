//! How fast a log is verified, backed up and restored, and how far a standby is behind.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde_json::Value;

use crate::http::Client;
use crate::server::{Bench, Running};

/// Writes whose arrival at the standby is timed.
const WRITES: usize = 200;

pub(crate) fn run(bench: &Bench) -> anyhow::Result<()> {
    let data = bench.data.to_string_lossy().into_owned();
    let offline = timed(bench, &["verify", "--data", &data, "--json"])?;
    rate("verify, tables and photos too", &offline)?;
    let place = bench.data.with_extension("backup");
    let copy = bench.data.with_extension("restored");
    let second = bench.data.with_extension("standby");
    for folder in [&place, &copy, &second] {
        if folder.exists() {
            std::fs::remove_dir_all(folder)?;
        }
    }
    let (to, into) = (place.to_string_lossy(), copy.to_string_lossy());
    let backup = timed(bench, &["backup", "--data", &data, "--to", &to])?;
    println!("backup    {}", backup.0.trim());
    let restore = timed(bench, &["restore", "--from", &to, "--data", &into])?;
    println!("restore   {}", restore.0.lines().next().unwrap_or_default());
    let drill = timed(bench, &["drill", "--from", &to, "--data", &data])?;
    println!("drill     {:.1} s in all", drill.1.as_secs_f64());

    let primary = bench.start()?;
    let url = format!("http://{}", primary.address);
    let online = timed(bench, &["verify", "--url", &url, "--json"])?;
    rate("verify from outside", &online)?;
    standby(bench, &primary, &url, &second)?;
    drop(primary);
    // Otherwise the city would wait for a standby that is gone before it takes changes again.
    std::fs::remove_file(bench.data.join("site.json"))?;
    for folder in [&place, &copy, &second] {
        std::fs::remove_dir_all(folder)?;
    }
    Ok(())
}

fn standby(bench: &Bench, primary: &Running, url: &str, data: &Path) -> anyhow::Result<()> {
    let secrets = bench.data.to_string_lossy();
    let begun = Instant::now();
    let words = ["standby", "--of", url, "--secrets", &secrets];
    let standby = bench.start_as(&words, data)?;
    let (mut here, mut there) = (
        Client::connect(&primary.address)?,
        Client::connect(&standby.address)?,
    );
    let size = entries(&mut here)?;
    // Each question takes its time; nothing waits between them.
    while entries(&mut there)? < size {}
    let took = begun.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "shown without decimals")]
    let per_second = size as f64 / took;
    println!("standby   {size} entries from nothing in {took:.1} s, {per_second:.0} entries/s");
    let mut lags = Vec::with_capacity(WRITES);
    for _ in 0..WRITES {
        here.sign_in("seat")?;
        let (done, size) = (Instant::now(), entries(&mut here)?);
        while entries(&mut there)? < size {
            if done.elapsed() > Duration::from_secs(10) {
                bail!("the standby does not follow");
            }
        }
        lags.push(done.elapsed().as_secs_f64() * 1000.0);
    }
    lags.sort_by(f64::total_cmp);
    let at = |place: usize| lags.get(place).copied().unwrap_or_default();
    println!(
        "lag       p50 {:.1} ms, p95 {:.1} ms, worst {:.1} ms of {WRITES} writes, from the answer of the primary to the standby's",
        at(WRITES / 2),
        at(WRITES * 95 / 100),
        at(WRITES - 1)
    );
    Ok(())
}

fn entries(client: &mut Client) -> anyhow::Result<u64> {
    let ready = client.get("/readyz", "")?.json()?;
    let size = ready.get("log_size").and_then(Value::as_u64);
    size.context("the server does not tell its log's size")
}

/// Runs a command of the program; gives what it said and how long it took.
fn timed(bench: &Bench, words: &[&str]) -> anyhow::Result<(String, Duration)> {
    let begun = Instant::now();
    let output = Command::new(&bench.bin)
        .args(words)
        .env("RUST_LOG", "warn")
        .output()?;
    if !output.status.success() {
        bail!("{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok((said, begun.elapsed()))
}

fn rate(what: &str, (said, took): &(String, Duration)) -> anyhow::Result<()> {
    let report: Value = serde_json::from_str(said)?;
    let size = report.get("size").and_then(Value::as_u64);
    let size = size.context("no size in the report")?;
    #[expect(clippy::cast_precision_loss, reason = "shown without decimals")]
    let per_second = size as f64 / took.as_secs_f64();
    println!(
        "verify    {size} entries in {:.1} s, {per_second:.0} entries/s   ({what})",
        took.as_secs_f64()
    );
    Ok(())
}
