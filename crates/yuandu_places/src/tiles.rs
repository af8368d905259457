//! Vector tiles of declared layers, cached until a commit changes the layer's table.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use yuandu_geo::{LayerBuilder, Position, Property, TileBuilder, TileId};
use yuandu_store::{Row, Store, StoreError, Value};

use crate::areas::{read_areas, read_lines};
use crate::drawn::{Drawn, Outline};
use crate::layer::{Geometry, LampColumns, LayerDef};
use crate::{PlacesError, queries};

/// Tiles kept: at about 20 KB each some 20 MB.
const CACHED: usize = 1000;
/// Seconds after which a tile with lamps is drawn again: lamps change with time, not only with commits.
const LAMP_AGE: i64 = 30;
/// Points of one tile at most; beyond this the tile is thinned and says so by its property `thinned` of the layer name.
const POINTS: i64 = 20_000;

/// An encoded tile.
#[derive(Debug, Clone)]
pub struct Tile {
    /// MVT bytes; empty when nothing is there.
    pub bytes: Arc<[u8]>,
    /// Changes whenever the bytes may have changed.
    pub etag: String,
}

#[derive(Debug)]
struct Cached {
    version: u64,
    drawn_at: i64,
    bytes: Arc<[u8]>,
}

/// Draws and keeps tiles.
#[derive(Debug)]
pub struct Tiles {
    pub(crate) store: Arc<Store>,
    pub(crate) realm: i64,
    layers: Vec<LayerDef>,
    cache: Mutex<HashMap<(usize, TileId), Cached>>,
    drawn: Mutex<HashMap<usize, (u64, Arc<Drawn>)>>,
}

impl Tiles {
    /// Tiles of these layers.
    #[must_use]
    pub fn new(store: Arc<Store>, realm: i64, layers: Vec<LayerDef>) -> Self {
        Self {
            store,
            realm,
            layers,
            cache: Mutex::default(),
            drawn: Mutex::default(),
        }
    }

    /// The declared layers.
    #[must_use]
    pub fn layers(&self) -> &[LayerDef] {
        &self.layers
    }

    /// A declared layer with its number.
    pub(crate) fn find(&self, layer: &str) -> Result<(usize, &LayerDef), PlacesError> {
        let mut all = self.layers.iter().enumerate();
        all.find(|(_, def)| def.id == layer)
            .ok_or_else(|| PlacesError::UnknownLayer {
                layer: layer.to_owned(),
            })
    }

    /// One tile of one layer as it is now.
    pub fn tile(&self, layer: &str, id: TileId, now: Timestamp) -> Result<Tile, PlacesError> {
        let (number, def) = self.find(layer)?;
        let version = self.store.touched(&def.table);
        let now_s = now.as_second();
        let key = (number, id);
        let kept = self
            .lock(&self.cache)
            .get(&key)
            .filter(|kept| {
                kept.version == version
                    && (def.lamp.is_none() || (0..LAMP_AGE).contains(&(now_s - kept.drawn_at)))
            })
            .map(|kept| (Arc::clone(&kept.bytes), kept.drawn_at));
        let (bytes, drawn_at) = match kept {
            Some(kept) => kept,
            None => (self.draw(number, def, id, now)?.into(), now_s),
        };
        let mut cache = self.lock(&self.cache);
        if cache.len() >= CACHED && !cache.contains_key(&key) {
            // Dropping everything now and then is cheaper than keeping an order of use for tiles that take a millisecond.
            cache.clear();
        }
        cache.insert(
            key,
            Cached {
                version,
                drawn_at,
                bytes: Arc::clone(&bytes),
            },
        );
        let age = if def.lamp.is_some() { drawn_at } else { 0 };
        Ok(Tile {
            bytes,
            etag: format!("\"{version:x}-{age:x}\""),
        })
    }

    fn draw(
        &self,
        number: usize,
        def: &LayerDef,
        id: TileId,
        now: Timestamp,
    ) -> Result<Vec<u8>, PlacesError> {
        let mut tile = TileBuilder::new(id);
        if id.z() >= def.min_zoom {
            let mut drawn = tile.layer(&def.id);
            match &def.geometry {
                Geometry::Point { lon, lat } => {
                    self.draw_points(def, (lon, lat), &tile, &mut drawn, now)?
                }
                Geometry::Area { .. } | Geometry::Line { .. } => {
                    let kept = self.outlines(number, def)?;
                    for (row, outline) in kept.near(&tile.query_bounds()) {
                        let properties: Vec<(&str, Property)> = def
                            .properties
                            .iter()
                            .map(|(name, column)| (name.as_str(), row.text(column).into()))
                            .collect();
                        match outline {
                            Outline::Area(area) => drawn.area(None, area, &properties)?,
                            Outline::Line(line) => drawn.line(None, line, &properties)?,
                        };
                    }
                }
            }
            tile.add(drawn);
        }
        Ok(tile.finish()?)
    }

