//! Command line of `cargo xtask`: reads the sub-command and hands over; nothing is decided here.

use std::process::ExitCode;

use anyhow::{Result, bail};
use xtask::checkout::Checkout;
use xtask::{bench, ci, demo, loc, openapi, packages, test, tidy};

const USAGE: &str = "\
cargo xtask <command>

  demo [--listen ADDR] [--data DIR] [--reset] [--release]
                       build what is missing and open the demo city
  test [--filter TEXT] [--no-browser] [--long]
                       run every test: Rust, packages, calendar, browser;
                       --long kills servers and databases a thousand times
  tidy                 check the rules of the house (layers, sizes, paths, names, licences)
  ci                   everything a change must pass: fmt, tidy, clippy, doc, test, openapi, packages
  openapi [--check]    write openapi/yuandu.json from the program, or compare it
  packages [--check]   write docs/systems/ from the packages, or compare it
  bench [--full]       run every benchmark and write benches/RESULTS.md
  loc                  count lines by crate

The rules are told in CONTRIBUTING.md.
";

fn main() -> ExitCode {
    match dispatch(std::env::args().skip(1).collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(mut args: Vec<String>) -> Result<()> {
    if args.is_empty() || args.iter().any(|arg| arg == "--help" || arg == "-h") {
        print!("{USAGE}");
        return Ok(());
    }
    let command = args.remove(0);
    let checkout = Checkout::find()?;
    match command.as_str() {
        "demo" => demo::run(&checkout, args),
        "test" => test::run(&checkout, args),
        "tidy" => {
            nothing_else(&command, &args)?;
            tidy::run(&checkout)
        }
        "ci" => {
            nothing_else(&command, &args)?;
            ci::run(&checkout)
        }
        "bench" => bench::run(&checkout, &args),
        "openapi" => openapi::run(&checkout, args),
        "packages" => packages::run(&checkout, args),
        "loc" => {
            nothing_else(&command, &args)?;
            loc::run(&checkout)
        }
        other => bail!("unknown command `{other}`; run `cargo xtask --help` for the list"),
    }
}

fn nothing_else(command: &str, args: &[String]) -> Result<()> {
    match args.first() {
        None => Ok(()),
        Some(extra) => bail!("`{command}` takes no arguments, but got `{extra}`"),
    }
}
