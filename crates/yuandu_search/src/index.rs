//! The index of one source: texts, and for every pair of characters the rows that hold it.

use std::collections::HashMap;

use crate::folded::{GAP, Pair, first_of, folded, pair, pairs};

/// Words of a question that count; more would only cost.
const MOST_WORDS: usize = 8;
/// Rarest pairs of a text that similar ones are looked for by.
const TELLING: usize = 40;
/// Longest beginning of a text that similar ones are looked for by.
const MOST_CHARS: usize = 2_000;

/// A row that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// Its id.
    pub id: String,
    /// The larger, the better; comparable within one answer only.
    pub score: f32,
}

/// Texts by their pairs.
#[derive(Debug, Default)]
pub struct Index {
    texts: Vec<Text>,
    by_id: HashMap<String, u32>,
    rows_with: HashMap<Pair, Vec<u32>>,
    /// Second characters by the first, for questions of one character.
    following: HashMap<u32, Vec<Pair>>,
    gone: usize,
}

#[derive(Debug)]
struct Text {
    id: String,
    folded: String,
    /// The square root of the count of pairs: a long text shares more by chance.
    weight: f32,
}

impl Index {
    /// Rows that can be found.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Puts a row in, in place of what it was.
    pub fn put(&mut self, id: &str, text: &str) {
        let folded = folded(text);
        if let Some(number) = self.by_id.get(id)
            && self
                .texts
                .get(*number as usize)
                .is_some_and(|text| text.folded == folded)
        {
            return;
        }
        self.remove(id);
        let Ok(number) = u32::try_from(self.texts.len()) else {
            return;
        };
        let found = pairs(&folded);
        for pair in &found {
            let rows = self.rows_with.entry(*pair).or_default();
            if rows.is_empty() {
                self.following
                    .entry(first_of(*pair))
                    .or_default()
                    .push(*pair);
            }
            rows.push(number);
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "a text has at most 20,000 characters"
        )]
        let weight = (found.len().max(1) as f32).sqrt();
        self.texts.push(Text {
            id: id.to_owned(),
            folded,
            weight,
        });
        self.by_id.insert(id.to_owned(), number);
        if self.gone > 1_000 && self.gone > self.by_id.len() {
            self.compact();
        }
    }

    /// Takes a row out.
    pub fn remove(&mut self, id: &str) {
        if let Some(number) = self.by_id.remove(id) {
            // The lists keep its number until they are made anew; a text without an id is passed over.
            if let Some(text) = self.texts.get_mut(number as usize) {
                text.id = String::new();
                text.folded = String::new();
            }
            self.gone += 1;
        }
    }

    /// Rows that hold every word of a question, best first.
    pub fn find(&self, words: &str, most: usize) -> Vec<Hit> {
        let question = folded(words);
        let phrases: Vec<&str> = question.split(GAP).take(MOST_WORDS).collect();
        if question.is_empty() {
            return Vec::new();
        }
        let mut rarest: Option<Vec<u32>> = None;
        for phrase in &phrases {
            let rows = self.rows_of_phrase(phrase, rarest.as_deref());
            rarest = Some(rows);
        }
        let mut hits: Vec<(f32, u32)> = rarest
            .unwrap_or_default()
            .into_iter()
            .filter_map(|number| Some((self.worth(number, &phrases)?, number)))
            .collect();
        // Of equals the later comes first: it was written later.
        best(&mut hits, most);
        self.told(&hits)
    }

    /// Rows most similar to a text, best first.
    pub fn similar(&self, text: &str, most: usize) -> Vec<Hit> {
        let start: String = text.chars().take(MOST_CHARS).collect();
        let mut telling: Vec<(&Vec<u32>, Pair)> = pairs(&folded(&start))
            .into_iter()
            .filter_map(|pair| Some((self.rows_with.get(&pair)?, pair)))
            // A pair at the end of a sentence tells nothing about the matter.
            .filter(|(_, pair)| pair & 0xFFFF_FFFF != u64::from(u32::from(GAP)))
            .collect();
        telling.sort_by_key(|(rows, pair)| (rows.len(), *pair));
        telling.truncate(TELLING);
        #[expect(
            clippy::cast_precision_loss,
            reason = "counts of rows weigh by their logarithm"
        )]
        let all = self.texts.len().max(1) as f32;
        let mut sums: HashMap<u32, f32> = HashMap::new();
        for (rows, _) in telling {
            #[expect(
                clippy::cast_precision_loss,
                reason = "counts of rows weigh by their logarithm"
            )]
            let rarity = (1.0 + all / rows.len() as f32).ln();
            for number in rows {
                *sums.entry(*number).or_default() += rarity * rarity;
            }
        }
        let mut hits: Vec<(f32, u32)> = sums
            .into_iter()
            .filter_map(|(number, sum)| {
                let text = self.texts.get(number as usize)?;
                (!text.id.is_empty()).then_some((sum / text.weight, number))
            })
            .collect();
        best(&mut hits, most);
        self.told(&hits)
    }

    /// Rows that hold a phrase, of those given or of all, in order.
    fn rows_of_phrase(&self, phrase: &str, among: Option<&[u32]>) -> Vec<u32> {
        let holds = |number: &u32| {
            self.texts
                .get(*number as usize)
                .is_some_and(|text| text.folded.contains(phrase))
        };
        if let Some(among) = among {
            return among.iter().copied().filter(holds).collect();
        }
        let mut lists: Vec<&[u32]> = Vec::new();
        let mut letters = phrase.chars();
        let Some(mut before) = letters.next() else {
            return Vec::new();
        };
        for letter in letters {
            match self.rows_with.get(&pair(before, letter)) {
                Some(rows) => lists.push(rows),
                None => return Vec::new(),
            }
            before = letter;
        }
        if lists.is_empty() {
            return self.rows_with_character(before);
        }
        lists.sort_by_key(|rows| rows.len());
        let Some((shortest, others)) = lists.split_first() else {
            return Vec::new();
        };
        shortest
            .iter()
            .copied()
            .filter(|number| others.iter().all(|rows| rows.binary_search(number).is_ok()))
            .filter(holds)
            .collect()
    }

    fn rows_with_character(&self, letter: char) -> Vec<u32> {
        let following = self.following.get(&u32::from(letter));
        let mut rows: Vec<u32> = following
            .into_iter()
            .flatten()
            .filter_map(|pair| self.rows_with.get(pair))
            .flatten()
            .copied()
            .collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    }

    /// How often the phrases occur, less for a long text; `None` for a row that is gone.
    fn worth(&self, number: u32, phrases: &[&str]) -> Option<f32> {
        let text = self.texts.get(number as usize)?;
        if text.id.is_empty() {
            return None;
        }
        let times: usize = phrases
            .iter()
            .map(|phrase| text.folded.matches(phrase).take(50).count())
            .sum();
        #[expect(clippy::cast_precision_loss, reason = "at most 400")]
        let times = times as f32;
        Some(times / (times + 0.1 * text.weight))
    }

    fn told(&self, hits: &[(f32, u32)]) -> Vec<Hit> {
        hits.iter()
            .filter_map(|(score, number)| {
                let text = self.texts.get(*number as usize)?;
                Some(Hit {
                    id: text.id.clone(),
                    score: *score,
                })
            })
            .collect()
    }

    /// Makes the lists anew without the rows that are gone.
    fn compact(&mut self) {
        let texts = std::mem::take(&mut self.texts);
        *self = Self::default();
        for text in texts.into_iter().filter(|text| !text.id.is_empty()) {
            self.put(&text.id, &text.folded);
        }
    }
}

/// The best `most`, best first; of equals the later row.
fn best(hits: &mut Vec<(f32, u32)>, most: usize) {
    let order =
        |one: &(f32, u32), other: &(f32, u32)| other.0.total_cmp(&one.0).then(other.1.cmp(&one.1));
    if hits.len() > most && most > 0 {
        hits.select_nth_unstable_by(most - 1, order);
    }
    hits.truncate(most);
    hits.sort_unstable_by(order);
}
