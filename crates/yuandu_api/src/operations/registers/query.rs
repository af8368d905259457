//! The query of a list of records.

use std::collections::HashMap;

use yuandu_base::Problem;
use yuandu_registers::{ColumnFilter, ListRecords, Sort};

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
    let known = ["words", "sort", "after", "limit", "view", "lang"];
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
    })
}
