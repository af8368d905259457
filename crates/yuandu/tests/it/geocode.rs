//! Words to places and back, through the real router.

use serde_json::Value as Json;

use crate::city::{City, GRID, HERE, MANHOLE, square};
use crate::client::{Client, encoded};

fn city() -> City {
    let city = City::new();
    city.import(
        "spatial.division",
        "code,name,level\n370705001,东关街道,town\n370705001001,苇湾社区,village\n",
    );
    city.import(
        "spatial.road",
        "code,name,kind,district,line\nR1,健康东街,trunk,370705,\"{\"\"type\"\":\"\"LineString\"\",\"\"coordinates\"\":[[119.10,36.7041],[119.11,36.7041]]}\"\n",
    );
    city.import(
        "spatial.poi",
        "code,name,kind,district,spot_lon,spot_lat\nP1,人民公园,park,370705,119.1055,36.705\nP2,人民医院,hospital,370705,119.15,36.71\n",
    );
    city.import(
        "spatial.parcel",
        &format!(
            "code,division,use,area,outline\n370705001001GB00001,370705,07,120.5,{}\n",
            square(119.104, 36.704, 0.002)
        ),
    );
    city
}

async fn ask(client: &mut Client<'_>, words: &str) -> Vec<(String, String)> {
    let path = format!("/api/v1/geocode?q={}", encoded(words));
    let body = client.get(&path).await.is(200);
    let places = body["places"].as_array().unwrap().iter();
    let text = |place: &Json, name: &str| place[name].as_str().unwrap().to_owned();
    places
        .map(|place| (text(place, "layer"), text(place, "name")))
        .collect()
}

fn pair(layer: &str, name: &str) -> (String, String) {
    (layer.to_owned(), name.to_owned())
}

#[tokio::test]
async fn places_are_found_by_name_by_part_of_it_and_by_code() {
    let city = city();
    let mut public = Client::anonymous(&city);
    assert_eq!(
        ask(&mut public, "奎文区").await[0],
        pair("divisions", "奎文区")
    );
    assert_eq!(
        ask(&mut public, "健康东街").await[0],
        pair("roads", "健康东街")
    );
    assert_eq!(
        ask(&mut public, "人民公园").await[0],
        pair("places", "人民公园")
    );
    let people = ask(&mut public, "人民").await;
    assert_eq!(people.len(), 2, "{people:?}");
    assert_eq!(ask(&mut public, GRID).await[0], pair("grids", GRID));
    assert_eq!(
        ask(&mut public, MANHOLE).await[0],
        pair("components", "供水井盖")
    );
    let parcel = "370705001001GB00001";
    let found = ask(&mut public, parcel).await;
    assert!(
        !found.contains(&pair("parcels", parcel)),
        "{found:?}: an internal register"
    );
    let mut seat = Client::officer(&city, "seat").await;
    assert_eq!(ask(&mut seat, parcel).await[0], pair("parcels", parcel));
}

#[tokio::test]
async fn a_division_without_an_outline_is_said_to_lie_in_one_that_has() {
    let city = city();
    let mut public = Client::anonymous(&city);
    let path = format!("/api/v1/geocode?q={}", encoded("奎文区东关街道苇湾社区"));
    let around = public.get(&path).await.is(200)["around"].clone();
    assert_eq!(around["division"], "370705001001");
    assert_eq!(around["name"], "奎文区");
    assert!((119.1..119.3).contains(&around["lon"].as_f64().unwrap()));
}

#[tokio::test]
async fn a_position_is_told_what_is_there_and_what_is_nearest() {
    let city = city();
    let mut public = Client::anonymous(&city);
    let path = format!("/api/v1/reverse?lon={}&lat={}", HERE.0, HERE.1);
    let body = public.get(&path).await.is(200);
    assert_eq!(body["place"]["grid"], GRID);
    let nearest: Vec<(String, f64)> = body["nearest"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let layer = one["layer"].as_str().unwrap().to_owned();
            (layer, one["distance_m"].as_f64().unwrap())
        })
        .collect();
    let away = |layer: &str| {
        nearest
            .iter()
            .find(|(name, _)| name == layer)
            .map(|one| one.1)
    };
    assert_eq!(away("divisions"), Some(0.0));
    assert_eq!(away("components"), Some(0.0));
    assert!((away("roads").unwrap() - 100.1).abs() < 1.0, "{nearest:?}");
    assert!((away("places").unwrap() - 44.6).abs() < 1.0, "{nearest:?}");
    assert_eq!(away("parcels"), None, "an internal register");
    assert!(!nearest.iter().any(|(layer, _)| layer == "cases"));
    let close = public.get(&format!("{path}&radius=10")).await.is(200);
    let layers = close["nearest"].as_array().unwrap().iter();
    assert!(
        !layers.clone().any(|one| one["layer"] == "roads"),
        "{close}"
    );
}

#[tokio::test]
async fn positions_come_and_go_in_the_system_of_the_map() {
    let city = city();
    let mut public = Client::anonymous(&city);
    let found = format!("/api/v1/geocode?q={}&crs=GCJ-02", encoded("人民公园"));
    let place = public.get(&found).await.is(200)["places"][0].clone();
    let (lon, lat) = (
        place["lon"].as_f64().unwrap(),
        place["lat"].as_f64().unwrap(),
    );
    assert!((lon - 119.1055).abs() > 0.003, "shifted");
    let back = format!("/api/v1/reverse?lon={lon}&lat={lat}&crs=GCJ-02&radius=5");
    let body = public.get(&back).await.is(200);
    let nearest = body["nearest"].as_array().unwrap().iter();
    let park = nearest.filter(|one| one["id"] == "P1").count();
    assert_eq!(park, 1, "{body}");
}

#[tokio::test]
async fn what_cannot_be_asked_is_named() {
    let city = City::new();
    let mut public = Client::anonymous(&city).english();
    for (path, field) in [
        ("geocode", "q"),
        ("geocode?q=x&limit=0", "limit"),
        ("geocode?q=x&limit=51", "limit"),
        ("reverse?lon=119&lat=36&radius=NaN", "radius"),
        ("reverse?lon=119&lat=36&radius=9999", "radius"),
    ] {
        let (_, fields) = public.get(&format!("/api/v1/{path}")).await.refusal(422);
        assert_eq!(fields, [field], "{path}");
    }
    for path in [
        "geocode?q=x&crs=EPSG:9",
        "reverse?lon=x&lat=36",
        "reverse?lon=36&lat=119",
    ] {
        public.get(&format!("/api/v1/{path}")).await.refusal(422);
    }
}
