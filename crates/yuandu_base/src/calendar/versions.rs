//! Which calendar counts where and since when. A realm has a calendar, an office may have one of its own, and each may
//! be published anew: what ran before is explained by the version it ran on.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::Calendar;

/// Whose calendar it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CalendarScope {
    /// That of every office of a realm without one of its own.
    Realm(String),
    /// That of one office of a realm.
    Office {
        /// The realm's code.
        realm: String,
        /// The office's.
        office: String,
    },
}

impl CalendarScope {
    /// The scope of a realm.
    #[must_use]
    pub fn realm(realm: &str) -> Self {
        Self::Realm(realm.to_owned())
    }

    /// The scope of an office.
    #[must_use]
    pub fn office(realm: &str, office: &str) -> Self {
        Self::Office {
            realm: realm.to_owned(),
            office: office.to_owned(),
        }
    }
}

/// A calendar as it was published.
#[derive(Debug, Clone)]
pub struct PublishedCalendar {
    /// Since when it counts.
    pub since: Timestamp,
    /// The calendar.
    pub calendar: Arc<Calendar>,
}

/// All calendars of a city with all their versions.
#[derive(Debug, Clone, Default)]
pub struct Calendars {
    published: BTreeMap<CalendarScope, Vec<PublishedCalendar>>,
}

impl Calendars {
    /// Publishes a calendar for a scope. One published for the same instant replaces the earlier.
    pub fn publish(&mut self, scope: CalendarScope, since: Timestamp, calendar: Calendar) {
        let versions = self.published.entry(scope).or_default();
        versions.retain(|version| version.since != since);
        let at = versions.partition_point(|version| version.since < since);
        let calendar = Arc::new(calendar);
        versions.insert(at, PublishedCalendar { since, calendar });
    }

    /// The calendar that counts for an office at an instant: its own, else that of its realm, else the statutory one.
    #[must_use]
    pub fn in_force(&self, realm: &str, office: Option<&str>, at: Timestamp) -> &Calendar {
        let own = office.map(|office| CalendarScope::office(realm, office));
        let mut scopes = own.into_iter().chain([CalendarScope::realm(realm)]);
        match scopes.find_map(|scope| self.version_at(&scope, at)) {
            Some(calendar) => calendar,
            None => Calendar::statutory(),
        }
    }

    /// The versions published for a scope, oldest first.
    #[must_use]
    pub fn versions(&self, scope: &CalendarScope) -> &[PublishedCalendar] {
        self.published.get(scope).map_or(&[], Vec::as_slice)
    }

    fn version_at(&self, scope: &CalendarScope, at: Timestamp) -> Option<&Calendar> {
        let versions = self.published.get(scope)?;
        let after = versions.partition_point(|version| version.since <= at);
        let index = after.checked_sub(1)?;
        versions.get(index).map(|version| &*version.calendar)
    }
}
