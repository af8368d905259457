//! Areas: one or more polygons with holes, in WGS 84.
//!
//! An area is geometry only; what it is the area of is known by whoever holds it.

use geo::{
    BoundingRect, Coord, InteriorPoint, Intersects, LineString, MultiPolygon, Point, Polygon, Rect,
    Simplify,
};
use serde_json::{Value, json};

use crate::{BoundingBox, Crs, GeoError, Position};

/// An area on the map. Never empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Area {
    shape: MultiPolygon<f64>,
    bounds: BoundingBox,
}

impl Area {
    /// An area from checked polygons.
    pub(crate) fn from_shape(shape: MultiPolygon<f64>) -> Result<Self, GeoError> {
        let rect = shape
            .bounding_rect()
            .ok_or_else(|| GeoError::Outline("it has no points".to_owned()))?;
        let bounds = BoundingBox::new(rect.min().x, rect.min().y, rect.max().x, rect.max().y)?;
        Ok(Self { shape, bounds })
    }

    /// The area of a box.
    #[must_use]
    pub fn rectangle(b: BoundingBox) -> Self {
        let ring = vec![
            (b.west, b.south),
            (b.east, b.south),
            (b.east, b.north),
            (b.west, b.north),
            (b.west, b.south),
        ];
        Self {
            shape: MultiPolygon(vec![Polygon::new(LineString::from(ring), Vec::new())]),
            bounds: b,
        }
    }

    /// An area from one outer ring; the ring is closed if it is not.
    pub fn polygon(ring: &[Position]) -> Result<Self, GeoError> {
        let line: Vec<Coord<f64>> = ring
            .iter()
            .map(|p| Coord {
                x: p.lon(),
                y: p.lat(),
            })
            .collect();
        if line.len() < 3 {
            return Err(GeoError::Outline("a ring needs three points".to_owned()));
        }
        Self::from_shape(MultiPolygon(vec![Polygon::new(
            LineString::new(line),
            Vec::new(),
        )]))
    }

    /// Several areas as one, for example the unit grids of a responsibility grid. None for an empty list.
    #[must_use]
    pub fn union_of_parts<'a>(parts: impl IntoIterator<Item = &'a Self>) -> Option<Self> {
        let polygons: Vec<Polygon<f64>> = parts
            .into_iter()
            .flat_map(|part| part.shape.0.iter().cloned())
            .collect();
        Self::from_shape(MultiPolygon(polygons)).ok()
    }

    /// Whether `position` lies inside or on the border.
    #[must_use]
    pub fn contains(&self, position: Position) -> bool {
        self.bounds.contains(position)
            && self
                .shape
                .intersects(&Point::new(position.lon(), position.lat()))
    }

    /// Whether the area and the box have a point in common.
    #[must_use]
    pub fn meets(&self, window: &BoundingBox) -> bool {
        let low = Coord {
            x: window.west,
            y: window.south,
        };
        let high = Coord {
            x: window.east,
            y: window.north,
        };
        self.bounds.intersects(window) && self.shape.intersects(&Rect::new(low, high))
    }

    /// The smallest box round the area.
    #[must_use]
    pub fn bounds(&self) -> BoundingBox {
        self.bounds
    }

    /// A position certainly inside, where a label may stand.
    #[must_use]
    pub fn label_position(&self) -> Position {
        self.shape
            .interior_point()
            .map_or_else(|| self.bounds.centre(), |p| Position::clamped(p.x(), p.y()))
    }

    /// The area with fewer points: none moves further than `tolerance` degrees. Kept as it is when nothing would remain.
    #[must_use]
    pub fn simplified(&self, tolerance: f64) -> Self {
        Self::from_shape(self.shape.simplify(tolerance)).unwrap_or_else(|_| self.clone())
    }

    /// How many points the outline has.
    #[must_use]
    pub fn point_count(&self) -> usize {
        self.rings().map(|ring| ring.0.len()).sum()
    }

    /// The GeoJSON geometry (a MultiPolygon).
    #[must_use]
    pub fn to_geojson(&self) -> Value {
        self.to_geojson_in(Crs::Crs84)
    }

    /// The same with coordinates of another system, in the order of its axes.
    #[must_use]
    pub fn to_geojson_in(&self, crs: Crs) -> Value {
        let polygons: Vec<Vec<Vec<[f64; 2]>>> = self
            .shape
            .iter()
            .map(|polygon| {
                std::iter::once(polygon.exterior())
                    .chain(polygon.interiors())
                    .map(|ring| {
                        ring.0
                            .iter()
                            .map(|c| crs.of(Position::clamped(c.x, c.y)))
                            .collect()
                    })
                    .collect()
            })
            .collect();
        json!({ "type": "MultiPolygon", "coordinates": polygons })
    }

    pub(crate) fn polygons(&self) -> impl Iterator<Item = &Polygon<f64>> {
        self.shape.iter()
    }

    fn rings(&self) -> impl Iterator<Item = &LineString<f64>> {
        self.shape
            .iter()
            .flat_map(|p| std::iter::once(p.exterior()).chain(p.interiors()))
    }
}
