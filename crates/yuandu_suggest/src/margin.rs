//! Linear classifiers by dual coordinate descent: one label against all others, for all labels in one pass over a text.
//!
//! The squared hinge loss of a support vector machine, after Hsieh et al., "A Dual Coordinate Descent Method for Large-scale Linear SVM"
//! (2008). With [`odds`] as scale it becomes the mixture of naive Bayes and support vectors of Wang and Manning, "Baselines and Bigrams"
//! (2012), which is strong where texts are short. Start with [`fit`].

use crate::rows::{Cell, Rows, Table, add, add_product};

/// What a fit is made with.
#[derive(Debug, Clone, Copy)]
pub struct Penalty {
    /// How much an error costs against a large weight.
    pub cost: f32,
    /// Passes over the texts.
    pub passes: usize,
}

/// Weights that put texts of a label above those of all others.
///
/// `scale` weighs each feature for each label before it is used; none means all alike. `members` are the texts to learn from.
pub fn fit(
    rows: &Rows,
    labels: &[usize],
    members: &[usize],
    scale: Option<&Table>,
    shape: (usize, usize),
    penalty: Penalty,
) -> Table {
    let mut weights = Table::new(shape.0, shape.1);
    let lanes = weights.lanes;
    let mut duals = vec![0.0_f32; members.len() * lanes];
    let mut order: Vec<usize> = (0..members.len()).collect();
    let mut dice = Dice(0x59D2);
    let slack = 0.5 / penalty.cost;
    let mut work = Work::new(lanes);
    for _ in 0..penalty.passes {
        dice.shuffle(&mut order);
        let mut moved = 0.0_f32;
        for place in &order {
            let Some(text) = members.get(*place) else {
                continue;
            };
            let Some(own) = duals.get_mut(place * lanes..(place + 1) * lanes) else {
                continue;
            };
            let label = labels.get(*text).copied().unwrap_or(usize::MAX);
            let row = rows.row(*text);
            work.look(row, &weights, scale);
            moved = moved.max(work.step(own, label, slack));
            work.apply(row, &mut weights, scale);
        }
        if moved < 0.1 {
            break;
        }
    }
    weights
}

/// How strongly each feature speaks for each label: the logarithm of how often it occurs with the label against without.
///
/// Summed over a text this is naive Bayes with labels of equal weight, so that rare labels are not drowned; squared it is a scale for [`fit`].
pub fn odds(rows: &Rows, labels: &[usize], members: &[usize], shape: (usize, usize)) -> Table {
    let mut with = Table::new(shape.0, shape.1);
    let lanes = with.lanes;
    let mut total = vec![0.0_f32; shape.0];
    let mut sizes = vec![0.0_f32; lanes];
    for text in members {
        let label = labels.get(*text).copied().unwrap_or(usize::MAX);
        if let Some(size) = sizes.get_mut(label) {
            *size += 1.0;
        }
        for cell in rows.row(*text) {
            if let Some(count) = with.get_mut(cell.feature).get_mut(label) {
                *count += 1.0;
            }
            if let Some(count) = total.get_mut(cell.feature as usize) {
                *count += 1.0;
            }
        }
    }
    let all: f32 = sizes.iter().sum();
    for (counts, sum) in with.cells.chunks_exact_mut(lanes.max(1)).zip(&total) {
        for (count, size) in counts.iter_mut().zip(&sizes) {
            let inside = (*count + 1.0) / (size + 2.0);
            let outside = (sum - *count + 1.0) / (all - size + 2.0);
            *count = (inside / outside).ln();
        }
    }
    with
}

/// The scale for [`fit`] that the odds give: squared, because the weights are kept already scaled.
pub fn squared(odds: &Table) -> Table {
    Table {
        lanes: odds.lanes,
        cells: odds.cells.iter().map(|one| one * one).collect(),
    }
}

/// Small vectors, one number a label, used again for every text.
struct Work {
    margins: Vec<f32>,
    norms: Vec<f32>,
    steps: Vec<f32>,
}

impl Work {
    fn new(lanes: usize) -> Self {
        Self {
            margins: vec![0.0; lanes],
            norms: vec![0.0; lanes],
            steps: vec![0.0; lanes],
        }
    }

    /// What the present weights say of a text, and how long it is in each label's scale.
    fn look(&mut self, row: &[Cell], weights: &Table, scale: Option<&Table>) {
        self.margins.fill(0.0);
        self.norms.fill(0.0);
        for cell in row {
            add(&mut self.margins, weights.get(cell.feature), cell.weight);
            if let Some(scale) = scale {
                add(
                    &mut self.norms,
                    scale.get(cell.feature),
                    cell.weight * cell.weight,
                );
            }
        }
        if scale.is_none() {
            let norm = row.iter().map(|cell| cell.weight * cell.weight).sum();
            self.norms.fill(norm);
        }
    }

    /// The best step of each label's dual variable for this text; returns the largest.
    fn step(&mut self, duals: &mut [f32], label: usize, slack: f32) -> f32 {
        let mut largest = 0.0_f32;
        let sides = self.margins.iter().zip(&self.norms).zip(&mut self.steps);
        for (lane, (dual, ((margin, norm), step))) in duals.iter_mut().zip(sides).enumerate() {
            let side = if lane == label { 1.0 } else { -1.0 };
            let slope = side * margin - 1.0 + *dual * slack;
            let next = (*dual - slope / (norm + slack)).max(0.0);
            *step = (next - *dual) * side;
            largest = largest.max(step.abs());
            *dual = next;
        }
        largest
    }

    fn apply(&self, row: &[Cell], weights: &mut Table, scale: Option<&Table>) {
        if self.steps.iter().all(|step| *step == 0.0) {
            return;
        }
        for cell in row {
            let vector = weights.get_mut(cell.feature);
            match scale {
                None => add(vector, &self.steps, cell.weight),
                Some(scale) => {
                    add_product(vector, &self.steps, scale.get(cell.feature), cell.weight);
                }
            }
        }
    }
}

/// Chance that is the same on every run.
pub struct Dice(pub u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        crate::symbols::mixed(self.0, 1)
    }

    /// Puts the numbers into an order by chance.
    pub fn shuffle(&mut self, numbers: &mut [usize]) {
        for last in (1..numbers.len()).rev() {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "the remainder is at most `last`"
            )]
            let other = (self.next() % (last as u64 + 1)) as usize;
            numbers.swap(last, other);
        }
    }
}
