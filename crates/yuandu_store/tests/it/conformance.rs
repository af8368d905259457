//! Where databases differ: order, empty values, letters, numbers, sequences inside a group. The same answers on both.
//!
//! Every test here runs on the database the environment names (`with_postgres`), and once more against each other below.

use proptest::prelude::*;
use yuandu_store::{
    Change, Expect, IdempotencyKey, Plan, Store, StoreError, StoreOptions, TableDef, Value, verify,
};

use crate::fixture::{REALM, cluster, plan, put, tables};

fn words(store: &Store, sql: &str, parameters: &[Value]) -> Vec<String> {
    store
        .read(|reader| {
            reader
                .query(sql, parameters)?
                .iter()
                .map(|row| {
                    Ok::<_, StoreError>(row.opt_text("v")?.unwrap_or_else(|| "-".to_owned()))
                })
                .collect()
        })
        .unwrap()
}

#[test]
fn texts_are_ordered_by_their_bytes_and_empty_values_come_first() {
    let store = Store::temporary(&tables()).unwrap();
    for (id, name) in ["b", "B", "a", "é", "甲", "_", "1", "", "ab"]
        .iter()
        .enumerate()
    {
        store.commit(put(&format!("t{id}"), name, 0)).unwrap();
    }
    store
        .commit(plan("thing/n").change(Change::put("things").with("id", "n")))
        .unwrap();
    let realm = [REALM.into()];
    assert_eq!(
        words(
            &store,
            "SELECT name AS v FROM things WHERE realm = $1 ORDER BY name",
            &realm
        ),
        ["-", "", "1", "B", "_", "a", "ab", "b", "é", "甲"]
    );
    assert_eq!(
        words(
            &store,
            "SELECT name AS v FROM things WHERE realm = $1 ORDER BY name DESC LIMIT 2",
            &realm
        ),
        ["甲", "é"]
    );
    assert_eq!(
        words(
            &store,
            "SELECT name AS v FROM things WHERE realm = $1 AND name > $2 ORDER BY name",
            &[REALM.into(), "a".into()]
        ),
        ["ab", "b", "é", "甲"]
    );
}

#[test]
fn like_ignores_the_case_of_ascii_letters_and_of_no_others() {
    let store = Store::temporary(&tables()).unwrap();
    for (id, name) in ["Lamp", "lamp 2", "路灯Lamp", "É", "50%"]
        .iter()
        .enumerate()
    {
        store.commit(put(&format!("t{id}"), name, 0)).unwrap();
    }
    let like = |pattern: &str| {
        let sql = "SELECT name AS v FROM things WHERE realm = $1 AND name LIKE $2 ESCAPE '!' ORDER BY name";
        words(&store, sql, &[REALM.into(), pattern.into()])
    };
    assert_eq!(like("lamp%"), ["Lamp", "lamp 2"]);
    assert_eq!(like("%LAMP"), ["Lamp", "路灯Lamp"]);
    assert_eq!(like("é"), Vec::<String>::new());
    assert_eq!(like("%!%"), ["50%"]);
    let lower = "SELECT lower(name) AS v FROM things WHERE realm = $1 AND id = 't3'";
    assert_eq!(words(&store, lower, &[REALM.into()]), ["É"]);
}

#[test]
fn numbers_keep_every_bit_and_sums_are_integers() {
    let store = Store::temporary(&tables()).unwrap();
    let numbers = [i64::MAX, i64::MIN, 0, -1];
    for (at, number) in numbers.iter().enumerate() {
        store
            .commit(put(&format!("n{at}"), &at.to_string(), *number))
            .unwrap();
    }
    let weights = [0.1 + 0.2, f64::MIN_POSITIVE, -1e300, 3.0];
    for (at, weight) in weights.iter().enumerate() {
        let change = Change::put("things")
            .with("id", format!("w{at}"))
            .with("weight", *weight);
        store.commit(plan("thing/w").change(change)).unwrap();
    }
    store
        .read(|reader| {
            let rows = reader.query("SELECT count, weight FROM things WHERE realm = $1 ORDER BY id", &[REALM.into()])?;
            for (row, number) in rows.iter().zip(numbers) {
                assert_eq!(row.int("count")?, number);
            }
            for (row, weight) in rows.iter().skip(4).zip(weights) {
                assert_eq!(row.real("weight")?.to_bits(), weight.to_bits());
            }
            let sql = "SELECT sum(CASE WHEN count < $2 THEN 1 ELSE 0 END) AS low, avg(weight) AS mean, count(*) AS n, max(id) AS last, count < $2 AS small FROM things WHERE realm = $1 AND id IN ('n2', 'n3') GROUP BY count < $2 ORDER BY 1";
            let row = reader.query_one(sql, &[REALM.into(), 0_i64.into()])?.unwrap();
            assert_eq!((row.int("low")?, row.int("n")?, row.boolean("small")?), (0, 1, false));
            assert_eq!((row.real("mean")?, row.text("last")?), (1.5, "n2".to_owned()));
            Ok::<_, StoreError>(())
        })
        .unwrap();
}

