//! GeoJSON geometries (RFC 7946): their shape and that their positions can exist. What lies where is asked elsewhere.

use serde_json::Value;
use yuandu_base::Problem;

/// Reads the text of a geometry.
pub(super) fn from_text(field: &str, text: &str, max: usize) -> Result<Value, Problem> {
    if text.chars().count() > max {
        return Err(too_long(field, max));
    }
    // serde_json itself stops at a depth of 128.
    let value: Value = serde_json::from_str(text).map_err(|_| unreadable(field))?;
    check(field, &value, max)
}

/// Checks a geometry; the canonical form is what was sent, without members that a geometry does not have.
pub(super) fn check(field: &str, value: &Value, max: usize) -> Result<Value, Problem> {
    let kind = value.get("type").and_then(Value::as_str);
    let coordinates = value.get("coordinates");
    let (Some(kind), Some(coordinates)) = (kind, coordinates) else {
        return Err(unreadable(field));
    };
    let sound = match kind {
        "Point" => position(coordinates),
        "MultiPoint" => list(coordinates, 1, &position),
        "LineString" => line(coordinates),
        "MultiLineString" => list(coordinates, 1, &line),
        "Polygon" => polygon(coordinates),
        "MultiPolygon" => list(coordinates, 1, &polygon),
        _ => false,
    };
    let extra = value.as_object().is_none_or(|members| {
        members
            .keys()
            .any(|name| name != "type" && name != "coordinates")
    });
    if !sound || extra {
        return Err(unreadable(field));
    }
    if value.to_string().chars().count() > max {
        return Err(too_long(field, max));
    }
    Ok(value.clone())
}

fn list(value: &Value, least: usize, each: &dyn Fn(&Value) -> bool) -> bool {
    value
        .as_array()
        .is_some_and(|items| items.len() >= least && items.iter().all(each))
}

fn line(value: &Value) -> bool {
    list(value, 2, &position)
}

fn polygon(value: &Value) -> bool {
    list(value, 1, &ring)
}

/// A closed line of four positions or more.
fn ring(value: &Value) -> bool {
    let closed = value
        .as_array()
        .is_some_and(|items| items.first() == items.last());
    closed && list(value, 4, &position)
}

fn position(value: &Value) -> bool {
    let Some([lon, lat, rest @ ..]) = value.as_array().map(Vec::as_slice) else {
        return false;
    };
    let within =
        |value: &Value, most: f64| value.as_f64().is_some_and(|degrees| degrees.abs() <= most);
    within(lon, 180.0) && within(lat, 90.0) && rest.len() <= 1 && rest.iter().all(Value::is_number)
}

fn too_long(field: &str, max: usize) -> Problem {
    Problem::new(
        "schema.too_long",
        field,
        format!("几何最多 {max} 个字符，请简化"),
        format!("a geometry has at most {max} characters here; simplify it"),
    )
}

fn unreadable(field: &str) -> Problem {
    Problem::new(
        "schema.not_geometry",
        field,
        "应为 GeoJSON 几何（Point、LineString、Polygon 等），经度在前，环应闭合",
        "must be a GeoJSON geometry (Point, LineString, Polygon, ..), longitude first, rings closed",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn geometries_are_checked_for_shape_and_possible_positions() {
        let good = [
            r#"{"type":"Point","coordinates":[119.1,36.7]}"#,
            r#"{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}"#,
            r#"{"type":"MultiLineString","coordinates":[[[0,0],[1,0]],[[2,2],[3,3]]]}"#,
        ];
        let bad = [
            r#"{"type":"Point","coordinates":[36.7,119.1]}"#,
            r#"{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,1]]]}"#,
            r#"{"type":"LineString","coordinates":[[0,0]]}"#,
            r#"{"type":"Circle","coordinates":[0,0]}"#,
            r#"{"type":"Point","coordinates":[0,0],"name":"x"}"#,
            "[[[[[[",
            "{}",
        ];
        for text in good {
            assert!(from_text("x", text, 900).is_ok(), "{text}");
        }
        for text in bad {
            assert_eq!(
                from_text("x", text, 900).unwrap_err().code,
                "schema.not_geometry",
                "{text}"
            );
        }
        assert_eq!(
            from_text("x", good[1], 20).unwrap_err().code,
            "schema.too_long"
        );
        assert!(from_text("x", &"[".repeat(100_000), 400_000).is_err());
    }
}
