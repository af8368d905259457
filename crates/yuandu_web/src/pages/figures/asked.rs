//! What an address of the figures asks for: period, organisation, division, class; and the addresses that ask it.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use serde::Deserialize;
use yuandu_api::{ApiError, App};
use yuandu_base::Problem;
use yuandu_insight::Scope;
use yuandu_process::CaseFilter;

use yuandu_design::preferences::query_value;

/// Periods offered as one click.
pub(super) const PERIODS: [&str; 3] = ["7", "30", "90"];
const USUAL_DAYS: i64 = 30;
/// Ten years of cases: the time they are kept.
const MOST_DAYS: i64 = 3_653;
/// The query of an address. Empty fields ask nothing.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    /// Days up to today.
    pub(super) days: String,
    /// First day; wins over `days`.
    pub(super) from: String,
    /// Last day.
    pub(super) to: String,
    pub(super) org: String,
    pub(super) division: String,
    pub(super) class: String,
    /// The board for a screen on a wall.
    pub(super) wall: String,
    /// `numerator`, `denominator` or `rest`.
    pub(super) part: String,
    pub(super) after: String,
}

/// The days that are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) first: Date,
    pub(super) last: Date,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

impl Period {
    /// The stretch of the same length right before.
    pub(super) fn before(self) -> (Timestamp, Timestamp) {
        let length = self.to.duration_since(self.from);
        let from = self.from.checked_sub(length).unwrap_or(Timestamp::MIN);
        (from, self.from)
    }

    /// Its first and its last day.
    pub(super) fn days_of(self) -> (Date, Date) {
        (self.first, self.last)
    }

    /// First and last day of the stretch before.
    pub(super) fn days_before(self, app: &App) -> (Date, Date) {
        let (from, to) = self.before();
        let last = to - jiff::SignedDuration::from_secs(1);
        (
            app.calendar().local_date(from),
            app.calendar().local_date(last),
        )
    }

    pub(super) fn days(self) -> i64 {
        i64::from(
            self.last
                .since(self.first)
                .map_or(0, |span| span.get_days()),
        ) + 1
    }
}

impl Asked {
    /// The period; all problems at once.
    pub(super) fn period(&self, app: &App, now: Timestamp) -> Result<Period, ApiError> {
        let today = app.calendar().local_date(now);
        let mut problems = Vec::new();
        let mut day = |field: &str, text: &str, usual: Date| match text.trim() {
            "" => usual,
            text => text.parse().unwrap_or_else(|_| {
                problems.push(not_a_day(field, text));
                usual
            }),
        };
        let last = day("to", &self.to, today);
        let days = self
            .days
            .parse()
            .ok()
            .filter(|days| (1..=MOST_DAYS).contains(days));
        let usual = last.saturating_sub((days.unwrap_or(USUAL_DAYS) - 1).days());
        let first = day("from", &self.from, usual);
        if problems.is_empty() && first > last {
            problems.push(Problem::new(
                "figures.period",
                "from",
                "开始日期在结束日期之后，请调换",
                "the first day is after the last; swap them",
            ));
        }
        if !problems.is_empty() {
            return Err(ApiError::invalid(problems));
        }
        let begin = |date: Date| {
            let at = date.to_zoned(app.calendar().time_zone().clone());
            at.map(|at| at.timestamp())
                .map_err(|_| ApiError::internal())
        };
        Ok(Period {
            first,
            last,
            from: begin(first)?,
            to: begin(last.tomorrow().unwrap_or(last))?.min(now),
        })
    }

    /// The cases that are counted in a stretch of time.
    pub(super) fn scope(&self, (from, to): (Timestamp, Timestamp)) -> Scope {
        let value = |text: &str| match text.trim() {
            "" => None,
            CaseFilter::NONE => Some(String::new()),
            text => Some(text.to_owned()),
        };
        Scope {
            from,
            to,
            org: value(&self.org),
            division: value(&self.division),
            class: value(&self.class),
        }
    }

    /// The same cases as a filter of lists, whenever they were opened.
    pub(super) fn filter(&self, system: &str) -> CaseFilter {
        let value = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        CaseFilter {
            system: Some(system.to_owned()),
            org: value(&self.org),
            division: value(&self.division),
            class: value(&self.class),
            ..CaseFilter::default()
        }
    }

    /// Whether anything but the period narrows the figures.
    pub(super) fn is_narrowed(&self) -> bool {
        [&self.org, &self.division, &self.class]
            .iter()
            .any(|value| !value.is_empty())
    }

    /// An address that asks the same with some changes; an empty value asks nothing.
    pub(super) fn address(&self, path: &str, changes: &[(&str, &str)]) -> String {
        let own = [
            ("days", &self.days),
            ("from", &self.from),
            ("to", &self.to),
            ("org", &self.org),
            ("division", &self.division),
            ("class", &self.class),
            ("wall", &self.wall),
            ("part", &self.part),
            ("after", &self.after),
        ];
        let kept = own
            .into_iter()
            .filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name))
            .map(|(name, value)| (name, value.as_str()));
        let parts: Vec<String> = kept
            .chain(changes.iter().copied())
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", query_value(value)))
            .collect();
        if parts.is_empty() {
            path.to_owned()
        } else {
            format!("{path}?{}", parts.join("&"))
        }
    }

    /// The list of the open cases that are counted, narrowed further.
    pub(super) fn open_cases(&self, more: &[(&str, &str)]) -> String {
        self.cases(&[("status", "open")], more)
    }

    /// The list of the cases opened from the first day to the last.
    pub(super) fn opened_cases(
        &self,
        (first, last): (Date, Date),
        more: &[(&str, &str)],
    ) -> String {
        let (first, last) = (first.to_string(), last.to_string());
        self.cases(&[("opened_from", &first), ("opened_to", &last)], more)
    }

    fn cases(&self, first: &[(&str, &str)], more: &[(&str, &str)]) -> String {
        let own = [
            ("org", self.org.as_str()),
            ("division", self.division.as_str()),
            ("class", self.class.as_str()),
        ];
        let own = own
            .into_iter()
            .filter(|(name, _)| !more.iter().any(|(changed, _)| changed == name));
        let parts: Vec<String> = first
            .iter()
            .copied()
            .chain(own)
            .chain(more.iter().copied())
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", query_value(value)))
            .collect();
        format!("/work/cases?{}", parts.join("&"))
    }
}

fn not_a_day(field: &str, text: &str) -> Problem {
    Problem::new(
        "query.date",
        field,
        format!("`{text}` 不是日期，请写成 2026-11-23"),
        format!("`{text}` is not a date; write it as 2026-11-23"),
    )
}

#[cfg(test)]
mod tests {
    use super::Asked;

    #[test]
    fn an_address_keeps_what_was_asked_and_changes_what_it_must() {
        let asked = Asked {
            days: "7".to_owned(),
            org: "water".to_owned(),
            ..Asked::default()
        };
        assert_eq!(
            asked.address("/work/figures", &[("days", "90")]),
            "/work/figures?org=water&days=90"
        );
        assert_eq!(
            asked.address("/work/figures/x", &[("org", ""), ("part", "rest")]),
            "/work/figures/x?days=7&part=rest"
        );
        assert_eq!(
            asked.open_cases(&[("lamp", "red")]),
            "/work/cases?status=open&org=water&lamp=red"
        );
    }
}
