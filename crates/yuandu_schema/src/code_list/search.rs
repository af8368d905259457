//! Ranking codes by a person's words: exact names first, then everyday words, then shared pairs of characters.
//!
//! Chinese has no spaces between words, so a sentence such as `门口井盖没了` is compared by pairs of characters.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::CodeEntry;
use crate::people_text::half_width;

/// Below this share of common pairs two phrases only meet by accident.
const LEAST_SCORE: u32 = 20;

pub(super) fn best<'l>(
    entries: &'l [CodeEntry],
    words: &str,
    on: Date,
    limit: usize,
) -> Vec<&'l CodeEntry> {
    let query = Phrase::of(words);
    if query.text.is_empty() {
        return Vec::new();
    }
    let mut scored: Vec<(u32, usize, &CodeEntry)> = entries
        .iter()
        .enumerate()
        .filter(|(_, entry)| entry.valid_on(on))
        .map(|(at, entry)| (score(&query, entry), at, entry))
        .filter(|(score, _, _)| *score >= LEAST_SCORE)
        .collect();
    scored.sort_by_key(|(score, at, _)| (std::cmp::Reverse(*score), *at));
    scored
        .into_iter()
        .take(limit)
        .map(|(_, _, entry)| entry)
        .collect()
}

struct Phrase {
    text: String,
    pairs: BTreeSet<(char, char)>,
}

impl Phrase {
    fn of(text: &str) -> Self {
        let text = half_width(text).to_lowercase();
        let letters: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).collect();
        let pairs = letters
            .iter()
            .copied()
            .zip(letters.iter().copied().skip(1))
            .collect();
        Self { text, pairs }
    }
}

fn score(query: &Phrase, entry: &CodeEntry) -> u32 {
    if entry.code.eq_ignore_ascii_case(&query.text) {
        return 1_000;
    }
    let code = if query.text.len() >= 2 && entry.code.to_lowercase().starts_with(&query.text) {
        300
    } else {
        0
    };
    let names = [&entry.name.zh, &entry.name.en]
        .map(|name| likeness(query, name, 1))
        .into_iter()
        .max();
    // Everyday words weigh a little less than the official name.
    let words = entry
        .words
        .iter()
        .map(|word| likeness(query, word, 0))
        .max();
    code.max(names.unwrap_or(0)).max(words.unwrap_or(0))
}

/// How well a phrase fits a name, 0 to 500.
fn likeness(query: &Phrase, name: &str, bonus: u32) -> u32 {
    let name = Phrase::of(name);
    if name.text.is_empty() {
        return 0;
    }
    if name.text == query.text {
        return 500 + bonus;
    }
    let length = |text: &str| u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    let (asked, known) = (length(&query.text), length(&name.text));
    // The shorter of two nested phrases covers so much of the longer one.
    if name.text.contains(&query.text) {
        return 300 + bonus + 100 * asked / known.max(1);
    }
    if known >= 2 && query.text.contains(&name.text) {
        return 300 + bonus + 100 * known / asked.max(1);
    }
    let common = u32::try_from(query.pairs.intersection(&name.pairs).count()).unwrap_or(0);
    let most = u32::try_from(query.pairs.len().min(name.pairs.len())).unwrap_or(0);
    if most == 0 || common == 0 {
        0
    } else {
        200 * common / most.max(1)
    }
}
