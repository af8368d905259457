//! Cutting polygons to a tile, in tile units.
//!
//! A polygon that leaves and re-enters the tile becomes several: the specification allows no ring that touches itself.

use geo::{BooleanOps, BoundingRect, Coord, MultiPolygon, Polygon, Rect};

/// The part of `polygon` inside the square from `low` to `high` on both axes; empty when nothing remains.
pub(crate) fn clip(polygon: Polygon<f64>, low: f64, high: f64) -> MultiPolygon<f64> {
    let square = Rect::new(Coord { x: low, y: low }, Coord { x: high, y: high });
    let Some(own) = polygon.bounding_rect() else {
        return MultiPolygon(Vec::new());
    };
    let outside =
        own.max().x < low || own.min().x > high || own.max().y < low || own.min().y > high;
    if outside {
        return MultiPolygon(Vec::new());
    }
    let inside =
        own.min().x >= low && own.max().x <= high && own.min().y >= low && own.max().y <= high;
    if inside {
        return MultiPolygon(vec![polygon]);
    }
    polygon.intersection(&square.to_polygon())
}
