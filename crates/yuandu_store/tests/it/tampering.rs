//! Any stored record altered by hand is found, and the entry is named.

use std::path::Path;

use rusqlite::Connection;
use yuandu_store::verify::{Finding, Report, verify};
use yuandu_store::{Blobs, Change, Store, StoreOptions};

use crate::fixture::{plan, put, tables};

fn city(dir: &Path) {
    let store = Store::open(&StoreOptions::new(dir), &tables()).unwrap();
    for number in 0..40 {
        store
            .commit(put(
                &format!("t{number:02}"),
                &format!("名称 {number}"),
                number,
            ))
            .unwrap();
    }
    store
        .commit(
            plan("thing/t07").change(
                Change::set("things")
                    .key("id", "t07")
                    .with("count", 700_i64),
            ),
        )
        .unwrap();
    let name = store.blobs().put(b"photo of a manhole").unwrap();
    let at = jiff::Timestamp::from_second(1_790_000_000).unwrap();
    store
        .commit(plan("thing/t08").change(Blobs::record(&name, 18, "image/jpeg", at)))
        .unwrap();
}

fn check(dir: &Path) -> Report {
    verify(dir, &tables(), &mut |_, _, _| ()).unwrap()
}

/// Runs `sql` on a fresh city and expects a finding that names `entry`.
fn alter(sql: &str, entry: u64) {
    let dir = tempfile::tempdir().unwrap();
    city(dir.path());
    assert!(check(dir.path()).is_clean());
    let changed = Connection::open(dir.path().join("yuandu.db"))
        .unwrap()
        .execute(sql, [])
        .unwrap();
    assert!(changed > 0, "{sql} changed nothing");
    let report = check(dir.path());
    assert!(
        report
            .findings
            .iter()
            .any(|finding| finding.entry == Some(entry)),
        "{sql}: {:#?}",
        report.findings
    );
}

#[test]
fn an_untouched_city_verifies() {
    let dir = tempfile::tempdir().unwrap();
    city(dir.path());
    let report = check(dir.path());
    assert!(report.is_clean(), "{report:#?}");
    assert_eq!((report.size, report.blobs), (42, 1));
    assert!(report.tables.contains(&("things".to_owned(), 40)));
}

#[test]
fn altered_rows_are_named_with_the_entry_that_wrote_them() {
    alter("UPDATE things SET name = 'x' WHERE id = 't03'", 3);
    alter(
        "UPDATE things SET weight = 1.5000000000000002 WHERE id = 't03'",
        3,
    );
    alter("UPDATE things SET count = 701 WHERE id = 't07'", 40);
    alter("UPDATE things SET pos = 9 WHERE id = 't10'", 10);
    alter("DELETE FROM things WHERE id = 't05'", 5);
    alter(
        "INSERT INTO things (realm, id, pos) VALUES (370700, 'zz', 17)",
        17,
    );
}

#[test]
fn altered_log_entries_are_named() {
    alter(
        "UPDATE log SET body = replace(body, '名称 6', '名称 9') WHERE seq = 6",
        6,
    );
    alter("UPDATE log SET at = at + 1 WHERE seq = 4", 4);
    alter("UPDATE log SET op = 'things.forge' WHERE seq = 4", 4);
    alter("UPDATE log SET actor = 'user:else' WHERE seq = 4", 4);
    alter("UPDATE log SET subject = 'thing/else' WHERE seq = 4", 4);
    alter("UPDATE log SET salt = zeroblob(16) WHERE seq = 4", 4);
    alter("UPDATE log SET leaf = zeroblob(32) WHERE seq = 4", 4);
    alter("UPDATE log SET realm = 370701 WHERE seq = 4", 4);
    alter("DELETE FROM log WHERE seq = 12", 12);
    alter("DELETE FROM log WHERE seq >= 30", 30);
    alter("UPDATE log_head SET root = zeroblob(32)", 41);
    alter(
        "UPDATE log_subtree SET hash = zeroblob(32) WHERE height = 2 AND idx = 3",
        12,
    );
}

