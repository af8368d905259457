//! Nodes and contracts before anything is sent.

use yuandu_exchange::{ContractState, ExchangeError, ProposeContract};
use yuandu_identity::Actor;

use crate::pair::{CONTRACT, Pair, terms};

fn problems(error: ExchangeError) -> Vec<String> {
    match error {
        ExchangeError::Invalid(problems) => {
            problems.into_iter().map(|problem| problem.place).collect()
        }
        other => panic!("{other}"),
    }
}

#[test]
fn who_applies_does_not_approve() {
    let pair = Pair::of_strangers();
    let (exchange, city) = (&pair.provider.exchange, &pair.provider);
    exchange
        .propose_contract(&city.by("one"), &terms())
        .unwrap();
    let own = exchange.decide_contract(&city.by("one"), CONTRACT, (true, ""));
    assert!(matches!(own, Err(ExchangeError::State(_))));
    let begun = exchange.begin_batch(&city.by("one"), CONTRACT);
    assert!(begun.is_err(), "not in force yet");
    let approved = exchange
        .decide_contract(&city.by("two"), CONTRACT, (true, ""))
        .unwrap();
    assert_eq!(approved.state, ContractState::Approved);
    let again = exchange.decide_contract(&city.by("two"), CONTRACT, (false, "x"));
    assert!(again.is_err());
    city.verify();
}

#[test]
fn all_that_is_wrong_with_a_contract_is_said_at_once() {
    let pair = Pair::of_strangers();
    let wrong = ProposeContract {
        consumer: "370700.nobody.here".parse().unwrap(),
        fields: vec!["name".into(), "salary".into()],
        purpose: " ".into(),
        until: "2020-01-01".parse().unwrap(),
        priority: 0,
        rows_per_day: 0,
        ..terms()
    };
    let refused = pair
        .provider
        .exchange
        .propose_contract(&pair.provider.ctx(), &wrong);
    assert_eq!(
        problems(refused.unwrap_err()),
        [
            "consumer",
            "fields",
            "purpose",
            "until",
            "priority",
            "rows_per_day"
        ]
    );
}

#[test]
fn nobody_without_the_permission_does_anything() {
    let pair = Pair::new();
    let (exchange, ctx) = (
        &pair.provider.exchange,
        pair.provider.ctx().as_actor(Actor::Anonymous),
    );
    assert!(exchange.list_nodes(&ctx).is_err());
    assert!(exchange.monitor(&ctx).is_err());
    assert!(exchange.propose_contract(&ctx, &terms()).is_err());
    assert!(exchange.begin_batch(&ctx, CONTRACT).is_err());
    assert!(exchange.list_rejects(&ctx, CONTRACT, 1).is_err());
    let other = ctx.as_actor(Actor::Service("scim:x".into()));
    assert!(exchange.begin_batch(&other, CONTRACT).is_err());
}

#[test]
fn an_ended_contract_passes_nothing_on() {
    let pair = Pair::new();
    pair.fill(10);
    pair.begin();
    let ctx = pair.provider.ctx();
    pair.provider
        .exchange
        .end_contract(&ctx, CONTRACT, "撤销授权")
        .unwrap();
    assert!(pair.due().is_empty());
    let batch = pair.provider.batch(yuandu_exchange::Side::Provider);
    assert_eq!(batch.state, "stopped");
    assert!(
        batch.reason.contains("the contract is over"),
        "{}",
        batch.reason
    );
}
