//! Lists of facts, filters and facets.

use maud::{Markup, html};
use yuandu_base::Lang;

use crate::components::field::Opt;

/// Facts with their names. A fact without a value is left out by the caller.
#[must_use]
pub fn facts(items: &[(&str, Markup)]) -> Markup {
    html! {
        dl class="facts" {
            @for (name, value) in items { div { dt { (name) } dd { (value) } } }
        }
    }
}

/// A link list with a line of words under each, for home pages and results.
#[must_use]
pub fn links(items: &[(&str, &str, &str)]) -> Markup {
    html! {
        ul class="links" {
            @for (label, href, words) in items {
                li { a href=(href) { (label) } @if !words.is_empty() { p { (words) } } }
            }
        }
    }
}

/// One drop-down of a filter row.
#[derive(Debug, Clone, Copy)]
pub struct Filter<'a> {
    /// Query parameter.
    pub name: &'a str,
    /// What is filtered.
    pub label: &'a str,
    /// Values; counts may be part of the labels.
    pub options: &'a [Opt<'a>],
    /// Chosen value; empty for all.
    pub value: &'a str,
}

/// The filter row under the head of a list: a form that gets, so that a filter is a link.
#[derive(Debug, Clone, Copy)]
pub struct Filters<'a> {
    /// Where the list is.
    pub action: &'a str,
    /// Words searched for; `None` leaves the search box out.
    pub search: Option<&'a str>,
    /// Drop-downs.
    pub filters: &'a [Filter<'a>],
    /// Other query parameters to keep, such as the view and the sort order.
    pub keep: &'a [(&'a str, &'a str)],
}

/// See [`Filters`]. The search box has the id `search`, which `/` focuses.
#[must_use]
pub fn filters(lang: Lang, row: &Filters<'_>) -> Markup {
    let active = row.filters.iter().any(|filter| !filter.value.is_empty())
        || row.search.is_some_and(|words| !words.is_empty());
    html! {
        form class="filters" method="get" action=(row.action) role="search" {
            @for (name, value) in row.keep { input type="hidden" name=(name) value=(value); }
            @if let Some(words) = row.search {
                div class="filter wide" {
                    label for="search" { (lang.pick("搜索", "Search")) }
                    input type="search" id="search" name="q" value=(words) data-search autocomplete="off";
                }
            }
            @for filter in row.filters {
                div class="filter" {
                    label for={ "filter-" (filter.name) } { (filter.label) }
                    select id={ "filter-" (filter.name) } name=(filter.name) data-on[!filter.value.is_empty()] {
                        option value="" { (lang.pick("全部", "All")) }
                        @for option in filter.options {
                            option value=(option.value) selected[option.value == filter.value] { (option.label) }
                        }
                    }
                }
            }
            div class="filter-actions" {
                button type="submit" class="button" { (lang.pick("筛选", "Filter")) }
                @if active { a href={ (row.action) (kept(row.keep)) } { (lang.pick("清除筛选", "Clear")) } }
            }
        }
    }
}

/// A group of facets beside a list, each a link with its count.
#[derive(Debug, Clone, Copy)]
pub struct Facet<'a> {
    /// What is counted, "环节".
    pub label: &'a str,
    /// Label, link, count, chosen.
    pub values: &'a [(&'a str, &'a str, u64, bool)],
}

/// Facets; a chosen one links to the list without it.
#[must_use]
pub fn facets(facets: &[Facet<'_>]) -> Markup {
    html! {
        div class="facets" {
            @for facet in facets {
                section {
                    h2 { (facet.label) }
                    ul {
                        @for (label, href, count, chosen) in facet.values {
                            li { a href=(href) aria-current=[chosen.then_some("true")] {
                                span { (label) } " " span class="count" { (crate::components::navigation::number(*count)) }
                            } }
                        }
                    }
                }
            }
        }
    }
}

fn kept(keep: &[(&str, &str)]) -> String {
    let parts: Vec<String> = keep
        .iter()
        .map(|(name, value)| format!("{name}={}", crate::preferences::query_value(value)))
        .collect();
    if parts.is_empty() {
        String::new()
    } else {
        format!("?{}", parts.join("&"))
    }
}
