//! Second factors: an app's code or a recovery code beside the password, each used once; fresh proofs for sensitive acts.

use jiff::SignedDuration;
use yuandu_base::{Clock as _, ErrorKind};
use yuandu_identity::{Actor, IdentityError, NewSession, OpCtx, SignedIn};

use crate::cast::{City, PASSWORD};

/// The code that an authenticator app would show now, computed here from the standard's text, not by the crate.
fn app_code(city: &City, secret: &str) -> String {
    use hmac::{Hmac, KeyInit, Mac};
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: String = secret
        .chars()
        .map(|letter| format!("{:05b}", alphabet.find(letter).unwrap()))
        .collect();
    let key: Vec<u8> = bits
        .as_bytes()
        .chunks_exact(8)
        .map(|byte| u8::from_str_radix(std::str::from_utf8(byte).unwrap(), 2).unwrap())
        .collect();
    let step = u64::try_from(city.clock.now().as_second() / 30).unwrap();
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(&key).unwrap();
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest[19] & 15);
    let number = u32::from_be_bytes(digest[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

fn own(city: &City, who: &SignedIn) -> OpCtx {
    who.context(&city.visitor())
}

/// Signs someone in and sets up an app; gives its secret and the recovery codes.
fn set_up(city: &City) -> (String, Vec<String>) {
    let who = city.sign_in("wang.wei", PASSWORD).unwrap().signed_in;
    let ctx = own(city, &who);
    let offer = city.identity.offer_totp(&ctx, &who).unwrap();
    let code = app_code(city, &offer.secret);
    let codes = city
        .identity
        .confirm_totp(&ctx, &who, (&offer.offer, &code, "手机"))
        .unwrap();
    city.clock.advance(SignedDuration::from_secs(30));
    (offer.secret, codes)
}

fn first_step(city: &City) -> String {
    match city.sign_in("wang.wei", PASSWORD) {
        Err(IdentityError::SecondFactor { waiting }) => waiting,
        other => panic!("{:?}", other.err()),
    }
}

fn second(city: &City, waiting: &str, code: &str) -> Result<NewSession, IdentityError> {
    city.identity.sign_in_second(&city.visitor(), waiting, code)
}

#[test]
fn with_an_app_the_password_alone_opens_nothing() {
    let city = City::new();
    let (secret, codes) = set_up(&city);
    assert_eq!(codes.len(), 10);
    let waiting = first_step(&city);
    assert!(second(&city, &waiting, "000000").is_err());
    let session = second(&city, &waiting, &app_code(&city, &secret)).unwrap();
    assert_eq!(session.signed_in.methods, ["pwd", "otp", "mfa"]);
    let again = second(&city, &waiting, &app_code(&city, &secret));
    assert!(again.is_err(), "a code works once");
}

#[test]
fn a_recovery_code_works_once_and_however_it_is_typed() {
    let city = City::new();
    let (_, codes) = set_up(&city);
    let typed = codes[3].to_lowercase().replace('-', " ");
    second(&city, &first_step(&city), &typed).unwrap();
    assert!(second(&city, &first_step(&city), &codes[3]).is_err());
    let who = second(&city, &first_step(&city), &codes[4])
        .unwrap()
        .signed_in;
    let (_, left) = city.identity.factors(&own(&city, &who), &who).unwrap();
    assert_eq!(left, 8);
}

#[test]
fn wrong_codes_pause_the_account_like_wrong_passwords_and_a_recovery_code_ends_the_pause() {
    let city = City::new();
    let (secret, codes) = set_up(&city);
    let waiting = first_step(&city);
    for _ in 0..5 {
        assert!(second(&city, &waiting, "123456").is_err());
    }
    assert!(
        second(&city, &waiting, &app_code(&city, &secret)).is_err(),
        "paused"
    );
    let ctx = city.visitor();
    let refused = |login: &str, code: &str| {
        city.identity
            .unlock(&ctx, login, code)
            .err()
            .unwrap()
            .to_string()
    };
    let answers = [
        refused("nobody", &codes[0]),
        refused("wang.wei", "ABCD-EFGH-IJKL-MNOP"),
        refused("wang.wei", &app_code(&city, &secret)),
    ];
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:?}"
    );
    city.identity.unlock(&ctx, "wang.wei", &codes[0]).unwrap();
    second(&city, &waiting, &app_code(&city, &secret)).unwrap();
}

