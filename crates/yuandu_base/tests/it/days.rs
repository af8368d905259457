//! Kinds of days and sums of working days.

use jiff::civil::date;
use yuandu_base::calendar::{Budget, Calendar, CalendarError, DayKind};

fn due(from: &str, budget: &str) -> String {
    let calendar = Calendar::statutory();
    let from = calendar.parse_instant(from).unwrap();
    let projection = calendar.project(from, budget.parse().unwrap()).unwrap();
    projection.due_local()
}

#[test]
fn twenty_days_from_the_eve_of_the_spring_festival_of_2025_end_on_27_february() {
    assert_eq!(due("2025-01-24T16:30", "20d"), "2025-02-27 17:30");
}

#[test]
fn the_day_of_the_start_is_not_counted_whatever_its_hour() {
    assert_eq!(due("2025-03-03T00:00", "1d"), "2025-03-04 17:30");
    assert_eq!(due("2025-03-03T23:59", "1d"), "2025-03-04 17:30");
}

#[test]
fn a_start_on_a_day_off_counts_from_the_next_working_day() {
    assert_eq!(due("2025-03-01T10:00", "1d"), "2025-03-03 17:30");
    assert_eq!(due("2025-01-29T10:00", "1d"), "2025-02-05 17:30");
}

#[test]
fn a_make_up_sunday_is_the_next_working_day_after_a_friday() {
    assert_eq!(due("2025-01-24T16:30", "1d"), "2025-01-26 17:30");
}

#[test]
fn a_zero_budget_is_due_at_the_instant_it_begins() {
    for budget in ["0d", "0h"] {
        assert_eq!(due("2025-01-25T03:04:05", budget), "2025-01-25 03:04:05");
    }
}

#[test]
fn each_day_has_its_kind_and_festival() {
    let calendar = Calendar::statutory();
    assert_eq!(calendar.day_kind(date(2025, 1, 24)), DayKind::Workday);
    assert_eq!(calendar.day_kind(date(2025, 1, 25)), DayKind::Weekend);
    let DayKind::MakeUp(name) = calendar.day_kind(date(2025, 1, 26)) else {
        panic!("26 January 2025 is a make-up work day");
    };
    assert_eq!(name.zh, "春节");
    let DayKind::Holiday(name) = calendar.day_kind(date(2015, 9, 3)) else {
        panic!("3 September 2015 is a day off");
    };
    assert_eq!(name.zh, "抗战胜利70周年纪念日");
}

#[test]
fn known_years_have_the_known_number_of_working_days() {
    let calendar = Calendar::statutory();
    for (year, expected) in [(2024, 251), (2025, 248), (2026, 248)] {
        let days = calendar.working_days_between(date(year - 1, 12, 31), date(year, 12, 31));
        assert_eq!(days, expected, "{year}");
    }
}

#[test]
fn working_days_between_undoes_a_budget_in_days() {
    let calendar = Calendar::statutory();
    let start = calendar.parse_instant("1999-06-15").unwrap();
    for days in (1..20_000).step_by(211) {
        let projection = calendar.project(start, Budget::days(days)).unwrap();
        let between = calendar.working_days_between(date(1999, 6, 15), projection.due_date);
        assert_eq!(between, i64::from(days));
        let back = calendar.working_days_between(projection.due_date, date(1999, 6, 15));
        assert_eq!(back, -i64::from(days));
    }
}

#[test]
fn a_sum_beyond_the_published_years_assumes_weekends_only_and_says_so() {
    let calendar = Calendar::statutory();
    let from = calendar.parse_instant("2026-12-30T09:00").unwrap();
    let inside = calendar.project(from, Budget::days(1)).unwrap();
    assert!(!inside.beyond_calendar);
    assert!(inside.warnings.is_empty());
    let beyond = calendar.project(from, Budget::days(3)).unwrap();
    assert_eq!(beyond.due_local(), "2027-01-04 17:30");
    assert!(beyond.beyond_calendar);
    assert_eq!(
        beyond.warnings[0].en,
        "no holiday notice published for 2027 yet; weekends only, compute again when it is"
    );
    assert!(beyond.warnings[0].zh.contains("2027 年"));
    assert!(
        beyond
            .explain(yuandu_base::Lang::Zh)
            .contains("注意：2027 年的放假安排尚无数据")
    );
    let long = calendar.project(from, Budget::days(600)).unwrap();
    assert_eq!(long.warnings.len(), 1);
    assert!(
        long.warnings[0].en.contains("2027 to 2029"),
        "{}",
        long.warnings[0].en
    );
}

#[test]
fn a_sum_before_the_published_years_says_so_too() {
    let calendar = Calendar::statutory();
    assert!(!calendar.covers(date(2003, 12, 31)));
    assert!(calendar.covers(date(2004, 1, 1)));
    let from = calendar.parse_instant("2003-12-30").unwrap();
    let projection = calendar.project(from, Budget::days(2)).unwrap();
    assert!(projection.beyond_calendar);
    assert_eq!(projection.due_local(), "2004-01-02 17:30");
}

#[test]
fn working_days_are_counted_the_same_far_outside_the_table() {
    let calendar = Calendar::statutory();
    for (first, last) in [
        (date(1900, 1, 1), date(1900, 12, 31)),
        (date(2101, 1, 1), date(2101, 12, 31)),
    ] {
        let mut counted = 0;
        let mut day = first;
        while day < last {
            day = day.tomorrow().unwrap();
            counted += i64::from(calendar.is_working_day(day));
        }
        assert_eq!(calendar.working_days_between(first, last), counted);
    }
}

#[test]
fn a_budget_that_leaves_the_range_of_dates_is_refused() {
    let calendar = Calendar::statutory();
    let from = calendar.parse_instant("9990-01-01").unwrap();
    let refused = calendar.project(from, Budget::days(20_000)).unwrap_err();
    assert_eq!(refused, CalendarError::OutOfRange);
    let refused = calendar
        .project(from, Budget::WorkingDays(u32::MAX))
        .unwrap_err();
    assert_eq!(refused, CalendarError::BudgetTooLarge);
    let refused = calendar.due_at(from, Budget::hours(u32::MAX)).unwrap_err();
    assert_eq!(refused, CalendarError::BudgetTooLarge);
}
