//! Says a projection in plain words, Chinese and English, for a resident and for a judge.

use jiff::civil::Date;

use crate::{Lang, LocalText};

use super::budget::Budget;
use super::ledger::Recount;
use super::office_hours::clock_face;
use super::phrases::{capital, duration, grounds, listed, local_minute, month_en, weekday};
use super::projection::{CountedRun, Projection, SkipReason, SkippedRun};

/// More holidays than these are summed up, so that a sum over years stays readable.
const NAMED_HOLIDAYS: usize = 8;

/// The derivation in Chinese.
pub(super) fn zh(projection: &Projection) -> String {
    let words = Words {
        projection,
        year: start_year(projection),
        lang: Lang::Zh,
    };
    let mut clauses = words.beginning_zh();
    clauses.extend(words.make_up_zh());
    clauses.extend(words.skipped_zh());
    clauses.extend(words.suspended());
    clauses.push(words.end_zh());
    if let Some(since) = projection.paused_since {
        clauses.push(format!(
            "目前中止（自 {} 起），恢复后期满日顺延",
            local_minute(since, projection.zone())
        ));
    }
    clauses.extend(words.recounted());
    let warnings = projection
        .warnings
        .iter()
        .map(|w| format!("注意：{}", w.zh));
    clauses.extend(warnings);
    format!("{}。", clauses.join("；"))
}

/// The derivation in English.
pub(super) fn en(projection: &Projection) -> String {
    let words = Words {
        projection,
        year: start_year(projection),
        lang: Lang::En,
    };
    let mut sentences = words.beginning_en();
    sentences.extend(words.make_up_en());
    sentences.extend(words.skipped_en());
    sentences.extend(words.suspended());
    sentences.push(words.end_en());
    if let Some(since) = projection.paused_since {
        sentences.push(format!(
            "The clock stands still since {}; the end moves on until it is resumed",
            local_minute(since, projection.zone())
        ));
    }
    sentences.extend(words.recounted());
    let warnings = projection
        .warnings
        .iter()
        .map(|w| format!("Note: {}", w.en));
    sentences.extend(warnings);
    format!("{}.", sentences.join(". "))
}

fn start_year(projection: &Projection) -> i16 {
    projection.zone().to_datetime(projection.from).year()
}

struct Words<'a> {
    projection: &'a Projection,
    /// The year of the start: dates of other years name theirs.
    year: i16,
    lang: Lang,
}

