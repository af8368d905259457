//! Several servers on one PostgreSQL: one log without gaps, caches that notice, work that one of them does.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use yuandu_store::{Change, Expect, Store, StoreError, StoreOptions, verify};

use crate::fixture::{cluster, plan, put, tables};

fn servers(count: usize, dir: &std::path::Path, options: &StoreOptions) -> Vec<Arc<Store>> {
    std::fs::create_dir_all(dir).unwrap();
    (0..count)
        .map(|_| Arc::new(Store::open(options, &tables()).unwrap()))
        .collect()
}

#[test]
fn positions_have_no_gaps_and_an_expectation_holds_across_servers() {
    let Some(cluster) = cluster() else { return };
    let dir = tempfile::tempdir().unwrap();
    let options = StoreOptions::new(dir.path()).on(cluster.database("several").unwrap());
    let servers = servers(3, dir.path(), &options);
    let first = servers[0].commit(put("counter", "计数", 0)).unwrap();
    let threads: Vec<_> = servers
        .iter()
        .enumerate()
        .map(|(server, store)| {
            let (store, mut seen) = (Arc::clone(store), first.position as i64);
            std::thread::spawn(move || {
                let mut won = 0;
                for number in 0..60 {
                    let id = format!("{server}-{number}");
                    store.commit(put(&id, &id, number)).unwrap();
                    // All servers count on the same row, each from what it last saw.
                    let counted = plan("thing/counter")
                        .expect(Expect::unchanged(
                            "things",
                            [("id", "counter".into())],
                            seen,
                        ))
                        .change(
                            Change::set("things")
                                .key("id", "counter")
                                .with("count", number),
                        );
                    match store.commit(counted) {
                        Ok(receipt) => {
                            won += 1;
                            seen = receipt.position as i64;
                        }
                        Err(StoreError::Changed { .. }) => {
                            let key = [370_700_i64.into(), "counter".into()];
                            let sql = "SELECT pos FROM things WHERE realm = $1 AND id = $2";
                            seen = store
                                .read(|reader| reader.query_one(sql, &key)?.unwrap().int("pos"))
                                .unwrap();
                        }
                        Err(error) => panic!("{error}"),
                    }
                }
                won
            })
        })
        .collect();
    let won: u64 = threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .sum();
    let report = verify::verify_store(&options, &tables(), &mut |_, _, _| ()).unwrap();
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(report.size, 1 + 180 + won);
    assert!(won >= 60, "somebody wins each race: {won}");
}

#[test]
fn a_schema_that_is_not_the_declared_one_is_told() {
    let Some(cluster) = cluster() else { return };
    let dir = tempfile::tempdir().unwrap();
    for (schema, sql, place) in [
        ("untouched", "SELECT 1", None),
        (
            "with_trigger",
            "CREATE FUNCTION quiet() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER quiet BEFORE UPDATE ON things FOR EACH ROW EXECUTE FUNCTION quiet()",
            Some("things, trigger quiet"),
        ),
        (
            "with_rule",
            "CREATE RULE quiet AS ON DELETE TO things DO INSTEAD NOTHING",
            Some("things, rule quiet"),
        ),
        (
            "without_index",
            "DROP INDEX things_by_count_id",
            Some("things, index things_by_count_id"),
        ),
        (
            "with_column",
            "ALTER TABLE things ADD COLUMN note text",
            Some("things, column note"),
        ),
        (
            "with_other_type",
            "ALTER TABLE things ALTER COLUMN count TYPE integer",
            Some("things, column count"),
        ),
        ("without_lease", "DROP TABLE lease", Some("lease")),
    ] {
        let options = StoreOptions::new(dir.path()).on(cluster.database(schema).unwrap());
        drop(Store::open(&options, &tables()).unwrap());
        cluster.sql(schema, sql).unwrap();
        let report = verify::verify_store(&options, &tables(), &mut |_, _, _| ()).unwrap();
        let places: Vec<&str> = report
            .findings
            .iter()
            .map(|one| one.place.as_str())
            .collect();
        assert_eq!(
            places,
            Vec::from_iter(place),
            "{sql}: {:#?}",
            report.findings
        );
        assert!(report.warnings.is_empty(), "{sql}: {:#?}", report.warnings);
    }
}

#[test]
fn a_server_notices_what_another_one_changed() {
    let Some(cluster) = cluster() else { return };
    let dir = tempfile::tempdir().unwrap();
    let options = StoreOptions::new(dir.path()).on(cluster.database("notices").unwrap());
    let servers = servers(2, dir.path(), &options);
    let mut follows = servers[1].follow();
    assert_eq!(servers[1].touched("things"), 0);
    servers[0].commit(put("a", "甲", 1)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        tokio::time::timeout(Duration::from_secs(5), follows.changed())
            .await
            .expect("the change is noticed")
            .unwrap();
    });
    assert_eq!((servers[1].size(), servers[1].touched("things")), (1, 1));
    assert_eq!(servers[1].touched("blobs"), 0);
}

#[test]
fn a_lease_is_held_by_one_server_until_it_stops_renewing_it() {
    let Some(cluster) = cluster() else { return };
    let dir = tempfile::tempdir().unwrap();
    let options = StoreOptions::new(dir.path()).on(cluster.database("leases").unwrap());
    let servers = servers(2, dir.path(), &options);
    let at = |second: i64| Timestamp::from_second(1_790_000_000 + second).unwrap();
    let time = Duration::from_secs(10);
    let take =
        |server: usize, second: i64| servers[server].lease("timers/1", at(second), time).unwrap();
    assert!(take(0, 0));
    assert!(!take(1, 5), "it is held");
    assert!(take(0, 8), "it is renewed");
    assert!(!take(1, 17));
    assert!(take(1, 18), "its time is over");
    assert!(!take(0, 19), "it was taken over");
    assert!(
        servers[0].lease("timers/2", at(19), time).unwrap(),
        "others are free"
    );
}

#[test]
fn every_key_and_index_begins_with_the_realm_except_those_of_the_log() {
    let Some(cluster) = cluster() else { return };
    let dir = tempfile::tempdir().unwrap();
    let options = StoreOptions::new(dir.path()).on(cluster.database("keys").unwrap());
    let store = Store::open(&options, &tables()).unwrap();
    let series = yuandu_store::series::Series::open(&options).unwrap();
    let point = yuandu_store::series::Point {
        series: "flow".to_owned(),
        at: Timestamp::UNIX_EPOCH,
        value: 1.0,
    };
    series
        .append(370_700, &[point], Timestamp::UNIX_EPOCH)
        .unwrap();
    let sql = "SELECT t.relname AS owner, i.relname AS name, a.attname AS first FROM pg_catalog.pg_index x \
        JOIN pg_catalog.pg_class t ON t.oid = x.indrelid JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid \
        JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace \
        JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = x.indkey[0] \
        WHERE n.nspname = current_schema()";
    // One for the whole set of realms; see the decision on where tables lie.
    let of_the_set = [
        "log_pkey",
        "log_subtree_pkey",
        "log_head_pkey",
        "log_touch_pkey",
        "lease_pkey",
    ];
    let (mut checked, mut wrong) = (0, Vec::new());
    store
        .read(|reader| {
            reader.query_each(sql, &[], |row| {
                checked += 1;
                let name = row.text("name")?;
                if row.text("first")? != "realm" && !of_the_set.contains(&name.as_str()) {
                    wrong.push(name);
                }
                Ok(true)
            })
        })
        .unwrap();
    assert_eq!(wrong, Vec::<String>::new());
    assert!(checked >= 12, "{checked}");
}