#[test]
fn a_number_of_any_digits_is_the_one_that_the_log_holds() {
    let dir = tempfile::tempdir().unwrap();
    let options = StoreOptions::new(dir.path());
    let store = Store::open(&options, &tables()).unwrap();
    // Any bits that are a number, and longitudes to the last digit (Knuth's constants of a linear congruence).
    let bits = std::iter::successors(Some(1_u64), |bits| {
        let next = bits.wrapping_mul(6_364_136_223_846_793_005);
        Some(next.wrapping_add(1_442_695_040_888_963_407))
    });
    let numbers = bits.take(4_000).flat_map(|bits| {
        let part = (bits >> 11) as f64 / (1_u64 << 53) as f64;
        [f64::from_bits(bits), 119.0 + part]
    });
    let plans = numbers
        .filter(|number| number.is_finite())
        .enumerate()
        .map(|(at, weight)| {
            let change = Change::put("things")
                .with("id", format!("w{at}"))
                .with("weight", weight);
            plan("thing/w").change(change)
        });
    for receipt in store.commit_all(plans.collect()) {
        receipt.unwrap();
    }
    let report = verify::verify_store(&options, &tables(), &mut |_, _, _| ()).unwrap();
    assert!(report.is_clean(), "{} differ", report.findings.len());
}

#[test]
fn a_number_is_compared_as_a_number_whatever_the_column_holds() {
    let store = Store::temporary(&tables()).unwrap();
    store.commit(put("a", "甲", 2)).unwrap();
    for (condition, value) in [
        ("weight > $2", Value::Int(1)),
        ("count > $2", Value::Real(1.5)),
        ("count IN ($2, 7)", Value::Int(2)),
        ("($2 IS NULL OR count = $2)", Value::Int(2)),
        ("coalesce(count, $2) = 2", Value::Int(9)),
        ("substr(name, 1, 1) = $2", Value::from("甲")),
    ] {
        let sql = format!("SELECT id AS v FROM things WHERE realm = $1 AND {condition}");
        assert_eq!(
            words(&store, &sql, &[REALM.into(), value]),
            ["a"],
            "{condition}"
        );
    }
    let limit = "SELECT id AS v FROM things WHERE realm = $1 LIMIT $2";
    assert_eq!(words(&store, limit, &[REALM.into(), 1_i64.into()]), ["a"]);
}

#[test]
fn a_unique_value_given_up_in_a_plan_is_free_for_the_next_and_not_before() {
    let store = Store::temporary(&tables()).unwrap();
    store.commit(put("a", "甲", 1)).unwrap();
    let rename = |id: &'static str, name: &str| {
        plan("thing/x").change(Change::set("things").key("id", id).with("name", name))
    };
    let results = store.commit_all(vec![
        put("b", "甲", 1),
        rename("a", "乙"),
        put("c", "甲", 1),
        put("d", "乙", 1),
    ]);
    let taken = |result: &Result<_, StoreError>| matches!(result, Err(StoreError::Taken { .. }));
    assert!(taken(&results[0]) && results[1].is_ok() && results[2].is_ok() && taken(&results[3]));
    let swapped = plan("thing/x")
        .change(Change::set("things").key("id", "a").with("name", "中"))
        .change(Change::set("things").key("id", "c").with("name", "乙"))
        .change(Change::set("things").key("id", "a").with("name", "甲"));
    store.commit(swapped).unwrap();
    let removed = plan("thing/x")
        .change(Change::delete("things").key("id", "a"))
        .change(Change::put("things").with("id", "a").with("name", "乙2"))
        .change(Change::put("things").with("id", "e").with("name", "甲"));
    store.commit(removed).unwrap();
    let sql = "SELECT id || name AS v FROM things WHERE realm = $1 ORDER BY id";
    assert_eq!(words(&store, sql, &[REALM.into()]), ["a乙2", "c乙", "e甲"]);
    let none = |id: &'static str| plan("x").change(Change::put("things").with("id", id));
    store.commit(none("f")).unwrap();
    store.commit(none("g")).unwrap();
}

