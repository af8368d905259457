//! The SQL of this crate: plain, for both databases; names come from declarations, never from users.

use jiff::Timestamp;
use yuandu_identity::Filter;
use yuandu_store::Value;

use crate::board::{By, CaseTables, Scope};
use crate::compile::{Compiled, Parameter};

/// Counts of one indicator as columns `d<at>` and `n<at>`.
pub(crate) fn counts(at: usize, denominator: &str, numerator: &str) -> String {
    format!(
        "coalesce(sum(CASE WHEN {denominator} THEN 1 ELSE 0 END), 0) AS d{at}, \
         coalesce(sum(CASE WHEN {denominator} AND {numerator} THEN 1 ELSE 0 END), 0) AS n{at}"
    )
}

/// True where the condition is false or unknown, spelt so that both databases agree.
pub(crate) fn not_true(condition: &str) -> String {
    format!("CASE WHEN {condition} THEN 0 ELSE 1 END = 1")
}

/// A query being put together: its tail is everything from `FROM` on.
pub(crate) struct Query {
    tail: String,
    pub(crate) parameters: Vec<Value>,
}

impl Query {
    pub(crate) fn new(tables: &CaseTables, realm: i64, scope: &Scope, filter: &Filter) -> Self {
        let mut query = Self {
            tail: String::new(),
            parameters: vec![
                realm.into(),
                tables.system.as_str().into(),
                scope.from.into(),
                scope.to.into(),
            ],
        };
        let mut narrower = String::new();
        for (column, value) in [
            ("org", &scope.org),
            ("division", &scope.division),
            ("class", &scope.class),
        ] {
            match value.as_deref() {
                None => {}
                Some("") => narrower.push_str(&format!(" AND coalesce(c.{column}, '') = ''")),
                Some(value) => {
                    let place = query.value(value.into());
                    narrower.push_str(&format!(" AND c.{column} = {place}"));
                }
            }
        }
        let allowed = renumbered(&filter.sql, query.parameters.len());
        query.parameters.extend(filter.params.iter().cloned());
        query.tail = format!(
            "FROM {} c JOIN {} f ON f.realm = c.realm AND f.id = c.id WHERE c.realm = $1 AND c.system = $2 AND c.opened_at >= $3 AND c.opened_at < $4{narrower} AND ({allowed})",
            tables.cases, tables.facts
        );
        query
    }

    /// The counts of a board, one row for each combination of the keys.
    pub(crate) fn measuring(&self, keys: &[String], counts: &[String]) -> String {
        let named = keys
            .iter()
            .enumerate()
            .map(|(at, key)| format!("{key} AS k{at}"));
        let columns: Vec<String> = named
            .chain(["count(*) AS everything".to_owned()])
            .chain(counts.iter().cloned())
            .collect();
        // Keys are named by their place: both databases take that, and an expression with parameters is written once.
        let places: Vec<String> = (1..=keys.len()).map(|place| place.to_string()).collect();
        let grouped = if keys.is_empty() {
            String::new()
        } else {
            format!(" GROUP BY {0} ORDER BY {0}", places.join(", "))
        };
        format!("SELECT {} {}{grouped}", columns.join(", "), self.tail)
    }

    /// The expression cases are grouped by.
    pub(crate) fn key(&mut self, by: By, from: Timestamp) -> String {
        match by {
            By::Org => "c.org".to_owned(),
            By::Class => "c.class".to_owned(),
            By::Division => "c.division".to_owned(),
            By::Stretch(length) => {
                let begin = self.value(from.into());
                let length = i64::try_from(length.as_millis()).unwrap_or(i64::MAX);
                let length = self.value(length.max(1).into());
                // Both are whole milliseconds, and the division of whole numbers drops the rest in both databases.
                format!("((c.opened_at - {begin}) / {length})")
            }
        }
    }

    /// The cases that meet `condition`, newest first, after the one opened at an instant with an id.
    pub(crate) fn listing(
        &mut self,
        condition: &str,
        after: Option<(Timestamp, &str)>,
        limit: i64,
    ) -> String {
        let page = after.map_or(String::new(), |(at, id)| {
            let (at, id) = (self.value(at.into()), self.value(id.into()));
            format!(" AND (c.opened_at < {at} OR (c.opened_at = {at} AND c.id < {id}))")
        });
        let limit = self.value(limit.into());
        format!(
            "SELECT c.* {} AND {condition}{page} ORDER BY c.opened_at DESC, c.id DESC LIMIT {limit}",
            self.tail
        )
    }

    fn value(&mut self, value: Value) -> String {
        self.parameters.push(value);
        format!("${}", self.parameters.len())
    }

    pub(crate) fn add(&mut self, compiled: &Compiled, now: Timestamp) -> String {
        let sql = renumbered(&compiled.sql, self.parameters.len());
        self.parameters
            .extend(compiled.parameters.iter().map(|parameter| match parameter {
                Parameter::Value(value) => value.clone(),
                Parameter::Now => now.into(),
            }));
        sql
    }
}

/// Moves parameter numbers that start at 1 on by `by`.
fn renumbered(sql: &str, by: usize) -> String {
    let mut parts = sql.split('$');
    let mut moved = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.chars().take_while(char::is_ascii_digit).count();
        let (number, rest) = part.split_at(digits);
        let number: usize = number.parse().unwrap_or(0);
        moved.push_str(&format!("${}{rest}", number + by));
    }
    moved
}
