//! Reads calendar files (TOML) and lays one over another, reporting every problem with its line.
//!
//! It reads text that is handed in; finding the file is the caller's business.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use toml::Spanned;

use crate::{LocalText, Problem};

use super::budget::shortened;
use super::day_table::{DayTable, Exception, is_weekend, number_of};
use super::edit::DayOrder;
use super::error::CalendarError;
use super::office_hours::OfficeHours;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    version: Option<String>,
    #[serde(default, rename = "source")]
    _source: Option<String>,
    time_zone: Option<Spanned<String>>,
    office_hours: Option<Spanned<String>>,
    #[serde(default)]
    festivals: BTreeMap<String, LocalText>,
    #[serde(default, rename = "year")]
    years: Vec<RawYear>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawYear {
    year: Spanned<i16>,
    #[serde(default)]
    holidays: Vec<RawDays>,
    #[serde(default)]
    make_up: Vec<RawDays>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDays {
    festival: Spanned<String>,
    days: Spanned<String>,
}

/// One exceptional day of a file and where it is written.
#[derive(Debug, Clone)]
struct Entry {
    date: Date,
    works: bool,
    festival: String,
    place: String,
}

/// A calendar file whose days have been read; festivals are looked up once the layers are together.
#[derive(Debug, Clone)]
pub(super) struct CalendarFile {
    version: String,
    zone_name: Option<String>,
    hours: Option<OfficeHours>,
    festivals: BTreeMap<String, LocalText>,
    years: BTreeMap<i16, Vec<Entry>>,
}

/// What a checked file amounts to.
pub(super) struct Parts {
    pub(super) version: String,
    pub(super) zone_name: String,
    pub(super) zone: TimeZone,
    pub(super) hours: OfficeHours,
    pub(super) table: DayTable,
}

impl CalendarFile {
    /// Reads one file.
    pub(super) fn read(name: &str, text: &str) -> Result<Self, CalendarError> {
        let mut reader = Reader {
            name,
            text,
            problems: Vec::new(),
        };
        let raw: RawFile = match toml::from_str(text) {
            Ok(raw) => raw,
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                reader.report(
                    at,
                    "calendar.unreadable",
                    format!("无法读取：{}", error.message()),
                    error.message().to_owned(),
                );
                return Err(CalendarError::Data {
                    problems: reader.problems,
                });
            }
        };
        let file = reader.file(raw);
        if reader.problems.is_empty() {
            Ok(file)
        } else {
            Err(CalendarError::Data {
                problems: reader.problems,
            })
        }
    }

    /// This file with `further` laid over it: whole years are replaced.
    pub(super) fn overlaid(mut self, further: Self) -> Self {
        self.version = format!("{}+{}", self.version, further.version);
        self.zone_name = further.zone_name.or(self.zone_name);
        self.hours = further.hours.or(self.hours);
        self.festivals.extend(further.festivals);
        self.years.extend(further.years);
        self
    }

    pub(super) fn set_office_hours(&mut self, hours: &OfficeHours) {
        self.hours = Some(hours.clone());
        self.version = format!("{}+hours", self.version);
    }

    pub(super) fn set_version(&mut self, version: &str) {
        version.clone_into(&mut self.version);
    }

    /// The year's table is whole from now on, with the days that are entered for it.
    pub(super) fn cover(&mut self, year: i16) {
        self.years.entry(year).or_default();
    }

    /// What a day of a covered year is from now on.
    pub(super) fn order(&mut self, date: Date, order: DayOrder, name: &LocalText) {
        let Some(entries) = self.years.get_mut(&date.year()) else {
            return;
        };
        entries.retain(|entry| entry.date != date);
        let works = match order {
            DayOrder::Off => false,
            DayOrder::Work if is_weekend(date) => true,
            // A weekday on which offices work needs no entry.
            DayOrder::Work | DayOrder::Usual => return,
        };
        // Edits of one name share their entry among the festivals.
        let festival = format!("edit: {} {}", name.zh, name.en);
        self.festivals
            .entry(festival.clone())
            .or_insert_with(|| name.clone());
        entries.push(Entry {
            date,
            works,
            festival,
            place: "edit".to_owned(),
        });
    }

    /// Resolves festivals and time zone and builds the index.
    pub(super) fn check(&self, name: &str) -> Result<Parts, CalendarError> {
        let mut problems = Vec::new();
        let zone_name = self.zone_name.as_deref().unwrap_or("Asia/Shanghai");
        let zone = TimeZone::get(zone_name).unwrap_or_else(|_| {
            problems.push(Problem::new(
                "calendar.time_zone_unknown",
                name,
                format!("没有时区 `{zone_name}`，请写如 `Asia/Shanghai`"),
                format!("there is no time zone `{zone_name}`; write one such as `Asia/Shanghai`"),
            ));
            TimeZone::UTC
        });
        let keys: Vec<&String> = self.festivals.keys().collect();
        let mut exceptions = BTreeMap::new();
        for entry in self.years.values().flatten() {
            let index = keys.binary_search(&&entry.festival).ok();
            let Some(index) = index.and_then(|i| u16::try_from(i).ok()) else {
                problems.push(Problem::new(
                    "calendar.festival_unknown",
                    &entry.place,
                    format!("[festivals] 中没有 `{}`", entry.festival),
                    format!(
                        "there is no `{}` under [festivals]; add it there",
                        entry.festival
                    ),
                ));
                continue;
            };
            let exception = if entry.works {
                Exception::MakeUp(index)
            } else {
                Exception::Holiday(index)
            };
            exceptions.insert(number_of(entry.date), exception);
        }
        if !problems.is_empty() {
            problems.dedup();
            return Err(CalendarError::Data { problems });
        }
        let years: BTreeSet<i16> = self.years.keys().copied().collect();
        let festivals = self.festivals.values().cloned().collect();
        Ok(Parts {
            version: self.version.clone(),
            zone_name: zone_name.to_owned(),
            zone,
            hours: self.hours.clone().unwrap_or_default(),
            table: DayTable::build(years, festivals, exceptions),
        })
    }
}

