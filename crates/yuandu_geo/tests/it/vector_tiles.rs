//! Vector tiles, read back by a decoder written by others.

use mvt_reader::Reader;
use mvt_reader::feature::{Feature, Value};
use yuandu_geo::{
    Area, BoundingBox, EXTENT, Line, Position, Property, TileBuilder, TileId, read_features,
};

const OUTLINES: &str = include_str!("../../../../demo/data/weifang_districts_370700.geojson");

fn at(lon: f64, lat: f64) -> Position {
    Position::new(lon, lat).unwrap()
}

fn read(bytes: Vec<u8>, layer: usize) -> Vec<Feature<f64>> {
    Reader::new(bytes)
        .unwrap()
        .get_features_as::<f64>(layer)
        .unwrap()
}

type Ring = Vec<(f64, f64)>;

/// The rings of every polygon: (outer, holes).
fn polygons(feature: &Feature<f64>) -> Vec<(Ring, Vec<Ring>)> {
    let line = |l: &geo::LineString<f64>| l.0.iter().map(|c| (c.x, c.y)).collect::<Vec<_>>();
    let one =
        |p: &geo::Polygon<f64>| (line(p.exterior()), p.interiors().iter().map(line).collect());
    match feature.get_geometry() {
        geo::Geometry::Polygon(p) => vec![one(p)],
        geo::Geometry::MultiPolygon(m) => m.0.iter().map(one).collect(),
        other => panic!("not a polygon: {other:?}"),
    }
}

fn signed_area(ring: &[(f64, f64)]) -> f64 {
    ring.windows(2)
        .map(|w| w[0].0 * w[1].1 - w[1].0 * w[0].1)
        .sum::<f64>()
        / 2.0
}

#[test]
fn points_come_back_where_they_were_with_all_their_properties() {
    let here = at(119.10, 36.71);
    let id = TileId::at(here, 14).unwrap();
    let mut tile = TileBuilder::new(id);
    let mut layer = tile.layer("cases");
    let properties = [
        ("number", Property::from("潍城管〔2026〕1号")),
        ("count", Property::from(-3_i64)),
        ("weight", Property::from(0.5)),
        ("open", Property::from(true)),
    ];
    assert!(layer.point(Some(7), here, &properties).unwrap());
    assert!(
        !layer.point(Some(8), at(120.0, 36.71), &[]).unwrap(),
        "another tile's point"
    );
    tile.add(layer);
    tile.add(TileBuilder::new(id).layer("empty"));
    let bytes = tile.finish().unwrap();

    let meta = Reader::new(bytes.clone())
        .unwrap()
        .get_layer_metadata()
        .unwrap();
    assert_eq!(meta.len(), 1, "an empty layer is left out");
    assert_eq!((meta[0].name.as_str(), meta[0].extent), ("cases", EXTENT));
    let features = read(bytes, 0);
    assert_eq!(features.len(), 1);
    assert_eq!(features[0].id, Some(7));
    let geo::Geometry::MultiPoint(points) = features[0].get_geometry() else {
        panic!("{:?}", features[0].get_geometry())
    };
    let b = id.bounds();
    let x = (here.lon() - b.west) / (b.east - b.west) * f64::from(EXTENT);
    assert!((points.0[0].x() - x).abs() <= 0.5);
    let p = features[0].properties.as_ref().unwrap();
    assert_eq!(p["number"], Value::String("潍城管〔2026〕1号".to_owned()));
    assert_eq!(p["count"], Value::Int(-3));
    assert_eq!(p["weight"], Value::Double(0.5));
    assert_eq!(p["open"], Value::Bool(true));
}

#[test]
fn real_outlines_are_cut_to_the_tile_and_wound_as_the_specification_asks_at_every_zoom() {
    let districts = read_features(OUTLINES).unwrap();
    let mut drawn = 0;
    for z in 6..=16 {
        let id = TileId::at(at(119.10, 36.71), z).unwrap();
        let mut tile = TileBuilder::new(id);
        let mut layer = tile.layer("divisions");
        for (n, district) in districts.iter().enumerate() {
            layer.area(Some(n as u64), &district.area, &[]).unwrap();
        }
        tile.add(layer);
        for feature in read(tile.finish().unwrap(), 0) {
            for (outer, holes) in polygons(&feature) {
                drawn += 1;
                assert!(
                    signed_area(&outer) > 0.0,
                    "z{z}: outer ring is clockwise with y down"
                );
                assert!(holes.iter().all(|h| signed_area(h) < 0.0));
                let inside = |v: f64| (-128.0..=f64::from(EXTENT) + 128.0).contains(&v);
                assert!(outer.iter().all(|&(x, y)| inside(x) && inside(y)), "z{z}");
            }
        }
    }
    assert!(drawn > 40, "{drawn}");
}

