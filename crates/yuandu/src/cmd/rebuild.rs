//! `yuandu rebuild`: makes a view what the log says, while the server goes on.

use crate::out::say;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use indicatif::ProgressBar;
use yuandu_api::views::{View, ViewState};
use yuandu_store::Store;

use crate::cmd::database::DatabaseArgs;
use crate::cmd::running::Running;
use crate::compose;

/// How often the server is asked how far it is.
const TICK: Duration = Duration::from_millis(200);

/// Rebuilds a view from the log: a table, or `search`, the index of full text. Rows that are as the log has them are left alone.
///
/// With --url the running server does it and goes on working. Without, the server must be stopped, and only tables can be named:
/// an index lives in a server. Without a name, the views of a running server are listed with where they stand.
#[derive(Debug, Args)]
pub(crate) struct RebuildArgs {
    /// The view.
    name: Option<String>,
    /// The data folder; the token in it lets in to the running server.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    #[command(flatten)]
    database: DatabaseArgs,
    /// Address of the running server.
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Folder of packages to use instead of those built in.
    #[arg(long, value_name = "DIR")]
    systems: Option<PathBuf>,
    /// Certificates (PEM) to trust instead of the system's.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

pub(crate) fn run(args: RebuildArgs) -> anyhow::Result<ExitCode> {
    match (&args.url, &args.name) {
        (Some(url), Some(name)) => served(&Running::at(url, &args.data, args.ca.clone())?, name),
        (Some(url), None) => {
            let server = Running::at(url, &args.data, args.ca.clone())?;
            views(&server)?.iter().for_each(print);
            Ok(ExitCode::SUCCESS)
        }
        (None, Some(name)) => alone(&args, name),
        (None, None) => bail!("name a view, or a running server by --url to list its views"),
    }
}

fn print(view: &View) {
    let state = match view.state {
        ViewState::Following => "following",
        ViewState::Rebuilding => "rebuilding",
        ViewState::Failed => "FAILED",
    };
    let View {
        name,
        position,
        behind,
        note,
        ..
    } = view;
    say!("{name:<40} {position:>10} entries  {behind:>6} behind  {state:<10} {note}");
}

/// Rebuilds a table of a city that is not served.
fn alone(args: &RebuildArgs, name: &str) -> anyhow::Result<ExitCode> {
    let packages = compose::packages(args.systems.as_deref())?;
    let options = args.database.options_of_city(&args.data)?;
    let store = Store::open(&options, &compose::tables(&packages))
        .context("stop the server first, or name its address with --url")?;
    let bar = ProgressBar::new(0);
    let rebuilt = store.rebuild(name, &mut |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    let rebuilt = rebuilt?;
    say!(
        "{name}: {} rows compared, {} mended, from {} entries",
        rebuilt.rows,
        rebuilt.mended,
        rebuilt.entries
    );
    Ok(ExitCode::SUCCESS)
}

fn views(server: &Running) -> anyhow::Result<Vec<View>> {
    Ok(serde_json::from_slice(&server.get("views")?.body)?)
}

/// Begins and waits until it is done.
fn served(server: &Running, name: &str) -> anyhow::Result<ExitCode> {
    ensure!(
        views(server)?.iter().any(|view| view.name == name),
        "`{name}` is no view; without a name they are listed"
    );
    server.post(&format!("rebuild?view={name}"), &[])?;
    let bar = ProgressBar::new_spinner();
    loop {
        server.pause(TICK);
        let views = views(server)?;
        let view = views
            .iter()
            .find(|view| view.name == name)
            .context("the view is gone")?;
        bar.set_message(view.note.clone());
        bar.tick();
        if view.state != ViewState::Rebuilding {
            bar.finish_and_clear();
            print(view);
            let good = view.state == ViewState::Following;
            return Ok(ExitCode::from(u8::from(!good)));
        }
    }
}
