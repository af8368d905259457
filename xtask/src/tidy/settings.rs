//! `layers.toml`, `budget.toml` and `licences.toml`: read strictly, because a misspelt key would switch a rule off.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail};
use toml::{Table, Value};

use crate::checkout::Checkout;

/// The three files.
pub struct Settings {
    pub layers: Layers,
    pub budget: Budget,
    pub licences: Licences,
}

/// Which crate stands on which tier.
#[derive(Debug, Default)]
pub struct Layers {
    /// Tier of each crate.
    pub tier: BTreeMap<String, i64>,
    /// Edges within a tier that are allowed, from and to.
    pub edges: BTreeSet<(String, String)>,
    /// Outside crates that only some of ours may use.
    pub homes: BTreeMap<String, BTreeSet<String>>,
    /// Crates that may hold any SQL.
    pub sql_crates: BTreeSet<String>,
    /// File names that may hold SQL which reads, in every crate.
    pub sql_files: BTreeSet<String>,
    /// Folders below which every file may hold SQL that reads.
    pub sql_folders: BTreeSet<String>,
    /// Files that speak each database's own tongue, side by side.
    pub sql_native: BTreeSet<String>,
    /// Programs beside the house: on no tier, and depending on none of our crates.
    pub tools: BTreeSet<String>,
}

/// How long things may be.
#[derive(Debug, Default)]
pub struct Budget {
    pub file_warn: usize,
    pub file_fail: usize,
    pub function: usize,
    pub function_in_tests: usize,
    pub crate_lines: usize,
    pub lib: usize,
    pub exceptions: Vec<Exception>,
}

/// One file, function or crate (named by its folder) that may be longer, for a reason.
#[derive(Debug)]
pub struct Exception {
    pub path: String,
    pub function: Option<String>,
    pub lines: usize,
}

/// Which licences dependencies may have.
#[derive(Debug, Default)]
pub struct Licences {
    pub allow: BTreeSet<String>,
    /// Licences allowed for one package only: name and licence.
    pub exceptions: BTreeSet<(String, String)>,
    /// Packages we do not want, and why.
    pub banned: BTreeMap<String, String>,
}

impl Settings {
    /// Reads the three files at the root.
    pub fn load(checkout: &Checkout) -> Result<Self> {
        Ok(Self {
            layers: read(checkout, "layers.toml", layers)?,
            budget: read(checkout, "budget.toml", budget)?,
            licences: read(checkout, "licences.toml", licences)?,
        })
    }
}

fn read<T>(checkout: &Checkout, file: &str, parse: fn(&Table) -> Result<T>) -> Result<T> {
    let table: Table = checkout
        .read(file)?
        .parse()
        .with_context(|| format!("`{file}` is not TOML"))?;
    parse(&table).with_context(|| format!("in `{file}`"))
}

fn layers(table: &Table) -> Result<Layers> {
    known(table, &["tier", "tool", "edge", "home", "sql"])?;
    let mut layers = Layers::default();
    for tier in tables(table, "tier")? {
        known(tier, &["level", "crates", "about"])?;
        for name in texts(tier, "crates")? {
            if layers
                .tier
                .insert(name.clone(), integer(tier, "level")?)
                .is_some()
            {
                bail!("`{name}` stands on two tiers");
            }
        }
    }
    for tool in tables(table, "tool")? {
        known(tool, &["crate", "about"])?;
        text(tool, "about")?;
        layers.tools.insert(text(tool, "crate")?);
    }
    for edge in tables(table, "edge")? {
        known(edge, &["from", "to", "reason"])?;
        text(edge, "reason")?;
        layers
            .edges
            .insert((text(edge, "from")?, text(edge, "to")?));
    }
    for home in tables(table, "home")? {
        known(home, &["crate", "only", "reason"])?;
        text(home, "reason")?;
        layers.homes.insert(
            text(home, "crate")?,
            texts(home, "only")?.into_iter().collect(),
        );
    }
    let sql = table
        .get("sql")
        .and_then(Value::as_table)
        .context("`[sql]` is missing")?;
    known(sql, &["crates", "files", "folders", "native"])?;
    layers.sql_crates = texts(sql, "crates")?.into_iter().collect();
    layers.sql_files = texts(sql, "files")?.into_iter().collect();
    layers.sql_folders = texts(sql, "folders")?.into_iter().collect();
    layers.sql_native = texts(sql, "native")?.into_iter().collect();
    Ok(layers)
}

