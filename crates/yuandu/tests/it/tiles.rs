//! Map tiles: kept by readers, asked again, never old.

use axum::body::Body;
use axum::http::Request;

use crate::city::City;
use crate::client::Client;

/// The tile of the city centre at zoom 14: longitude 119.105, latitude 36.705.
const CENTRE: &str = "14/13612/6393.mvt";

async fn again(client: &mut Client<'_>, path: &str, etag: &str) -> u16 {
    let request = Request::get(path).header("if-none-match", etag);
    client.send(request, Body::empty()).await.status.as_u16()
}

#[tokio::test]
async fn a_tile_is_kept_until_something_on_it_changes() {
    let city = City::new();
    let mut public = Client::anonymous(&city);
    let path = format!("/tiles/cases/{CENTRE}");
    let first = public.get(&path).await;
    assert_eq!(first.status, 200);
    assert_eq!(
        first.header("content-type"),
        "application/vnd.mapbox-vector-tile"
    );
    let etag = first.header("etag").to_owned();
    assert_eq!(again(&mut public, &path, &etag).await, 304);
    public.report().await;
    assert_eq!(again(&mut public, &path, &etag).await, 200);
    let second = public.get(&path).await;
    assert!(second.header("etag") != etag && second.bytes.len() > first.bytes.len());
}

#[tokio::test]
async fn every_declared_layer_answers() {
    let city = City::new();
    let mut public = Client::anonymous(&city);
    let names: Vec<String> = city
        .app
        .tiles
        .layers()
        .iter()
        .map(|layer| layer.id.clone())
        .collect();
    assert_eq!(names.len(), 8, "{names:?}");
    for name in names {
        let answer = public.get(&format!("/tiles/{name}/{CENTRE}")).await;
        // The register of parcels is internal, and so is its layer.
        let wanted = if name == "parcels" { 404 } else { 200 };
        assert_eq!(answer.status, wanted, "{name}: {}", answer.text());
    }
}

#[tokio::test]
async fn layers_and_tiles_that_cannot_be_are_refused() {
    let city = City::new();
    let mut public = Client::anonymous(&city).english();
    for (path, statuses) in [
        ("/tiles/secrets/14/13612/6393.mvt", [404, 404]),
        ("/tiles/cases/14/13612/6393.png", [404, 404]),
        ("/tiles/cases/99/0/0.mvt", [400, 422]),
        ("/tiles/cases/3/9/0.mvt", [400, 422]),
        ("/tiles/cases/-1/0/0.mvt", [400, 422]),
        ("/tiles/cases/14/99999999999999/0.mvt", [400, 422]),
        ("/tiles/cases/abc/0/0.mvt", [400, 422]),
    ] {
        let answer = public.get(path).await;
        let status = answer.status.as_u16();
        assert!(
            statuses.contains(&status),
            "{path}: {status} {}",
            answer.text()
        );
        answer.refusal(status);
        assert!(
            answer.json()["message"].as_str().unwrap().is_ascii(),
            "in English: {}",
            answer.text()
        );
    }
}
