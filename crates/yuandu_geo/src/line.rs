//! Lines: one or more courses of roads, pipes and borders, in WGS 84.

use serde_json::{Value, json};

use crate::position::check_degrees;
use crate::{BoundingBox, Crs, GeoError, Position};

/// Positions of a line at most: a road of a city has some hundreds.
const MOST: usize = 100_000;

/// A line on the map: each part has two positions at least.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    parts: Vec<Vec<Position>>,
    bounds: BoundingBox,
}

impl Line {
    /// Reads a GeoJSON geometry, `LineString` or `MultiLineString`.
    pub fn read(geometry: &str) -> Result<Self, GeoError> {
        let told = |why: &str| GeoError::Outline(why.to_owned());
        let value: Value =
            serde_json::from_str(geometry).map_err(|e| GeoError::Outline(e.to_string()))?;
        let coordinates = value.get("coordinates").cloned().unwrap_or_default();
        let raw: Vec<Vec<Vec<f64>>> = match value.get("type").and_then(Value::as_str) {
            Some("LineString") => vec![
                serde_json::from_value(coordinates)
                    .map_err(|e| GeoError::Outline(e.to_string()))?,
            ],
            Some("MultiLineString") => {
                serde_json::from_value(coordinates).map_err(|e| GeoError::Outline(e.to_string()))?
            }
            _ => return Err(told("it is not a line")),
        };
        if raw.iter().map(Vec::len).sum::<usize>() > MOST {
            return Err(told("it has too many points"));
        }
        let parts = raw.into_iter().map(part).collect::<Result<Vec<_>, _>>()?;
        let bounds = BoundingBox::around(parts.iter().flatten().copied())
            .ok_or_else(|| told("it has no points"))?;
        Ok(Self { parts, bounds })
    }

    /// The smallest box round the line.
    #[must_use]
    pub fn bounds(&self) -> BoundingBox {
        self.bounds
    }

    /// The position half-way along the longest part, where a label may stand.
    #[must_use]
    pub fn middle(&self) -> Position {
        let length = |part: &[Position]| steps(part).map(|(a, b)| a.distance_m(b)).sum::<f64>();
        let longest = self
            .parts
            .iter()
            .map(|part| (length(part), part))
            .max_by(|left, right| left.0.total_cmp(&right.0));
        let Some((whole, part)) = longest else {
            return self.bounds.centre();
        };
        let mut rest = whole / 2.0;
        for (from, to) in steps(part) {
            let step = from.distance_m(to);
            if step > 0.0 && step >= rest {
                return between(from, to, rest / step);
            }
            rest -= step;
        }
        self.bounds.centre()
    }

    /// Metres from a position to the nearest point of the line.
    #[must_use]
    pub fn distance_m(&self, position: Position) -> f64 {
        let all = self.parts.iter().flat_map(|part| steps(part));
        all.map(|(from, to)| position.distance_m(nearest(position, from, to)))
            .fold(f64::INFINITY, f64::min)
    }

    /// Whether the line and the box have a point in common.
    #[must_use]
    pub fn meets(&self, window: &BoundingBox) -> bool {
        let corners = [(window.west, window.south), (window.east, window.north)];
        self.bounds.intersects(window)
            && self
                .parts
                .iter()
                .flat_map(|part| steps(part))
                .any(|(from, to)| {
                    let ends = [(from.lon(), from.lat()), (to.lon(), to.lat())];
                    cut(ends, corners).is_some()
                })
    }

    /// The GeoJSON geometry (a MultiLineString) with coordinates of a system, in the order of its axes.
    #[must_use]
    pub fn to_geojson_in(&self, crs: Crs) -> Value {
        let parts: Vec<Vec<[f64; 2]>> = self
            .parts
            .iter()
            .map(|part| part.iter().map(|position| crs.of(*position)).collect())
            .collect();
        json!({ "type": "MultiLineString", "coordinates": parts })
    }

    pub(crate) fn parts(&self) -> &[Vec<Position>] {
        &self.parts
    }
}

/// The piece of a straight line that lies in a box, if any: Liang and Barsky's clipping.
pub(crate) fn cut(
    [from, to]: [(f64, f64); 2],
    [low, high]: [(f64, f64); 2],
) -> Option<[(f64, f64); 2]> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let (mut begin, mut end) = (0.0_f64, 1.0_f64);
    for (slope, room) in [
        (-dx, from.0 - low.0),
        (dx, high.0 - from.0),
        (-dy, from.1 - low.1),
        (dy, high.1 - from.1),
    ] {
        if slope == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if slope < 0.0 {
            begin = begin.max(room / slope);
        } else {
            end = end.min(room / slope);
        }
    }
    let at = |part: f64| (from.0 + dx * part, from.1 + dy * part);
    (begin <= end).then(|| [at(begin), at(end)])
}

fn part(raw: Vec<Vec<f64>>) -> Result<Vec<Position>, GeoError> {
    let part = raw
        .into_iter()
        .map(|point| match point.as_slice() {
            &[x, y] | &[x, y, _] => {
                check_degrees(x, y)?;
                Position::new(x, y)
            }
            _ => Err(GeoError::Outline(
                "a point does not have two numbers".to_owned(),
            )),
        })
        .collect::<Result<Vec<_>, _>>()?;
    if part.len() < 2 {
        return Err(GeoError::Outline("a line needs two points".to_owned()));
    }
    Ok(part)
}

fn steps(part: &[Position]) -> impl Iterator<Item = (Position, Position)> + '_ {
    part.iter().copied().zip(part.iter().copied().skip(1))
}

fn between(from: Position, to: Position, share: f64) -> Position {
    Position::clamped(
        from.lon() + (to.lon() - from.lon()) * share,
        from.lat() + (to.lat() - from.lat()) * share,
    )
}

/// The point of a short straight piece that is nearest: flat geometry with degrees of longitude shortened, which is right
/// to a millionth over the length of a street.
fn nearest(position: Position, from: Position, to: Position) -> Position {
    let shorter = position.lat().to_radians().cos();
    let (dx, dy) = ((to.lon() - from.lon()) * shorter, to.lat() - from.lat());
    let (px, py) = (
        (position.lon() - from.lon()) * shorter,
        position.lat() - from.lat(),
    );
    let length = dx * dx + dy * dy;
    if length == 0.0 {
        return from;
    }
    between(from, to, ((px * dx + py * dy) / length).clamp(0.0, 1.0))
}
