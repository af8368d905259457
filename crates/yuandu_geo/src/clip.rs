//! Cutting rings to a tile, in tile units.
//!
//! Sutherland-Hodgman: simple and fast. A ring that leaves and re-enters keeps a connecting edge along the cut, which
//! lies in the tile's buffer and is never seen.

/// A ring of tile units, not closed (the last point is not the first again).
pub(crate) type Ring = Vec<(f64, f64)>;

/// The part of `ring` inside the square from `low` to `high` on both axes. Empty when nothing remains.
pub(crate) fn clip_ring(ring: Ring, low: f64, high: f64) -> Ring {
    let inside_square = ring
        .iter()
        .all(|&(x, y)| (low..=high).contains(&x) && (low..=high).contains(&y));
    if inside_square {
        return ring;
    }
    let mut ring = ring;
    for edge in [
        Edge::Left(low),
        Edge::Right(high),
        Edge::Top(low),
        Edge::Bottom(high),
    ] {
        ring = edge.cut(&ring);
    }
    ring
}

#[derive(Clone, Copy)]
enum Edge {
    Left(f64),
    Right(f64),
    Top(f64),
    Bottom(f64),
}

impl Edge {
    fn keeps(self, (x, y): (f64, f64)) -> bool {
        match self {
            Self::Left(low) => x >= low,
            Self::Right(high) => x <= high,
            Self::Top(low) => y >= low,
            Self::Bottom(high) => y <= high,
        }
    }

    fn crossing(self, a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
        match self {
            Self::Left(x) | Self::Right(x) => (x, a.1 + (b.1 - a.1) * (x - a.0) / (b.0 - a.0)),
            Self::Top(y) | Self::Bottom(y) => (a.0 + (b.0 - a.0) * (y - a.1) / (b.1 - a.1), y),
        }
    }

    fn cut(self, ring: &[(f64, f64)]) -> Ring {
        let mut kept = Vec::with_capacity(ring.len() + 4);
        let Some(&last) = ring.last() else {
            return kept;
        };
        let mut before = last;
        for &here in ring {
            if self.keeps(here) != self.keeps(before) {
                kept.push(self.crossing(before, here));
            }
            if self.keeps(here) {
                kept.push(here);
            }
            before = here;
        }
        kept
    }
}
