//! What an address of the list asks for: filters, order and page, to and from the text of a link.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use yuandu_api::operations::cases::CasesQuery;
use yuandu_api::{ApiError, App};
use yuandu_base::Problem;
use yuandu_page::choices;
use yuandu_process::{CaseFilter, CaseOrder};

use yuandu_design::preferences::query_value;

/// What an address of the list asks for. Empty fields ask nothing; an address without any query shows open cases.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub(in crate::pages::work) struct ListQuery {
    pub(super) q: String,
    pub(super) system: String,
    pub(super) status: String,
    pub(super) stage: String,
    pub(super) lamp: String,
    pub(super) class: String,
    pub(super) category: String,
    pub(super) org: String,
    pub(super) grid: String,
    pub(super) division: String,
    pub(super) channel: String,
    pub(super) parent: String,
    pub(super) bbox: String,
    /// First day on which a case was opened.
    pub(super) opened_from: String,
    /// Last day on which a case was opened.
    pub(super) opened_to: String,
    /// First day on which a case ended.
    pub(super) closed_from: String,
    /// Last day on which a case ended.
    pub(super) closed_to: String,
    pub(super) order: String,
    pub(super) after: String,
}

impl ListQuery {
    pub(super) fn pairs(&self) -> Vec<(&'static str, &str)> {
        let all = [
            ("q", &self.q),
            ("system", &self.system),
            ("status", &self.status),
            ("stage", &self.stage),
            ("lamp", &self.lamp),
            ("class", &self.class),
            ("category", &self.category),
            ("org", &self.org),
            ("grid", &self.grid),
            ("division", &self.division),
            ("channel", &self.channel),
            ("parent", &self.parent),
            ("bbox", &self.bbox),
            ("opened_from", &self.opened_from),
            ("opened_to", &self.opened_to),
            ("closed_from", &self.closed_from),
            ("closed_to", &self.closed_to),
            ("order", &self.order),
            ("after", &self.after),
        ];
        let given = all.into_iter().filter(|(_, value)| !value.is_empty());
        given.map(|(name, value)| (name, value.as_str())).collect()
    }

    /// What is asked, as an address.
    pub(in crate::pages::work) fn address(&self, path: &str) -> String {
        let parts: Vec<String> = self
            .pairs()
            .iter()
            .map(|(name, value)| format!("{name}={}", query_value(value)))
            .collect();
        // A filter for everything must differ from no filter, which shows open cases.
        match parts.join("&") {
            none if none.is_empty() => format!("{path}?status="),
            some => format!("{path}?{some}"),
        }
    }

    /// The filter and order; all problems at once.
    pub(in crate::pages::work) fn filter(
        &self,
        app: &App,
    ) -> Result<(CaseFilter, CaseOrder), ApiError> {
        choices::known(app, &self.pairs())?;
        let shared = CasesQuery {
            system: self.system.clone(),
            status: self.status.clone(),
            stage: self.stage.clone(),
            lamp: self.lamp.clone(),
            category: self.category.clone(),
            class: self.class.clone(),
            org: self.org.clone(),
            grid: self.grid.clone(),
            division: self.division.clone(),
            channel: self.channel.clone(),
            text: self.q.clone(),
            bbox: self.bbox.clone(),
            order: self.order.clone(),
            ..CasesQuery::default()
        };
        let filter = CaseFilter {
            parent: given(&self.parent),
            opened_from: day(app, "opened_from", &self.opened_from, false)?,
            opened_to: day(app, "opened_to", &self.opened_to, true)?,
            closed_from: day(app, "closed_from", &self.closed_from, false)?,
            closed_to: day(app, "closed_to", &self.closed_to, true)?,
            ..shared.filter()?
        };
        let order = match self.order.as_str() {
            "" if self.status == "open" => CaseOrder::Due,
            _ => shared.order()?,
        };
        Ok((filter, order))
    }
}

fn given(text: &str) -> Option<String> {
    Some(text.trim())
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

/// The beginning of a day, or of the day after it when the day itself is to count.
fn day(app: &App, name: &str, text: &str, after: bool) -> Result<Option<Timestamp>, ApiError> {
    let Some(text) = given(text) else {
        return Ok(None);
    };
    let date = text.parse::<Date>().ok();
    let date = if after {
        date.and_then(|date| date.tomorrow().ok())
    } else {
        date
    };
    let at = date.and_then(|date| date.to_zoned(app.calendar().time_zone().clone()).ok());
    match at {
        Some(at) => Ok(Some(at.timestamp())),
        None => Err(ApiError::invalid(vec![Problem::new(
            "query.date",
            name,
            format!("`{text}` 不是日期，请写成 2026-11-23"),
            format!("`{text}` is not a date; write it as 2026-11-23"),
        )])),
    }
}
