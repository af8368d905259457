//! What is in a backup comes back, to the entry and the moment; what is damaged is named and not restored.

use std::path::{Path, PathBuf};

use yuandu_continuity::Until;
use yuandu_store::SealedEntry;

use crate::city::{City, START_MS, is_whole, target};

#[test]
fn what_was_backed_up_in_pieces_comes_back_whole() {
    let (city, kept, out) = (
        City::new(),
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
    );
    let target = target(kept.path());
    for (round, more) in [0, 3, 500, 1, 0, 40].into_iter().enumerate() {
        city.add(more);
        city.add_blob(&vec![u8::try_from(round).unwrap(); 100_000 * round]);
        let done = city.backup(&target, 300).unwrap();
        assert_eq!(done.size, city.store.size());
        assert_eq!(done.blobs, 1);
    }
    let nothing = city.backup(&target, 300).unwrap();
    assert_eq!((nothing.entries, nothing.bytes), (0, 0));
    let dir = out.path().join("city");
    let restored = city.restore(&target, &dir, Until::End).unwrap();
    let head = city.store.log().head().unwrap();
    assert_eq!(
        (restored.head, restored.of, restored.blobs),
        (head, head.size, 6)
    );
    assert_eq!(is_whole(&dir), head.root_hex());
}

#[test]
fn many_small_backups_become_few_files_and_stay_whole() {
    let (city, kept, out) = (
        City::new(),
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
    );
    let target = target(kept.path());
    for _ in 0..40 {
        city.add(2);
        city.backup(&target, 1_000_000).unwrap();
    }
    let manifest = yuandu_continuity::Manifest::newest(&target, city.publisher.public())
        .unwrap()
        .unwrap();
    assert!(manifest.segments.len() < 20, "{}", manifest.segments.len());
    let restored = city
        .restore(&target, &out.path().join("city"), Until::Position(79))
        .unwrap();
    assert_eq!(
        restored.head.root,
        city.store.log().root_at(79).unwrap().unwrap()
    );
}

