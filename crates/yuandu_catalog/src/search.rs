//! Finding entries by words: Chinese by pairs of characters, everything else by words and their beginnings.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::Entry;

/// Where each piece of text occurs; names count more than summaries.
#[derive(Debug, Default)]
pub(crate) struct Index {
    pieces: BTreeMap<String, HashMap<usize, u32>>,
}

impl Index {
    pub(crate) fn of(entries: &[Entry]) -> Self {
        let mut index = Self::default();
        for (at, entry) in entries.iter().enumerate() {
            index.add(at, entry);
        }
        index
    }

    pub(crate) fn add(&mut self, at: usize, entry: &Entry) {
        let mut take = |text: &str, weight: u32| {
            for piece in pieces(text) {
                *self.pieces.entry(piece).or_default().entry(at).or_default() += weight;
            }
        };
        for text in [&entry.name.zh, &entry.name.en] {
            take(text, 8);
        }
        take(&entry.code, 8);
        take(&entry.register, 4);
        for word in &entry.keywords {
            take(&word.zh, 4);
            take(&word.en, 4);
        }
        for text in [
            &entry.summary.zh,
            &entry.summary.en,
            &entry.provider.name.zh,
            &entry.provider.name.en,
        ] {
            take(text, 2);
        }
        for item in &entry.items {
            take(&item.label.zh, 1);
            take(&item.label.en, 1);
            take(&item.name, 1);
        }
    }

    pub(crate) fn remove(&mut self, at: usize) {
        self.pieces.retain(|_, places| {
            places.remove(&at);
            !places.is_empty()
        });
    }

    /// Entries that have every piece of the words, those with more weight first.
    pub(crate) fn find(&self, words: &str, limit: usize) -> Vec<usize> {
        let mut scores: Option<HashMap<usize, u32>> = None;
        for piece in pieces(words) {
            let mut found: HashMap<usize, u32> = HashMap::new();
            let beginning = self
                .pieces
                .range(piece.clone()..)
                .take_while(|(known, _)| known.starts_with(&piece));
            for (_, places) in beginning {
                for (at, weight) in places {
                    *found.entry(*at).or_default() += weight;
                }
            }
            scores = Some(match scores {
                None => found,
                Some(before) => before
                    .into_iter()
                    .filter_map(|(at, score)| Some((at, score + found.get(&at)?)))
                    .collect(),
            });
        }
        let mut ranked: Vec<(usize, u32)> = scores.unwrap_or_default().into_iter().collect();
        ranked.sort_by_key(|(at, score)| (std::cmp::Reverse(*score), *at));
        ranked.into_iter().take(limit).map(|(at, _)| at).collect()
    }
}

/// The pieces of a text: pairs of neighbouring Chinese characters (one alone stands for itself), and words of other letters.
fn pieces(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut word = String::new();
    let mut run: Vec<char> = Vec::new();
    let mut end_word = |word: &mut String| {
        if !word.is_empty() {
            found.insert(std::mem::take(word));
        }
    };
    let mut pairs = Vec::new();
    let mut end_run = |run: &mut Vec<char>| {
        match run.as_slice() {
            [] => {}
            [one] => pairs.push(one.to_string()),
            many => pairs.extend(many.windows(2).map(|pair| pair.iter().collect::<String>())),
        }
        run.clear();
    };
    for letter in text.chars().flat_map(char::to_lowercase) {
        if is_han(letter) {
            end_word(&mut word);
            run.push(letter);
        } else if letter.is_alphanumeric() {
            end_run(&mut run);
            word.push(letter);
        } else {
            end_word(&mut word);
            end_run(&mut run);
        }
    }
    end_word(&mut word);
    end_run(&mut run);
    found.extend(pairs);
    found
}

fn is_han(letter: char) -> bool {
    matches!(u32::from(letter), 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0x2_0000..=0x3_134F)
}
