//! A table that does not hold what the log says is made right while the store goes on taking plans.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};

use yuandu_store::verify::verify_store;
use yuandu_store::{Change, Database, Rebuilt, Store, StoreError, StoreOptions};

use crate::fixture::{cluster, plan, put, tables};

fn open(options: &StoreOptions) -> Store {
    let store = Store::open(options, &tables()).unwrap();
    let plans = (0..1200).map(|number| {
        let (id, name) = (format!("t{number:04}"), format!("名称 {number}"));
        put(&id, &name, number)
    });
    for receipt in store.commit_all(plans.collect()) {
        receipt.unwrap();
    }
    let change = Change::set("things")
        .key("id", "t0007")
        .with("count", 7777_i64);
    store.commit(plan("thing/t0007").change(change)).unwrap();
    let change = Change::delete("things").key("id", "t0009");
    store.commit(plan("thing/t0009").change(change)).unwrap();
    store
}

fn rebuild(store: &Store) -> Rebuilt {
    store.rebuild("things", &mut |_, _| ()).unwrap()
}

fn is_clean(options: &StoreOptions) -> bool {
    let report = verify_store(options, &tables(), &mut |_, _, _| ()).unwrap();
    report.is_clean()
}

/// What somebody with the database in his hands may do to a table.
const DAMAGES: [(&str, u64); 6] = [
    ("UPDATE things SET name = 'x' WHERE id = 't0003'", 1),
    ("DELETE FROM things WHERE id < 't0300'", 299),
    (
        "INSERT INTO things (realm, id, pos) VALUES (370700, 'zz', 1)",
        1,
    ),
    ("UPDATE things SET pos = pos + 1 WHERE id >= 't0100'", 1100),
    ("DELETE FROM things", 1199),
    ("UPDATE things SET count = 7 WHERE id = 't0007'", 1),
];

#[test]
fn rows_that_differ_are_written_again_and_no_others() {
    let dir = tempfile::tempdir().unwrap();
    let options = StoreOptions::new(dir.path());
    let store = open(&options);
    let database = rusqlite::Connection::open(dir.path().join("yuandu.db")).unwrap();
    assert_eq!(rebuild(&store).mended, 0);
    for (damage, rows) in DAMAGES {
        database.execute(damage, []).unwrap();
        assert!(!is_clean(&options), "{damage}");
        let before = store.touched("things");
        let rebuilt = rebuild(&store);
        assert_eq!((rebuilt.mended, rebuilt.entries), (rows, 1202), "{damage}");
        assert_ne!(store.touched("things"), before, "caches hear of it");
        assert!(is_clean(&options), "{damage}");
    }
}

#[test]
fn unique_values_that_changed_owners_find_back() {
    let dir = tempfile::tempdir().unwrap();
    let options = StoreOptions::new(dir.path());
    let store = open(&options);
    let database = rusqlite::Connection::open(dir.path().join("yuandu.db")).unwrap();
    // The first row cannot have its name back before the last one gives it up, two lots later.
    for sql in [
        "UPDATE things SET name = 'held' WHERE id = 't0000'",
        "UPDATE things SET name = '名称 0' WHERE id = 't1199'",
        "UPDATE things SET count = 0 WHERE id > 't0000' AND id < 't1199'",
    ] {
        database.execute(sql, []).unwrap();
    }
    rebuild(&store);
    assert!(is_clean(&options));
}

/// Damages and rebuilds a table again and again while others write to it.
fn while_working(options: &StoreOptions, damage: &mut dyn FnMut(&str)) {
    let store = Arc::new(open(options));
    let (stop, begun) = (Arc::new(AtomicBool::new(false)), Arc::new(Barrier::new(2)));
    let writer = {
        let (store, stop, begun) = (Arc::clone(&store), Arc::clone(&stop), Arc::clone(&begun));
        std::thread::spawn(move || {
            let mut done = 0_i64;
            begun.wait();
            while !stop.load(Ordering::Relaxed) {
                // A row that is gone meanwhile refuses this plan and no other.
                let name = format!("t{:04}", done % 1200);
                let change = Change::set("things")
                    .key("id", name.as_str())
                    .with("count", done);
                let _ = store.commit(plan("thing/x").change(change));
                let (id, name) = (format!("n{done}"), format!("新 {done}"));
                store.commit(put(&id, &name, done)).unwrap();
                done += 1;
            }
            done
        })
    };
    begun.wait();
    for (sql, _) in DAMAGES {
        damage(sql);
        rebuild(&store);
    }
    stop.store(true, Ordering::Relaxed);
    assert!(writer.join().unwrap() > 0);
    assert_eq!(rebuild(&store).mended, 0);
    assert!(is_clean(options));
}

#[test]
fn others_go_on_writing_while_a_table_is_rebuilt() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("yuandu.db");
    while_working(&StoreOptions::new(dir.path()), &mut |sql| {
        let database = rusqlite::Connection::open(&path).unwrap();
        database
            .busy_timeout(std::time::Duration::from_secs(10))
            .unwrap();
        database.execute(sql, []).unwrap();
    });
}

#[test]
fn on_postgresql_alike() {
    let Some(cluster) = cluster() else { return };
    let dir = tempfile::tempdir().unwrap();
    let database = cluster.database("rebuilt").unwrap();
    assert!(matches!(database, Database::Postgres(_)));
    while_working(&StoreOptions::new(dir.path()).on(database), &mut |sql| {
        cluster.sql("rebuilt", sql).unwrap();
    });
}

#[test]
fn an_altered_entry_is_named_and_nothing_is_built_on_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&StoreOptions::new(dir.path()));
    let database = rusqlite::Connection::open(dir.path().join("yuandu.db")).unwrap();
    let sql = "UPDATE log SET body = replace(body, '名称 33', '名称 34') WHERE seq = 33";
    database.execute(sql, []).unwrap();
    let error = store.rebuild("things", &mut |_, _| ()).unwrap_err();
    assert!(error.to_string().contains("entry 33"), "{error}");
    let error = store.rebuild("nothing", &mut |_, _| ()).unwrap_err();
    assert!(matches!(error, StoreError::Undeclared { .. }));
}
