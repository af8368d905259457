//! How budgets are written and refused.

use proptest::prelude::*;
use yuandu_base::Lang;
use yuandu_base::calendar::{Budget, OfficeHours};

#[test]
fn budgets_read_and_show_alike() {
    for text in ["20d", "4h", "1.5h", "0.25h", "20m", "0d", "25000d"] {
        assert_eq!(text.parse::<Budget>().unwrap().to_string(), text);
    }
    assert_eq!(" 90M ".parse::<Budget>().unwrap(), "1.5h".parse().unwrap());
    assert_eq!("0.1h".parse::<Budget>().unwrap(), Budget::minutes(6));
}

#[test]
fn budgets_are_said_in_words() {
    let words = |text: &str, lang| text.parse::<Budget>().unwrap().in_words(lang);
    assert_eq!(words("20d", Lang::Zh), "20 个工作日");
    assert_eq!(words("20d", Lang::En), "20 working days");
    assert_eq!(words("1d", Lang::En), "1 working day");
    assert_eq!(words("1.5h", Lang::Zh), "1.5 个工作小时");
    assert_eq!(words("20m", Lang::En), "20 working minutes");
}

#[test]
fn a_bad_budget_is_refused_with_the_remedy() {
    let message = |text: &str| text.parse::<Budget>().unwrap_err().to_string();
    assert!(message("").contains("it is empty"));
    assert!(message("20").contains("the unit must be") || message("20").contains("write a number"));
    assert!(message("1.5d").contains("working days are whole"));
    assert!(message("0.01h").contains("whole minutes"));
    assert!(message("20x").contains("`20x` is not a budget: the unit must be"));
    assert!(message("d").contains("write a number and a unit"));
    assert!(message("-3d").contains("write a number and a unit"));
    assert!(message("3.d").contains("write a number and a unit"));
    assert!(message("1d4h").contains("write a number and a unit"));
    assert!(message("25001d").contains("too large"));
    assert!(message("99999999999999999999999d").contains("too large"));
    let refused = "九天".parse::<Budget>().unwrap_err();
    assert!(refused.message().zh.contains("`九天` 不是办理时限"));
    assert_eq!(refused.kind(), yuandu_base::ErrorKind::Invalid);
}

#[test]
fn a_budget_is_a_string_in_json() {
    let budget: Budget = serde_json::from_str("\"20d\"").unwrap();
    assert_eq!(serde_json::to_string(&budget).unwrap(), "\"20d\"");
    let refused = serde_json::from_str::<Budget>("\"20 years\"").unwrap_err();
    assert!(refused.to_string().contains("`20 years` is not a budget"));
}

#[test]
fn office_hours_read_and_show_alike() {
    for text in ["08:30-12:00,13:00-17:30", "09:00-17:00", "00:00-24:00"] {
        assert_eq!(text.parse::<OfficeHours>().unwrap().to_string(), text);
    }
    let full_width: OfficeHours = "08：30-12：00，13：00-17：30".parse().unwrap();
    assert_eq!(full_width, OfficeHours::default());
    assert_eq!(full_width.minutes_per_day(), 480);
}

#[test]
fn bad_office_hours_are_refused_with_the_reason() {
    let message = |text: &str| text.parse::<OfficeHours>().unwrap_err().to_string();
    assert!(message("").contains("write them as"));
    assert!(message("08:30").contains("write them as"));
    assert!(message("8:30-12:00").contains("`8:30` is not a time of day"));
    assert!(message("08:30-25:00").contains("`25:00` is not a time of day"));
    assert!(message("08:30-24:01").contains("`24:01` is not a time of day"));
    assert!(message("12:00-08:30").contains("closes before it opens"));
    assert!(message("12:00-12:00").contains("closes before it opens"));
    assert!(message("08:30-12:00,11:00-17:30").contains("overlaps"));
    assert!(message("13:00-17:30,08:30-12:00").contains("overlaps"));
}

proptest! {
    #[test]
    fn every_budget_survives_being_written(minutes in 0_u32..12_000_000, days in 0_u32..25_000) {
        for budget in [Budget::minutes(minutes), Budget::days(days)] {
            prop_assert_eq!(budget.to_string().parse::<Budget>().unwrap(), budget);
        }
    }

    #[test]
    fn no_text_makes_the_readers_panic(text in any::<String>()) {
        let _ = text.parse::<Budget>();
        let _ = text.parse::<OfficeHours>();
        let _ = yuandu_base::calendar::Calendar::statutory().parse_instant(&text);
    }
}
