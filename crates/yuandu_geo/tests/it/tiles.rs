//! Tile arithmetic.

use proptest::prelude::*;
use yuandu_geo::{BoundingBox, MAX_ZOOM, Position, TileId};

fn at(lon: f64, lat: f64) -> Position {
    Position::new(lon, lat).unwrap()
}

#[test]
fn the_world_is_one_tile_at_zoom_zero() {
    let b = TileId::new(0, 0, 0).unwrap().bounds();
    assert_eq!((b.west, b.east), (-180.0, 180.0));
    assert!((b.north - 85.051_128_78).abs() < 1e-6 && (b.south + 85.051_128_78).abs() < 1e-6);
}

#[test]
fn the_city_centre_falls_in_the_tile_others_compute() {
    // The usual slippy-map formula, computed elsewhere, gives the same address.
    let tile = TileId::at(at(119.10, 36.71), 14).unwrap();
    assert_eq!(tile.to_string(), "14/13612/6393");
}

#[test]
fn tiles_that_do_not_exist_are_refused() {
    for (z, x, y) in [
        (23, 0, 0),
        (3, 8, 0),
        (3, 0, 8),
        (0, 1, 0),
        (u32::MAX, 0, 0),
        (22, u32::MAX, 0),
    ] {
        let error = TileId::new(z, x, y).unwrap_err();
        assert!(error.to_string().contains(&format!("{z}/{x}/{y}")));
        assert!(error.message().zh.contains("不存在"));
    }
    assert!(TileId::at(at(0.0, 0.0), MAX_ZOOM + 1).is_err());
}

#[test]
fn poles_and_the_date_line_stay_in_the_edge_tiles() {
    assert_eq!(TileId::at(at(180.0, 90.0), 3).unwrap().to_string(), "3/7/0");
    assert_eq!(
        TileId::at(at(-180.0, -90.0), 3).unwrap().to_string(),
        "3/0/7"
    );
}

#[test]
fn covering_tiles_leave_no_gap() {
    let window = BoundingBox::new(119.07, 36.69, 119.13, 36.73).unwrap();
    let tiles: Vec<TileId> = TileId::covering(&window, 15).unwrap().collect();
    for i in 0..=20 {
        for j in 0..=20 {
            let p = at(
                119.07 + 0.06 * f64::from(i) / 20.0,
                36.69 + 0.04 * f64::from(j) / 20.0,
            );
            assert!(tiles.contains(&TileId::at(p, 15).unwrap()));
        }
    }
    assert!(tiles.iter().all(|t| t.bounds().intersects(&window)));
}

proptest! {
    #[test]
    fn every_position_lies_in_the_box_of_its_tile(lon in -180.0f64..180.0, lat in -85.0f64..85.0, z in 0u32..=MAX_ZOOM) {
        let tile = TileId::at(at(lon, lat), z).unwrap();
        let b = tile.bounds();
        prop_assert!(b.west <= lon + 1e-9 && lon <= b.east + 1e-9);
        prop_assert!(b.south <= lat + 1e-9 && lat <= b.north + 1e-9);
        prop_assert_eq!(TileId::at(b.centre(), z).unwrap(), tile);
    }
}
