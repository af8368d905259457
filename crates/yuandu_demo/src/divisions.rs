//! Weifang's divisions to village level, and the outlines of its districts.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use yuandu_geo::{Area, read_features};

use crate::DemoError;
use crate::embedded::{read_table, required};

const OUTLINES: &str = "demo/data/weifang_districts_370700.geojson";

/// How deep a division lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DivisionLevel {
    /// The city itself, 6 digits ending in 00.
    City,
    /// A district, county or county-level city, 6 digits.
    County,
    /// A subdistrict, town or zone, 9 digits.
    Street,
    /// A community or village, 12 digits.
    Community,
}

/// One division.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Division {
    /// Code of 6, 9 or 12 digits.
    pub code: String,
    /// Chinese name.
    pub name_zh: String,
    /// English name; communities and villages keep the Chinese one, since no accepted English form exists.
    pub name_en: String,
    /// Level.
    pub level: DivisionLevel,
    /// Code of the division it belongs to; empty for the city.
    pub parent: String,
    /// A code used for statistics only, which is no administrative division.
    pub statistical: bool,
}

#[derive(Deserialize)]
struct Row {
    code: String,
    name_zh: String,
    name_en: Option<String>,
    status: Option<String>,
}

/// Every division, the city first, each after its parent.
pub fn divisions() -> Result<Vec<Division>, DemoError> {
    let mut all = vec![Division {
        code: "370700".to_owned(),
        name_zh: "潍坊市".to_owned(),
        name_en: "Weifang".to_owned(),
        level: DivisionLevel::City,
        parent: String::new(),
        statistical: false,
    }];
    let tables = [
        (
            "demo/data/weifang_areas.csv",
            include_str!("../../../demo/data/weifang_areas.csv"),
            DivisionLevel::County,
            None,
        ),
        (
            "demo/data/weifang_streets.csv",
            include_str!("../../../demo/data/weifang_streets.csv"),
            DivisionLevel::Street,
            Some(6),
        ),
        (
            "demo/data/weifang_villages.csv",
            include_str!("../../../demo/data/weifang_villages.csv"),
            DivisionLevel::Community,
            Some(9),
        ),
    ];
    for (file, text, level, parent_digits) in tables {
        for row in read_table::<Row>(file, text)? {
            let parent = match parent_digits {
                None => "370700".to_owned(),
                Some(digits) => required(row.code.get(..digits), file, "a code")?.to_owned(),
            };
            all.push(Division {
                name_en: row.name_en.unwrap_or_else(|| row.name_zh.clone()),
                name_zh: row.name_zh,
                level,
                parent,
                statistical: row.status.as_deref() == Some("statistical"),
                code: row.code,
            });
        }
    }
    Ok(all)
}

/// The outlines of the twelve county-level divisions by code.
pub fn outlines() -> Result<Vec<(String, Area)>, DemoError> {
    read_features(include_str!(
        "../../../demo/data/weifang_districts_370700.geojson"
    ))?
    .into_iter()
    .map(|feature| {
        // `gb` is the country's number 156 followed by the GB/T 2260 code.
        let gb = feature.properties.get("gb").and_then(Value::as_str);
        let code = required(gb.and_then(|gb| gb.strip_prefix("156")), OUTLINES, "`gb`")?;
        Ok((code.to_owned(), feature.area))
    })
    .collect()
}
