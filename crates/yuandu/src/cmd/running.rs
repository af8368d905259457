//! A running server that the operator of its machine asks: the token in its data folder lets him in.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::bail;
use yuandu_continuity::{Answer, Client, ClientOptions, SiteToken};

use crate::sites::TOKEN;

/// Longest answer that is read.
const LONGEST: usize = 1024 * 1024;

/// The server.
pub(crate) struct Running {
    base: String,
    client: Client,
    runtime: tokio::runtime::Runtime,
}

impl Running {
    /// The server at an address, with the token of a data folder and certificates to trust instead of the system's.
    pub(crate) fn at(url: &str, data: &Path, ca: Option<PathBuf>) -> anyhow::Result<Self> {
        let token = SiteToken::read(&data.join(TOKEN))?;
        Ok(Self {
            base: format!("{}/continuity/v1", url.trim_end_matches('/')),
            client: Client::new(&ClientOptions {
                ca,
                token: Some(token.reveal()),
            })?,
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?,
        })
    }

    /// Asks; an answer other than 200 is an error in the server's words.
    pub(crate) fn get(&self, path: &str) -> anyhow::Result<Answer> {
        let url = format!("{}/{path}", self.base);
        good(self.runtime.block_on(self.client.get(&url, LONGEST))?)
    }

    /// Tells it to do something, with parameters; an answer that is no success is an error in the server's words.
    pub(crate) fn post(&self, path: &str, fields: &[(&str, &str)]) -> anyhow::Result<Answer> {
        let url = format!("{}/{path}", self.base);
        let asked = self.client.post_form(&url, fields, LONGEST);
        good(self.runtime.block_on(asked)?)
    }

    /// Waits a moment.
    pub(crate) fn pause(&self, time: Duration) {
        // A timer needs the runtime's context when it is made.
        self.runtime
            .block_on(async { tokio::time::sleep(time).await });
    }
}

fn good(answer: Answer) -> anyhow::Result<Answer> {
    if (200..300).contains(&answer.status) {
        return Ok(answer);
    }
    bail!("the server refused: {}", answer.text().trim());
}
