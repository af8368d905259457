//! Cases that ended leave the tables: what is still answered of them, to whom, and how one comes back.

use jiff::SignedDuration;
use serde_json::json;
use yuandu::{archive, compose};
use yuandu_store::verify::verify_store;
use yuandu_store::{Store, StoreOptions};

use crate::city::{City, PACKAGES};
use crate::client::{Client, dispatched, on_the_spot};
use crate::postgres::{INIT, Server, cluster, said, yuandu};

const ANSWER: &str = "井盖已更换，感谢您的上报";

/// A case that went through all hands, and its number.
async fn closed(city: &City) -> (String, String) {
    let (case, number) = dispatched(city, "water-supply").await;
    let mut water = Client::officer(city, "water").await;
    water.decide(&case, "sign", json!({})).await.is(200);
    let done = json!({ "opinion": "已更换井盖" });
    water.decide(&case, "done", done).await.is(200);
    let mut collector = Client::officer(city, "collector").await;
    let photo = collector.photo().await;
    let check = on_the_spot("check_photos", &photo);
    collector.decide(&case, "fixed", check).await.is(200);
    let mut inspector = Client::officer(city, "inspector").await;
    let answer = json!({ "answer": ANSWER });
    inspector.decide(&case, "close", answer).await.is(200);
    (case, number)
}

/// Archives whatever ended, a year later.
fn archive_all(city: &City) -> usize {
    let now = city.app.clock.now() + SignedDuration::from_hours(24 * 365);
    let app = &city.app;
    let sealed = archive::seal(&app.store, app.realm, &app.archive, now, (100, now)).unwrap();
    sealed.map_or(0, |sealed| sealed.matters)
}

fn rows(store: &Store, table: &str) -> i64 {
    let sql = format!("SELECT count(*) AS n FROM {table}");
    let row = store.read(|reader| reader.query_one(&sql, &[])).unwrap();
    row.unwrap().int("n").unwrap()
}

fn whole(city: &City) {
    let options = StoreOptions::new(city.dir());
    let report = verify_store(&options, &compose::tables(&PACKAGES), &mut |_, _, _| ()).unwrap();
    assert!(report.is_clean(), "{report:?}");
}

#[tokio::test]
async fn an_archived_case_is_found_and_tracked_and_comes_back_as_it_was() {
    let city = City::new();
    let (case, number) = closed(&city).await;
    let (open, _) = dispatched(&city, "water-supply").await;
    let mut seat = Client::officer(&city, "seat").await;
    let mut resident = Client::anonymous(&city);
    let before = seat.get(&format!("/api/v1/cases/{case}")).await.is(200);
    let track = resident.get(&format!("/track/{number}")).await.text();
    let asked = format!("/open311/v2/requests/{number}.json");
    let request = resident.get(&asked).await.is(200);
    assert_eq!(archive_all(&city), 1, "the open one stays");
    assert_eq!((rows(&city.app.store, "cases"), archive_all(&city)), (1, 0));

    let found = seat
        .get("/api/v1/archive?words=%E4%BA%95%E7%9B%96")
        .await
        .is(200);
    assert_eq!(found["cases"][0]["number"], number.as_str());
    assert_eq!(found["cases"][0]["status"], "closed");
    assert!(
        found["cases"][0]["kept_until"]
            .as_str()
            .unwrap()
            .starts_with("2036-")
    );
    assert_eq!(
        (&found["segments_read"], &found["segments_left"]),
        (&json!(1), &json!(0))
    );
    assert!(!found.to_string().contains("13805360001"));
    for key in [&case, &number] {
        for path in ["", "/history"] {
            let gone = seat.get(&format!("/api/v1/cases/{key}{path}")).await;
            assert_eq!(gone.refusal(410).0, "cases.archived");
            assert!(
                gone.text().contains("yuandu archive --recall"),
                "{}",
                gone.text()
            );
        }
        let page = seat.get(&format!("/work/cases/{key}")).await;
        assert_eq!(page.status.as_u16(), 410);
        assert!(
            page.text().contains("yuandu archive --recall"),
            "{}",
            page.text()
        );
    }
    let after = resident.get(&format!("/track/{number}")).await.text();
    assert!(after.contains(ANSWER), "{after}");
    assert_eq!(
        without_chance(&after),
        without_chance(&track),
        "a resident sees no difference"
    );
    assert_eq!(
        resident.get(&asked).await.is(200)[0]["status"],
        request[0]["status"]
    );
    let list = seat
        .get("/work/cases?status=closed&q=%E4%BA%95")
        .await
        .text();
    assert!(list.contains("/work/archive?words=%E4%BA%95"), "{list}");
    let page = seat
        .get("/work/archive?words=%E4%BA%95%E7%9B%96")
        .await
        .text();
    assert!(
        page.contains(&number) && page.contains("没有遗漏"),
        "{page}"
    );
    let bad = seat.get("/api/v1/archive?limit=0&from=never&after=x").await;
    assert_eq!(bad.refusal(422).1, ["from", "limit", "after"]);
    whole(&city);

    let now = city.app.clock.now();
    let back = archive::recall(
        &city.app.store,
        city.app.realm,
        &city.app.archive,
        &number,
        now,
    );
    assert_eq!(back.unwrap(), [number.as_str()]);
    let again = seat.get(&format!("/api/v1/cases/{case}")).await.is(200);
    assert_eq!(again, before);
    let found = seat.get("/api/v1/archive").await.is(200);
    assert_eq!(found["cases"], json!([]));
    seat.get(&format!("/api/v1/cases/{open}")).await.is(200);
    whole(&city);
}

