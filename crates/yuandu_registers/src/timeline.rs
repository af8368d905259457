//! The versions of one record on two axes, as pure rules: the days on which a version is true, and the time during which it was
//! believed.
//!
//! What is believed now divides the days into spans without overlap. A change of some days (SQL:2011 calls it `FOR PORTION
//! OF`) supersedes the spans it touches and leaves what lies beside it as it was. Nothing here reads or writes.

use jiff::civil::Date;
use serde_json::{Map, Value as Json};

/// Values true from a day on, up to another day that is not included.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Span {
    /// First day.
    pub(crate) from: Date,
    /// The day after the last; none while no end is known.
    pub(crate) to: Option<Date>,
    /// The record on these days.
    pub(crate) values: Map<String, Json>,
}

impl Span {
    /// Whether the values are true on a day.
    pub(crate) fn covers(&self, day: Date) -> bool {
        self.from <= day && self.to.is_none_or(|to| day < to)
    }
}

/// What a change does to the spans: which are no longer believed, and which take their place.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Revision {
    /// Positions of superseded spans.
    pub(crate) superseded: Vec<usize>,
    /// Spans that are new; in the order of their days.
    pub(crate) fresh: Vec<Fresh>,
}

/// A span that a revision makes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fresh {
    pub(crate) span: Span,
    /// The span whose remainder this is: its values were known before and stay so.
    pub(crate) rest_of: Option<usize>,
}

/// Lays `patch` over the days from `from` up to `to`. It is given the values of a span (none where nothing is recorded yet)
/// and the first day it will be true for, and gives the new values.
///
/// # Errors
/// The first refusal of `patch`.
pub(crate) fn revise<E>(
    known: &[Span],
    from: Date,
    to: Option<Date>,
    mut patch: impl FnMut(Option<&Map<String, Json>>, Date) -> Result<Map<String, Json>, E>,
) -> Result<Revision, E> {
    let mut revision = Revision::default();
    for (at, span) in known.iter().enumerate() {
        let Some((begin, end)) = overlap(span, from, to) else {
            continue;
        };
        let values = patch(Some(&span.values), begin)?;
        if values == span.values {
            continue;
        }
        revision.superseded.push(at);
        revision.fresh.extend(remainders(at, span, begin, end));
        let (from, to) = (begin, end);
        let span = Span { from, to, values };
        let rest_of = None;
        revision.fresh.push(Fresh { span, rest_of });
    }
    for (begin, end, next) in gaps(known, from, to) {
        // Days before the first recorded one: the record was so earlier than was known.
        let values = patch(next.map(|span| &span.values), begin)?;
        let span = Span {
            from: begin,
            to: end,
            values,
        };
        let rest_of = None;
        revision.fresh.push(Fresh { span, rest_of });
    }
    revision.fresh.sort_by_key(|fresh| fresh.span.from);
    join_equal(&mut revision.fresh);
    Ok(revision)
}

/// Ends the record: from `from` on nothing is true any more.
pub(crate) fn end(known: &[Span], from: Date) -> Revision {
    let mut revision = Revision::default();
    for (at, span) in known.iter().enumerate() {
        let Some((begin, end)) = overlap(span, from, None) else {
            continue;
        };
        revision.superseded.push(at);
        revision.fresh.extend(remainders(at, span, begin, end));
    }
    revision
}

/// What is left of a span before and after the days that change.
fn remainders(
    at: usize,
    span: &Span,
    begin: Date,
    end: Option<Date>,
) -> impl Iterator<Item = Fresh> + use<> {
    let before = (span.from < begin).then_some((span.from, Some(begin)));
    let after = end
        .filter(|end| span.to.is_none_or(|to| *end < to))
        .map(|end| (end, span.to));
    let values = span.values.clone();
    [before, after]
        .into_iter()
        .flatten()
        .map(move |(from, to)| Fresh {
            span: Span {
                from,
                to,
                values: values.clone(),
            },
            rest_of: Some(at),
        })
}

fn overlap(span: &Span, from: Date, to: Option<Date>) -> Option<(Date, Option<Date>)> {
    let begin = span.from.max(from);
    let end = earlier(span.to, to);
    end.is_none_or(|end| begin < end).then_some((begin, end))
}

fn earlier(a: Option<Date>, b: Option<Date>) -> Option<Date> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (one, other) => one.or(other),
    }
}

/// Days of a window that no span covers; with the first span when the days lie before all of them.
fn gaps(known: &[Span], from: Date, to: Option<Date>) -> Vec<(Date, Option<Date>, Option<&Span>)> {
    let mut sorted: Vec<&Span> = known.iter().collect();
    sorted.sort_by_key(|span| span.from);
    let mut found = Vec::new();
    let mut open = Some(from);
    for (place, span) in sorted.iter().enumerate() {
        let Some(begin) = open else { break };
        let end = earlier(Some(span.from), to);
        if end.is_some_and(|end| begin < end) {
            found.push((begin, end, (place == 0).then_some(*span)));
        }
        open = span.to.map(|to| to.max(begin));
    }
    if let Some(begin) = open.filter(|begin| to.is_none_or(|to| *begin < to)) {
        found.push((begin, to, None));
    }
    found
}

/// Neighbours that say the same are one span.
fn join_equal(fresh: &mut Vec<Fresh>) {
    let mut joined: Vec<Fresh> = Vec::with_capacity(fresh.len());
    for next in fresh.drain(..) {
        match joined.last_mut() {
            Some(last)
                if last.span.to == Some(next.span.from) && last.span.values == next.span.values =>
            {
                last.span.to = next.span.to;
                last.rest_of = last.rest_of.filter(|_| next.rest_of.is_some());
            }
            _ => joined.push(next),
        }
    }
    *fresh = joined;
}

#[cfg(test)]
mod tests;