    fn draw_points(
        &self,
        def: &LayerDef,
        (lon, lat): (&str, &str),
        tile: &TileBuilder,
        drawn: &mut LayerBuilder,
        now: Timestamp,
    ) -> Result<(), PlacesError> {
        let window = tile.query_bounds();
        let mut columns: Vec<&str> = vec![lon, lat];
        columns.extend(def.properties.iter().map(|(_, column)| column.as_str()));
        if let Some(lamp) = &def.lamp {
            columns.extend([lamp.warn.as_str(), lamp.due.as_str()]);
        }
        columns.sort_unstable();
        columns.dedup();
        let mut parameters: Vec<Value> = vec![
            self.realm.into(),
            window.south.into(),
            window.north.into(),
            window.west.into(),
            window.east.into(),
            POINTS.into(),
        ];
        parameters.extend(def.only.iter().map(|(_, text)| Value::from(text)));
        let near = self
            .store
            .near(&def.table, &[queries::window_of_points()], "$6");
        let sql = queries::points(def, (lon, lat), &columns, near.as_ref());
        let mut problem = None;
        self.store.read(|reader| {
            reader.query_each(&sql, &parameters, |row| {
                if let Err(error) = point(def, (lon, lat), &row, drawn, now) {
                    problem.get_or_insert(error);
                }
                Ok::<_, StoreError>(true)
            })
        })?;
        problem.map_or(Ok(()), Err)
    }

    /// The areas or lines of a layer, kept until a commit changes its table; none of a layer of points.
    pub(crate) fn outlines(
        &self,
        number: usize,
        def: &LayerDef,
    ) -> Result<Arc<Drawn>, PlacesError> {
        let version = self.store.touched(&def.table);
        if let Some((kept, drawn)) = self.lock(&self.drawn).get(&number)
            && *kept == version
        {
            return Ok(Arc::clone(drawn));
        }
        let mut columns: Vec<&str> = (def.properties.iter())
            .chain(&def.instants)
            .map(|(_, column)| column.as_str())
            .chain(def.time.as_deref())
            .chain(def.name.as_deref())
            .chain(["id"])
            .collect();
        columns.sort_unstable();
        columns.dedup();
        let (realm, only) = (self.realm, def.only.as_slice());
        let drawn = self.store.read(|reader| {
            Ok::<_, StoreError>(match &def.geometry {
                Geometry::Point { .. } => Drawn::Lines(Vec::new()),
                Geometry::Area { outline } => Drawn::Areas(read_areas(
                    reader,
                    realm,
                    &def.table,
                    (outline, only),
                    &columns,
                )?),
                Geometry::Line { line } => Drawn::Lines(read_lines(
                    reader,
                    realm,
                    &def.table,
                    (line, only),
                    &columns,
                )?),
            })
        })?;
        let drawn = Arc::new(drawn);
        self.lock(&self.drawn)
            .insert(number, (version, Arc::clone(&drawn)));
        Ok(drawn)
    }

    /// A poisoned cache is still a cache: what it holds was complete when it was put in.
    #[expect(
        clippy::unused_self,
        reason = "reads as the owner's lock at the call sites"
    )]
    fn lock<'m, T>(&self, mutex: &'m Mutex<T>) -> std::sync::MutexGuard<'m, T> {
        mutex.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn point(
    def: &LayerDef,
    (lon, lat): (&str, &str),
    row: &Row,
    drawn: &mut LayerBuilder,
    now: Timestamp,
) -> Result<(), PlacesError> {
    let position = Position::new(row.real(lon)?, row.real(lat)?)?;
    let mut properties: Vec<(&str, Property)> = Vec::with_capacity(def.properties.len() + 1);
    for (name, column) in &def.properties {
        match row.value(column) {
            Value::Text(text) => properties.push((name, text.clone().into())),
            Value::Int(number) => properties.push((name, (*number).into())),
            Value::Real(number) => properties.push((name, (*number).into())),
            Value::Null | Value::Bytes(_) => {}
        }
    }
    if let Some(lamp) = &def.lamp {
        properties.push(("lamp", lamp_word(row, lamp, now)?.into()));
    }
    drawn.point(None, position, &properties)?;
    Ok(())
}

pub(crate) fn lamp_word(
    row: &Row,
    lamp: &LampColumns,
    now: Timestamp,
) -> Result<&'static str, StoreError> {
    let passed = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
    Ok(if passed(row.opt_timestamp(&lamp.due)?) {
        "red"
    } else if passed(row.opt_timestamp(&lamp.warn)?) {
        "yellow"
    } else {
        "green"
    })
}
