//! The query of `GET requests`: what may be asked, with the limits of the specification.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

/// Requests in one answer at most, as the specification says.
const MOST: usize = 1000;
/// Pages that may be asked for; narrower dates lead further.
const PAGES: usize = 100;
/// Without dates the last 90 days are answered, as the specification says; no span may be longer.
const SPAN: SignedDuration = SignedDuration::from_hours(24 * 90);

/// A parsed query.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RequestsQuery {
    /// Only these numbers; everything else is then ignored.
    pub(super) numbers: Vec<String>,
    /// Only these categories.
    pub(super) codes: Vec<String>,
    /// Reported at or after.
    pub(super) from: Timestamp,
    /// Reported at or before.
    pub(super) to: Timestamp,
    /// `Some(true)`: only open; `Some(false)`: only closed.
    pub(super) open: Option<bool>,
    /// How many of the newest are passed over, and how many are answered after them.
    pub(super) window: (usize, usize),
}

/// Parses the parameters; the error is one sentence for the caller.
pub(super) fn parse(
    parameters: &HashMap<String, String>,
    now: Timestamp,
) -> Result<RequestsQuery, String> {
    let list = |name: &str| -> Vec<String> {
        let text = parameters.get(name).map(String::as_str).unwrap_or_default();
        text.split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let instant = |name: &str| -> Result<Option<Timestamp>, String> {
        let Some(text) = parameters.get(name).filter(|text| !text.trim().is_empty()) else {
            return Ok(None);
        };
        // A `+` of an offset arrives as a space when the client did not encode it.
        let text = text.trim().replace(' ', "+");
        let error = || {
            format!("{name} `{text}` is not a date and time; write it as 2026-09-21T08:30:00+08:00")
        };
        text.parse().map(Some).map_err(|_| error())
    };
    let (start, end) = (instant("start_date")?, instant("end_date")?);
    let (from, to) = match (start, end) {
        (Some(from), Some(to)) => (from, to),
        (Some(from), None) => (from, from.checked_add(SPAN).unwrap_or(now).min(now)),
        (None, Some(to)) => (to.checked_sub(SPAN).unwrap_or(Timestamp::MIN), to),
        (None, None) => (now.checked_sub(SPAN).unwrap_or(Timestamp::MIN), now),
    };
    if from > to {
        return Err("start_date is after end_date; exchange them".to_owned());
    }
    if from.duration_until(to) > SPAN {
        return Err(
            "start_date and end_date are more than 90 days apart; ask for shorter spans".to_owned(),
        );
    }
    let statuses = list("status");
    if let Some(other) = statuses
        .iter()
        .find(|status| !matches!(status.as_str(), "open" | "closed"))
    {
        return Err(format!(
            "status `{other}` is unknown; use open, closed or both"
        ));
    }
    let asks = |wanted: &str| statuses.iter().any(|status| status == wanted);
    let open = match (asks("open"), asks("closed")) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ => None,
    };
    let window = window(parameters)?;
    Ok(RequestsQuery {
        numbers: list("service_request_id"),
        codes: list("service_code"),
        from,
        to,
        open,
        window,
    })
}

/// `page` and `page_size`, which many servers of the specification know and clients use to walk beyond its thousand.
fn window(parameters: &HashMap<String, String>) -> Result<(usize, usize), String> {
    let number = |name: &str, usual: usize, most: usize| match parameters
        .get(name)
        .map(|text| text.trim())
        .filter(|text| !text.is_empty())
    {
        None => Ok(usual),
        Some(text) => match text.parse() {
            Ok(number) if (1..=most).contains(&number) => Ok(number),
            _ => Err(format!("{name} `{text}` is not a number from 1 to {most}")),
        },
    };
    let size = number("page_size", MOST, MOST)?;
    let page = number("page", 1, PAGES)?;
    Ok(((page - 1) * size, size))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use jiff::{SignedDuration, Timestamp};

    use super::{RequestsQuery, parse};

    fn now() -> Timestamp {
        "2026-09-21T01:00:00Z".parse().unwrap()
    }

    fn asked(pairs: &[(&str, &str)]) -> Result<RequestsQuery, String> {
        let parameters: HashMap<String, String> = pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        parse(&parameters, now())
    }

    #[test]
    fn pages_are_windows_and_bad_ones_are_told() {
        assert_eq!(asked(&[]).unwrap().window, (0, 1000));
        assert_eq!(
            asked(&[("page", "3"), ("page_size", "50")]).unwrap().window,
            (100, 50)
        );
        for (name, value) in [("page", "0"), ("page_size", "1001"), ("page", "x")] {
            assert!(asked(&[(name, value)]).unwrap_err().contains(name));
        }
    }

    #[test]
    fn without_dates_the_last_ninety_days_are_meant() {
        let query = asked(&[]).unwrap();
        assert_eq!(
            query.from.duration_until(query.to),
            SignedDuration::from_hours(24 * 90)
        );
        assert_eq!((query.to, query.open), (now(), None));
    }

    #[test]
    fn dates_take_offsets_even_when_the_plus_was_not_encoded() {
        let query = asked(&[
            ("start_date", "2026-09-01T00:00:00 08:00"),
            ("end_date", "2026-09-02T00:00:00Z"),
        ])
        .unwrap();
        assert_eq!(query.from, "2026-08-31T16:00:00Z".parse().unwrap());
    }

    #[test]
    fn statuses_and_lists_are_comma_separated() {
        let query = asked(&[("status", "open,closed"), ("service_code", "01001, 06010")]).unwrap();
        assert_eq!((query.open, query.codes.len()), (None, 2));
        assert_eq!(asked(&[("status", "closed")]).unwrap().open, Some(false));
    }

    #[test]
    fn what_cannot_be_answered_is_said() {
        assert!(asked(&[("status", "lost")]).unwrap_err().contains("`lost`"));
        assert!(
            asked(&[("start_date", "yesterday")])
                .unwrap_err()
                .starts_with("start_date `yesterday`")
        );
        assert!(
            asked(&[
                ("start_date", "2026-09-03T00:00:00Z"),
                ("end_date", "2026-09-01T00:00:00Z")
            ])
            .is_err()
        );
        assert!(
            asked(&[
                ("start_date", "2026-01-01T00:00:00Z"),
                ("end_date", "2026-09-01T00:00:00Z")
            ])
            .unwrap_err()
            .contains("90 days")
        );
    }
}
