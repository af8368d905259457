//! OGC API - Features and Tiles through the real router: each class of requirements, and who sees what.

use axum::body::Body;
use axum::http::Request;
use serde_json::Value as Json;

use crate::city::{City, GRID, HERE, MANHOLE, OTHER_GRID, square};
use crate::client::{Answer, Client, encoded};

const BASE: &str = "http://city.test/ogc";
const EPSG_4490: &str = "http://www.opengis.net/def/crs/EPSG/0/4490";
const EPSG_3857: &str = "http://www.opengis.net/def/crs/EPSG/0/3857";
const GCJ_02: &str = "urn:yuandu:crs:GCJ-02";

/// The address of a link, demanded once.
#[track_caller]
fn link<'a>(body: &'a Json, rel: &str) -> &'a str {
    let links = body["links"].as_array().unwrap().iter();
    let found: Vec<&Json> = links.filter(|link| link["rel"] == rel).collect();
    assert_eq!(found.len(), 1, "{rel} in {body}");
    assert!(found[0]["type"].is_string());
    found[0]["href"].as_str().unwrap()
}

fn ids(body: &Json) -> Vec<&str> {
    let features = body["features"].as_array().unwrap().iter();
    features
        .map(|feature| feature["id"].as_str().unwrap())
        .collect()
}

async fn follow(client: &mut Client<'_>, href: &str) -> Answer {
    client
        .get(href.strip_prefix("http://city.test").unwrap())
        .await
}

