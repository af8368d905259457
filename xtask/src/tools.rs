//! The programs a checkout needs besides cargo, and what to type when one is missing.

use std::process::Command;

use anyhow::{Result, bail};

/// The oldest Node.js whose features the UI build uses.
const NODE_MAJOR: u32 = 20;

/// Says which tools are there; fails with every remedy at once when one is missing.
pub fn check_for_building() -> Result<()> {
    let mut missing = Vec::new();
    match version("rustc", &["--version"]) {
        Some(found) => println!("    {found}"),
        None => missing.push(
            "rustc: install Rust with rustup (https://rustup.rs), then `rustup default stable`"
                .to_owned(),
        ),
    }
    match version("cc", &["--version"]) {
        Some(found) => println!("    {found}"),
        None => {
            missing.push("cc, the C compiler for SQLite: `apt install build-essential`".to_owned())
        }
    }
    match version("make", &["--version"]) {
        Some(found) => println!("    {found}"),
        None => {
            missing.push("make, for the memory allocator: `apt install build-essential`".to_owned())
        }
    }
    match version("node", &["--version"]) {
        Some(found) if node_major(&found).is_some_and(|major| major >= NODE_MAJOR) => println!("    node {found}"),
        Some(found) => missing.push(format!(
            "node {found} is too old: version {NODE_MAJOR} or newer is needed (Debian 13: `apt install nodejs npm`; Debian 12: take it from https://nodejs.org)"
        )),
        None => missing.push(format!(
            "node {NODE_MAJOR} or newer: Debian 13 `apt install nodejs npm`; Debian 12: take it from https://nodejs.org"
        )),
    }
    match version("npm", &["--version"]) {
        Some(found) => println!("    npm {found}"),
        None => missing.push("npm: `apt install npm`".to_owned()),
    }
    if missing.is_empty() {
        return Ok(());
    }
    bail!("these tools are missing:\n  - {}", missing.join("\n  - "));
}

/// Whether a PostgreSQL server can be made here; Debian keeps its programs out of the path.
pub fn has_postgres() -> bool {
    let installed = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    installed
        .filter_map(Result::ok)
        .any(|version| version.path().join("bin/initdb").is_file())
        || version("initdb", &["--version"]).is_some()
}

/// Whether `cargo nextest` can be run.
pub fn has_nextest() -> bool {
    version(&crate::checkout::cargo(), &["nextest", "--version"]).is_some()
}

/// Debian's browser, unless the environment names another.
pub fn chromium() -> Option<String> {
    let named = std::env::var("CHROMIUM").ok();
    named
        .into_iter()
        .chain(["/usr/bin/chromium".to_owned()])
        .find(|path| std::path::Path::new(path).is_file())
}

fn version(program: &str, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).output().ok()?;
    if !output.status.success() {
        return None;
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Some(text.lines().next().unwrap_or_default().trim().to_owned())
}

fn node_major(version: &str) -> Option<u32> {
    version
        .trim_start_matches('v')
        .split('.')
        .next()?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_of_node_is_its_first_number() {
        assert_eq!(node_major("v20.20.2"), Some(20));
        assert_eq!(node_major("nonsense"), None);
    }
}
