//! Cutting a set of cells into compact parts of about equal size, the same way every time.
//!
//! Voronoi parts of seed points that move to the middle of their part until they rest (Lloyd's method). No chance is involved.

/// A cell by column and row.
pub(crate) type Cell = (i32, i32);
type Point = (f64, f64);

/// The part number of each cell, parts counted as `seeds` are.
pub(crate) fn around_seeds(cells: &[Cell], mut seeds: Vec<Point>) -> Vec<usize> {
    let mut parts = nearest_seeds(cells, &seeds);
    for _ in 0..40 {
        move_to_middles(cells, &parts, &mut seeds);
        let next = nearest_seeds(cells, &seeds);
        if next == parts {
            break;
        }
        parts = next;
    }
    parts
}

/// `count` seeds far from each other, the first at the first cell.
pub(crate) fn spread_seeds(cells: &[Cell], count: usize) -> Vec<Point> {
    let mut seeds: Vec<Point> = cells.first().map(|c| point(*c)).into_iter().collect();
    while seeds.len() < count.min(cells.len()) {
        let farthest = cells.iter().map(|cell| point(*cell)).reduce(|best, p| {
            if gap(p, &seeds) > gap(best, &seeds) {
                p
            } else {
                best
            }
        });
        seeds.extend(farthest);
    }
    seeds
}

fn point(cell: Cell) -> Point {
    (f64::from(cell.0), f64::from(cell.1))
}

fn squared(a: Point, b: Point) -> f64 {
    (a.0 - b.0).powi(2) + (a.1 - b.1).powi(2)
}

fn gap(p: Point, seeds: &[Point]) -> f64 {
    seeds
        .iter()
        .map(|seed| squared(p, *seed))
        .fold(f64::INFINITY, f64::min)
}

fn nearest_seeds(cells: &[Cell], seeds: &[Point]) -> Vec<usize> {
    cells
        .iter()
        .map(|cell| {
            let here = point(*cell);
            let distances = seeds.iter().map(|seed| squared(here, *seed)).enumerate();
            distances
                .reduce(|best, next| if next.1 < best.1 { next } else { best })
                .map_or(0, |(part, _)| part)
        })
        .collect()
}

fn move_to_middles(cells: &[Cell], parts: &[usize], seeds: &mut [Point]) {
    for (part, seed) in seeds.iter_mut().enumerate() {
        let mut sum = (0.0, 0.0, 0.0);
        for (cell, _) in cells.iter().zip(parts).filter(|(_, p)| **p == part) {
            let here = point(*cell);
            sum = (sum.0 + here.0, sum.1 + here.1, sum.2 + 1.0);
        }
        if sum.2 > 0.0 {
            *seed = (sum.0 / sum.2, sum.1 / sum.2);
        }
    }
}
