//! The rows of a layer as features: found by place, time and properties, in pages that end nowhere twice.
//!
//! Points are read from their table, a page at a time; areas and lines are few and stand in memory with their index. Who may see
//! which rows is the caller's condition.

use std::collections::HashSet;

use jiff::Timestamp;
use serde_json::{Map, Value as Json};
use yuandu_geo::{Area, BoundingBox, Crs, Line, Position};
use yuandu_store::{Kind, Near, Reader, Row, StoreError, Value, WindowNames};

use crate::areas::AreaRow;
use crate::drawn::Outline;
use crate::layer::{Geometry, LayerDef};
use crate::tiles::{Tiles, lamp_word};
use crate::{PlacesError, queries};

/// Features are counted so far; beyond it a page does not say how many there are.
const COUNTED: u64 = 10_000;

/// Which rows the asker may see: a condition whose parameters are numbered from [`Condition::FIRST`].
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// SQL over the layer's table.
    pub sql: String,
    /// Values of its parameters.
    pub params: Vec<Value>,
    /// Whether every row passes.
    pub is_everything: bool,
}

impl Condition {
    /// Number of the first parameter.
    pub const FIRST: usize = 2;
}

/// What is asked of a layer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FeatureQuery {
    /// Only what meets one of these; everything when there is none.
    pub windows: Vec<BoundingBox>,
    /// Only features whose property has this text.
    pub equal: Vec<(String, String)>,
    /// Only features whose instant lies between these, both included. Those without an instant are always meant.
    pub during: Option<(Timestamp, Timestamp)>,
    /// Only features after this id.
    pub after: Option<String>,
    /// Features of a page.
    pub limit: usize,
}

/// One feature.
#[derive(Debug, Clone, PartialEq)]
pub struct Feature {
    /// Id of its row.
    pub id: String,
    /// Its geometry.
    pub shape: Shape,
    /// Its properties.
    pub properties: Map<String, Json>,
}

/// Where a feature is.
#[derive(Debug, Clone, PartialEq)]
pub enum Shape {
    /// At a position.
    Point(Position),
    /// In an area.
    Area(Area),
    /// Along a line.
    Line(Line),
}

impl Feature {
    /// GeoJSON with coordinates of a reference system.
    #[must_use]
    pub fn to_geojson(&self, crs: Crs) -> Json {
        let geometry = match &self.shape {
            Shape::Point(position) => {
                serde_json::json!({ "type": "Point", "coordinates": crs.of(*position) })
            }
            Shape::Area(area) => area.to_geojson_in(crs),
            Shape::Line(line) => line.to_geojson_in(crs),
        };
        serde_json::json!({ "type": "Feature", "id": self.id, "geometry": geometry, "properties": self.properties })
    }
}

/// A page of features.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FeaturePage {
    /// The features in the order of their ids.
    pub features: Vec<Feature>,
    /// How many there are on all pages; not said where there are very many.
    pub matched: Option<u64>,
    /// Where the next page begins.
    pub next: Option<String>,
}

impl Tiles {
    /// The layer of this name.
    pub fn layer(&self, layer: &str) -> Result<&LayerDef, PlacesError> {
        self.find(layer).map(|(_, def)| def)
    }

    /// A page of features, with at most three queries.
    pub fn features(
        &self,
        layer: &str,
        query: &FeatureQuery,
        allowed: &Condition,
        now: Timestamp,
    ) -> Result<FeaturePage, PlacesError> {
        let (number, def) = self.find(layer)?;
        match &def.geometry {
            Geometry::Point { lon, lat } => {
                let place = (lon.as_str(), lat.as_str());
                let chosen = self.chosen(def, allowed, place, query)?;
                self.points(def, chosen, query, now)
            }
            Geometry::Area { .. } | Geometry::Line { .. } => {
                self.drawn((number, def), query, allowed)
            }
        }
    }

    /// One feature by its id.
    pub fn feature(
        &self,
        layer: &str,
        id: &str,
        allowed: &Condition,
        now: Timestamp,
    ) -> Result<Option<Feature>, PlacesError> {
        let (number, def) = self.find(layer)?;
        match &def.geometry {
            Geometry::Point { lon, lat } => {
                let query = FeatureQuery::default();
                let place = (lon.as_str(), lat.as_str());
                let mut chosen = self.chosen(def, allowed, place, &query)?;
                let id = chosen.bind(id);
                chosen.and(format!("id = {id}"));
                Ok(self.points(def, chosen, &query, now)?.features.pop())
            }
            Geometry::Area { .. } | Geometry::Line { .. } => {
                let drawn = self.outlines(number, def)?;
                let permitted = self.permitted(def, allowed, Some(id))?;
                let found = drawn.all().find(|(row, _)| row.text("id") == id);
                let found = found.filter(|_| permitted.is_none_or(|ids| ids.contains(id)));
                Ok(found.map(|entry| outlined(def, entry)))
            }
        }
    }

