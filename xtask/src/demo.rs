//! `cargo xtask demo`: from a bare checkout to the demo city, building only what is missing.
//!
//! The program itself seeds the city and prints addresses and accounts; nothing of that is repeated here.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::checkout::{Checkout, cargo};
use crate::run::Stages;
use crate::{node, run, tools};

struct Options {
    profile: &'static str,
    listen: String,
    data: String,
    reset: bool,
}

/// Builds the interface and the program, then becomes `yuandu demo`.
pub fn run(checkout: &Checkout, args: Vec<String>) -> Result<()> {
    let options = parse(args)?;
    let mut stages = Stages::new(3);
    stages.stage("Tools", tools::check_for_building)?;
    stages.stage("Interface (ui/)", || node::build_ui(checkout))?;
    stages.stage("Program (first time: several minutes)", || {
        build(checkout, options.profile)
    })?;
    stages.sum_up();
    println!();
    let mut command = Command::new(checkout.program(options.profile)?);
    command.args(["demo", "--listen", &options.listen, "--data", &options.data]);
    if options.reset {
        command.arg("--reset");
    }
    become_program(&mut command)
}

/// Builds the `yuandu` program in a profile.
pub fn build(checkout: &Checkout, profile: &str) -> Result<()> {
    let mut command = Command::new(cargo());
    command.args(["build", "--locked", "--package", "yuandu"]);
    command.args(["--profile", profile]);
    // A first look does without the allocator of a busy server, which takes a minute to build.
    if profile == "demo" {
        command.arg("--no-default-features");
    }
    run::visibly(command.current_dir(checkout.root()))
}

fn parse(args: Vec<String>) -> Result<Options> {
    let mut options = Options {
        profile: "demo",
        listen: "127.0.0.1:8370".to_owned(),
        data: Path::new("data")
            .join("demo")
            .to_string_lossy()
            .into_owned(),
        reset: false,
    };
    let mut args = args.into_iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--release" => options.profile = "release",
            "--reset" => options.reset = true,
            "--listen" => {
                options.listen = args
                    .next()
                    .context("`--listen` needs an address such as `127.0.0.1:8370`")?
            }
            "--data" => options.data = args.next().context("`--data` needs a folder")?,
            other => bail!(
                "unknown option `{other}`; `demo` knows --listen, --data, --reset and --release"
            ),
        }
    }
    Ok(options)
}

/// Replaces this process, so that Ctrl-C and service managers reach the server itself.
#[cfg(unix)]
fn become_program(command: &mut Command) -> Result<()> {
    use std::os::unix::process::CommandExt as _;
    Err(command.exec()).context("cannot start the built program")
}

#[cfg(not(unix))]
fn become_program(command: &mut Command) -> Result<()> {
    run::visibly(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_options_the_demo_listens_on_8370_and_keeps_its_data_in_the_checkout() {
        let options = parse(Vec::new()).expect("no options is fine");
        assert_eq!(options.listen, "127.0.0.1:8370");
        assert_eq!(options.data, "data/demo");
        assert_eq!(options.profile, "demo");
    }

    #[test]
    fn a_misspelt_option_is_named() {
        let error = parse(vec!["--liste".to_owned()])
            .err()
            .expect("must be refused");
        assert!(error.to_string().contains("`--liste`"), "{error}");
    }
}
