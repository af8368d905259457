//! The query of `GET requests`: what may be asked, with the limits of the specification.

use jiff::{SignedDuration, Timestamp};
use yuandu_base::Problem;

use super::given::Given;

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

/// Parameters of `GET requests`.
pub(super) const KNOWN: [&str; 10] = [
    "jurisdiction_id",
    "service_request_id",
    "service_code",
    "start_date",
    "end_date",
    "status",
    "page",
    "page_size",
    "extensions",
    "api_key",
];

/// Parses the parameters; everything that is wrong with them at once.
pub(super) fn parse(given: &Given, now: Timestamp) -> Result<RequestsQuery, Vec<Problem>> {
    let mut problems = Vec::new();
    let (from, to) = span(given, now, &mut problems);
    let statuses = given.list("status");
    let known = |status: &&str| matches!(*status, "open" | "closed");
    for other in statuses.iter().filter(|status| !known(status)) {
        problems.push(Problem::new(
            "open311.status",
            "status",
            format!("`{other}` 不是状态；请写 open 或 closed，两种都要就写 open,closed"),
            format!("`{other}` is no status; write open or closed, or open,closed for both"),
        ));
    }
    let open = match (statuses.contains(&"open"), statuses.contains(&"closed")) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ => None,
    };
    let size = number(given, "page_size", (MOST, MOST), &mut problems);
    let page = number(given, "page", (1, PAGES), &mut problems);
    if !problems.is_empty() {
        return Err(problems);
    }
    let owned = |name: &str| given.list(name).into_iter().map(str::to_owned).collect();
    Ok(RequestsQuery {
        numbers: owned("service_request_id"),
        codes: owned("service_code"),
        from,
        to,
        open,
        window: ((page - 1) * size, size),
    })
}

/// The span of time asked for.
fn span(given: &Given, now: Timestamp, problems: &mut Vec<Problem>) -> (Timestamp, Timestamp) {
    let mut instant = |name: &str| -> Option<Timestamp> {
        // A `+` of an offset arrives as a space when the client did not encode it.
        let text = given.text(name)?.replace(' ', "+");
        let parsed = text.parse().ok();
        if parsed.is_none() {
            problems.push(Problem::new(
                "open311.date",
                name,
                format!("`{text}` 不是日期和时间；请写成 2026-09-21T08:30:00+08:00"),
                format!("`{text}` is not a date and time; write it as 2026-09-21T08:30:00+08:00"),
            ));
        }
        parsed
    };
    let (from, to) = match (instant("start_date"), instant("end_date")) {
        (Some(from), Some(to)) => (from, to),
        (Some(from), None) => (from, from.checked_add(SPAN).unwrap_or(now).min(now)),
        (None, Some(to)) => (to.checked_sub(SPAN).unwrap_or(Timestamp::MIN), to),
        (None, None) => (now.checked_sub(SPAN).unwrap_or(Timestamp::MIN), now),
    };
    let (zh, en) = if from > to {
        (
            "晚于 end_date（没有写 end_date 时是现在）；请对调或改正",
            "it is after end_date, or after now; exchange or correct them",
        )
    } else if from.duration_until(to) > SPAN {
        (
            "与 end_date 相距超过 90 天；请分段查询",
            "it is more than 90 days before end_date; ask for shorter spans",
        )
    } else {
        return (from, to);
    };
    problems.push(Problem::new("open311.date", "start_date", zh, en));
    (from, to)
}

/// `page` and `page_size`, which many servers of the specification know and clients use to walk beyond its thousand.
fn number(
    given: &Given,
    name: &str,
    (usual, most): (usize, usize),
    problems: &mut Vec<Problem>,
) -> usize {
    let Some(text) = given.text(name) else {
        return usual;
    };
    match text.parse() {
        Ok(number) if (1..=most).contains(&number) => number,
        _ => {
            problems.push(Problem::new(
                "open311.page",
                name,
                format!("`{text}` 不是 1 至 {most} 的数"),
                format!("`{text}` is not a number from 1 to {most}"),
            ));
            usual
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::{Given, RequestsQuery, parse};

    fn now() -> Timestamp {
        "2026-09-21T01:00:00Z".parse().unwrap()
    }

    /// The query, or what was said about each parameter.
    fn asked(pairs: &[(&str, &str)]) -> Result<RequestsQuery, String> {
        let mut given = Given::default();
        for (name, value) in pairs {
            given.add((*name).to_owned(), (*value).to_owned()).unwrap();
        }
        parse(&given, now()).map_err(|problems| {
            let told = problems
                .iter()
                .map(|p| format!("{}: {}", p.place, p.message.en));
            told.collect::<Vec<_>>().join("\n")
        })
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
        let all = asked(&[("status", "lost,both"), ("page", "0")]).unwrap_err();
        assert_eq!(all.lines().count(), 3, "{all}");
        assert!(all.contains("`lost`") && all.contains("`both`") && all.contains("open,closed"));
        assert!(
            asked(&[("start_date", "yesterday")])
                .unwrap_err()
                .starts_with("start_date: `yesterday`")
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
