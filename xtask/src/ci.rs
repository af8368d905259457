//! `cargo xtask ci`: what a change must pass, in the order of cheapest first.
//!
//! Every step runs even when an earlier one failed, so that one round shows everything there is to mend.

use std::process::Command;

use anyhow::{Result, bail};

use crate::checkout::{Checkout, cargo};
use crate::run::Stages;
use crate::{node, openapi, packages, run, test, tidy, tools};

/// Runs all steps and fails when one did.
pub fn run(checkout: &Checkout) -> Result<()> {
    let before = checkout.status()?;
    let mut failed = Vec::new();
    let mut stages = Stages::new(9);
    {
        let mut step = |name: &str, work: &dyn Fn() -> Result<()>| {
            if let Err(error) = stages.stage(name, work) {
                eprintln!("    {error:#}");
                failed.push(name.to_owned());
            }
        };
        step("format", &|| {
            cargo_step(checkout, &["fmt", "--all", "--check"])
        });
        step("tidy", &|| tidy::run(checkout));
        // Crates embed what the interface build makes, so it comes before anything that compiles them.
        step("interface", &|| {
            tools::check_for_building().and_then(|()| node::build_ui(checkout))
        });
        step("clippy", &|| {
            cargo_step(
                checkout,
                &[
                    "clippy",
                    "--locked",
                    "--workspace",
                    "--all-targets",
                    "--keep-going",
                    "--",
                    "-D",
                    "warnings",
                ],
            )
        });
        step("documentation", &|| {
            let mut command = Command::new(cargo());
            command.args([
                "doc",
                "--locked",
                "--workspace",
                "--keep-going",
                "--no-deps",
                "--document-private-items",
            ]);
            // Private items are documented too, so a link to one leads somewhere.
            let flags = "-D warnings -A rustdoc::private_intra_doc_links";
            run::visibly(
                command
                    .env("RUSTDOCFLAGS", flags)
                    .current_dir(checkout.root()),
            )
        });
        step("tests", &|| test::run(checkout, Vec::new()));
        step("openapi", &|| {
            openapi::compare(checkout, &openapi::print(&checkout.program("dev")?)?)
        });
        step("packages", &|| {
            packages::compare(
                checkout,
                &packages::print(checkout, &checkout.program("dev")?)?,
            )
        });
        step("tree is as it was", &|| {
            unchanged(&before, &checkout.status()?)
        });
    }
    stages.sum_up();
    if failed.is_empty() {
        println!("\nall steps passed");
        return Ok(());
    }
    bail!("failed: {}", failed.join(", "));
}

fn cargo_step(checkout: &Checkout, args: &[&str]) -> Result<()> {
    run::visibly(
        Command::new(cargo())
            .args(args)
            .current_dir(checkout.root()),
    )
}

/// Building and testing must leave no trace in the tree: what is generated is either committed or ignored.
fn unchanged(before: &str, after: &str) -> Result<()> {
    let new: Vec<&str> = after
        .lines()
        .filter(|line| !before.lines().any(|old| old == *line))
        .collect();
    if new.is_empty() {
        return Ok(());
    }
    bail!("building and testing changed the tree:\n{}", new.join("\n"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_changed_before_does_not_count_and_what_is_new_does() {
        assert!(unchanged(" M a.rs\n", " M a.rs\n").is_ok());
        let error = unchanged(" M a.rs\n", " M a.rs\n?? b.json\n").expect_err("a new file");
        assert!(error.to_string().contains("b.json"));
    }
}
