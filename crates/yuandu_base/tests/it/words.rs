//! The derivation in words and for machines.

use yuandu_base::calendar::{Budget, Calendar, TimeLedger};
use yuandu_base::{Lang, LocalText};

fn explained(from: &str, budget: &str, lang: Lang) -> String {
    let calendar = Calendar::statutory();
    let from = calendar.parse_instant(from).unwrap();
    calendar
        .project(from, budget.parse().unwrap())
        .unwrap()
        .explain(lang)
}

#[test]
fn twenty_days_over_the_spring_festival_are_explained_in_chinese() {
    assert_eq!(
        explained("2025-01-24T16:30", "20d", Lang::Zh),
        "自 2025-01-24 16:30 起算，开始当日不计入；共 20 个工作日；\
         其中 1 月 26 日（周日，春节调休）、2 月 8 日（周六，春节调休）上班计入；\
         1 月 28 日至 2 月 4 日春节放假、周末不计入；期满日 2025-02-27（周四），至当日 17:30 下班时止。"
    );
}

#[test]
fn twenty_days_over_the_spring_festival_are_explained_in_english() {
    assert_eq!(
        explained("2025-01-24T16:30", "20d", Lang::En),
        "Counted from 2025-01-24 16:30; the day of the start is not counted. 20 working days. \
         26 January (Sunday, for Spring Festival) and 8 February (Saturday, for Spring Festival) are make-up work \
         days and count. 28 January to 4 February (Spring Festival) and weekends are not counted. \
         The period ends on Thursday 2025-02-27 at 17:30, when business stops."
    );
}

#[test]
fn hours_are_explained_day_by_day() {
    assert_eq!(
        explained("2025-01-24T16:30", "4h", Lang::Zh),
        "自 2025-01-24 16:30 起算，只计上班时间（08:30-12:00、13:00-17:30）；\
         共 4 个工作小时：1 月 24 日（周五）计 1 小时、1 月 26 日（周日）计 3 小时；\
         其中 1 月 26 日（周日，春节调休）上班计入；周末不计入；于 2025-01-26 11:30（周日）届满。"
    );
    assert_eq!(
        explained("2024-12-31T17:00", "1.5h", Lang::En),
        "Counted from 2024-12-31 17:00 in office hours only (08:30-12:00, 13:00-17:30). \
         1.5 working hours: 30 min on Tuesday 31 December, 1 h on Thursday 2 January 2025. \
         1 January 2025 (New Year's Day) is not counted. The period ends on Thursday 2025-01-02 09:30."
    );
}

#[test]
fn a_zero_budget_is_explained() {
    assert_eq!(
        explained("2025-03-03T09:00", "0d", Lang::Zh),
        "自 2025-03-03 09:00 起算，时限为 0 个工作日；于起算之时届满（2025-03-03，周一）。"
    );
}

#[test]
fn a_reason_of_the_process_is_told_in_both_languages_and_an_older_ledger_is_read() {
    let calendar = Calendar::statutory();
    let at = |text: &str| calendar.parse_instant(text).unwrap();
    let mut ledger = TimeLedger::new(at("2025-03-03T09:00"), Budget::days(5));
    let waiting = LocalText::new("等待核查", "waiting for the check");
    assert!(ledger.suspend_stating(at("2025-03-05T10:00"), &waiting, "GB/T 47678.5-2026"));
    ledger.resume(at("2025-03-06T10:00"));
    let text = calendar.due(&ledger).unwrap().text();
    assert!(text.zh.contains("（等待核查，GB/T"), "{}", text.zh);
    assert!(
        text.en.contains("(waiting for the check, GB/T"),
        "{}",
        text.en
    );
    let mut kept = serde_json::to_value(&ledger).unwrap();
    let suspension = kept["suspensions"][0].as_object_mut().unwrap();
    assert!(suspension.remove("reason_en").is_some());
    let older: TimeLedger = serde_json::from_value(kept).unwrap();
    assert_eq!(older.suspensions[0].reason_in(Lang::En), "等待核查");
    let again = serde_json::to_string(&older).unwrap();
    assert!(!again.contains("reason_en"), "written as it was: {again}");
}

#[test]
fn suspensions_and_extensions_are_named() {
    let calendar = Calendar::statutory();
    let at = |text: &str| calendar.parse_instant(text).unwrap();
    let mut ledger = TimeLedger::new(at("2025-03-03T09:00"), Budget::days(5));
    ledger.suspend(at("2025-03-05T10:00"), "现场鉴定", "行政许可法第四十五条");
    ledger.resume(at("2025-03-06T10:00"));
    ledger
        .extend(at("2025-03-07T09:00"), Budget::days(2), "案情复杂")
        .unwrap();
    assert_eq!(
        calendar.due(&ledger).unwrap().explain(Lang::Zh),
        "自 2025-03-03 09:00 起算，开始当日不计入；共 7 个工作日（原定 5 个工作日，其余为延长）；周末不计入；\
         2025-03-05 10:00 至 2025-03-06 10:00 中止（现场鉴定，行政许可法第四十五条），不计入；\
         期满日 2025-03-14（周五），至当日 17:30 下班时止。"
    );
    ledger.suspend(at("2025-03-10T10:00"), "补正", "");
    let text = calendar.due(&ledger).unwrap().text();
    assert!(
        text.zh.contains("目前中止（自 2025-03-10 10:00 起）"),
        "{}",
        text.zh
    );
    assert!(
        text.en
            .contains("The clock stands still since 2025-03-10 10:00"),
        "{}",
        text.en
    );
}

#[test]
fn a_sum_over_years_stays_readable() {
    let text = explained("2020-01-01T09:00", "1000d", Lang::En);
    assert!(text.contains("days of public holidays"), "{text}");
    assert!(explained("2020-01-01T09:00", "4000h", Lang::Zh).contains("…"));
}

#[test]
fn machines_get_the_same_sum() {
    let calendar = Calendar::statutory();
    let from = calendar.parse_instant("2025-01-24T16:30").unwrap();
    let projection = calendar.project(from, Budget::days(20)).unwrap();
    let json = serde_json::to_value(&projection).unwrap();
    assert_eq!(json["from"], "2025-01-24T16:30:00+08:00");
    assert_eq!(json["budget"], "20d");
    assert_eq!(json["due"], "2025-02-27T17:30:00+08:00");
    assert_eq!(json["due_date"], "2025-02-27");
    assert_eq!(json["beyond_calendar"], false);
    assert_eq!(json["calendar_version"], "2026.1");
    assert_eq!(json["office_hours"], "08:30-12:00,13:00-17:30");
    assert_eq!(json["time_zone"], "Asia/Shanghai");
    assert_eq!(json["make_up"][0]["date"], "2025-01-26");
    assert_eq!(json["skipped"][1]["kind"], "holiday");
    assert_eq!(json["skipped"][1]["name"]["en"], "Spring Festival");
    let counted: u64 = json["counted"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| run["days"].as_u64().unwrap())
        .sum();
    assert_eq!(counted, 20);
    assert_eq!(json["text"]["zh"], projection.explain(Lang::Zh));
}