#[test]
fn a_whole_forged_tail_is_caught_by_the_anchor() {
    let dir = tempfile::tempdir().unwrap();
    city(dir.path());
    let kept = std::fs::read_to_string(dir.path().join("log-head.txt")).unwrap();
    // Someone replaces the database by a shorter one that is consistent in itself.
    let other = tempfile::tempdir().unwrap();
    let store = Store::open(&StoreOptions::new(other.path()), &tables()).unwrap();
    store.commit(put("t00", "名称 0", 0)).unwrap();
    drop(store);
    std::fs::write(other.path().join("log-head.txt"), kept).unwrap();
    let report = check(other.path());
    assert_eq!(report.findings[0].entry, Some(1), "{:#?}", report.findings);
}

#[test]
fn an_anchor_that_is_gone_or_emptied_is_told() {
    for text in [None, Some(""), Some("41\n"), Some("many\nroot\n")] {
        let dir = tempfile::tempdir().unwrap();
        city(dir.path());
        let anchor = dir.path().join("log-head.txt");
        match text {
            Some(text) => std::fs::write(anchor, text).unwrap(),
            None => std::fs::remove_file(anchor).unwrap(),
        }
        let report = check(dir.path());
        assert_eq!(report.findings.len(), 1, "{text:?}");
        assert_eq!(report.findings[0].place, "log-head.txt");
    }
}

#[test]
fn altered_and_missing_blobs_are_named() {
    for damage in [Some(&b"photo of a Manhole"[..]), None] {
        let dir = tempfile::tempdir().unwrap();
        city(dir.path());
        let shelf = std::fs::read_dir(dir.path().join("blobs"))
            .unwrap()
            .next()
            .unwrap()
            .unwrap()
            .path();
        let file = std::fs::read_dir(shelf)
            .unwrap()
            .next()
            .unwrap()
            .unwrap()
            .path();
        match damage {
            Some(bytes) => std::fs::write(&file, bytes).unwrap(),
            None => std::fs::remove_file(&file).unwrap(),
        }
        assert_eq!(check(dir.path()).findings[0].entry, Some(41));
    }
}

#[test]
fn any_flipped_byte_inside_a_record_is_found() {
    let dir = tempfile::tempdir().unwrap();
    city(dir.path());
    let file = dir.path().join("yuandu.db");
    let bytes = std::fs::read(&file).unwrap();
    // Every record carries its name in the table and in the log body: flip a byte of each place where one is stored.
    let needle = "名称 2".as_bytes();
    let places: Vec<usize> = bytes
        .windows(needle.len())
        .enumerate()
        .filter(|(_, window)| *window == needle)
        .map(|(at, _)| at)
        .collect();
    let before = contents(&file);
    let mut seen = 0;
    for at in places {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x01;
        std::fs::write(&file, &damaged).unwrap();
        // Pages keep remnants of moved rows in unused space; only what a query can see is a record.
        if contents(&file) != before {
            seen += 1;
            assert!(
                !check(dir.path()).is_clean(),
                "the flip at byte {at} was not found"
            );
        }
    }
    assert!(seen >= 22, "{seen}");
}

/// Everything a query sees: each row of log and table, and each index entry by a search through it.
fn contents(file: &Path) -> Vec<Option<String>> {
    let connection = Connection::open(file).unwrap();
    ["SELECT group_concat(hex(body)) FROM log", "SELECT group_concat(hex(name)) FROM things NOT INDEXED", "SELECT group_concat(hex(name)) FROM (SELECT name FROM things INDEXED BY things_by_name ORDER BY realm, name)"]
        .iter()
        .map(|sql| connection.query_row(sql, [], |row| row.get(0)).ok())
        .collect()
}

/// Runs `sql` on a fresh city and gives what is then found, and what is only told.
fn reshaped(sql: &str) -> (Vec<String>, Vec<String>) {
    let dir = tempfile::tempdir().unwrap();
    city(dir.path());
    let connection = Connection::open(dir.path().join("yuandu.db")).unwrap();
    connection.execute_batch(sql).unwrap();
    drop(connection);
    let report = check(dir.path());
    let places = |found: &[Finding]| found.iter().map(|one| one.place.clone()).collect();
    (places(&report.findings), places(&report.warnings))
}

