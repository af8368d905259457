//! Lists: filters, words, order, pages, facets, totals.

use serde_json::json;
use yuandu_identity::{Actor, OpCtx};
use yuandu_registers::{ColumnFilter, ListRecords, Page, RegistersError, Sort};

use crate::town::{Town, grid, system};

fn list() -> ListRecords {
    ListRecords {
        register: "city-care.component".to_owned(),
        ..ListRecords::default()
    }
}

fn ids(page: &Page) -> Vec<u32> {
    page.records
        .iter()
        .map(|view| view.id[11..].parse().unwrap())
        .collect()
}

fn pages(town: &Town, list: ListRecords) -> Vec<u32> {
    let mut found = Vec::new();
    let mut list = list;
    loop {
        let page = town.registers.list_records(&system(), &list).unwrap();
        found.extend(ids(&page));
        match page.next {
            Some(next) => list.after = Some(next),
            None => return found,
        }
    }
}

#[test]
fn pages_follow_each_other_without_gap_or_repetition_in_every_order() {
    let town = Town::new();
    town.fill(9);
    town.put(
        "component",
        json!({"code": "37070501001000004", "remark": "b"}),
    )
    .unwrap();
    town.put(
        "component",
        json!({"code": "37070501001000006", "remark": "a"}),
    )
    .unwrap();
    let sorted = |field: &str, descending| ListRecords {
        limit: 2,
        sort: Some(Sort {
            field: field.to_owned(),
            descending,
        }),
        ..list()
    };
    assert_eq!(
        pages(&town, ListRecords { limit: 4, ..list() }),
        [1, 2, 3, 4, 5, 6, 7, 8, 9]
    );
    assert_eq!(
        pages(&town, sorted("owner", false)),
        [1, 3, 5, 7, 9, 2, 4, 6, 8]
    );
    assert_eq!(
        pages(&town, sorted("grid", true)),
        [8, 5, 2, 7, 4, 1, 9, 6, 3]
    );
    assert_eq!(
        pages(&town, sorted("remark", false)),
        [6, 4, 1, 2, 3, 5, 7, 8, 9],
        "empty values come last"
    );
    assert_eq!(
        pages(&town, sorted("remark", true)),
        [4, 6, 9, 8, 7, 5, 3, 2, 1]
    );
}

#[test]
fn filters_and_words_narrow_the_list_and_facets_count_the_rest() {
    let town = Town::new();
    town.fill(9);
    let filters = vec![
        (
            "owner".to_owned(),
            ColumnFilter::OneOf(vec!["water-supply".to_owned()]),
        ),
        (
            "code".to_owned(),
            ColumnFilter::StartsWith("370705".to_owned()),
        ),
        (
            "installed_on".to_owned(),
            ColumnFilter::Between {
                from: Some("2020年5月1日".to_owned()),
                to: None,
            },
        ),
        ("remark".to_owned(), ColumnFilter::Empty),
    ];
    let asked = ListRecords {
        filters,
        words: "井盖 00001".to_owned(),
        facets: true,
        count: true,
        ..list()
    };
    let page = town.registers.list_records(&system(), &asked).unwrap();
    assert_eq!(ids(&page), Vec::<u32>::new());
    let asked = ListRecords {
        words: "井盖 000".to_owned(),
        ..asked
    };
    let page = town.registers.list_records(&system(), &asked).unwrap();
    assert_eq!(ids(&page), [2, 4, 6, 8]);
    assert_eq!(
        page.total.map(|total| (total.count, total.exact)),
        Some((4, true))
    );
    let facet = |name: &str| {
        page.facets
            .iter()
            .find(|facet| facet.field == name)
            .unwrap()
            .values
            .clone()
    };
    let owners: Vec<(String, u64)> = facet("owner")
        .into_iter()
        .map(|v| (v.value, v.count))
        .collect();
    assert_eq!(
        owners,
        [("drainage".to_owned(), 5), ("water-supply".to_owned(), 4)],
        "a facet leaves its own filter out"
    );
    assert_eq!(
        facet("kind")[0].label.as_ref().unwrap().en,
        "Water supply manhole cover"
    );
}

#[test]
fn a_list_takes_the_same_queries_for_few_and_for_many_records() {
    let town = Town::new();
    town.fill(2);
    let few = town
        .registers
        .list_records(&system(), &list())
        .unwrap()
        .queries;
    town.fill(40);
    let many = town.registers.list_records(&system(), &list()).unwrap();
    assert_eq!((many.records.len(), many.queries), (40, few));
    assert_eq!(many.records[0].values["street_name"], "某街道");
    assert_eq!(many.records[0].values["grid"], grid(1));
}

#[test]
fn words_of_a_fact_that_another_register_owns_are_found_there() {
    let town = Town::new();
    let found = |words: &str| {
        let list = ListRecords {
            register: "city-care.grid".to_owned(),
            words: words.to_owned(),
            ..ListRecords::default()
        };
        town.registers
            .list_records(&system(), &list)
            .unwrap()
            .records
            .len()
    };
    assert_eq!((found("某社区"), found("某街道"), found("别处")), (3, 3, 0));
}

#[test]
fn what_cannot_be_filtered_is_refused_with_all_problems() {
    let town = Town::new();
    let filters = ["street", "place", "nothing"]
        .map(|name| (name.to_owned(), ColumnFilter::Filled))
        .into_iter()
        .chain([(
            "kind".to_owned(),
            ColumnFilter::OneOf(vec!["\0".to_owned()]),
        )])
        .collect();
    let error = town
        .registers
        .list_records(&system(), &ListRecords { filters, ..list() })
        .unwrap_err();
    let RegistersError::Invalid { problems } = error else {
        panic!("{error}")
    };
    assert_eq!(problems.len(), 4);
    let bad = ListRecords {
        after: Some("zz".to_owned()),
        ..list()
    };
    assert!(matches!(
        town.registers.list_records(&system(), &bad),
        Err(RegistersError::Invalid { .. })
    ));
}

#[test]
fn restricted_fields_are_no_filters_because_guessing_would_reveal_them() {
    let town = Town::new();
    town.put(
        "person",
        json!({"number": 1, "name": "张三", "phone": "13805360001"}),
    )
    .unwrap();
    let list = ListRecords {
        register: "city-care.person".to_owned(),
        filters: vec![(
            "phone".to_owned(),
            ColumnFilter::StartsWith("138".to_owned()),
        )],
        ..ListRecords::default()
    };
    assert!(matches!(
        town.registers.list_records(&system(), &list),
        Err(RegistersError::Invalid { .. })
    ));
    let open = ListRecords {
        filters: vec![],
        ..list
    };
    let page = town.registers.list_records(&system(), &open).unwrap();
    assert_eq!(page.records[0].values["phone"], "***");
    assert!(
        town.registers
            .list_records(&OpCtx::for_testing(Actor::Anonymous), &open)
            .is_err()
    );
}
