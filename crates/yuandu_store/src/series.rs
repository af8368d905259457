//! Observations: numbers with an instant, many a second, kept apart from the log.
//!
//! A meter's reading is not a use case: nobody decides it, nobody signs for it, and a city has millions an hour. Points come
//! in batches, durable when the call returns, into one table a day (a partition). [`Series::maintain`] compresses what
//! small batches left, keeps summaries by hour and day, and drops days whose time is over. Neither `yuandu verify` nor a
//! standby follows them. Begin with [`Series::append`] and [`Series::points`].

mod codec;
mod database;
mod maintain;
mod summary;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;

pub use maintain::{Maintained, Retention};
pub use summary::{Step, Summary};

use crate::{Kind, StoreError, StoreOptions, Value};
use database::{Db, Rows};

/// Milliseconds of a partition.
const DAY: i64 = 24 * 3600 * 1000;

/// Longest name of a series.
const LONGEST_NAME: usize = 200;

/// One observation.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The series it belongs to, for example `meter/370705-000123/flow`.
    pub series: String,
    /// When it was observed.
    pub at: Timestamp,
    /// What was observed.
    pub value: f64,
}

/// An instant in milliseconds with its value.
pub(crate) type Sample = (i64, f64);

/// The observations of a store.
#[derive(Debug)]
pub struct Series {
    db: Db,
    /// Tells batches of one millisecond apart; begins anywhere, so that two servers do not meet.
    batch: AtomicU64,
}

impl Series {
    /// Opens or creates the observations that belong to a store.
    pub fn open(options: &StoreOptions) -> Result<Self, StoreError> {
        Ok(Self {
            db: Db::open(options)?,
            batch: AtomicU64::new(rand::random::<u32>().into()),
        })
    }

    /// Stores points; durable on return. A point of the same series and instant replaces the earlier one.
    pub fn append(&self, realm: i64, points: &[Point], now: Timestamp) -> Result<(), StoreError> {
        let mut chunks: BTreeMap<(i64, &str), Vec<Sample>> = BTreeMap::new();
        for point in points {
            refuse_unfit(point)?;
            let at = point.at.as_millisecond();
            chunks
                .entry((at.div_euclid(DAY), &point.series))
                .or_default()
                .push((at, point.value));
        }
        let mut tables: BTreeMap<i64, Rows> = BTreeMap::new();
        let name = self.next_chunk(now);
        for ((day, series), samples) in chunks {
            let samples = in_order(samples);
            let rows = tables.entry(day).or_insert_with(|| chunk_rows(day));
            rows.push(chunk(
                realm,
                series,
                &name,
                &samples,
                codec::plain(&samples),
            ));
        }
        for day in tables.keys() {
            self.db.make_partition(*day)?;
        }
        self.db
            .write(&[], &tables.into_values().collect::<Vec<_>>())
    }

    /// The points of a series from `from` on and before `to`, in order, at most `limit`.
    pub fn points(
        &self,
        realm: i64,
        series: &str,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, f64)>, StoreError> {
        let (from, to) = (from.as_millisecond(), to.as_millisecond());
        let mut found = Vec::new();
        for day in self.db.partitions(from, to)? {
            let samples = self.db.samples(day, realm, series)?;
            for (at, value) in samples
                .into_iter()
                .filter(|(at, _)| *at >= from && *at < to)
            {
                if found.len() >= limit {
                    return Ok(found);
                }
                let at = Timestamp::from_millisecond(at).map_err(|_| codec::damaged())?;
                found.push((at, value));
            }
        }
        Ok(found)
    }

    /// Bytes and points that are stored, for figures.
    pub fn size(&self) -> Result<(u64, u64), StoreError> {
        let (mut bytes, mut points) = (0, 0);
        for day in self.db.partitions(i64::MIN, i64::MAX)? {
            let sql = format!(
                "SELECT coalesce(sum(length(data)), 0) AS bytes, coalesce(sum(points), 0) AS points FROM {}",
                table(day)
            );
            self.db.query(&sql, &[], |row| {
                bytes += row.int("bytes")?.unsigned_abs();
                points += row.int("points")?.unsigned_abs();
                Ok(true)
            })?;
        }
        Ok((bytes, points))
    }

    /// A name that sorts after those given before: later batches win over earlier ones.
    fn next_chunk(&self, now: Timestamp) -> String {
        let batch = self.batch.fetch_add(1, Ordering::Relaxed);
        format!("h{:012x}{batch:012x}", now.as_millisecond())
    }
}

/// The table of a day.
fn table(day: i64) -> String {
    let sign = if day < 0 { "m" } else { "" };
    format!("series_day_{sign}{}", day.unsigned_abs())
}

/// The day of a table, if it is one.
fn day_of(table: &str) -> Option<i64> {
    let number = table.strip_prefix("series_day_")?;
    match number.strip_prefix('m') {
        Some(number) => number.parse::<i64>().ok().map(|day| -day),
        None => number.parse().ok(),
    }
}

fn chunk_rows(day: i64) -> Rows {
    Rows::new(
        table(day),
        &[
            ("realm", Kind::Int),
            ("series", Kind::Text),
            ("chunk", Kind::Text),
            ("points", Kind::Int),
            ("data", Kind::Bytes),
        ],
        "ON CONFLICT (realm, series, chunk) DO UPDATE SET points = excluded.points, data = excluded.data",
    )
}

fn chunk(realm: i64, series: &str, name: &str, samples: &[Sample], data: Vec<u8>) -> Vec<Value> {
    vec![
        Value::Int(realm),
        Value::from(series),
        Value::from(name),
        Value::Int(i64::try_from(samples.len()).unwrap_or(i64::MAX)),
        Value::Bytes(data),
    ]
}

/// Sorted by instant; of two at the same instant the later given stays.
fn in_order(mut samples: Vec<Sample>) -> Vec<Sample> {
    samples.sort_by_key(|(at, _)| *at);
    let mut kept: Vec<Sample> = Vec::with_capacity(samples.len());
    for sample in samples {
        match kept.last_mut() {
            Some(last) if last.0 == sample.0 => *last = sample,
            _ => kept.push(sample),
        }
    }
    kept
}

fn refuse_unfit(point: &Point) -> Result<(), StoreError> {
    let unfit = |what: &str| StoreError::Unfit {
        what: format!("`{}`: {what}", point.series.escape_default()),
    };
    if point.series.is_empty() || point.series.len() > LONGEST_NAME {
        return Err(unfit("the name of a series has 1 to 200 bytes"));
    }
    if point.series.contains('\0') {
        return Err(unfit("the name of a series has no NUL character"));
    }
    if !point.value.is_finite() {
        return Err(unfit("a value is a finite number"));
    }
    Ok(())
}
