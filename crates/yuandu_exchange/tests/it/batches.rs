//! Registers passed on, and their receipts.

use jiff::SignedDuration;
use yuandu_exchange::Side;

use crate::pair::{CONSUMER, CONTRACT, PROVIDER, Pair};

#[test]
fn a_register_arrives_whole_and_both_sides_sign_that_the_sums_meet() {
    let pair = Pair::new();
    pair.fill(1_234);
    pair.provider.table.put("r000700", "");
    pair.begin();
    pair.run();

    let (sent, received) = (
        pair.provider.batch(Side::Provider),
        pair.consumer.batch(Side::Consumer),
    );
    assert_eq!(
        (sent.state.as_str(), sent.parts, sent.rows),
        ("settled", 3, 1_234)
    );
    assert_eq!(
        (received.state.as_str(), received.accepted),
        ("settled", 1_233)
    );
    let (ours, theirs) = (sent.receipt.unwrap(), received.receipt.unwrap());
    assert_eq!(ours, theirs, "both hold the same text with both signatures");
    let receipt = ours.receipt().unwrap();
    assert_eq!(receipt.differences(), Vec::<String>::new());
    assert_eq!(
        (receipt.sent, receipt.received, receipt.accepted),
        (1_234, 1_234, 1_233)
    );
    assert_eq!(receipt.rejected, [("schema.required".to_owned(), 1)].into());
    let nodes = pair.consumer.exchange.list_nodes(&pair.consumer.ctx());
    for node in nodes.unwrap() {
        let key = node.public_key.parse().unwrap();
        assert_eq!(ours.is_of_provider(&key), node.id == PROVIDER);
        assert_eq!(ours.is_of_consumer(&key), node.id == CONSUMER);
    }

    let rejects = pair
        .consumer
        .exchange
        .list_rejects(&pair.consumer.ctx(), CONTRACT, 1)
        .unwrap();
    assert_eq!(rejects.len(), 1);
    assert_eq!(rejects[0].record, "r000700");
    assert_eq!(rejects[0].reasons[0].0, "schema.required");
    pair.provider.verify();
    pair.consumer.verify();
    let left = pair.provider.query("SELECT part FROM exchange_outbox");
    assert!(left.is_empty(), "nothing waits");
}

#[test]
fn only_contracted_fields_leave_and_a_later_batch_brings_later_values() {
    let pair = Pair::new();
    pair.fill(20);
    pair.begin();
    for message in pair.due() {
        let body = String::from_utf8(message.body.clone()).unwrap();
        assert!(body.contains("演示7") && !body.contains("not for anybody"));
    }
    pair.run();
    pair.assert_same();
    pair.provider.table.put("r000003", "改名");
    assert_eq!(pair.begin(), 2);
    pair.run();
    pair.assert_same();
    assert_eq!(pair.provider.batch(Side::Provider).state, "settled");
}

#[test]
fn an_empty_register_has_a_receipt_too() {
    let pair = Pair::new();
    pair.begin();
    pair.run();
    let batch = pair.consumer.batch(Side::Consumer);
    assert_eq!((batch.state.as_str(), batch.rows), ("settled", 0));
}

#[test]
fn sums_that_do_not_meet_leave_the_batch_open_by_name_until_they_do() {
    let pair = Pair::new();
    pair.fill(600);
    pair.begin();
    let due = pair.due();
    let (first, second) = (&due[0], &due[1]);
    let answer = pair.deliver(first);
    pair.settle(first, Ok(&answer));
    // The receiver takes the second part and then loses its disk back to the backup made before: its answer is a lie.
    let lost = pair.deliver(second);
    pair.settle(second, Ok(&lost));
    let mut plan = yuandu_store::Plan::new(
        pair.consumer.ctx().realm,
        pair.consumer
            .ctx()
            .entry("test.lose", "test", serde_json::Value::Null),
    );
    plan = plan.change(
        yuandu_store::Change::delete("exchange_parts")
            .key("contract", CONTRACT)
            .key("batch", 1_i64)
            .key("part", 2_i64),
    );
    pair.consumer.store.commit(plan).unwrap();
    pair.run();
    let batch = pair.provider.batch(Side::Provider);
    assert_eq!(batch.state, "open");
    assert_eq!(batch.reason, "parts 1 of 2; sent 600 received 500; content");
    assert_eq!(pair.consumer.batch(Side::Consumer).state, "open");
    let refused = pair
        .provider
        .exchange
        .begin_batch(&pair.provider.ctx(), CONTRACT);
    assert!(refused.unwrap_err().to_string().contains("batch 1"));

    let (exchange, ctx) = (&pair.provider.exchange, pair.provider.ctx());
    assert!(exchange.give_up_batch(&ctx, (CONTRACT, 1), " ").is_err());
    exchange
        .give_up_batch(&ctx, (CONTRACT, 1), "接收方恢复了旧备份")
        .unwrap();
    pair.begin();
    pair.run();
    pair.assert_same();
    assert_eq!(pair.consumer.batch(Side::Consumer).state, "settled");
    let states = pair
        .consumer
        .query("SELECT state FROM exchange_received ORDER BY batch");
    assert_eq!(states[0].text("state").unwrap(), "given_up");
}

#[test]
fn the_quota_of_a_day_holds_and_the_batch_goes_on_the_next_day() {
    let pair = Pair::of_strangers();
    let terms = yuandu_exchange::ProposeContract {
        rows_per_day: 700,
        ..crate::pair::terms()
    };
    pair.agree(&pair.provider, &terms);
    pair.agree(&pair.consumer, &terms);
    pair.fill(1_000);
    pair.begin();
    pair.run();
    let batch = pair.provider.batch(Side::Provider);
    assert_eq!((batch.state.as_str(), batch.rows), ("filling", 500));
    pair.clock.advance(SignedDuration::from_hours(24));
    pair.run();
    assert_eq!(pair.provider.batch(Side::Provider).state, "settled");
    pair.assert_same();
}

#[test]
fn a_schema_that_changes_in_flight_stops_the_batch_and_names_the_field() {
    let pair = Pair::new();
    pair.fill(6_000);
    pair.begin();
    let due = pair.due();
    let answer = pair.deliver(&due[0]);
    pair.settle(&due[0], Ok(&answer));
    pair.provider.table.fields.lock().unwrap()[1].kind = "text".into();
    pair.run();
    let batch = pair.provider.batch(Side::Provider);
    assert_eq!(batch.state, "stopped");
    assert!(
        batch.reason.contains("`born` date -> text"),
        "{}",
        batch.reason
    );

    let other = Pair::new();
    other.fill(10);
    other.begin();
    other.consumer.table.fields.lock().unwrap().remove(1);
    other.run();
    let batch = other.provider.batch(Side::Provider);
    assert_eq!(batch.state, "stopped");
    assert!(
        batch.reason.contains("exchange.schema_changed")
            && batch.reason.contains("`born` date -> -"),
        "{}",
        batch.reason
    );
}
