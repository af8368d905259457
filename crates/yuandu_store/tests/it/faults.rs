//! What survives a full disk and a killed process.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use yuandu_store::{Store, StoreError, StoreOptions, verify};

use crate::fixture::{put, tables};

/// Set to a folder when this test binary is started as the process that will be killed.
const CHILD: &str = "YUANDU_STORE_TEST_DIR";

#[test]
fn a_full_disk_refuses_the_commit_and_keeps_what_was_there() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&StoreOptions::new(dir.path()), &tables()).unwrap();
    store.commit(put("a", "甲", 1)).unwrap();
    drop(store);
    // SQLite reports a database that may not grow exactly as it reports a full disk.
    let pages: i64 = rusqlite::Connection::open(dir.path().join("yuandu.db"))
        .unwrap()
        .query_row("PRAGMA page_count", [], |row| row.get(0))
        .unwrap();
    let store =
        Store::open_with_page_limit(&StoreOptions::new(dir.path()), &tables(), pages + 4).unwrap();
    let big = "长".repeat(100_000);
    let error = store.commit(put("b", &big, 1)).unwrap_err();
    assert!(matches!(error, StoreError::Disk { .. }), "{error}");
    let told = store.check_room().unwrap_err();
    assert!(matches!(told, StoreError::Disk { .. }), "{told}");
    assert!(
        store.commit(put("c", "丙", 1)).is_ok(),
        "small work goes on"
    );
    store.check_room().unwrap();
    drop(store);
    let report = verify::verify(dir.path(), &tables(), &mut |_, _, _| ()).unwrap();
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(report.size, 2);
}

#[test]
fn a_data_folder_that_cannot_be_written_is_told_until_it_can() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let store = Store::open(&StoreOptions::new(&data), &tables()).unwrap();
    store.check_room().unwrap();
    let left: Vec<_> = std::fs::read_dir(&data).unwrap().collect();
    // Moving it away is refused to everyone alike; permissions mean nothing to root.
    let away = dir.path().join("away");
    std::fs::rename(&data, &away).unwrap();
    let told = store.check_room().unwrap_err();
    assert!(matches!(told, StoreError::Disk { .. }), "{told}");
    assert!(told.to_string().contains("data"), "{told}");
    std::fs::rename(&away, &data).unwrap();
    store.check_room().unwrap();
    assert_eq!(std::fs::read_dir(&data).unwrap().count(), left.len());
}

/// Not a test of its own: the process that commits and tells each position, until it is killed.
#[test]
fn commits_until_killed() {
    let Ok(dir) = std::env::var(CHILD) else {
        return;
    };
    let store = Store::open(&StoreOptions::new(dir), &tables()).unwrap();
    for number in 0.. {
        let id = format!("{}-{number}", std::process::id());
        let receipt = store.commit(put(&id, &id, number)).unwrap();
        println!("\ndone {}", receipt.position);
    }
}

#[test]
fn nothing_answered_done_is_lost_when_the_process_is_killed() {
    let dir = tempfile::tempdir().unwrap();
    let mut acknowledged = 0;
    for round in 0..5 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "faults::commits_until_killed", "--nocapture"])
            .env(CHILD, dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let wanted = acknowledged + 20 + round * 7;
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            if let Some(position) = line.unwrap().strip_prefix("done ") {
                acknowledged = position.parse::<u64>().unwrap();
                if acknowledged >= wanted {
                    child.kill().unwrap();
                }
            }
        }
        child.wait().unwrap();
        let report = verify::verify(dir.path(), &tables(), &mut |_, _, _| ()).unwrap();
        assert!(report.is_clean(), "{report:?}");
        assert!(
            report.size > acknowledged,
            "{} entries but position {acknowledged} was acknowledged",
            report.size
        );
    }
}
