//! The city's log as it is published: its key in the data folder, the witnesses it asks, its own service as a witness.
//!
//! Files of the data folder: `log-key` (private, mode 600), `witnesses` (lines of public key and address), and the
//! folder `witness` with `witness-key` and `logs`, if this city cosigns the logs of others.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use yuandu_api::App;
use yuandu_api::tlog::PublishedLog;
use yuandu_continuity::Client;
use yuandu_ids::RealmId;
use yuandu_transparency::{Answered, Note, Publisher, Request, SigningKey, VerifierKey, Witness};

/// Name of the file of the private key.
pub const LOG_KEY: &str = "log-key";
/// Folder of the service as a witness.
pub const WITNESS: &str = "witness";
/// How often witnesses are asked; what is published is older than the log by this much at most.
const ROUND: Duration = Duration::from_secs(5);
/// Longest answer of a witness.
const LONGEST_ANSWER: usize = 64 * 1024;

/// Makes the log's key unless there is one, and gives the public one.
pub fn ensure_key(dir: &Path, realm: RealmId) -> anyhow::Result<VerifierKey> {
    let path = dir.join(LOG_KEY);
    if !path.exists() {
        let written = SigningKey::generate(&format!("yuandu/{realm}"))?.write(&path);
        // Another server of the same folder may have been quicker: then its key is the log's.
        if !path.exists() {
            written?;
        }
    }
    Ok(SigningKey::read(&path)?.public().clone())
}

/// Opens the keys of a data folder.
pub fn open(dir: &Path, realm: RealmId) -> anyhow::Result<PublishedLog> {
    ensure_key(dir, realm)?;
    let listed = dir.join("witnesses");
    let witnesses = if listed.exists() {
        std::fs::read_to_string(&listed)
            .with_context(|| format!("cannot read `{}`", listed.display()))?
    } else {
        String::new()
    };
    let key = SigningKey::read(&dir.join(LOG_KEY))?;
    let publisher = Publisher::new(key, &witnesses)
        .with_context(|| format!("`{}` is not right", listed.display()))?;
    Ok(PublishedLog {
        publisher: Arc::new(publisher),
        witness: Witness::open(&dir.join(WITNESS))?.map(Arc::new),
    })
}

/// Has the head cosigned again and again while there are witnesses; one that cannot be reached holds nothing up.
pub(crate) async fn ask_witnesses(app: App, log: PublishedLog, client: Client) {
    if log.publisher.cosigned().0 == 0 {
        return;
    }
    let mut tick = tokio::time::interval(ROUND);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if let Err(error) = round(&app, &log, &client).await {
            tracing::warn!(error = %error, "witnesses could not be asked; trying again");
        }
    }
}

async fn round(app: &App, log: &PublishedLog, client: &Client) -> anyhow::Result<()> {
    let (publisher, store) = (Arc::clone(&log.publisher), Arc::clone(&app.store));
    let requests = tokio::task::spawn_blocking(move || publisher.requests(&store.log())).await??;
    let mut cosigned = Vec::new();
    for request in &requests {
        match ask(app, log, client, request.clone()).await {
            Ok(note) => cosigned.push(note),
            Err(error) => tracing::warn!(witness = request.url, error = %error, "not cosigned"),
        }
    }
    log.publisher.publish(&requests, cosigned);
    Ok(())
}

/// Asks one witness; if it knows another size, once more from there.
async fn ask(
    app: &App,
    log: &PublishedLog,
    client: &Client,
    mut request: Request,
) -> anyhow::Result<Note> {
    for _ in 0..2 {
        let body = request.body.clone().into_bytes();
        let answer = client.post(&request.url, body, LONGEST_ANSWER).await?;
        let (publisher, store) = (Arc::clone(&log.publisher), Arc::clone(&app.store));
        let asked = request.clone();
        let answered = tokio::task::spawn_blocking(move || {
            publisher.answered(&store.log(), &asked, answer.status, &answer.text())
        });
        match answered.await?? {
            Answered::Cosigned(note) => return Ok(note),
            Answered::Again(next) => request = *next,
        }
    }
    anyhow::bail!("it named another size twice")
}