fn budget(table: &Table) -> Result<Budget> {
    known(table, &["limits", "exception"])?;
    let limits = table
        .get("limits")
        .and_then(Value::as_table)
        .context("`[limits]` is missing")?;
    known(
        limits,
        &[
            "file_warn",
            "file_fail",
            "function",
            "function_in_tests",
            "crate",
            "lib",
        ],
    )?;
    let mut exceptions = Vec::new();
    for exception in tables(table, "exception")? {
        known(exception, &["path", "function", "lines", "owner", "reason"])?;
        text(exception, "owner")?;
        text(exception, "reason")?;
        let function = exception
            .get("function")
            .map(|_| text(exception, "function"))
            .transpose()?;
        exceptions.push(Exception {
            path: text(exception, "path")?,
            function,
            lines: count(exception, "lines")?,
        });
    }
    Ok(Budget {
        file_warn: count(limits, "file_warn")?,
        file_fail: count(limits, "file_fail")?,
        function: count(limits, "function")?,
        function_in_tests: count(limits, "function_in_tests")?,
        crate_lines: count(limits, "crate")?,
        lib: count(limits, "lib")?,
        exceptions,
    })
}

fn licences(table: &Table) -> Result<Licences> {
    known(table, &["allow", "exception", "banned"])?;
    let mut licences = Licences {
        allow: texts(table, "allow")?.into_iter().collect(),
        ..Licences::default()
    };
    for exception in tables(table, "exception")? {
        known(exception, &["package", "licence", "reason"])?;
        text(exception, "reason")?;
        licences
            .exceptions
            .insert((text(exception, "package")?, text(exception, "licence")?));
    }
    for banned in tables(table, "banned")? {
        known(banned, &["package", "reason"])?;
        licences
            .banned
            .insert(text(banned, "package")?, text(banned, "reason")?);
    }
    Ok(licences)
}

fn known(table: &Table, keys: &[&str]) -> Result<()> {
    match table.keys().find(|key| !keys.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => bail!("unknown key `{key}`; known are {}", keys.join(", ")),
    }
}

fn tables<'a>(table: &'a Table, key: &str) -> Result<Vec<&'a Table>> {
    let Some(value) = table.get(key) else {
        return Ok(Vec::new());
    };
    let list = value
        .as_array()
        .with_context(|| format!("`{key}` must be written as [[{key}]]"))?;
    list.iter()
        .map(|item| {
            item.as_table()
                .with_context(|| format!("`{key}` must be written as [[{key}]]"))
        })
        .collect()
}

fn text(table: &Table, key: &str) -> Result<String> {
    let value = table
        .get(key)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .trim();
    if value.is_empty() {
        bail!("`{key}` is missing or empty");
    }
    Ok(value.to_owned())
}

fn texts(table: &Table, key: &str) -> Result<Vec<String>> {
    let list = table
        .get(key)
        .and_then(Value::as_array)
        .with_context(|| format!("`{key}` must be a list"))?;
    list.iter()
        .map(|item| {
            item.as_str()
                .map(str::to_owned)
                .with_context(|| format!("`{key}` must be a list of texts"))
        })
        .collect()
}

fn integer(table: &Table, key: &str) -> Result<i64> {
    table
        .get(key)
        .and_then(Value::as_integer)
        .with_context(|| format!("`{key}` must be a number"))
}

fn count(table: &Table, key: &str) -> Result<usize> {
    usize::try_from(integer(table, key)?).with_context(|| format!("`{key}` must not be negative"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_key_is_refused_by_name() {
        let table: Table = "[limit]\nfile_warn = 1".parse().expect("toml");
        let error = budget(&table).expect_err("misspelt");
        assert!(error.to_string().contains("`limit`"), "{error}");
    }

    #[test]
    fn an_exception_without_a_reason_is_refused() {
        let text = "[limits]\nfile_warn=1\nfile_fail=2\nfunction=3\nfunction_in_tests=3\ncrate=4\nlib=5\n[[exception]]\npath='a'\nlines=9\nowner='b'\n";
        let error = budget(&text.parse().expect("toml")).expect_err("no reason");
        assert!(error.to_string().contains("`reason`"), "{error}");
    }
}
