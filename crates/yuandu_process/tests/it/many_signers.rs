//! Three hundred sign one step: what each signature writes does not grow with how many there are.

use yuandu_store::StoreError;

use crate::models::{chain, city, done, nodes, open_tasks, seat};

/// Bytes of the log entries' bodies that one signature adds, for so many signers, and how the case ends.
fn written(signers: usize) -> u64 {
    let each = format!(
        r#"<multiInstanceLoopCharacteristics><loopCardinality>{signers}</loopCardinality></multiInstanceLoopCharacteristics>"#
    );
    let city = city(
        &[
            seat("a", &each),
            seat("b", ""),
            chain(&["s", "a", "b", "x"]),
        ]
        .concat(),
    );
    let case = city.open("06010").case_id;
    let tasks = open_tasks(&city, &case);
    assert_eq!(tasks.len(), signers);
    let size = |city: &crate::city::City| {
        let sum = "SELECT SUM(LENGTH(body)) AS bytes FROM log";
        let row: Result<_, StoreError> = city.store.read(|reader| reader.query_one(sum, &[]));
        row.unwrap().unwrap().int("bytes").unwrap().unsigned_abs()
    };
    let before = size(&city);
    for task in &tasks {
        done(&city, 1, task);
    }
    assert_eq!(nodes(&city, &case), ["b"]);
    (size(&city) - before) / u64::try_from(signers).unwrap()
}

#[test]
fn what_a_signature_writes_does_not_grow_with_the_number_of_signers() {
    let (few, many) = (written(40), written(300));
    // Kept whole, the state of 300 signers is some seven times that of 40, and every signature would write it.
    assert!(
        many < few * 2,
        "{few} bytes each of 40, {many} bytes each of 300"
    );
}
