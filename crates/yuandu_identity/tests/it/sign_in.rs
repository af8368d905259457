//! Signing in: one answer for every failure, a pause after five, a log entry for each attempt.

use std::time::{Duration, Instant};

use yuandu_base::ErrorKind;
use yuandu_identity::{IdentityError, IdentityOptions, PasswordCost, PersonStatus, SignIn};

use crate::cast::{City, PASSWORD, post, user};

fn results(city: &City, subject: &str) -> Vec<String> {
    let entries = city
        .store
        .log()
        .history(city.system().realm.get().into(), subject)
        .unwrap();
    entries
        .iter()
        .filter(|entry| entry.op == "identity.sign_in")
        .map(|entry| entry.note["result"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn the_right_password_signs_in_whatever_the_case_of_the_login() {
    let city = City::new();
    let session = city.sign_in(" Wang.Wei ", PASSWORD).unwrap();
    assert_eq!(session.signed_in.officer.post, post(1));
    assert!(session.signed_in.officer.roles.contains("city-care.seat"));
    assert_eq!(results(&city, &format!("user/{}", user(1))), ["signed_in"]);
}

#[test]
fn a_chosen_post_must_be_held() {
    let city = City::new();
    let with = |post| SignIn {
        login: "wang.wei".into(),
        password: PASSWORD.into(),
        post: Some(post),
    };
    let session = city
        .identity
        .sign_in(&city.visitor(), &with(post(2)))
        .unwrap();
    assert!(
        session
            .signed_in
            .officer
            .roles
            .contains("city-care.handler")
    );
    let error = city
        .identity
        .sign_in(&city.visitor(), &with(post(3)))
        .err()
        .unwrap();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert_eq!(
        error.messages()[0].en,
        "you hold no such post at present; ask the system administrator"
    );
}

#[test]
fn unknown_login_wrong_password_pause_and_suspension_get_the_same_answer() {
    let city = City::new();
    city.identity
        .set_person_status(&city.system(), &user(2), PersonStatus::Suspended)
        .unwrap();
    for _ in 0..5 {
        city.sign_in("wang.wei", "wrong").err().unwrap();
    }
    let cases = [
        ("nobody", "wrong"),
        ("wang.wei", "wrong"),
        ("wang.wei", PASSWORD),
        ("li.na", PASSWORD),
        ("not a login", "x"),
    ];
    for (login, password) in cases {
        let error = city.sign_in(login, password).err().unwrap();
        assert!(
            matches!(error, IdentityError::SignInRefused),
            "{login}: {error:?}"
        );
    }
    assert_eq!(
        results(&city, &format!("user/{}", user(1)))[4..],
        ["wrong_password", "paused", "paused"]
    );
    assert_eq!(results(&city, &format!("user/{}", user(2))), ["suspended"]);
    assert_eq!(
        results(&city, "user/unknown"),
        ["unknown_login", "unknown_login"]
    );
}

#[test]
fn five_failures_pause_for_fifteen_minutes_and_the_next_five_for_thirty() {
    let city = City::new();
    let fail =
        |times| (0..times).for_each(|_| drop(city.sign_in("wang.wei", "wrong").err().unwrap()));
    fail(4);
    city.sign_in("wang.wei", PASSWORD).unwrap();
    fail(5);
    city.advance(14);
    city.sign_in("wang.wei", PASSWORD).err().unwrap();
    city.advance(1);
    fail(5);
    city.advance(29);
    city.sign_in("wang.wei", PASSWORD).err().unwrap();
    city.advance(1);
    city.sign_in("wang.wei", PASSWORD).unwrap();
    fail(4);
    city.sign_in("wang.wei", PASSWORD).unwrap();
}

#[test]
fn attempts_during_a_pause_do_not_lengthen_it() {
    let city = City::new();
    for _ in 0..20 {
        city.sign_in("wang.wei", "wrong").err().unwrap();
    }
    city.advance(15);
    city.sign_in("wang.wei", PASSWORD).unwrap();
}

#[test]
fn failures_at_the_same_time_are_all_counted_or_told() {
    let city = City::new();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| city.sign_in("wang.wei", "wrong").err().unwrap());
        }
    });
    while results(&city, &format!("user/{}", user(1)))
        .iter()
        .filter(|result| *result == "wrong_password")
        .count()
        < 5
    {
        city.sign_in("wang.wei", "wrong").err().unwrap();
    }
    assert!(city.sign_in("wang.wei", PASSWORD).is_err());
}

#[test]
fn control_characters_and_overlong_passwords_are_refused_with_words() {
    let city = City::new();
    for password in ["a\0b", &"x".repeat(129), ""] {
        let error = city.sign_in("wang.wei", password).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Invalid);
    }
}

#[test]
fn neither_password_nor_token_nor_unknown_login_reaches_the_files() {
    let city = City::new();
    let session = city.sign_in("wang.wei", PASSWORD).unwrap();
    city.sign_in("typed-by-mistake-secret", PASSWORD)
        .err()
        .unwrap();
    city.sign_in("wang.wei", "wrong-but-secret").err().unwrap();
    let mut bytes = Vec::new();
    for file in std::fs::read_dir(city.store.folder())
        .unwrap()
        .map(Result::unwrap)
        .filter(|file| file.path().is_file())
    {
        bytes.extend(std::fs::read(file.path()).unwrap());
    }
    let holds = |text: &str| {
        bytes
            .windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    assert!(
        holds("wang.wei"),
        "the search must be able to find something"
    );
    for secret in [
        PASSWORD,
        "typed-by-mistake-secret",
        "wrong-but-secret",
        &session.token.reveal(),
        &session.signed_in.csrf.reveal(),
    ] {
        assert!(!holds(secret), "{secret}");
    }
}

#[test]
fn an_unknown_login_takes_as_long_as_a_wrong_password() {
    let mut city = City::new();
    let options = IdentityOptions {
        password_cost: PasswordCost {
            memory_kib: 4096,
            passes: 2,
            lanes: 1,
        },
    };
    city.identity = yuandu_identity::Identity::new(
        city.store.shared(),
        std::sync::Arc::clone(city.identity.gate()),
        options,
    )
    .unwrap();
    city.identity
        .import_people(&city.system(), &[city.person(1, "wang.wei")])
        .unwrap();
    let fastest = |login: &str| {
        (0..8)
            .map(|_| {
                let start = Instant::now();
                city.sign_in(login, "wrong").err().unwrap();
                start.elapsed()
            })
            .min()
            .unwrap_or(Duration::ZERO)
    };
    let (unknown, wrong) = (fastest("nobody"), fastest("wang.wei"));
    let ratio = unknown.as_secs_f64() / wrong.as_secs_f64();
    assert!(
        (0.4..2.5).contains(&ratio),
        "unknown {unknown:?}, wrong {wrong:?}"
    );
}