    /// The box round a layer of areas or lines, if it is one and not empty.
    pub fn extent(&self, layer: &str) -> Result<Option<BoundingBox>, PlacesError> {
        let (number, def) = self.find(layer)?;
        match &def.geometry {
            Geometry::Point { .. } => Ok(None),
            Geometry::Area { .. } | Geometry::Line { .. } => {
                Ok(self.outlines(number, def)?.bounds())
            }
        }
    }

    fn points(
        &self,
        def: &LayerDef,
        mut chosen: Chosen,
        query: &FeatureQuery,
        now: Timestamp,
    ) -> Result<FeaturePage, PlacesError> {
        let columns = columns(def);
        let single = query.limit == 0;
        let most = if single { 1 } else { query.limit };
        let mut page = FeaturePage::default();
        self.store.read(|reader| {
            if !single {
                page.matched = count(reader, chosen.clone())?;
            }
            if let Some(after) = &query.after {
                let after = chosen.bind(after.as_str());
                chosen.and(format!("id > {after}"));
            }
            let limit = chosen.bind(i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1));
            let sql = queries::features(&chosen.from, &columns, &chosen.sql, &limit);
            reader.query_each(&sql, &chosen.params, |row| {
                if page.features.len() == most {
                    page.next = page.features.last().map(|last| last.id.clone());
                    return Ok(false);
                }
                // A place that is none was refused when it came in; a damaged one is left out here and named by `verify`.
                page.features.extend(pointed(def, &row, now)?);
                Ok(true)
            })
        })?;
        Ok(page)
    }

    fn drawn(
        &self,
        (number, def): (usize, &LayerDef),
        query: &FeatureQuery,
        allowed: &Condition,
    ) -> Result<FeaturePage, PlacesError> {
        let drawn = self.outlines(number, def)?;
        let permitted = self.permitted(def, allowed, None)?;
        let named = |entry: (&'_ AreaRow, Outline<'_>)| entry.0.text("id");
        let mut found: Vec<_> = if query.windows.is_empty() {
            drawn.all().map(|entry| (named(entry), entry)).collect()
        } else {
            let windows = query.windows.iter();
            let met = windows.flat_map(|window| drawn.meeting(window));
            met.map(|entry| (named(entry), entry)).collect()
        };
        found.retain(|(id, (row, _))| {
            fits(def, row, query) && permitted.as_ref().is_none_or(|ids| ids.contains(id))
        });
        found.sort_by(|left, right| left.0.cmp(&right.0));
        found.dedup_by(|left, right| left.0 == right.0);
        let begin = query
            .after
            .as_ref()
            .map_or(0, |after| found.partition_point(|(id, _)| id <= after));
        let rest = found.get(begin..).unwrap_or_default();
        let shown = rest.get(..query.limit).unwrap_or(rest);
        Ok(FeaturePage {
            matched: Some(found.len() as u64),
            next: (shown.len() < rest.len())
                .then(|| shown.last().map(|(id, _)| id.clone()))
                .flatten(),
            features: shown
                .iter()
                .map(|(_, entry)| outlined(def, *entry))
                .collect(),
        })
    }

    /// The ids that pass the condition; none means all do.
    pub(crate) fn permitted(
        &self,
        def: &LayerDef,
        allowed: &Condition,
        id: Option<&str>,
    ) -> Result<Option<HashSet<String>>, PlacesError> {
        if allowed.is_everything {
            return Ok(None);
        }
        let mut parameters: Vec<Value> = vec![self.realm.into()];
        parameters.extend(allowed.params.iter().cloned());
        let mut sql = queries::ids(&def.table, &allowed.sql);
        if let Some(id) = id {
            parameters.push(id.into());
            sql.push_str(&format!(" AND id = ${}", parameters.len()));
        }
        let mut ids = HashSet::new();
        self.store.read(|reader| {
            reader.query_each(&sql, &parameters, |row| {
                ids.insert(row.text("id")?);
                Ok::<_, StoreError>(true)
            })
        })?;
        Ok(Some(ids))
    }
}