#[test]
fn a_key_used_twice_in_one_group_is_answered_once() {
    let store = Store::temporary(&tables()).unwrap();
    let keyed = |id: &str, fingerprint: &str| {
        put(id, id, 1).idempotent(Some(IdempotencyKey {
            key: "k".to_owned(),
            fingerprint: fingerprint.to_owned(),
        }))
    };
    let results = store.commit_all(vec![keyed("a", "f"), keyed("a", "f"), keyed("b", "g")]);
    assert_eq!(
        results[0].as_ref().unwrap().position,
        results[1].as_ref().unwrap().position
    );
    assert!(results[1].as_ref().unwrap().replayed);
    assert!(matches!(results[2], Err(StoreError::KeyReused)));
}

/// One step of a random plan.
#[derive(Debug, Clone)]
enum Step {
    Put(u8, Option<u8>, i64),
    Name(u8, Option<u8>),
    Count(u8, i64),
    Delete(u8),
    Absent(u8),
    Keyed(u8),
}

fn step() -> impl Strategy<Value = Step> {
    let id = 0..4_u8;
    let name = prop::option::of(0..3_u8);
    prop_oneof![
        3 => (id.clone(), name.clone(), any::<i64>()).prop_map(|(id, name, count)| Step::Put(id, name, count)),
        2 => (id.clone(), name).prop_map(|(id, name)| Step::Name(id, name)),
        2 => (id.clone(), any::<i64>()).prop_map(|(id, count)| Step::Count(id, count)),
        1 => id.clone().prop_map(Step::Delete),
        1 => id.prop_map(Step::Absent),
        1 => (0..2_u8).prop_map(Step::Keyed),
    ]
}

fn planned(steps: &[Step]) -> Plan {
    let id = |id: &u8| format!("t{id}");
    let name = |name: &Option<u8>| name.map(|name| format!("名{name}"));
    steps
        .iter()
        .fold(plan("thing/random"), |plan, step| match step {
            Step::Put(at, called, count) => plan.change(
                Change::put("things")
                    .with("id", id(at))
                    .with("name", name(called))
                    .with("count", *count),
            ),
            Step::Name(at, called) => plan.change(
                Change::set("things")
                    .key("id", id(at))
                    .with("name", name(called)),
            ),
            Step::Count(at, count) => plan.change(
                Change::set("things")
                    .key("id", id(at))
                    .with("count", *count),
            ),
            Step::Delete(at) => plan.change(Change::delete("things").key("id", id(at))),
            Step::Absent(at) => plan.expect(Expect::absent("things", [("id", id(at).into())])),
            Step::Keyed(key) => plan.idempotent(Some(IdempotencyKey {
                key: format!("k{key}"),
                fingerprint: "f".to_owned(),
            })),
        })
}

/// What a caller sees of a result; a message may differ, its meaning may not.
fn seen(result: &Result<yuandu_store::Receipt, StoreError>) -> String {
    match result {
        Ok(receipt) => format!("{} {}", receipt.position, receipt.replayed),
        Err(error) => error.to_string(),
    }
}

#[test]
fn random_groups_get_the_same_answers_and_leave_the_same_rows_on_both_databases() {
    let Some(cluster) = cluster() else { return };
    let declared: Vec<TableDef> = tables();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 10,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let groups = prop::collection::vec(
        prop::collection::vec(prop::collection::vec(step(), 1..4), 1..6),
        1..5,
    );
    let number = std::cell::Cell::new(0);
    runner
        .run(&groups, |groups| {
            number.set(number.get() + 1);
            let schema = format!("random{}", number.get());
            let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
            let sqlite = StoreOptions::new(one.path());
            let postgres = StoreOptions::new(two.path()).on(cluster.database(&schema).unwrap());
            let stores =
                [&sqlite, &postgres].map(|options| Store::open(options, &declared).unwrap());
            for group in &groups {
                let [left, right] = [0, 1].map(|at| {
                    let plans = group.iter().map(|steps| planned(steps)).collect();
                    let results = stores[at].commit_all(plans);
                    results.iter().map(seen).collect::<Vec<_>>()
                });
                prop_assert_eq!(left, right);
            }
            drop(stores);
            for options in [&sqlite, &postgres] {
                let report = verify::verify_store(options, &declared, &mut |_, _, _| ()).unwrap();
                prop_assert!(report.is_clean(), "{:?}", report);
            }
            Ok(())
        })
        .unwrap();
}
