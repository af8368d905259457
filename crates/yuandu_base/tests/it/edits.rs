//! Any edits, one after another, compared with a walk over the days that knows nothing of the calendar's index.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use proptest::prelude::*;
use yuandu_base::LocalText;
use yuandu_base::calendar::{
    Budget, Calendar, CalendarChange, CalendarEdit, DayEdit, DayOrder, TimeLedger,
};

fn day(offset: i64) -> Date {
    let first: Date = "2026-01-01".parse().unwrap();
    first.checked_add(offset.days()).unwrap()
}

fn edits() -> impl Strategy<Value = Vec<DayEdit>> {
    let order = prop_oneof![
        Just(DayOrder::Off),
        Just(DayOrder::Work),
        Just(DayOrder::Usual)
    ];
    let edit = (0..350_i64, 0..9_i64, order).prop_map(|(first, length, order)| DayEdit {
        first: day(first),
        last: day(first + length),
        order,
        name: LocalText::new("停工", "closed"),
    });
    prop::collection::vec(edit, 1..12)
}

/// Whether offices work, by the statutory table and the edits laid over it in their order.
fn working_days(edits: &[DayEdit]) -> BTreeMap<Date, bool> {
    let mut known: BTreeMap<Date, bool> = (0..365)
        .map(|offset| {
            (
                day(offset),
                Calendar::statutory().is_working_day(day(offset)),
            )
        })
        .collect();
    for edit in edits {
        let mut date = edit.first;
        while date <= edit.last {
            let weekend = date.weekday().to_monday_zero_offset() >= 5;
            known.insert(
                date,
                match edit.order {
                    DayOrder::Off => false,
                    DayOrder::Work => true,
                    DayOrder::Usual => !weekend,
                },
            );
            date = date.tomorrow().unwrap();
        }
    }
    known
}

/// The day on which a budget of days ends, counted day by day.
fn counted(known: &BTreeMap<Date, bool>, start: Date, budget: u32) -> Date {
    let (mut date, mut left) = (start, budget);
    while left > 0 {
        date = date.tomorrow().unwrap();
        let usual = Calendar::statutory().is_working_day(date);
        if known.get(&date).copied().unwrap_or(usual) {
            left -= 1;
        }
    }
    date
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn deadlines_that_follow_edits_one_by_one_stand_where_counting_from_zero_puts_them(
        edits in edits(),
        start in 0..300_i64,
        budget in 1..30_u32,
    ) {
        let from = day(start).at(9, 30, 0, 0).to_zoned(Calendar::statutory().time_zone().clone());
        let ledger = TimeLedger::new(from.unwrap().timestamp(), Budget::days(budget));
        let mut calendar = Calendar::statutory().clone();
        let mut due = calendar.due_instant(&ledger).unwrap();
        for (number, edit) in edits.iter().enumerate() {
            let change = CalendarChange { days: vec![edit.clone()], ..CalendarChange::default() };
            let next = calendar.edited(&format!("v{number}"), &change).unwrap();
            let moved = CalendarEdit::between(&calendar, &next).moved(&ledger, 75).unwrap();
            if let Some(moved) = moved {
                prop_assert_eq!(moved.before, due);
                due = moved.after;
            }
            calendar = next;
        }
        let at_once = CalendarChange { days: edits.clone(), ..CalendarChange::default() };
        let at_once = Calendar::statutory().edited("once", &at_once).unwrap();
        prop_assert_eq!(at_once.due_instant(&ledger).unwrap(), due);
        let expected = counted(&working_days(&edits), day(start), budget);
        prop_assert_eq!(calendar.local_date(due), expected);
    }

    #[test]
    fn hours_that_follow_edits_stand_where_the_edited_calendar_puts_them(
        edits in edits(),
        start in 0..7_000_i64,
        minutes in 1..6_000_u32,
        pause in 0..400_i64,
    ) {
        let from: Timestamp = "2026-01-05T00:00:00+08:00".parse().unwrap();
        let from = from + SignedDuration::from_hours(start);
        let mut ledger = TimeLedger::new(from, Budget::minutes(minutes));
        ledger.suspend(from + SignedDuration::from_hours(5), "补正", "");
        ledger.resume(from + SignedDuration::from_hours(5 + pause));
        let change = CalendarChange { days: edits, ..CalendarChange::default() };
        let after = Calendar::statutory().edited("v", &change).unwrap();
        let edit = CalendarEdit::between(Calendar::statutory(), &after);
        let moved = edit.moved(&ledger, 75).unwrap();
        let (was, is) = (
            Calendar::statutory().due_instant(&ledger).unwrap(),
            after.due_instant(&ledger).unwrap(),
        );
        prop_assert_eq!(moved.map(|moved| (moved.before, moved.after)), (was != is).then_some((was, is)));
        prop_assert_eq!(after.consumed(&ledger, is).unwrap(), Budget::minutes(minutes));
    }
}
