//! The working calendar in force, and publishing it anew. What is published is an edit in the log; the open deadlines follow in
//! batches, with the timers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Map, Value as Json, json};
use yuandu_base::calendar::{Calendar, CalendarChange, CalendarEdit, CalendarError};
use yuandu_identity::{OpCtx, Resource};
use yuandu_ids::RealmId;
use yuandu_store::{Change, Expect, Plan, Store, StoreError};

use crate::error::ProcessError;
use crate::queries::calendars::{self, CalendarVersion};

use super::colleagues::refused;
use super::intervene::reason_of;
use super::reproject_clocks::Turned;
use super::{Engine, Reprojected, note};

/// Versions that a city publishes at most, some for every year of a generation; each is laid over the one before, and all of
/// them are kept (200 KB each).
const MOST: usize = 120;

/// The calendars of a realm, each with the instant from which it counted.
type Versions = Arc<Vec<(Timestamp, Arc<Calendar>)>>;

/// The calendar each realm counts by: the statutory one with what the realm published. Kept until a version is published.
#[derive(Debug)]
pub(crate) struct WorkingCalendar {
    statutory: Arc<Calendar>,
    /// How often the table had changed when they were made, and the calendars of a realm.
    known: Mutex<BTreeMap<RealmId, (u64, Versions)>>,
}

impl WorkingCalendar {
    pub(crate) fn new(statutory: Arc<Calendar>) -> Self {
        Self {
            statutory,
            known: Mutex::new(BTreeMap::new()),
        }
    }

    fn versions(&self, store: &Store, realm: RealmId) -> Result<Versions, StoreError> {
        // Stamped before reading: a version that comes between makes it be read once more, never once too few.
        let stamp = store.touched("calendars");
        let kept = self.last_known(realm);
        if let Some((taken, versions)) = kept
            && taken == stamp
        {
            return Ok(versions);
        }
        let published = store.read(|reader| calendars::published(reader, realm))?;
        let mut made = Vec::with_capacity(published.len());
        let mut calendar = Arc::clone(&self.statutory);
        for version in &published {
            calendar = edited(&calendar, version)?;
            made.push((version.published_at, Arc::clone(&calendar)));
        }
        let made = Arc::new(made);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(realm, (stamp, Arc::clone(&made)));
        Ok(made)
    }

    fn last_known(&self, realm: RealmId) -> Option<(u64, Versions)> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&realm).cloned()
    }

    fn newest(&self, versions: &Versions) -> Arc<Calendar> {
        let newest = versions.last().map(|(_, calendar)| calendar);
        Arc::clone(newest.unwrap_or(&self.statutory))
    }

    /// The calendar after these versions.
    fn after(&self, versions: &[CalendarVersion]) -> Result<Arc<Calendar>, StoreError> {
        let start = Arc::clone(&self.statutory);
        versions
            .iter()
            .try_fold(start, |calendar, version| edited(&calendar, version))
    }
}

fn edited(calendar: &Calendar, version: &CalendarVersion) -> Result<Arc<Calendar>, StoreError> {
    let next = calendar.edited(&version.version, &version.change);
    let next = next.map_err(|error| StoreError::Corrupt {
        reason: format!("version {} of the calendar: {error}", version.number),
    })?;
    Ok(Arc::new(next))
}

/// An edit is to be published.
#[derive(Debug, Clone)]
pub struct PublishCalendar {
    /// What changes.
    pub change: CalendarChange,
    /// The notice or order it rests on: it stands in the words of every deadline that moves.
    pub basis: String,
}

/// What open deadlines have yet to follow.
pub(crate) struct Waiting {
    before: Arc<Calendar>,
    after: Arc<Calendar>,
    versions: Vec<CalendarVersion>,
}

impl Waiting {
    /// The edit, ready to be applied to any number of clocks.
    pub(crate) fn turned(&self) -> Turned<'_> {
        let bases: Vec<&str> = self.versions.iter().map(|v| v.basis.as_str()).collect();
        Turned {
            edit: CalendarEdit::between(&self.before, &self.after),
            version: self.after.version(),
            basis: bases.join("；"),
        }
    }
}

impl Engine {
    /// The working calendar of a realm now.
    ///
    /// # Errors
    /// A failure of the store: a sum on a calendar that may be past is not made in silence.
    pub fn calendar(&self, realm: RealmId) -> Result<Arc<Calendar>, ProcessError> {
        let versions = self.working.versions(&self.store, realm)?;
        Ok(self.working.newest(&versions))
    }

    /// The working calendar of a realm for pages and lists: the last one known where the store cannot be read.
    #[must_use]
    pub fn calendar_to_show(&self, realm: RealmId) -> Arc<Calendar> {
        let read = self.working.versions(&self.store, realm).ok();
        let versions = read.or_else(|| self.working.last_known(realm).map(|(_, last)| last));
        self.working.newest(&versions.unwrap_or_default())
    }

    /// The city's time zone: no edit changes it.
    pub(crate) fn zone(&self) -> &TimeZone {
        self.working.statutory.time_zone()
    }

    /// The day of an instant in the city.
    pub(crate) fn local_date(&self, at: Timestamp) -> Date {
        self.working.statutory.local_date(at)
    }

    /// The working calendar of a realm as it was at an instant.
    pub(crate) fn calendar_at(
        &self,
        realm: RealmId,
        at: Timestamp,
    ) -> Result<Arc<Calendar>, ProcessError> {
        let versions = self.working.versions(&self.store, realm)?;
        let counted = versions.partition_point(|(since, _)| *since <= at);
        let then = counted.checked_sub(1).and_then(|last| versions.get(last));
        Ok(match then {
            Some((_, calendar)) => Arc::clone(calendar),
            None => Arc::clone(&self.working.statutory),
        })
    }