#[test]
fn a_schema_that_is_not_the_declared_one_is_told() {
    for (sql, place) in [
        (
            "CREATE TRIGGER quiet AFTER UPDATE ON things BEGIN DELETE FROM things WHERE id = 'x'; END",
            "things, trigger quiet",
        ),
        (
            "CREATE VIEW aside AS SELECT id FROM things",
            "aside, view aside",
        ),
        (
            "DROP INDEX things_by_count_id",
            "things, index things_by_count_id",
        ),
        ("DROP INDEX log_subject", "log, index log_subject"),
        (
            "DROP INDEX things_by_name; CREATE INDEX things_by_name ON things (realm, name)",
            "things, index things_by_name",
        ),
        (
            "DROP INDEX things_by_count_id; CREATE INDEX things_by_count_id ON things (realm, count, id) WHERE count > 3",
            "things, index things_by_count_id",
        ),
        (
            "CREATE UNIQUE INDEX strict ON things (realm, count, name)",
            "things, index strict",
        ),
        (
            "ALTER TABLE things ADD COLUMN note TEXT",
            "things, column note",
        ),
        ("ALTER TABLE log ADD COLUMN note TEXT", "log, column note"),
        ("CREATE TABLE aside (id TEXT)", "aside"),
    ] {
        assert_eq!(reshaped(sql), (vec![place.to_owned()], Vec::new()), "{sql}");
    }
    let (found, told) = reshaped("CREATE INDEX older ON things (realm, weight)");
    assert_eq!(
        (found.len(), told),
        (0, vec!["things, index older".to_owned()])
    );
    let (found, _) = reshaped("DROP TABLE things");
    assert!(found.contains(&"things".to_owned()), "{found:?}");
}

#[test]
fn files_that_no_record_names_are_told_and_alter_nothing() {
    let dir = tempfile::tempdir().unwrap();
    city(dir.path());
    let store = Store::open(&StoreOptions::new(dir.path()), &tables()).unwrap();
    let name = store.blobs().put(b"not sent yet").unwrap();
    drop(store);
    let blobs = dir.path().join("blobs");
    std::fs::write(blobs.join("notes.txt"), "x").unwrap();
    std::fs::write(blobs.join(&name.as_str()[..2]).join("short"), "x").unwrap();
    let report = check(dir.path());
    assert!(report.is_clean(), "{report:#?}");
    let told: Vec<&str> = report
        .warnings
        .iter()
        .map(|one| one.place.as_str())
        .collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!(told[0], format!("blob {name}"));
    assert!(
        told.iter().any(|place| place.ends_with("notes.txt")),
        "{told:?}"
    );
    assert!(
        told.iter().any(|place| place.ends_with("short")),
        "{told:?}"
    );
}

#[test]
fn a_damaged_file_is_a_finding_with_its_offset() {
    /// What is done to the bytes of the file, and what is then said.
    type Damage = (fn(&mut Vec<u8>), &'static str);
    let cases: [Damage; 6] = [
        (|bytes| bytes[3] ^= 0xff, "at byte 0"),
        (|bytes| bytes[16..18].copy_from_slice(&[3, 3]), "at byte 16"),
        (|bytes| bytes[100] = 0xee, "page 1 is damaged at byte 100"),
        (|bytes| bytes[104..4000].fill(0xff), "database file"),
        (
            |bytes| bytes.truncate(3 * 4096 + 100),
            "ends at byte 12388 of",
        ),
        (|bytes| bytes.truncate(40), "ends at byte 40"),
    ];
    for (damage, said) in cases {
        let dir = tempfile::tempdir().unwrap();
        city(dir.path());
        let file = dir.path().join("yuandu.db");
        let mut bytes = std::fs::read(&file).unwrap();
        damage(&mut bytes);
        std::fs::write(&file, bytes).unwrap();
        let report = check(dir.path());
        let told: Vec<String> = report
            .findings
            .iter()
            .map(|one| format!("{}: {}", one.place, one.what))
            .collect();
        assert!(
            told.iter().any(|line| line.contains(said)),
            "{said}: {told:#?}"
        );
        assert!(
            !told.iter().any(|line| line.contains("yuandu verify")),
            "{told:#?}"
        );
    }
}
