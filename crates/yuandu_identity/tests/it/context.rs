//! Every way in yields the same context.

use yuandu_identity::{Actor, OpCtx};

use crate::cast::{City, PASSWORD, post, user};

#[test]
fn page_command_line_and_test_act_as_the_same_officer() {
    let city = City::new();
    let session = city.sign_in("wang.wei", PASSWORD).unwrap();
    let page = city
        .identity
        .authenticate(&city.visitor(), &session.token)
        .unwrap()
        .unwrap()
        .context(&city.visitor());
    let command_line = city.ctx(Actor::Officer(
        city.identity
            .officer(&city.system(), "wang.wei", None)
            .unwrap(),
    ));
    let scenario = city.ctx(Actor::Officer(
        city.identity
            .officer(&city.system(), "wang.wei", Some(&post(1)))
            .unwrap(),
    ));
    for other in [&command_line, &scenario] {
        assert_eq!(other.actor, page.actor);
        assert_eq!(other.realm, page.realm);
        assert_eq!(other.now(), page.now());
        assert_eq!(other.actor_name(), page.actor_name());
        let entries =
            [other, &page].map(|ctx| format!("{:?}", ctx.entry("x", "y", serde_json::Value::Null)));
        assert_eq!(entries[0], entries[1]);
    }
    assert_eq!(page.actor_name(), format!("user:{}", user(1)));
}

#[test]
fn the_log_names_every_kind_of_actor() {
    let name = |actor| OpCtx::for_testing(actor).actor_name();
    assert_eq!(name(Actor::Anonymous), "anonymous");
    assert_eq!(name(Actor::System("timer")), "system:timer");
    assert_eq!(name(Actor::Service("open311".into())), "service:open311");
}