/// The conditions of a query with their parameters.
#[derive(Debug, Clone)]
pub(crate) struct Chosen {
    pub(crate) from: String,
    pub(crate) sql: String,
    pub(crate) params: Vec<Value>,
}

impl Tiles {
    /// What a query chooses. Few rows in the windows are read by the index of places, very many in the order of their ids:
    /// then a page is found sooner by going through the table than by sorting all that the index gives.
    pub(crate) fn chosen(
        &self,
        def: &LayerDef,
        allowed: &Condition,
        place: (&str, &str),
        query: &FeatureQuery,
    ) -> Result<Chosen, PlacesError> {
        let mut params: Vec<Value> = vec![self.realm.into()];
        params.extend(allowed.params.iter().cloned());
        let mut chosen = Chosen {
            from: def.table.clone(),
            sql: format!("{}.realm = $1 AND ({})", def.table, allowed.sql),
            params,
        };
        for (column, text) in &def.only {
            let text = chosen.bind(text.as_str());
            chosen.and(format!("{column} = {text}"));
        }
        self.meeting(def, place, &query.windows, &mut chosen)?;
        for (name, text) in &query.equal {
            let found = def.properties.iter().find(|(known, _)| known == name);
            let value = found.and_then(|(_, column)| {
                let kind = self.store.column_kind(&def.table, column)?;
                Some((column, typed(kind, text)?))
            });
            match value {
                Some((column, value)) => {
                    let value = chosen.bind(value);
                    chosen.and(format!("{column} = {value}"));
                }
                // A text that is no number is the value of no number.
                None => chosen.and("1 = 0".to_owned()),
            }
        }
        if let (Some(column), Some((from, to))) = (&def.time, query.during) {
            let from = chosen.bind(from.as_millisecond());
            let to = chosen.bind(to.as_millisecond());
            chosen.and(format!(
                "({column} IS NULL OR {column} BETWEEN {from} AND {to})"
            ));
        }
        Ok(chosen)
    }

    /// Adds that a point lies in one of the windows.
    fn meeting(
        &self,
        def: &LayerDef,
        (lon, lat): (&str, &str),
        windows: &[BoundingBox],
        chosen: &mut Chosen,
    ) -> Result<(), PlacesError> {
        if windows.is_empty() {
            chosen.and(format!("{lat} IS NOT NULL AND {lon} IS NOT NULL"));
            return Ok(());
        }
        let names: Vec<WindowNames> = windows
            .iter()
            .map(|window| {
                [window.west, window.south, window.east, window.north].map(|edge| chosen.bind(edge))
            })
            .collect();
        let near = self.near(def, windows, &names)?;
        // A sign before a column keeps the index over it out of a reading in the order of ids.
        let sign = if near.is_some() { "" } else { "+" };
        let spans: Vec<String> = names
            .iter()
            .map(|[west, south, east, north]| {
                format!("({sign}{lon} BETWEEN {west} AND {east} AND {sign}{lat} BETWEEN {south} AND {north})")
            })
            .collect();
        chosen.and(format!("({})", spans.join(" OR ")));
        if let Some(near) = near {
            chosen.from = near.from;
            chosen.and(near.condition);
        }
        Ok(())
    }

    /// The reading by the index of places, unless it would give very many rows.
    fn near(
        &self,
        def: &LayerDef,
        windows: &[BoundingBox],
        names: &[WindowNames],
    ) -> Result<Option<Near>, PlacesError> {
        let edges = windows
            .iter()
            .flat_map(|window| [window.west, window.south, window.east, window.north]);
        let mut params: Vec<Value> = edges.map(Value::from).collect();
        params.push(i64::try_from(COUNTED + 1).unwrap_or(i64::MAX).into());
        let own: Vec<WindowNames> = (0..windows.len())
            .map(|at| [1, 2, 3, 4].map(|edge| format!("${}", at * 4 + edge)))
            .collect();
        let limit = format!("${}", params.len());
        let probe = self.store.near(&def.table, &own, &limit);
        let many = match probe.and_then(|near| near.probe) {
            None => false,
            Some(probe) => self.store.read(|reader| {
                let row = reader.query_one(&probe, &params)?;
                let found = row.map(|row| row.int("found")).transpose()?;
                Ok::<_, StoreError>(found.is_some_and(|found| found.unsigned_abs() > COUNTED))
            })?,
        };
        Ok(self.store.near(&def.table, names, &limit).filter(|_| !many))
    }
}

