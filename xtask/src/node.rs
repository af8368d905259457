//! Node packages of the repository: installed when their lock changed, built when their sources did.
//!
//! A stamp (a hash of the files that matter) beside the result says whether the work is still good.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::checkout::Checkout;
use crate::run;

/// Builds the styles and islands of `ui/` into `ui/dist/` when their sources changed.
pub fn build_ui(checkout: &Checkout) -> Result<()> {
    install(checkout, "ui")?;
    let sources: Vec<String> = checkout
        .files()?
        .into_iter()
        .filter(|file| file.starts_with("ui/"))
        .collect();
    let wanted = hash(checkout, &sources)?;
    // Beside the packages and not in `ui/dist/`, whose every file is built into the program.
    let stamp = checkout.path("ui/node_modules/.built");
    if checkout.path("ui/dist/app.js").is_file() && fresh(&stamp, &wanted) {
        println!("    ui/dist is up to date");
        return Ok(());
    }
    run::visibly(
        Command::new("npm")
            .args(["run", "--silent", "build"])
            .current_dir(checkout.path("ui")),
    )?;
    write(&stamp, &wanted)
}

/// Type-checks the UI without building it.
pub fn check_ui(checkout: &Checkout) -> Result<()> {
    run::visibly(
        Command::new("npm")
            .args(["run", "--silent", "check"])
            .current_dir(checkout.path("ui")),
    )
}

/// Runs `npm ci` in a folder unless its `node_modules` already follow its lock.
pub fn install(checkout: &Checkout, folder: &str) -> Result<()> {
    let lock = format!("{folder}/package-lock.json");
    let wanted = hash(checkout, &[lock])?;
    let stamp = checkout.path(&format!("{folder}/node_modules/.stamp"));
    if fresh(&stamp, &wanted) {
        return Ok(());
    }
    run::visibly(
        Command::new("npm")
            .args(["ci", "--prefer-offline", "--no-audit", "--no-fund"])
            .current_dir(checkout.path(folder)),
    )?;
    write(&stamp, &wanted)
}

/// Whether a Node package declares a script.
pub fn has_script(checkout: &Checkout, folder: &str, script: &str) -> Result<bool> {
    let file = format!("{folder}/package.json");
    let package: serde_json::Value = serde_json::from_str(&checkout.read(&file)?)
        .with_context(|| format!("`{file}` is not JSON"))?;
    Ok(package
        .get("scripts")
        .and_then(|scripts| scripts.get(script))
        .is_some())
}

fn hash(checkout: &Checkout, files: &[String]) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.hash(&mut hasher);
        let bytes =
            std::fs::read(checkout.path(file)).with_context(|| format!("cannot read `{file}`"))?;
        bytes.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

fn fresh(stamp: &Path, wanted: &str) -> bool {
    std::fs::read_to_string(stamp).is_ok_and(|found| found == wanted)
}

fn write(stamp: &Path, wanted: &str) -> Result<()> {
    if let Some(folder) = stamp.parent() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make `{}`", folder.display()))?;
    }
    std::fs::write(stamp, wanted).with_context(|| format!("cannot write `{}`", stamp.display()))
}
