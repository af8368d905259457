//! Incidents that wait for a person.

use yuandu_ids::RealmId;
use yuandu_store::{Reader, StoreError};

use crate::store::realm;

/// An incident that can be tried again.
#[derive(Debug)]
pub(crate) struct OpenIncident {
    /// The timer that failed.
    pub(crate) timer: String,
    /// Log position that last wrote it.
    pub(crate) pos: i64,
}

/// An open incident with the timer that failed.
pub(crate) fn open(
    reader: &Reader<'_>,
    realm_id: RealmId,
    id: &str,
) -> Result<Option<OpenIncident>, StoreError> {
    let sql = "SELECT timer, pos FROM incidents WHERE realm = $1 AND id = $2 AND status = 'open'";
    let Some(row) = reader.query_one(sql, &[realm(realm_id), id.into()])? else {
        return Ok(None);
    };
    let pos = row.int("pos")?;
    Ok(row
        .opt_text("timer")?
        .map(|timer| OpenIncident { timer, pos }))
}
