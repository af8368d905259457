//! `yuandu demo`: the demo city, seeded on first start.

use crate::out::say;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, bail};
use clap::Args;
use yuandu_base::SystemClock;
use yuandu_demo::DEMO_PASSWORD;
use yuandu_store::{Database, Store};

use crate::city::City;
use crate::cmd::authority::AuthorityArgs;
use crate::cmd::database::DatabaseArgs;
use crate::{compose, published, seed, server};

/// Says which database this folder's demo city is being seeded into; gone when the city is whole.
const SEEDING: &str = "seeding";

/// Opens the demo city: seeds it into a data folder if it is empty, and serves it.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// The data folder.
    #[arg(long, value_name = "DIR", default_value = "data/demo")]
    data: PathBuf,
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(flatten)]
    authority: AuthorityArgs,
    /// Address to listen on.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8370")]
    listen: SocketAddr,
    /// Removes the demo city in the data folder first.
    #[arg(long)]
    reset: bool,
    /// Components of the synthetic census.
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    components: usize,
    /// Further plain cases, for load tests.
    #[arg(long, value_name = "N", default_value_t = 0)]
    load_cases: usize,
    /// Synthetic residents in the population register.
    #[arg(long, value_name = "N", default_value_t = 2_000)]
    residents: u64,
    /// Synthetic organisations in the register of legal entities.
    #[arg(long, value_name = "N", default_value_t = 500)]
    entities: u64,
    /// A whole city: 1,000,000 residents and 150,000 organisations.
    #[arg(long, conflicts_with_all = ["residents", "entities"])]
    scale: bool,
    /// Seeds and stops.
    #[arg(long)]
    seed_only: bool,
}

pub(crate) fn run(args: DemoArgs) -> anyhow::Result<ExitCode> {
    server::start_log();
    for missing in yuandu_design::assets::missing() {
        eprintln!(
            "the file {missing} of the user interface was not built in; run `cargo xtask demo` to build it"
        );
    }
    compose::refuse_foreign(&args.data)?;
    let database = args.database.database()?;
    if args.reset {
        reset(&args.data, &database)?;
    }
    let packages = compose::packages(None)?;
    if !City::is_in(&args.data) {
        // A seeding that was interrupted left no city file: what it wrote is thrown away.
        remove_data(&args.data)?;
        clear(&args.data, &database)?;
        let begun = Instant::now();
        seed::demo(
            args.database.options(&args.data)?,
            &packages,
            seed::Scale {
                components: args.components,
                load_cases: args.load_cases,
                residents: if args.scale {
                    1_000_000
                } else {
                    args.residents
                },
                entities: if args.scale { 150_000 } else { args.entities },
            },
        )?;
        // Left behind it would only make a later, interrupted seeding tidy up more than it must.
        let _ = std::fs::remove_file(args.data.join(SEEDING));
        say!("seeded in {:.1} s", begun.elapsed().as_secs_f64());
    }
    if args.seed_only {
        return Ok(ExitCode::SUCCESS);
    }
    let city = City::read(&args.data)?;
    if !city.demo {
        bail!(
            "`{}` holds a real city; serve it with `yuandu serve --data {0}`",
            args.data.display()
        );
    }
    let accounts = seed::accounts()?;
    let opening = compose::Opening {
        city: &city,
        store: args.database.options_of_city(&args.data)?,
        packages: &packages,
        clock: Arc::new(SystemClock),
        demo_accounts: accounts.clone(),
        public_url: None,
        behind_proxy: false,
    };
    let app = compose::open(opening)?;
    args.authority.begin(&app)?;
    app.store.watch_clock(Arc::clone(&app.clock))?;
    server::serve(app, args.listen, server::Continuity::default(), |address| {
        say!("\n  鸢都 · {}  http://{address}\n", city.name.zh);
        say!("  residents   http://{address}/");
        say!("  officers    http://{address}/work");
        say!("  API         http://{address}/api\n");
        for (login, _, role) in &accounts {
            say!("  {login:<12} {}", role.zh);
        }
        say!("\n  password for all: {DEMO_PASSWORD}   stop with Ctrl-C");
    })?;
    Ok(ExitCode::SUCCESS)
}

fn reset(dir: &Path, database: &Database) -> anyhow::Result<()> {
    if City::is_in(dir) {
        if !City::read(dir)?.demo {
            bail!("`{}` holds a real city; it is not removed", dir.display());
        }
        Store::erase(database)?;
    }
    remove_data(dir)
}

/// Makes room in PostgreSQL for a fresh city: what an interrupted seeding of this folder left there is removed, and
/// anything else is somebody's.
fn clear(dir: &Path, database: &Database) -> anyhow::Result<()> {
    if !database.is_postgres() {
        return Ok(());
    }
    let mark = dir.join(SEEDING);
    let named = database.to_string();
    if std::fs::read_to_string(&mark).is_ok_and(|text| text == named) {
        Store::erase(database)?;
    }
    std::fs::create_dir_all(dir)
        .and_then(|()| std::fs::write(&mark, named))
        .with_context(|| format!("cannot write `{}`", mark.display()))
}

/// Removes what a city writes, and nothing else.
fn remove_data(dir: &Path) -> anyhow::Result<()> {
    for name in [
        "city.toml",
        "city.toml.new",
        "yuandu.db",
        "yuandu.db-wal",
        "yuandu.db-shm",
        "log-head.txt",
        "log-head.new",
        "secret.key",
        "lock",
        "seed-households.csv",
        "seed-residents.csv",
        "seed-entities.csv",
        published::LOG_KEY,
        crate::sites::TOKEN,
        "site.json",
    ] {
        let path = dir.join(name);
        if path.exists() {
            std::fs::remove_file(&path)
                .with_context(|| format!("cannot remove `{}`", path.display()))?;
        }
    }
    let blobs = dir.join("blobs");
    if blobs.exists() {
        std::fs::remove_dir_all(&blobs)
            .with_context(|| format!("cannot remove `{}`", blobs.display()))?;
    }
    Ok(())
}
