//! The directory and the imports behind it.

use yuandu_base::{Clock, Lang};
use yuandu_identity::{Holding, IdentityError, NewPassword, Password, PersonRecord, Scope};

use crate::cast::{City, PASSWORD, org, organisation, post, seat_post, texts, user};

fn codes(error: IdentityError) -> Vec<String> {
    match error {
        IdentityError::Invalid(problems) => {
            problems.into_iter().map(|problem| problem.code).collect()
        }
        other => panic!("{other}"),
    }
}

#[test]
fn the_directory_shows_names_tree_posts_and_holders() {
    let city = City::new();
    let directory = city.identity.directory(city.system().realm).unwrap();
    let now = city.clock.now();
    assert_eq!(
        directory.org_name(&org(2).to_string(), Lang::En),
        "Organisation 2"
    );
    assert_eq!(
        directory.org_name("closed-long-ago", Lang::Zh),
        "closed-long-ago"
    );
    assert_eq!(
        directory
            .tree()
            .iter()
            .map(|(depth, org)| (*depth, org.id.to_string()))
            .collect::<Vec<_>>(),
        [(0, org(1).to_string()), (1, org(2).to_string())]
    );
    assert_eq!(
        directory
            .holders(&post(1), now)
            .map(|person| person.login.as_str())
            .collect::<Vec<_>>(),
        ["wang.wei"]
    );
    assert_eq!(directory.posts_of(&user(1), now).count(), 2);
    assert_eq!(
        directory.post_title(&post(2).to_string()).unwrap().zh,
        "机构2 岗位2"
    );
    assert_eq!(directory.person_name(&user(1).to_string()), "某人");
}

#[test]
fn the_directory_is_renewed_by_a_change_and_shared_until_then() {
    let city = City::new();
    let realm = city.system().realm;
    let first = city.identity.directory(realm).unwrap();
    assert!(std::sync::Arc::ptr_eq(
        &first,
        &city.identity.directory(realm).unwrap()
    ));
    city.identity
        .import_organisations(&city.system(), &[organisation(3, Some(2))])
        .unwrap();
    let second = city.identity.directory(realm).unwrap();
    assert!(first.org(&org(3)).is_none());
    assert_eq!(second.children(Some(&org(2))).count(), 1);
}

#[test]
fn wrong_organisations_are_all_told_and_none_is_written() {
    let city = City::new();
    let mut nameless = organisation(4, Some(9));
    nameless.name.en.clear();
    let batch = [
        nameless,
        organisation(1, Some(2)),
        organisation(5, None),
        organisation(5, None),
    ];
    let error = city
        .identity
        .import_organisations(&city.system(), &batch)
        .unwrap_err();
    assert_eq!(
        codes(error),
        [
            "identity.text_form",
            "identity.parent_unknown",
            "identity.parent_circle",
            "identity.taken"
        ]
    );
    assert!(
        city.identity
            .directory(city.system().realm)
            .unwrap()
            .org(&org(5))
            .is_none()
    );
}

#[test]
fn a_post_needs_an_organisation_and_a_readable_scope() {
    let city = City::new();
    let mut wrong = seat_post(9, 9, "city-care.seat");
    wrong.scope = Scope {
        categories: Some(texts(["1", "01001"])),
        divisions: Some(texts(["37070"])),
        grids: None,
    };
    let error = city
        .identity
        .import_posts(&city.system(), &[wrong])
        .unwrap_err();
    assert_eq!(
        codes(error),
        [
            "identity.scope_category",
            "identity.scope_division",
            "identity.org_unknown"
        ]
    );
}

#[test]
fn a_taken_login_and_an_easy_password_are_refused() {
    let city = City::new();
    let mut easy = city.person(8, "zhao.lei");
    easy.password = NewPassword::Set(Password::parse("zhao.lei1").unwrap());
    let error = city
        .identity
        .import_people(
            &city.system(),
            &[
                city.person(7, "wang.wei"),
                easy,
                city.person(6, "Bad Login"),
            ],
        )
        .unwrap_err();
    assert_eq!(
        codes(error),
        [
            "identity.taken",
            "identity.login_form",
            "identity.password_short"
        ]
    );
}

#[test]
fn changing_a_person_keeps_the_password() {
    let city = City::new();
    let PersonRecord { mut person, .. } = city.person(1, "wang.wei");
    person.name = "王伟（新）".into();
    city.identity
        .import_people(
            &city.system(),
            &[PersonRecord {
                person,
                password: NewPassword::Keep,
            }],
        )
        .unwrap();
    let session = city.sign_in("wang.wei", PASSWORD).unwrap();
    assert_eq!(session.signed_in.officer.name, "王伟（新）");
}

#[test]
fn a_holding_needs_a_person_a_post_and_an_end_after_its_beginning() {
    let city = City::new();
    let now = city.clock.now();
    let wrong = Holding {
        user: user(9),
        post: post(9),
        from: now,
        to: Some(now),
    };
    let error = city
        .identity
        .import_holdings(&city.system(), &[wrong])
        .unwrap_err();
    assert_eq!(
        codes(error),
        [
            "identity.person_unknown",
            "identity.post_unknown",
            "identity.holding_ends_first"
        ]
    );
}
