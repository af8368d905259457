//! `yuandu verify` on a folder that was tampered with.

use std::path::Path;
use std::process::Command;

use rusqlite::Connection;

use crate::postgres::INIT;

/// Exit code and everything that is said.
fn verify(folder: &Path) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_yuandu"))
        .args(["verify", "--data"])
        .arg(folder)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

/// An empty city as it lies on disk.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let made = Command::new(env!("CARGO_BIN_EXE_yuandu"))
        .args(INIT)
        .arg("--data")
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    folder
}

#[test]
fn what_was_altered_is_named_with_what_to_do() {
    let folder = folder();
    let whole = verify(folder.path());
    assert_eq!(whole.0, Some(0), "{}", whole.1);
    std::fs::write(folder.path().join("blobs/notes.txt"), "x").unwrap();
    let told = verify(folder.path());
    assert_eq!(told.0, Some(0), "{}", told.1);
    assert!(
        told.1.contains("NOTICE") && told.1.contains("notes.txt"),
        "{}",
        told.1
    );

    let city = folder.path().join("city.toml");
    let text = std::fs::read_to_string(&city).unwrap();
    std::fs::write(&city, text.replace("370700", "370800")).unwrap();
    let told = verify(folder.path());
    assert_eq!(told.0, Some(1), "{}", told.1);
    assert!(
        told.1.contains("ALTERED  city.toml: it says realm 370800"),
        "{}",
        told.1
    );
    std::fs::write(&city, text).unwrap();

    let file = folder.path().join("yuandu.db");
    let database = Connection::open(&file).unwrap();
    database.execute_batch("CREATE TRIGGER t AFTER UPDATE ON cases BEGIN SELECT 1; END; ALTER TABLE cases ADD COLUMN x TEXT").unwrap();
    drop(database);
    let told = verify(folder.path());
    assert_eq!(told.0, Some(1), "{}", told.1);
    for said in ["cases, trigger t", "cases, column x", "The log is whole"] {
        assert!(told.1.contains(said), "{said}: {}", told.1);
    }

    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let told = verify(folder.path());
    assert_eq!(told.0, Some(1), "{}", told.1);
    for said in ["the file was cut off", "yuandu restore", "yuandu promote"] {
        assert!(told.1.contains(said), "{said}: {}", told.1);
    }
}
