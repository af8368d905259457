//! Benchmarks against the running server, through HTTP, on the data folder of a seeded city.

mod continuity;
mod duplicates;
mod footprint;
mod http;
mod lifecycle;
mod list;
mod server;
mod sign_in;
mod sso;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Measures the server and prints each figure beside its limit.
#[derive(Debug, Parser)]
struct Cli {
    /// The server's binary.
    #[arg(long, global = true, value_name = "PATH")]
    bin: Option<PathBuf>,
    /// Data folder of the benchmark city; seeded on first use.
    #[arg(
        long,
        global = true,
        default_value = "target/bench-city",
        value_name = "DIR"
    )]
    data: PathBuf,
    /// Cases present.
    #[arg(long, global = true, default_value_t = 100_000, value_name = "N")]
    cases: usize,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Complaint lifecycles per second.
    Lifecycle {
        /// Seconds for each number of clients.
        #[arg(long, default_value_t = 20)]
        seconds: u64,
    },
    /// A list of cases for an officer limited to some categories.
    List,
    /// Importing people with a check for duplicates.
    Duplicates {
        /// People in the register, and as many again in the file.
        #[arg(long, default_value_t = 100_000, value_name = "N")]
        people: u32,
    },
    /// Memory, start, size.
    Footprint,
    /// Verification, backup, restore, and a standby's lag.
    Continuity,
    /// Tokens issued and verified per second.
    Sso {
        /// Seconds for each figure.
        #[arg(long, default_value_t = 5)]
        seconds: u64,
        /// Another provider, measured the same way: `HOST:PORT` of `benches/peers/oidc-provider`.
        #[arg(long, value_name = "ADDR")]
        peer: Option<String>,
    },
    /// Sign-ins with a password per second, beside the hash alone.
    SignIn {
        /// Seconds for each figure.
        #[arg(long, default_value_t = 5)]
        seconds: u64,
    },
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    if let Command::SignIn { seconds } = cli.command {
        return sign_in::run(&server::binary(cli.bin)?, seconds);
    }
    if let Command::Duplicates { people } = cli.command {
        return duplicates::run(&server::binary(cli.bin)?, people);
    }
    let bench = server::Bench::new(cli.bin, cli.data, cli.cases)?;
    match cli.command {
        Command::Sso { seconds, peer } => sso::run(&bench, seconds, peer.as_deref()),
        Command::SignIn { .. } | Command::Duplicates { .. } => Ok(()),
        Command::Lifecycle { seconds } => lifecycle::run(&bench, seconds),
        Command::List => list::run(&bench),
        Command::Footprint => footprint::run(&bench),
        Command::Continuity => continuity::run(&bench),
    }
}
