//! What a commit promises: all or nothing, optimistic checks, replays, history and proofs.

use std::sync::Arc;

use yuandu_base::{ErrorKind, SimulatedClock};
use yuandu_store::{
    Change, Expect, IdempotencyKey, Reader, Store, StoreError, StoreOptions, merkle,
};

use crate::fixture::{REALM, plan, plan_at, put, tables};

fn count(reader: &Reader<'_>) -> Result<i64, StoreError> {
    reader
        .query_one(
            "SELECT count(*) AS n FROM things WHERE realm = $1",
            &[REALM.into()],
        )?
        .unwrap()
        .int("n")
}

#[test]
fn a_committed_row_is_read_back_with_the_position_that_wrote_it() {
    let store = Store::temporary(&tables()).unwrap();
    store.commit(put("a", "甲", 1)).unwrap();
    let receipt = store.commit(put("b", "乙", 2)).unwrap();
    let row = store
        .read(|reader| {
            reader.query_one(
                "SELECT name, count, weight, pos FROM things WHERE realm = $1 AND id = $2",
                &[REALM.into(), "b".into()],
            )
        })
        .unwrap()
        .unwrap();
    assert_eq!(row.text("name").unwrap(), "乙");
    assert_eq!(row.real("weight").unwrap(), 1.5);
    assert_eq!(row.int("pos").unwrap() as u64, receipt.position);
}

#[test]
fn a_plan_is_refused_whole_when_one_of_its_changes_is() {
    let store = Store::temporary(&tables()).unwrap();
    store.commit(put("a", "甲", 1)).unwrap();
    let both = put("b", "乙", 2).change(Change::put("things").with("id", "c").with("name", "甲"));
    let refused = store.commit(both).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "a value of `things.name` is already in use"
    );
    assert_eq!(refused.kind(), ErrorKind::Conflict);
    assert_eq!(store.read(count).unwrap(), 1);
    assert_eq!(store.log().head().unwrap().size, 1);
}

#[test]
fn a_plan_that_stands_on_an_old_row_is_refused_and_others_of_its_group_are_not() {
    let store = Store::temporary(&tables()).unwrap();
    let first = store.commit(put("a", "甲", 1)).unwrap().position as i64;
    let rename = |name: &str| {
        plan("thing/a")
            .expect(Expect::unchanged("things", [("id", "a".into())], first))
            .change(Change::set("things").key("id", "a").with("name", name))
    };
    let results = store.commit_all(vec![rename("丙"), rename("丁"), put("b", "乙", 2)]);
    assert!(results[0].is_ok());
    assert!(matches!(results[1], Err(StoreError::Changed { .. })));
    assert_eq!(results[2].as_ref().unwrap().position, 2);
    let absent = plan("thing/a").expect(Expect::absent("things", [("id", "a".into())]));
    assert!(matches!(
        store.commit(absent),
        Err(StoreError::Changed { .. })
    ));
}

#[test]
fn setting_or_deleting_a_row_that_is_not_there_is_refused() {
    let store = Store::temporary(&tables()).unwrap();
    assert!(
        store
            .commit(
                plan("thing/x").change(Change::set("things").key("id", "x").with("count", 1_i64))
            )
            .is_err()
    );
    assert!(
        store
            .commit(plan("thing/x").change(Change::delete("things").key("id", "x")))
            .is_err()
    );
    assert_eq!(store.size(), 0);
}

#[test]
fn undeclared_tables_and_columns_are_named() {
    let store = Store::temporary(&tables()).unwrap();
    let error = store
        .commit(plan("x").change(Change::put("nothing").with("id", "x")))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "`nothing` is not declared in table `nothing`"
    );
    let error = store
        .commit(plan("x").change(Change::put("things").with("id", "x").with("colour", "red")))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "`colour` is not declared in table `things`"
    );
}

#[test]
fn the_same_key_gives_the_same_receipt_and_other_content_is_refused() {
    let store = Store::temporary(&tables()).unwrap();
    let key = |fingerprint: &str| {
        Some(IdempotencyKey {
            key: "k1".to_owned(),
            fingerprint: fingerprint.to_owned(),
        })
    };
    let first = store
        .commit(
            put("a", "甲", 1)
                .reply(serde_json::json!({"id": "a"}))
                .idempotent(key("f1")),
        )
        .unwrap();
    let again = store
        .commit(put("other", "别", 1).idempotent(key("f1")))
        .unwrap();
    assert!(!first.replayed && again.replayed);
    assert_eq!(
        (again.position, again.leaf, again.reply),
        (first.position, first.leaf, first.reply)
    );
    assert!(matches!(
        store.commit(put("a", "甲", 1).idempotent(key("f2"))),
        Err(StoreError::KeyReused)
    ));
    assert_eq!(store.read(count).unwrap(), 1);
}

#[test]
fn the_history_of_a_subject_is_its_entries_in_order() {
    let store = Store::temporary(&tables()).unwrap();
    store.commit(put("a", "甲", 1)).unwrap();
    store.commit(put("b", "乙", 1)).unwrap();
    store
        .commit(plan("thing/a").change(Change::set("things").key("id", "a").with("count", 2_i64)))
        .unwrap();
    let history = store.log().history(REALM, "thing/a").unwrap();
    assert_eq!(
        history
            .iter()
            .map(|entry| entry.position)
            .collect::<Vec<_>>(),
        [0, 2]
    );
    assert_eq!(history[0].note["说明"], "试验");
}

