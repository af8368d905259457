//! Questions under a contract: one record, or a batch that is pulled.

use yuandu_exchange::{Answer, Answered, ExchangeError, Outgoing, Side, Why};
use yuandu_identity::Actor;

use crate::pair::{CONTRACT, Pair, code, incoming};

/// The provider answers.
fn answer(pair: &Pair, message: &Outgoing) -> Answer {
    let ctx = pair.provider.by("door").as_actor(Actor::Anonymous);
    pair.provider
        .exchange
        .answer_query(&ctx, &incoming(message))
}

#[test]
fn one_record_is_asked_for_and_only_contracted_fields_are_answered() {
    let pair = Pair::new();
    pair.fill(3);
    let (exchange, ctx) = (&pair.consumer.exchange, pair.consumer.ctx());
    let question = exchange.ask(&ctx, CONTRACT, "r000002").unwrap();
    let said = answer(&pair, &question);
    let Answered::Record(row) = exchange.asked(&ctx, &question, &said).unwrap() else {
        panic!("a record");
    };
    assert_eq!(row.key, "r000002");
    assert_eq!(row.values["name"], "演示2");
    assert!(!row.values.contains_key("secret"));
    // The same question signed once is answered once; the answer belongs to it alone.
    assert_eq!(code(&answer(&pair, &question)), "exchange.replayed");
    let other = exchange.ask(&ctx, CONTRACT, "r000001").unwrap();
    assert!(exchange.asked(&ctx, &other, &said).is_err());

    let nobody = exchange.ask(&ctx, CONTRACT, "r999999").unwrap();
    let refused = exchange.asked(&ctx, &nobody, &answer(&pair, &nobody));
    match refused {
        Err(ExchangeError::Refused(refusal)) => assert_eq!(refusal.why, Why::NoRecord),
        other => panic!("{other:?}"),
    }
    let logged = |city: &crate::pair::City, op: &str| {
        city.query(&format!("SELECT body FROM log WHERE op = '{op}'"))
    };
    let asked = logged(&pair.consumer, "exchange.ask");
    assert_eq!(asked.len(), 1);
    let answered = logged(&pair.provider, "exchange.answer_query");
    let body = answered[0].text("body").unwrap();
    assert!(
        body.contains("signature") && !body.contains("演示2"),
        "{body}"
    );
    pair.provider.verify();
    pair.consumer.verify();
}

#[test]
fn the_consumer_pulls_a_batch_and_nobody_else_asks() {
    let pair = Pair::new();
    pair.fill(40);
    let (exchange, ctx) = (&pair.consumer.exchange, pair.consumer.ctx());
    let question = exchange.pull(&ctx, CONTRACT).unwrap();
    let said = answer(&pair, &question);
    assert_eq!(
        exchange.asked(&ctx, &question, &said).unwrap(),
        Answered::Batch(1)
    );
    let again = exchange.pull(&ctx, CONTRACT).unwrap();
    assert_eq!(answer(&pair, &again).status, 409, "one is under way");
    pair.run();
    pair.assert_same();
    assert_eq!(pair.provider.batch(Side::Provider).state, "settled");
    // A question at the inbox, rows at the door of questions: each refused.
    let question = exchange.pull(&ctx, CONTRACT).unwrap();
    assert_eq!(
        code(&pair.deliver_as(&incoming(&question))),
        "exchange.unknown_node"
    );
    pair.begin();
    let rows = pair.due().remove(0);
    assert_eq!(code(&answer(&pair, &rows)), "exchange.unknown_node");
}
