//! Tiers: a crate depends only on lower ones, and some outside crates have one home.

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::report::{Place, Report};
use super::settings::Layers;
use crate::checkout::Checkout;

/// One dependency of one of our crates.
struct Edge {
    from: String,
    to: String,
    dev: bool,
    /// A crate of this repository, not of the registry.
    ours: bool,
}

/// Compares `layers.toml` with what cargo says.
pub fn check(checkout: &Checkout, layers: &Layers, report: &mut Report) -> Result<()> {
    let metadata = checkout.metadata(&["--no-deps"])?;
    let packages = metadata
        .get("packages")
        .and_then(Value::as_array)
        .context("`cargo metadata` lists no packages")?;
    let root = format!("{}/", text(&metadata, "workspace_root"));
    let mut names = Vec::new();
    for package in packages {
        let name = text(package, "name");
        let manifest = text(package, "manifest_path");
        let manifest = manifest.strip_prefix(&root).unwrap_or(&manifest);
        for edge in edges(package, &name) {
            if let Some((what, remedy)) = judge(&edge, layers) {
                let line = line_of(checkout, manifest, &edge.to);
                report.fail(Place::new(manifest, line), "layers", what, remedy);
            }
        }
        if !layers.tier.contains_key(&name) && !layers.tools.contains(&name) {
            report.fail(
                Place::file(manifest),
                "layers",
                format!("`{name}` stands on no tier"),
                "enter it in layers.toml",
            );
        }
        names.push(name);
    }
    let written = layers.tier.keys().chain(&layers.tools);
    for name in written.filter(|name| !names.contains(name)) {
        report.fail(
            Place::file("layers.toml"),
            "layers",
            format!("there is no crate `{name}`"),
            "remove it",
        );
    }
    Ok(())
}

fn edges(package: &Value, from: &str) -> Vec<Edge> {
    let list = package.get("dependencies").and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .map(|dependency| Edge {
            from: from.to_owned(),
            to: text(dependency, "name"),
            dev: text(dependency, "kind") == "dev",
            ours: dependency.get("path").is_some_and(Value::is_string),
        })
        .collect()
}

/// What is wrong with a dependency, and what to do.
fn judge(edge: &Edge, layers: &Layers) -> Option<(String, String)> {
    let Edge {
        from,
        to,
        dev,
        ours,
    } = edge;
    if !ours {
        let home = layers.homes.get(to)?;
        let fine = *dev || home.contains(from);
        let homes = home.iter().cloned().collect::<Vec<_>>().join(", ");
        return (!fine).then(|| {
            (
                format!("`{from}` uses `{to}`, whose home is {homes}"),
                "ask that crate for what you need".to_owned(),
            )
        });
    }
    if layers.tools.contains(from) {
        return Some((
            format!("the tool `{from}` depends on `{to}`"),
            "a tool looks at the crates from outside and must work while they are broken"
                .to_owned(),
        ));
    }
    let (Some(a), Some(b)) = (layers.tier.get(from), layers.tier.get(to)) else {
        return None;
    };
    if b < a || (a == b && layers.edges.contains(&(from.clone(), to.clone()))) {
        return None;
    }
    let what = format!("`{from}` (tier {a}) depends on `{to}` (tier {b})");
    Some((
        what,
        "depend on lower tiers only; let the two meet by id, by log entry, or above".to_owned(),
    ))
}

fn line_of(checkout: &Checkout, manifest: &str, dependency: &str) -> usize {
    let text = checkout.read(manifest).unwrap_or_default();
    text.lines()
        .position(|line| line.starts_with(dependency))
        .map_or(1, |at| at + 1)
}

fn text(value: &Value, key: &str) -> String {
    value
        .get(key)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layers() -> Layers {
        let mut layers = Layers::default();
        for (name, tier) in [
            ("base", 0),
            ("registers", 3),
            ("process", 3),
            ("api", 5),
            ("web", 5),
        ] {
            layers.tier.insert(name.to_owned(), tier);
        }
        layers.edges.insert(("web".to_owned(), "api".to_owned()));
        layers.tools.insert("xtask".to_owned());
        layers
            .homes
            .insert("rusqlite".to_owned(), ["store".to_owned()].into());
        layers
    }

    fn refused(from: &str, to: &str, ours: bool, dev: bool) -> bool {
        let edge = Edge {
            from: from.to_owned(),
            to: to.to_owned(),
            dev,
            ours,
        };
        judge(&edge, &layers()).is_some()
    }

    #[test]
    fn a_lower_tier_may_be_used_and_a_higher_one_may_not() {
        assert!(!refused("registers", "base", true, false));
        assert!(refused("base", "registers", true, false));
    }

    #[test]
    fn neighbours_on_a_tier_never_meet_unless_written_down() {
        assert!(refused("registers", "process", true, false));
        assert!(refused("registers", "process", true, true));
        assert!(!refused("web", "api", true, false));
        assert!(refused("api", "web", true, false));
    }

    #[test]
    fn an_outside_crate_with_a_home_is_used_only_there_except_in_tests() {
        assert!(refused("process", "rusqlite", false, false));
        assert!(!refused("store", "rusqlite", false, false));
        assert!(!refused("process", "rusqlite", false, true));
        assert!(!refused("process", "serde", false, false));
    }

    #[test]
    fn a_tool_depends_on_none_of_ours() {
        assert!(refused("xtask", "base", true, false));
    }
}
