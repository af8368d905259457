//! Documents name only what exists: every link and every path in backticks of every Markdown file.

use std::collections::BTreeSet;

use anyhow::Result;

use super::report::{Place, Report};
use crate::checkout::Checkout;

/// Endings that make a name in backticks a file and not a word.
const ENDINGS: [&str; 17] = [
    "rs", "toml", "md", "csv", "bpmn", "dmn", "ts", "mjs", "js", "json", "sql", "css", "cedar",
    "html", "lock", "geojson", "sh",
];

/// Checks every Markdown file.
pub fn check(checkout: &Checkout, files: &[String], report: &mut Report) -> Result<()> {
    let tree = Tree::new(files);
    for path in files.iter().filter(|file| file.ends_with(".md")) {
        let text = checkout.read(path)?;
        for (line, name) in mentioned(&text) {
            let missing = match name {
                Mention::Link(target) => {
                    !tree.has_link(path, &target) && !ignored(checkout, path, &target)
                }
                Mention::Code(name) => {
                    tree.looks_like_path(path, &name)
                        && !tree.has_code(path, &name)
                        && !ignored(checkout, path, &name)
                }
            };
            if missing {
                let what = format!(
                    "names a path that does not exist: {}",
                    text.lines().nth(line - 1).unwrap_or_default().trim()
                );
                report.fail(
                    Place::new(path, line),
                    "path",
                    what,
                    "correct the name or remove the sentence",
                );
            }
        }
    }
    Ok(())
}

/// A name in a document that may be a path.
#[derive(Debug, PartialEq, Eq)]
enum Mention {
    Link(String),
    Code(String),
}

/// Links and code spans outside of fenced blocks, with their lines.
fn mentioned(text: &str) -> Vec<(usize, Mention)> {
    let mut found = Vec::new();
    let mut fenced = false;
    // Code may run over a line's end, but not over a blank line.
    let mut in_code = false;
    for (at, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            in_code = false;
        } else if line.trim().is_empty() {
            in_code = false;
        } else if !fenced {
            let spans: Vec<&str> = line.split('`').collect();
            let code = usize::from(!in_code);
            for (position, span) in spans.iter().enumerate().skip(code).step_by(2) {
                // What began on the line before or goes on after this one is a sentence, not a path.
                let whole = position > 0 && position + 1 < spans.len();
                if whole {
                    found.push((at + 1, Mention::Code((*span).to_owned())));
                }
            }
            // Links are looked for outside of code, where brackets mean something else.
            let prose: Vec<&str> = spans.iter().skip(1 - code).step_by(2).copied().collect();
            for target in links(&prose.join("`")) {
                found.push((at + 1, Mention::Link(target)));
            }
            in_code ^= spans.len().is_multiple_of(2);
        }
    }
    found
}

/// Targets of `[text](target)` that are inside the repository.
fn links(prose: &str) -> Vec<String> {
    prose
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', ' ']).next())
        .filter(|target| {
            !target.contains("://") && !target.starts_with('#') && !target.starts_with("mailto:")
        })
        .filter_map(|target| target.split('#').next())
        .filter(|target| !target.is_empty() && !target.starts_with('/'))
        .map(str::to_owned)
        .collect()
}

/// The files and folders of the repository.
struct Tree {
    all: BTreeSet<String>,
    top: BTreeSet<String>,
}

impl Tree {
    fn new(files: &[String]) -> Self {
        let mut all = BTreeSet::new();
        let mut top = BTreeSet::new();
        for file in files {
            for (at, _) in file.match_indices('/') {
                all.insert(file.get(..at).unwrap_or_default().to_owned());
            }
            if let Some((first, _)) = file.split_once('/') {
                top.insert(first.to_owned());
            }
            all.insert(file.clone());
        }
        Self { all, top }
    }

    fn has_link(&self, from: &str, target: &str) -> bool {
        let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
        resolve(folder, target).is_some_and(|path| path.is_empty() || self.all.contains(&path))
    }

    /// A span is taken for a path when it is written like one and begins with a folder that exists, or ends like a file.
    fn looks_like_path(&self, from: &str, span: &str) -> bool {
        let written_so = span
            .chars()
            .all(|c| c.is_alphanumeric() || "/._-*<>{},".contains(c));
        if !written_so
            || span.starts_with('/')
            || span.starts_with('<')
            || !span.contains(['/', '.'])
        {
            return false;
        }
        let (first, rest) = span.split_once('/').unwrap_or((span, ""));
        let ends_like_file = span.rsplit_once('.').is_some_and(|(stem, ending)| {
            ENDINGS.contains(&ending) && !stem.is_empty() && !stem.contains(['<', '{'])
        });
        if !span.contains('/') {
            // A bare `queries.rs` speaks of a kind of file; only the documents' and manifests' own capitals name one.
            return ends_like_file && span.starts_with(char::is_uppercase);
        }
        let known_folder = self.top.contains(first)
            || ancestors(from).any(|folder| self.all.contains(&join(folder, first)));
        ends_like_file || (known_folder && (!rest.is_empty() || span.ends_with('/')))
    }

    /// The span names something from the root, from the document's folder or one above it, or inside of a package that is called
    /// by its id; `*` and `<id>` match anything.
    fn has_code(&self, from: &str, span: &str) -> bool {
        let span = span.trim_end_matches('/');
        let places = ancestors(from)
            .chain(["", "systems"])
            .flat_map(|folder| [join(folder, span), join(&join(folder, "src"), span)]);
        places.into_iter().any(|path| {
            if path.contains(['*', '<', '{']) {
                let pattern: Vec<&str> = path.split('/').collect();
                self.all.iter().any(|known| fits(&pattern, known))
            } else {
                self.all.contains(&path)
            }
        })
    }
}

/// Whether a path has the pattern's parts; `*`, `<id>` and `{a,b}` in a part stand for anything between its ends.
fn fits(pattern: &[&str], path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    parts.len() == pattern.len()
        && pattern.iter().zip(parts).all(|(wanted, part)| {
            let starts = wanted.split(['*', '<', '{']).next().unwrap_or_default();
            let ends = wanted.rsplit(['*', '>', '}']).next().unwrap_or_default();
            *wanted == part
                || (wanted.contains(['*', '<', '{'])
                    && part.len() >= starts.len() + ends.len()
                    && part.starts_with(starts)
                    && part.ends_with(ends))
        })
}

fn ignored(checkout: &Checkout, from: &str, name: &str) -> bool {
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    checkout.ignores(name)
        || resolve(folder, name).is_some_and(|path| !path.is_empty() && checkout.ignores(&path))
}

/// The folder of a document and those above it, without the root.
fn ancestors(from: &str) -> impl Iterator<Item = &str> {
    let mut rest = from;
    std::iter::from_fn(move || {
        rest = rest.rsplit_once('/')?.0;
        Some(rest)
    })
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}

/// A relative target from a folder; `None` when it leaves the repository.
fn resolve(folder: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
#[path = "docs/tests.rs"]
mod tests;
