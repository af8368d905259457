//! Parameters of this door: all of them known, each given once, and every problem told.

use jiff::Timestamp;
use yuandu_base::Problem;
use yuandu_geo::{Crs, GeoError};
use yuandu_places::{FeatureQuery, LayerDef};

use crate::ApiError;

/// Parameters as they came.
pub(super) type Given = Vec<(String, String)>;

/// Features of a page when nothing is said, and at most.
const USUAL: usize = 10;
const MOST: usize = 1000;

/// The parameters of a page of features.
pub(super) const OF_ITEMS: [&str; 7] =
    ["bbox", "bbox-crs", "crs", "datetime", "limit", "after", "f"];

/// What is asked of a collection.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Items {
    pub(super) query: FeatureQuery,
    pub(super) crs: Crs,
}

/// Refuses parameters that are not known, given twice, or ask for a form that there is not.
pub(super) fn check(given: &Given, known: &[&str]) -> Result<(), ApiError> {
    let problems = problems(given, |name| known.contains(&name));
    if problems.is_empty() {
        Ok(())
    } else {
        Err(ApiError::invalid(problems))
    }
}

/// Reads the parameters of a page of features; all problems at once.
pub(super) fn items(given: &Given, layer: &LayerDef) -> Result<Items, ApiError> {
    let is_property = |name: &str| layer.properties.iter().any(|(known, _)| known == name);
    let mut problems = problems(given, |name| OF_ITEMS.contains(&name) || is_property(name));
    let get = |name: &str| {
        let found = given.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    };
    let mut told = Told(&mut problems);
    let crs = get("crs").and_then(|text| told.geo("crs", text.parse::<Crs>()));
    let of_box = get("bbox-crs").and_then(|text| told.geo("bbox-crs", text.parse::<Crs>()));
    let windows = get("bbox")
        .and_then(|text| told.geo("bbox", of_box.unwrap_or_default().windows(text)))
        .unwrap_or_default();
    let during = get("datetime").and_then(|text| {
        told.read(
            "datetime",
            text,
            during(text),
            "2026-09-21T00:00:00Z, ../2026-09-21T00:00:00Z",
        )
    });
    let limit = get("limit").and_then(|text| told.read("limit", text, limit(text), "1–1000"));
    let equal = given
        .iter()
        .filter(|(name, _)| !OF_ITEMS.contains(&name.as_str()));
    let query = FeatureQuery {
        windows,
        equal: equal.cloned().collect(),
        during,
        after: get("after").map(str::to_owned),
        limit: limit.unwrap_or(USUAL),
    };
    if !problems.is_empty() {
        return Err(ApiError::invalid(problems));
    }
    Ok(Items {
        query,
        crs: crs.unwrap_or_default(),
    })
}

/// The reference system asked for.
pub(super) fn crs(given: &Given) -> Result<Crs, ApiError> {
    let found = given.iter().find(|(name, _)| name == "crs");
    let mut problems = Vec::new();
    let crs = found.and_then(|(_, text)| Told(&mut problems).geo("crs", text.parse::<Crs>()));
    if problems.is_empty() {
        Ok(crs.unwrap_or_default())
    } else {
        Err(ApiError::invalid(problems))
    }
}

/// Collects problems while values are read.
struct Told<'p>(&'p mut Vec<Problem>);

impl Told<'_> {
    fn geo<T>(&mut self, name: &str, read: Result<T, GeoError>) -> Option<T> {
        read.map_err(|error| self.0.push(error.problem(name))).ok()
    }

    fn read<T>(&mut self, name: &str, text: &str, read: Option<T>, known: &str) -> Option<T> {
        if read.is_none() {
            self.0.push(unreadable(name, text, known));
        }
        read
    }
}

fn problems(given: &Given, known: impl Fn(&str) -> bool) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (at, (name, value)) in given.iter().enumerate() {
        let twice = given.iter().take(at).any(|(earlier, _)| earlier == name);
        if !known(name) {
            problems.push(Problem::new(
                "ogc.parameter_unknown",
                name.as_str(),
                format!("没有参数 `{name}`，可用的参数见 /ogc/api"),
                format!("there is no parameter `{name}`; /ogc/api names those there are"),
            ));
        } else if twice {
            problems.push(Problem::new(
                "ogc.parameter_twice",
                name.as_str(),
                format!("参数 `{name}` 只能写一次"),
                format!("give the parameter `{name}` once"),
            ));
        } else if name == "f" && value != "json" {
            problems.push(unreadable(name, value, "json"));
        }
    }
    problems
}

fn unreadable(name: &str, value: &str, known: &str) -> Problem {
    Problem::new(
        "query.unknown",
        name,
        format!("`{name}` 不能是 `{value}`，可用：{known}"),
        format!("`{name}` cannot be `{value}`; use {known}"),
    )
}

/// A number above the most means the most, as the standard has it; below one is refused.
fn limit(text: &str) -> Option<usize> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let limit = digits.then(|| text.parse().unwrap_or(usize::MAX))?;
    (limit >= 1).then(|| limit.min(MOST))
}

/// An instant, or two with a slash between, either of which may be open.
fn during(text: &str) -> Option<(Timestamp, Timestamp)> {
    // A `+` of an offset arrives as a space when the client did not encode it.
    let instant = |text: &str| text.trim().replace(' ', "+").parse::<Timestamp>().ok();
    let end = |text: &str, open: Timestamp| match text {
        "" | ".." => Some(open),
        text => instant(text),
    };
    match text.split_once('/') {
        None => instant(text).map(|at| (at, at)),
        Some((from, to)) => {
            let span = (end(from, Timestamp::MIN)?, end(to, Timestamp::MAX)?);
            (span.0 <= span.1).then_some(span)
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{check, during, limit};

    #[test]
    fn limits_above_the_most_mean_the_most_and_below_one_are_refused() {
        assert_eq!(limit("7"), Some(7));
        assert_eq!(limit("99999999999999999999999999"), Some(1000));
        for wrong in ["0", "-1", "", "1.5", "+3", "ten"] {
            assert_eq!(limit(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn times_are_instants_or_spans_that_may_be_open() {
        let noon: Timestamp = "2026-09-21T04:00:00Z".parse().unwrap();
        assert_eq!(during("2026-09-21T12:00:00+08:00"), Some((noon, noon)));
        assert_eq!(during("2026-09-21T12:00:00 08:00"), Some((noon, noon)));
        assert_eq!(
            during("../2026-09-21T04:00:00Z"),
            Some((Timestamp::MIN, noon))
        );
        assert_eq!(
            during("2026-09-21T04:00:00Z/"),
            Some((noon, Timestamp::MAX))
        );
        for wrong in [
            "",
            "yesterday",
            "2026-09-22T00:00:00Z/2026-09-21T00:00:00Z",
            "a/b",
        ] {
            assert_eq!(during(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_parameter_is_known_and_given_once() {
        let given = |pairs: &[(&str, &str)]| {
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        assert!(check(&given(&[("f", "json")]), &["f"]).is_ok());
        for wrong in [[("f", "html"), ("f", "json")], [("f", "json"), ("x", "1")]] {
            assert!(check(&given(&wrong), &["f"]).is_err());
        }
    }
}
