//! `cargo xtask loc`: lines by crate and kind, to see where the house grows.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::checkout::Checkout;

/// Prints a table of lines.
pub fn run(checkout: &Checkout) -> Result<()> {
    let mut rows: BTreeMap<(String, String), (usize, usize)> = BTreeMap::new();
    for file in checkout.files()? {
        let Some(kind) = kind(&file) else { continue };
        let lines = checkout.read(&file)?.lines().count();
        let row = rows.entry((place(&file), kind.to_owned())).or_default();
        row.0 += 1;
        row.1 += lines;
    }
    println!(
        "{:<28} {:<6} {:>6} {:>8}",
        "where", "kind", "files", "lines"
    );
    let mut all = (0, 0);
    for ((place, kind), (files, lines)) in rows {
        println!("{place:<28} {kind:<6} {files:>6} {lines:>8}");
        all = (all.0 + files, all.1 + lines);
    }
    println!("{:<28} {:<6} {:>6} {:>8}", "in all", "", all.0, all.1);
    Ok(())
}

fn kind(file: &str) -> Option<&str> {
    let ending = file.rsplit_once('.')?.1;
    [
        "rs", "ts", "mjs", "css", "bpmn", "dmn", "cedar", "toml", "md",
    ]
    .contains(&ending)
    .then_some(ending)
}

fn place(file: &str) -> String {
    let mut parts = file.split('/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(first @ ("crates" | "systems" | "e2e")), Some(second), Some(_)) => {
            format!("{first}/{second}")
        }
        (Some(first), Some(_), _) => first.to_owned(),
        _ => ".".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_and_systems_are_counted_one_by_one() {
        assert_eq!(place("crates/yuandu_base/src/lib.rs"), "crates/yuandu_base");
        assert_eq!(place("docs/adr/README.md"), "docs");
        assert_eq!(place("README.md"), ".");
    }
}
