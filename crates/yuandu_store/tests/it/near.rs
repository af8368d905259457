//! Rows found by place: the index agrees with the table whatever is written, on either database.

use proptest::prelude::*;
use yuandu_store::verify::verify_store;
use yuandu_store::{Change, Plan, Store, StoreError, StoreOptions, TableDef, Value};

use crate::fixture::{REALM, cluster, plan};

const PLACED: &str = "placed";

fn unplaced() -> TableDef {
    let table = TableDef::new(PLACED).text("id").opt_text("name");
    table.opt_real("lon").opt_real("lat").key(["id"])
}

fn tables() -> Vec<TableDef> {
    vec![unplaced().points("lon", "lat")]
}

fn put(id: u8, place: Option<(i16, i16)>) -> Plan {
    let change = Change::put(PLACED).with("id", format!("p{id:03}"));
    let change = match place {
        // A tenth of a millionth of a degree is finer than the numbers of the tree.
        Some((lon, lat)) => change
            .with("lon", 119.0 + f64::from(lon) * 1e-7)
            .with("lat", 36.0 + f64::from(lat) * 1e-7),
        None => change,
    };
    plan("placed").change(change)
}

/// What lies in a box, by the index and by looking at every row.
fn found(store: &Store, window: [f64; 4]) -> [Vec<String>; 2] {
    let names = ["$2", "$3", "$4", "$5"].map(str::to_owned);
    let near = store.near(PLACED, &[names], "$6").unwrap();
    let exact = "realm = $1 AND lon BETWEEN $2 AND $4 AND lat BETWEEN $3 AND $5";
    let sql = [
        format!(
            "SELECT id FROM {} WHERE {exact} AND {} ORDER BY id",
            near.from, near.condition
        ),
        format!("SELECT id FROM {PLACED} WHERE {exact} ORDER BY id"),
    ];
    let mut parameters: Vec<Value> = vec![REALM.into()];
    parameters.extend(window.map(Value::from));
    let read = |sql: &str| {
        store.read(|reader| {
            let rows = reader.query(sql, &parameters)?;
            rows.iter()
                .map(|row| row.text("id"))
                .collect::<Result<_, StoreError>>()
        })
    };
    sql.map(|sql| read(&sql).unwrap())
}

fn agrees(store: &Store) -> usize {
    let mut all = 0;
    for (west, south, east, north) in [
        (119.0, 36.0, 119.0000005, 36.0000005),
        (118.9999990, 35.9999990, 119.0000010, 36.0000010),
        (119.0000001, 36.0000001, 119.0000001, 36.0000001),
        (110.0, 30.0, 120.0, 40.0),
        (100.0, 20.0, 101.0, 21.0),
    ] {
        let [near, plain] = found(store, [west, south, east, north]);
        assert_eq!(near, plain, "{west},{south},{east},{north}");
        all = all.max(near.len());
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn whatever_is_written_the_index_finds_what_the_table_holds(
        steps in proptest::collection::vec((0_u8..12, 0_u8..4, -12_i16..12, -12_i16..12), 1..60)
    ) {
        let store = Store::temporary(&tables()).unwrap();
        for (id, verb, lon, lat) in steps {
            let plan = match verb {
                0 => plan("placed").change(Change::delete(PLACED).key("id", format!("p{id:03}"))),
                1 => put(id, None),
                2 => plan("placed").change(Change::set(PLACED).key("id", format!("p{id:03}")).with("name", "x")),
                _ => put(id, Some((lon, lat))),
            };
            // Rows that are not there are neither deleted nor changed.
            let _ = store.commit(plan);
        }
        agrees(&store);
    }
}

fn is_filled_and_mended(options: &StoreOptions, damage: &dyn Fn(&str)) {
    {
        let store = Store::open(options, &[unplaced()]).unwrap();
        assert!(store.near(PLACED, &[], "$1").is_none());
        for id in 0..50 {
            store.commit(put(id, Some((id.into(), 3)))).unwrap();
        }
    }
    let store = Store::open(options, &tables()).unwrap();
    assert_eq!(agrees(&store), 50, "what was there before the index");
    damage("DELETE FROM placed WHERE id < 'p020'");
    damage("UPDATE placed SET lon = 1.0 WHERE id > 'p040'");
    agrees(&store);
    store.rebuild(PLACED, &mut |_, _| ()).unwrap();
    assert_eq!(agrees(&store), 50);
    drop(store);
    let report = verify_store(options, &tables(), &mut |_, _, _| ()).unwrap();
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(agrees(&Store::open(options, &tables()).unwrap()), 50);
}

#[test]
fn an_index_that_is_new_is_filled_and_follows_what_is_mended() {
    let dir = tempfile::tempdir().unwrap();
    is_filled_and_mended(&StoreOptions::new(dir.path()), &|sql| {
        let database = rusqlite::Connection::open(dir.path().join("yuandu.db")).unwrap();
        database.execute(sql, []).unwrap();
    });
}

#[test]
fn on_postgresql_alike() {
    let Some(cluster) = cluster() else { return };
    let dir = tempfile::tempdir().unwrap();
    let options = StoreOptions::new(dir.path()).on(cluster.database("near").unwrap());
    is_filled_and_mended(&options, &|sql| cluster.sql("near", sql).unwrap());
}

#[test]
fn a_small_window_is_read_by_the_tree_and_not_by_the_table() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&StoreOptions::new(dir.path()), &tables()).unwrap();
    let names = ["1.0", "1.0", "2.0", "2.0"].map(str::to_owned);
    let near = store.near(PLACED, &[names], "9").unwrap();
    let sql = format!(
        "EXPLAIN QUERY PLAN SELECT id FROM {} WHERE realm = 1 AND {} ORDER BY id LIMIT 9",
        near.from, near.condition
    );
    let database = rusqlite::Connection::open(dir.path().join("yuandu.db")).unwrap();
    let mut statement = database.prepare(&sql).unwrap();
    let steps = statement
        .query_map([], |row| row.get::<_, String>(3))
        .unwrap();
    let plan: Vec<String> = steps.map(Result::unwrap).collect();
    let plan = plan.join("\n");
    assert!(plan.contains("VIRTUAL TABLE INDEX 2:"), "{plan}");
    assert!(
        plan.contains("SEARCH placed USING PRIMARY KEY (realm=? AND id=?)"),
        "{plan}"
    );
}
