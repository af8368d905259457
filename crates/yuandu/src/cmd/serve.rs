//! `yuandu serve`: serves the city in a data folder.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use yuandu_base::SystemClock;

use crate::city::City;
use crate::cmd::database::DatabaseArgs;
use crate::{compose, seed, server};

/// Serves the city in a data folder.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    #[command(flatten)]
    database: DatabaseArgs,
    /// Address to listen on.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8370")]
    listen: SocketAddr,
    /// The address under which people reach the city, for example `https://sso.weifang.example`, when a proxy stands in
    /// front of it. Tokens name it as their issuer; with https, cookies are marked `Secure`.
    #[arg(long, value_name = "URL", value_parser = public_url)]
    public_url: Option<String>,
    /// A proxy of yours stands in front and writes `X-Forwarded-For`: failed sign-ins are counted by the address it names.
    #[arg(long)]
    behind_proxy: bool,
    /// Folder of packages to use instead of those built in.
    #[arg(long, value_name = "DIR")]
    systems: Option<PathBuf>,
}

pub(crate) fn run(args: ServeArgs) -> anyhow::Result<ExitCode> {
    server::start_log();
    let city = City::read(&args.data)?;
    let packages = compose::packages(args.systems.as_deref())?;
    let demo_accounts = if city.demo {
        seed::accounts()?
    } else {
        Vec::new()
    };
    let app = compose::open(compose::Opening {
        city: &city,
        database: args.database.of_city(&args.data)?,
        dir: args.data,
        packages: &packages,
        clock: Arc::new(SystemClock),
        demo_accounts,
        public_url: args.public_url,
        behind_proxy: args.behind_proxy,
    })?;
    server::serve(app, args.listen, |address| {
        println!("{}  http://{address}", city.name.zh)
    })?;
    Ok(ExitCode::SUCCESS)
}

/// An address without path, query and slash at the end.
fn public_url(text: &str) -> Result<String, String> {
    let trimmed = text.trim_end_matches('/');
    let host = trimmed
        .strip_prefix("https://")
        .or_else(|| trimmed.strip_prefix("http://"));
    match host {
        Some(host) if !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']) => {
            Ok(trimmed.to_owned())
        }
        _ => Err(
            "give scheme, host and port only, for example https://sso.weifang.example".to_owned(),
        ),
    }
}