    /// Publishes a version of the calendar. It counts from now on, for every day it names; the open deadlines follow within
    /// seconds, see [`Engine::follow_calendar`]. Returns its number.
    ///
    /// # Errors
    /// [`ProcessError::Invalid`] with every problem of the edit; a refusal of the gate.
    pub fn publish_calendar(
        &self,
        ctx: &OpCtx,
        request: &PublishCalendar,
    ) -> Result<i64, ProcessError> {
        self.gate.require(ctx, "admin.write", &Resource::system())?;
        let basis = reason_of(&request.basis, "basis")?;
        self.retrying(|| {
            let versions = self
                .store
                .read(|reader| calendars::published(reader, ctx.realm))?;
            let number = versions
                .last()
                .map_or(1, |last| last.number.saturating_add(1));
            let version = format!("{}+{number}", self.working.statutory.version());
            let days = self.changed_days(&versions, &version, &request.change)?;
            let mut text = Map::new();
            text.insert("kind".to_owned(), "calendar".into());
            text.insert("who".to_owned(), note::who(ctx));
            text.insert("version".to_owned(), version.as_str().into());
            text.insert("days".to_owned(), days.into());
            text.insert("years".to_owned(), json!(request.change.years));
            text.insert("basis".to_owned(), basis.into());
            let id = number.to_string();
            let change = serde_json::to_string(&request.change).unwrap_or_default();
            let row = Change::put("calendars")
                .with("id", id.as_str())
                .with("number", number)
                .with("version", version.as_str())
                .with("change", change)
                .with("basis", basis)
                .with("published_at", ctx.now())
                .with("published_by", ctx.actor_name())
                .with("published_name", note::who_line(ctx));
            let subject = format!("calendar/{number}");
            let entry = ctx.entry("calendar.publish", subject, Json::Object(text));
            let absent = Expect::absent("calendars", [("id", id.as_str().into())]);
            self.store
                .commit(Plan::new(ctx.realm, entry).expect(absent).change(row))?;
            Ok(number)
        })
    }

    /// The days an edit changes, in words; an edit that changes nothing is refused.
    fn changed_days(
        &self,
        versions: &[CalendarVersion],
        version: &str,
        change: &CalendarChange,
    ) -> Result<Vec<Json>, ProcessError> {
        if versions.len() >= MOST {
            return Err(refused(
                "calendar.too_many_versions",
                "days",
                format!("已有 {MOST} 个版本，请把历年的改动并入程序自带的日历"),
                format!(
                    "there are {MOST} versions; let the program's own calendar take the past ones in"
                ),
            ));
        }
        let before = self.working.after(versions)?;
        let after = before.edited(version, change).map_err(invalid)?;
        let edit = CalendarEdit::between(&before, &after);
        if edit.is_empty() && after.covered_years().eq(before.covered_years()) {
            return Err(refused(
                "calendar.nothing_changes",
                "days",
                "这样改什么都没有变，请核对日期".to_owned(),
                "nothing would change; look at the days again".to_owned(),
            ));
        }
        Ok(edit.days().iter().map(|day| json!(day.text)).collect())
    }

    /// What open deadlines have yet to follow, if anything.
    pub(crate) fn waiting_edit(&self, ctx: &OpCtx) -> Result<Option<Waiting>, ProcessError> {
        let mut versions = self
            .store
            .read(|reader| calendars::published(reader, ctx.realm))?;
        let waiting = versions.iter().position(|v| v.done_at.is_none());
        let Some(at) = waiting else {
            return Ok(None);
        };
        let after = self.working.after(&versions)?;
        let waiting = versions.split_off(at);
        Ok(Some(Waiting {
            before: self.working.after(&versions)?,
            after,
            versions: waiting,
        }))
    }

    /// Moves the open deadlines to the versions of the calendar they have not been computed on yet; each case that moves gets an
    /// entry that says why. Broken off, it goes on where it was; run again it moves nothing more. Returns what was done, nothing
    /// when there is nothing to do.
    ///
    /// # Errors
    /// A failure of the store that concerns every case; it is taken up again with the next timers.
    pub fn follow_calendar(&self, ctx: &OpCtx) -> Result<Option<Reprojected>, ProcessError> {
        self.gate.require(ctx, "admin.write", &Resource::system())?;
        let Some(waiting) = self.waiting_edit(ctx)? else {
            return Ok(None);
        };
        let result = self.reproject_clocks(ctx, &waiting.turned())?;
        if result.failed > 0 {
            return Ok(Some(result));
        }
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        for version in &waiting.versions {
            let id = version.number.to_string();
            let text = json!({
                "kind": "calendar_followed", "version": version.version,
                "looked": result.looked, "moved": result.moved,
            });
            let entry = ctx.entry("calendar.follow", format!("calendar/{id}"), text);
            let row = Change::set("calendars")
                .key("id", id.as_str())
                .with("looked", count(result.looked))
                .with("moved", count(result.moved))
                .with("done_at", ctx.now());
            let same = [("id", id.as_str().into())];
            let same = Expect::unchanged("calendars", same, version.pos);
            self.store
                .commit(Plan::new(ctx.realm, entry).expect(same).change(row))?;
        }
        Ok(Some(result))
    }
}

fn invalid(error: CalendarError) -> ProcessError {
    match error {
        CalendarError::Data { problems } => ProcessError::Invalid(problems),
        other => {
            let words = other.message();
            refused("calendar.invalid", "days", words.zh, words.en)
        }
    }
}
