//! Sessions: what a token stands for, and until when.

use yuandu_base::ErrorKind;
use yuandu_identity::{
    Actor, ChangePassword, IdentityError, NewSession, PersonStatus, SessionToken,
};

use crate::cast::{City, PASSWORD, post, seat_post, user};

fn is_in(city: &City, session: &NewSession) -> bool {
    city.identity
        .authenticate(&city.visitor(), &session.token)
        .unwrap()
        .is_some()
}

fn ctx(city: &City, session: &NewSession) -> yuandu_identity::OpCtx {
    session.signed_in.context(&city.visitor())
}

#[test]
fn a_session_lasts_twelve_hours_used_or_not() {
    let city = City::new();
    let session = city.sign_in("wang.wei", PASSWORD).unwrap();
    city.advance(12 * 60 - 1);
    assert!(is_in(&city, &session));
    city.advance(1);
    assert!(!is_in(&city, &session));
    assert_eq!(
        city.identity
            .remove_expired_sessions(&city.system(), 100)
            .unwrap(),
        1
    );
    assert_eq!(
        city.identity
            .remove_expired_sessions(&city.system(), 100)
            .unwrap(),
        0
    );
}

#[test]
fn an_invented_token_stands_for_nobody() {
    let city = City::new();
    assert!(
        city.identity
            .authenticate(&city.visitor(), &SessionToken::random())
            .unwrap()
            .is_none()
    );
}

#[test]
fn signing_out_ends_the_session_at_once_and_twice_does_no_harm() {
    let city = City::new();
    let (session, other) = (
        city.sign_in("wang.wei", PASSWORD).unwrap(),
        city.sign_in("wang.wei", PASSWORD).unwrap(),
    );
    assert!(is_in(&city, &session));
    city.identity
        .sign_out(&city.visitor(), &session.token)
        .unwrap();
    assert!(!is_in(&city, &session));
    city.identity
        .sign_out(&city.visitor(), &session.token)
        .unwrap();
    assert!(is_in(&city, &other));
}

#[test]
fn a_person_sees_and_ends_only_the_own_sessions() {
    let city = City::new();
    let (here, there, foreign) = (
        city.sign_in("wang.wei", PASSWORD).unwrap(),
        city.sign_in("wang.wei", PASSWORD).unwrap(),
        city.sign_in("li.na", PASSWORD).unwrap(),
    );
    assert_eq!(
        city.identity
            .list_sessions(&ctx(&city, &here))
            .unwrap()
            .len(),
        2
    );
    city.identity
        .revoke_session(&ctx(&city, &here), &there.signed_in.session)
        .unwrap();
    assert!(!is_in(&city, &there));
    let error = city
        .identity
        .revoke_session(&ctx(&city, &here), &foreign.signed_in.session)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(is_in(&city, &foreign));
    assert!(matches!(
        city.identity.list_sessions(&city.visitor()),
        Err(IdentityError::Denied { .. })
    ));
}

#[test]
fn switching_the_post_changes_the_powers_and_keeps_the_session() {
    let city = City::new();
    let session = city.sign_in("wang.wei", PASSWORD).unwrap();
    let switched = city
        .identity
        .switch_post(&city.visitor(), &session.token, &post(2))
        .unwrap();
    assert_eq!(
        switched.officer.roles,
        crate::cast::texts(["city-care.handler"])
    );
    let again = city
        .identity
        .authenticate(&city.visitor(), &session.token)
        .unwrap()
        .unwrap();
    assert_eq!(again.officer.post, post(2));
    assert_eq!(again.session, session.signed_in.session);
    let error = city
        .identity
        .switch_post(&city.visitor(), &session.token, &post(3))
        .err()
        .unwrap();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[test]
fn a_holding_that_ends_ends_the_powers_within_a_minute() {
    let city = City::new();
    city.advance(7 * 24 * 60 - 1);
    let session = city.sign_in("wang.wei", PASSWORD).unwrap();
    city.identity
        .switch_post(&city.visitor(), &session.token, &post(2))
        .unwrap();
    assert!(is_in(&city, &session));
    city.advance(2);
    assert!(!is_in(&city, &session));
}

#[test]
fn a_change_of_the_post_reaches_running_sessions_at_once() {
    let city = City::new();
    let session = city.sign_in("wang.wei", PASSWORD).unwrap();
    assert!(is_in(&city, &session));
    city.identity
        .import_posts(&city.system(), &[seat_post(1, 1, "city-care.leader")])
        .unwrap();
    let now = city
        .identity
        .authenticate(&city.visitor(), &session.token)
        .unwrap()
        .unwrap();
    assert_eq!(now.officer.roles, crate::cast::texts(["city-care.leader"]));
}

#[test]
fn suspending_a_person_ends_all_sessions_and_reactivating_lets_in_again() {
    let city = City::new();
    let session = city.sign_in("wang.wei", PASSWORD).unwrap();
    assert!(is_in(&city, &session));
    city.identity
        .set_person_status(&city.system(), &user(1), PersonStatus::Suspended)
        .unwrap();
    assert!(!is_in(&city, &session));
    city.sign_in("wang.wei", PASSWORD).err().unwrap();
    city.identity
        .set_person_status(&city.system(), &user(1), PersonStatus::Active)
        .unwrap();
    assert!(
        !is_in(&city, &session),
        "an ended session does not come back"
    );
    city.sign_in("wang.wei", PASSWORD).unwrap();
}

#[test]
fn a_changed_password_ends_the_other_sessions_and_the_old_password() {
    let city = City::new();
    let (here, there) = (
        city.sign_in("wang.wei", PASSWORD).unwrap(),
        city.sign_in("wang.wei", PASSWORD).unwrap(),
    );
    let change = |current: &str, new: &str| {
        let command = ChangePassword {
            current: current.into(),
            new: new.into(),
            keep: Some(here.signed_in.session.clone()),
        };
        city.identity.change_password(&ctx(&city, &here), &command)
    };
    let new = "青州古城-南阳河-清晨";
    assert!(matches!(
        change("wrong", new),
        Err(IdentityError::SignInRefused)
    ));
    assert!(matches!(
        change(PASSWORD, "short"),
        Err(IdentityError::Invalid(_))
    ));
    assert!(matches!(
        change(PASSWORD, PASSWORD),
        Err(IdentityError::Invalid(_))
    ));
    assert!(is_in(&city, &there));
    change(PASSWORD, new).unwrap();
    assert!(is_in(&city, &here));
    assert!(!is_in(&city, &there));
    city.sign_in("wang.wei", PASSWORD).err().unwrap();
    city.sign_in("wang.wei", new).unwrap();
}

#[test]
fn only_an_administrator_changes_accounts() {
    let city = City::new();
    let (seat, admin) = (
        city.sign_in("wang.wei", PASSWORD).unwrap(),
        city.sign_in("li.na", PASSWORD).unwrap(),
    );
    let suspend = |ctx: &yuandu_identity::OpCtx| {
        city.identity
            .set_person_status(ctx, &user(1), PersonStatus::Suspended)
    };
    for refused in [
        city.visitor(),
        ctx(&city, &seat),
        city.ctx(Actor::Service("open311".into())),
    ] {
        assert!(matches!(
            suspend(&refused),
            Err(IdentityError::Denied { .. })
        ));
    }
    suspend(&ctx(&city, &admin)).unwrap();
}
