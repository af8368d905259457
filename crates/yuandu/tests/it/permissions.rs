//! Who may ever do which operation, as a committed text: a change of policy or of an operation's permission shows there.

use std::fmt::Write as _;
use std::path::Path;

use yuandu_api::{ANYONE, SIGNED_IN, operations};
use yuandu_identity::{Actor, OpCtx, ResourceKind};

use crate::city::{City, PEOPLE};

fn decided(city: &City, actor: Actor, permission: &str) -> char {
    let signed_in = matches!(actor, Actor::Officer(_));
    let ctx = OpCtx::new(city.app.realm, actor, city.app.clock.clone());
    let ever = match permission {
        ANYONE => true,
        SIGNED_IN => signed_in,
        action => ResourceKind::ALL
            .into_iter()
            .any(|kind| city.app.gate.may_ever(&ctx, action, kind)),
    };
    if ever { '+' } else { '.' }
}

fn table(city: &City) -> String {
    let all = operations::all();
    let mut text = String::from(
        "# Whether a role may ever do an operation (+). Written by the test `permissions` with YUANDU_UPDATE=1.\n\n",
    );
    for (number, operation) in (1..).zip(&all) {
        let _ = writeln!(
            text,
            "{number:>2} {} ({})",
            operation.id, operation.permission
        );
    }
    let head: String = (1..=all.len())
        .map(|number| format!("{number:>3}"))
        .collect();
    let _ = writeln!(text, "\n{:<22}{head}", "");
    let mut rows = vec![("anonymous".to_owned(), Actor::Anonymous)];
    for (login, _, role) in PEOPLE.iter().filter(|(login, ..)| *login != "drains") {
        let officer = city.app.identity.officer(&city.system(), login, None);
        rows.push(((*role).to_owned(), Actor::Officer(officer.unwrap())));
    }
    for (role, actor) in rows {
        let marks: String = all
            .iter()
            .map(|operation| format!("  {}", decided(city, actor.clone(), operation.permission)))
            .collect();
        let _ = writeln!(text, "{role:<22}{marks}");
    }
    text
}

#[test]
fn who_may_ever_do_which_operation_is_what_was_committed() {
    let table = table(&City::new());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/snapshots/operations.txt");
    if std::env::var_os("YUANDU_UPDATE").is_some() {
        std::fs::write(&path, &table).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        table, committed,
        "read the difference; if it is meant, run with YUANDU_UPDATE=1 and commit"
    );
}
