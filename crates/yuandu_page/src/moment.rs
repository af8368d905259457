//! Instants in a reader's words: days and minutes of the city, and how much working time is left.

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use yuandu_base::Lang;
use yuandu_base::calendar::Calendar;

/// An instant to the minute: 「10月12日（周一）17:00」, `Monday 12 October, 17:00`; another year is named.
#[must_use]
pub fn minute(lang: Lang, calendar: &Calendar, at: Timestamp, now: Timestamp) -> String {
    let local = at.to_zoned(calendar.time_zone().clone());
    let (hour, minute) = (local.hour(), local.minute());
    let words = day(lang, local.date(), calendar.local_date(now));
    match lang {
        Lang::Zh => format!("{words}{hour:02}:{minute:02}"),
        Lang::En => format!("{words}, {hour:02}:{minute:02}"),
    }
}

/// A day: 「10月12日（周一）」, `Monday 12 October`; another year is named.
#[must_use]
pub fn day(lang: Lang, date: Date, today: Date) -> String {
    let (year, month, number) = (date.year(), date.month(), date.day());
    let weekday = weekday(lang, date.weekday());
    let other_year = year != today.year();
    match lang {
        Lang::Zh if other_year => format!("{year}年{month}月{number}日（{weekday}）"),
        Lang::Zh => format!("{month}月{number}日（{weekday}）"),
        Lang::En if other_year => format!("{weekday} {number} {} {year}", month_name(month)),
        Lang::En => format!("{weekday} {number} {}", month_name(month)),
    }
}

/// How far a promise is, as officers read it too: 「还剩 2 天 6 小时工作时间」; 「已超过承诺时间」 once it is broken.
#[must_use]
pub fn rest(lang: Lang, calendar: &Calendar, due: Timestamp, now: Timestamp) -> String {
    if due <= now {
        return lang
            .pick("已超过承诺时间", "Past the promised time")
            .to_owned();
    }
    crate::words::rest(lang, calendar, due, now)
}

fn weekday(lang: Lang, weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Monday => lang.pick("周一", "Monday"),
        Weekday::Tuesday => lang.pick("周二", "Tuesday"),
        Weekday::Wednesday => lang.pick("周三", "Wednesday"),
        Weekday::Thursday => lang.pick("周四", "Thursday"),
        Weekday::Friday => lang.pick("周五", "Friday"),
        Weekday::Saturday => lang.pick("周六", "Saturday"),
        Weekday::Sunday => lang.pick("周日", "Sunday"),
    }
}

fn month_name(month: i8) -> &'static str {
    const NAMES: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    usize::try_from(month - 1)
        .ok()
        .and_then(|index| NAMES.get(index))
        .copied()
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{minute, rest};
    use jiff::Timestamp;
    use yuandu_base::Lang;
    use yuandu_base::calendar::Calendar;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn instants_are_told_in_the_time_of_the_city_and_name_another_year() {
        let calendar = Calendar::statutory();
        let (due, now) = (at("2026-10-12T09:00:00Z"), at("2026-10-09T02:00:00Z"));
        assert_eq!(
            minute(Lang::Zh, calendar, due, now),
            "10月12日（周一）17:00"
        );
        assert_eq!(
            minute(Lang::En, calendar, due, now),
            "Monday 12 October, 17:00"
        );
        let later = at("2027-01-04T09:00:00Z");
        assert!(minute(Lang::Zh, calendar, later, now).starts_with("2027年"));
    }

    #[test]
    fn what_is_left_counts_make_up_days_and_not_holidays() {
        let calendar = Calendar::statutory();
        // 2026-10-10 is a Saturday on which China works.
        let now = at("2026-10-09T02:00:00Z");
        let left = rest(Lang::Zh, calendar, at("2026-10-12T09:00:00Z"), now);
        assert!(left.starts_with("还剩 2 天"), "{left}");
        // One hour of work is no day, whatever lies between.
        let (now_saturday, monday) = (at("2026-11-28T03:00:00Z"), at("2026-11-30T01:30:00Z"));
        let left = rest(Lang::Zh, calendar, monday, now_saturday);
        assert_eq!(left, "还剩 1 小时工作时间");
        assert_eq!(
            rest(Lang::En, calendar, at("2026-10-08T09:00:00Z"), now),
            "Past the promised time"
        );
    }
}
