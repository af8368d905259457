//! `yuandu serve`: serves the city in a data folder.

use crate::out::say;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use clap::Args;
use jiff::SignedDuration;
use yuandu_base::SystemClock;
use yuandu_continuity::{Role, SiteOptions, SiteState};

use crate::city::City;
use crate::cmd::authority::AuthorityArgs;
use crate::cmd::database::DatabaseArgs;
use crate::cmd::front::FrontArgs;
use crate::server::Continuity;
use crate::{compose, seed, server};

/// Serves the city in a data folder.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    front: FrontArgs,
    #[command(flatten)]
    authority: AuthorityArgs,
    /// Folder of packages to use instead of those built in.
    #[arg(long, value_name = "DIR")]
    systems: Option<PathBuf>,
    /// Answers "done" only when the standby has the change durably: nothing is lost with this machine.
    #[arg(long)]
    synchronous: bool,
    /// Seconds that a change waits for the standby in synchronous mode before the caller is told to ask again.
    #[arg(long, value_name = "N", default_value_t = 10)]
    patience: u64,
    /// Takes changes although the standby does not answer whether it took over. Only if it is gone for good.
    #[arg(long)]
    alone: bool,
    /// Moves cases that ended more than so many days ago into the archive, hour by hour, while little is written. Archived
    /// cases are found at /work/archive and are in no figure: keep at hand what is still compared, as a rule 800 days.
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(i64).range(1..=36_500))]
    archive_after: Option<i64>,
    /// Certificates (PEM) to trust instead of the system's, when the standby is asked.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Takes changes although the clock lies behind the newest entry. Once, after a clock that ran ahead was set right.
    #[arg(long)]
    clock_may_go_back: bool,
}

pub(crate) fn run(args: ServeArgs) -> anyhow::Result<ExitCode> {
    server::start_log();
    let city = City::read(&args.data)?;
    if SiteState::read(&args.data)?.role == Role::Standby {
        bail!(
            "`{}` is a standby; go on with `yuandu standby`, or let it take over with `yuandu promote`",
            args.data.display()
        );
    }
    let packages = compose::packages(args.systems.as_deref())?;
    let app = compose::open(compose::Opening {
        city: &city,
        store: args.database.options_of_city(&args.data)?,
        packages: &packages,
        clock: Arc::new(SystemClock),
        demo_accounts: seed::shown_accounts(&city)?,
        public_url: args.front.public_url,
        behind_proxy: args.front.behind_proxy,
    })?;
    args.authority.begin(&app)?;
    if !args.clock_may_go_back {
        app.store.watch_clock(Arc::clone(&app.clock))?;
    }
    let continuity = Continuity {
        options: SiteOptions {
            synchronous: args.synchronous,
            patience: Duration::from_secs(args.patience),
            alone: args.alone,
        },
        ca: args.ca,
        following: None,
        archive_after: args
            .archive_after
            .map(|days| SignedDuration::from_hours(24 * days)),
    };
    server::serve(app, args.front.listen, continuity, |address| {
        say!("{}  http://{address}", city.name.zh)
    })?;
    Ok(ExitCode::SUCCESS)
}
