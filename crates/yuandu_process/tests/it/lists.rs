//! Lists, inboxes and counts: what an officer sees, in pages that neither repeat nor skip.

use std::collections::BTreeSet;

use yuandu_base::calendar::Lamp;
use yuandu_process::{CaseFilter, CaseOrder, InboxView};

use crate::city::City;

fn all_pages(city: &City, filter: &CaseFilter, order: CaseOrder, size: usize) -> Vec<String> {
    let leader = city.officer("leader", 9);
    let (mut numbers, mut after) = (Vec::new(), None);
    loop {
        let page = city
            .engine
            .list_cases(&leader, filter, order, after.as_deref(), size)
            .unwrap();
        numbers.extend(page.cases.into_iter().map(|c| c.number));
        match page.next {
            Some(next) => after = Some(next),
            None => return numbers,
        }
    }
}

fn busy_city() -> City {
    let city = City::new("2026-09-14T09:00");
    for round in 0..7 {
        city.now(&format!("2026-09-14T09:0{round}"));
        city.found("06010");
        if round % 2 == 0 {
            city.handling("06011");
        }
    }
    // Cases in handling whose clock stands still have no due instant.
    city
}

#[test]
fn pages_of_every_order_show_each_case_once() {
    let city = busy_city();
    for order in [CaseOrder::Updated, CaseOrder::Opened, CaseOrder::Due] {
        let whole = all_pages(&city, &CaseFilter::default(), order, 500);
        let paged = all_pages(&city, &CaseFilter::default(), order, 2);
        assert_eq!(whole, paged, "{order:?}");
        assert_eq!(paged.iter().collect::<BTreeSet<_>>().len(), 11);
    }
}

#[test]
fn filters_find_by_lamp_place_words_and_number() {
    let city = busy_city();
    let leader = city.officer("leader", 9);
    let count = |filter: CaseFilter| {
        city.engine
            .list_cases(&leader, &filter, CaseOrder::Due, None, 100)
            .unwrap()
            .cases
            .len()
    };
    city.now("2026-09-14T10:00");
    assert_eq!(
        count(CaseFilter {
            lamp: Some(Lamp::Red),
            ..CaseFilter::default()
        }),
        7,
        "acceptance took too long"
    );
    assert_eq!(
        count(CaseFilter {
            lamp: Some(Lamp::Green),
            ..CaseFilter::default()
        }),
        4
    );
    assert_eq!(
        count(CaseFilter {
            category: Some("06011".into()),
            ..CaseFilter::default()
        }),
        4
    );
    assert_eq!(
        count(CaseFilter {
            division: Some("370705".into()),
            ..CaseFilter::default()
        }),
        11
    );
    assert_eq!(
        count(CaseFilter {
            division: Some("370702".into()),
            ..CaseFilter::default()
        }),
        0
    );
    assert_eq!(
        count(CaseFilter {
            text: Some("垃圾 东风".into()),
            ..CaseFilter::default()
        }),
        11
    );
    assert_eq!(
        count(CaseFilter {
            text: Some("100%".into()),
            ..CaseFilter::default()
        }),
        0
    );
    assert_eq!(
        count(CaseFilter {
            bbox: Some([119.0, 36.0, 119.2, 36.8]),
            ..CaseFilter::default()
        }),
        11
    );
    assert_eq!(
        count(CaseFilter {
            bbox: Some([0.0, 0.0, 1.0, 1.0]),
            ..CaseFilter::default()
        }),
        0
    );
    let number = city.found("06010").number;
    assert_eq!(
        count(CaseFilter {
            text: Some(number),
            ..CaseFilter::default()
        }),
        1
    );
    let stages = city
        .engine
        .count_stages(&leader, &CaseFilter::default())
        .unwrap();
    let accept = stages.iter().find(|s| s.stage == "accept").unwrap();
    assert_eq!((accept.red, accept.yellow + accept.green), (7, 1));
}

#[test]
fn an_inbox_holds_what_its_officer_may_do_and_counts_every_view() {
    let city = busy_city();
    let seat = city.officer("seat", 1);
    let inbox = city.engine.inbox(&seat, InboxView::All, None, 100).unwrap();
    assert_eq!((inbox.tasks.len(), inbox.counts.all), (7, 7));
    assert!(
        inbox
            .tasks
            .iter()
            .all(|t| t.task.role == "city-care.seat" && !t.title.is_empty())
    );
    let handler = city
        .engine
        .inbox(&city.officer("handler", 2), InboxView::MyOrg, None, 3)
        .unwrap();
    assert_eq!((handler.tasks.len(), handler.counts.my_org), (3, 4));
    let rest = city
        .engine
        .inbox(
            &city.officer("handler", 2),
            InboxView::MyOrg,
            handler.next.as_deref(),
            3,
        )
        .unwrap();
    assert_eq!((rest.tasks.len(), rest.next), (1, None));
    assert_eq!(
        city.engine
            .inbox(&city.officer("handler", 3), InboxView::All, None, 10)
            .unwrap()
            .counts
            .all,
        0
    );
    assert_eq!(
        city.engine
            .inbox(&city.resident(), InboxView::All, None, 10)
            .unwrap()
            .counts
            .all,
        0
    );

    let task = inbox.tasks[0].task.id.clone();
    city.engine.claim_task(&seat, &task).unwrap();
    assert_eq!(
        city.engine
            .inbox(&seat, InboxView::Mine, None, 10)
            .unwrap()
            .tasks
            .len(),
        1
    );
    let other = city
        .engine
        .inbox(&city.officer("seat", 2), InboxView::All, None, 100)
        .unwrap();
    assert_eq!(
        other.counts.all, 6,
        "what another has taken on is not in my inbox"
    );
    city.now("2026-09-14T10:00");
    let counts = city
        .engine
        .inbox(&seat, InboxView::Overdue, None, 100)
        .unwrap();
    assert_eq!(
        (counts.tasks.len(), counts.counts.overdue, counts.counts.new),
        (7, 7, 7)
    );
}

#[test]
fn a_post_of_some_categories_sees_those_in_lists_as_in_single_cases() {
    let city = busy_city();
    let seat = city.scoped("seat", 1, ["06011".to_owned()].into());
    let page = |filter: &CaseFilter| {
        city.engine
            .list_cases(&seat, filter, CaseOrder::Updated, None, 100)
            .unwrap()
            .cases
    };
    let seen = page(&CaseFilter::default());
    assert_eq!(seen.len(), 4);
    let counted = |most| {
        let all = CaseFilter::default();
        city.engine.count_cases(&seat, &all, most).unwrap()
    };
    assert_eq!([counted(100), counted(4), counted(2)], [4, 4, 3]);
    assert!(seen.iter().all(|c| c.category.as_deref() == Some("06011")));
    let whole = city
        .engine
        .list_cases(
            &city.officer("leader", 9),
            &CaseFilter::default(),
            CaseOrder::Updated,
            None,
            100,
        )
        .unwrap();
    for case in whole.cases {
        let listed = seen.iter().any(|c| c.id == case.id);
        assert_eq!(city.engine.case_view(&seat, &case.id).is_ok(), listed);
    }
    assert_eq!(
        city.engine
            .inbox(&seat, InboxView::All, None, 10)
            .unwrap()
            .counts
            .all,
        0
    );
}
