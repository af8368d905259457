//! Learning: several learners on all texts, and on parts of them to find out how far each is to be trusted.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::thread;

use crate::blend::{Blend, Scores};
use crate::error::SuggestError;
use crate::examples::Example;
use crate::margin::{Dice, Penalty, fit, odds, squared};
use crate::model::{LEARNERS, Model};
use crate::neighbours::Neighbours;
use crate::rows::{Rows, Table};
use crate::vocabulary::{Counted, Vocabulary};

/// How to learn. The defaults are for thousands to a hundred thousand texts.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Parts that the texts are cut into to measure the learners on what they have not seen.
    pub parts: usize,
    /// Threads; `None` means one for each processor.
    pub threads: Option<NonZeroUsize>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            parts: 5,
            threads: None,
        }
    }
}

/// Most labels that can be told apart.
const MOST_LABELS: usize = 2_000;
/// Texts that the trust in the learners is found on.
const WEIGHED: usize = 20_000;

const PLAIN: Penalty = Penalty {
    cost: 1.0,
    passes: 20,
};
const SCALED: Penalty = Penalty {
    cost: 1.0,
    passes: 20,
};

/// Learns from examples.
///
/// # Errors
/// Fewer than two labels, too many labels, or no text with a word in it.
pub fn learn(examples: &[Example], settings: Settings) -> Result<Model, SuggestError> {
    let names = label_names(examples)?;
    let by_name: HashMap<&str, usize> = names.iter().map(String::as_str).zip(0..).collect();
    let labels: Vec<usize> = examples
        .iter()
        .map(|example| by_name.get(example.label.as_str()).copied().unwrap_or(0))
        .collect();
    let threads = threads(settings);
    let counted = count_all(examples, threads);
    let vocabulary = Vocabulary::of(&counted, names.len());
    let mut rows = Rows::default();
    for text in &counted {
        rows.push(&vocabulary.row(text));
    }
    let parts = parts_of(&counted, &labels, settings.parts.max(2));
    drop(counted);
    let task = Task {
        rows,
        labels,
        shape: (vocabulary.len(), names.len()),
    };
    let (seen, right) = task.unseen_scores(&parts, settings.parts.max(2), threads);
    let blend = Blend::fit(&seen, &right, LEARNERS, names.len());
    let everything: Vec<usize> = (0..task.rows.len()).collect();
    let learned = task.learn(&everything);
    let mut counts = vec![0; names.len()];
    for label in &task.labels {
        if let Some(count) = counts.get_mut(*label) {
            *count += 1;
        }
    }
    Ok(Model {
        labels: names,
        counts,
        vocabulary,
        learned,
        blend,
    })
}

/// What the learners have learned.
#[derive(Debug, Clone, PartialEq)]
pub struct Learned {
    /// Weights of the learners that are linear.
    pub tables: Vec<Table>,
    /// The past texts.
    pub neighbours: Neighbours,
}

struct Task {
    rows: Rows,
    labels: Vec<usize>,
    shape: (usize, usize),
}

impl Task {
    fn learn(&self, members: &[usize]) -> Learned {
        let (rows, labels, shape) = (&self.rows, &self.labels, self.shape);
        let odds = odds(rows, labels, members, shape);
        let plain = fit(rows, labels, members, None, shape, PLAIN);
        let scaled = fit(rows, labels, members, Some(&squared(&odds)), shape, SCALED);
        Learned {
            tables: vec![plain, scaled, odds],
            neighbours: Neighbours::of(rows, labels, members, shape.0),
        }
    }

    /// Scores for texts by learners that were kept from seeing them, and the labels they really have.
    fn unseen_scores(
        &self,
        parts: &[usize],
        count: usize,
        threads: usize,
    ) -> (Vec<Scores>, Vec<usize>) {
        let numbers: Vec<usize> = (0..count).collect();
        let mut seen = Vec::new();
        let mut right = Vec::new();
        for batch in numbers.chunks(threads.max(1)) {
            let found: Vec<(Vec<Scores>, Vec<usize>)> = thread::scope(|scope| {
                let running: Vec<_> = batch
                    .iter()
                    .map(|part| scope.spawn(|| self.unseen_part(parts, *part, count)))
                    .collect();
                running
                    .into_iter()
                    .filter_map(|one| one.join().ok())
                    .collect()
            });
            for (scores, labels) in found {
                seen.extend(scores);
                right.extend(labels);
            }
        }
        (seen, right)
    }

    fn unseen_part(&self, parts: &[usize], part: usize, count: usize) -> (Vec<Scores>, Vec<usize>) {
        let members: Vec<usize> = (0..parts.len())
            .filter(|text| parts.get(*text) != Some(&part))
            .collect();
        let learned = self.learn(&members);
        let mut likeness = Vec::new();
        let asked: Vec<usize> = (0..parts.len())
            .filter(|text| parts.get(*text) == Some(&part))
            .take(WEIGHED / count)
            .collect();
        let scores = asked
            .iter()
            .map(|text| learned.scores(self.rows.row(*text), self.shape.1, &mut likeness))
            .collect();
        let labels = asked
            .iter()
            .filter_map(|text| self.labels.get(*text).copied())
            .collect();
        (scores, labels)
    }
}

fn label_names(examples: &[Example]) -> Result<Vec<String>, SuggestError> {
    let mut names: Vec<String> = examples
        .iter()
        .map(|example| example.label.clone())
        .collect();
    names.sort_unstable();
    names.dedup();
    match names.len() {
        0 | 1 => Err(SuggestError::TooFewLabels(names.len())),
        many if many > MOST_LABELS => Err(SuggestError::TooManyLabels {
            found: many,
            most: MOST_LABELS,
        }),
        _ => Ok(names),
    }
}

fn threads(settings: Settings) -> usize {
    settings
        .threads
        .or_else(|| thread::available_parallelism().ok())
        .map_or(1, NonZeroUsize::get)
}

fn count_all(examples: &[Example], threads: usize) -> Vec<Counted> {
    let share = examples.len().div_ceil(threads.max(1)).max(1);
    thread::scope(|scope| {
        let running: Vec<_> = examples
            .chunks(share)
            .map(|some| {
                scope.spawn(move || {
                    some.iter()
                        .map(|example| Counted::of(&example.text))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        running
            .into_iter()
            .filter_map(|one| one.join().ok())
            .flatten()
            .collect()
    })
}

/// The part of each text: each label is spread evenly, and texts that are the same word for word stay together, so that nobody is
/// measured on what was learned by heart.
fn parts_of(texts: &[Counted], labels: &[usize], parts: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..texts.len()).collect();
    Dice(0x5EED).shuffle(&mut order);
    let mut next: HashMap<usize, usize> = HashMap::new();
    let mut same: HashMap<&[(u64, u32)], usize> = HashMap::new();
    let mut part = vec![0; texts.len()];
    for text in order {
        let (Some(counted), Some(label)) = (texts.get(text), labels.get(text)) else {
            continue;
        };
        let turn = *same.entry(&counted.runs).or_insert_with(|| {
            let turn = next.entry(*label).or_insert(*label);
            *turn += 1;
            *turn % parts
        });
        if let Some(place) = part.get_mut(text) {
            *place = turn;
        }
    }
    part
}
