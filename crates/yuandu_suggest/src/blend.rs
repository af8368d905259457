//! How several learners' scores become one probability for each label: weights found on texts that the learners had not seen.
//!
//! A softmax over weighted sums, with one weight for each learner and one offset for each label. So few numbers cannot learn the texts by
//! heart, and what comes out can be read as a probability. Start with [`Blend::fit`].

/// The weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Blend {
    /// One for each learner.
    pub trust: Vec<f32>,
    /// One for each label.
    pub offset: Vec<f32>,
}

/// Scores of one text: for each learner one number a label.
pub type Scores = Vec<Vec<f32>>;

const STEPS: usize = 300;
const RATE: f32 = 0.05;
/// Pulls the offsets to zero where there is little to learn them from.
const DECAY: f32 = 1e-3;

impl Blend {
    /// Weights under which the right labels are as likely as can be.
    pub fn fit(seen: &[Scores], labels: &[usize], learners: usize, lanes: usize) -> Self {
        let mut blend = Self {
            trust: vec![1.0; learners],
            offset: vec![0.0; lanes],
        };
        let mut pace = Pace::new(learners + lanes);
        #[expect(clippy::cast_precision_loss, reason = "counts of texts")]
        let share = 1.0 / seen.len().max(1) as f32;
        for _ in 0..STEPS {
            let mut slope = vec![0.0_f32; learners + lanes];
            for (scores, label) in seen.iter().zip(labels) {
                let mut off = blend.probabilities(scores);
                if let Some(own) = off.get_mut(*label) {
                    *own -= 1.0;
                }
                let (trusts, offsets) = slope.split_at_mut(learners);
                for (sum, one) in trusts.iter_mut().zip(scores) {
                    *sum += share * off.iter().zip(one).map(|(p, s)| p * s).sum::<f32>();
                }
                for (sum, p) in offsets.iter_mut().zip(&off) {
                    *sum += share * p;
                }
            }
            for (sum, offset) in slope.iter_mut().skip(learners).zip(&blend.offset) {
                *sum += DECAY * offset;
            }
            let numbers = blend.trust.iter_mut().chain(blend.offset.iter_mut());
            pace.step(numbers, &slope);
            for trust in &mut blend.trust {
                *trust = trust.max(0.0);
            }
        }
        blend
    }

    /// How likely each label is.
    pub fn probabilities(&self, scores: &Scores) -> Vec<f32> {
        let mut sums = self.offset.clone();
        for (trust, one) in self.trust.iter().zip(scores) {
            for (sum, score) in sums.iter_mut().zip(one) {
                *sum += trust * score;
            }
        }
        let top = sums.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let mut total = 0.0;
        for sum in &mut sums {
            *sum = (*sum - top).exp();
            total += *sum;
        }
        for sum in &mut sums {
            *sum /= total;
        }
        sums
    }
}

/// Adam, after Kingma and Ba (2015): each number has a pace of its own.
struct Pace {
    mean: Vec<f32>,
    square: Vec<f32>,
    seen: i32,
}

impl Pace {
    fn new(numbers: usize) -> Self {
        Self {
            mean: vec![0.0; numbers],
            square: vec![0.0; numbers],
            seen: 0,
        }
    }

    fn step<'a>(&mut self, numbers: impl Iterator<Item = &'a mut f32>, slope: &[f32]) {
        self.seen += 1;
        let (early, late) = (
            1.0 - 0.9_f32.powi(self.seen),
            1.0 - 0.99_f32.powi(self.seen),
        );
        let own = self.mean.iter_mut().zip(&mut self.square);
        for ((number, slope), (mean, square)) in numbers.zip(slope).zip(own) {
            *mean = 0.9 * *mean + 0.1 * slope;
            *square = 0.99 * *square + 0.01 * slope * slope;
            *number -= RATE * (*mean / early) / ((*square / late).sqrt() + 1e-8);
        }
    }
}
