//! Finding the area a position lies in, among thousands.
//!
//! The areas' common box is cut into equal buckets, about one per area, so a look-up tests a handful of outlines.

use crate::{Area, BoundingBox, Position};

/// Areas with their codes, searchable by position and by box.
#[derive(Debug, Clone)]
pub struct GridIndex<C> {
    entries: Vec<(C, Area)>,
    bounds: Option<BoundingBox>,
    side: usize,
    buckets: Vec<Vec<usize>>,
}

impl<C> GridIndex<C> {
    /// An index of `entries`. Where areas touch or overlap, the one listed first owns the position.
    #[must_use]
    pub fn new(entries: Vec<(C, Area)>) -> Self {
        let bounds = overall_bounds(&entries);
        let side = entries.len().isqrt().clamp(1, 1024);
        let mut index = Self {
            entries: Vec::new(),
            bounds,
            side,
            buckets: vec![Vec::new(); side * side],
        };
        for (number, (_, area)) in entries.iter().enumerate() {
            for bucket in index.buckets_of(&area.bounds()) {
                if let Some(list) = index.buckets.get_mut(bucket) {
                    list.push(number);
                }
            }
        }
        index.entries = entries;
        index
    }

    /// The code of the area `position` lies in.
    #[must_use]
    pub fn locate(&self, position: Position) -> Option<&C> {
        let bounds = self.bounds?;
        if !bounds.contains(position) {
            return None;
        }
        let point = BoundingBox::around([position])?;
        self.buckets_of(&point)
            .next()
            .and_then(|bucket| self.buckets.get(bucket))?
            .iter()
            .filter_map(|number| self.entries.get(*number))
            .find(|(_, area)| area.contains(position))
            .map(|(code, _)| code)
    }

    /// The areas whose box meets `window`, in the order they were given.
    pub fn meeting<'a>(
        &'a self,
        window: &BoundingBox,
    ) -> impl Iterator<Item = &'a (C, Area)> + use<'a, C> {
        let mut numbers: Vec<usize> = self
            .buckets_of(window)
            .filter_map(|bucket| self.buckets.get(bucket))
            .flatten()
            .copied()
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        let window = *window;
        numbers
            .into_iter()
            .filter_map(|number| self.entries.get(number))
            .filter(move |(_, area)| area.bounds().intersects(&window))
    }

    /// All areas, in the order they were given.
    #[must_use]
    pub fn entries(&self) -> &[(C, Area)] {
        &self.entries
    }

    /// The box round all areas; none when there is none.
    #[must_use]
    pub fn bounds(&self) -> Option<BoundingBox> {
        self.bounds
    }

    fn buckets_of(&self, window: &BoundingBox) -> impl Iterator<Item = usize> + use<C> {
        let side = self.side;
        let meets = self.bounds.filter(|b| b.intersects(window));
        let (columns, rows) = meets.map_or((0..0, 0..0), |b| {
            (
                cell(window.west, b.west, b.east, side)
                    ..cell(window.east, b.west, b.east, side) + 1,
                cell(window.south, b.south, b.north, side)
                    ..cell(window.north, b.south, b.north, side) + 1,
            )
        });
        rows.flat_map(move |row| columns.clone().map(move |column| row * side + column))
    }
}

fn overall_bounds<C>(entries: &[(C, Area)]) -> Option<BoundingBox> {
    entries
        .iter()
        .map(|(_, area)| area.bounds())
        .reduce(|a, b| BoundingBox {
            west: a.west.min(b.west),
            south: a.south.min(b.south),
            east: a.east.max(b.east),
            north: a.north.max(b.north),
        })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "the value is clamped to 0..side, which is at most 1024"
)]
fn cell(value: f64, low: f64, high: f64, side: usize) -> usize {
    let width = (high - low).max(f64::MIN_POSITIVE);
    let place = ((value - low) / width * side as f64).floor();
    place.clamp(0.0, (side - 1) as f64) as usize
}
