//! The statutory clock around the sums: excluded time, extensions by rule, silence, roll rules, versions, edits.

use jiff::Timestamp;
use jiff::civil::date;
use yuandu_base::Lang;
use yuandu_base::calendar::{
    Approval, Budget, Calendar, CalendarEdit, CalendarError, CalendarPeriod, CalendarScope,
    Calendars, ExcludedTime, Extension, ExtensionRule, RollRule, SilenceRule, SilentOutcome,
    TimeLedger,
};

fn at(text: &str) -> Timestamp {
    Calendar::statutory().parse_instant(text).unwrap()
}

/// The statutory calendar with the day after the national holiday off too.
fn edited() -> Calendar {
    Calendar::statutory().extended("edit.toml", EDIT).unwrap()
}

const EDIT: &str = r#"
version = "edit"
[[year]]
year = 2026
holidays = [
  { festival = "new_year", days = "01-01..01-03" },
  { festival = "spring_festival", days = "02-15..02-23" },
  { festival = "qingming", days = "04-04..04-06" },
  { festival = "labour_day", days = "05-01..05-05" },
  { festival = "dragon_boat", days = "06-19..06-21" },
  { festival = "mid_autumn", days = "09-25..09-27" },
  { festival = "national_day", days = "10-01..10-08" },
]
make_up = [
  { festival = "new_year", days = "01-04" },
  { festival = "spring_festival", days = "02-14" },
  { festival = "spring_festival", days = "02-28" },
  { festival = "labour_day", days = "05-09" },
  { festival = "national_day", days = "09-20" },
  { festival = "national_day", days = "10-10" },
]
"#;

#[test]
fn time_that_the_law_takes_out_is_named_with_its_provision() {
    let mut ledger = TimeLedger::new(at("2026-03-02T09:00"), Budget::days(20));
    assert!(ledger.suspend_for(at("2026-03-09T09:00"), ExcludedTime::ExpertReview, ""));
    assert!(
        !ledger.suspend_for(at("2026-03-10T09:00"), ExcludedTime::Hearing, ""),
        "it stands still already"
    );
    ledger.resume(at("2026-03-13T17:30"));
    let open = &ledger.suspensions[0];
    assert_eq!(open.kind, Some(ExcludedTime::ExpertReview));
    let words = Calendar::statutory().due(&ledger).unwrap();
    let zh = words.explain(Lang::Zh);
    assert!(zh.contains("专家评审，行政许可法第四十五条"), "{zh}");
    assert_eq!(words.due_local(), "2026-04-07 17:30");
    let json = serde_json::to_string(&ledger).unwrap();
    assert!(json.contains("\"kind\":\"expert_review\""), "{json}");
    assert_eq!(serde_json::from_str::<TimeLedger>(&json).unwrap(), ledger);
    let old = r#"{"budget":"5d","started_at":"2026-03-02T01:00:00Z","suspensions":[{"from":"2026-03-03T01:00:00Z","reason":"补正","legal_basis":""}],"extensions":[{"at":"2026-03-03T01:00:00Z","budget":"2d","reason":"难"}]}"#;
    let old: TimeLedger = serde_json::from_str(old).unwrap();
    assert_eq!(
        (old.suspensions[0].kind, &old.extensions[0].approval),
        (None, &None),
        "entries written before read on"
    );
    for kind in ExcludedTime::ALL {
        assert_eq!(ExcludedTime::of_word(kind.word()), Some(kind));
        assert!(!kind.label().zh.is_empty() && !kind.legal_basis().is_empty());
    }
}

