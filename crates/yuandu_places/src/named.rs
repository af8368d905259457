//! Rows by the names people know them by, with the place where each is: what geocoding answers with, both ways.

use yuandu_geo::{BoundingBox, Position};
use yuandu_store::{Row, StoreError, Value};

use crate::areas::AreaRow;
use crate::drawn::Outline;
use crate::features::{Chosen, Condition, FeatureQuery};
use crate::layer::{Geometry, LayerDef};
use crate::tiles::Tiles;
use crate::{PlacesError, queries};

/// Points looked at for the nearest one.
const CANDIDATES: i64 = 2000;

/// A row with its name and place.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    /// Id of the row.
    pub id: String,
    /// Its name; the id where the layer has no names.
    pub name: String,
    /// A position in it.
    pub position: Position,
    /// Metres from the position that was asked about.
    pub distance_m: f64,
}

impl Tiles {
    /// Rows of a layer by their ids, with one query at most; those without a place are not among them.
    pub fn named(
        &self,
        layer: &str,
        ids: &[String],
        allowed: &Condition,
    ) -> Result<Vec<Named>, PlacesError> {
        let (number, def) = self.find(layer)?;
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        if let Geometry::Point { lon, lat } = &def.geometry {
            let place = (lon.as_str(), lat.as_str());
            let mut chosen = self.chosen(def, allowed, place, &FeatureQuery::default())?;
            let marks: Vec<String> = ids.iter().map(|id| chosen.bind(id.as_str())).collect();
            chosen.and(format!("id IN ({})", marks.join(", ")));
            return self.read_named(def, chosen, None);
        }
        let permitted = self.permitted(def, allowed, None)?;
        let drawn = self.outlines(number, def)?;
        let wanted = |row: &AreaRow| {
            let id = row.text("id");
            ids.contains(&id) && permitted.as_ref().is_none_or(|all| all.contains(&id))
        };
        let found = drawn.all().filter(|(row, _)| wanted(row));
        Ok(found
            .map(|(row, outline)| named(def, row, outline.label(), 0.0))
            .collect())
    }

    /// The row of a layer that is nearest to a position, within some metres; of areas the one it lies in.
    pub fn nearest(
        &self,
        layer: &str,
        position: Position,
        radius_m: f64,
        allowed: &Condition,
    ) -> Result<Option<Named>, PlacesError> {
        let (number, def) = self.find(layer)?;
        let window = BoundingBox::within_metres(position, radius_m);
        let mut found = if let Geometry::Point { lon, lat } = &def.geometry {
            let query = FeatureQuery {
                windows: vec![window],
                ..FeatureQuery::default()
            };
            let place = (lon.as_str(), lat.as_str());
            let chosen = self.chosen(def, allowed, place, &query)?;
            self.read_named(def, chosen, Some(position))?
        } else {
            let permitted = self.permitted(def, allowed, None)?;
            let drawn = self.outlines(number, def)?;
            let near = drawn.near(&window).filter(|(row, _)| {
                permitted
                    .as_ref()
                    .is_none_or(|all| all.contains(&row.text("id")))
            });
            near.map(|(row, outline)| {
                let away = match outline {
                    Outline::Area(area) if area.contains(position) => 0.0,
                    Outline::Area(_) => f64::INFINITY,
                    Outline::Line(line) => line.distance_m(position),
                };
                named(def, row, outline.label(), away)
            })
            .collect()
        };
        found.retain(|one| one.distance_m <= radius_m);
        Ok(found
            .into_iter()
            .min_by(|left, right| left.distance_m.total_cmp(&right.distance_m)))
    }

    fn read_named(
        &self,
        def: &LayerDef,
        mut chosen: Chosen,
        from: Option<Position>,
    ) -> Result<Vec<Named>, PlacesError> {
        let Geometry::Point { lon, lat } = &def.geometry else {
            return Ok(Vec::new());
        };
        let name = def.name.as_deref().unwrap_or("id");
        let columns: Vec<&str> = [name, lon.as_str(), lat.as_str()]
            .into_iter()
            .filter(|column| *column != "id")
            .collect();
        let limit = chosen.bind(CANDIDATES);
        let sql = queries::features(&chosen.from, &columns, &chosen.sql, &limit);
        let mut found = Vec::new();
        self.store.read(|reader| {
            reader.query_each(&sql, &chosen.params, |row| {
                if let Ok(position) = Position::new(row.real(lon)?, row.real(lat)?) {
                    found.push(Named {
                        id: row.text("id")?,
                        name: shown(&row, name)?,
                        position,
                        distance_m: from.map_or(0.0, |from| from.distance_m(position)),
                    });
                }
                Ok::<_, StoreError>(true)
            })
        })?;
        Ok(found)
    }
}

fn shown(row: &Row, name: &str) -> Result<String, StoreError> {
    match row.value(name) {
        Value::Text(text) if !text.is_empty() => Ok(text.clone()),
        _ => row.text("id"),
    }
}

fn named(def: &LayerDef, row: &AreaRow, position: Position, distance_m: f64) -> Named {
    let name = def.name.as_deref().map(|name| row.text(name));
    Named {
        name: name
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| row.text("id")),
        id: row.text("id"),
        position,
        distance_m,
    }
}