async fn names(client: &mut Client<'_>) -> Vec<String> {
    let body = client.get("/ogc/collections").await.is(200);
    let all = body["collections"].as_array().unwrap().iter();
    all.map(|one| one["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn the_landing_page_leads_to_everything() {
    let city = City::new();
    let mut public = Client::anonymous(&city).english();
    let landing = public.get("/ogc").await.is(200);
    for rel in [
        "self",
        "service-desc",
        "conformance",
        "data",
        "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes",
    ] {
        let href = link(&landing, rel).to_owned();
        assert!(href.starts_with(BASE), "{href}");
        follow(&mut public, &href).await.is(200);
    }
    let conformance = public.get("/ogc/conformance?f=json").await.is(200);
    let classes = conformance["conformsTo"].as_array().unwrap();
    for class in [
        "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
        "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
        "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
        "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf/core",
    ] {
        assert!(classes.iter().any(|known| known == class), "{class}");
    }
    let api = public.get("/ogc/api").await;
    assert_eq!(
        api.header("content-type"),
        "application/vnd.oai.openapi+json;version=3.1"
    );
    assert!(api.json()["paths"]["/ogc/collections/{collection}/items"].is_object());
    assert_eq!(api.header("access-control-allow-origin"), "*");
}

#[tokio::test]
async fn collections_are_the_layers_that_the_asker_may_see() {
    let city = City::new();
    let parcel = format!(
        "code,division,use,area,outline\n370705001001GB00001,370705,07,120.5,{}\n",
        square(119.104, 36.704, 0.001)
    );
    city.import("spatial.parcel", &parcel);
    let open = ["cases", "components", "divisions", "grids", "places"];
    let mut public = Client::anonymous(&city);
    let seen = names(&mut public).await;
    assert!(
        open.iter().all(|name| seen.iter().any(|one| one == name)),
        "{seen:?}"
    );
    assert!(
        !seen.iter().any(|name| name == "parcels"),
        "an internal register"
    );
    let here = "/ogc/collections/parcels";
    for path in [
        "",
        "/items",
        "/items/370705001001GB00001",
        "/tiles",
        "/tiles/WebMercatorQuad/14/6393/13612",
    ] {
        public.get(&format!("{here}{path}")).await.refusal(404);
    }
    public
        .get("/tiles/parcels/14/13612/6393.mvt")
        .await
        .refusal(404);
    let mut seat = Client::officer(&city, "seat").await;
    assert!(names(&mut seat).await.iter().any(|name| name == "parcels"));
    let page = seat.get(&format!("{here}/items")).await.is(200);
    assert_eq!(ids(&page), ["370705001001GB00001"]);
    let tile = seat
        .get(&format!("{here}/tiles/WebMercatorQuad/14/6393/13612"))
        .await;
    assert!(tile.status == 200 && !tile.bytes.is_empty());

    let divisions = public.get("/ogc/collections/divisions").await.is(200);
    assert_eq!(divisions["extent"]["spatial"]["bbox"][0][0], 118.9);
    assert_eq!(divisions["storageCrs"], divisions["crs"][0]);
    for rel in [
        "self",
        "items",
        "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector",
    ] {
        let href = link(&divisions, rel).to_owned();
        follow(&mut public, &href).await.is(200);
    }
    public.get("/ogc/collections/secrets").await.refusal(404);
}

#[tokio::test]
async fn pages_follow_one_another_until_every_feature_came_once() {
    let city = City::new();
    let mut public = Client::anonymous(&city);
    let mut numbers = Vec::new();
    for _ in 0..5 {
        numbers.push(public.report().await.1);
    }
    let before = city.app.store.queries();
    let first = public.get("/ogc/collections/cases/items?limit=2").await;
    assert_eq!(first.header("content-type"), "application/geo+json");
    assert_eq!(
        city.app.store.queries() - before,
        2,
        "whatever the page holds"
    );
    let mut page = first.is(200);
    let mut seen = Vec::new();
    loop {
        assert_eq!(page["type"], "FeatureCollection");
        assert_eq!(page["numberMatched"], 5);
        let features = page["features"].as_array().unwrap();
        assert_eq!(page["numberReturned"], features.len());
        assert!(page["timeStamp"].as_str().unwrap().ends_with('Z'));
        for feature in features {
            assert_eq!(feature["geometry"]["type"], "Point");
            seen.push(feature["properties"]["number"].as_str().unwrap().to_owned());
        }
        link(&page, "collection");
        let mut links = page["links"].as_array().unwrap().iter();
        let Some(next) = links.find(|link| link["rel"] == "next") else {
            break;
        };
        let href = next["href"].as_str().unwrap().to_owned();
        page = follow(&mut public, &href).await.is(200);
    }
    seen.sort_unstable();
    numbers.sort_unstable();
    assert_eq!(seen, numbers);
    let most = public
        .get("/ogc/collections/cases/items?limit=1000000")
        .await;
    assert_eq!(ids(&most.is(200)).len(), 5);
}

#[tokio::test]
async fn one_feature_has_its_address() {
    let city = City::new();
    let mut public = Client::anonymous(&city);
    let (case, number) = public.report().await;
    for (collection, id) in [
        ("components", MANHOLE),
        ("grids", GRID),
        ("divisions", "370705"),
        ("cases", case.as_str()),
    ] {
        let path = format!("/ogc/collections/{collection}/items/{id}");
        let feature = public.get(&path).await.is(200);
        assert_eq!(
            (&feature["type"], &feature["id"]),
            (&"Feature".into(), &id.into())
        );
        assert_eq!(link(&feature, "self"), format!("http://city.test{path}"));
        link(&feature, "collection");
        public.get(&format!("{path}0")).await.refusal(404);
    }
    let seen = public
        .get(&format!("/ogc/collections/cases/items/{case}"))
        .await;
    assert_eq!(seen.json()["properties"]["number"], number.as_str());
    assert_eq!(seen.json()["properties"]["opened"], "2026-09-21T01:00:00Z");
    let said = seen.text();
    for secret in ["13805360001", "演示丙", "一过就响"] {
        assert!(!said.contains(secret), "{said}");
    }
}

#[tokio::test]
async fn features_are_found_by_place_time_and_property() {
    let city = City::new();
    let mut public = Client::anonymous(&city);
    public.report().await;
    for (asked, found) in [
        ("grids/items?bbox=119.1,36.7,119.2,36.8", vec![GRID]),
        ("grids/items?bbox=118,36,120,37", vec![OTHER_GRID, GRID]),
        (
            "grids/items?bbox=118,36,0,120,37,9000",
            vec![OTHER_GRID, GRID],
        ),
        ("grids/items?bbox=100,20,101,21", vec![]),
        ("grids/items?bbox=170,-80,-170,80", vec![]),
        ("grids/items?street=370705001", vec![GRID]),
        (
            "grids/items?street=370705001&bbox=119.0,36.7,119.05,36.8",
            vec![],
        ),
        (
            "grids/items?datetime=2020-01-01T00:00:00Z",
            vec![OTHER_GRID, GRID],
        ),
        ("components/items?bbox=119.1,36.7,119.2,36.8", vec![MANHOLE]),
        ("components/items?bbox=119.2,36.7,119.3,36.8", vec![]),
        (
            "components/items?category=01001&state=intact",
            vec![MANHOLE],
        ),
        ("components/items?category=01002", vec![]),
    ] {
        let body = public
            .get(&format!("/ogc/collections/{asked}"))
            .await
            .is(200);
        assert_eq!(ids(&body), found, "{asked}");
        assert_eq!(body["numberMatched"], found.len(), "{asked}");
    }
    for (time, found) in [
        ("2026-09-21T01:00:00Z", 1),
        ("2026-09-21T09:00:00%2B08:00", 1),
        ("2026-09-21T01:00:01Z", 0),
        ("../2026-09-21T02:00:00Z", 1),
        ("2026-09-21T02:00:00Z/..", 0),
    ] {
        let path = format!("/ogc/collections/cases/items?datetime={time}");
        let body = public.get(&path).await.is(200);
        assert_eq!(ids(&body).len(), found, "{time}");
    }
}

#[tokio::test]
async fn coordinates_come_and_go_in_the_system_that_is_asked_for() {
    let city = City::new();
    let mut public = Client::anonymous(&city);
    let manhole = format!("/ogc/collections/components/items/{MANHOLE}");
    let plain = public.get(&manhole).await;
    assert_eq!(
        plain.header("content-crs"),
        "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"
    );
    let at = |body: &Json| {
        let pair = &body["geometry"]["coordinates"];
        (pair[0].as_f64().unwrap(), pair[1].as_f64().unwrap())
    };
    assert_eq!(at(&plain.json()), HERE);
    let north_first = public.get(&format!("{manhole}?crs={EPSG_4490}")).await;
    assert_eq!(north_first.header("content-crs"), format!("<{EPSG_4490}>"));
    assert_eq!(at(&north_first.json()), (HERE.1, HERE.0));
    let metres = public.get(&format!("{manhole}?crs={EPSG_3857}")).await;
    assert_eq!(at(&metres.json()), (13_258_707.951, 4_398_066.973));
    let shifted = at(&public.get(&format!("{manhole}?crs={GCJ_02}")).await.json());
    assert!((shifted.0 - HERE.0).abs() > 0.004 && (shifted.0 - HERE.0).abs() < 0.008);
    let around = |first: f64, second: f64, by: f64| {
        format!(
            "{},{},{},{}",
            first - by,
            second - by,
            first + by,
            second + by
        )
    };
    for (crs, window, found) in [
        (EPSG_4490, around(HERE.1, HERE.0, 0.0001), 1),
        (EPSG_4490, around(HERE.0 - 80.0, HERE.1, 0.0001), 0),
        (EPSG_3857, around(13_258_708.0, 4_398_067.0, 5.0), 1),
        (GCJ_02, around(shifted.0, shifted.1, 0.0001), 1),
        (GCJ_02, around(HERE.0, HERE.1, 0.0001), 0),
    ] {
        let path = format!("/ogc/collections/components/items?bbox={window}&bbox-crs={crs}");
        let body = public.get(&path).await.is(200);
        assert_eq!(ids(&body).len(), found, "{path}");
    }
    let outline = public
        .get(&format!(
            "/ogc/collections/grids/items/{GRID}?crs={EPSG_4490}"
        ))
        .await
        .is(200);
    assert_eq!(outline["geometry"]["coordinates"][0][0][0][0], 36.7);
}

#[tokio::test]
async fn what_the_standard_does_not_know_is_refused_with_400_and_named() {
    let city = City::new();
    let mut public = Client::anonymous(&city).english();
    for (path, field) in [
        ("?x=1", "x"),
        ("/conformance?x=1", "x"),
        ("/api?f=yaml", "f"),
        ("/collections?limit=3", "limit"),
        ("/collections/grids?bbox=1,2,3,4", "bbox"),
        ("/collections/grids/items?limit=0", "limit"),
        ("/collections/grids/items?limit=ten", "limit"),
        ("/collections/grids/items?bbox=1,2,3", "bbox"),
        ("/collections/grids/items?bbox=119,37,120,36", "bbox"),
        ("/collections/grids/items?bbox=a,b,c,d", "bbox"),
        ("/collections/grids/items?bbox=1,2,3,4&bbox=1,2,3,4", "bbox"),
        ("/collections/grids/items?bbox-crs=EPSG:4326", "bbox-crs"),
        ("/collections/grids/items?crs=http://x/y", "crs"),
        ("/collections/grids/items?datetime=yesterday", "datetime"),
        ("/collections/grids/items?outline=1", "outline"),
        ("/collections/grids/items?f=html", "f"),
        (
            "/collections/cases/items?contact_phone=13805360001",
            "contact_phone",
        ),
        ("/collections/grids/tiles/WebMercatorQuad?x=1", "x"),
    ] {
        let (_, fields) = public.get(&format!("/ogc{path}")).await.refusal(400);
        assert_eq!(fields, [field], "{path}");
    }
    let wrong = format!(
        "/ogc/collections/grids/items?limit=0&bbox=1&{}=1",
        encoded("颜色")
    );
    let (_, fields) = public.get(&wrong).await.refusal(400);
    assert_eq!(fields, ["颜色", "bbox", "limit"], "all at once");
    for path in [
        "/collections/grids/items/x%00y",
        "/collections/grids/items/%27%20OR%20%271",
        "/nothing",
        "/tileMatrixSets/WorldCRS84Quad",
    ] {
        public.get(&format!("/ogc{path}")).await.refusal(404);
    }
}

#[tokio::test]
async fn tiles_are_described_and_lie_where_the_description_says() {
    let city = City::new();
    let mut public = Client::anonymous(&city);
    let list = public.get("/ogc/collections/grids/tiles").await.is(200);
    let here = link(&list["tilesets"][0], "self").to_owned();
    let tileset = follow(&mut public, &here).await.is(200);
    assert_eq!(tileset["dataType"], "vector");
    assert_eq!(tileset["layers"][0]["geometryDimension"], 2);
    let scheme = link(
        &tileset,
        "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme",
    )
    .to_owned();
    let scheme = follow(&mut public, &scheme).await.is(200);
    assert_eq!(scheme["tileMatrices"][14]["matrixWidth"], 16384);
    let template = link(&tileset, "item").to_owned();
    let tile = |z: &str, y: &str, x: &str| {
        let filled = template.replace("{tileMatrix}", z).replace("{tileRow}", y);
        filled.replace("{tileCol}", x)
    };
    let answer = follow(&mut public, &tile("14", "6393", "13612")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        "application/vnd.mapbox-vector-tile"
    );
    assert!(!answer.bytes.is_empty());
    let same = public.get("/tiles/grids/14/13612/6393.mvt").await;
    assert_eq!(answer.bytes, same.bytes);
    let again = Request::get("/ogc/collections/grids/tiles/WebMercatorQuad/14/6393/13612")
        .header("if-none-match", answer.header("etag"));
    assert_eq!(public.send(again, Body::empty()).await.status, 304);
    for (z, y, x) in [
        ("14", "16384", "0"),
        ("23", "0", "0"),
        ("a", "0", "0"),
        ("3", "-1", "0"),
    ] {
        follow(&mut public, &tile(z, y, x)).await.refusal(404);
    }
}
