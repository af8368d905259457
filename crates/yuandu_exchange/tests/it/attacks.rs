//! Messages that are not what they should be: each refused by its name, and nothing of it kept.

use jiff::SignedDuration;
use yuandu_exchange::{NodeState, Side};

use crate::pair::{CONSUMER, CONTRACT, PROVIDER, Pair, code, incoming, terms};

fn under_way() -> Pair {
    let pair = Pair::new();
    pair.fill(700);
    pair.begin();
    pair
}

#[test]
fn a_replayed_message_is_refused_and_a_repeated_part_is_answered_alike() {
    let pair = under_way();
    let due = pair.due();
    let first = pair.deliver(&due[0]);
    assert_eq!(code(&first), "taken");
    assert_eq!(code(&pair.deliver(&due[0])), "exchange.replayed");
    // The answer was lost: the part comes again with a fresh signature.
    let again = pair.due();
    let second = pair.deliver(&again[0]);
    assert_eq!(second.status, 200);
    assert_eq!(first.body, second.body);
    let held = pair.consumer.query("SELECT record FROM exchange_copies");
    assert_eq!(held.len(), 500, "nothing doubled");
    pair.run();
    pair.assert_same();
}

#[test]
fn an_expired_truncated_or_redirected_message_is_refused() {
    let pair = under_way();
    let due = pair.due();
    let good = incoming(&due[0]);
    let refused = |change: &dyn Fn(&mut yuandu_exchange::Incoming)| {
        let mut message = good.clone();
        change(&mut message);
        let answer = pair.deliver_as(&message);
        assert_ne!(answer.status, 200);
        code(&answer)
    };
    let set = |name: &'static str, value: &'static str| {
        move |message: &mut yuandu_exchange::Incoming| {
            let header = message.headers.iter_mut().find(|(known, _)| known == name);
            value.clone_into(&mut header.unwrap().1);
        }
    };
    assert_eq!(
        refused(&|message| message.body.truncate(900)),
        "exchange.truncated"
    );
    assert_eq!(refused(&set("exchange-part", "2")), "exchange.forged");
    assert_eq!(refused(&set("exchange-batch", "x")), "exchange.forged");
    assert_eq!(
        refused(&|message| message.path = "/other".into()),
        "exchange.forged"
    );
    assert_eq!(
        refused(&|message| message.method = "PUT".into()),
        "exchange.forged"
    );
    assert_eq!(
        refused(&set("exchange-to", "370700.nobody.here")),
        "exchange.unknown_node"
    );
    assert_eq!(refused(&set("signature", "sig1=:AA==:")), "exchange.forged");
    assert_eq!(refused(&set("signature", "x")), "exchange.unsigned");
    let bare = |message: &mut yuandu_exchange::Incoming| {
        message
            .headers
            .retain(|(name, _)| name != "signature-input");
    };
    assert_eq!(refused(&bare), "exchange.unsigned");
    pair.clock.advance(SignedDuration::from_mins(3));
    assert_eq!(refused(&|_| ()), "exchange.expired");
    let kept = pair.consumer.query("SELECT part FROM exchange_parts");
    assert!(kept.is_empty(), "nothing of it was kept");
    // The sender's next try is signed anew and arrives.
    pair.run();
    pair.assert_same();
}

#[test]
fn a_stranger_with_a_key_of_its_own_is_refused() {
    // The same names with other keys: somebody claims to be the provider.
    let (pair, stranger) = (under_way(), under_way());
    let forged = stranger.due();
    assert_eq!(code(&pair.deliver(&forged[0])), "exchange.forged");
    let ctx = pair.consumer.ctx();
    pair.consumer
        .exchange
        .set_node_state(&ctx, PROVIDER, NodeState::Suspended, "调查")
        .unwrap();
    assert_eq!(
        code(&pair.deliver(&pair.due()[0])),
        "exchange.node_suspended"
    );
}

#[test]
fn contracts_that_differ_are_named_and_stop_the_batch() {
    let pair = Pair::of_strangers();
    pair.agree(&pair.provider, &terms());
    pair.fill(5);
    pair.begin();
    let due = pair.due();
    assert_eq!(code(&pair.deliver(&due[0])), "exchange.unknown_contract");
    let narrower = yuandu_exchange::ProposeContract {
        fields: vec!["name".into()],
        ..terms()
    };
    pair.agree(&pair.consumer, &narrower);
    pair.run();
    let batch = pair.provider.batch(Side::Provider);
    assert_eq!(batch.state, "stopped");
    assert!(
        batch.reason.contains("exchange.terms_differ"),
        "{}",
        batch.reason
    );
}

#[test]
fn an_answer_of_somebody_else_settles_nothing() {
    let (pair, stranger) = (under_way(), under_way());
    let due = pair.due();
    let answer = pair.deliver(&due[0]);
    // A part of another message's answer, a stranger's, an unsigned one, an altered one.
    let other = stranger.deliver(&stranger.due()[0]);
    let mut unsigned = answer.clone();
    unsigned.headers.clear();
    let mut altered = answer.clone();
    altered.body.push(b' ');
    let crossed = pair.deliver(&due[1]);
    for wrong in [&other, &unsigned, &altered, &crossed] {
        pair.settle(&due[0], Ok(wrong));
        let left = pair
            .provider
            .query("SELECT reason FROM exchange_outbox WHERE part = 1 AND state = 'waiting'");
        assert_eq!(left.len(), 1, "it still waits");
    }
    // A refusal that nobody signed stops nothing.
    let refusal = yuandu_exchange::Answer {
        status: 403,
        headers: Vec::new(),
        body: br#"{"code":"exchange.forged"}"#.to_vec(),
    };
    pair.settle(&due[0], Ok(&refusal));
    assert_eq!(pair.provider.batch(Side::Provider).state, "filling");
    pair.clock.advance(SignedDuration::from_mins(10));
    pair.run();
    pair.assert_same();
    assert_ne!(PROVIDER, CONSUMER);
    assert_eq!(pair.provider.batch(Side::Provider).contract, CONTRACT);
}

#[test]
fn nonces_are_forgotten_when_their_signatures_count_no_more() {
    let pair = under_way();
    pair.run();
    let kept = || {
        pair.consumer
            .query("SELECT nonce FROM exchange_nonces")
            .len()
    };
    assert!(kept() > 0);
    let ctx = pair.consumer.ctx();
    assert_eq!(pair.consumer.exchange.sweep(&ctx).unwrap(), 0);
    pair.clock.advance(SignedDuration::from_mins(11));
    assert!(pair.consumer.exchange.sweep(&ctx).unwrap() > 0);
    assert_eq!(kept(), 0);
    pair.consumer.verify();
}
