//! `yuandu promote`: the standby takes over.

use crate::out::say;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, bail};
use clap::Args;
use yuandu_continuity::{
    Client, ClientOptions, Role, Site, SiteOptions, SiteState, SiteToken, fence,
};
use yuandu_store::{Store, StoreOptions};

use crate::sites::TOKEN;

/// Largest answer that is read.
const SHORT: usize = 64 * 1024;

/// The standby takes over in a new epoch; the old primary is fenced off, at once or when it comes back.
#[derive(Debug, Args)]
pub(crate) struct PromoteArgs {
    /// The standby's data folder; its token is used. Without --url the standby must be stopped.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Address of the running standby: it takes over without stopping.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Certificates (PEM) to trust instead of the system's.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

pub(crate) fn run(args: PromoteArgs) -> anyhow::Result<ExitCode> {
    let token = SiteToken::read(&args.data.join(TOKEN))?;
    let client = Client::new(&ClientOptions {
        ca: args.ca,
        token: Some(token.reveal()),
    })?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let begun = Instant::now();
    if let Some(url) = &args.url {
        let url = format!("{}/continuity/v1/promote", url.trim_end_matches('/'));
        let answer = runtime.block_on(client.post(&url, Vec::new(), SHORT))?;
        if answer.status != 200 {
            bail!("the standby did not take over: {}", answer.text());
        }
        say!(
            "took over in {:.2} s: {}",
            begun.elapsed().as_secs_f64(),
            answer.text()
        );
        return Ok(ExitCode::SUCCESS);
    }
    let state = SiteState::read(&args.data)?;
    if state.role != Role::Standby {
        bail!("`{}` is no standby", args.data.display());
    }
    // Fails while the standby runs: it holds the folder.
    let store = Store::open(&StoreOptions::new(&args.data), &[])
        .context("stop the standby first, or name its address with --url")?;
    if let Some(peer) = &state.peer {
        match runtime.block_on(fence(&client, peer, state.epoch + 1)) {
            Ok(last) if last.size > store.size() => bail!(
                "the old primary is fenced off and ends at {} entries, this folder has {}: start the standby until it has them, then promote it",
                last.size,
                store.size()
            ),
            Ok(_) => say!("the old primary is fenced off"),
            Err(error) => eprintln!(
                "the old primary could not be told ({error}); it is fenced off when it comes back and asks"
            ),
        }
    }
    let epoch = Site::open(&args.data, SiteOptions::default())?.take_over()?;
    say!(
        "took over in epoch {epoch} with {} entries; serve it with: yuandu serve --data {}",
        store.size(),
        args.data.display()
    );
    Ok(ExitCode::SUCCESS)
}
