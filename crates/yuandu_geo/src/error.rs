//! What can be wrong with a place.
//!
//! Each message names the bad number and the remedy, in both languages. No HTTP status lives here.

use thiserror::Error;
use yuandu_base::{ErrorKind, LocalText, Problem};

/// A place, tile or outline that cannot be used.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum GeoError {
    /// A coordinate that is not a finite number.
    #[error("`{value}` is not a usable {name}, give decimal degrees such as {}", if *name == "longitude" { "119.1" } else { "36.7" })]
    NotANumber {
        /// `longitude` or `latitude`.
        name: &'static str,
        /// What was given.
        value: String,
    },
    /// Longitude outside -180 to 180.
    #[error("longitude `{0}` is outside -180 to 180, give decimal degrees")]
    Longitude(f64),
    /// Latitude outside -90 to 90.
    #[error("latitude `{0}` is outside -90 to 90, give decimal degrees")]
    Latitude(f64),
    /// Latitude impossible, but right if both numbers changed places.
    #[error(
        "latitude `{lat}` is outside -90 to 90, longitude and latitude look swapped: try `{lat},{lon}`"
    )]
    Swapped {
        /// The number given as longitude.
        lon: f64,
        /// The number given as latitude.
        lat: f64,
    },
    /// A box whose edges are in the wrong order, or not four numbers.
    #[error("`{0}` is not a box, give west,south,east,north with west < east and south < north")]
    BoundingBox(String),
    /// A name that is no reference system known here.
    #[error("`{0}` is not a known reference system, use WGS84, CGCS2000, GCJ-02 or BD-09")]
    ReferenceSystem(String),
    /// A tile address that does not exist.
    #[error(
        "tile `{z}/{x}/{y}` does not exist, zoom goes to {} and x, y to 2^zoom - 1",
        crate::MAX_ZOOM
    )]
    Tile {
        /// Zoom asked for.
        z: u32,
        /// Column asked for.
        x: u32,
        /// Row asked for.
        y: u32,
    },
    /// An outline that cannot be read.
    #[error("the outline cannot be read: {0}, give GeoJSON polygons in WGS 84")]
    Outline(String),
    /// A vector tile that could not be encoded.
    #[error("the tile cannot be encoded: {0}")]
    Encode(String),
}

impl GeoError {
    /// The coarse kind a caller acts on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Tile { .. } => ErrorKind::NotFound,
            Self::Encode(_) => ErrorKind::Internal,
            _ => ErrorKind::Invalid,
        }
    }

    /// The stable code of this problem.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotANumber { .. } => "geo.not_a_number",
            Self::Longitude(_) => "geo.longitude_range",
            Self::Latitude(_) => "geo.latitude_range",
            Self::Swapped { .. } => "geo.swapped",
            Self::BoundingBox(_) => "geo.bounding_box",
            Self::ReferenceSystem(_) => "geo.reference_system",
            Self::Tile { .. } => "geo.tile",
            Self::Outline(_) => "geo.outline",
            Self::Encode(_) => "geo.encode",
        }
    }

    /// The message in both languages.
    #[must_use]
    pub fn message(&self) -> LocalText {
        let zh = match self {
            Self::NotANumber { name, value } => {
                let (title, example) = if *name == "longitude" {
                    ("经度", "119.1")
                } else {
                    ("纬度", "36.7")
                };
                if value.is_empty() {
                    format!("没有填写{title}，请填写十进制度数，例如 {example}")
                } else {
                    format!("“{value}”不能作为{title}，请填写十进制度数，例如 {example}")
                }
            }
            Self::Longitude(lon) => {
                format!("经度“{lon}”超出 -180 到 180 的范围，请填写十进制度数")
            }
            Self::Latitude(lat) => format!("纬度“{lat}”超出 -90 到 90 的范围，请填写十进制度数"),
            Self::Swapped { lon, lat } => format!(
                "纬度“{lat}”超出 -90 到 90 的范围，经度和纬度可能填反了，请试试“{lat},{lon}”"
            ),
            Self::BoundingBox(text) => {
                format!("“{text}”不是有效的范围，请按西,南,东,北填写，且西小于东、南小于北")
            }
            Self::ReferenceSystem(text) => {
                format!("不认识坐标系“{text}”，请用 WGS84、CGCS2000、GCJ-02 或 BD-09")
            }
            Self::Tile { z, x, y } => {
                format!(
                    "瓦片“{z}/{x}/{y}”不存在，级别最大 {}，行列号小于 2 的级别次方",
                    crate::MAX_ZOOM
                )
            }
            Self::Outline(why) => {
                format!("边界无法读取：{why}，请提供 WGS 84 坐标的 GeoJSON 多边形")
            }
            Self::Encode(why) => format!("瓦片无法生成：{why}"),
        };
        LocalText::new(zh, self.to_string())
    }

    /// The problem as shown beside the form field `place`.
    #[must_use]
    pub fn problem(&self, place: &str) -> Problem {
        let message = self.message();
        Problem::new(self.code(), place, message.zh, message.en)
    }
}