#[test]
fn holes_wind_the_other_way_and_rings_that_touch_do_not_run_together() {
    // The second square begins at the very unit the first ends at, where encoders like to drop a point.
    let id = TileId::new(0, 0, 0).unwrap();
    let first =
        Area::polygon(&[at(0.0, 0.0), at(40.0, 0.0), at(40.0, 40.0), at(0.0, 40.0)]).unwrap();
    let second = Area::polygon(&[
        at(0.0, 40.0),
        at(0.0, 80.0),
        at(-40.0, 80.0),
        at(-40.0, 40.0),
    ])
    .unwrap();
    let both = Area::union_of_parts([&first, &second]).unwrap();
    let mut tile = TileBuilder::new(id);
    let mut layer = tile.layer("a");
    assert!(layer.area(None, &both, &[]).unwrap());
    let ring = |low: f64, high: f64| {
        format!("[[{low},{low}],[{high},{low}],[{high},{high}],[{low},{high}],[{low},{low}]]")
    };
    let holed = format!(
        r#"{{"type":"Feature","properties":{{}},"geometry":{{"type":"Polygon","coordinates":[{},{}]}}}}"#,
        ring(0.0, 60.0),
        ring(20.0, 40.0)
    );
    assert!(
        layer
            .area(None, &read_features(&holed).unwrap()[0].area, &[])
            .unwrap()
    );
    tile.add(layer);
    let features = read(tile.finish().unwrap(), 0);
    let squares = polygons(&features[0]);
    assert_eq!(
        squares.iter().map(|(o, _)| o.len()).collect::<Vec<_>>(),
        [5, 5]
    );
    let holed = polygons(&features[1]);
    assert_eq!((holed.len(), holed[0].1.len()), (1, 1));
    assert!(signed_area(&holed[0].1[0]) < 0.0);
}

#[test]
fn an_area_that_covers_the_whole_tile_becomes_its_buffered_square() {
    let id = TileId::at(at(119.10, 36.71), 16).unwrap();
    let mut tile = TileBuilder::new(id);
    let mut layer = tile.layer("a");
    let big = Area::rectangle(BoundingBox::new(118.0, 36.0, 120.0, 37.0).unwrap());
    assert!(layer.area(None, &big, &[]).unwrap());
    let elsewhere = Area::rectangle(BoundingBox::new(110.0, 30.0, 111.0, 31.0).unwrap());
    assert!(!layer.area(None, &elsewhere, &[]).unwrap());
    tile.add(layer);
    let features = read(tile.finish().unwrap(), 0);
    let side = f64::from(EXTENT) + 256.0;
    assert_eq!(signed_area(&polygons(&features[0])[0].0), side * side);
}

#[test]
fn thinning_keeps_one_point_per_square() {
    let id = TileId::at(at(119.10, 36.71), 10).unwrap();
    let tile = TileBuilder::new(id);
    let draw = |mut layer: yuandu_geo::LayerBuilder| {
        (0..1000)
            .filter(|n| {
                layer
                    .point(None, at(119.10 + f64::from(*n) * 1e-5, 36.71), &[])
                    .unwrap()
            })
            .count()
    };
    assert_eq!(draw(tile.layer("all")), 1000);
    let thinned = draw(tile.layer("thin").thinned(16));
    assert!(
        (5..=9).contains(&thinned),
        "0.01 degrees are about 117 units at zoom 10: {thinned}"
    );
}

#[test]
fn a_tile_without_features_has_no_bytes() {
    assert!(
        TileBuilder::new(TileId::new(3, 1, 1).unwrap())
            .finish()
            .unwrap()
            .is_empty()
    );
}

#[test]
fn an_area_that_leaves_the_tile_and_comes_back_becomes_two_parts_that_do_not_touch() {
    // A U whose base lies outside: cutting it naively would join both arms along the edge.
    let id = TileId::new(0, 0, 0).unwrap();
    let far = 179.9;
    let tile = TileId::new(1, 0, 0).unwrap();
    let arms = Area::polygon(&[
        at(-90.0, 10.0),
        at(far, 10.0),
        at(far, 60.0),
        at(-90.0, 60.0),
        at(-90.0, 50.0),
        at(far - 20.0, 50.0),
        at(far - 20.0, 20.0),
        at(-90.0, 20.0),
    ])
    .unwrap();
    for (id, parts) in [(id, 1), (tile, 2)] {
        let mut builder = TileBuilder::new(id);
        let mut layer = builder.layer("u");
        assert!(layer.area(None, &arms, &[]).unwrap());
        builder.add(layer);
        assert_eq!(
            polygons(&read(builder.finish().unwrap(), 0)[0]).len(),
            parts
        );
    }
}

#[test]
fn a_line_is_cut_at_the_tile_and_comes_back_in_courses() {
    let id = TileId::at(at(119.10, 36.71), 14).unwrap();
    let b = id.bounds();
    let (west, east) = (b.west - 1.0, b.east + 1.0);
    let middle = f64::midpoint(b.south, b.north);
    let across = format!(
        r#"{{"type":"LineString","coordinates":[[{west},{middle}],[{east},{middle}],[{east},{}],[{},{middle}],[{},{}]]}}"#,
        b.north + 1.0,
        f64::midpoint(b.west, b.east),
        f64::midpoint(b.west, b.east),
        b.south,
    );
    let mut tile = TileBuilder::new(id);
    let mut layer = tile.layer("roads");
    let road = Line::read(&across).unwrap();
    assert!(
        layer
            .line(None, &road, &[("name", "健康街".into())])
            .unwrap()
    );
    let away = Line::read(r#"{"type":"LineString","coordinates":[[0,0],[1,1]]}"#).unwrap();
    assert!(!layer.line(None, &away, &[]).unwrap());
    tile.add(layer);
    let features = read(tile.finish().unwrap(), 0);
    assert_eq!(features.len(), 1);
    let geo::Geometry::MultiLineString(courses) = features[0].get_geometry() else {
        panic!("{:?}", features[0].get_geometry())
    };
    assert_eq!(courses.0.len(), 2, "it leaves the tile and comes back");
    let first = &courses.0[0].0;
    assert_eq!(
        (first[0].x, first[1].x),
        (-128.0, f64::from(EXTENT) + 128.0)
    );
}