impl Chosen {
    pub(crate) fn bind(&mut self, value: impl Into<Value>) -> String {
        self.params.push(value.into());
        format!("${}", self.params.len())
    }

    pub(crate) fn and(&mut self, condition: String) {
        self.sql.push_str(" AND ");
        self.sql.push_str(&condition);
    }
}

fn count(reader: &Reader<'_>, mut chosen: Chosen) -> Result<Option<u64>, StoreError> {
    let limit = chosen.bind(i64::try_from(COUNTED + 1).unwrap_or(i64::MAX));
    let sql = queries::count_features(&chosen.from, &chosen.sql, &limit);
    let row = reader.query_one(&sql, &chosen.params)?;
    let found = row.map(|row| row.int("found")).transpose()?.unwrap_or(0);
    Ok(Some(found.unsigned_abs()).filter(|found| *found <= COUNTED))
}

/// Every column a feature is made of.
fn columns(def: &LayerDef) -> Vec<&str> {
    let mut columns: Vec<&str> = (def.properties.iter())
        .chain(&def.instants)
        .map(|(_, column)| column.as_str())
        .filter(|column| *column != "id")
        .collect();
    if let Geometry::Point { lon, lat } = &def.geometry {
        columns.extend([lon.as_str(), lat.as_str()]);
    }
    if let Some(lamp) = &def.lamp {
        columns.extend([lamp.warn.as_str(), lamp.due.as_str()]);
    }
    columns.sort_unstable();
    columns.dedup();
    columns
}

fn pointed(def: &LayerDef, row: &Row, now: Timestamp) -> Result<Option<Feature>, StoreError> {
    let Geometry::Point { lon, lat } = &def.geometry else {
        return Ok(None);
    };
    let Ok(position) = Position::new(row.real(lon)?, row.real(lat)?) else {
        return Ok(None);
    };
    let mut properties = properties(def, |column| row.value(column).clone());
    if let Some(lamp) = &def.lamp {
        properties.insert("lamp".to_owned(), lamp_word(row, lamp, now)?.into());
    }
    Ok(Some(Feature {
        id: row.text("id")?,
        shape: Shape::Point(position),
        properties,
    }))
}

fn outlined(def: &LayerDef, (row, outline): (&AreaRow, Outline<'_>)) -> Feature {
    let value = |column: &str| row.columns.get(column).cloned().unwrap_or(Value::Null);
    Feature {
        id: row.text("id"),
        shape: match outline {
            Outline::Area(area) => Shape::Area(area.clone()),
            Outline::Line(line) => Shape::Line(line.clone()),
        },
        properties: properties(def, value),
    }
}

/// Whether an area has the properties asked for and lies in the time asked for.
fn fits(def: &LayerDef, row: &AreaRow, query: &FeatureQuery) -> bool {
    let equal = query.equal.iter().all(|(name, text)| {
        let found = def.properties.iter().find(|(known, _)| known == name);
        found.is_some_and(|(_, column)| row.text(column) == *text)
    });
    let at = def
        .time
        .as_ref()
        .and_then(|column| match row.columns.get(column) {
            Some(Value::Int(at)) => Some(*at),
            _ => None,
        });
    let during = match (query.during, at) {
        (Some((from, to)), Some(at)) => (from.as_millisecond()..=to.as_millisecond()).contains(&at),
        _ => true,
    };
    equal && during
}

fn properties(def: &LayerDef, value: impl Fn(&str) -> Value) -> Map<String, Json> {
    let plain = def.properties.iter().map(|(name, column)| {
        let value = match value(column) {
            Value::Text(text) => text.into(),
            Value::Int(number) => number.into(),
            Value::Real(number) => number.into(),
            Value::Null | Value::Bytes(_) => Json::Null,
        };
        (name.clone(), value)
    });
    let instants = def.instants.iter().map(|(name, column)| {
        let value = match value(column) {
            Value::Int(at) => {
                Timestamp::from_millisecond(at).map_or(Json::Null, |at| at.to_string().into())
            }
            _ => Json::Null,
        };
        (name.clone(), value)
    });
    plain.chain(instants).collect()
}

/// A text as a value of a column.
fn typed(kind: Kind, text: &str) -> Option<Value> {
    match kind {
        Kind::Text => Some(text.into()),
        Kind::Int => text.parse::<i64>().ok().map(Value::Int),
        Kind::Real => text.parse::<f64>().ok().map(Value::Real),
        Kind::Bytes => None,
    }
}
