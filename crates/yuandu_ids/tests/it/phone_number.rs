//! Telephone numbers.

use proptest::prelude::*;
use yuandu_ids::{PhoneKind, PhoneNumber};

fn read(text: &str) -> String {
    text.parse::<PhoneNumber>().unwrap().to_string()
}

fn refusal(text: &str) -> String {
    text.parse::<PhoneNumber>().unwrap_err().to_string()
}

#[test]
fn mobiles_are_read_as_people_write_them() {
    for typed in [
        "13800138000",
        "138 0013 8000",
        "138-0013-8000",
        "+86 138 0013 8000",
        "+86-13800138000",
        "008613800138000",
        "8613800138000",
        "１３８００１３８０００",
    ] {
        assert_eq!(read(typed), "13800138000", "{typed}");
    }
}

#[test]
fn landlines_are_read_as_people_write_them() {
    for (typed, canonical) in [
        ("0536-8091234", "0536-8091234"),
        ("05368091234", "0536-8091234"),
        ("(0536) 809 1234", "0536-8091234"),
        ("0536-809-1234", "0536-8091234"),
        ("+86 536 8091234", "0536-8091234"),
        ("+86 10 65001234", "010-65001234"),
        ("010-65001234", "010-65001234"),
        ("02165001234", "021-65001234"),
        ("075582345678", "0755-82345678"),
        ("0536-8091234-801", "0536-8091234-801"),
        ("0536-8091234转801", "0536-8091234-801"),
        ("05368091234-801", "0536-8091234-801"),
    ] {
        assert_eq!(read(typed), canonical, "{typed}");
    }
}

#[test]
fn numbers_are_hidden_where_others_look() {
    let mobile: PhoneNumber = "13800138000".parse().unwrap();
    assert_eq!(mobile.kind(), PhoneKind::Mobile);
    assert_eq!(mobile.masked(), "138****8000");
    assert_eq!(format!("{mobile:?}"), "PhoneNumber(138****8000)");
    assert_eq!(mobile.e164(), "+8613800138000");
    let landline: PhoneNumber = "0536-8091234-801".parse().unwrap();
    assert_eq!(landline.kind(), PhoneKind::Landline);
    assert_eq!(landline.masked(), "0536-***1234");
    assert_eq!(landline.e164(), "+865368091234");
}

#[test]
fn bad_numbers_are_refused_with_the_remedy() {
    assert!(refusal("").contains("11 digits for a mobile, or an area code first"));
    assert!(refusal("8091234").contains("an area code first"));
    assert!(
        refusal("1380013800").contains("10 characters, but it must have 11 digits for a mobile")
    );
    assert!(refusal("12800138000").contains("character 2 of this telephone number is `2`"));
    assert!(refusal("1380013800a").contains("character 11 of this telephone number is `a`"));
    assert!(refusal("+1 650 253 0000").contains("only +86 is taken"));
    assert!(refusal("0536-1091234").contains("begins with 2 to 8"));
    assert!(refusal("0036-8091234").contains("second digit of an area code"));
    assert!(refusal("0536-809123").contains("7 or 8 digits for a landline"));
    assert!(refusal("0536-8091234-1234567").contains("is not an extension"));
    let zh = "1380013800"
        .parse::<PhoneNumber>()
        .unwrap_err()
        .message_zh();
    assert!(zh.starts_with("电话号码应为 11 位数字（手机）"), "{zh}");
}

proptest! {
    #[test]
    fn canonical_numbers_read_back(text in "1[3-9][0-9]{9}|0[3-9][0-9]{2}-[2-8][0-9]{6,7}(-[0-9]{1,6})?|(010|02[0-9])-[2-8][0-9]{7}") {
        prop_assert_eq!(read(&text), text);
    }
}
