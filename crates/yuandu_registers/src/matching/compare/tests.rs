//! Values as they come from offices: mistyped, exchanged, shortened.

use proptest::prelude::*;

use super::*;

const WAYS: [CompareBy; 6] = [
    CompareBy::Same,
    CompareBy::Name,
    CompareBy::Text,
    CompareBy::Digits,
    CompareBy::Date,
    CompareBy::Address,
];

fn near(by: CompareBy, one: &str, other: &str, expected: f64) {
    let found = similarity(by, one, other);
    assert!(
        (found - expected).abs() < 1e-9,
        "{one} and {other}: {found}"
    );
}

#[test]
fn names_with_one_wrong_exchanged_or_missing_character_are_alike() {
    near(CompareBy::Name, "王小明", "王晓明", 0.5);
    near(CompareBy::Name, "王小明", "王明小", 0.8);
    near(CompareBy::Name, "王小明", "王明", 0.5);
    near(CompareBy::Name, "王明", "王敏", 0.3);
    near(CompareBy::Name, "王小明", "李大伟", 0.0);
    near(CompareBy::Name, "买买提·艾山", "买买提•艾山", 1.0);
    near(CompareBy::Name, "ＷＡＮＧ Ming", "wang ming", 1.0);
}

#[test]
fn a_number_with_one_mistake_and_the_check_digit_that_follows_is_alike() {
    near(
        CompareBy::Digits,
        "370702199001011234",
        "370702199001011235",
        0.8,
    );
    near(
        CompareBy::Digits,
        "370702199001011234",
        "370702199001021234",
        0.8,
    );
    near(
        CompareBy::Digits,
        "370702199001011234",
        "37070219900110123X",
        0.8,
    );
    near(
        CompareBy::Digits,
        "370702199001011234",
        "370702198505055678",
        0.0,
    );
    near(CompareBy::Digits, "1380", "13800", 0.0);
}

#[test]
fn dates_with_a_wrong_digit_or_day_and_month_exchanged_are_alike() {
    near(CompareBy::Date, "1990-01-02", "1990-01-03", 0.7);
    near(CompareBy::Date, "1990-03-12", "1990-12-03", 0.7);
    near(CompareBy::Date, "1990-01-02", "1985-06-30", 0.0);
}

#[test]
fn two_ways_of_writing_one_door_are_the_same_address() {
    near(
        CompareBy::Address,
        "东风街12号3号楼2单元501室",
        "东风街 12 号 3号楼 2单元 501",
        1.0,
    );
    assert!(
        similarity(
            CompareBy::Address,
            "东风街12号3号楼2单元501室",
            "东风街12号3号楼2单元502室"
        ) < 0.8
    );
    near(CompareBy::Address, "东风街12号", "向阳路77号", 0.0);
}

proptest! {
    #[test]
    fn the_order_never_matters_and_the_measure_stays_between_nothing_and_all(one in ".{0,40}", other in ".{0,40}") {
        for by in WAYS {
            let found = similarity(by, &one, &other);
            prop_assert!((0.0..=1.0).contains(&found));
            prop_assert!((found - similarity(by, &other, &one)).abs() < 1e-9);
            prop_assert!(similarity(by, &one, &one) >= 1.0);
        }
    }
}
