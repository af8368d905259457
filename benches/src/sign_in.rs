//! Sign-ins with a password per second in a real city, beside the hash alone: what everything around the hash costs.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use argon2::{Algorithm, Argon2, Params, Version};
use serde_json::json;

use crate::http::Client;
use crate::server::Bench;

/// What a sign-in may cost beside its hash.
const GOAL: f64 = 0.10;

pub(crate) fn run(bin: &Path, seconds: u64) -> anyhow::Result<()> {
    let dir = std::env::temp_dir().join(format!("yuandu-sign-in-{}", std::process::id()));
    let measured = measure(bin, &dir, seconds);
    // The figures are what matters; a folder that stays behind is the temporary folder's to remove.
    let _ = std::fs::remove_dir_all(&dir);
    measured
}

fn measure(bin: &Path, dir: &Path, seconds: u64) -> anyhow::Result<()> {
    let made = Command::new(bin)
        .args([
            "init",
            "--realm",
            "370700",
            "--name",
            "测",
            "--name-en",
            "Bench",
            "--data",
        ])
        .arg(dir)
        .output()
        .context("cannot start the server")?;
    if !made.status.success() {
        bail!("init failed: {}", String::from_utf8_lossy(&made.stderr));
    }
    let told = String::from_utf8(made.stdout)?;
    let password = told.lines().nth(1).context("no password was printed")?;
    let bench = Bench {
        bin: bin.to_owned(),
        data: dir.to_owned(),
    };
    let server = bench.start()?;
    let mut client = Client::connect(&server.address)?;
    let body = json!({ "login": "admin", "password": password });
    let hash = hash_seconds(password, seconds)?;
    let (begun, mut count) = (Instant::now(), 0_u32);
    while begun.elapsed() < Duration::from_secs(seconds) {
        client.post("/api/v1/session", "", &body)?.json()?;
        count += 1;
    }
    let each = begun.elapsed().as_secs_f64() / f64::from(count);
    let overhead = each / hash - 1.0;
    println!(
        "sign-ins {:.1}/s on one connection ({:.2} ms each), argon2id alone {:.1}/s ({:.2} ms)",
        1.0 / each,
        each * 1000.0,
        1.0 / hash,
        hash * 1000.0
    );
    println!(
        "overhead {:.1} % (goal <= {:.0} %), durable",
        overhead * 100.0,
        GOAL * 100.0
    );
    Ok(())
}

/// The same hash with the same cost: 19 MiB, 2 passes, 1 lane.
fn hash_seconds(password: &str, seconds: u64) -> anyhow::Result<f64> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(|error| anyhow::anyhow!("{error}"))?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let (begun, mut count, mut out) = (Instant::now(), 0_u32, [0_u8; 32]);
    while begun.elapsed() < Duration::from_secs(seconds) {
        argon2
            .hash_password_into(password.as_bytes(), b"salt of 16 bytes", &mut out)
            .map_err(|error| anyhow::anyhow!("{error}"))?;
        count += 1;
    }
    Ok(begun.elapsed().as_secs_f64() / f64::from(count))
}
