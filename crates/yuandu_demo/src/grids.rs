//! The unit grids and responsibility grids of the demo's central area.
//!
//! 50 by 40 cells of about 100 m by 100 m across Kuiwen and Weicheng. The district of a cell is real (the outline its
//! centre lies in). Street and community borders are synthetic: no open outlines exist, so streets and communities are
//! real by name and code but share the district's cells as equal compact parts.

use serde::Serialize;
use yuandu_geo::{Area, BoundingBox, GridIndex, Position};

use crate::divisions::{Division, DivisionLevel};
use crate::partition::{Cell, around_seeds, spread_seeds};
use crate::{DemoError, embedded::required};

/// Western edge of the demo area, in degrees.
const WEST: f64 = 119.076;
/// Northern edge.
const NORTH: f64 = 36.728;
/// Width of a cell: 100.0 m at this latitude.
const CELL_LON: f64 = 0.001_12;
/// Height of a cell: 100.1 m.
const CELL_LAT: f64 = 0.000_9;
const COLUMNS: i32 = 50;
const ROWS: i32 = 40;
/// A collector can walk about this many unit grids in a shift.
const UNIT_GRIDS_PER_RESPONSIBILITY: usize = 50;
const FILE: &str = "demo/data/weifang_streets.csv";

/// The streets of the demo area and where in it they roughly lie: column and row of the first seed.
const STREETS: [(&str, f64, f64); 9] = [
    ("370702004", 12.0, 5.0),  // 北关, north
    ("370702003", 6.0, 20.0),  // 西关, west
    ("370702001", 20.0, 20.0), // 城关, the old town
    ("370702002", 14.0, 34.0), // 南关, south
    ("370705006", 34.0, 4.0),  // 北苑, north
    ("370705001", 31.0, 16.0), // 东关
    ("370705002", 44.0, 12.0), // 大虞, east
    ("370705007", 42.0, 26.0), // 广文
    ("370705005", 34.0, 34.0), // 潍州路, south
];

/// One unit grid (单元网格).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UnitGrid {
    /// 15 characters: district, street, community, sequence from the north-west.
    pub code: String,
    /// Its square.
    pub bounds: BoundingBox,
    /// Community of 12 digits, which is also the id of its responsibility grid.
    pub community: String,
    /// Name of the community.
    pub community_name: String,
    /// Ground in square metres.
    pub square_metres: i64,
}

impl UnitGrid {
    /// The six digits of its district.
    #[must_use]
    pub fn district(&self) -> &str {
        self.code.get(..6).unwrap_or_default()
    }

    /// The nine digits of its street.
    #[must_use]
    pub fn street(&self) -> &str {
        self.code.get(..9).unwrap_or_default()
    }
}

/// One responsibility grid (责任网格): the unit grids one collector answers for. In the demo it is the community.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ResponsibilityGrid {
    /// The community's 12 digits.
    pub id: String,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// Name of the community it is.
    pub community_name: String,
    /// The codes of its unit grids.
    pub unit_grids: Vec<String>,
}

/// All grids of the demo area.
#[derive(Debug, Clone)]
pub struct Grids {
    units: Vec<UnitGrid>,
    responsibilities: Vec<ResponsibilityGrid>,
    /// Place in `units` by row and column.
    by_cell: Vec<usize>,
}

impl Grids {
    /// The box of the whole demo area.
    #[must_use]
    pub fn bounds() -> BoundingBox {
        BoundingBox {
            west: WEST,
            south: NORTH - f64::from(ROWS) * CELL_LAT,
            east: WEST + f64::from(COLUMNS) * CELL_LON,
            north: NORTH,
        }
    }

    /// Every unit grid, ordered by code.
    #[must_use]
    pub fn units(&self) -> &[UnitGrid] {
        &self.units
    }

    /// Every responsibility grid, ordered by id.
    #[must_use]
    pub fn responsibilities(&self) -> &[ResponsibilityGrid] {
        &self.responsibilities
    }

    /// The unit grid a position lies in; plain arithmetic, since the cells are regular.
    #[must_use]
    pub fn locate(&self, position: Position) -> Option<&UnitGrid> {
        let column = whole((position.lon() - WEST) / CELL_LON, COLUMNS)?;
        let row = whole((NORTH - position.lat()) / CELL_LAT, ROWS)?;
        let cell = usize::try_from(row * COLUMNS + column).ok()?;
        self.units.get(*self.by_cell.get(cell)?)
    }

    /// The same grids for the look-ups and map layers of the platform.
    #[must_use]
    pub fn index(&self) -> GridIndex<String> {
        let entries = self.units.iter();
        GridIndex::new(
            entries
                .map(|unit| (unit.code.clone(), Area::rectangle(unit.bounds)))
                .collect(),
        )
    }

    pub(crate) fn build(
        divisions: &[Division],
        outlines: &[(String, Area)],
    ) -> Result<Self, DemoError> {
        let mut cells: Vec<(String, Cell)> = Vec::new();
        for (district, _) in outlines {
            let own: Vec<Cell> = all_cells()
                .filter(|cell| owner(*cell, outlines) == Some(district.as_str()))
                .collect();
            for (street, part) in parts_of_district(district, &own) {
                for (community, cell) in parts_of_street(street, &part, divisions)? {
                    cells.push((community, cell));
                }
            }
        }
        // Stable, so that within a community the order stays north to south and west to east.
        cells.sort_by(|a, b| (&a.0, a.1.1, a.1.0).cmp(&(&b.0, b.1.1, b.1.0)));
        Self::number(&cells, divisions)
    }