/// A page without what is drawn anew for every answer.
fn without_chance(page: &str) -> String {
    let lines = page
        .split('<')
        .filter(|part| !part.contains("nonce") && !part.contains("csrf"));
    lines.collect()
}

#[tokio::test]
async fn nobody_learns_from_the_archive_what_the_tables_would_not_tell() {
    let city = City::new();
    let (case, number) = closed(&city).await;
    assert_eq!(archive_all(&city), 1);
    let row = city
        .app
        .store
        .read(|reader| reader.query_one("SELECT id FROM archive_segments", &[]));
    let segment = row.unwrap().unwrap().text("id").unwrap();
    let mut anonymous = Client::anonymous(&city);
    let mut drains = Client::officer(&city, "drains").await;
    let mut auditor = Client::officer(&city, "auditor").await;
    assert_eq!(anonymous.get("/api/v1/archive").await.status.as_u16(), 401);
    for client in [&mut anonymous, &mut drains, &mut auditor] {
        for path in ["", "/small"] {
            let file = client.get(&format!("/photos/{segment}{path}")).await;
            assert_eq!(file.status.as_u16(), 404, "a segment is no photo");
        }
        let hidden = client.get(&format!("/api/v1/cases/{case}")).await;
        assert_eq!(hidden.status.as_u16(), 404, "{}", hidden.text());
    }
    let found = drains
        .get(&format!("/api/v1/archive?words={number}"))
        .await
        .is(200);
    assert_eq!(found["cases"], json!([]), "it was never theirs");
    let mut water = Client::officer(&city, "water").await;
    let own = water
        .get(&format!("/api/v1/archive?words={number}"))
        .await
        .is(200);
    assert_eq!(own["cases"][0]["number"], number.as_str());
    let log = auditor.get("/api/v1/log").await.text();
    assert!(!log.contains(&segment), "{log}");
}

