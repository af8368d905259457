//! The versions of the working calendar that a city published.

use jiff::Timestamp;
use yuandu_base::calendar::CalendarChange;
use yuandu_identity::{OpCtx, Resource};
use yuandu_ids::RealmId;
use yuandu_store::{Reader, Row, StoreError};

use crate::error::ProcessError;
use crate::ops::Engine;
use crate::store::realm;

/// A version of the working calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarVersion {
    /// Its number, counted from 1.
    pub number: i64,
    /// Its name, which every sum made on it carries.
    pub version: String,
    /// What it changed.
    pub change: CalendarChange,
    /// The notice or order it rests on.
    pub basis: String,
    /// When it was published.
    pub published_at: Timestamp,
    /// By whom.
    pub published_name: String,
    /// Open deadlines that were looked at, once all have been.
    pub looked: Option<i64>,
    /// Cases whose deadlines moved.
    pub moved: Option<i64>,
    /// When all open deadlines had been computed anew.
    pub done_at: Option<Timestamp>,
    /// Log position that last wrote it.
    pub pos: i64,
}

impl CalendarVersion {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let change = row.text("change")?;
        Ok(Self {
            number: row.int("number")?,
            version: row.text("version")?,
            change: serde_json::from_str(&change).map_err(|_| StoreError::Column {
                column: "calendars.change".to_owned(),
                wanted: "an edit of a calendar",
            })?,
            basis: row.text("basis")?,
            published_at: row.timestamp("published_at")?,
            published_name: row.text("published_name")?,
            looked: row.opt_int("looked")?,
            moved: row.opt_int("moved")?,
            done_at: row.opt_timestamp("done_at")?,
            pos: row.int("pos")?,
        })
    }
}

impl Engine {
    /// The versions of the calendar, the oldest first.
    ///
    /// # Errors
    /// A refusal of the gate; a failure of the store.
    pub fn list_calendars(&self, ctx: &OpCtx) -> Result<Vec<CalendarVersion>, ProcessError> {
        self.gate.require(ctx, "admin.view", &Resource::system())?;
        Ok(self.store.read(|reader| published(reader, ctx.realm))?)
    }
}

/// Every version that was published, the oldest first.
pub(crate) fn published(
    reader: &Reader<'_>,
    realm_id: RealmId,
) -> Result<Vec<CalendarVersion>, StoreError> {
    let sql = "SELECT * FROM calendars WHERE realm = $1 ORDER BY number";
    let rows = reader.query(sql, &[realm(realm_id)])?;
    rows.iter().map(CalendarVersion::read).collect()
}
