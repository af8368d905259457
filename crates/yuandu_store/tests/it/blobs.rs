//! Blobs are streamed, and only what nothing refers to is ever removed.

use jiff::{SignedDuration, Timestamp};
use yuandu_store::{
    BlobRef, Blobs, Change, Collected, Store, StoreOptions, collect_blobs, snapshot, verify,
    write_anchor,
};

use crate::fixture::{plan, put, tables};

/// File times are the machine's: a day after the newest of them.
fn tomorrow(store: &Store, name: &BlobRef) -> Timestamp {
    let (digits, rest) = name.as_str().split_at(2);
    let time = std::fs::metadata(store.dir().join("blobs").join(digits).join(rest))
        .unwrap()
        .modified()
        .unwrap();
    Timestamp::try_from(time).unwrap() + SignedDuration::from_hours(24)
}

#[test]
fn a_stream_is_kept_under_the_hash_of_its_bytes() {
    let store = Store::temporary(&tables()).unwrap();
    let bytes: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    let (name, length) = store.blobs().put_stream(&mut bytes.as_slice()).unwrap();
    assert_eq!((&name, length), (&BlobRef::of(&bytes), 1_200_000));
    let mut read = Vec::new();
    std::io::copy(&mut store.blobs().open(&name).unwrap().unwrap(), &mut read).unwrap();
    assert_eq!(read, bytes);
    assert!(
        store
            .blobs()
            .open(&BlobRef::of(b"other"))
            .unwrap()
            .is_none()
    );
}

#[test]
fn only_what_no_row_and_no_entry_mentions_is_removed_and_only_after_the_grace_time() {
    let store = Store::temporary(&tables()).unwrap();
    let keep = |bytes: &[u8]| store.blobs().put(bytes).unwrap();
    let [recorded, mentioned, orphan] = [keep(b"recorded"), keep(b"mentioned"), keep(b"orphan")];
    let at = "2026-11-27T00:00:00Z".parse().unwrap();
    store
        .commit(plan("a").change(Blobs::record(&recorded, 8, "text/plain", at)))
        .unwrap();
    // Its row is gone, the entry that once recorded it is not.
    store
        .commit(plan("b").change(Blobs::record(&mentioned, 9, "text/plain", at)))
        .unwrap();
    store
        .commit(plan("c").change(Change::delete("blobs").key("id", mentioned.as_str())))
        .unwrap();
    let late = tomorrow(&store, &orphan);
    let collect = |hours, remove| {
        collect_blobs(&store, late, SignedDuration::from_hours(hours), remove).unwrap()
    };
    assert_eq!(
        collect(48, true),
        Collected {
            kept: 1,
            young: 2,
            ..Collected::default()
        }
    );
    let found = Collected {
        kept: 1,
        young: 0,
        orphans: 1,
        bytes: 6,
    };
    assert_eq!(collect(1, false), found);
    assert!(
        store.blobs().get(&orphan).unwrap().is_some(),
        "it was only asked which"
    );
    assert_eq!(collect(1, true), found);
    assert!(store.blobs().get(&orphan).unwrap().is_none());
    assert!(store.blobs().get(&mentioned).unwrap().is_some());
    assert!(
        verify::verify_store(store.options(), &tables(), &mut |_, _, _| ())
            .unwrap()
            .is_clean()
    );
}

#[test]
fn a_snapshot_is_the_whole_database_of_one_moment() {
    // Of SQLite alone: PostgreSQL's records are no file.
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&StoreOptions::new(folder.path()), &tables()).unwrap();
    store.commit(put("a", "甲", 1)).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let copy = dir.path().join("yuandu.db");
    let head = snapshot(&store, &copy).unwrap().unwrap();
    assert_eq!(head, store.log().head().unwrap());
    store.commit(put("b", "乙", 1)).unwrap();
    write_anchor(dir.path(), &head).unwrap();
    let report = verify::verify(dir.path(), &tables(), &mut |_, _, _| ()).unwrap();
    assert!(report.is_clean() && report.size == 1, "{report:?}");
}
