//! The street lines of the demo area, along which components stand and reports happen.
//!
//! The names of the main streets are real, their lines and all lanes are synthetic: straight, and evenly spaced.

use yuandu_base::LocalText;
use yuandu_geo::{BoundingBox, Position};

use crate::grids::Grids;

/// West-east streets from the north: name, English, whether the real street changes its name from west to east.
const WEST_EAST: [(&str, &str, bool); 16] = [
    ("玉清", "Yuqing", true),
    ("安顺巷", "Anshun Lane", false),
    ("北宫", "Beigong", true),
    ("清和巷", "Qinghe Lane", false),
    ("福寿", "Fushou", true),
    ("文昌巷", "Wenchang Lane", false),
    ("东风", "Dongfeng", true),
    ("泰和巷", "Taihe Lane", false),
    ("胜利", "Shengli", true),
    ("书香巷", "Shuxiang Lane", false),
    ("民生", "Minsheng", true),
    ("永安巷", "Yong'an Lane", false),
    ("健康", "Jiankang", true),
    ("长乐巷", "Changle Lane", false),
    ("凤凰", "Fenghuang", true),
    ("仁和巷", "Renhe Lane", false),
];

/// South-north roads from the west.
const SOUTH_NORTH: [(&str, &str); 18] = [
    ("长松路", "Changsong Road"),
    ("春光巷", "Chunguang Lane"),
    ("月河路", "Yuehe Road"),
    ("柳荫巷", "Liuyin Lane"),
    ("向阳路", "Xiangyang Road"),
    ("槐荫巷", "Huaiyin Lane"),
    ("和平路", "Heping Road"),
    ("福源巷", "Fuyuan Lane"),
    ("四平路", "Siping Road"),
    ("潍州路", "Weizhou Road"),
    ("鸢飞路", "Yuanfei Road"),
    ("虞河路", "Yuhe Road"),
    ("青年路", "Qingnian Road"),
    ("新华路", "Xinhua Road"),
    ("文化路", "Wenhua Road"),
    ("东方路", "Dongfang Road"),
    ("学府巷", "Xuefu Lane"),
    ("北海路", "Beihai Road"),
];

/// Metres per degree at the demo area's latitude.
const METRES_PER_LON: f64 = 89_250.0;
const METRES_PER_LAT: f64 = 111_195.0;

/// A straight street.
#[derive(Debug, Clone)]
struct Line {
    west_east: bool,
    number: usize,
    /// Latitude of a west-east street, longitude of a south-north one.
    at: f64,
    from: f64,
    metres: f64,
}

/// All streets one after another, as one long line to walk along.
#[derive(Debug, Clone)]
pub(crate) struct Network {
    lines: Vec<Line>,
    metres: f64,
}

/// A place beside a street.
#[derive(Debug, Clone)]
pub(crate) struct StreetSide {
    pub(crate) position: Position,
    /// For example `胜利东街与潍州路交叉口东 120 米路北`.
    pub(crate) address: LocalText,
}

impl Network {
    pub(crate) fn new() -> Self {
        let area = Grids::bounds();
        let lines: Vec<Line> = (0..WEST_EAST.len())
            .map(|number| west_east_line(number, &area))
            .chain((0..SOUTH_NORTH.len()).map(|number| south_north_line(number, &area)))
            .collect();
        Self {
            metres: lines.iter().map(|line| line.metres).sum(),
            lines,
        }
    }

    /// The length of all streets together.
    pub(crate) fn metres(&self) -> f64 {
        self.metres
    }

    /// The place `along` metres from the start of the first street, `beside` metres to the left (north or west) of the line.
    pub(crate) fn place(&self, along: f64, beside: f64) -> Option<StreetSide> {
        let mut left = along.rem_euclid(self.metres);
        let line = self.lines.iter().find(|line| {
            let here = left < line.metres;
            if !here {
                left -= line.metres;
            }
            here
        })?;
        let position = line.position(left, beside)?;
        Some(StreetSide {
            position,
            address: line.address(position, beside),
        })
    }
}

fn west_east_line(number: usize, area: &BoundingBox) -> Line {
    let step = (area.north - area.south) / as_f64(WEST_EAST.len());
    Line {
        west_east: true,
        number,
        at: area.north - (as_f64(number) + 0.5) * step,
        from: area.west,
        metres: (area.east - area.west) * METRES_PER_LON,
    }
}

