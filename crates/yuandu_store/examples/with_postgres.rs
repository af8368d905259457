//! Starts a throw-away PostgreSQL and runs a command beside it, with the address in the environment, also for `yuandu`:
//! `cargo run -p yuandu_store --example with_postgres -- cargo nextest run -p yuandu_process`.
//!
//! Exit code: the command's; 77 when PostgreSQL is not installed. `--durable` first makes the server sync, for measuring.

use std::process::{Command, ExitCode};

use yuandu_store::testing::{Cluster, DATABASE_VARIABLE};

/// What test runners understand as "skipped".
const SKIPPED: u8 = 77;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).peekable();
    let durable = arguments.next_if_eq("--durable").is_some();
    let Some(program) = arguments.next() else {
        eprintln!("give a command to run beside PostgreSQL");
        return ExitCode::from(2);
    };
    let cluster = match Cluster::start(durable) {
        Ok(Some(cluster)) => cluster,
        Ok(None) => {
            eprintln!("PostgreSQL is not installed; install it with `apt-get install postgresql`");
            return ExitCode::from(SKIPPED);
        }
        Err(error) => {
            eprintln!("PostgreSQL does not start: {error}");
            return ExitCode::FAILURE;
        }
    };
    let status = Command::new(&program)
        .args(arguments)
        .env(DATABASE_VARIABLE, cluster.url())
        .env("YUANDU_DATABASE", cluster.url())
        .status();
    match status {
        Ok(status) => status
            .code()
            .and_then(|code| u8::try_from(code).ok())
            .map_or(ExitCode::FAILURE, ExitCode::from),
        Err(error) => {
            eprintln!("`{program}` cannot be run: {error}");
            ExitCode::FAILURE
        }
    }
}
