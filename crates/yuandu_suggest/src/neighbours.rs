//! What the most similar past texts were labelled: catches what a linear weight forgets, such as the same complaint word for word.
//!
//! Start with [`Neighbours::of`] and [`Neighbours::votes`].

use crate::rows::{Cell, Rows};

/// Strongest features of a text that are compared.
const STRONGEST: usize = 64;
/// A feature of more texts than this tells them too little apart for its cost.
const COMMON: usize = 400;
/// Past texts kept; of more, every n-th.
const MOST: usize = 30_000;
/// Most similar texts that vote.
const VOTERS: usize = 12;

/// Past texts by their features.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbours {
    /// Texts of each feature: end in `posts`.
    pub ends: Vec<u32>,
    /// Text and weight, grouped by feature.
    pub posts: Vec<(u32, f32)>,
    /// Label of each text.
    pub labels: Vec<u32>,
}

impl Neighbours {
    /// The past texts `members`, to be asked later.
    pub fn of(rows: &Rows, labels: &[usize], members: &[usize], features: usize) -> Self {
        let every = members.len().div_ceil(MOST).max(1);
        let kept: Vec<usize> = members.iter().copied().step_by(every).collect();
        let mut entries: Vec<(u32, u32, f32)> = Vec::new();
        for (number, text) in (0_u32..).zip(&kept) {
            for cell in strongest(rows.row(*text)) {
                entries.push((cell.feature, number, cell.weight));
            }
        }
        entries.sort_unstable_by_key(|(feature, number, _)| (*feature, *number));
        let mut posts = Vec::with_capacity(entries.len());
        let mut ends = vec![0_u32; features];
        for same in entries.chunk_by(|one, other| one.0 == other.0) {
            if same.len() <= COMMON {
                posts.extend(same.iter().map(|(_, number, weight)| (*number, *weight)));
            }
            if let (Some((feature, _, _)), Ok(end)) = (same.first(), u32::try_from(posts.len()))
                && let Some(place) = ends.get_mut(*feature as usize)
            {
                *place = end;
            }
        }
        let mut last = 0;
        for end in &mut ends {
            *end = last.max(*end);
            last = *end;
        }
        let labels = kept
            .iter()
            .map(|text| {
                labels
                    .get(*text)
                    .map_or(u32::MAX, |label| u32::try_from(*label).unwrap_or(u32::MAX))
            })
            .collect();
        Self {
            ends,
            posts,
            labels,
        }
    }

    /// What the most similar texts say for each label, and how similar the nearest of each label is.
    pub fn votes(
        &self,
        row: &[Cell],
        lanes: usize,
        likeness: &mut Vec<f32>,
    ) -> (Vec<f32>, Vec<f32>) {
        likeness.clear();
        likeness.resize(self.labels.len(), 0.0);
        for cell in strongest(row) {
            for (number, weight) in self.texts_with(cell.feature) {
                if let Some(sum) = likeness.get_mut(*number as usize) {
                    *sum += weight * cell.weight;
                }
            }
        }
        let mut near: Vec<(f32, u32)> = likeness
            .iter()
            .zip(&self.labels)
            .filter(|(sum, _)| **sum > 0.05)
            .map(|(sum, label)| (*sum, *label))
            .collect();
        if near.len() > VOTERS {
            near.select_nth_unstable_by(VOTERS, |one, other| {
                other.0.total_cmp(&one.0).then(one.1.cmp(&other.1))
            });
            near.truncate(VOTERS);
        }
        let mut votes = vec![0.0; lanes];
        let mut nearest = vec![0.0_f32; lanes];
        for (sum, label) in near {
            if let Some(vote) = votes.get_mut(label as usize) {
                *vote += sum;
            }
            if let Some(best) = nearest.get_mut(label as usize) {
                *best = best.max(sum);
            }
        }
        (votes, nearest)
    }

    fn texts_with(&self, feature: u32) -> &[(u32, f32)] {
        let feature = feature as usize;
        let start = match feature.checked_sub(1) {
            Some(before) => self.ends.get(before).copied().unwrap_or(0),
            None => 0,
        };
        let end = self.ends.get(feature).copied().unwrap_or(start);
        self.posts
            .get(start as usize..end as usize)
            .unwrap_or_default()
    }
}

fn strongest(row: &[Cell]) -> Vec<Cell> {
    let mut cells = row.to_vec();
    if cells.len() > STRONGEST {
        cells.select_nth_unstable_by(STRONGEST, |one, other| {
            other
                .weight
                .total_cmp(&one.weight)
                .then(one.feature.cmp(&other.feature))
        });
        cells.truncate(STRONGEST);
    }
    cells
}
