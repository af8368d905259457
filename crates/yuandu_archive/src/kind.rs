//! What a kind of matter consists of, and the tables of the archive itself.

use yuandu_ids::RealmId;
use yuandu_store::{Row, Store, TableDef};

use crate::{ArchiveError, Matter, queries};

/// Table of the segments.
pub(crate) const SEGMENTS: &str = "archive_segments";
/// Table of the matters that were brought back once.
pub(crate) const RECALLED: &str = "archive_recalled";
/// Table of how many matters of a day lie in the archive.
pub(crate) const DAYS: &str = "archive_days";

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;
/// Days begin at midnight in China, which has had one time without summer time since 1992.
const CHINA_MS: i64 = 8 * 3_600_000;

/// What a kind of matter consists of.
#[derive(Debug, Clone)]
pub struct Kind {
    /// The table of the matters themselves.
    pub own: TableDef,
    /// Its column with the id.
    pub id: String,
    /// The number people know.
    pub number: String,
    /// The words it is found by.
    pub words: String,
    /// What matters are counted by, beside the day they were opened on.
    pub group: String,
    /// The matter it belongs to; such matters are sealed and brought back together.
    pub parent: String,
    /// When it was opened.
    pub opened_at: String,
    /// When it was closed.
    pub closed_at: String,
    /// When it was last changed: what counts where the time of closing is empty.
    pub updated_at: String,
    /// Tables of what belongs to a matter, with the column that names it.
    pub parts: Vec<(TableDef, String)>,
}

impl Kind {
    /// The rows of a matter with their tables; what belongs to it first.
    pub(crate) fn rows<'a>(
        &'a self,
        matter: &Matter,
    ) -> Result<Vec<(&'a TableDef, Row)>, ArchiveError> {
        let mut all = Vec::new();
        for (table, _) in &self.parts {
            let rows = matter.rows(&table.name)?;
            all.extend(rows.into_iter().map(|row| (table, row)));
        }
        all.push((&self.own, matter.row()?));
        Ok(all)
    }

    /// What a matter is counted under: its group and the day it was opened on.
    pub(crate) fn day(&self, matter: &Matter) -> Result<(String, i64), ArchiveError> {
        let opened = matter.row()?.int(&self.opened_at)?;
        Ok((matter.text(&self.group).to_owned(), day_of(opened)))
    }
}

/// The moment at which the day of a moment began.
fn day_of(ms: i64) -> i64 {
    ms.saturating_add(CHINA_MS).div_euclid(DAY_MS) * DAY_MS - CHINA_MS
}

/// The tables of the archive.
#[must_use]
pub fn schema() -> Vec<TableDef> {
    vec![
        TableDef::new(SEGMENTS)
            .text("id")
            .int("matters")
            .int("first_closed_at")
            .int("last_closed_at")
            .int("bytes")
            .int("sealed_at")
            .opt_bytes("keys")
            .opt_bytes("sieve")
            .key(["id"])
            .index(["last_closed_at", "id"]),
        TableDef::new(RECALLED)
            .text("id")
            .int("recalled_at")
            .opt_text("segment")
            .key(["id"]),
        TableDef::new(DAYS)
            .text("kind")
            .int("day")
            .int("matters")
            .key(["kind", "day"]),
    ]
}

/// How many matters of a group, opened on the days of a time, lie in the archive. Days count whole, by their beginning.
pub fn count_of(
    store: &Store,
    realm: RealmId,
    group: &str,
    (from_ms, to_ms): (i64, i64),
) -> Result<u64, ArchiveError> {
    let number = i64::from(realm.get());
    let from = day_of(from_ms);
    Ok(store.read(|reader| queries::count_of(reader, number, group, (from, to_ms)))?)
}

/// Whether nothing was ever sealed.
pub fn is_empty(store: &Store, realm: RealmId) -> Result<bool, ArchiveError> {
    let number = i64::from(realm.get());
    Ok(store.read(|reader| queries::is_empty(reader, number))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_china() {
        let at = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        for (moment, day) in [
            ("2026-09-20T16:00:00Z", "2026-09-20T16:00:00Z"),
            ("2026-09-21T15:59:59.999Z", "2026-09-20T16:00:00Z"),
            ("2026-09-21T16:00:00Z", "2026-09-21T16:00:00Z"),
            ("1969-12-31T15:00:00Z", "1969-12-30T16:00:00Z"),
        ] {
            assert_eq!(day_of(at(moment)), at(day), "{moment}");
        }
    }
}
