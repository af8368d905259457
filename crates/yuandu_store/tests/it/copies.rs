//! A second store takes the entries of a first one byte for byte, or not at all; a duty decides who writes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use yuandu_store::merkle::{is_consistent, leaf_hash, root_from_path};
use yuandu_store::{Duty, Head, Store, StoreError, verify};

use crate::fixture::{plan, put, tables};

fn filled(count: i64) -> yuandu_store::TemporaryStore {
    let store = Store::temporary(&tables()).unwrap();
    for number in 0..count {
        let id = format!("t{}", number % 7);
        store.commit(put(&id, &id, number)).unwrap();
    }
    store
}

#[test]
fn copied_entries_give_the_same_log_and_the_same_rows() {
    let first = filled(300);
    let second = Store::temporary(&tables()).unwrap();
    while second.size() < first.size() {
        let entries = first.log().sealed(second.size(), 77, usize::MAX).unwrap();
        let size = second.size() + entries.len() as u64;
        let root = first.log().root_at(size).unwrap().unwrap();
        let head = second.append_copies(entries, Head { size, root }).unwrap();
        assert_eq!(head.size, second.size());
    }
    assert_eq!(first.log().head().unwrap(), second.log().head().unwrap());
    let report = verify::verify_store(second.options(), &tables(), &mut |_, _, _| ()).unwrap();
    assert!(report.is_clean(), "{report:?}");
    // The copy goes on as a store of its own.
    second.commit(put("after", "后", 1)).unwrap();
}

#[test]
fn entries_that_do_not_lead_to_the_expected_root_change_nothing() {
    let (first, second) = (filled(5), Store::temporary(&tables()).unwrap());
    let head = first.log().head().unwrap();
    let entries = first.log().sealed(0, 5, usize::MAX).unwrap();
    let mut altered = entries.clone();
    altered[3].body = altered[3].body.replace("试验", "篡改");
    let error = second.append_copies(altered, head).unwrap_err();
    assert!(error.to_string().contains("entry 3 was altered"), "{error}");
    let other = Head {
        root: [0; 32],
        ..head
    };
    assert!(second.append_copies(entries.clone(), other).is_err());
    assert!(second.append_copies(entries[1..].to_vec(), head).is_err());
    assert_eq!(second.size(), 0);
    second.append_copies(entries, head).unwrap();
    assert_eq!(second.size(), 5);
}

#[test]
fn a_store_opened_to_read_reads_beside_the_writer_and_refuses_to_write() {
    let store = filled(3);
    let reading = Store::open_to_read(store.options()).unwrap();
    assert_eq!(reading.log().head().unwrap(), store.log().head().unwrap());
    assert!(matches!(reading.commit(plan("x")), Err(StoreError::Closed)));
}

#[derive(Debug, Default)]
struct Switch {
    refuses: AtomicBool,
    unsettled: AtomicBool,
}

impl Duty for Switch {
    fn may_write(&self) -> Result<(), StoreError> {
        if self.refuses.load(Ordering::SeqCst) {
            let reason = "another site took over".to_owned();
            return Err(StoreError::NotHere { reason });
        }
        Ok(())
    }

    fn settle(&self, size: u64) -> Result<(), StoreError> {
        if self.unsettled.load(Ordering::SeqCst) {
            let reason = format!("{size} entries");
            return Err(StoreError::Unconfirmed { reason });
        }
        Ok(())
    }
}

#[test]
fn the_duty_decides_whether_to_write_and_when_a_write_is_done() {
    let store = Store::temporary(&tables()).unwrap();
    let duty = Arc::new(Switch::default());
    store.appoint(Arc::clone(&duty) as Arc<dyn Duty>);
    store.commit(put("a", "甲", 1)).unwrap();
    duty.refuses.store(true, Ordering::SeqCst);
    let error = store.commit(put("b", "乙", 1)).unwrap_err();
    assert!(matches!(error, StoreError::NotHere { .. }), "{error}");
    assert_eq!(store.size(), 1);
    duty.refuses.store(false, Ordering::SeqCst);
    duty.unsettled.store(true, Ordering::SeqCst);
    let error = store.commit(put("c", "丙", 1)).unwrap_err();
    assert!(matches!(error, StoreError::Unconfirmed { .. }), "{error}");
    assert_eq!(store.size(), 2, "stored here, but not answered as done");
}

#[test]
fn proofs_and_hashes_for_any_size_lead_to_its_root() {
    let store = filled(70);
    let log = store.log();
    let leaves: Vec<_> = log.leaf_inputs(0, 100).unwrap();
    assert_eq!(leaves.len(), 70);
    let hashes: Vec<_> = leaves.iter().map(|input| leaf_hash(input)).collect();
    assert_eq!(log.hashes(0, 0, 256).unwrap(), hashes);
    assert_eq!(log.hashes(3, 0, 256).unwrap().len(), 8);
    assert_eq!(log.root_at(71).unwrap(), None);
    for size in [1, 2, 3, 31, 32, 33, 64, 69, 70] {
        let root = log.root_at(size).unwrap().unwrap();
        assert_eq!(log.frontier_at(size).unwrap().unwrap().root(), root);
        for position in 0..size {
            let proof = log.proof_at(position, size).unwrap().unwrap();
            let leaf = hashes[usize::try_from(position).unwrap()];
            assert_eq!(
                root_from_path(leaf, position, size, &proof.path),
                Some(root)
            );
        }
        let path = log.consistency(size, 70).unwrap().unwrap();
        let head = log.head().unwrap();
        assert!(is_consistent((size, root), (70, head.root), &path));
    }
    assert_eq!(log.proof_at(70, 70).unwrap().map(|proof| proof.path), None);
    assert_eq!(log.consistency(5, 71).unwrap(), None);
}
