//! Times as BPMN writes them: ISO 8601 durations, instants and cycles.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, civil};

/// A time that comes again: `R3/PT10H`, `R/2026-09-01T00:00:00/P1D`.
#[derive(Debug, Clone)]
pub(super) struct Cycle {
    /// How many times; none for ever.
    pub(super) times: Option<u64>,
    begin: Option<Timestamp>,
    every: Span,
}

impl Cycle {
    pub(super) fn read(text: &str, zone: &TimeZone) -> Option<Self> {
        let mut parts = text.trim().strip_prefix('R')?.split('/');
        let times = match parts.next()? {
            "" => None,
            number => Some(number.parse().ok()?),
        };
        let mut rest: Vec<&str> = parts.collect();
        let every: Span = rest.pop()?.parse().ok()?;
        if !every.is_positive() {
            return None;
        }
        let begin = match rest.pop() {
            Some(instant) => Some(local(instant, zone)?),
            None => None,
        };
        (times != Some(0) && rest.is_empty()).then_some(Self {
            times,
            begin,
            every,
        })
    }

    /// The first time, seen from now.
    pub(super) fn first(&self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        match self.begin {
            Some(begin) if begin >= now => Some(begin),
            _ => self.after(now, zone),
        }
    }

    /// The time after one of them.
    pub(super) fn after(&self, time: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        add(time, self.every, zone)
    }
}

fn add(time: Timestamp, span: Span, zone: &TimeZone) -> Option<Timestamp> {
    let zoned = time.to_zoned(zone.clone()).checked_add(span).ok()?;
    Some(zoned.timestamp())
}

/// The instant a duration after another; months and days are those of the calendar.
pub(super) fn later(now: Timestamp, text: &str, zone: &TimeZone) -> Option<Timestamp> {
    add(now, text.trim().parse().ok()?, zone)
}

/// An instant; without a zone it is the city's.
pub(super) fn local(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let at: civil::DateTime = text.parse().ok()?;
    Some(at.to_zoned(zone.clone()).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::tz::TimeZone;

    use super::{Cycle, later, local};

    #[test]
    fn durations_and_cycles_are_those_of_iso_8601() {
        let zone = TimeZone::fixed(jiff::tz::offset(8));
        let now: Timestamp = "2026-01-31T00:00:00Z".parse().unwrap();
        let at = |text: &str| Some(text.parse::<Timestamp>().unwrap());
        assert_eq!(later(now, "PT36H", &zone), at("2026-02-01T12:00:00Z"));
        assert_eq!(later(now, "P1M", &zone), at("2026-02-28T00:00:00Z"));
        assert_eq!(later(now, "tomorrow", &zone), None);
        assert_eq!(
            local("2026-02-01T08:00:00", &zone),
            at("2026-02-01T00:00:00Z")
        );
        let cycle = Cycle::read("R3/PT10H", &zone).unwrap();
        assert_eq!(
            (cycle.times, cycle.first(now, &zone)),
            (Some(3), at("2026-01-31T10:00:00Z"))
        );
        let daily = Cycle::read("R/2026-03-01T09:00:00/P1D", &zone).unwrap();
        assert_eq!(
            (daily.times, daily.first(now, &zone)),
            (None, at("2026-03-01T01:00:00Z"))
        );
        for wrong in [
            "R0/PT1H",
            "R3",
            "PT1H",
            "R3/PT0S",
            "R3/-PT1H",
            "Rx/PT1H",
            "R1/a/PT1H",
            "R1/a/b/PT1H",
        ] {
            assert!(Cycle::read(wrong, &zone).is_none(), "{wrong}");
        }
    }
}
