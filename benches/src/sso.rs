//! Single sign-on: tokens issued (`client_credentials`, durable here) and verified (introspection) per second, by the same
//! generator for this program and for a peer.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::http::Client;
use crate::server::Bench;

/// Connections at once.
const CLIENTS: usize = 32;
const GOAL: f64 = 5.0;

/// A provider under measurement.
struct Target {
    address: String,
    token: &'static str,
    introspect: &'static str,
    authorization: String,
}

pub(crate) fn run(bench: &Bench, seconds: u64, peer: Option<&str>) -> anyhow::Result<()> {
    let server = bench.start()?;
    let own = Target {
        authorization: register(&server.address)?,
        address: server.address.clone(),
        token: "/oauth/token",
        introspect: "/oauth/introspect",
    };
    let ours = measured(&own, seconds)?;
    println!(
        "issued {:.0}/s, verified {:.0}/s, {CLIENTS} connections; memory {:.0} MB",
        ours.0,
        ours.1,
        server.memory_mb()?
    );
    let Some(peer) = peer else {
        println!(
            "no peer; start one with `npm start` in benches/peers/oidc-provider and name it with --peer"
        );
        return Ok(());
    };
    drop(server);
    let other = Target {
        address: peer.to_owned(),
        token: "/token",
        introspect: "/token/introspection",
        authorization: format!("Basic {}", base64("bench:bench-secret")),
    };
    let theirs = measured(&other, seconds)?;
    println!(
        "oidc-provider (in memory): issued {:.0}/s, verified {:.0}/s",
        theirs.0, theirs.1
    );
    println!(
        "goal {GOAL}x: issued {:.1}x, verified {:.1}x",
        ours.0 / theirs.0,
        ours.1 / theirs.1
    );
    Ok(())
}

fn register(address: &str) -> anyhow::Result<String> {
    let mut client = Client::connect(address)?;
    let cookie = client.sign_in("security")?;
    let body = json!({ "trusted": true, "metadata": { "client_name": "bench", "scope": "introspect",
        "grant_types": ["client_credentials"], "token_endpoint_auth_method": "client_secret_basic" } });
    let made = client.post("/api/v1/sso/clients", &cookie, &body)?.json()?;
    let text = |name: &str| made.get(name).and_then(Value::as_str).context("no client");
    let proof = format!("{}:{}", text("client_id")?, text("client_secret")?);
    Ok(format!("Basic {}", base64(&proof)))
}

fn measured(target: &Target, seconds: u64) -> anyhow::Result<(f64, f64)> {
    let form = "grant_type=client_credentials";
    let given = Client::connect(&target.address)?
        .form(target.token, &target.authorization, form)?
        .json()?;
    let token = given.get("access_token").and_then(Value::as_str);
    let question = format!("token={}", token.context("no token")?);
    let issued = rate(target, target.token, form, seconds)?;
    let verified = rate(target, target.introspect, &question, seconds)?;
    Ok((issued, verified))
}

fn rate(target: &Target, path: &str, body: &str, seconds: u64) -> anyhow::Result<f64> {
    let (done, over) = (AtomicU64::new(0), AtomicBool::new(false));
    let begun = Instant::now();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..CLIENTS)
            .map(|_| {
                scope.spawn(|| {
                    let mut client = Client::connect(&target.address)?;
                    while !over.load(Ordering::Relaxed) {
                        client.form(path, &target.authorization, body)?.json()?;
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                    anyhow::Ok(())
                })
            })
            .collect();
        let end = begun + Duration::from_secs(seconds);
        std::thread::park_timeout(end.saturating_duration_since(Instant::now()));
        over.store(true, Ordering::Relaxed);
        for worker in workers {
            worker
                .join()
                .map_err(|_| anyhow::anyhow!("a client panicked"))??;
        }
        anyhow::Ok(())
    })?;
    #[expect(clippy::cast_precision_loss, reason = "a count for people")]
    let count = done.load(Ordering::Relaxed) as f64;
    Ok(count / begun.elapsed().as_secs_f64())
}

/// RFC 4648, 4.
fn base64(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in text.as_bytes().chunks(3) {
        let bits = three
            .iter()
            .fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte))
            << (8 * (3 - three.len()));
        for place in 0..4 {
            let digit = usize::try_from((bits >> (18 - 6 * place)) & 63).unwrap_or(0);
            let letter = DIGITS.get(digit).copied().map_or('=', char::from);
            out.push(if place <= three.len() { letter } else { '=' });
        }
    }
    out
}
