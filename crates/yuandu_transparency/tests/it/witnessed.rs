//! Publisher and witness together, as over HTTP.

use tempfile::TempDir;
use yuandu_transparency::{Answered, Audit, Note, Publisher, SigningKey, Witness, request_body};

use crate::city::{Files, ORIGIN, add, store};

const NOW: u64 = 1_795_000_000;

struct Pair {
    _dir: TempDir,
    witness: Witness,
    publisher: Publisher,
}

fn pair() -> Pair {
    let dir = tempfile::tempdir().unwrap();
    let witness_key = SigningKey::generate_witness("witness.example/w").unwrap();
    witness_key.write(&dir.path().join("witness-key")).unwrap();
    let log_key = SigningKey::generate(ORIGIN).unwrap();
    std::fs::write(
        dir.path().join("logs"),
        format!("# cities\n{}\n", log_key.public()),
    )
    .unwrap();
    let line = format!("{} https://witness.example/w/\n", witness_key.public());
    Pair {
        witness: Witness::open(dir.path()).unwrap().unwrap(),
        publisher: Publisher::new(log_key, &line).unwrap(),
        _dir: dir,
    }
}

fn round(pair: &Pair, store: &yuandu_store::TemporaryStore) -> usize {
    let log = store.log();
    let requests = pair.publisher.requests(&log).unwrap();
    let mut cosigned = Vec::new();
    for request in &requests {
        assert_eq!(request.url, "https://witness.example/w/add-checkpoint");
        let mut request = request.clone();
        for _ in 0..2 {
            let answer = pair.witness.add(&request.body, NOW).unwrap();
            match pair
                .publisher
                .answered(&log, &request, answer.status, &answer.body)
                .unwrap()
            {
                Answered::Cosigned(note) => {
                    cosigned.push(note);
                    break;
                }
                Answered::Again(next) => request = *next,
            }
        }
    }
    let count = cosigned.len();
    pair.publisher.publish(&requests, cosigned);
    count
}

#[test]
fn a_growing_log_is_cosigned_and_an_audit_can_insist_on_it() {
    let (pair, store) = (pair(), store());
    for more in [0, 3, 0, 260] {
        add(&store, more);
        assert_eq!(round(&pair, &store), 1);
    }
    let audit = Audit {
        key: pair.publisher.public().clone(),
        witnesses: vec![pair.witness.public().clone()],
        quorum: 1,
    };
    let audited = audit
        .run(&Files::of(&store, &pair.publisher), None, &mut |_, _| ())
        .unwrap();
    assert_eq!((audited.cosigned, audited.head.size), (1, 263));
    let more = Audit { quorum: 2, ..audit };
    assert!(
        more.run(&Files::of(&store, &pair.publisher), None, &mut |_, _| ())
            .is_err()
    );
}

#[test]
fn a_log_that_forgets_is_not_cosigned_again_and_hears_about_it() {
    let (pair, store) = (pair(), store());
    add(&store, 9);
    assert_eq!(round(&pair, &store), 1);
    // Restored from an old copy: fewer entries than the witness has seen.
    let older = crate::city::store();
    add(&older, 4);
    let log = older.log();
    let request = pair.publisher.requests(&log).unwrap().remove(0);
    let answer = pair.witness.add(&request.body, NOW).unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (409, "9\n"));
    let error = pair
        .publisher
        .answered(&log, &request, answer.status, &answer.body)
        .unwrap_err();
    assert!(
        error.to_string().contains("lost entries or forked"),
        "{error}"
    );
}

#[test]
fn each_wrong_request_has_its_answer() {
    let (pair, store) = (pair(), store());
    add(&store, 9);
    assert_eq!(round(&pair, &store), 1);
    let other_log = Publisher::new(SigningKey::generate("other/log").unwrap(), "").unwrap();
    let impostor = Publisher::new(SigningKey::generate(ORIGIN).unwrap(), "").unwrap();
    let head = store.log().head().unwrap();
    let note = |publisher: &Publisher, head| Note::parse(&publisher.sign(head).unwrap()).unwrap();
    let forked = yuandu_store::Head {
        root: [7; 32],
        ..head
    };
    let longer = yuandu_store::Head {
        size: 12,
        root: [7; 32],
    };
    for (status, body) in [
        (404, request_body(9, &[], &note(&other_log, head))),
        (403, request_body(9, &[], &note(&impostor, head))),
        (400, request_body(10, &[], &note(&pair.publisher, head))),
        (409, request_body(3, &[], &note(&pair.publisher, head))),
        (409, request_body(9, &[], &note(&pair.publisher, forked))),
        (
            422,
            request_body(9, &[[1; 32]], &note(&pair.publisher, longer)),
        ),
        (400, "old 9\n".to_owned()),
        (400, String::new()),
    ] {
        assert_eq!(
            pair.witness.add(&body, NOW).unwrap().status,
            status,
            "{body}"
        );
    }
}
