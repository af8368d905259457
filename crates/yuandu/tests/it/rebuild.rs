//! A table that somebody altered by hand is made right while the city is served.

use std::time::Duration;

use crate::postgres::{INIT, Server, said, yuandu};

#[test]
fn a_running_city_mends_a_table_and_says_where_its_views_stand() {
    let dir = tempfile::tempdir().unwrap();
    let made = yuandu(&INIT, dir.path(), None);
    assert!(made.status.success(), "{}", said(&made));
    let server = Server::start(dir.path(), "sqlite:");
    let url = format!("http://{}", server.address);
    let rebuild = |words: &[&str]| {
        let words = [&["rebuild"], words, &["--url", &url]].concat();
        yuandu(&words, dir.path(), None)
    };
    let views = said(&rebuild(&[]));
    for name in ["users", "cases", "search"] {
        let line = views
            .lines()
            .find(|line| line.starts_with(&format!("{name} ")));
        assert!(line.unwrap().contains("following"), "{views}");
    }
    let database = rusqlite::Connection::open(dir.path().join("yuandu.db")).unwrap();
    database.busy_timeout(Duration::from_secs(10)).unwrap();
    for sql in ["UPDATE users SET login = 'intruder'", "DELETE FROM posts"] {
        assert_eq!(database.execute(sql, []).unwrap(), 1, "{sql}");
    }
    let altered = yuandu(&["verify"], dir.path(), None);
    assert_eq!(altered.status.code(), Some(1), "{}", said(&altered));
    for (table, mended) in [("users", 1), ("posts", 1), ("orgs", 0)] {
        let told = rebuild(&[table]);
        assert!(told.status.success(), "{}", said(&told));
        assert!(
            said(&told).contains(&format!("{mended} mended")),
            "{}",
            said(&told)
        );
    }
    assert!(rebuild(&["search"]).status.success());
    let unknown = rebuild(&["nothing"]);
    assert!(said(&unknown).contains("is no view"), "{}", said(&unknown));
    let metrics = server.get("/metrics");
    assert!(metrics.contains("yuandu_views_failed 0"), "{metrics}");
    let while_served = yuandu(&["rebuild", "users"], dir.path(), None);
    assert!(
        said(&while_served).contains("stop the server first"),
        "{}",
        said(&while_served)
    );
    drop(server);
    let whole = yuandu(&["verify"], dir.path(), None);
    assert!(whole.status.success(), "{}", said(&whole));
    let stopped = yuandu(&["rebuild", "users"], dir.path(), None);
    assert!(said(&stopped).contains("0 mended"), "{}", said(&stopped));
}
