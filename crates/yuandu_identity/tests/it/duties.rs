//! Separation of duties: nobody administers the system and its security or its audit.

use jiff::SignedDuration;
use yuandu_base::ErrorKind;
use yuandu_identity::Holding;

use crate::cast::{City, post, seat_post, user};

#[test]
fn no_post_joins_two_duties_of_administration() {
    let city = City::new();
    let mut both = seat_post(7, 1, "kernel.admin");
    both.roles.insert("kernel.auditor".to_owned());
    let refused = city
        .identity
        .import_posts(&city.system(), &[both])
        .err()
        .unwrap();
    assert_eq!(refused.kind(), ErrorKind::Invalid);
    let mut fine = seat_post(7, 1, "kernel.admin");
    fine.roles.insert("kernel.registrar".to_owned());
    city.identity.import_posts(&city.system(), &[fine]).unwrap();
}

#[test]
fn nobody_holds_posts_of_two_duties_at_one_time() {
    let city = City::new();
    let ctx = city.system();
    let posts = [
        seat_post(8, 1, "kernel.admin"),
        seat_post(9, 1, "kernel.security"),
    ];
    city.identity.import_posts(&ctx, &posts).unwrap();
    let now = ctx.now();
    let month = SignedDuration::from_hours(24 * 30);
    let hold = |seed, from, to| Holding {
        user: user(1),
        post: post(seed),
        from,
        to,
    };
    let give = |batch: &[Holding]| city.identity.import_holdings(&ctx, batch);
    assert!(
        give(&[hold(8, now, None), hold(9, now, None)]).is_err(),
        "in one batch"
    );
    give(&[hold(8, now, Some(now + month))]).unwrap();
    assert!(
        give(&[hold(9, now + month / 2, None)]).is_err(),
        "beside the one held"
    );
    give(&[hold(9, now + month, None)]).unwrap();
    assert!(
        give(&[hold(8, now, None)]).is_err(),
        "stretched over the later one"
    );
}