#[tokio::test]
async fn what_is_sent_about_an_ended_case_moves_it_and_goes_with_it() {
    let city = City::new();
    let (case, number) = closed(&city).await;
    let position = || {
        let sql = "SELECT pos FROM cases";
        let row = city.app.store.read(|reader| reader.query_one(sql, &[]));
        row.unwrap().unwrap().int("pos").unwrap()
    };
    let before = position();
    let mut seat = Client::officer(&city, "seat").await;
    let copy = json!({ "kind": "copy", "people": ["drains"], "words": "请知悉" });
    let asks = format!("/api/v1/cases/{case}/asks");
    seat.post(&asks, &copy).await.is(201);
    // Whoever archives the case at this moment expects it where it was, and looks again.
    assert!(position() > before);
    let mut drains = Client::officer(&city, "drains").await;
    let reading = "/api/v1/tasks?view=to_read";
    let inbox = drains.get(reading).await.is(200);
    let task = inbox["tasks"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(archive_all(&city), 1);
    assert_eq!(rows(&city.app.store, "tasks"), 0);
    assert_eq!(drains.get(reading).await.is(200)["tasks"], json!([]));
    let read = drains.complete(&task, "read", json!({})).await;
    assert_eq!(read.status.as_u16(), 404, "{}", read.text());
    let app = &city.app;
    let now = app.clock.now();
    archive::recall(&app.store, app.realm, &app.archive, &number, now).unwrap();
    drains.complete(&task, "read", json!({})).await.is(200);
    whole(&city);
}

#[tokio::test]
async fn figures_say_how_many_cases_they_leave_out() {
    let city = City::new();
    closed(&city).await;
    let mut leader = Client::officer(&city, "leader").await;
    let board = "/api/v1/indicators/city-care?from=2026-09-21&to=2026-09-22";
    assert_eq!(leader.get(board).await.is(200)["archived"], 0);
    let page = "/work/figures?from=2026-09-21&to=2026-09-21";
    assert!(!leader.get(page).await.text().contains("未计入已归档"));
    assert_eq!(archive_all(&city), 1);
    assert_eq!(leader.get(board).await.is(200)["archived"], 1);
    let said = leader.get(page).await.text();
    assert!(
        said.contains("未计入已归档的案卷：本期上报的 1 件"),
        "{said}"
    );
    let later = "/api/v1/indicators/city-care?from=2026-09-22&to=2026-09-23";
    assert_eq!(leader.get(later).await.is(200)["archived"], 0);
}

#[tokio::test]
async fn a_backup_of_a_city_with_an_archive_is_restored_whole() {
    let city = City::new();
    let (_, number) = closed(&city).await;
    assert_eq!(archive_all(&city), 1);
    city.app.store.log().head().unwrap();
    yuandu::city::City::demo()
        .unwrap()
        .write(city.dir())
        .unwrap();
    let (shelf, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let to = shelf.path().to_str().unwrap();
    let backup = yuandu(&["backup", "--to", to], city.dir(), None);
    assert!(backup.status.success(), "{}", said(&backup));
    let restored = yuandu(&["restore", "--from", to], new.path(), None);
    assert!(restored.status.success(), "{}", said(&restored));
    let verified = yuandu(&["verify"], new.path(), None);
    assert!(verified.status.success(), "{}", said(&verified));
    let rebuilt = yuandu(&["rebuild", "archive_segments"], new.path(), None);
    assert!(
        said(&rebuilt).contains("1 rows compared, 0 mended"),
        "{}",
        said(&rebuilt)
    );
    let back = yuandu(&["archive", "--recall", &number], new.path(), None);
    assert!(
        said(&back).contains(&format!("`{number}` is back")),
        "{}",
        said(&back)
    );
    let again = yuandu(&["archive", "--recall", &number], new.path(), None);
    assert!(
        said(&again).contains("is in the archive"),
        "{}",
        said(&again)
    );
    let verified = yuandu(&["verify"], new.path(), None);
    assert!(verified.status.success(), "{}", said(&verified));
}

#[test]
fn the_command_works_beside_a_server_and_alone_on_both_databases() {
    let cluster = cluster();
    let databases = [
        Some("sqlite:".to_owned()),
        cluster.as_ref().map(|one| one.url()),
    ];
    for database in databases.into_iter().flatten() {
        let dir = tempfile::tempdir().unwrap();
        let made = yuandu(&INIT, dir.path(), Some(&database));
        assert!(made.status.success(), "{}", said(&made));
        let alone = yuandu(&["archive", "--older", "30"], dir.path(), Some(&database));
        assert!(
            said(&alone).contains("archived 0 cases"),
            "{}",
            said(&alone)
        );
        let server = Server::start(dir.path(), &database);
        let url = format!("http://{}", server.address);
        let served = ["archive", "--older", "30", "--url", &url];
        let served = yuandu(&served, dir.path(), Some(&database));
        assert!(
            said(&served).contains("archived 0 cases"),
            "{}",
            said(&served)
        );
        let unknown = ["archive", "--recall", "20250124-123456-2", "--url", &url];
        let unknown = yuandu(&unknown, dir.path(), Some(&database));
        assert_eq!(unknown.status.code(), Some(2));
        assert!(
            said(&unknown).contains("is in the archive"),
            "{}",
            said(&unknown)
        );
    }
}
