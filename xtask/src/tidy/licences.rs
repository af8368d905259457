//! Licences of dependencies: an SPDX expression must be satisfiable with the licences we allow.

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::report::{Place, Report};
use super::settings::Licences;
use crate::checkout::Checkout;

/// Checks every crate that is compiled on this platform.
pub fn check(checkout: &Checkout, licences: &Licences, report: &mut Report) -> Result<()> {
    let metadata = crates(checkout)?;
    let packages = metadata
        .get("packages")
        .and_then(Value::as_array)
        .context("`cargo metadata` lists no packages")?;
    for package in packages
        .iter()
        .filter(|package| package.get("source").is_some_and(Value::is_string))
    {
        let field = |key: &str| package.get(key).and_then(Value::as_str).unwrap_or_default();
        let (name, licence) = (field("name"), field("license"));
        if !permitted(name, licence, licences) {
            let what = format!("`{name}` is under `{licence}`");
            report.fail(
                Place::file("Cargo.lock"),
                "licence",
                what,
                "choose another crate, or see licences.toml",
            );
        }
    }
    Ok(())
}

/// Without the network first: a checkout that was built once has everything.
fn crates(checkout: &Checkout) -> Result<Value> {
    let host = host();
    let platform = ["--locked", "--filter-platform", host.as_str()];
    let mut offline = platform.to_vec();
    offline.push("--offline");
    checkout
        .metadata(&offline)
        .or_else(|_not_fetched| checkout.metadata(&platform))
}

fn host() -> String {
    let output = std::process::Command::new("rustc").arg("-vV").output();
    let text = output
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default();
    let host = text
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .unwrap_or("x86_64-unknown-linux-gnu");
    host.to_owned()
}

/// Whether a package's licence expression can be met with licences we allow.
pub fn permitted(name: &str, expression: &str, licences: &Licences) -> bool {
    let allowed = |licence: &str| {
        licences.allow.contains(licence)
            || licences
                .exceptions
                .contains(&(name.to_owned(), licence.to_owned()))
    };
    // Old crates write `MIT/Apache-2.0` for `OR`.
    let text = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let mut words = text.split_whitespace().peekable();
    let met = any(&mut words, &allowed);
    met == Some(true) && words.next().is_none()
}

type Words<'a> = std::iter::Peekable<std::str::SplitWhitespace<'a>>;

fn any(words: &mut Words<'_>, allowed: &dyn Fn(&str) -> bool) -> Option<bool> {
    let mut met = all(words, allowed)?;
    while words.next_if_eq(&"OR").is_some() {
        met |= all(words, allowed)?;
    }
    Some(met)
}

fn all(words: &mut Words<'_>, allowed: &dyn Fn(&str) -> bool) -> Option<bool> {
    let mut met = one(words, allowed)?;
    while words.next_if_eq(&"AND").is_some() {
        met &= one(words, allowed)?;
    }
    Some(met)
}

fn one(words: &mut Words<'_>, allowed: &dyn Fn(&str) -> bool) -> Option<bool> {
    let word = words.next()?;
    if word == "(" {
        let met = any(words, allowed)?;
        return (words.next()? == ")").then_some(met);
    }
    if words.next_if_eq(&"WITH").is_some() {
        let with = format!("{word} WITH {}", words.next()?);
        return Some(allowed(&with) || allowed(word));
    }
    Some(allowed(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fine(expression: &str) -> bool {
        let mut licences = Licences::default();
        licences
            .allow
            .extend(["MIT", "Apache-2.0", "Unicode-3.0"].map(str::to_owned));
        licences
            .exceptions
            .insert(("special".to_owned(), "MPL-2.0".to_owned()));
        permitted("ordinary", expression, &licences)
    }

    #[test]
    fn one_allowed_alternative_is_enough_and_every_required_part_is_needed() {
        assert!(fine("MIT OR GPL-3.0-only"));
        assert!(fine("GPL-2.0/MIT"));
        assert!(fine("(MIT OR Apache-2.0) AND Unicode-3.0"));
        assert!(fine("Apache-2.0 WITH LLVM-exception OR GPL-3.0-only"));
        assert!(!fine("MIT AND GPL-3.0-only"));
        assert!(!fine("(MIT OR Apache-2.0) AND MPL-2.0"));
    }

    #[test]
    fn a_missing_or_broken_expression_is_not_permitted() {
        for expression in ["", "MIT OR", "(MIT", "MIT Apache-2.0"] {
            assert!(!fine(expression), "`{expression}`");
        }
    }

    #[test]
    fn an_exception_holds_for_its_package_only() {
        let mut licences = Licences::default();
        licences
            .exceptions
            .insert(("special".to_owned(), "MPL-2.0".to_owned()));
        assert!(permitted("special", "MPL-2.0", &licences));
        assert!(!permitted("ordinary", "MPL-2.0", &licences));
    }
}