fn south_north_line(number: usize, area: &BoundingBox) -> Line {
    let step = (area.east - area.west) / as_f64(SOUTH_NORTH.len());
    Line {
        west_east: false,
        number,
        at: area.west + (as_f64(number) + 0.5) * step,
        from: area.south,
        metres: (area.north - area.south) * METRES_PER_LAT,
    }
}

impl Line {
    fn position(&self, along: f64, beside: f64) -> Option<Position> {
        let (lon, lat) = if self.west_east {
            (
                self.from + along / METRES_PER_LON,
                self.at + beside / METRES_PER_LAT,
            )
        } else {
            (
                self.at - beside / METRES_PER_LON,
                self.from + along / METRES_PER_LAT,
            )
        };
        Position::new(lon, lat).ok()
    }

    /// The address as people give it: the street, the nearest crossing, how far and in which direction, the side.
    fn address(&self, position: Position, beside: f64) -> LocalText {
        let area = Grids::bounds();
        if self.west_east {
            let step = (area.east - area.west) / as_f64(SOUTH_NORTH.len());
            let cross = nearest((position.lon() - area.west) / step, SOUTH_NORTH.len());
            let off = position.lon() - (area.west + (as_f64(cross) + 0.5) * step);
            let metres = rounded_metres(off * METRES_PER_LON);
            let (zh, en) = self.name(position);
            let (cross_zh, cross_en) = SOUTH_NORTH.get(cross).copied().unwrap_or_default();
            let (to_zh, to_en) = if off >= 0.0 {
                ("东", "east")
            } else {
                ("西", "west")
            };
            let (side_zh, side_en) = if beside >= 0.0 {
                ("路北", "north")
            } else {
                ("路南", "south")
            };
            LocalText::new(
                format!("{zh}与{cross_zh}交叉口{to_zh} {metres} 米{side_zh}"),
                format!("{en}, {metres} m {to_en} of {cross_en}, {side_en} side"),
            )
        } else {
            let step = (area.north - area.south) / as_f64(WEST_EAST.len());
            let cross = nearest((area.north - position.lat()) / step, WEST_EAST.len());
            let off = position.lat() - (area.north - (as_f64(cross) + 0.5) * step);
            let metres = rounded_metres(off * METRES_PER_LAT);
            let (zh, en) = self.name(position);
            let (cross_zh, cross_en) = west_east_name(cross, position);
            let (to_zh, to_en) = if off >= 0.0 {
                ("北", "north")
            } else {
                ("南", "south")
            };
            let (side_zh, side_en) = if beside >= 0.0 {
                ("路西", "west")
            } else {
                ("路东", "east")
            };
            LocalText::new(
                format!("{zh}与{cross_zh}交叉口{to_zh} {metres} 米{side_zh}"),
                format!("{en}, {metres} m {to_en} of {cross_en}, {side_en} side"),
            )
        }
    }

    fn name(&self, position: Position) -> (String, String) {
        if self.west_east {
            return west_east_name(self.number, position);
        }
        let (zh, en) = SOUTH_NORTH.get(self.number).copied().unwrap_or_default();
        (zh.to_owned(), en.to_owned())
    }
}

/// The main streets are 西街 in Weicheng and 东街 in Kuiwen; the change is drawn here at Siping Road.
fn west_east_name(number: usize, position: Position) -> (String, String) {
    let (zh, en, changes) = WEST_EAST.get(number).copied().unwrap_or_default();
    if !changes {
        return (zh.to_owned(), en.to_owned());
    }
    let east = position.lon() >= 119.104;
    let (to_zh, to_en) = if east {
        ("东", "East")
    } else {
        ("西", "West")
    };
    (format!("{zh}{to_zh}街"), format!("{en} {to_en} Street"))
}

fn as_f64(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to 0..count, a handful of streets"
)]
fn nearest(value: f64, count: usize) -> usize {
    value.floor().clamp(0.0, as_f64(count.saturating_sub(1))) as usize
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "distances inside the demo area are below 6,000 m"
)]
fn rounded_metres(metres: f64) -> i32 {
    (metres.abs() / 5.0).round() as i32 * 5
}
