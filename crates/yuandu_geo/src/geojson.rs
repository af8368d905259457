//! Reading polygons from GeoJSON (RFC 7946).
//!
//! Only what outlines need: feature collections and features of polygons. Everything else is refused by name, never skipped.

use geo::{Coord, LineString, MultiPolygon, Polygon};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::position::check_degrees;
use crate::{Area, GeoError};

/// A polygon with what its file says about it.
#[derive(Debug, Clone, PartialEq)]
pub struct GeoFeature {
    /// The feature's properties, untouched.
    pub properties: Map<String, Value>,
    /// Its outline.
    pub area: Area,
}

#[derive(Deserialize)]
struct RawFeature {
    properties: Option<Map<String, Value>>,
    geometry: Option<RawGeometry>,
}

#[derive(Deserialize)]
struct RawGeometry {
    r#type: String,
    coordinates: Option<Value>,
}

type Ring = Vec<Vec<f64>>;

/// Reads the features of a collection, or the one feature given.
pub fn read_features(text: &str) -> Result<Vec<GeoFeature>, GeoError> {
    let mut root: Value =
        serde_json::from_str(text).map_err(|e| GeoError::Outline(e.to_string()))?;
    let features = match root.get("type").and_then(Value::as_str) {
        Some("FeatureCollection") => match root.get_mut("features").map(Value::take) {
            Some(Value::Array(features)) => features,
            _ => return Err(GeoError::Outline("`features` is not a list".to_owned())),
        },
        Some("Feature") => vec![root],
        other => {
            return Err(GeoError::Outline(format!(
                "`{}` is not a feature collection",
                other.unwrap_or("nothing")
            )));
        }
    };
    features
        .into_iter()
        .enumerate()
        .map(|(index, feature)| {
            read_feature(feature)
                .map_err(|why| GeoError::Outline(format!("feature {}: {why}", index + 1)))
        })
        .collect()
}

fn read_feature(feature: Value) -> Result<GeoFeature, String> {
    let raw: RawFeature = serde_json::from_value(feature).map_err(|e| e.to_string())?;
    let geometry = raw.geometry.ok_or("it has no geometry")?;
    let coordinates = geometry.coordinates.ok_or("it has no coordinates")?;
    let polygons: Vec<Vec<Ring>> = match geometry.r#type.as_str() {
        "Polygon" => vec![serde_json::from_value(coordinates).map_err(|e| e.to_string())?],
        "MultiPolygon" => serde_json::from_value(coordinates).map_err(|e| e.to_string())?,
        other => return Err(format!("`{other}` is not a polygon")),
    };
    let shape = polygons
        .into_iter()
        .map(read_polygon)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(GeoFeature {
        properties: raw.properties.unwrap_or_default(),
        area: Area::from_shape(MultiPolygon(shape)).map_err(|e| e.to_string())?,
    })
}

fn read_polygon(rings: Vec<Ring>) -> Result<Polygon<f64>, String> {
    let mut lines = rings
        .into_iter()
        .map(read_ring)
        .collect::<Result<Vec<_>, _>>()?
        .into_iter();
    let exterior = lines.next().ok_or("a polygon has no ring")?;
    Ok(Polygon::new(exterior, lines.collect()))
}

fn read_ring(ring: Ring) -> Result<LineString<f64>, String> {
    let points = ring
        .into_iter()
        .map(|point| match point.as_slice() {
            &[x, y] | &[x, y, _] => check_degrees(x, y)
                .map(|()| Coord { x, y })
                .map_err(|e| e.to_string()),
            _ => Err("a point does not have two numbers".to_owned()),
        })
        .collect::<Result<Vec<_>, _>>()?;
    if points.len() < 4 || points.first() != points.last() {
        return Err("a ring is not closed or has fewer than four points".to_owned());
    }
    Ok(LineString::new(points))
}