struct Reader<'a> {
    name: &'a str,
    text: &'a str,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn place(&self, at: usize) -> String {
        let before = self.text.get(..at).unwrap_or_default();
        format!("{}:{}", self.name, before.matches('\n').count() + 1)
    }

    fn report(&mut self, at: usize, code: &str, zh: String, en: String) {
        let place = self.place(at);
        self.problems.push(Problem::new(code, &place, zh, en));
    }

    fn file(&mut self, raw: RawFile) -> CalendarFile {
        let version = raw.version.unwrap_or_else(|| self.name.to_owned());
        let hours = raw.office_hours.and_then(|text| {
            text.get_ref()
                .parse::<OfficeHours>()
                .map_err(|error| {
                    let message = error.message();
                    let at = text.span().start;
                    self.report(at, "calendar.office_hours", message.zh, message.en);
                })
                .ok()
        });
        let mut years = BTreeMap::new();
        for block in raw.years {
            let year = *block.year.get_ref();
            let at = block.year.span().start;
            if !(1..=9998).contains(&year) {
                self.report(
                    at,
                    "calendar.year_range",
                    format!("年份 `{year}` 超出 1 至 9998"),
                    format!("the year `{year}` is outside 1 to 9998"),
                );
                continue;
            }
            let entries = self.year(year, &block);
            if years.insert(year, entries).is_some() {
                self.report(
                    at,
                    "calendar.year_twice",
                    format!("{year} 年写了两次，请合并"),
                    format!("the year {year} appears twice; merge the blocks"),
                );
            }
        }
        CalendarFile {
            version,
            zone_name: raw.time_zone.map(Spanned::into_inner),
            hours,
            festivals: raw.festivals,
            years,
        }
    }

    fn year(&mut self, year: i16, block: &RawYear) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut seen = BTreeSet::new();
        let off = block.holidays.iter().map(|days| (false, days));
        let on = block.make_up.iter().map(|days| (true, days));
        for (works, days) in off.chain(on) {
            let at = days.days.span().start;
            for date in self.days(year, at, days.days.get_ref()) {
                if !seen.insert(date) {
                    self.report(
                        at,
                        "calendar.day_twice",
                        format!("{date} 写了两次"),
                        format!("{date} is listed twice; keep one"),
                    );
                } else if works && !is_weekend(date) {
                    self.report(
                        at,
                        "calendar.make_up_on_weekday",
                        format!("{date} 不是周末，不能作调休上班日"),
                        format!("{date} is not a weekend day, so it cannot be a make-up work day"),
                    );
                } else {
                    entries.push(Entry {
                        date,
                        works,
                        festival: days.festival.get_ref().clone(),
                        place: self.place(days.festival.span().start),
                    });
                }
            }
        }
        entries
    }

    /// The dates of `01-22..01-28, 02-05`.
    fn days(&mut self, year: i16, at: usize, text: &str) -> Vec<Date> {
        let mut dates = Vec::new();
        for part in text.split(',').map(str::trim) {
            let (first, last) = part.split_once("..").unwrap_or((part, part));
            match month_day(year, first).zip(month_day(year, last)) {
                Some((first, last)) if first <= last => {
                    dates.extend(
                        first
                            .series(jiff::Span::new().days(1))
                            .take_while(|d| *d <= last),
                    );
                }
                _ => {
                    let shown = shortened(part);
                    self.report(
                        at,
                        "calendar.day_unreadable",
                        format!("`{shown}` 不是 {year} 年的日期，请写 `01-22` 或 `01-22..01-28`"),
                        format!(
                            "`{shown}` are not days of {year}; write `01-22` or `01-22..01-28`"
                        ),
                    );
                }
            }
        }
        dates
    }
}

fn month_day(year: i16, text: &str) -> Option<Date> {
    let (month, day) = text.trim().split_once('-')?;
    if month.len() != 2 || day.len() != 2 {
        return None;
    }
    Date::new(year, month.parse().ok()?, day.parse().ok()?).ok()
}
