//! What stands around a position: the nearest points of a table, for picking a component on the spot.

use yuandu_geo::{BoundingBox, Position};
use yuandu_store::{Reader, Value};

use crate::{PlacesError, queries};

/// Candidates looked at: a busy crossing has some dozens of components within fifty metres.
const CANDIDATES: i64 = 500;

/// A table of points.
#[derive(Debug, Clone, Copy)]
pub struct NearTable<'a> {
    /// Its name.
    pub table: &'a str,
    /// Column of the longitude.
    pub lon: &'a str,
    /// Column of the latitude.
    pub lat: &'a str,
    /// Column people know the point by.
    pub name: &'a str,
}

/// A point nearby.
#[derive(Debug, Clone, PartialEq)]
pub struct Near {
    /// Id of its row.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Metres away.
    pub distance_m: f64,
}

/// The points within `radius_m` metres, nearest first, at most `limit`.
///
/// # Errors
/// A failure of the store; a stored position that is none.
pub fn near(
    reader: &Reader<'_>,
    realm: i64,
    source: NearTable<'_>,
    position: Position,
    radius_m: f64,
    limit: usize,
) -> Result<Vec<Near>, PlacesError> {
    let window = BoundingBox::within_metres(position, radius_m);
    let parameters: [Value; 6] = [
        realm.into(),
        window.south.into(),
        window.north.into(),
        window.west.into(),
        window.east.into(),
        CANDIDATES.into(),
    ];
    let mut found = Vec::new();
    for row in reader.query(&queries::near(source), &parameters)? {
        let distance_m = Position::new(row.real("lon")?, row.real("lat")?)?.distance_m(position);
        if distance_m <= radius_m {
            found.push(Near {
                id: row.text("id")?,
                name: row.opt_text("name")?.unwrap_or_default(),
                distance_m,
            });
        }
    }
    found.sort_by(|left, right| left.distance_m.total_cmp(&right.distance_m));
    found.truncate(limit);
    Ok(found)
}
