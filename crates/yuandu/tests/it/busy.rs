//! Too much at once, and a disk that is full: told with when to come back, nothing changed.

use std::sync::mpsc::channel;

use serde_json::json;

use crate::city::City;
use crate::client::{Client, report};

/// Requests that may be in work or wait.
const PLACES: usize = 512;

#[tokio::test(flavor = "multi_thread")]
async fn too_many_requests_at_once_are_told_to_come_back_and_later_ones_are_served() {
    let city = City::new();
    let (release, held) = channel::<()>();
    let held = std::sync::Arc::new(std::sync::Mutex::new(held));
    let (entered, mut inside) = tokio::sync::mpsc::unbounded_channel();
    let mut waiting = Vec::new();
    for _ in 0..PLACES {
        let (app, held, entered) = (city.app.clone(), held.clone(), entered.clone());
        waiting.push(tokio::spawn(async move {
            let work = app.run(move |_| {
                let _ = entered.send(());
                let _ = held.lock().map(|held| held.recv());
                Ok(())
            });
            work.await
        }));
    }
    // All places are taken once every task has run up to its first wait; those in work say so.
    for _ in 0..64 {
        inside.recv().await.unwrap();
    }
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let size = city.size();
    let mut public = Client::anonymous(&city);
    let refused = public.post("/api/v1/cases", &report()).await;
    assert_eq!(refused.refusal(503).0, "busy");
    assert_eq!(refused.header("retry-after"), "1");
    let page = public.get("/near?lon=119.105&lat=36.705").await;
    assert_eq!(page.status, 503);
    assert!(page.header("content-type").starts_with("text/html"));
    assert_eq!(city.size(), size);
    drop(release);
    for work in waiting {
        work.await.unwrap().unwrap();
    }
    public.post("/api/v1/cases", &report()).await.is(201);
}

#[tokio::test]
async fn a_full_disk_refuses_with_when_to_come_back_and_keeps_what_was_there() {
    let city = City::new();
    let (_, number) = Client::anonymous(&city).report().await;
    let city = city.on_a_full_disk(8);
    let mut public = Client::anonymous(&city).english();
    let before = city.app.store.log().head().unwrap();
    let mut refused = None;
    for round in 0..40 {
        let mut body = report();
        body["facts"]["words"] = json!(format!("{round}{}", "很长".repeat(450)));
        let answer = public.post("/api/v1/cases", &body).await;
        if answer.status != 201 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("the disk is full at last");
    assert_eq!(refused.refusal(503).0, "disk");
    assert_eq!(refused.header("retry-after"), "1");
    assert!(refused.text().contains("nothing was changed"));
    let ready = public.get("/readyz").await;
    assert_eq!(ready.refusal(503).0, "disk");
    assert!(ready.text().contains("make room"), "{}", ready.text());
    let after = city.app.store.log().head().unwrap();
    assert!(after.size >= before.size);
    let size = city.size();
    let page = public.get(&format!("/track/{number}")).await;
    assert_eq!(page.status, 200, "reading goes on");
    assert_eq!(city.size(), size);
    let tables = yuandu::compose::tables(&yuandu::compose::packages(None).unwrap());
    let dir = city.dir().to_owned();
    let report = yuandu_store::verify::verify(&dir, &tables, &mut |_, _, _| ()).unwrap();
    assert!(report.is_clean(), "{report:?}");
}
