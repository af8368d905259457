//! `yuandu standby`: a second site that follows a primary and serves reads.

use crate::out::say;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use yuandu_base::SystemClock;
use yuandu_continuity::{
    Client, ClientOptions, Hello, Role, SiteOptions, SiteState, SiteToken, hello,
};
use yuandu_transparency::VerifierKey;

use crate::city::{self, City};
use crate::cmd::authority::AuthorityArgs;
use crate::cmd::database::DatabaseArgs;
use crate::cmd::front::FrontArgs;
use crate::server::{Continuity, Following};
use crate::sites::TOKEN;
use crate::{compose, secrets, seed, server};

/// The file that pins the key of the primary's log.
const PRIMARY_KEY: &str = "primary-key";

/// Follows the log of a running city, checks each entry against its signed checkpoints, and serves reads.
#[derive(Debug, Args)]
pub(crate) struct StandbyArgs {
    /// Address of the primary.
    #[arg(long, value_name = "URL")]
    of: String,
    /// The data folder; filled from the primary if it is empty or absent.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    #[command(flatten)]
    database: DatabaseArgs,
    /// Folder with copies of the primary's secret files `site-token`, `secret.key` and `log-key`, each of mode 600; not needed
    /// once the data folder has them.
    #[arg(long, value_name = "DIR")]
    secrets: Option<PathBuf>,
    #[command(flatten)]
    front: FrontArgs,
    #[command(flatten)]
    authority: AuthorityArgs,
    /// Folder of packages to use instead of those built in; the same as the primary's.
    #[arg(long, value_name = "DIR")]
    systems: Option<PathBuf>,
    /// Address at which the primary reaches this site; http:// and the listening address if left out.
    #[arg(long, value_name = "URL")]
    me: Option<String>,
    /// Public key of the primary's log; without it the one it names is believed the first time, and kept.
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Certificates (PEM) to trust instead of the system's.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

pub(crate) fn run(args: StandbyArgs) -> anyhow::Result<ExitCode> {
    server::start_log();
    let primary = args.of.trim_end_matches('/').to_owned();
    std::fs::create_dir_all(&args.data)
        .with_context(|| format!("cannot use `{}`", args.data.display()))?;
    let token = token(&args)?;
    let client = Client::new(&ClientOptions {
        ca: args.ca.clone(),
        token: Some(token.reveal()),
    })?;
    if SiteState::read(&args.data)?.role != Role::Standby || !City::is_in(&args.data) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let other = runtime.block_on(hello(&client, &primary))?;
        become_standby(&args.data, &primary, &other)?;
    }
    let key = pinned_key(&args, &client, &primary)?;
    let city = City::read(&args.data)?;
    let packages = compose::packages(args.systems.as_deref())?;
    let app = compose::open(compose::Opening {
        city: &city,
        store: args.database.options(&args.data)?,
        packages: &packages,
        clock: Arc::new(SystemClock),
        demo_accounts: seed::shown_accounts(&city)?,
        public_url: args.front.public_url,
        behind_proxy: args.front.behind_proxy,
    })?;
    args.authority.begin(&app)?;
    let continuity = Continuity {
        options: SiteOptions::default(),
        ca: args.ca,
        following: Some(Following {
            of: primary.clone(),
            key,
            me: args.me,
        }),
        archive_after: None,
    };
    server::serve(app, args.front.listen, continuity, |address| {
        say!("{}  http://{address}  standby of {primary}", city.name.zh);
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The token of the two sites. A standby that could not take over whole is refused here, not when it is needed.
fn token(args: &StandbyArgs) -> anyhow::Result<SiteToken> {
    if let Some(from) = &args.secrets {
        secrets::bring(from, &args.data)?;
    }
    let missing = secrets::missing(&args.data);
    ensure!(
        missing.is_empty(),
        "`{}` lacks secret files of the primary; name a folder with copies by --secrets DIR\n{}",
        args.data.display(),
        missing.join("\n")
    );
    Ok(SiteToken::read(&args.data.join(TOKEN))?)
}

/// Makes the folder a standby's. One that was a primary may only become one after it was overtaken.
fn become_standby(dir: &Path, primary: &str, other: &Hello) -> anyhow::Result<()> {
    let state = SiteState::read(dir)?;
    if City::is_in(dir) && state.role == Role::Primary && other.epoch <= state.epoch {
        bail!(
            "`{}` is a primary in epoch {} and `{primary}` has not overtaken it; stop one of them for good first",
            dir.display(),
            state.epoch
        );
    }
    if other.role == Role::Standby {
        bail!("`{primary}` is a standby itself");
    }
    let state = SiteState {
        role: Role::Standby,
        epoch: other.epoch.max(state.epoch),
        peer: Some(primary.to_owned()),
    };
    state.write(dir)?;
    let path = dir.join(city::FILE);
    std::fs::write(&path, &other.city).with_context(|| format!("cannot write `{}`", path.display()))
}

/// The key of the primary's log: given, kept from before, or named by the primary this first time.
fn pinned_key(args: &StandbyArgs, client: &Client, primary: &str) -> anyhow::Result<VerifierKey> {
    let path = args.data.join(PRIMARY_KEY);
    if let Some(key) = &args.key {
        std::fs::write(&path, key)?;
    }
    if !path.exists() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let other = runtime.block_on(hello(client, primary))?;
        eprintln!(
            "the key is believed as the primary names it; compare it once: {}",
            other.key
        );
        std::fs::write(&path, &other.key)?;
    }
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read `{}`", path.display()))?;
    Ok(VerifierKey::parse(&text)?)
}