#[test]
fn an_extension_keeps_to_its_rule() {
    let rule = ExtensionRule {
        times: 1,
        most: Budget::days(10),
        approval: true,
        legal_basis: "行政许可法第四十二条".to_owned(),
    };
    let extension = |budget: Budget, approved: bool| Extension {
        at: at("2026-03-20T09:00"),
        budget,
        reason: "案情复杂".to_owned(),
        approval: approved.then(|| Approval {
            by: "weifang/municipal/head".to_owned(),
            at: at("2026-03-20T10:00"),
            legal_basis: "行政许可法第四十二条".to_owned(),
        }),
    };
    let mut ledger = TimeLedger::new(at("2026-03-02T09:00"), Budget::days(20));
    let refused = |ledger: &mut TimeLedger, extension: Extension| {
        let before = ledger.clone();
        let error = ledger.extend_by_rule(extension, &rule).unwrap_err();
        assert_eq!(
            *ledger, before,
            "a refused extension leaves the ledger as it was"
        );
        error.message().zh
    };
    assert!(refused(&mut ledger, extension(Budget::days(5), false)).contains("须经批准"));
    assert!(
        refused(&mut ledger, extension(Budget::days(11), true))
            .contains("合计最多延长 10 个工作日")
    );
    assert!(refused(&mut ledger, extension(Budget::hours(4), true)).contains("单位不同"));
    ledger
        .extend_by_rule(extension(Budget::days(10), true), &rule)
        .unwrap();
    assert!(refused(&mut ledger, extension(Budget::days(1), true)).contains("最多延长 1 次"));
    assert_eq!(ledger.total().unwrap(), Budget::days(30));
}

#[test]
fn silence_is_warned_of_before_it_takes_effect() {
    let rule = SilenceRule {
        outcome: SilentOutcome::Approved,
        legal_basis: "某条例第九条".to_owned(),
        warn_before: Budget::days(1),
    };
    let mut ledger = TimeLedger::new(at("2026-09-28T09:00"), Budget::days(5));
    let calendar = Calendar::statutory();
    let plan = calendar.silence(&ledger, &rule).unwrap().unwrap();
    assert_eq!(
        plan.effective_at,
        at("2026-10-10T17:30"),
        "the holiday does not count, the make-up Saturday does"
    );
    assert_eq!(plan.warn_at, at("2026-10-09T17:30"));
    assert!(
        plan.text.zh.contains("视为同意（某条例第九条）"),
        "{}",
        plan.text.zh
    );
    assert!(
        plan.text.en.contains("counts as approved"),
        "{}",
        plan.text.en
    );
    ledger.suspend(at("2026-09-29T09:00"), "补正", "");
    assert_eq!(
        calendar.silence(&ledger, &rule).unwrap(),
        None,
        "no end while it stands still"
    );
    let short = TimeLedger::new(at("2026-09-28T09:00"), Budget::hours(2));
    let plan = calendar.silence(&short, &rule).unwrap().unwrap();
    assert_eq!(
        plan.warn_at, short.started_at,
        "never warned before it began"
    );
}

#[test]
fn calendar_periods_end_by_a_named_rule_and_say_why() {
    let calendar = Calendar::statutory();
    let end = |from, period, rule| calendar.period_end(from, period, rule).unwrap();
    // 60 days from 2 August 2026 are counted to 1 October, the first day of the national holiday.
    let start = date(2026, 8, 2);
    let sixty = CalendarPeriod::Days(60);
    let following = end(start, sixty, RollRule::Following);
    assert_eq!(
        (following.counted, following.due_date),
        (date(2026, 10, 1), date(2026, 10, 8))
    );
    assert_eq!(
        end(start, sixty, RollRule::Preceding).due_date,
        date(2026, 9, 30)
    );
    assert_eq!(
        end(start, sixty, RollRule::Unadjusted).due_date,
        date(2026, 10, 1)
    );
    let words = following.text();
    assert!(
        words
            .zh
            .contains("计至 2026-10-01（周四），该日为休息日（国庆节）"),
        "{}",
        words.zh
    );
    assert!(
        words.zh.contains("顺延至下一工作日：2026-10-08"),
        "{}",
        words.zh
    );
    assert!(words.en.contains("a day off"), "{}", words.en);
    // A month ends on the day of the same number, or on the last of a shorter month.
    assert_eq!(
        end(
            date(2026, 1, 31),
            CalendarPeriod::Months(1),
            RollRule::Unadjusted
        )
        .counted,
        date(2026, 2, 28)
    );
    // 31 May 2026 is a Sunday: the next working day is in June.
    let may = end(
        date(2026, 4, 30),
        CalendarPeriod::Days(31),
        RollRule::ModifiedFollowing,
    );
    assert_eq!(
        (may.counted, may.due_date),
        (date(2026, 5, 31), date(2026, 5, 29))
    );
    assert!(
        end(
            date(2030, 1, 1),
            CalendarPeriod::Years(1),
            RollRule::Following
        )
        .beyond_calendar
    );
    for rule in RollRule::ALL {
        assert_eq!(rule.name().parse::<RollRule>().unwrap(), rule);
    }
    assert!("sideways".parse::<RollRule>().is_err());
    assert_eq!(
        calendar.period_end(start, CalendarPeriod::Days(u32::MAX), RollRule::Following),
        Err(CalendarError::BudgetTooLarge)
    );
}