impl Words<'_> {
    fn from(&self) -> String {
        local_minute(self.projection.from, self.projection.zone())
    }

    fn in_days(&self) -> bool {
        matches!(self.projection.total, Budget::WorkingDays(_))
    }

    fn beginning_zh(&self) -> Vec<String> {
        let total = self.projection.total.in_words(Lang::Zh);
        if self.projection.total.is_zero() {
            return vec![format!("自 {} 起算，时限为 {total}", self.from())];
        }
        let extended = if self.projection.total == self.projection.budget {
            String::new()
        } else {
            let original = self.projection.budget.in_words(Lang::Zh);
            format!("（原定 {original}，其余为延长）")
        };
        if self.in_days() {
            vec![
                format!("自 {} 起算，开始当日不计入", self.from()),
                format!("共 {total}{extended}"),
            ]
        } else {
            let hours = self.projection.office_hours.to_string().replace(',', "、");
            vec![
                format!("自 {} 起算，只计上班时间（{hours}）", self.from()),
                format!("共 {total}{extended}：{}", self.counted().join("、")),
            ]
        }
    }

    fn beginning_en(&self) -> Vec<String> {
        let total = self.projection.total.in_words(Lang::En);
        if self.projection.total.is_zero() {
            return vec![format!("Counted from {}, with {total}", self.from())];
        }
        let extended = if self.projection.total == self.projection.budget {
            String::new()
        } else {
            let original = self.projection.budget.in_words(Lang::En);
            format!(" ({original} at first, the rest added by extension)")
        };
        if self.in_days() {
            vec![
                format!(
                    "Counted from {}; the day of the start is not counted",
                    self.from()
                ),
                format!("{total}{extended}"),
            ]
        } else {
            let hours = self.projection.office_hours.to_string().replace(',', ", ");
            vec![
                format!(
                    "Counted from {} in office hours only ({hours})",
                    self.from()
                ),
                format!("{total}{extended}: {}", self.counted().join(", ")),
            ]
        }
    }

    /// The counted office time day by day; long sums are shortened in the middle.
    fn counted(&self) -> Vec<String> {
        let mut parts: Vec<String> = self
            .projection
            .counted
            .iter()
            .map(|run| self.counted_run(run))
            .collect();
        if parts.len() > NAMED_HOLIDAYS {
            let last = parts.pop().unwrap_or_default();
            parts.truncate(2);
            parts.push("…".to_owned());
            parts.push(last);
        }
        parts
    }

    fn counted_run(&self, run: &CountedRun) -> String {
        let time = duration(run.seconds_per_day, self.lang);
        match (self.lang, run.days) {
            (Lang::Zh, 1) => format!("{}计 {time}", self.day_with_weekday(run.from)),
            (Lang::Zh, _) => format!("{}每日计 {time}", self.range(run.from, run.to)),
            (Lang::En, 1) => format!("{time} on {}", self.day_with_weekday(run.from)),
            (Lang::En, _) => format!("{time} a day on {}", self.range(run.from, run.to)),
        }
    }

    fn make_up_zh(&self) -> Option<String> {
        let days: Vec<String> = self
            .projection
            .make_up
            .iter()
            .map(|day| {
                let weekday = weekday(day.date.weekday(), Lang::Zh);
                format!("{}（{weekday}，{}调休）", self.day(day.date), day.name.zh)
            })
            .collect();
        (!days.is_empty()).then(|| format!("其中 {}上班计入", days.join("、")))
    }

    fn make_up_en(&self) -> Option<String> {
        let days: Vec<String> = self
            .projection
            .make_up
            .iter()
            .map(|day| {
                let weekday = weekday(day.date.weekday(), Lang::En);
                format!("{} ({weekday}, for {})", self.day(day.date), day.name.en)
            })
            .collect();
        match days.len() {
            0 => None,
            1 => Some(format!(
                "{} is a make-up work day and counts",
                days.concat()
            )),
            _ => Some(format!(
                "{} are make-up work days and count",
                listed(&days, " and ")
            )),
        }
    }

    fn skipped_zh(&self) -> Option<String> {
        let mut parts: Vec<String> = self
            .holidays()
            .iter()
            .map(|(run, name)| format!("{}{}放假", self.range(run.from, run.to), name.zh))
            .collect();
        if parts.len() > NAMED_HOLIDAYS {
            let days = self.holiday_days();
            parts = vec![format!("期间法定节假日及调休放假共 {days} 天")];
        }
        if self.weekends() {
            parts.push("周末".to_owned());
        }
        (!parts.is_empty()).then(|| format!("{}不计入", parts.join("、")))
    }

    fn skipped_en(&self) -> Option<String> {
        let mut parts: Vec<String> = self
            .holidays()
            .iter()
            .map(|(run, name)| format!("{} ({})", self.range(run.from, run.to), name.en))
            .collect();
        if parts.len() > NAMED_HOLIDAYS {
            let days = self.holiday_days();
            parts = vec![format!("{days} days of public holidays")];
        }
        let one_day = parts.len() == 1 && self.holiday_days() == 1 && !self.weekends();
        if self.weekends() {
            parts.push("weekends".to_owned());
        }
        let verb = if one_day { "is" } else { "are" };
        (!parts.is_empty())
            .then(|| capital(&format!("{} {verb} not counted", listed(&parts, " and "))))
    }

    /// Suspensions that took counted time out, with their reasons.
    fn suspended(&self) -> Vec<String> {
        let closed = self.projection.suspensions.iter().filter_map(|s| {
            let to = s.to?;
            let zone = self.projection.zone();
            let (from, to) = (local_minute(s.from, zone), local_minute(to, zone));
            Some(match self.lang {
                Lang::Zh => format!(
                    "{from} 至 {to} 中止（{}），不计入",
                    grounds(s.reason_in(self.lang), &s.legal_basis, "，")
                ),
                Lang::En => format!(
                    "Suspended from {from} to {to} ({}), which is not counted",
                    grounds(s.reason_in(self.lang), &s.legal_basis, ", ")
                ),
            })
        });
        closed.collect()
    }

    /// How edits of the calendar moved the end, each with the order it rests on.
    fn recounted(&self) -> Vec<String> {
        let one = |recount: &Recount| {
            let at = local_minute(recount.at, self.projection.zone());
            let why = recount.why.get(self.lang).trim_end_matches(['。', '.']);
            match (self.lang, recount.basis.as_str()) {
                (Lang::Zh, "") => format!("{at} 重新计算：{why}"),
                (Lang::Zh, basis) => format!("{at} 重新计算（依据：{basis}）：{why}"),
                (Lang::En, "") => format!("Computed anew on {at}: {why}"),
                (Lang::En, basis) => format!("Computed anew on {at} (by {basis}): {why}"),
            }
        };
        self.projection.recounts.iter().map(one).collect()
    }

    fn end_zh(&self) -> String {
        let date = self.projection.due_date;
        let weekday = weekday(date.weekday(), Lang::Zh);
        if self.projection.total.is_zero() {
            format!("于起算之时届满（{date}，{weekday}）")
        } else if self.in_days() {
            let close = clock_face(self.projection.office_hours.close_of_business());
            format!("期满日 {date}（{weekday}），至当日 {close} 下班时止")
        } else {
            format!("于 {}（{weekday}）届满", self.projection.due_local())
        }
    }

    fn end_en(&self) -> String {
        let date = self.projection.due_date;
        let weekday = weekday(date.weekday(), Lang::En);
        if self.projection.total.is_zero() {
            format!("The period ends at the instant it begins, on {weekday} {date}")
        } else if self.in_days() {
            let close = clock_face(self.projection.office_hours.close_of_business());
            format!("The period ends on {weekday} {date} at {close}, when business stops")
        } else {
            format!(
                "The period ends on {weekday} {}",
                self.projection.due_local()
            )
        }
    }

    fn holidays(&self) -> Vec<(&SkippedRun, &LocalText)> {
        let named = self
            .projection
            .skipped
            .iter()
            .filter_map(|run| match &run.reason {
                SkipReason::Holiday { name } => Some((run, name)),
                SkipReason::Weekend | SkipReason::Suspended { .. } => None,
            });
        named.collect()
    }

    fn holiday_days(&self) -> u32 {
        self.holidays().iter().map(|(run, _)| run.days).sum()
    }

    fn weekends(&self) -> bool {
        let mut runs = self.projection.skipped.iter();
        runs.any(|run| run.reason == SkipReason::Weekend)
    }

    /// `1 月 26 日`, `26 January`; with the year where it is not that of the start.
    fn day(&self, date: Date) -> String {
        let other_year = date.year() != self.year;
        match (self.lang, other_year) {
            (Lang::Zh, false) => format!("{} 月 {} 日", date.month(), date.day()),
            (Lang::Zh, true) => {
                format!("{} 年 {} 月 {} 日", date.year(), date.month(), date.day())
            }
            (Lang::En, false) => format!("{} {}", date.day(), month_en(date)),
            (Lang::En, true) => format!("{} {} {}", date.day(), month_en(date), date.year()),
        }
    }

    fn day_with_weekday(&self, date: Date) -> String {
        let weekday = weekday(date.weekday(), self.lang);
        match self.lang {
            Lang::Zh => format!("{}（{weekday}）", self.day(date)),
            Lang::En => format!("{weekday} {}", self.day(date)),
        }
    }

    fn range(&self, from: Date, to: Date) -> String {
        let (first, last) = (self.day(from), self.day(to));
        match self.lang {
            _ if from == to => first,
            Lang::Zh => format!("{first}至 {last}"),
            Lang::En => format!("{first} to {last}"),
        }
    }
}
