//! The slips of a typist, for the tests of check digits.

/// Every text that differs from `code` in one character taken from `alphabet`.
pub(crate) fn one_character_changed(code: &str, alphabet: &str) -> Vec<String> {
    let chars: Vec<char> = code.chars().collect();
    let mut changed = Vec::new();
    for at in 0..chars.len() {
        for c in alphabet.chars().filter(|c| *c != chars[at]) {
            let mut slip = chars.clone();
            slip[at] = c;
            changed.push(slip.into_iter().collect());
        }
    }
    changed
}

/// Every text in which two unequal neighbours of `code` are swapped.
pub(crate) fn neighbours_swapped(code: &str) -> Vec<String> {
    let chars: Vec<char> = code.chars().collect();
    (1..chars.len())
        .filter(|at| chars[at - 1] != chars[*at])
        .map(|at| {
            let mut slip = chars.clone();
            slip.swap(at - 1, at);
            slip.into_iter().collect()
        })
        .collect()
}
