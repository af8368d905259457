//! `cargo xtask openapi`: the committed description of the HTTP API equals what the program prints.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::checkout::Checkout;
use crate::demo;

const COMMITTED: &str = "openapi/yuandu.json";

/// Writes the description, or with `--check` compares it.
pub fn run(checkout: &Checkout, args: Vec<String>) -> Result<()> {
    demo::build(checkout, "dev")?;
    let printed = print(&checkout.program("dev")?)?;
    match args.first().map(String::as_str) {
        None => {
            std::fs::write(checkout.path(COMMITTED), printed)
                .with_context(|| format!("cannot write `{COMMITTED}`"))?;
            println!("    wrote {COMMITTED}");
            Ok(())
        }
        Some("--check") => compare(checkout, &printed),
        Some(other) => bail!("unknown option `{other}`; `openapi` knows --check"),
    }
}

/// Fails and names the first differing line when the committed description is not what the program prints.
pub fn compare(checkout: &Checkout, printed: &str) -> Result<()> {
    let committed = checkout.read(COMMITTED)?;
    if committed == printed {
        println!("    {COMMITTED} is up to date");
        return Ok(());
    }
    let same = committed
        .lines()
        .zip(printed.lines())
        .take_while(|(a, b)| a == b)
        .count();
    bail!(
        "{COMMITTED}:{}: the program describes its API differently; run `cargo xtask openapi` and review the change",
        same + 1
    );
}

/// What `yuandu openapi` prints.
pub fn print(program: &Path) -> Result<String> {
    let output = Command::new(program)
        .arg("openapi")
        .output()
        .context("cannot start `yuandu openapi`")?;
    if !output.status.success() {
        bail!(
            "`yuandu openapi` failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    String::from_utf8(output.stdout).context("`yuandu openapi` did not print UTF-8")
}
