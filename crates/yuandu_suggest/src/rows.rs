//! Sparse rows of numbers, and tables of one small vector per feature: the two shapes that all the arithmetic works on.

/// Sparse rows, one a text.
#[derive(Debug, Default)]
pub struct Rows {
    ends: Vec<usize>,
    cells: Vec<Cell>,
}

/// One number of a sparse row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// Which feature.
    pub feature: u32,
    /// How strongly the text has it.
    pub weight: f32,
}

impl Rows {
    /// Puts one more row behind the others.
    pub fn push(&mut self, row: &[Cell]) {
        self.cells.extend_from_slice(row);
        self.ends.push(self.cells.len());
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// A row by number; empty when there is none.
    pub fn row(&self, number: usize) -> &[Cell] {
        let start = match number.checked_sub(1) {
            Some(before) => self.ends.get(before).copied().unwrap_or(0),
            None => 0,
        };
        let end = self.ends.get(number).copied().unwrap_or(start);
        self.cells.get(start..end).unwrap_or_default()
    }
}

/// Numbers that a processor takes in one step; vectors are filled up to a multiple of it.
pub const STEP: usize = 4;

/// A vector of `lanes` numbers for each feature, one lane a label and some unused behind them.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Numbers in each vector, a multiple of [`STEP`].
    pub lanes: usize,
    /// All vectors, one after the other.
    pub cells: Vec<f32>,
}

impl Table {
    /// A table of zeros.
    pub fn new(features: usize, labels: usize) -> Self {
        let lanes = labels.next_multiple_of(STEP);
        Self {
            lanes,
            cells: vec![0.0; features * lanes],
        }
    }

    /// The vector of a feature; empty when there is none.
    pub fn get(&self, feature: u32) -> &[f32] {
        let start = feature as usize * self.lanes;
        self.cells
            .get(start..start + self.lanes)
            .unwrap_or_default()
    }

    /// The vector of a feature, to be changed.
    pub fn get_mut(&mut self, feature: u32) -> &mut [f32] {
        let start = feature as usize * self.lanes;
        self.cells
            .get_mut(start..start + self.lanes)
            .unwrap_or_default()
    }

    /// The weighted sum of the vectors of a row's features.
    pub fn sum(&self, row: &[Cell]) -> Vec<f32> {
        let mut total = vec![0.0; self.lanes];
        for cell in row {
            add(&mut total, self.get(cell.feature), cell.weight);
        }
        total
    }
}

/// Adds a vector, times a weight, to another.
pub fn add(total: &mut [f32], vector: &[f32], weight: f32) {
    let pairs = total
        .as_chunks_mut::<STEP>()
        .0
        .iter_mut()
        .zip(vector.as_chunks::<STEP>().0);
    for (sums, ones) in pairs {
        for (sum, one) in sums.iter_mut().zip(ones) {
            *sum += weight * one;
        }
    }
}

/// Adds to a vector the product of two others, times a weight.
pub fn add_product(total: &mut [f32], one: &[f32], other: &[f32], weight: f32) {
    let factors = one
        .as_chunks::<STEP>()
        .0
        .iter()
        .zip(other.as_chunks::<STEP>().0);
    for (sums, (ones, others)) in total.as_chunks_mut::<STEP>().0.iter_mut().zip(factors) {
        for (sum, (one, other)) in sums.iter_mut().zip(ones.iter().zip(others)) {
            *sum += weight * one * other;
        }
    }
}
