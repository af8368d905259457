//! Summaries of a series by hour or day: kept ones where a day is packed, computed from the points where it is not yet.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{DAY, Sample, Series, codec, table};
use crate::StoreError;

/// How long a summary is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// An hour.
    Hour,
    /// A day, in UTC.
    Day,
}

impl Step {
    pub(super) fn millis(self) -> i64 {
        match self {
            Self::Hour => 3600 * 1000,
            Self::Day => DAY,
        }
    }
}

/// What the points of one step amount to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// Beginning of the step.
    pub at: Timestamp,
    /// Number of points.
    pub points: i64,
    /// Smallest value.
    pub low: f64,
    /// Largest value.
    pub high: f64,
    /// Sum of the values.
    pub total: f64,
    /// The last value.
    pub last: f64,
}

impl Summary {
    /// The mean value.
    #[must_use]
    pub fn mean(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a step has far fewer points")]
        let points = self.points as f64;
        self.total / points
    }
}

/// Summaries of samples that are in order.
pub(super) fn of_samples(samples: &[Sample], step: Step) -> Result<Vec<Summary>, StoreError> {
    let mut found: Vec<Summary> = Vec::new();
    for (at, value) in samples {
        let begin = at.div_euclid(step.millis()) * step.millis();
        match found.last_mut() {
            Some(last) if last.at.as_millisecond() == begin => {
                last.points += 1;
                last.low = last.low.min(*value);
                last.high = last.high.max(*value);
                last.total += value;
                last.last = *value;
            }
            _ => found.push(Summary {
                at: Timestamp::from_millisecond(begin).map_err(|_| codec::damaged())?,
                points: 1,
                low: *value,
                high: *value,
                total: *value,
                last: *value,
            }),
        }
    }
    Ok(found)
}

impl Series {
    /// Summaries of the steps that begin from `from` on and before `to`, in order.
    pub fn summaries(
        &self,
        realm: i64,
        series: &str,
        step: Step,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Summary>, StoreError> {
        let (from, to) = (from.as_millisecond(), to.as_millisecond());
        let mut found: BTreeMap<i64, Summary> = BTreeMap::new();
        let sql = "SELECT at, points, low, high, total, last FROM series_summary WHERE realm = $1 AND series = $2 AND step = $3 AND at >= $4 AND at < $5 ORDER BY at";
        let bounds = [
            realm.into(),
            series.into(),
            step.millis().into(),
            from.into(),
            to.into(),
        ];
        self.db.query(sql, &bounds, |row| {
            let summary = Summary {
                at: row.timestamp("at")?,
                points: row.int("points")?,
                low: row.real("low")?,
                high: row.real("high")?,
                total: row.real("total")?,
                last: row.real("last")?,
            };
            found.insert(summary.at.as_millisecond(), summary);
            Ok(true)
        })?;
        for day in self.db.partitions(from, to)? {
            if !self.is_fresh(day, realm, series)? {
                continue;
            }
            for summary in of_samples(&self.db.samples(day, realm, series)?, step)? {
                let at = summary.at.as_millisecond();
                if at >= from && at < to {
                    found.insert(at, summary);
                }
            }
        }
        Ok(found.into_values().collect())
    }

    /// Whether a series has batches of a day that were not packed and summed up yet.
    fn is_fresh(&self, day: i64, realm: i64, series: &str) -> Result<bool, StoreError> {
        let sql = format!(
            "SELECT chunk FROM {} WHERE realm = $1 AND series = $2 AND chunk >= 'h' LIMIT 1",
            table(day)
        );
        let mut fresh = false;
        self.db.query(&sql, &[realm.into(), series.into()], |_| {
            fresh = true;
            Ok(false)
        })?;
        Ok(fresh)
    }
}
