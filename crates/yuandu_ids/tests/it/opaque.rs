//! Opaque ids and the names of blobs.

use jiff::Timestamp;
use yuandu_ids::{BlobId, CaseId, RecordId, TaskId};

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap()
}

#[test]
fn ids_sort_by_the_instant_of_their_making() {
    let mut earlier = CaseId::generate(at(1_000));
    for step in 1..200 {
        let later = CaseId::generate(at(1_000 + step));
        assert!(earlier < later);
        assert!(earlier.to_string() < later.to_string());
        earlier = later;
    }
}

#[test]
fn ids_made_at_one_instant_differ() {
    let ids: std::collections::BTreeSet<TaskId> =
        (0..10_000).map(|_| TaskId::generate(at(5))).collect();
    assert_eq!(ids.len(), 10_000);
}

#[test]
fn an_id_made_from_parts_is_the_same_on_every_run() {
    let id = RecordId::from_parts(at(1_737_707_400_000), [7; 10]);
    assert_eq!(id, RecordId::from_parts(at(1_737_707_400_000), [7; 10]));
    assert_eq!(id.as_uuid().get_version_num(), 7);
    assert!(id.to_string().starts_with("019497"), "{id}");
}

#[test]
fn an_id_reads_back_and_shows_its_kind_only_when_debugged() {
    let id = CaseId::generate(at(1_737_707_400_000));
    assert_eq!(id.to_string().parse::<CaseId>().unwrap(), id);
    assert_eq!(format!("{id:?}"), format!("CaseId({id})"));
    let json = serde_json::to_string(&id).unwrap();
    assert_eq!(json, format!("\"{id}\""));
    assert_eq!(serde_json::from_str::<CaseId>(&json).unwrap(), id);
}

#[test]
fn other_spellings_of_an_id_are_refused() {
    let id = CaseId::generate(at(1)).to_string();
    assert!(id.replace('-', "").parse::<CaseId>().is_err());
    assert!(format!("{{{id}}}").parse::<CaseId>().is_err());
    assert!(
        id.replace('-', "0")
            .parse::<CaseId>()
            .unwrap_err()
            .to_string()
            .contains("character 9")
    );
    assert!("é".repeat(36).parse::<CaseId>().is_err());
    assert!(
        "".parse::<CaseId>()
            .unwrap_err()
            .message_zh()
            .contains("36 位")
    );
}

#[test]
fn a_blob_is_named_by_its_digest() {
    let mut digest = [0; 32];
    digest[0] = 0xab;
    digest[31] = 0x01;
    let id = BlobId::from_digest(digest);
    assert_eq!(id.to_string(), format!("ab{}01", "0".repeat(60)));
    assert_eq!(id.to_string().parse::<BlobId>().unwrap(), id);
    assert_eq!(id.digest(), &digest);
    assert!(
        "ab".parse::<BlobId>()
            .unwrap_err()
            .to_string()
            .contains("64")
    );
    let wrong = format!("g{}", "0".repeat(63));
    assert!(
        wrong
            .parse::<BlobId>()
            .unwrap_err()
            .to_string()
            .contains("character 1")
    );
}