#[test]
fn every_entry_has_an_inclusion_proof_that_leads_to_the_root() {
    let store = Store::temporary(&tables()).unwrap();
    let plans = (0..700)
        .map(|number| put(&number.to_string(), &number.to_string(), number))
        .collect();
    for receipt in store.commit_all(plans) {
        let receipt = receipt.unwrap();
        if receipt.position % 37 == 0 {
            let proof = store.log().proof(receipt.position).unwrap().unwrap();
            assert_eq!(
                merkle::root_from_path(receipt.leaf, proof.position, proof.head.size, &proof.path),
                Some(proof.head.root)
            );
        }
    }
    assert_eq!(store.log().proof(700).unwrap(), None);
}

#[test]
fn what_was_committed_is_there_after_reopening_and_the_log_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let options = StoreOptions::new(dir.path());
    let store = Store::open(&options, &tables()).unwrap();
    store.commit(put("a", "甲", 1)).unwrap();
    assert!(matches!(
        Store::open(&options, &tables()),
        Err(StoreError::Locked { .. })
    ));
    drop(store);
    let store = Store::open(&options, &tables()).unwrap();
    assert_eq!(store.commit(put("b", "乙", 1)).unwrap().position, 1);
    assert_eq!(store.read(count).unwrap(), 2);
}

#[test]
fn a_column_declared_later_is_added_and_older_rows_are_empty_there() {
    let dir = tempfile::tempdir().unwrap();
    let options = StoreOptions::new(dir.path());
    Store::open(&options, &tables())
        .unwrap()
        .commit(put("a", "甲", 1))
        .unwrap();
    let grown: Vec<_> = tables()
        .into_iter()
        .map(|table| table.opt_text("colour"))
        .collect();
    let store = Store::open(&options, &grown).unwrap();
    store
        .commit(plan("thing/a").change(Change::set("things").key("id", "a").with("colour", "蓝")))
        .unwrap();
    drop(store);
    assert!(
        yuandu_store::verify::verify(dir.path(), &grown, &mut |_, _, _| ())
            .unwrap()
            .is_clean()
    );
}

#[test]
fn reads_are_of_one_moment_and_count_their_queries() {
    let store = Store::temporary(&tables()).unwrap();
    store.commit(put("a", "甲", 1)).unwrap();
    store
        .read(|reader| {
            assert_eq!(count(reader)?, 1);
            store.commit(put("b", "乙", 1)).unwrap();
            assert_eq!(count(reader)?, 1);
            assert_eq!(reader.count(), 2);
            Ok::<_, StoreError>(())
        })
        .unwrap();
    assert_eq!(store.read(count).unwrap(), 2);
}

#[test]
fn blobs_are_named_by_their_bytes() {
    let store = Store::temporary(&tables()).unwrap();
    let name = store.blobs().put(b"photo").unwrap();
    assert_eq!(store.blobs().put(b"photo").unwrap(), name);
    assert_eq!(
        store.blobs().get(&name).unwrap().as_deref(),
        Some(&b"photo"[..])
    );
    assert_eq!(
        store
            .blobs()
            .get(&yuandu_store::BlobRef::of(b"other"))
            .unwrap(),
        None
    );
    assert!(yuandu_store::BlobRef::parse("../../etc/passwd").is_none());
}

#[test]
fn a_search_by_an_indexed_column_does_not_walk_the_realm() {
    let dir = tempfile::tempdir().unwrap();
    drop(Store::open(&StoreOptions::new(dir.path()), &tables()).unwrap());
    let connection = rusqlite::Connection::open(dir.path().join("yuandu.db")).unwrap();
    let plan: String = connection
        .query_row(
            "EXPLAIN QUERY PLAN SELECT * FROM things WHERE realm = 1 AND count = 2",
            [],
            |row| row.get("detail"),
        )
        .unwrap();
    assert!(plan.contains("things_by_count_id"), "{plan}");
}

#[test]
fn a_clock_that_was_set_back_is_told_and_dates_nothing() {
    let store = Store::temporary(&tables()).unwrap();
    let second = |seconds: i64| jiff::Timestamp::from_second(seconds).unwrap();
    let at = |id: &str, seconds: i64| {
        let change = Change::put("things").with("id", id).with("name", id);
        plan_at(&format!("thing/{id}"), seconds).change(change)
    };
    store.commit(at("a", 1_790_000_000)).unwrap();
    let clock = Arc::new(SimulatedClock::new(second(1_789_999_950)));
    store
        .watch_clock(Arc::<SimulatedClock>::clone(&clock))
        .unwrap();
    store.commit(at("b", 1_789_999_950)).unwrap();
    clock.set(second(1_790_000_500));
    store.commit(at("c", 1_790_000_500)).unwrap();
    // An import that began minutes ago is dated by its beginning; the clock is right all the same.
    store.commit(at("d", 1_790_000_100)).unwrap();
    clock.set(second(1_790_000_400));
    let lot = vec![at("e", 1_790_000_400), at("f", 1_790_000_500)];
    for refused in store.commit_all(lot) {
        let error = refused.unwrap_err();
        assert!(matches!(error, StoreError::ClockBehind { .. }), "{error}");
        assert_eq!(error.kind(), ErrorKind::Unavailable);
    }
    assert!(store.check_clock().is_err());
    assert_eq!(store.read(count).unwrap(), 4);
    clock.set(second(1_790_000_450));
    assert!(store.check_clock().is_ok());
}
