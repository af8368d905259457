//! How instants are written and refused.

use yuandu_base::calendar::Calendar;

fn read(text: &str) -> String {
    let calendar = Calendar::statutory();
    calendar.format_instant(calendar.parse_instant(text).unwrap())
}

fn refusal(text: &str) -> String {
    Calendar::statutory()
        .parse_instant(text)
        .unwrap_err()
        .to_string()
}

#[test]
fn every_common_form_is_read() {
    for (text, expected) in [
        ("2025-01-24T16:30", "2025-01-24T16:30:00+08:00"),
        ("2025-01-24 16:30:05", "2025-01-24T16:30:05+08:00"),
        ("  2025-01-24t16:30:05.5 ", "2025-01-24T16:30:05.5+08:00"),
        ("2025-01-24", "2025-01-24T00:00:00+08:00"),
        ("2025-01-24T16:30:00+08:00", "2025-01-24T16:30:00+08:00"),
        ("2025-01-24T16:30:00-0500", "2025-01-25T05:30:00+08:00"),
        ("2025-01-24T16:30Z", "2025-01-25T00:30:00+08:00"),
        ("2024-02-29", "2024-02-29T00:00:00+08:00"),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn impossible_dates_are_refused_with_the_reason() {
    assert!(refusal("2025-02-30").contains("month 2 of 2025 has 28 days"));
    assert!(refusal("2025-13-01").contains("there is no month 13"));
    assert!(refusal("2025-04-00").contains("month 4 of 2025 has 30 days"));
    assert!(refusal("0000-01-01").contains("there is no year 0"));
    assert!(refusal("2025-01-24T24:00").contains("there is no time `24:00`"));
    assert!(refusal("2025-01-24T16:60").contains("there is no time `16:60`"));
    assert!(refusal("2025-01-24T16:30+99:00").contains("`+99:00` is not an offset"));
    let refused = Calendar::statutory()
        .parse_instant("2025-02-30T10:00")
        .unwrap_err();
    assert!(refused.message().zh.contains("2025 年 2 月只有 28 天"));
}

#[test]
fn other_forms_are_refused_with_an_example() {
    for text in [
        "",
        "today",
        "24/01/2025",
        "2025-1-4",
        "2025-01-24T",
        "2025-01-24T16",
        "2025-01-24T16:30:05:09",
        "2025-01-24T16:30.5",
    ] {
        assert!(
            refusal(text).contains("write it as `2025-01-24T16:30`"),
            "{text}: {}",
            refusal(text)
        );
    }
}

#[test]
fn control_characters_are_made_visible_and_long_text_is_cut() {
    assert!(refusal("2025\u{0}").contains("2025␀"));
    assert!(refusal(&"9".repeat(10_000)).len() < 200);
}
