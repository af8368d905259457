//! `yuandu verify --url`: checks a running server's published log from outside, as anyone may.

use crate::out::say;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use indicatif::ProgressBar;
use serde::{Deserialize, Serialize};
use yuandu_continuity::{Client, ClientOptions};
use yuandu_transparency::{Audit, Audited, Fetch, Known, TransparencyError, VerifierKey};

/// Largest file of a published log: 256 leaf inputs of at most 64 KiB.
const LARGEST: usize = 17 * 1024 * 1024;

/// Which server, whose signatures.
#[derive(Debug, Args)]
pub(crate) struct OnlineArgs {
    /// Address of a running server whose published log is checked from outside instead.
    #[arg(long, value_name = "URL", conflicts_with_all = ["data", "systems"])]
    url: Option<String>,
    /// Public key of the log; without it the one the server names is believed, and remembered in the file of --since.
    #[arg(long, value_name = "KEY", requires = "url")]
    key: Option<String>,
    /// Public key of a witness that must have cosigned; may be given several times.
    #[arg(long, value_name = "KEY", requires = "url")]
    witness: Vec<String>,
    /// Certificates (PEM) to trust instead of the system's.
    #[arg(long, value_name = "FILE", requires = "url")]
    ca: Option<PathBuf>,
}

impl OnlineArgs {
    /// The server asked for, if one is.
    pub(crate) fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }
}

/// What the file of --since holds.
#[derive(Serialize, Deserialize)]
struct Remembered {
    key: String,
    known: Known,
}

pub(crate) fn run(
    args: &OnlineArgs,
    url: &str,
    since: Option<&Path>,
    json: bool,
    bar: &ProgressBar,
) -> anyhow::Result<ExitCode> {
    let options = ClientOptions {
        ca: args.ca.clone(),
        token: None,
    };
    let server = Server {
        base: format!("{}/log/", url.trim_end_matches('/')),
        client: Client::new(&options)?,
        runtime: tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?,
    };
    let remembered = since.map(remembered).transpose()?.flatten();
    let key = key(args, &server, remembered.as_ref())?;
    let witnesses = args
        .witness
        .iter()
        .map(|key| VerifierKey::parse(key))
        .collect::<Result<Vec<_>, _>>()?;
    let audit = Audit {
        key,
        quorum: witnesses.len(),
        witnesses,
    };
    let begun = std::time::Instant::now();
    let result = audit.run(
        &server,
        remembered.as_ref().map(|remembered| &remembered.known),
        &mut |done, all| {
            bar.set_length(all);
            bar.set_position(done);
        },
    );
    bar.finish_and_clear();
    match result {
        Ok(audited) => {
            if let Some(path) = since {
                remember(path, &audit.key, &audited.known)?;
            }
            print(&audited, json, begun.elapsed().as_secs_f64());
            Ok(ExitCode::SUCCESS)
        }
        Err(error @ TransparencyError::Refuted { .. }) => {
            say!("ALTERED  {error}");
            say!("the published log does not hold");
            Ok(ExitCode::from(1))
        }
        Err(error) => Err(error.into()),
    }
}

fn print(audited: &Audited, json: bool, seconds: f64) {
    if json {
        let report = serde_json::json!({
            "size": audited.head.size, "root": audited.head.root_hex(), "fresh": audited.fresh,
            "tiles": audited.tiles, "cosigned": audited.cosigned, "seconds": seconds,
        });
        say!("{report:#}");
        return;
    }
    say!("entries  {} ({} new)", audited.head.size, audited.fresh);
    say!("root     {}", audited.head.root_hex());
    say!("tiles    {}", audited.tiles);
    say!("cosigned {} witnesses", audited.cosigned);
    say!("the published log holds");
}

/// The key to check with: given, remembered, or named by the server for this first time.
fn key(
    args: &OnlineArgs,
    server: &Server,
    remembered: Option<&Remembered>,
) -> anyhow::Result<VerifierKey> {
    if let Some(key) = &args.key {
        return Ok(VerifierKey::parse(key)?);
    }
    if let Some(remembered) = remembered {
        return Ok(VerifierKey::parse(&remembered.key)?);
    }
    let text = server.get("key")?.context("the server names no key")?;
    let text = String::from_utf8_lossy(&text).into_owned();
    eprintln!("the key is believed as the server names it; compare it once: {text}");
    Ok(VerifierKey::parse(&text)?)
}

fn remembered(path: &Path) -> anyhow::Result<Option<Remembered>> {
    if !path.exists() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(path)?;
    serde_json::from_str(&text)
        .map(Some)
        .with_context(|| format!("`{}` is not a file of --since for --url", path.display()))
}

fn remember(path: &Path, key: &VerifierKey, known: &Known) -> anyhow::Result<()> {
    let remembered = Remembered {
        key: key.to_string(),
        known: known.clone(),
    };
    let fresh = path.with_extension("new");
    std::fs::write(&fresh, serde_json::to_string(&remembered)?)
        .and_then(|()| std::fs::rename(&fresh, path))
        .with_context(|| format!("cannot write `{}`", path.display()))
}

/// The published files over HTTP.
struct Server {
    base: String,
    client: Client,
    runtime: tokio::runtime::Runtime,
}

impl Fetch for Server {
    fn get(&self, path: &str) -> Result<Option<Vec<u8>>, TransparencyError> {
        let fetch = |reason: String| TransparencyError::Fetch {
            path: path.to_owned(),
            reason,
        };
        let url = format!("{}{path}", self.base);
        let answer = self
            .runtime
            .block_on(self.client.get(&url, LARGEST))
            .map_err(|error| fetch(error.to_string()))?;
        match answer.status {
            200 => Ok(Some(answer.body)),
            404 => Ok(None),
            other => Err(fetch(format!("the server answered {other}"))),
        }
    }
}
