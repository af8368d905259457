//! Whatever is written and removed: found is exactly what holds the phrase.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::town::{Town, found};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn found_is_what_plain_looking_finds(
        steps in proptest::collection::vec((0_u8..6, "[停水电气路1 ]{0,8}"), 1..24),
        question in "[停水电气路1]{1,3}",
    ) {
        let town = Town::new();
        let search = town.search();
        let mut real: BTreeMap<String, String> = BTreeMap::new();
        for (id, words) in steps {
            let id = id.to_string();
            if words.is_empty() && real.contains_key(&id) {
                town.remove(&id);
                real.remove(&id);
            } else {
                town.write(&id, &words);
                real.insert(id, words);
            }
        }
        let mut expected: Vec<String> = real
            .into_iter()
            .filter(|(_, words)| words.contains(&question))
            .map(|(id, _)| id)
            .collect();
        let mut ids = found(&search, &question);
        ids.sort();
        expected.sort();
        prop_assert_eq!(ids, expected);
    }
}
