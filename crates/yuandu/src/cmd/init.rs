//! `yuandu init`: sets up an empty city with its first administrator.

use crate::out::say;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::bail;
use clap::Args;
use yuandu_base::{LocalText, SystemClock};
use yuandu_ids::RealmId;

use crate::city::City;
use crate::cmd::database::DatabaseArgs;
use crate::{compose, published, seed};

/// Sets up an empty city in a data folder and prints the administrator's first password.
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// The data folder; must be empty or absent.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    #[command(flatten)]
    database: DatabaseArgs,
    /// Six-digit division code of the city (GB/T 2260).
    #[arg(long, value_name = "CODE")]
    realm: RealmId,
    /// Name of the city in Chinese.
    #[arg(long, value_name = "NAME")]
    name: String,
    /// Name of the city in English.
    #[arg(long, value_name = "NAME")]
    name_en: String,
    /// Login of the first administrator.
    #[arg(long, value_name = "LOGIN", default_value = "admin")]
    admin: String,
}

pub(crate) fn run(args: InitArgs) -> anyhow::Result<ExitCode> {
    if City::is_in(&args.data) {
        bail!("`{}` already holds a city", args.data.display());
    }
    compose::refuse_foreign(&args.data)?;
    let city = City {
        realm: args.realm,
        name: LocalText::new(args.name, args.name_en),
        demo: false,
    };
    let packages = compose::packages(None)?;
    let clock = Arc::new(SystemClock);
    let app = compose::open(compose::Opening {
        city: &city,
        store: args.database.options(&args.data)?,
        packages: &packages,
        clock,
        demo_accounts: Vec::new(),
        public_url: None,
        behind_proxy: false,
    })?;
    anyhow::ensure!(
        app.store.size() == 0,
        "the database holds a city already; name another schema with `?schema=NAME`"
    );
    let password = seed::first_administrator(&app, &city, &args.admin)?;
    published::ensure_key(&args.data, args.realm)?;
    city.write(&args.data)?;
    say!(
        "The city is set up. Sign in as `{}` with this password and change it:\n{password}",
        args.admin
    );
    say!("Serve it with: yuandu serve --data {}", args.data.display());
    Ok(ExitCode::SUCCESS)
}