    fn number(cells: &[(String, Cell)], divisions: &[Division]) -> Result<Self, DemoError> {
        let mut grids = Self {
            units: Vec::new(),
            responsibilities: Vec::new(),
            by_cell: vec![usize::MAX; usize::try_from(COLUMNS * ROWS).unwrap_or(0)],
        };
        for (community, cell) in cells {
            if grids.responsibilities.last().map(|r| &r.id) != Some(community) {
                let name = |code: &str| divisions.iter().find(|d| d.code == code);
                let street = required(community.get(..9).and_then(name), FILE, community)?;
                let own = required(name(community), FILE, community)?;
                grids.responsibilities.push(ResponsibilityGrid {
                    id: community.clone(),
                    name_zh: format!("{}{}责任网格", street.name_zh, short_name(&own.name_zh)),
                    name_en: format!(
                        "{}, grid {}",
                        street.name_en,
                        community.get(9..).unwrap_or_default()
                    ),
                    community_name: own.name_zh.clone(),
                    unit_grids: Vec::new(),
                });
            }
            let place = usize::try_from(cell.1 * COLUMNS + cell.0).unwrap_or(usize::MAX);
            if let (Some(slot), Some(group)) = (
                grids.by_cell.get_mut(place),
                grids.responsibilities.last_mut(),
            ) {
                let code = format!("{community}{:03}", group.unit_grids.len() + 1);
                *slot = grids.units.len();
                group.unit_grids.push(code.clone());
                grids.units.push(UnitGrid {
                    code,
                    bounds: cell_bounds(*cell),
                    community: community.clone(),
                    community_name: group.community_name.clone(),
                    square_metres: square_metres(*cell),
                });
            }
        }
        Ok(grids)
    }
}

fn short_name(community: &str) -> &str {
    community
        .trim_end_matches("居民委员会")
        .trim_end_matches("居委会")
}

fn all_cells() -> impl Iterator<Item = Cell> {
    (0..ROWS).flat_map(|row| (0..COLUMNS).map(move |column| (column, row)))
}

fn cell_bounds((column, row): Cell) -> BoundingBox {
    BoundingBox {
        west: WEST + f64::from(column) * CELL_LON,
        south: NORTH - f64::from(row + 1) * CELL_LAT,
        east: WEST + f64::from(column + 1) * CELL_LON,
        north: NORTH - f64::from(row) * CELL_LAT,
    }
}

/// All cells are alike but for the narrowing of longitude to the north, which stays below one in a thousand.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a cell has about ten thousand square metres"
)]
fn square_metres(cell: Cell) -> i64 {
    let b = cell_bounds(cell);
    let corner = |lon, lat| Position::new(lon, lat).ok();
    match (
        corner(b.west, b.south),
        corner(b.east, b.south),
        corner(b.west, b.north),
    ) {
        (Some(sw), Some(se), Some(nw)) => (sw.distance_m(se) * sw.distance_m(nw)).round() as i64,
        _ => 0,
    }
}

fn owner(cell: Cell, outlines: &[(String, Area)]) -> Option<&str> {
    let centre = cell_bounds(cell).centre();
    outlines
        .iter()
        .find(|(_, area)| area.contains(centre))
        .map(|(code, _)| code.as_str())
}

fn parts_of_district(district: &str, cells: &[Cell]) -> Vec<(&'static str, Vec<Cell>)> {
    let streets: Vec<&(&str, f64, f64)> = STREETS
        .iter()
        .filter(|(code, _, _)| code.starts_with(district))
        .collect();
    let parts = around_seeds(cells, streets.iter().map(|(_, x, y)| (*x, *y)).collect());
    streets
        .iter()
        .enumerate()
        .map(|(number, (code, _, _))| (*code, cells_of(cells, &parts, number)))
        .collect()
}

fn parts_of_street(
    street: &str,
    cells: &[Cell],
    divisions: &[Division],
) -> Result<Vec<(String, Cell)>, DemoError> {
    let count = cells.len().div_ceil(UNIT_GRIDS_PER_RESPONSIBILITY);
    let communities: Vec<&str> = divisions
        .iter()
        .filter(|d| d.level == DivisionLevel::Community && d.parent == street)
        .map(|d| d.code.as_str())
        .take(count)
        .collect();
    let parts = around_seeds(cells, spread_seeds(cells, communities.len()));
    cells
        .iter()
        .zip(parts)
        .map(|(cell, part)| {
            let community = required(communities.get(part), FILE, street)?;
            Ok(((*community).to_owned(), *cell))
        })
        .collect()
}

fn cells_of(cells: &[Cell], parts: &[usize], number: usize) -> Vec<Cell> {
    let pairs = cells.iter().zip(parts);
    pairs
        .filter(|(_, part)| **part == number)
        .map(|(cell, _)| *cell)
        .collect()
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the value is checked to lie from 0 to below `count`"
)]
fn whole(value: f64, count: i32) -> Option<i32> {
    (0.0..f64::from(count))
        .contains(&value)
        .then_some(value as i32)
}
