//! Addresses as people write them.

use proptest::prelude::*;

use super::*;
use crate::Division;

fn weifang() -> Gazetteer {
    let rows = [
        ("370000", "山东省"),
        ("370700", "潍坊市"),
        ("370705", "奎文区"),
        ("370702", "潍城区"),
        ("370781", "青州市"),
        ("370705001", "东关街道"),
        ("370705001001", "后门街社区"),
    ];
    Gazetteer::new(rows.map(|(code, name)| Division {
        code: code.to_owned(),
        name: name.to_owned(),
    }))
}

fn read(text: &str) -> Address {
    parse(text, &weifang())
}

#[test]
fn a_full_address_is_taken_apart() {
    let address = read("山东省潍坊市奎文区东关街道东风东街8081号阳光花园3号楼2单元1102室");
    assert_eq!(address.division.as_deref(), Some("370705001"));
    assert_eq!(
        address.divisions,
        ["山东省", "潍坊市", "奎文区", "东关街道"]
    );
    assert_eq!(address.road.as_deref(), Some("东风东街"));
    assert_eq!(address.number.as_deref(), Some("8081"));
    assert_eq!(address.estate.as_deref(), Some("阳光花园"));
    assert_eq!(address.building.as_deref(), Some("3"));
    assert_eq!(address.unit.as_deref(), Some("2"));
    assert_eq!(address.room.as_deref(), Some("1102"));
    assert_eq!(address.rest, "");
}

#[test]
fn levels_may_be_left_out_and_names_be_short() {
    for text in [
        "奎文区胜利街12号",
        "潍坊奎文区胜利街12号",
        "潍坊市市辖区奎文区胜利街12号",
    ] {
        let address = read(text);
        assert_eq!(address.division.as_deref(), Some("370705"), "{text}");
        assert_eq!(
            (address.road.as_deref(), address.number.as_deref()),
            (Some("胜利街"), Some("12")),
            "{text}"
        );
    }
}

#[test]
fn a_road_named_after_a_city_is_a_road() {
    let address = read("奎文区青州路5号");
    assert_eq!(address.division.as_deref(), Some("370705"));
    assert_eq!(address.road.as_deref(), Some("青州路"));
}

#[test]
fn two_ways_of_writing_one_door_have_one_key() {
    let pairs = [
        (
            "潍坊市奎文区胜利街１２号３号楼二单元501室",
            "山东省潍坊市奎文区胜利街12号3栋2单元501",
        ),
        ("奎文区阳光大厦B座1728", "奎文区 阳光大厦 b座 1728室"),
    ];
    for (one, other) in pairs {
        assert_eq!(read(one).key(), read(other).key(), "{one} / {other}");
    }
    assert_ne!(
        read("奎文区胜利街12号").key(),
        read("奎文区胜利街13号").key()
    );
}

#[test]
fn what_no_rule_takes_is_kept() {
    let address = read("奎文区火车站东边第二家");
    assert_eq!(address.division.as_deref(), Some("370705"));
    assert_eq!(address.rest, "火车站东边第二家");
}

/// The 2,000 addresses of `../shared/data/text/address` with all divisions of the country beside them.
#[test]
fn real_addresses_of_the_whole_country_find_their_divisions() {
    let shared = format!("{}/../../../shared/data", env!("CARGO_MANIFEST_DIR"));
    let shared = std::env::var("YUANDU_SHARED").unwrap_or(shared);
    let Ok(addresses) = csv::Reader::from_path(format!("{shared}/text/address/cpca_addr_2000.csv"))
    else {
        eprintln!("SKIPPED: {shared} is not there; the 2,000 real addresses were not read");
        return;
    };
    let mut divisions = Vec::new();
    for table in ["provinces", "cities", "areas"] {
        let mut rows = csv::Reader::from_path(format!("{shared}/ids/{table}.csv")).unwrap();
        for row in rows.records() {
            let row = row.unwrap();
            divisions.push(Division {
                code: row[0].to_owned(),
                name: row[1].to_owned(),
            });
        }
    }
    let gazetteer = Gazetteer::new(divisions);
    let (mut all, mut placed, mut doors) = (0, 0, 0);
    for row in addresses.into_records() {
        let row = row.unwrap();
        if row[0].trim().is_empty() {
            continue;
        }
        let address = parse(&row[0], &gazetteer);
        all += 1;
        placed += usize::from(address.division.is_some());
        let door = address.number.is_some() || address.estate.is_some() || address.road.is_some();
        doors += usize::from(door);
    }
    println!("{all} addresses: {placed} with a division, {doors} with road, number or estate");
    assert!(
        all >= 1_800 && placed * 100 >= all * 90,
        "{placed} of {all}"
    );
    assert!(doors * 100 >= all * 85, "{doors} of {all}");
}

proptest! {
    #[test]
    fn no_text_breaks_the_parser_and_nothing_is_lost(text in "\\PC{0,300}") {
        let address = read(&text);
        let words = [&address.town, &address.village, &address.road, &address.number, &address.estate, &address.building, &address.unit, &address.floor, &address.room];
        let found: usize = words.iter().filter_map(|part| part.as_deref()).map(|part| part.chars().count()).sum();
        let named: usize = address.divisions.iter().map(|name| name.chars().count()).sum();
        prop_assert!(found + named + address.rest.chars().count() <= uniform(&text).len() + named);
    }
}
