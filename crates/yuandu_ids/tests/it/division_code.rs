//! GB/T 2260 and below.

use proptest::prelude::*;
use yuandu_ids::{DivisionCode, DivisionLevel, RealmId};

fn division(text: &str) -> DivisionCode {
    text.parse().unwrap()
}

#[test]
fn each_division_has_one_canonical_form() {
    for (typed, canonical) in [
        ("37", "370000"),
        ("3707", "370700"),
        ("370700", "370700"),
        ("370702", "370702"),
        ("370702000000", "370702"),
        ("370702001", "370702001"),
        ("370702001000", "370702001"),
        ("370702001002", "370702001002"),
        ("３７０７０２", "370702"),
        ("370700001", "370700001"),
    ] {
        assert_eq!(division(typed).as_str(), canonical, "{typed}");
    }
}

#[test]
fn levels_and_parents_lead_up_to_the_province() {
    let mut code = Some(division("370702001002"));
    let mut seen = Vec::new();
    while let Some(here) = code {
        seen.push((here.to_string(), here.level()));
        code = here.parent();
    }
    let expected = [
        ("370702001002", DivisionLevel::Village),
        ("370702001", DivisionLevel::Township),
        ("370702", DivisionLevel::County),
        ("370700", DivisionLevel::Prefecture),
        ("370000", DivisionLevel::Province),
    ];
    let seen: Vec<(&str, DivisionLevel)> = seen.iter().map(|(c, l)| (c.as_str(), *l)).collect();
    assert_eq!(seen, expected);
}

#[test]
fn a_township_directly_under_a_prefecture_belongs_to_it() {
    let township = division("441900003");
    assert_eq!(township.level(), DivisionLevel::Township);
    assert_eq!(township.parent(), Some(division("441900")));
}

#[test]
fn a_division_contains_what_lies_inside_it() {
    assert!(division("3707").contains(&division("370702001")));
    assert!(division("370702").contains(&division("370702")));
    assert!(!division("370702").contains(&division("370703")));
    assert!(!division("370702").contains(&division("3707")));
}

#[test]
fn a_bad_division_is_refused_with_the_reason() {
    let message = |text: &str| text.parse::<DivisionCode>().unwrap_err().to_string();
    assert!(message("37070").contains("it must have 2, 4, 6, 9 or 12 digits"));
    assert!(message("37070A").contains("character 6 of this division code is `A`"));
    assert!(message("990000").contains("`99`, is not a province"));
}

#[test]
fn a_realm_is_a_six_digit_division() {
    let realm: RealmId = "370700".parse().unwrap();
    assert_eq!(realm.get(), 370_700);
    assert_eq!(realm.to_string(), "370700");
    assert_eq!(serde_json::to_string(&realm).unwrap(), "370700");
    assert!(
        "37070"
            .parse::<RealmId>()
            .unwrap_err()
            .to_string()
            .contains("6 digits")
    );
    assert!(
        "070700"
            .parse::<RealmId>()
            .unwrap_err()
            .message_zh()
            .contains("首位")
    );
}

proptest! {
    #[test]
    fn a_parent_always_contains_its_child(text in "37[0-9]{4}([0-9]{3}([0-9]{3})?)?") {
        let code = division(&text);
        prop_assert_eq!(division(code.as_str()), code.clone());
        if let Some(parent) = code.parent() {
            prop_assert!(parent.contains(&code));
            prop_assert!(parent.level() < code.level());
        }
    }
}
