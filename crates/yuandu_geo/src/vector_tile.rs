//! Drawing vector tiles (Mapbox Vector Tile 2.1): points, lines and areas with properties.
//!
//! Geometry is projected, simplified for the zoom, cut to the tile with a buffer, snapped to whole units and wound as
//! the specification asks. Which features belong in a tile is the caller's query, see [`TileId::buffered_bounds`].

use std::collections::HashSet;

use geo::{Coord, LineString, MapCoords, MultiPolygon, Polygon, Simplify, Validation};
use mvt::{GeomEncoder, GeomType};

use crate::clip::clip;
use crate::line::cut;
use crate::{Area, EXTENT, GeoError, Line, Position, TileId};

/// Tile units drawn beyond each edge, so that strokes and symbols meet across tiles.
const BUFFER: u32 = 128;
/// Outline points may move this many units below [`FULL_DETAIL_ZOOM`]: half a CSS pixel on a 512-pixel tile.
const TOLERANCE: f64 = 4.0;
/// From this zoom on outlines keep every point.
const FULL_DETAIL_ZOOM: u32 = 15;

/// A value a feature carries.
#[derive(Debug, Clone, PartialEq)]
pub enum Property {
    /// Text.
    Text(String),
    /// Whole number.
    Int(i64),
    /// Decimal number.
    Real(f64),
    /// Yes or no.
    Bool(bool),
}

impl From<&str> for Property {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}
impl From<String> for Property {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}
impl From<i64> for Property {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}
impl From<f64> for Property {
    fn from(value: f64) -> Self {
        Self::Real(value)
    }
}
impl From<bool> for Property {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

/// A tile being drawn.
pub struct TileBuilder {
    id: TileId,
    layers: Vec<LayerBuilder>,
}

impl TileBuilder {
    /// An empty tile.
    #[must_use]
    pub fn new(id: TileId) -> Self {
        Self {
            id,
            layers: Vec::new(),
        }
    }

    /// The box to query features in: the tile with its buffer.
    #[must_use]
    pub fn query_bounds(&self) -> crate::BoundingBox {
        self.id.buffered_bounds(BUFFER)
    }

    /// Starts a layer; hand it back with [`Self::add`].
    #[must_use]
    pub fn layer(&self, name: &str) -> LayerBuilder {
        LayerBuilder {
            id: self.id,
            name: name.to_owned(),
            layer: mvt::Tile::new(EXTENT).create_layer(name),
            cell: 0,
            taken: HashSet::new(),
        }
    }

    /// Adds a finished layer. Empty layers are left out, as the specification advises.
    pub fn add(&mut self, layer: LayerBuilder) {
        if layer.layer.num_features() > 0 {
            self.layers.push(layer);
        }
    }

    /// The encoded tile; no bytes at all when it has no features.
    pub fn finish(self) -> Result<Vec<u8>, GeoError> {
        let mut tile = mvt::Tile::new(EXTENT);
        for layer in self.layers {
            let name = layer.name;
            tile.add_layer(layer.layer)
                .map_err(|e| GeoError::Encode(format!("layer `{name}`: {e}")))?;
        }
        tile.to_bytes().map_err(|e| GeoError::Encode(e.to_string()))
    }
}

/// A layer being drawn.
pub struct LayerBuilder {
    id: TileId,
    name: String,
    layer: mvt::Layer,
    cell: i32,
    taken: HashSet<(i32, i32)>,
}

impl LayerBuilder {
    /// Keeps at most one point in each square of `units` tile units (8 units are one CSS pixel), for far-out zooms.
    #[must_use]
    pub fn thinned(mut self, units: u16) -> Self {
        self.cell = i32::from(units);
        self
    }

    /// Draws a point; returns whether it was drawn (it lies in the tile or its buffer and was not thinned out).
    pub fn point(
        &mut self,
        id: Option<u64>,
        position: Position,
        properties: &[(&str, Property)],
    ) -> Result<bool, GeoError> {
        let (x, y) = self.id.project(position);
        let (low, high) = limits();
        if !(low..=high).contains(&x) || !(low..=high).contains(&y) {
            return Ok(false);
        }
        let place = (snap(x), snap(y));
        if self.cell > 0 {
            let square = (place.0.div_euclid(self.cell), place.1.div_euclid(self.cell));
            if !self.taken.insert(square) {
                return Ok(false);
            }
        }
        let data = GeomEncoder::new(GeomType::Point)
            .point(f64::from(place.0), f64::from(place.1))
            .and_then(GeomEncoder::encode)
            .map_err(|e| GeoError::Encode(e.to_string()))?;
        self.push(id, data, properties);
        Ok(true)
    }

    /// Draws an area; returns whether anything of it lies in the tile and is large enough to see.
    pub fn area(
        &mut self,
        id: Option<u64>,
        area: &Area,
        properties: &[(&str, Property)],
    ) -> Result<bool, GeoError> {
        if !area.bounds().intersects(&self.id.buffered_bounds(BUFFER)) {
            return Ok(false);
        }
        let mut encoder = GeomEncoder::new(GeomType::Polygon);
        let mut end = None;
        for polygon in area.polygons() {
            for part in self.in_tile(polygon) {
                let Some(exterior) = snapped_ring(part.exterior(), true) else {
                    continue;
                };
                end = Some(encode_ring(&mut encoder, exterior, end)?);
                for hole in part.interiors() {
                    if let Some(ring) = snapped_ring(hole, false) {
                        end = Some(encode_ring(&mut encoder, ring, end)?);
                    }
                }
            }
        }
        if end.is_none() {
            return Ok(false);
        }
        // Every ring has been closed by `encode_ring`, and `encode` closes nothing more.
        let data = encoder
            .encode()
            .map_err(|e| GeoError::Encode(e.to_string()))?;
        self.push(id, data, properties);
        Ok(true)
    }

