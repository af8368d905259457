//! Figures: features read page by page, whole, in small windows and by their ids.
//!
//! `cargo run --release -p yuandu_places --example bench_features -- 100000`

use std::time::Instant;

use jiff::Timestamp;
use yuandu_base::LocalText;
use yuandu_geo::{BoundingBox, Crs, Position};
use yuandu_places::{Condition, FeatureQuery, Geometry, LayerDef, PlacesError, Tiles};
use yuandu_store::{Change, Entry, Plan, Store, StoreError, TableDef};

const REALM: i64 = 370_700;
/// Small windows asked for: some 100 m wide, as a phone shows them.
const WINDOWS: u32 = 2000;
const WIDTH: f64 = 0.001;

fn layer() -> LayerDef {
    LayerDef {
        id: "points".to_owned(),
        title: LocalText::new("点", "Points"),
        table: "points".to_owned(),
        geometry: Geometry::Point {
            lon: "lon".to_owned(),
            lat: "lat".to_owned(),
        },
        properties: vec![
            ("name".to_owned(), "name".to_owned()),
            ("kind".to_owned(), "kind".to_owned()),
        ],
        instants: Vec::new(),
        time: None,
        name: None,
        lamp: None,
        only: Vec::new(),
        min_zoom: 0,
    }
}

/// A place in the city that follows from a number: two steps that never meet.
fn place(number: u32) -> (f64, f64) {
    let (x, y) = (
        f64::from(number) * 0.618_033_988_7 % 1.0,
        f64::from(number) * 0.754_877_666_2 % 1.0,
    );
    (118.6 + x, 36.2 + y)
}

fn plan(number: u32) -> Result<Plan, StoreError> {
    let entry = Entry {
        op: "points.write".to_owned(),
        actor: "system:bench".to_owned(),
        on_behalf: None,
        subject: format!("point/{number}"),
        purpose: "bench".to_owned(),
        at: Timestamp::UNIX_EPOCH,
        note: serde_json::Value::Null,
    };
    let realm = "370700".parse().map_err(|_| StoreError::Database {
        reason: "the realm is no code".to_owned(),
    })?;
    let (lon, lat) = place(number);
    let change = Change::put("points")
        .with("id", format!("{number:09}"))
        .with("name", format!("路灯 {number}"))
        .with("kind", "05001")
        .with("lon", lon)
        .with("lat", lat);
    Ok(Plan::new(realm, entry).change(change))
}

fn read(tiles: &Tiles, query: &FeatureQuery) -> Result<(usize, Option<String>), PlacesError> {
    let all = Condition {
        sql: "1 = 1".to_owned(),
        params: Vec::new(),
        is_everything: true,
    };
    let page = tiles.features("points", query, &all, Timestamp::UNIX_EPOCH)?;
    let bytes: usize = (page.features.iter())
        .map(|feature| feature.to_geojson(Crs::Crs84).to_string().len())
        .sum();
    assert!(bytes > 0 || page.features.is_empty());
    Ok((page.features.len(), page.next))
}

/// Every page of a query: features read, and pages.
fn walk(tiles: &Tiles, mut query: FeatureQuery) -> Result<(usize, usize), PlacesError> {
    let (mut items, mut pages) = (0, 0);
    loop {
        let (found, next) = read(tiles, &query)?;
        (items, pages) = (items + found, pages + 1);
        match next {
            Some(next) => query.after = Some(next),
            None => return Ok((items, pages)),
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let count: u32 = match std::env::args().nth(1) {
        Some(count) => count.parse()?,
        None => 100_000,
    };
    let table = TableDef::new("points")
        .text("id")
        .text("name")
        .text("kind")
        .opt_real("lon")
        .opt_real("lat")
        .key(["id"])
        .points("lon", "lat");
    let store = Store::temporary(&[table])?;
    let begun = Instant::now();
    let plans: Vec<Plan> = (0..count).map(plan).collect::<Result<_, _>>()?;
    for receipt in store.commit_all(plans) {
        receipt?;
    }
    println!("{count} points written in {:.1?}", begun.elapsed());
    let tiles = Tiles::new(store.shared(), REALM, vec![layer()]);
    let query = FeatureQuery {
        limit: 1000,
        ..FeatureQuery::default()
    };
    let window = |west, south, width| BoundingBox::new(west, south, west + width, south + width);
    let cases = [
        ("whole, 1000 a page", query.clone()),
        (
            "half the city by its box",
            FeatureQuery {
                windows: vec![window(118.6, 36.2, 0.7)?],
                ..query.clone()
            },
        ),
    ];
    for (name, query) in cases {
        let begun = Instant::now();
        let (items, pages) = walk(&tiles, query)?;
        let each = begun.elapsed().as_secs_f64();
        println!(
            "{name}: {items} items, {pages} pages, {:.0} items/s",
            items as f64 / each
        );
    }
    let begun = Instant::now();
    let mut items = 0;
    for number in 0..WINDOWS {
        let (lon, lat) = place(number.wrapping_mul(7919) % count.max(1));
        let at = Position::new(lon, lat)?;
        let query = FeatureQuery {
            windows: vec![window(
                at.lon() - WIDTH / 2.0,
                at.lat() - WIDTH / 2.0,
                WIDTH,
            )?],
            ..query.clone()
        };
        items += walk(&tiles, query)?.0;
    }
    let each = begun.elapsed() / WINDOWS;
    println!("{WINDOWS} small windows: {items} items, {each:.1?} a window");
    Ok(())
}
