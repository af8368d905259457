//! What was learned, and asking it.

use std::num::NonZeroUsize;
use std::thread;

use crate::blend::{Blend, Scores};
use crate::rows::Cell;
use crate::train::Learned;
use crate::vocabulary::{Counted, Vocabulary};

/// Learners whose scores are blended: two margins, the odds, and two views of the neighbours.
pub const LEARNERS: usize = 5;

/// A model that suggests labels for texts.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    pub(crate) labels: Vec<String>,
    /// How many examples of each label were learned from.
    pub(crate) counts: Vec<u32>,
    pub(crate) vocabulary: Vocabulary,
    pub(crate) learned: Learned,
    pub(crate) blend: Blend,
}

/// A label and how likely it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Suggestion<'a> {
    /// The label.
    pub label: &'a str,
    /// From 0 to 1; over all labels they add up to 1.
    pub score: f32,
}

impl Model {
    /// The labels that can be suggested, in order of their names.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The label with the most examples; of equals, the first by name.
    #[must_use]
    pub fn majority(&self) -> &str {
        let mut best = ("", 0);
        for (label, count) in self.labels.iter().zip(&self.counts) {
            if *count > best.1 {
                best = (label, *count);
            }
        }
        best.0
    }

    /// The `most` likeliest labels of a text, likeliest first. A text without a known word gets the most frequent labels, with low scores.
    #[must_use]
    pub fn suggest(&self, text: &str, most: usize) -> Vec<Suggestion<'_>> {
        self.suggest_with(text, most, &mut Vec::new())
    }

    /// [`Self::suggest`] for many texts, on as many threads as there are processors.
    #[must_use]
    pub fn suggest_all<'a>(
        &'a self,
        texts: impl Iterator<Item = &'a str>,
        most: usize,
    ) -> Vec<Vec<Suggestion<'a>>> {
        let texts: Vec<&str> = texts.collect();
        let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let share = texts.len().div_ceil(threads).max(1);
        thread::scope(|scope| {
            let running: Vec<_> = texts
                .chunks(share)
                .map(|some| {
                    scope.spawn(|| {
                        let mut likeness = Vec::new();
                        some.iter()
                            .map(|text| self.suggest_with(text, most, &mut likeness))
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

    fn suggest_with(
        &self,
        text: &str,
        most: usize,
        likeness: &mut Vec<f32>,
    ) -> Vec<Suggestion<'_>> {
        let row = self.vocabulary.row(&Counted::of(text));
        let scores = self.learned.scores(&row, self.labels.len(), likeness);
        let likely = self.blend.probabilities(&scores);
        let mut all: Vec<Suggestion<'_>> = self
            .labels
            .iter()
            .zip(likely)
            .map(|(label, score)| Suggestion { label, score })
            .collect();
        all.sort_by(|one, other| other.score.total_cmp(&one.score));
        all.truncate(most);
        all
    }
}

impl Learned {
    /// What each learner says of each label.
    pub(crate) fn scores(&self, row: &[Cell], lanes: usize, likeness: &mut Vec<f32>) -> Scores {
        let mut scores: Scores = self.tables.iter().map(|table| table.sum(row)).collect();
        let (votes, nearest) = self.neighbours.votes(row, lanes, likeness);
        scores.push(votes);
        scores.push(nearest);
        scores
    }
}
