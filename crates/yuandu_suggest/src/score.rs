//! How often the suggestions are right, beside what a guess without looking would be.

use crate::examples::Asked;
use crate::model::Suggestion;

/// Counts over the texts whose label is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Texts with a label.
    pub labelled: usize,
    /// Of these, how many have the right label first.
    pub first: usize,
    /// How many have it among the first three.
    pub three: usize,
    /// How many a guess would get that always says the label most frequent in what was learned from.
    pub majority: usize,
}

impl Report {
    /// A count as a share of the labelled texts.
    #[must_use]
    pub fn share(&self, count: usize) -> f64 {
        #[expect(
            clippy::cast_precision_loss,
            reason = "counts of texts are far below 2^52"
        )]
        let (part, all) = (count as f64, self.labelled.max(1) as f64);
        part / all
    }
}

/// Compares suggestions with the labels that are known.
#[must_use]
pub fn measure(asked: &[Asked], suggested: &[Vec<Suggestion<'_>>], majority: &str) -> Report {
    let mut report = Report {
        labelled: 0,
        first: 0,
        three: 0,
        majority: 0,
    };
    for (text, found) in asked.iter().zip(suggested) {
        let Some(label) = text.label.as_deref() else {
            continue;
        };
        report.labelled += 1;
        let place = found.iter().position(|one| one.label == label);
        report.first += usize::from(place == Some(0));
        report.three += usize::from(place.is_some_and(|place| place < 3));
        report.majority += usize::from(label == majority);
    }
    report
}
