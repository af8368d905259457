//! Calendar files: further years, other hours, and all problems of a bad one.

use jiff::civil::date;
use yuandu_base::calendar::{Budget, Calendar, CalendarError};

const YEAR_2027: &str = r#"
version = "realm-2027"
[[year]]
year = 2027
holidays = [
  { festival = "new_year", days = "01-01..01-03" },
]
"#;

#[test]
fn a_further_year_closes_the_gap_and_changes_the_version() {
    let calendar = Calendar::statutory()
        .extended("2027.toml", YEAR_2027)
        .unwrap();
    let from = calendar.parse_instant("2026-12-30T09:00").unwrap();
    let projection = calendar.project(from, Budget::days(3)).unwrap();
    assert!(!projection.beyond_calendar);
    assert_eq!(projection.due_local(), "2027-01-05 17:30");
    assert_eq!(projection.calendar_version, "2026.1+realm-2027");
    assert!(calendar.covers(date(2027, 12, 31)));
    assert!(calendar.covers(date(2004, 1, 1)));
}

#[test]
fn a_year_that_is_stated_again_is_replaced_whole() {
    let calendar = Calendar::statutory()
        .extended("x.toml", "version = \"x\"\n[[year]]\nyear = 2026\n")
        .unwrap();
    assert!(calendar.is_working_day(date(2026, 10, 1)));
    assert!(!Calendar::statutory().is_working_day(date(2026, 10, 1)));
}

#[test]
fn a_year_beyond_a_gap_leaves_the_gap_uncovered() {
    let text = YEAR_2027.replace("2027", "2030");
    let calendar = Calendar::statutory().extended("2030.toml", &text).unwrap();
    assert!(!calendar.covers(date(2028, 1, 3)));
    assert!(calendar.covers(date(2030, 1, 3)));
    let days = calendar.working_days_between(date(2026, 12, 31), date(2029, 12, 31));
    assert_eq!(days, 261 + 260 + 261);
}

#[test]
fn other_office_hours_move_the_close_of_business() {
    let calendar = Calendar::statutory()
        .clone()
        .with_office_hours("09:00-12:00,14:00-18:00".parse().unwrap());
    let from = calendar.parse_instant("2025-01-24T16:30").unwrap();
    let projection = calendar.project(from, Budget::days(20)).unwrap();
    assert_eq!(projection.due_local(), "2025-02-27 18:00");
    assert_eq!(calendar.version(), "2026.1+hours");
    let hours = calendar.project(from, Budget::hours(7)).unwrap();
    assert_eq!(hours.due_local(), "2025-01-26 16:30");
}

#[test]
fn hours_laid_over_by_a_file_count() {
    let calendar = Calendar::statutory()
        .extended(
            "night.toml",
            "version = \"night\"\noffice_hours = \"00:00-24:00\"\n",
        )
        .unwrap();
    let from = calendar.parse_instant("2025-03-03T20:00").unwrap();
    let projection = calendar.project(from, Budget::days(1)).unwrap();
    assert_eq!(projection.due_local(), "2025-03-05 00:00");
    assert_eq!(projection.due_date, date(2025, 3, 4));
    let hours = calendar.project(from, Budget::hours(5)).unwrap();
    assert_eq!(hours.due_local(), "2025-03-04 01:00");
}

#[test]
fn all_problems_of_a_file_come_at_once_with_their_lines() {
    let text = r#"office_hours = "8-12"
[[year]]
year = 2027
holidays = [
  { festival = "new_year", days = "02-30" },
  { festival = "new_year", days = "01-05..01-01" },
  { festival = "new_year", days = "01-01, 01-01" },
]
make_up = [
  { festival = "new_year", days = "01-04" },
]
[[year]]
year = 2027
"#;
    let refused = Calendar::statutory()
        .extended("bad.toml", text)
        .unwrap_err();
    let CalendarError::Data { problems } = &refused else {
        panic!("{refused}");
    };
    let found: Vec<(&str, &str)> = problems
        .iter()
        .map(|p| (p.place.as_str(), p.code.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("bad.toml:1", "calendar.office_hours"),
            ("bad.toml:5", "calendar.day_unreadable"),
            ("bad.toml:6", "calendar.day_unreadable"),
            ("bad.toml:7", "calendar.day_twice"),
            ("bad.toml:10", "calendar.make_up_on_weekday"),
            ("bad.toml:13", "calendar.year_twice"),
        ]
    );
}

#[test]
fn an_unknown_festival_key_or_time_zone_is_refused_with_its_place() {
    let problems = |text: &str| match Calendar::statutory().extended("bad.toml", text) {
        Err(CalendarError::Data { problems }) => problems,
        other => panic!("{other:?}"),
    };
    let festival =
        problems("[[year]]\nyear = 2027\nholidays = [{ festival = \"kite\", days = \"04-20\" }]\n");
    assert_eq!(festival[0].place, "bad.toml:3");
    assert!(festival[0].message.en.contains("`kite`"));
    let key = problems("version = \"1\"\nholydays = 3\n");
    assert_eq!(key[0].place, "bad.toml:2");
    assert!(key[0].message.en.contains("holydays"));
    let zone = problems("time_zone = \"Asia/Weifang\"\n");
    assert!(zone[0].message.zh.contains("Asia/Weifang"));
}

#[test]
fn a_calendar_can_stand_alone() {
    let text = format!(
        "{YEAR_2027}\n[festivals]\nnew_year = {{ zh = \"元旦\", en = \"New Year's Day\" }}\n"
    );
    let calendar = Calendar::from_toml("alone.toml", &text).unwrap();
    assert_eq!(calendar.version(), "realm-2027");
    assert_eq!(calendar.covered_years().collect::<Vec<_>>(), [2027]);
    assert_eq!(calendar.time_zone_name(), "Asia/Shanghai");
    assert!(!calendar.covers(date(2026, 5, 1)));
}
