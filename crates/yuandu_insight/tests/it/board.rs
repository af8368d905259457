//! A board over a handful of cases.

use jiff::SignedDuration;
use yuandu_insight::{Board, By, IndicatorDef, InsightError, Part, Scope};
use yuandu_store::Reader;

use crate::cases::{Facts, REALM, everyone, now, opened, scope, store, tables};

fn indicator(order: i64, id: &str, numerator: &str, denominator: &str) -> IndicatorDef {
    let text = format!(
        "id = '{id}'\norder = {order}\ntitle = {{ zh = '甲', en = 'a' }}\ndefinition = {{ zh = '甲', en = 'a' }}\nformula = 'a/b'\n\
         unit = '%'\ndirection = 'higher'\nnumerator = '={numerator}'\ndenominator = '={denominator}'\nsource = 'test'\n"
    );
    IndicatorDef::read("indicators/test.toml", &text).unwrap()
}

fn board() -> Board {
    let definitions = vec![
        indicator(
            1,
            "in-time",
            "case.done_at <= case.due_at",
            "case.done_at != null or case.due_at <= now",
        ),
        indicator(2, "closed", "case.status = \"closed\"", "true"),
    ];
    Board::new(tables(), definitions).unwrap()
}

/// Two units: one with three cases in class 01 and 02, one with one case; and one case that no unit has.
fn town() -> Vec<Facts> {
    let hours = |count: i64| Some(now() - SignedDuration::from_hours(count));
    let case = |org: Option<&str>, class: &str, status: &str, done: Option<i64>, due: i64| Facts {
        org: org.map(str::to_owned),
        class: Some(class.to_owned()),
        status: Some(status.to_owned()),
        done_at: done.and_then(hours),
        due_at: hours(due),
        ..Facts::default()
    };
    vec![
        case(Some("lamps"), "01", "closed", Some(5), 4),
        case(Some("lamps"), "01", "closed", Some(3), 4),
        case(Some("lamps"), "02", "open", None, 2),
        case(Some("water"), "02", "open", None, -2),
        case(None, "02", "open", None, -2),
    ]
}

fn with_town<T>(work: impl FnOnce(&Board, &Reader<'_>) -> Result<T, InsightError>) -> T {
    let (store, _folder) = store(&town());
    let board = board();
    store.read(|reader| work(&board, reader)).unwrap()
}

fn counts(figures: &[yuandu_insight::Measured]) -> Vec<(u64, u64)> {
    figures
        .iter()
        .map(|figure| (figure.numerator, figure.denominator))
        .collect()
}

#[test]
fn figures_are_counted_over_all_cases_in_one_query() {
    let (figures, queries) = with_town(|board, reader| {
        let figures = board.measure(reader, (REALM, &scope(), &everyone()), now())?;
        Ok((figures, reader.count()))
    });
    assert_eq!(counts(&figures), [(1, 3), (2, 5)]);
    assert_eq!(queries, 1);
    assert_eq!(figures[0].percent().map(|share| share.round()), Some(33.0));
}

#[test]
fn groups_are_one_query_and_add_up_to_the_whole() {
    let (groups, queries) = with_town(|board, reader| {
        let by = [By::Org, By::Class];
        let groups = board.measure_by(reader, &by, (REALM, &scope(), &everyone()), now())?;
        Ok((groups, reader.count()))
    });
    assert_eq!(queries, 1);
    let keys: Vec<Vec<&str>> = groups
        .iter()
        .map(|group| group.keys.iter().map(String::as_str).collect())
        .collect();
    assert_eq!(
        keys,
        [
            ["", "02"],
            ["lamps", "01"],
            ["lamps", "02"],
            ["water", "02"]
        ]
    );
    let whole = groups
        .iter()
        .skip(1)
        .fold(groups[0].clone(), |mut sum, group| {
            sum.add(group);
            sum
        });
    assert_eq!(whole.cases, 5);
    assert_eq!(counts(&whole.figures), [(1, 3), (2, 5)]);
}

#[test]
fn stretches_of_time_are_counted_from_the_beginning_of_the_scope() {
    let scope = Scope {
        from: opened(4),
        ..scope()
    };
    let groups = with_town(|board, reader| {
        let by = [By::Stretch(SignedDuration::from_hours(2))];
        board.measure_by(reader, &by, (REALM, &scope, &everyone()), now())
    });
    let told: Vec<(&str, u64)> = groups
        .iter()
        .map(|group| (group.keys[0].as_str(), group.cases))
        .collect();
    assert_eq!(told, [("0", 2), ("1", 2), ("2", 1)]);
}

#[test]
fn a_figure_opens_exactly_the_cases_it_counted() {
    for (part, expected) in [
        (Part::Numerator, vec!["0000"]),
        (Part::Denominator, vec!["0000", "0001", "0002"]),
        (Part::Rest, vec!["0001", "0002"]),
    ] {
        let behind = with_town(|board, reader| {
            board.cases_behind(
                reader,
                ("in-time", part),
                (REALM, &scope(), &everyone()),
                now(),
                (None, 50),
            )
        });
        let ids: Vec<String> = behind
            .rows
            .iter()
            .map(|row| row.text("id").unwrap())
            .collect();
        assert_eq!(ids, expected, "{part:?}");
        assert!(!behind.more);
    }
}

#[test]
fn pages_of_a_figure_follow_each_other_without_gap_or_overlap() {
    let (mut after, mut ids) = (None, Vec::new());
    loop {
        let place: Option<(jiff::Timestamp, String)> = after.take();
        let behind = with_town(|board, reader| {
            let place = place.as_ref().map(|(at, id)| (*at, id.as_str()));
            board.cases_behind(
                reader,
                ("closed", Part::Denominator),
                (REALM, &scope(), &everyone()),
                now(),
                (place, 2),
            )
        });
        ids.extend(behind.rows.iter().map(|row| row.text("id").unwrap()));
        match behind.rows.last() {
            Some(last) if behind.more => {
                after = Some((
                    last.timestamp("opened_at").unwrap(),
                    last.text("id").unwrap(),
                ));
            }
            _ => break,
        }
    }
    assert_eq!(ids, ["0000", "0001", "0002", "0003", "0004"]);
}

#[test]
fn cases_that_no_organisation_has_can_be_asked_for() {
    let scope = Scope {
        org: Some(String::new()),
        ..scope()
    };
    let figures =
        with_town(|board, reader| board.measure(reader, (REALM, &scope, &everyone()), now()));
    assert_eq!(counts(&figures), [(0, 0), (0, 1)]);
    assert_eq!(figures[0].percent(), None);
}

#[test]
fn what_has_no_form_in_a_query_is_refused_when_the_board_is_made() {
    let refused = Board::new(
        tables(),
        vec![
            indicator(1, "call", "string length(case.status) > 3", "true"),
            indicator(2, "unknown", "case.nothing = 1", "true"),
        ],
    );
    let told: Vec<String> = refused
        .unwrap_err()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[1].contains("case.nothing"), "{told:?}");
}

#[test]
fn an_indicator_that_does_not_exist_is_named() {
    let (store, _folder) = store(&town());
    let asked = store.read(|reader| {
        board().cases_behind(
            reader,
            ("nothing", Part::Rest),
            (REALM, &scope(), &everyone()),
            now(),
            (None, 1),
        )
    });
    assert!(matches!(asked, Err(InsightError::Unknown { id }) if id == "nothing"));
}
