//! Where a report is: by `lat` and `long`, by a unit grid as `address_id`, or by an address in words.

use yuandu_base::Problem;
use yuandu_geo::{GeoError, Position};

use super::given::Given;
use crate::operations::places;
use crate::{ApiError, App};

/// A position, and the unit grid when it was given by one.
pub(super) type Location = (Option<(f64, f64)>, Option<String>);

/// Reads the location; an address in words alone is enough to begin. What is wrong is named as the caller named it.
pub(super) fn read(app: &App, given: &Given) -> Result<Location, ApiError> {
    let grid = grid(app, given)?;
    match (
        given.text("lat"),
        given.text("long").or_else(|| given.text("lon")),
    ) {
        (Some(lat), Some(lon)) => {
            let position = position(lon, lat).map_err(ApiError::invalid)?;
            let found = places::inside(app, position, "lat, long")?;
            agree(grid.as_ref(), found.grid.as_deref())?;
            Ok((Some((position.lon(), position.lat())), None))
        }
        (None, None) => match grid {
            Some((code, centre)) => Ok((Some((centre.lon(), centre.lat())), Some(code))),
            None if given.text("address_string").is_some() => Ok((None, None)),
            None => Err(told(
                "lat, long",
                "请给出 lat 与 long、address_string 或 address_id",
                "give lat and long, address_string or address_id",
            )),
        },
        (lat, _) => Err(told(
            if lat.is_none() { "lat" } else { "long" },
            "lat 与 long 必须同时给出",
            "lat and long must be given together",
        )),
    }
}

fn told(place: &str, zh: impl Into<String>, en: impl Into<String>) -> ApiError {
    ApiError::invalid(vec![Problem::new("open311.location", place, zh, en)])
}

/// The unit grid that is named, with its centre.
fn grid(app: &App, given: &Given) -> Result<Option<(String, Position)>, ApiError> {
    let Some(code) = given.text("address_id") else {
        return Ok(None);
    };
    let centre = app.locator.grid_centre(code)?.ok_or_else(|| {
        told(
            "address_id",
            format!("没有单元网格 `{code}`；请用图层 grids 中的编码"),
            format!("there is no unit grid `{code}`; use a code of the layer grids"),
        )
    })?;
    Ok(Some((code.to_owned(), centre)))
}

/// A position and a grid that is somewhere else are two places.
fn agree(given: Option<&(String, Position)>, found: Option<&str>) -> Result<(), ApiError> {
    let (Some((given, _)), Some(found)) = (given, found) else {
        return Ok(());
    };
    if given == found {
        return Ok(());
    }
    Err(told(
        "address_id",
        format!("lat 与 long 在单元网格 `{found}` 内，不在 `{given}` 内；请只给一种，或改成一致"),
        format!(
            "lat and long lie in the unit grid `{found}`, not in `{given}`; give one of the two, or make them agree"
        ),
    ))
}

/// Both numbers are looked at, so that two mistakes are told at once.
fn position(lon: &str, lat: &str) -> Result<Position, Vec<Problem>> {
    let error = match Position::parse(lon, lat) {
        Ok(position) => return Ok(position),
        Err(error) => error,
    };
    if matches!(error, GeoError::Swapped { .. }) {
        return Err(vec![error.problem("lat, long")]);
    }
    // Beside a longitude of the far east nothing looks swapped.
    let alone = [
        (Position::parse(lon, "0").err(), "long"),
        (Position::parse("120", lat).err(), "lat"),
    ];
    let told = alone
        .into_iter()
        .filter_map(|(error, name)| Some(error?.problem(name)));
    Err(told.collect())
}