    /// Draws a line; returns whether anything of it lies in the tile.
    pub fn line(
        &mut self,
        id: Option<u64>,
        line: &Line,
        properties: &[(&str, Property)],
    ) -> Result<bool, GeoError> {
        if !line.bounds().intersects(&self.id.buffered_bounds(BUFFER)) {
            return Ok(false);
        }
        let mut encoder = GeomEncoder::new(GeomType::Linestring);
        let mut drawn = false;
        for course in line.parts().iter().flat_map(|part| self.courses(part)) {
            let failed = |e: mvt::Error| GeoError::Encode(e.to_string());
            for (x, y) in course {
                encoder
                    .add_point(f64::from(x), f64::from(y))
                    .map_err(failed)?;
            }
            encoder.complete_geom().map_err(failed)?;
            drawn = true;
        }
        if drawn {
            let data = encoder
                .encode()
                .map_err(|e| GeoError::Encode(e.to_string()))?;
            self.push(id, data, properties);
        }
        Ok(drawn)
    }

    /// What of a part lies in the tile, snapped to whole units: pieces that go on where the last one ended are one course.
    fn courses(&self, part: &[Position]) -> Vec<Vec<(i32, i32)>> {
        let (low, high) = limits();
        let projected: Vec<(f64, f64)> = part
            .iter()
            .map(|position| self.id.project(*position))
            .collect();
        let mut courses: Vec<Vec<(i32, i32)>> = Vec::new();
        for (from, to) in projected.iter().zip(projected.iter().skip(1)) {
            let Some([begin, end]) = cut([*from, *to], [(low, low), (high, high)]) else {
                continue;
            };
            let (begin, end) = ((snap(begin.0), snap(begin.1)), (snap(end.0), snap(end.1)));
            if begin == end {
                continue;
            }
            match courses.last_mut() {
                Some(course) if course.last() == Some(&begin) => course.push(end),
                _ => courses.push(vec![begin, end]),
            }
        }
        courses
    }

    fn push(&mut self, id: Option<u64>, data: mvt::GeomData, properties: &[(&str, Property)]) {
        let mut feature = std::mem::take(&mut self.layer).into_feature(data);
        if let Some(id) = id {
            feature.set_id(id);
        }
        for (key, value) in properties {
            match value {
                Property::Text(text) => feature.add_tag_string(key, text),
                Property::Int(number) => feature.add_tag_int(key, *number),
                Property::Real(number) => feature.add_tag_double(key, *number),
                Property::Bool(yes) => feature.add_tag_bool(key, *yes),
            }
        }
        self.layer = feature.into_layer();
    }

    /// Projects, simplifies and cuts a polygon.
    fn in_tile(&self, polygon: &Polygon<f64>) -> MultiPolygon<f64> {
        let mut projected = polygon.map_coords(|c| {
            let (x, y) = self.id.project(Position::clamped(c.x, c.y));
            Coord { x, y }
        });
        if self.id.z() < FULL_DETAIL_ZOOM {
            // Leaving points out can make an outline cross itself; then it keeps them all.
            projected = Some(projected.simplify(TOLERANCE))
                .filter(Validation::is_valid)
                .unwrap_or(projected);
        }
        let (low, high) = limits();
        clip(projected, low, high)
    }
}

/// Snaps a ring to whole units and winds it. None when too little of it remains to be seen.
fn snapped_ring(line: &LineString<f64>, exterior: bool) -> Option<Vec<(i32, i32)>> {
    let mut ring: Vec<(i32, i32)> = line.0.iter().map(|c| (snap(c.x), snap(c.y))).collect();
    ring.dedup();
    while ring.len() > 1 && ring.first() == ring.last() {
        ring.pop();
    }
    let area = doubled_area(&ring);
    if ring.len() < 3 || area == 0 {
        return None;
    }
    // Section 4.3.4.4: seen with y downwards, exterior rings run clockwise (positive area), holes the other way.
    if (area > 0) != exterior {
        ring.reverse();
    }
    Some(ring)
}

/// Adds a closed ring and returns its last point. The encoder leaves out a point equal to the one before it, even
/// across rings, so a ring that would begin where the last one ended is begun one point later.
fn encode_ring(
    encoder: &mut GeomEncoder<f64>,
    mut ring: Vec<(i32, i32)>,
    previous_end: Option<(i32, i32)>,
) -> Result<(i32, i32), GeoError> {
    if previous_end.is_some() && ring.first() == previous_end.as_ref() {
        ring.rotate_left(1);
    }
    let failed = |e: mvt::Error| GeoError::Encode(e.to_string());
    for &(x, y) in &ring {
        encoder
            .add_point(f64::from(x), f64::from(y))
            .map_err(failed)?;
    }
    encoder.complete_geom().map_err(failed)?;
    Ok(ring.last().copied().unwrap_or_default())
}

fn limits() -> (f64, f64) {
    (-f64::from(BUFFER), f64::from(EXTENT + BUFFER))
}

/// Twice the signed area, positive for clockwise rings when y points down.
fn doubled_area(ring: &[(i32, i32)]) -> i64 {
    let next = ring.iter().cycle().skip(1);
    ring.iter()
        .zip(next)
        .map(|(a, b)| i64::from(a.0) * i64::from(b.1) - i64::from(b.0) * i64::from(a.1))
        .sum()
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "callers have cut the value to the tile and its buffer"
)]
fn snap(value: f64) -> i32 {
    value.round() as i32
}
