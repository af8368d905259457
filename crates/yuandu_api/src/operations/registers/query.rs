//! The query of a list of records.

use std::collections::HashMap;

use jiff::civil::Date;
use yuandu_base::Problem;
use yuandu_base::calendar::Calendar;
use yuandu_identity::OpCtx;
use yuandu_registers::{AsOf, ColumnFilter, ListRecords, Sort};

use crate::ApiError;

/// The list asked for by query parameters; shared with the pages. Everything that is not a known parameter filters a field.
pub fn list_query(
    register: &str,
    parameters: &HashMap<String, String>,
) -> Result<ListRecords, ApiError> {
    let get = |name: &str| parameters.get(name).map(String::as_str).unwrap_or_default();
    let limit = match get("limit") {
        "" => 50,
        text => text
            .parse()
            .ok()
            .filter(|limit| (1..=1000).contains(limit))
            .ok_or_else(|| {
                ApiError::invalid(vec![Problem::new(
                    "query.unknown",
                    "limit",
                    "`limit` 应为 1 至 1000",
                    "`limit` is 1 to 1000",
                )])
            })?,
    };
    let sort = Some(get("sort"))
        .filter(|sort| !sort.is_empty())
        .map(|sort| match sort.strip_prefix('-') {
            Some(field) => Sort {
                field: field.to_owned(),
                descending: true,
            },
            None => Sort {
                field: sort.to_owned(),
                descending: false,
            },
        });
    let known = [
        "words", "sort", "after", "limit", "view", "lang", "on", "known_at",
    ];
    let mut filters: Vec<(String, ColumnFilter)> = parameters
        .iter()
        .filter(|(name, value)| !known.contains(&name.as_str()) && !value.trim().is_empty())
        .map(|(name, value)| match name.strip_suffix('^') {
            Some(field) => (
                field.to_owned(),
                ColumnFilter::StartsWith(value.trim().to_owned()),
            ),
            None => (
                name.clone(),
                ColumnFilter::OneOf(vec![value.trim().to_owned()]),
            ),
        })
        .collect();
    filters.sort_by(|left, right| left.0.cmp(&right.0));
    Ok(ListRecords {
        register: register.to_owned(),
        filters,
        words: get("words").to_owned(),
        sort,
        after: Some(get("after"))
            .filter(|after| !after.is_empty())
            .map(str::to_owned),
        limit,
        facets: false,
        count: true,
        reveal: false,
        as_of: None,
    })
}

/// The moment asked for by `on` and `known_at`; what is left out is now. None when neither is said.
pub fn moment_query(
    ctx: &OpCtx,
    parameters: &HashMap<String, String>,
) -> Result<Option<AsOf>, ApiError> {
    let get = |name: &str| {
        let text = parameters.get(name).map(|text| text.trim());
        text.filter(|text| !text.is_empty())
    };
    let (on, known_at) = (get("on"), get("known_at"));
    if on.is_none() && known_at.is_none() {
        return Ok(None);
    }
    let calendar = Calendar::statutory();
    let known_at = match known_at {
        None => ctx.now(),
        Some(text) => calendar.parse_instant(text).map_err(|_| {
            unreadable(
                "known_at",
                text,
                "时间，请写成 2026-10-01T09:30",
                "a time; write it like 2026-10-01T09:30",
            )
        })?,
    };
    let on = match on {
        None => calendar.local_date(ctx.now()),
        Some(text) => day("on", text)?,
    };
    Ok(Some(AsOf { on, known_at }))
}

/// A date of a request.
pub(super) fn day(name: &str, text: &str) -> Result<Date, ApiError> {
    text.parse().map_err(|_| {
        unreadable(
            name,
            text,
            "日期，请写成 2026-10-01",
            "a date; write it like 2026-10-01",
        )
    })
}

fn unreadable(name: &str, text: &str, zh: &str, en: &str) -> ApiError {
    ApiError::invalid(vec![Problem::new(
        "query.unknown",
        name,
        format!("`{name}` 的 `{text}` 不是{zh}"),
        format!("`{text}` of `{name}` is not {en}"),
    )])
}