#[test]
fn a_position_or_a_moment_is_restored_exactly() {
    let (city, kept, out) = (
        City::new(),
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
    );
    let target = target(kept.path());
    city.add(1000);
    city.backup(&target, 1).unwrap();
    city.add(1500);
    city.backup(&target, 1).unwrap();
    for (name, until, size) in [
        ("a", Until::Position(1), 1),
        ("b", Until::Position(1000), 1000),
        ("c", Until::Position(1001), 1001),
        ("d", Until::Position(2500), 2500),
        ("e", Until::Moment(START_MS + 1200 * 1000), 1201),
        ("f", Until::Moment(START_MS - 1), 0),
        ("g", Until::Moment(i64::MAX), 2500),
    ] {
        let dir = out.path().join(name);
        let restored = city.restore(&target, &dir, until).unwrap();
        assert_eq!(restored.head.size, size, "{until:?}");
        assert_eq!(is_whole(&dir), restored.head.root_hex());
        assert_eq!(
            Some(restored.head.root),
            city.store.log().root_at(size).unwrap()
        );
    }
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn any_flipped_bit_in_any_file_of_a_backup_is_noticed() {
    let (city, kept, out) = (
        City::new(),
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
    );
    let target = target(kept.path());
    city.add(50);
    city.add_blob(b"a photo");
    city.backup(&target, 1).unwrap();
    city.add(5);
    city.backup(&target, 1000).unwrap();
    let newest = files(&kept.path().join("manifests")).pop().unwrap();
    let mut refused = 0;
    for path in files(kept.path()) {
        // The public key beside a backup proves nothing; who restores with the published one does not read it.
        let beside = path == kept.path().join("log-key.pub");
        if beside || (path.starts_with(kept.path().join("manifests")) && path != newest) {
            continue;
        }
        let good = std::fs::read(&path).unwrap();
        for at in [0, good.len() / 3, good.len() - 1] {
            let mut bad = good.clone();
            bad[at] ^= 4;
            std::fs::write(&path, &bad).unwrap();
            let dir = out.path().join(format!("{refused}"));
            let restored = city.restore(&target, &dir, Until::End);
            match restored.and_then(|restored| city.inspect(&target).map(|()| restored)) {
                Err(_) => {}
                // A manifest that is damaged is passed over: the one before is restored, whole.
                Ok(restored) => assert!(path == newest && restored.of == 51, "{path:?} at {at}"),
            }
            refused += 1;
        }
        std::fs::write(&path, &good).unwrap();
    }
    assert!(refused >= 15, "{refused}");
    city.restore(&target, &out.path().join("good"), Until::End)
        .unwrap();
}

#[test]
fn a_backup_of_another_city_or_past_is_not_continued() {
    let (city, kept) = (City::new(), tempfile::tempdir().unwrap());
    let target = target(kept.path());
    city.add(5);
    city.backup(&target, 1).unwrap();
    let other = City::new();
    other.add(5);
    assert!(other.backup(&target, 1).is_err(), "another key");
}

#[test]
fn a_damaged_entry_is_named_and_not_carried_into_the_backup() {
    let (city, kept, out) = (
        City::new(),
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
    );
    let target = target(kept.path());
    city.add(20);
    city.backup(&target, 1000).unwrap();
    city.add(20);
    let database = rusqlite::Connection::open(city.dir.path().join("yuandu.db")).unwrap();
    database
        .execute(
            "UPDATE log SET body = replace(body, 't33', 't34') WHERE seq = 33",
            [],
        )
        .unwrap();
    let error = city.backup(&target, 1000).unwrap_err().to_string();
    assert!(error.contains("entry 33"), "{error}");
    let restored = city
        .restore(&target, &out.path().join("city"), Until::End)
        .unwrap();
    assert_eq!(restored.head.size, 20, "the backup before is still good");
}

#[test]
fn a_full_or_broken_target_leaves_the_backup_before_untouched() {
    let (city, kept, out) = (
        City::new(),
        tempfile::tempdir().unwrap(),
        tempfile::tempdir().unwrap(),
    );
    let target = target(kept.path());
    city.add(20);
    city.backup(&target, 1000).unwrap();
    city.add(20);
    // The folder of segments becomes a file: every write there fails, as it does on a full disk.
    let (segments, aside) = (kept.path().join("segments"), kept.path().join("aside"));
    std::fs::rename(&segments, &aside).unwrap();
    std::fs::write(&segments, "in the way").unwrap();
    assert!(city.backup(&target, 1000).is_err());
    std::fs::remove_file(&segments).unwrap();
    std::fs::rename(&aside, &segments).unwrap();
    assert_eq!(
        city.restore(&target, &out.path().join("before"), Until::End)
            .unwrap()
            .head
            .size,
        20
    );
    assert_eq!(city.backup(&target, 1000).unwrap().size, 40);
    assert_eq!(
        city.restore(&target, &out.path().join("after"), Until::End)
            .unwrap()
            .head
            .size,
        40
    );
}

#[test]
fn a_folder_that_is_not_empty_is_not_restored_into() {
    let (city, kept) = (City::new(), tempfile::tempdir().unwrap());
    let target = target(kept.path());
    city.add(2);
    city.backup(&target, 1).unwrap();
    assert!(city.restore(&target, city.dir.path(), Until::End).is_err());
}

#[test]
fn a_segment_can_be_read_with_gzip_and_json_alone() {
    let (city, kept) = (City::new(), tempfile::tempdir().unwrap());
    city.add(7);
    city.backup(&target(kept.path()), 1000).unwrap();
    let segment = files(&kept.path().join("segments")).pop().unwrap();
    let read = std::process::Command::new("gzip")
        .arg("-dc")
        .arg(&segment)
        .output()
        .unwrap();
    let text = String::from_utf8(read.stdout).unwrap();
    let entries: Vec<SealedEntry> = text
        .lines()
        .map(|line| SealedEntry::from_line(line).unwrap())
        .collect();
    assert_eq!(entries.len(), 7);
    assert!(entries.iter().all(SealedEntry::is_whole));
}
