//! Which runs of symbols are counted, and how much each says: runs of one to four, weighted by how rare they are.
//!
//! Chinese writes no spaces, and a word list would miss the names and the talk of a town; short runs of characters hold the words
//! without one. Start with [`Vocabulary::of`] and [`Vocabulary::row`].

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::rows::Cell;
use crate::symbols::{BREAK, mixed, symbols};

/// Longest run that is counted.
const LONGEST: usize = 4;
/// More runs than this are not kept: the rarest go. 600,000 runs of 7 labels are 17 MB a table.
const MOST: usize = 600_000;
/// Numbers in one table; with many labels fewer runs are kept. 48 million are 192 MB.
const MOST_CELLS: usize = 48_000_000;
/// Below this many texts even a run that occurs once is kept.
const SMALL: usize = 3_000;

/// Runs are hashed already: hashing them again would only cost time.
#[derive(Default)]
pub struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 << 8) ^ u64::from(*byte);
        }
    }
    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

type ByRun<V> = HashMap<u64, V, BuildHasherDefault<AsItIs>>;

/// The runs that are counted.
#[derive(Debug, Clone, PartialEq)]
pub struct Vocabulary {
    places: ByRun<u32>,
    rarity: Vec<f32>,
}

impl Vocabulary {
    /// The runs of these texts that are worth counting.
    pub fn of(texts: &[Counted], labels: usize) -> Self {
        let least = if texts.len() < SMALL { 1 } else { 2 };
        let mut seen: ByRun<u32> = ByRun::default();
        for text in texts {
            for (run, _) in &text.runs {
                *seen.entry(*run).or_default() += 1;
            }
        }
        let mut kept: Vec<(u64, u32)> = seen
            .into_iter()
            .filter(|(_, texts)| *texts >= least)
            .collect();
        // The most frequent first: what is used most lies together in memory.
        kept.sort_unstable_by_key(|(run, texts)| (std::cmp::Reverse(*texts), *run));
        kept.truncate(MOST.min(MOST_CELLS / labels.max(1)));
        #[expect(
            clippy::cast_precision_loss,
            reason = "counts of texts are far below 2^24 where it matters"
        )]
        let rarity = kept
            .iter()
            .map(|(_, with)| ((1.0 + texts.len() as f32) / (1.0 + *with as f32)).ln() + 1.0)
            .collect();
        Self::from_parts(kept.into_iter().map(|(run, _)| run).collect(), rarity)
    }

    /// Puts a vocabulary together from what [`Self::parts`] gave.
    pub fn from_parts(runs: Vec<u64>, rarity: Vec<f32>) -> Self {
        let places = runs.into_iter().zip(0..).collect();
        Self { places, rarity }
    }

    /// The runs in order, and the rarity of each.
    pub fn parts(&self) -> (Vec<u64>, &[f32]) {
        let mut runs: Vec<(u32, u64)> = self.places.iter().map(|(run, at)| (*at, *run)).collect();
        runs.sort_unstable();
        (runs.into_iter().map(|(_, run)| run).collect(), &self.rarity)
    }

    /// How many runs are counted.
    pub fn len(&self) -> usize {
        self.rarity.len()
    }

    /// A text as a row of unit length; empty when it has no known run.
    pub fn row(&self, text: &Counted) -> Vec<Cell> {
        let mut row: Vec<Cell> = text
            .runs
            .iter()
            .filter_map(|(run, times)| {
                let feature = *self.places.get(run)?;
                let rarity = self.rarity.get(feature as usize)?;
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "a text has at most 4,000 symbols"
                )]
                let weight = (1.0 + (*times as f32).ln()) * rarity;
                Some(Cell { feature, weight })
            })
            .collect();
        row.sort_unstable_by_key(|cell| cell.feature);
        let length = row
            .iter()
            .map(|cell| cell.weight * cell.weight)
            .sum::<f32>()
            .sqrt();
        if length > 0.0 {
            for cell in &mut row {
                cell.weight /= length;
            }
        }
        row
    }
}

/// A text as its runs, each with how often it occurs.
#[derive(Debug, Clone)]
pub struct Counted {
    /// Hash of the run and its count, in order of the hash.
    pub runs: Vec<(u64, u32)>,
}

impl Counted {
    /// Counts the runs of a text.
    pub fn of(text: &str) -> Self {
        let found = symbols(text);
        let mut all = Vec::with_capacity(found.len() * LONGEST);
        for start in 0..found.len() {
            let mut hash = 0;
            for symbol in found.iter().skip(start).take(LONGEST) {
                if *symbol == BREAK {
                    break;
                }
                hash = mixed(hash, *symbol);
                all.push(hash);
            }
        }
        all.sort_unstable();
        let mut runs: Vec<(u64, u32)> = Vec::with_capacity(all.len());
        for run in all {
            match runs.last_mut() {
                Some((last, times)) if *last == run => *times += 1,
                _ => runs.push((run, 1)),
            }
        }
        Self { runs }
    }
}
