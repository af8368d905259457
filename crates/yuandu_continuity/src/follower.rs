//! The standby's side: asks the primary for what is next, checks it against the signed checkpoint, keeps blobs and entries.
//!
//! Asking for entry N with the root of the first N says that these N are durable here: that is the confirmation a
//! primary in synchronous mode waits for.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use yuandu_store::{BlobRef, Store};
use yuandu_transparency::VerifierKey;

use crate::feed::{Feed, LONGEST};
use crate::{Answer, Client, ContinuityError, Role, Site};

/// How long a primary holds a question for which there is nothing new yet.
const WAIT_S: u64 = 10;
/// Pause after a failure.
const PAUSE: Duration = Duration::from_millis(300);
/// Longest short answer.
const SHORT: usize = 1024 * 1024;

/// What a site says about itself to another that has the token.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Hello {
    /// What it is.
    pub role: Role,
    /// Its epoch.
    pub epoch: u64,
    /// Entries it has.
    pub size: u64,
    /// Root over them, hexadecimal.
    pub root: String,
    /// Public key of its log.
    pub key: String,
    /// The file `city.toml`.
    pub city: String,
}

/// Follows a primary.
#[derive(Debug)]
pub struct Follower {
    /// The store that is kept equal.
    pub store: Arc<Store>,
    /// This site.
    pub site: Arc<Site>,
    /// Asks the primary; has the token.
    pub client: Client,
    /// The primary's address.
    pub of: String,
    /// The key of its log.
    pub key: VerifierKey,
    /// Where the primary reaches this site.
    pub me: String,
}

/// Asks a site what it is.
pub async fn hello(client: &Client, site: &str) -> Result<Hello, ContinuityError> {
    let url = format!("{}/continuity/v1/hello", site.trim_end_matches('/'));
    let answer = client.get(&url, SHORT).await?;
    greeting(url, &answer)
}

/// Tells a primary that this epoch is higher than its own; gives the entries it ends with.
pub async fn fence(client: &Client, site: &str, epoch: u64) -> Result<Hello, ContinuityError> {
    let url = format!(
        "{}/continuity/v1/fence?epoch={epoch}",
        site.trim_end_matches('/')
    );
    let answer = client.post(&url, Vec::new(), SHORT).await?;
    greeting(url, &answer)
}

fn greeting(url: String, answer: &Answer) -> Result<Hello, ContinuityError> {
    if answer.status != 200 {
        return Err(ContinuityError::Refused {
            url,
            reason: format!("{} {}", answer.status, answer.text()),
        });
    }
    serde_json::from_slice(&answer.body)
        .map_err(|error| ContinuityError::damaged("what the other site says", error))
}

impl Follower {
    /// Follows until this site is no standby any more.
    pub async fn run(&self) {
        while self.site.state().role == Role::Standby {
            if let Err(error) = self.step(WAIT_S).await {
                tracing::warn!(error = %error, "the primary could not be followed; trying again");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    /// Asks once; gives how many entries were taken. `wait_s` is how long the primary may hold the question.
    pub async fn step(&self, wait_s: u64) -> Result<u64, ContinuityError> {
        let store = Arc::clone(&self.store);
        let head = blocking(move || Ok(store.log().head()?)).await?;
        let url = format!(
            "{}/continuity/v1/log?from={}&root={}&epoch={}&wait={wait_s}&me={}",
            self.of.trim_end_matches('/'),
            head.size,
            head.root_hex(),
            self.site.state().epoch,
            encode(&self.me),
        );
        let answer = self.client.get(&url, LONGEST).await?;
        if answer.status != 200 {
            return Err(ContinuityError::Refused {
                url: self.of.clone(),
                reason: format!("{} {}", answer.status, answer.text()),
            });
        }
        let (feed, expected) = Feed::parse(&answer.body, &self.key)?;
        let epoch = self.site.state().epoch;
        if feed.head.epoch < epoch {
            return Err(ContinuityError::damaged(
                "the primary",
                format!(
                    "it is in epoch {}, this site knows {epoch}",
                    feed.head.epoch
                ),
            ));
        }
        self.site.hear(feed.head.epoch)?;
        self.site.primary_has(feed.head.size);
        if feed.entries.is_empty() {
            return Ok(0);
        }
        for blob in feed.entries.iter().flat_map(|entry| entry.blobs()) {
            self.fetch(&blob).await?;
        }
        let count = feed.entries.len() as u64;
        let store = Arc::clone(&self.store);
        blocking(move || Ok(store.append_copies(feed.entries, expected)?)).await?;
        Ok(count)
    }

    /// Keeps a blob that is not here yet, before the entry that records it.
    async fn fetch(&self, blob: &BlobRef) -> Result<(), ContinuityError> {
        let (store, wanted) = (Arc::clone(&self.store), blob.clone());
        if blocking(move || Ok(store.blobs().has(&wanted)?)).await? {
            return Ok(());
        }
        let url = format!(
            "{}/continuity/v1/blob/{blob}",
            self.of.trim_end_matches('/')
        );
        let fetched = self.store.dir().join("blob.new");
        let status = self.client.get_file(&url, &fetched).await?;
        if status != 200 {
            return Err(ContinuityError::Refused {
                url,
                reason: format!("{status}; a blob is missing there too, run `yuandu verify` there"),
            });
        }
        let (store, wanted) = (Arc::clone(&self.store), blob.clone());
        blocking(move || {
            let mut from = std::fs::File::open(&fetched)
                .map_err(|error| ContinuityError::file(&fetched, error))?;
            let (kept, _) = store.blobs().put_stream(&mut from)?;
            if kept == wanted {
                return Ok(());
            }
            Err(ContinuityError::damaged(
                format!("blob {wanted}"),
                "the primary sent other bytes",
            ))
        })
        .await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ContinuityError> + Send + 'static,
) -> Result<T, ContinuityError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(ContinuityError::damaged("a task", error)))
}

/// Percent-encodes an address for a query.
fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}
