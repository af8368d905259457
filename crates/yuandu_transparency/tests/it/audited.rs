//! What an audit accepts and what it refuses.

use yuandu_transparency::{Audit, Fetch as _, SigningKey};

use crate::city::{Files, ORIGIN, add, publisher, store};

fn audit(publisher: &yuandu_transparency::Publisher) -> Audit {
    Audit {
        key: publisher.public().clone(),
        witnesses: Vec::new(),
        quorum: 0,
    }
}

#[test]
fn logs_of_every_awkward_size_are_followed_step_by_step() {
    let (store, publisher) = (store(), publisher(""));
    let audit = audit(&publisher);
    let mut known = None;
    for (more, fresh) in [
        (0, 0),
        (1, 1),
        (254, 254),
        (1, 1),
        (1, 1),
        (255, 255),
        (700, 700),
        (0, 0),
    ] {
        add(&store, more);
        let files = Files::of(&store, &publisher);
        let audited = audit.run(&files, known.as_ref(), &mut |_, _| ()).unwrap();
        assert_eq!(audited.fresh, fresh);
        assert_eq!(audited.head, store.log().head().unwrap());
        let whole = audit.run(&files, None, &mut |_, _| ()).unwrap();
        assert_eq!(whole.known, audited.known);
        known = Some(audited.known);
    }
}

#[test]
fn a_log_that_has_given_up_its_partial_tiles_is_followed_too() {
    let (store, publisher) = (store(), publisher(""));
    add(&store, 200);
    let audit = audit(&publisher);
    let known = audit
        .run(&Files::of(&store, &publisher), None, &mut |_, _| ())
        .unwrap()
        .known;
    add(&store, 312);
    let files = Files {
        full_only: true,
        ..Files::of(&store, &publisher)
    };
    assert_eq!(
        audit
            .run(&files, Some(&known), &mut |_, _| ())
            .unwrap()
            .fresh,
        312
    );
}

#[test]
fn an_altered_file_a_forgotten_entry_and_another_past_are_refused() {
    let (store, publisher) = (store(), publisher(""));
    add(&store, 300);
    let audit = audit(&publisher);
    let files = Files::of(&store, &publisher);
    let known = audit.run(&files, None, &mut |_, _| ()).unwrap().known;
    for path in [
        "tile/entries/000",
        "tile/entries/001.p/44",
        "tile/0/000",
        "tile/0/001.p/44",
        "tile/1/000.p/1",
    ] {
        let mut lying = Files::of(&store, &publisher);
        let mut bytes = files.get(path).unwrap().unwrap();
        let last = bytes.len() - 3;
        bytes[last] ^= 1;
        lying.replaced.insert(path.to_owned(), bytes);
        let error = audit.run(&lying, None, &mut |_, _| ()).unwrap_err();
        assert!(error.to_string().contains("does not"), "{path}: {error}");
    }
    let mut forgetful = Files::of(&store, &publisher);
    let older = {
        let shorter = crate::city::store();
        add(&shorter, 20);
        publisher.sign(shorter.log().head().unwrap()).unwrap()
    };
    forgetful
        .replaced
        .insert("checkpoint".to_owned(), older.as_bytes().to_vec());
    let error = audit
        .run(&forgetful, Some(&known), &mut |_, _| ())
        .unwrap_err();
    assert!(error.to_string().contains("lost entries"), "{error}");

    let other = crate::city::store();
    add(&other, 301);
    let error = audit
        .run(&Files::of(&other, &publisher), Some(&known), &mut |_, _| ())
        .unwrap_err();
    assert!(error.to_string().contains("verified before"), "{error}");
}

#[test]
fn a_checkpoint_signed_with_another_key_is_refused() {
    let (store, publisher) = (store(), publisher(""));
    add(&store, 3);
    let other = SigningKey::generate(ORIGIN).unwrap();
    let audit = Audit {
        key: other.public().clone(),
        ..audit(&publisher)
    };
    assert!(
        audit
            .run(&Files::of(&store, &publisher), None, &mut |_, _| ())
            .is_err()
    );
}

#[test]
fn published_files_hold_no_word_of_an_entry() {
    let (store, publisher) = (store(), publisher(""));
    add(&store, 5);
    let bytes = Files::of(&store, &publisher)
        .get("tile/entries/000.p/5")
        .unwrap()
        .unwrap();
    let text = String::from_utf8_lossy(&bytes);
    for word in ["李雷", "thing", "system:test", "things.write"] {
        assert!(!text.contains(word), "{word}");
    }
}
