//! Both ends compared: exactly what differs is listed on either side.

use jiff::SignedDuration;
use serde_json::Value;
use yuandu_exchange::{MendReject, Side};
use yuandu_store::{Change, Plan};

use crate::pair::{CONTRACT, City, Pair};

/// Changes what the consumer holds, as a restored backup or a hand in the database would.
fn meddle(city: &City, change: Change) {
    let ctx = city.ctx();
    let entry = ctx.entry("test.meddle", "test", Value::Null);
    let plan = Plan::new(ctx.realm, entry).change(change);
    city.store.commit(plan).unwrap();
}

fn found(city: &City, batch: i64, side: Side) -> Vec<(String, String)> {
    let found = city
        .exchange
        .list_differences(&city.ctx(), (CONTRACT, batch), side);
    let found = found.unwrap().into_iter();
    found.map(|one| (one.record, one.kind)).collect()
}

#[test]
fn a_comparison_lists_exactly_what_differs_on_both_sides() {
    let pair = Pair::new();
    pair.fill(2_300);
    pair.begin();
    pair.run();
    let ctx = pair.provider.ctx();
    let exchange = &pair.provider.exchange;
    assert_eq!(exchange.begin_comparison(&ctx, CONTRACT).unwrap(), 2);
    pair.run();
    let batch = pair.provider.batch(Side::Provider);
    assert_eq!(
        (batch.kind.as_str(), batch.state.as_str()),
        ("compare", "settled")
    );
    assert_eq!(pair.consumer.batch(Side::Consumer).state, "settled");

    let copy = |record: &str| {
        Change::delete("exchange_copies")
            .key("contract", CONTRACT)
            .key("record", record.to_owned())
    };
    let held = |record: &str| {
        Change::put("exchange_copies")
            .with("contract", CONTRACT)
            .with("record", record.to_owned())
            .with("row_values", "{}")
            .with("hash", "00".repeat(32))
            .with("batch", 1_i64)
            .with("received_at", ctx.now())
    };
    meddle(&pair.consumer, copy("r000000"));
    meddle(&pair.consumer, copy("r001777"));
    meddle(&pair.consumer, held("r000900"));
    meddle(&pair.consumer, held("a-before-all"));
    meddle(&pair.consumer, held("z-after-all"));
    pair.provider.table.put("r002300", "新来的");
    exchange.begin_comparison(&ctx, CONTRACT).unwrap();
    pair.run();
    let expected: Vec<(String, String)> = [
        ("a-before-all", "extra"),
        ("r000000", "missing"),
        ("r000900", "different"),
        ("r001777", "missing"),
        ("r002300", "missing"),
        ("z-after-all", "extra"),
    ]
    .map(|(record, kind)| (record.to_owned(), kind.to_owned()))
    .into();
    assert_eq!(found(&pair.provider, 3, Side::Provider), expected);
    assert_eq!(found(&pair.consumer, 3, Side::Consumer), expected);
    let batch = pair.provider.batch(Side::Provider);
    assert_eq!(batch.state, "differs");
    assert_eq!(batch.reason, "different 1; extra 2; missing 3");

    // The next batch mends what is missing or different.
    pair.begin();
    pair.run();
    exchange.begin_comparison(&ctx, CONTRACT).unwrap();
    pair.run();
    let left = found(&pair.consumer, 5, Side::Consumer);
    let kinds: Vec<&str> = left.iter().map(|(_, kind)| kind.as_str()).collect();
    assert_eq!(kinds, ["extra", "extra"]);
    pair.provider.verify();
    pair.consumer.verify();
}

#[test]
fn ends_are_compared_once_a_day_by_themselves() {
    let pair = Pair::new();
    pair.fill(30);
    pair.begin();
    pair.run();
    pair.clock.advance(SignedDuration::from_hours(1));
    pair.run();
    let kinds = |pair: &Pair| {
        let batches = pair
            .provider
            .exchange
            .list_batches(&pair.provider.ctx(), CONTRACT);
        let batches = batches.unwrap().into_iter();
        batches.map(|batch| batch.kind).collect::<Vec<_>>()
    };
    assert_eq!(kinds(&pair), ["push"], "not on the day it was passed on");
    pair.clock.advance(SignedDuration::from_hours(24));
    pair.run();
    pair.run();
    assert_eq!(kinds(&pair), ["compare", "push"]);
    pair.clock.advance(SignedDuration::from_hours(24));
    pair.run();
    assert_eq!(kinds(&pair), ["compare", "compare", "push"]);
}

#[test]
fn rejected_rows_are_mended_and_taken_after_all() {
    let pair = Pair::new();
    pair.fill(3);
    pair.provider.table.put("r000001", "");
    pair.begin();
    pair.run();
    let (exchange, ctx) = (&pair.consumer.exchange, pair.consumer.ctx());
    let held = |pair: &Pair| {
        pair.consumer
            .query("SELECT record FROM exchange_copies")
            .len()
    };
    assert_eq!(
        exchange.replay_rejects(&ctx, (CONTRACT, 1), None).unwrap(),
        0
    );
    assert_eq!(held(&pair), 2, "it is as wrong as before");
    let mut mend = MendReject {
        part: 1,
        place: 1,
        values: serde_json::Map::new(),
    };
    assert!(
        exchange
            .replay_rejects(&ctx, (CONTRACT, 1), Some(&mend))
            .is_err()
    );
    mend.values.insert("name".into(), "补上的名字".into());
    assert_eq!(
        exchange
            .replay_rejects(&ctx, (CONTRACT, 1), Some(&mend))
            .unwrap(),
        1
    );
    assert_eq!(held(&pair), 3);
    let again = exchange.replay_rejects(&ctx, (CONTRACT, 1), Some(&mend));
    assert_eq!(again.unwrap(), 0, "once");
    // Until the source is mended too, the comparison says so.
    let provider = pair.provider.ctx();
    pair.provider
        .exchange
        .begin_comparison(&provider, CONTRACT)
        .unwrap();
    pair.run();
    let expected = vec![("r000001".to_owned(), "different".to_owned())];
    assert_eq!(found(&pair.consumer, 2, Side::Consumer), expected);
    pair.consumer.verify();
}
