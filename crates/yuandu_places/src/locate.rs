//! Which grid and division a position lies in.
//!
//! Where a grid is found its own division counts, of which the grid is a part: at the edge of two divisions their
//! outlines are coarser than the grids, and a place must not have the division of one side and the street of the other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use yuandu_address::{Address, Division, Gazetteer};
use yuandu_geo::{BoundingBox, GridIndex, Position};
use yuandu_store::{Reader, Store, StoreError};

use crate::areas::{AreaRow, read_areas};
use crate::queries;

/// What is known about a place.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Located {
    /// Code of the county-level division (six digits).
    pub division: Option<String>,
    /// Its name.
    pub division_name: Option<String>,
    /// Unit grid code (15 characters), inside the gridded city.
    pub grid: Option<String>,
    /// Name of the street office or town.
    pub street: Option<String>,
    /// Name of the community or village.
    pub community: Option<String>,
}

impl Located {
    /// The place in words, from large to small.
    #[must_use]
    pub fn words(&self) -> String {
        [&self.division_name, &self.street, &self.community]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect()
    }
}

#[derive(Debug)]
struct Loaded {
    version: (u64, u64),
    divisions: GridIndex<AreaRow>,
    grids: GridIndex<AreaRow>,
    /// Names of all divisions by code, also of those without an outline.
    names: HashMap<String, String>,
    gazetteer: Gazetteer,
}

/// Finds grid and division; keeps their outlines in memory until a commit changes them.
///
/// The division table has columns `code`, `name`, `outline`; the grid table `code`, `street`, `community` (codes of
/// divisions), `outline`.
#[derive(Debug)]
pub struct Locator {
    store: Arc<Store>,
    realm: i64,
    divisions: String,
    grids: String,
    loaded: Mutex<Option<Arc<Loaded>>>,
}

impl Locator {
    /// A locator over a table of divisions and one of unit grids.
    #[must_use]
    pub fn new(store: Arc<Store>, realm: i64, divisions: &str, grids: &str) -> Self {
        Self {
            store,
            realm,
            divisions: divisions.to_owned(),
            grids: grids.to_owned(),
            loaded: Mutex::default(),
        }
    }

    /// What is known about `position`; all empty outside the city.
    pub fn locate(&self, position: Position) -> Result<Located, StoreError> {
        let loaded = self.loaded()?;
        let mut located = Located::default();
        let outline = loaded.divisions.locate(position);
        if let Some(row) = loaded.grids.locate(position) {
            located.grid = column(row, "code");
            let named = |code: &str| loaded.names.get(&column(row, code)?).cloned();
            located.street = named("street");
            located.community = named("community");
            located.division = county_of(row);
            let name = located
                .division
                .as_ref()
                .and_then(|code| loaded.names.get(code));
            located.division_name = name.cloned();
        }
        if located.division.is_none()
            && let Some(row) = outline
        {
            located.division = column(row, "code");
            located.division_name = column(row, "name");
        }
        Ok(located)
    }

    /// An address taken apart by the names of the city's divisions.
    pub fn parse_address(&self, text: &str) -> Result<Address, StoreError> {
        Ok(yuandu_address::parse(text, &self.loaded()?.gazetteer))
    }

    /// The same for two bare numbers; all empty where they are no degrees.
    pub fn around(&self, lon: f64, lat: f64) -> Result<Located, StoreError> {
        Position::new(lon, lat).map_or_else(|_| Ok(Located::default()), |at| self.locate(at))
    }

    /// The middle of the unit grid with this code.
    pub fn grid_centre(&self, code: &str) -> Result<Option<Position>, StoreError> {
        let loaded = self.loaded()?;
        let found = loaded
            .grids
            .entries()
            .iter()
            .find(|(row, _)| row.text("code") == code);
        Ok(found.map(|(_, area)| area.label_position()))
    }

    /// The name and middle of the smallest division with an outline that the one with this code is, or lies in.
    pub fn division_around(&self, code: &str) -> Result<Option<(String, Position)>, StoreError> {
        let loaded = self.loaded()?;
        // Codes are made of 2, 2 and 2 digits of province, city and county, and 3 and 3 of street and community.
        for length in [12, 9, 6, 4] {
            let Some(begin) = code.get(..length) else {
                continue;
            };
            let mut all = loaded.divisions.entries().iter();
            if let Some((row, area)) = all.find(|(row, _)| row.text("code") == begin) {
                return Ok(Some((row.text("name"), area.label_position())));
            }
        }
        Ok(None)
    }

    /// Names of the divisions with the place where a label may stand.
    pub fn division_labels(&self) -> Result<Vec<(Position, String)>, StoreError> {
        let loaded = self.loaded()?;
        let labels = loaded
            .divisions
            .entries()
            .iter()
            .filter_map(|(row, area)| Some((area.label_position(), column(row, "name")?)));
        Ok(labels.collect())
    }

    /// The box round the city's divisions.
    pub fn bounds(&self) -> Result<Option<BoundingBox>, StoreError> {
        Ok(self.loaded()?.divisions.bounds())
    }

    fn loaded(&self) -> Result<Arc<Loaded>, StoreError> {
        let version = (
            self.store.touched(&self.divisions),
            self.store.touched(&self.grids),
        );
        let mut kept = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(loaded) = kept.as_ref().filter(|loaded| loaded.version == version) {
            return Ok(Arc::clone(loaded));
        }
        let loaded = Arc::new(self.store.read(|reader| {
            let names = read_names(reader, self.realm, &self.divisions)?;
            Ok::<_, StoreError>(Loaded {
                version,
                divisions: read_areas(
                    reader,
                    self.realm,
                    &self.divisions,
                    ("outline", &[]),
                    &["code", "name"],
                )?,
                grids: read_areas(
                    reader,
                    self.realm,
                    &self.grids,
                    ("outline", &[]),
                    &["code", "street", "community"],
                )?,
                gazetteer: gazetteer(&names),
                names,
            })
        })?);
        *kept = Some(Arc::clone(&loaded));
        Ok(loaded)
    }
}

fn read_names(
    reader: &Reader<'_>,
    realm: i64,
    divisions: &str,
) -> Result<HashMap<String, String>, StoreError> {
    let rows = reader.query(&queries::names(divisions), &[realm.into()])?;
    rows.iter()
        .map(|row| Ok((row.text("code")?, row.opt_text("name")?.unwrap_or_default())))
        .collect()
}

fn gazetteer(names: &HashMap<String, String>) -> Gazetteer {
    Gazetteer::new(names.iter().map(|(code, name)| Division {
        code: code.clone(),
        name: name.clone(),
    }))
}

/// The county-level division a grid says it belongs to: codes of streets and communities begin with it (GB/T 2260).
fn county_of(grid: &AreaRow) -> Option<String> {
    let code = column(grid, "street").or_else(|| column(grid, "community"))?;
    code.get(..6).map(str::to_owned)
}

fn column(row: &AreaRow, name: &str) -> Option<String> {
    Some(row.text(name)).filter(|text| !text.is_empty())
}
