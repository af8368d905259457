//! The query of a list of cases.

use serde::Deserialize;
use yuandu_base::Problem;
use yuandu_base::calendar::Lamp;
use yuandu_process::{CaseFilter, CaseOrder};

use crate::ApiError;
use crate::operation::Parameter;

/// What a list may be asked for.
pub(super) const FILTERS: &[Parameter] = &[
    Parameter {
        place: "query",
        name: "system",
        description: "System, for example `city-care`.",
        required: false,
    },
    Parameter {
        place: "query",
        name: "status",
        description: "`open`, `closed`, `refused`, `merged`, `withdrawn`.",
        required: false,
    },
    Parameter {
        place: "query",
        name: "stage",
        description: "Stage.",
        required: false,
    },
    Parameter {
        place: "query",
        name: "lamp",
        description: "`green`, `yellow`, `red`.",
        required: false,
    },
    Parameter {
        place: "query",
        name: "category",
        description: "Five-digit category.",
        required: false,
    },
    Parameter {
        place: "query",
        name: "class",
        description: "Two-digit class.",
        required: false,
    },
    Parameter {
        place: "query",
        name: "org",
        description: "Handling organisation.",
        required: false,
    },
    Parameter {
        place: "query",
        name: "grid",
        description: "Unit grid.",
        required: false,
    },
    Parameter {
        place: "query",
        name: "division",
        description: "Code of a division; what lies in it too. `none` for cases without a place.",
        required: false,
    },
    Parameter {
        place: "query",
        name: "channel",
        description: "How it came in.",
        required: false,
    },
    Parameter {
        place: "query",
        name: "text",
        description: "Number, or words in title, description or address.",
        required: false,
    },
    Parameter {
        place: "query",
        name: "bbox",
        description: "west,south,east,north in degrees.",
        required: false,
    },
    Parameter {
        place: "query",
        name: "order",
        description: "`updated` (default), `opened`, `due`.",
        required: false,
    },
    Parameter {
        place: "query",
        name: "after",
        description: "`next` of the page before.",
        required: false,
    },
    Parameter {
        place: "query",
        name: "limit",
        description: "Cases on a page, 1 to 1000; 100 by default.",
        required: false,
    },
];

/// The query of a list of cases, shared with the pages.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct CasesQuery {
    /// System.
    pub system: String,
    /// Status.
    pub status: String,
    /// Stage.
    pub stage: String,
    /// Lamp.
    pub lamp: String,
    /// Category.
    pub category: String,
    /// Class.
    pub class: String,
    /// Organisation.
    pub org: String,
    /// Grid.
    pub grid: String,
    /// Division.
    pub division: String,
    /// Channel.
    pub channel: String,
    /// Words or number.
    pub text: String,
    /// Window.
    pub bbox: String,
    /// Order.
    pub order: String,
    /// Where the page begins.
    pub after: String,
    /// Cases on the page.
    pub limit: String,
}

impl CasesQuery {
    /// The filter asked for; all problems at once.
    pub fn filter(&self) -> Result<CaseFilter, ApiError> {
        let text = |value: &str| {
            Some(value.trim())
                .filter(|value| !value.is_empty())
                .map(str::to_owned)
        };
        let mut problems = Vec::new();
        let lamp = match self.lamp.as_str() {
            "" => None,
            "green" => Some(Lamp::Green),
            "yellow" => Some(Lamp::Yellow),
            "red" => Some(Lamp::Red),
            other => {
                problems.push(unknown("lamp", other, "green, yellow, red"));
                None
            }
        };
        let bbox = if self.bbox.is_empty() {
            None
        } else {
            let numbers: Vec<f64> = self
                .bbox
                .split(',')
                .filter_map(|number| number.trim().parse().ok())
                .collect();
            let window = <[f64; 4]>::try_from(numbers)
                .ok()
                .filter(|window| window.iter().all(|number| number.is_finite()));
            if window.is_none() {
                problems.push(unknown("bbox", &self.bbox, "west,south,east,north"));
            }
            window
        };
        if !problems.is_empty() {
            return Err(ApiError::invalid(problems));
        }
        Ok(CaseFilter {
            system: text(&self.system),
            status: text(&self.status),
            stage: text(&self.stage),
            lamp,
            category: text(&self.category),
            class: text(&self.class),
            org: text(&self.org),
            grid: text(&self.grid),
            division: text(&self.division),
            channel: text(&self.channel),
            text: text(&self.text),
            bbox,
            ..CaseFilter::default()
        })
    }

    /// The order asked for.
    pub fn order(&self) -> Result<CaseOrder, ApiError> {
        match self.order.as_str() {
            "" | "updated" => Ok(CaseOrder::Updated),
            "opened" => Ok(CaseOrder::Opened),
            "due" => Ok(CaseOrder::Due),
            other => Err(ApiError::invalid(vec![unknown(
                "order",
                other,
                "updated, opened, due",
            )])),
        }
    }

    /// Cases on a page.
    pub fn limit(&self) -> Result<usize, ApiError> {
        if self.limit.is_empty() {
            return Ok(100);
        }
        let limit = self
            .limit
            .parse()
            .ok()
            .filter(|limit| (1..=1000).contains(limit));
        limit.ok_or_else(|| ApiError::invalid(vec![unknown("limit", &self.limit, "1–1000")]))
    }
}

fn unknown(field: &str, value: &str, known: &str) -> Problem {
    Problem::new(
        "query.unknown",
        field,
        format!("`{field}` 不能是 `{value}`，可用：{known}"),
        format!("`{field}` cannot be `{value}`; use {known}"),
    )
}
