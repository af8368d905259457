//! Upkeep: small batches are packed, hours and days summed up, and what has been kept long enough is dropped.

use jiff::Timestamp;

use super::database::Rows;
use super::summary::{Step, of_samples};
use super::{DAY, Sample, Series, chunk, chunk_rows, codec, table};
use crate::{Kind, StoreError, Value};

/// Batches of a series that make packing worth while before its day is over.
const BATCHES: i64 = 32;

/// How long observations are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Days of single points.
    pub points: i64,
    /// Days of summaries by hour.
    pub hours: i64,
    /// Days of summaries by day.
    pub days: i64,
}

impl Default for Retention {
    /// A quarter of points, two years of hours, ten years of days.
    fn default() -> Self {
        Self {
            points: 92,
            hours: 731,
            days: 3653,
        }
    }
}

/// What a round of upkeep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Maintained {
    /// Series of a day that were packed.
    pub packed: usize,
    /// Days that were dropped.
    pub dropped: usize,
}

impl Series {
    /// Packs, sums up and drops. One server at a time: take a lease first.
    pub fn maintain(&self, now: Timestamp, keep: Retention) -> Result<Maintained, StoreError> {
        let today = now.as_millisecond().div_euclid(DAY);
        let mut done = Maintained::default();
        for day in self.db.partitions(i64::MIN, i64::MAX)? {
            for (realm, series) in self.loose(day, day < today)? {
                self.pack(day, realm, &series)?;
                done.packed += 1;
            }
            if day < today - keep.points {
                self.db.drop_partition(day)?;
                done.dropped += 1;
            }
        }
        self.forget(Step::Hour, (today - keep.hours) * DAY)?;
        self.forget(Step::Day, (today - keep.days) * DAY)?;
        Ok(done)
    }

    /// Series with batches to pack: any on a day that is over, many on one that is not.
    fn loose(&self, day: i64, over: bool) -> Result<Vec<(i64, String)>, StoreError> {
        let least = if over { 1 } else { BATCHES };
        let sql = format!(
            "SELECT realm, series FROM {} WHERE chunk >= 'h' GROUP BY realm, series HAVING count(*) >= $1 ORDER BY realm, series",
            table(day)
        );
        let mut found = Vec::new();
        self.db.query(&sql, &[least.into()], |row| {
            found.push((row.int("realm")?, row.text("series")?));
            Ok(true)
        })?;
        Ok(found)
    }

    fn pack(&self, day: i64, realm: i64, series: &str) -> Result<(), StoreError> {
        // Only the chunks that were read are replaced: a batch that comes meanwhile stays for the next round.
        let mut names = Vec::new();
        let mut samples: Vec<Sample> = Vec::new();
        let sql = format!(
            "SELECT chunk, points, data FROM {} WHERE realm = $1 AND series = $2 ORDER BY chunk",
            table(day)
        );
        self.db.query(&sql, &[realm.into(), series.into()], |row| {
            samples.extend(codec::read(row.bytes("data")?, row.int("points")?)?);
            names.push(row.text("chunk")?);
            Ok(true)
        })?;
        let samples = super::in_order(samples);
        let mut removed = Rows::new(
            table(day),
            &[
                ("realm", Kind::Int),
                ("series", Kind::Text),
                ("chunk", Kind::Text),
            ],
            "",
        );
        for name in names {
            removed.push(vec![realm.into(), series.into(), name.into()]);
        }
        let mut packed = chunk_rows(day);
        for (number, part) in samples.chunks(codec::LARGEST).enumerate() {
            let name = format!("c{number:06}");
            packed.push(chunk(realm, series, &name, part, codec::packed(part)?));
        }
        let mut summaries = summary_rows();
        for step in [Step::Hour, Step::Day] {
            for summary in of_samples(&samples, step)? {
                summaries.push(vec![
                    Value::Int(realm),
                    series.into(),
                    step.millis().into(),
                    summary.at.into(),
                    summary.points.into(),
                    summary.low.into(),
                    summary.high.into(),
                    Value::Real(summary.total),
                    summary.last.into(),
                ]);
            }
        }
        self.db.write(&[removed], &[packed, summaries])
    }

    /// Removes summaries that begin before `before`.
    fn forget(&self, step: Step, before: i64) -> Result<(), StoreError> {
        let sql = "SELECT realm, series, at FROM series_summary WHERE step = $1 AND at < $2";
        let mut old = Rows::new(
            "series_summary".to_owned(),
            &[
                ("realm", Kind::Int),
                ("series", Kind::Text),
                ("step", Kind::Int),
                ("at", Kind::Int),
            ],
            "",
        );
        let mut any = false;
        self.db
            .query(sql, &[step.millis().into(), before.into()], |row| {
                any = true;
                old.push(vec![
                    row.int("realm")?.into(),
                    row.text("series")?.into(),
                    step.millis().into(),
                    row.int("at")?.into(),
                ]);
                Ok(true)
            })?;
        if any {
            self.db.write(&[old], &[])
        } else {
            Ok(())
        }
    }
}

fn summary_rows() -> Rows {
    Rows::new(
        "series_summary".to_owned(),
        &[
            ("realm", Kind::Int),
            ("series", Kind::Text),
            ("step", Kind::Int),
            ("at", Kind::Int),
            ("points", Kind::Int),
            ("low", Kind::Real),
            ("high", Kind::Real),
            ("total", Kind::Real),
            ("last", Kind::Real),
        ],
        "ON CONFLICT (realm, series, step, at) DO UPDATE SET points = excluded.points, low = excluded.low, high = excluded.high, total = excluded.total, last = excluded.last",
    )
}
