//! Bytes from an attacker: any are answered, none panic, and the work is bounded.

use proptest::prelude::*;
use yuandu_trust::cert::Certificate;
use yuandu_trust::crl::Crl;
use yuandu_trust::der::Instant;
use yuandu_trust::path::Purpose;
use yuandu_trust::question::{Question, ask};

const AT: Instant = Instant(1_700_000_000);

fn question(roots: Vec<u8>, chain: Vec<u8>, crls: Vec<Vec<u8>>) -> Question {
    Question {
        roots,
        chain,
        crls,
        at: AT,
        purpose: Purpose::Server,
        name: Some("example.com".to_owned()),
        policies: Vec::new(),
        explicit_policy: false,
        inhibit_mapping: false,
        inhibit_any: false,
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = Certificate::read(&bytes);
        let _ = Crl::read(&bytes);
        let _ = ask(&question(bytes.clone(), bytes.clone(), vec![bytes]));
    }

    #[test]
    fn deeply_nested_bytes_do_not_blow_the_stack(depth in 1usize..100_000) {
        let bytes = [0x30, 0x80].repeat(depth);
        prop_assert!(Certificate::read(&bytes).is_err());
        prop_assert!(Crl::read(&bytes).is_err());
    }
}

#[test]
fn files_without_anything_are_an_error_and_not_an_answer() {
    assert!(ask(&question(Vec::new(), Vec::new(), Vec::new())).is_err());
    assert!(ask(&question(b"hello".to_vec(), b"hello".to_vec(), Vec::new())).is_err());
}