#[test]
fn the_first_step_is_good_for_five_minutes_and_for_its_person_alone() {
    let city = City::new();
    let (secret, _) = set_up(&city);
    let waiting = first_step(&city);
    assert!(second(&city, &waiting[1..], &app_code(&city, &secret)).is_err());
    city.clock.advance(SignedDuration::from_mins(6));
    let late = second(&city, &waiting, &app_code(&city, &secret))
        .err()
        .unwrap();
    assert_eq!(late.kind(), ErrorKind::Invalid);
}

#[test]
fn changing_factors_needs_a_fresh_proof() {
    let city = City::new();
    let (secret, _) = set_up(&city);
    let session = second(&city, &first_step(&city), &app_code(&city, &secret)).unwrap();
    city.clock.advance(SignedDuration::from_mins(11));
    let who = session.signed_in;
    let ctx = own(&city, &who);
    let (factors, _) = city.identity.factors(&ctx, &who).unwrap();
    let old = city
        .identity
        .remove_factor(&ctx, &who, &factors[0].id)
        .err()
        .unwrap();
    assert!(matches!(old, IdentityError::StepUp));
    let token = &session.token;
    let wrong = city
        .identity
        .prove_again(&city.visitor(), token, (PASSWORD, ""));
    assert!(
        wrong.is_err(),
        "the password alone is not enough for someone with an app"
    );
    let fresh = city
        .identity
        .prove_again(
            &city.visitor(),
            token,
            (PASSWORD, &app_code(&city, &secret)),
        )
        .unwrap();
    city.identity
        .remove_factor(&ctx, &fresh, &factors[0].id)
        .unwrap();
    assert_eq!(
        city.identity.factors(&ctx, &fresh).unwrap(),
        (Vec::new(), 0),
        "the codes went with it"
    );
    city.sign_in("wang.wei", PASSWORD).unwrap();
}

#[test]
fn one_password_tried_on_many_accounts_makes_the_network_wait_and_no_other() {
    let city = City::new();
    let from = |address: &str| city.visitor().from_network(address.parse().ok());
    let sign_in = |ctx: &OpCtx, login: &str, password: &str| {
        let command = yuandu_identity::SignIn {
            login: login.to_owned(),
            password: password.to_owned(),
            post: None,
        };
        city.identity.sign_in(ctx, &command)
    };
    let (bad, good) = (from("192.0.2.7"), from("192.0.2.8"));
    for number in 0..40 {
        let refused = sign_in(&bad, &format!("person-{number}"), "Spring2026!")
            .err()
            .unwrap();
        assert!(matches!(refused, IdentityError::SignInRefused));
    }
    let size = city.store.size();
    let waits = sign_in(&bad, "wang.wei", PASSWORD).err().unwrap();
    assert!(matches!(waits, IdentityError::NetworkWaits));
    assert_eq!(city.store.size(), size, "a flood does not fill the log");
    sign_in(&good, "wang.wei", PASSWORD).unwrap();
    city.clock.advance(SignedDuration::from_mins(10));
    sign_in(&bad, "wang.wei", PASSWORD).unwrap();
}

#[test]
fn secrets_of_factors_are_nowhere_in_the_store_as_they_are() {
    let city = City::new();
    let (secret, codes) = set_up(&city);
    let rows = city
        .store
        .read(|reader| {
            reader.query(
                "SELECT secret FROM factors WHERE realm = $1",
                &[370_700_i64.into()],
            )
        })
        .unwrap();
    for row in rows {
        let stored = row.text("secret").unwrap();
        assert!(!stored.contains(&secret));
        assert!(
            codes
                .iter()
                .all(|code| !stored.contains(&code.replace('-', "")))
        );
    }
    assert!(matches!(city.visitor().actor, Actor::Anonymous));
}
