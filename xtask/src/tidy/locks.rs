//! Lock files: everything comes from the public registries by name, nothing from an address.

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::licences::permitted;
use super::report::{Place, Report};
use super::settings::Licences;
use crate::checkout::Checkout;

/// The one source cargo writes for crates.io.
const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Checks `Cargo.lock`, every `package-lock.json` and every package manager's configuration.
pub fn check(
    checkout: &Checkout,
    files: &[String],
    licences: &Licences,
    report: &mut Report,
) -> Result<()> {
    for path in files {
        match path.rsplit('/').next().unwrap_or_default() {
            "Cargo.lock" => cargo_lock(path, &checkout.read(path)?, licences, report),
            "package-lock.json" => npm_lock(path, &checkout.read(path)?, licences, report)?,
            ".npmrc" | "config.toml" if checkout.read(path)?.lines().any(sets_registry) => {
                let remedy = "leave the choice of registry to each machine";
                report.fail(
                    Place::file(path),
                    "lock",
                    "a package registry is set",
                    remedy,
                );
            }
            _ => {}
        }
    }
    Ok(())
}

/// `registry=..` of npm, `[source.crates-io]` and `[registries]` of cargo.
fn sets_registry(line: &str) -> bool {
    let line = line.trim();
    ["registry", "[source", "[registr", "replace-with"]
        .iter()
        .any(|start| line.starts_with(start))
        || line.contains(":registry")
}

fn cargo_lock(path: &str, text: &str, licences: &Licences, report: &mut Report) {
    for (at, line) in text.lines().enumerate() {
        let place = Place::new(path, at + 1);
        if let Some(source) = line
            .strip_prefix("source = ")
            .map(|value| value.trim_matches('"'))
            && source != CRATES_IO
        {
            let what = format!("a dependency comes from `{source}`");
            report.fail(place.clone(), "lock", what, "take a release from crates.io");
        }
        if let Some(name) = line
            .strip_prefix("name = ")
            .map(|value| value.trim_matches('"'))
            && let Some(reason) = licences.banned.get(name)
        {
            report.fail(
                place,
                "lock",
                format!("`{name}` is banned: {reason}"),
                "choose another crate or switch the feature off",
            );
        }
    }
}

fn npm_lock(path: &str, text: &str, licences: &Licences, report: &mut Report) -> Result<()> {
    for (at, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("\"resolved\"") && line.contains("://") {
            let remedy = "run `npm install --omit-lockfile-registry-resolved` so that the lock names no host";
            report.fail(
                Place::new(path, at + 1),
                "lock",
                "a download address in the lock",
                remedy,
            );
        }
    }
    let lock: Value =
        serde_json::from_str(text).with_context(|| format!("`{path}` is not JSON"))?;
    let packages = lock.get("packages").and_then(Value::as_object);
    for (place, package) in packages
        .into_iter()
        .flatten()
        .filter(|(place, _)| !place.is_empty())
    {
        let name = place
            .rsplit_once("node_modules/")
            .map_or(place.as_str(), |(_, name)| name);
        let licence = package
            .get("license")
            .and_then(Value::as_str)
            // Some old packages name theirs in a form that lock files leave out.
            .unwrap_or("unnamed");
        if !permitted(name, licence, licences) {
            let line = text
                .lines()
                .position(|line| line.contains(&format!("\"{place}\"")))
                .map_or(1, |at| at + 1);
            let what = format!("`{name}` is under `{licence}`");
            report.fail(
                Place::new(path, line),
                "licence",
                what,
                "choose another package, or see licences.toml",
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn licences() -> Licences {
        let mut licences = Licences::default();
        licences.allow.insert("MIT".to_owned());
        licences.banned.insert(
            "openssl-sys".to_owned(),
            "needs a system library".to_owned(),
        );
        licences
    }

    #[test]
    fn a_crate_from_git_and_a_banned_crate_are_found() {
        let text = format!(
            "name = \"fine\"\nsource = \"{CRATES_IO}\"\nname = \"openssl-sys\"\nsource = \"git+https://example.org/x\"\n"
        );
        let mut report = Report::new(1);
        cargo_lock("Cargo.lock", &text, &licences(), &mut report);
        let lines: Vec<usize> = report
            .failures()
            .map(|finding| finding.place.line)
            .collect();
        assert_eq!(lines, [3, 4]);
    }

    #[test]
    fn an_address_and_a_foreign_licence_in_a_node_lock_are_found() {
        let text = "{\"packages\": {\"\": {},\n\
                    \"node_modules/a\": {\"license\": \"GPL-3.0-only\"},\n\
                    \"node_modules/b\": {\"license\": \"MIT\",\n\
                    \"resolved\": \"https://example.org/b.tgz\"}}}";
        let mut report = Report::new(1);
        npm_lock("ui/package-lock.json", text, &licences(), &mut report).expect("valid JSON");
        let found: Vec<_> = report
            .failures()
            .map(|finding| (finding.place.line, finding.rule))
            .collect();
        assert_eq!(found, [(4, "lock"), (2, "licence")]);
    }

    #[test]
    fn a_registry_that_is_set_is_told_from_a_setting_that_has_the_word_in_it() {
        assert!(sets_registry("registry=https://example.org/"));
        assert!(sets_registry("[source.crates-io]"));
        assert!(!sets_registry("omit-lockfile-registry-resolved=true"));
    }
}