#[test]
fn an_office_may_have_a_calendar_of_its_own_and_each_has_versions() {
    let mut all = Calendars::default();
    let hall = Calendar::statutory()
        .clone()
        .with_office_hours("09:00-17:00".parse().unwrap());
    all.publish(CalendarScope::realm("370700"), at("2026-02-01"), edited());
    all.publish(
        CalendarScope::office("370700", "hall"),
        at("2026-03-01"),
        hall,
    );
    let version = |office, when| {
        all.in_force("370700", office, at(when))
            .version()
            .to_owned()
    };
    let statutory = Calendar::statutory().version();
    assert_eq!(version(None, "2026-01-31"), statutory);
    assert!(version(None, "2026-02-01").ends_with("+edit"));
    assert!(
        version(Some("hall"), "2026-02-28").ends_with("+edit"),
        "its own is not published yet"
    );
    assert!(version(Some("hall"), "2026-03-01").ends_with("+hours"));
    assert_eq!(
        all.in_force("110000", None, at("2026-03-01")).version(),
        statutory
    );
    assert_eq!(all.versions(&CalendarScope::realm("370700")).len(), 1);
}

#[test]
fn an_edited_calendar_moves_the_deadlines_it_touches_and_says_by_which_days() {
    let (before, after) = (Calendar::statutory(), edited());
    let edit = CalendarEdit::between(before, &after);
    let changed: Vec<String> = edit.days().iter().map(|day| day.text.zh.clone()).collect();
    assert_eq!(changed.len(), 1, "{changed:?}");
    assert!(
        changed[0].starts_with("2026-10-08 由工作日改为国庆节放假"),
        "{changed:?}"
    );
    let ledger = TimeLedger::new(at("2026-09-28T09:00"), Budget::days(5));
    let moved = edit.moved(&ledger, 75).unwrap().unwrap();
    assert_eq!(
        (moved.before, moved.after),
        (at("2026-10-10T17:30"), at("2026-10-12T17:30"))
    );
    let why = edit.why(&ledger, &moved);
    assert!(
        why.zh.contains("2026-10-08")
            && why.zh.contains("由 2026-10-10 17:30 改为 2026-10-12 17:30"),
        "{}",
        why.zh
    );
    assert_eq!(
        moved.after,
        after.due(&ledger).unwrap().due,
        "as the full sum has it"
    );
    let earlier = TimeLedger::new(at("2026-03-02T09:00"), Budget::days(5));
    assert_eq!(
        edit.moved(&earlier, 75).unwrap(),
        None,
        "it ends before the day that changed"
    );
    let mut still = ledger.clone();
    still.suspend(at("2026-09-29T09:00"), "补正", "");
    assert_eq!(
        edit.moved(&still, 75).unwrap(),
        None,
        "a clock that stands still has no end to move"
    );
    assert!(CalendarEdit::between(before, before).is_empty());
}
