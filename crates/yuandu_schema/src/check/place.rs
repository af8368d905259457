//! Places: a longitude and a latitude that can exist.

use serde_json::{Map, Value, json};
use yuandu_base::Problem;

/// Reads `119.16, 36.71` (longitude first, as GB/T 16831 text and GeoJSON have it).
pub(super) fn from_text(field: &str, text: &str) -> Result<Value, Problem> {
    let parts: Vec<&str> = text
        .split([',', ' ', '、', ';'])
        .filter(|part| !part.is_empty())
        .collect();
    match parts.as_slice() {
        [lon, lat] => build(field, lon.parse().ok(), lat.parse().ok()),
        _ => Err(unreadable(field)),
    }
}

/// Reads `{"lon": …, "lat": …}`; numbers may be texts.
pub(super) fn from_object(field: &str, parts: &Map<String, Value>) -> Result<Value, Problem> {
    let part = |name: &str| match parts.get(name) {
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    let extra = parts.keys().any(|key| key != "lon" && key != "lat");
    if extra {
        return Err(unreadable(field));
    }
    build(field, part("lon"), part("lat"))
}

fn build(field: &str, lon: Option<f64>, lat: Option<f64>) -> Result<Value, Problem> {
    let (Some(lon), Some(lat)) = (lon, lat) else {
        return Err(unreadable(field));
    };
    let possible = lon.is_finite() && lat.is_finite() && lon.abs() <= 180.0 && lat.abs() <= 90.0;
    // Devices without a fix send 0,0; no city of ours lies in the Gulf of Guinea.
    if !possible || (lon == 0.0 && lat == 0.0) {
        let swapped = lat.abs() > 90.0 && lat.abs() <= 180.0 && lon.abs() <= 90.0;
        let (zh, en) = if swapped {
            (
                "，经度和纬度好像写反了",
                "; longitude and latitude look swapped",
            )
        } else {
            ("，请在地图上重新选点", "; pick the place on the map again")
        };
        return Err(Problem::new(
            "schema.impossible_place",
            field,
            format!("坐标 {lon}, {lat} 不可能存在{zh}"),
            format!("the coordinates {lon}, {lat} cannot be{en}"),
        ));
    }
    Ok(json!({ "lon": rounded(lon), "lat": rounded(lat) }))
}

/// Seven decimals of a degree are one centimetre on the ground.
fn rounded(degrees: f64) -> f64 {
    (degrees * 1e7).round() / 1e7
}

fn unreadable(field: &str) -> Problem {
    Problem::new(
        "schema.not_place",
        field,
        "位置应为经度和纬度，例如 119.1619, 36.7069",
        "a place is a longitude and a latitude, for example 119.1619, 36.7069",
    )
}
