//! One row of the 311 export and its reading.

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde::Deserialize;
use yuandu_geo::{BoundingBox, Position};

use super::{ImportRecord, Mapping, Refusal};
use crate::Grids;

/// The five boroughs. The affine map takes this box to the demo area, less a margin so that no case lies on its edge.
const NEW_YORK: BoundingBox = BoundingBox {
    west: -74.26,
    south: 40.49,
    east: -73.70,
    north: 40.92,
};
/// Degrees kept free along the edges of the demo area: about fifty metres.
const MARGIN: f64 = 0.0005;

#[derive(Debug, Deserialize)]
pub(super) struct Row {
    #[serde(rename = "Unique Key")]
    key: String,
    #[serde(rename = "Created Date")]
    created: String,
    #[serde(rename = "Closed Date")]
    closed: String,
    #[serde(rename = "Complaint Type")]
    complaint: String,
    #[serde(rename = "Descriptor")]
    descriptor: String,
    #[serde(rename = "Location Type")]
    location_type: String,
    #[serde(rename = "Incident Address")]
    address: String,
    #[serde(rename = "Intersection Street 1")]
    street_1: String,
    #[serde(rename = "Intersection Street 2")]
    street_2: String,
    #[serde(rename = "Borough")]
    borough: String,
    #[serde(rename = "Status")]
    status: String,
    #[serde(rename = "Resolution Description")]
    resolution: String,
    #[serde(rename = "Open Data Channel Type")]
    channel: String,
    #[serde(rename = "Latitude")]
    latitude: String,
    #[serde(rename = "Longitude")]
    longitude: String,
}

impl Row {
    pub(super) fn to_record(&self, mapping: &Mapping) -> Result<ImportRecord, Refusal> {
        if self.key.trim().is_empty() {
            return Err(Refusal::rejected("缺少编号", "the unique key is missing"));
        }
        let category = mapping.category(self.complaint.trim(), self.descriptor.trim())?;
        let original = self.original()?;
        let address = self.address();
        if original.is_none() && address.is_empty() {
            return Err(Refusal::rejected(
                "既没有坐标也没有地址，无法到现场",
                "it has neither coordinates nor an address, so nobody could go there",
            ));
        }
        let created = new_york_time("Created Date", &self.created)?;
        let is_closed = self.status == "Closed";
        // A few open requests carry a closing date of an earlier round; the status counts.
        let closed = match (is_closed, self.closed.trim()) {
            (true, date) if !date.is_empty() => Some(new_york_time("Closed Date", date)?),
            _ => None,
        };
        if closed.is_some_and(|closed| closed < created) {
            return Err(Refusal::rejected(
                "关闭时间早于提交时间",
                "it was closed before it was made",
            ));
        }
        Ok(ImportRecord {
            external_id: format!("nyc311:{}", self.key.trim()),
            category: category.to_owned(),
            words: self.words(),
            position: original.and_then(into_demo_area),
            original,
            address,
            created,
            closed,
            is_closed,
            answer: Some(self.resolution.trim().to_owned()).filter(|text| !text.is_empty()),
            source_channel: self.channel.trim().to_owned(),
        })
    }

    fn words(&self) -> String {
        let parts = [&self.complaint, &self.descriptor, &self.location_type];
        let said: Vec<&str> = parts
            .iter()
            .map(|part| part.trim())
            .filter(|part| !part.is_empty() && *part != "N/A")
            .collect();
        said.join(" · ")
    }

    /// The address, or the crossing where there is none, with the borough.
    fn address(&self) -> String {
        let crossing = format!("{} & {}", self.street_1, self.street_2);
        let street = match (
            self.address.trim().is_empty(),
            self.street_1.trim().is_empty(),
        ) {
            (false, _) => self.address.as_str(),
            (true, false) => crossing.as_str(),
            (true, true) => return String::new(),
        };
        let words: Vec<&str> = street
            .split_whitespace()
            .chain([self.borough.trim()])
            .collect();
        words.join(" ")
    }

    fn original(&self) -> Result<Option<Position>, Refusal> {
        if self.latitude.trim().is_empty() && self.longitude.trim().is_empty() {
            return Ok(None);
        }
        let position = Position::parse(&self.longitude, &self.latitude).map_err(|e| {
            let message = e.message();
            Refusal::rejected(message.zh, message.en)
        })?;
        if !NEW_YORK.contains(position) {
            return Err(Refusal::rejected(
                format!("坐标 {position} 不在纽约"),
                format!("the coordinates {position} are not in New York"),
            ));
        }
        Ok(Some(position))
    }
}

/// Moves a place of New York into the demo area: its fraction of the one box becomes the same fraction of the other.
fn into_demo_area(p: Position) -> Option<Position> {
    let area = Grids::bounds();
    let u = (p.lon() - NEW_YORK.west) / (NEW_YORK.east - NEW_YORK.west);
    let v = (p.lat() - NEW_YORK.south) / (NEW_YORK.north - NEW_YORK.south);
    let width = area.east - area.west - 2.0 * MARGIN;
    let height = area.north - area.south - 2.0 * MARGIN;
    Position::new(
        area.west + MARGIN + u * width,
        area.south + MARGIN + v * height,
    )
    .ok()
}

/// Their times are New York's wall clock, for example `03/24/2025 11:33:07 PM`.
fn new_york_time(name: &str, text: &str) -> Result<Timestamp, Refusal> {
    DateTime::strptime("%m/%d/%Y %I:%M:%S %p", text.trim())
        .and_then(|local| local.in_tz("America/New_York"))
        .map(|zoned| zoned.timestamp())
        .map_err(|_| {
            Refusal::rejected(
                format!("{name}“{text}”不是时间"),
                format!("{name} `{text}` is not a time"),
            )
        })
}
