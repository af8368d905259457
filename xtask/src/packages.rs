//! `cargo xtask packages`: the reference pages in `docs/systems/` equal what the program prints from the packages.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::checkout::Checkout;
use crate::demo;

const FOLDER: &str = "docs/systems";

/// Writes the pages, or with `--check` compares them.
pub fn run(checkout: &Checkout, args: Vec<String>) -> Result<()> {
    let check = match args.first().map(String::as_str) {
        None => false,
        Some("--check") => true,
        Some(other) => bail!("unknown option `{other}`; `packages` knows --check"),
    };
    demo::build(checkout, "dev")?;
    let pages = print(checkout, &checkout.program("dev")?)?;
    if check {
        return compare(checkout, &pages);
    }
    let folder = checkout.path(FOLDER);
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make `{FOLDER}`"))?;
    for left in left_over(checkout, &pages)? {
        std::fs::remove_file(checkout.path(&left))
            .with_context(|| format!("cannot remove `{left}`"))?;
    }
    for (file, text) in &pages {
        std::fs::write(checkout.path(file), text)
            .with_context(|| format!("cannot write `{file}`"))?;
    }
    println!("    wrote {} pages to {FOLDER}", pages.len());
    Ok(())
}

/// Fails and names every page that is not what the program prints.
pub fn compare(checkout: &Checkout, pages: &BTreeMap<String, String>) -> Result<()> {
    let mut wrong = left_over(checkout, pages)?;
    for (file, text) in pages {
        if !checkout
            .read(file)
            .is_ok_and(|committed| committed == *text)
        {
            wrong.push(file.clone());
        }
    }
    if wrong.is_empty() {
        println!("    {} pages in {FOLDER} are up to date", pages.len());
        return Ok(());
    }
    bail!(
        "not as the packages are: {}; run `cargo xtask packages` and review the change",
        wrong.join(", ")
    );
}

/// What the program prints for each package, by the file it belongs in, and their list.
pub fn print(checkout: &Checkout, program: &Path) -> Result<BTreeMap<String, String>> {
    let mut pages = BTreeMap::new();
    let mut list = String::from(
        "# Systems\n\nOne page for each package, made from its declarations by `cargo xtask packages`. What a system is for is told in \
         the\nREADME of its folder.\n\n",
    );
    for system in checkout.systems()? {
        let output = Command::new(program)
            .args(["manual", &system])
            .current_dir(checkout.root())
            .output()
            .context("cannot start `yuandu manual`")?;
        if !output.status.success() {
            bail!(
                "`yuandu manual {system}` failed: {}{}",
                String::from_utf8_lossy(&output.stdout).trim(),
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        let text = String::from_utf8(output.stdout)
            .with_context(|| format!("`yuandu manual {system}` did not print UTF-8"))?;
        let id = system.rsplit('/').next().unwrap_or_default();
        let title = text.lines().find_map(|line| line.strip_prefix("# "));
        list.push_str(&format!("- [{}]({id}.md)\n", title.unwrap_or(id)));
        pages.insert(format!("{FOLDER}/{id}.md"), text);
    }
    pages.insert(format!("{FOLDER}/README.md"), list);
    Ok(pages)
}

/// Pages of packages that are gone.
fn left_over(checkout: &Checkout, pages: &BTreeMap<String, String>) -> Result<Vec<String>> {
    let prefix = format!("{FOLDER}/");
    let mut files = checkout.files()?;
    files.retain(|file| file.starts_with(&prefix) && !pages.contains_key(file));
    Ok(files)
}
