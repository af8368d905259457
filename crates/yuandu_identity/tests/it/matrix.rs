//! The permission matrix, role by action, as a committed text: a change of policy shows as a change of this file.

use std::fmt::Write as _;
use std::path::Path;

use yuandu_identity::{Actor, CaseFacts, Gate, OpCtx, Resource, Scope, TaskFacts};

use crate::cast::{acting, city_care_gate, officer, org, texts};

const ROLES: [&str; 10] = [
    "city-care.collector",
    "city-care.seat",
    "city-care.handler",
    "city-care.inspector",
    "city-care.arbiter",
    "city-care.leader",
    "kernel.admin",
    "kernel.auditor",
    "kernel.registrar",
    "kernel.security",
];

fn case(own: bool) -> Resource {
    let org = org(if own { 1 } else { 2 }).to_string();
    let grid = if own { "own" } else { "other" };
    Resource::case(&CaseFacts {
        id: "c",
        system: "city-care",
        category: "01001",
        class: "01",
        org: &org,
        grid,
        status: "open",
        ..CaseFacts::default()
    })
}

fn task(role: &str, own: bool) -> Resource {
    let org = org(if own { 1 } else { 2 }).to_string();
    let grid = if own { "own" } else { "other" };
    Resource::task(&TaskFacts {
        id: "t",
        system: "city-care",
        role,
        org: &org,
        grid,
        status: "open",
        ..TaskFacts::default()
    })
}

fn rows() -> Vec<(String, String, [Resource; 2])> {
    let mut rows = Vec::new();
    for action in [
        "cases.list",
        "cases.view",
        "cases.track",
        "cases.create",
        "cases.export",
        "restricted.view",
        "log.view",
    ] {
        rows.push((
            action.to_owned(),
            "case".to_owned(),
            [case(true), case(false)],
        ));
    }
    for action in ["tasks.complete", "tasks.claim", "restricted.view"] {
        for role in &ROLES[..5] {
            rows.push((
                action.to_owned(),
                format!("task of {role}"),
                [task(role, true), task(role, false)],
            ));
        }
    }
    for action in [
        "registers.list",
        "registers.view",
        "registers.write",
        "registers.import",
        "registers.export",
    ] {
        for sensitivity in ["open", "internal", "restricted"] {
            let register =
                Resource::register("city-care", "component", sensitivity, "city-management");
            rows.push((
                action.to_owned(),
                format!("{sensitivity} register"),
                [register.clone(), register],
            ));
        }
    }
    let package = Resource::package("city-care");
    rows.push((
        "indicators.view".to_owned(),
        "package".to_owned(),
        [package.clone(), package],
    ));
    for action in [
        "clock.ask",
        "places.view",
        "log.view",
        "admin.view",
        "admin.write",
        "sso.manage",
        "pki.request",
        "pki.view",
        "pki.manage",
    ] {
        rows.push((
            action.to_owned(),
            "system".to_owned(),
            [Resource::system(), Resource::system()],
        ));
    }
    rows
}

fn cell(gate: &Gate, ctx: &OpCtx, action: &str, [own, other]: &[Resource; 2]) -> &'static str {
    match (
        gate.decide(ctx, action, own).allowed,
        gate.decide(ctx, action, other).allowed,
    ) {
        (true, true) => "all",
        (true, false) => "own",
        (false, false) => "-",
        (false, true) => "OTHER ONLY",
    }
}

fn matrix() -> String {
    let gate = city_care_gate();
    let scope = |role: &str| Scope {
        grids: (role == "city-care.collector").then(|| texts(["own"])),
        ..Scope::default()
    };
    let mut actors = vec![("anonymous", OpCtx::for_testing(Actor::Anonymous))];
    actors.extend(ROLES.map(|role| (role, acting(officer(&[role], scope(role))))));
    actors.push((
        "service",
        OpCtx::for_testing(Actor::Service("open311".into())),
    ));
    actors.push(("system", OpCtx::for_testing(Actor::System("timer"))));
    let mut text = String::from(
        "# Who may do what: kernel and city-care. `own` = in the own organisation and grid only. Written by the test `matrix` with YUANDU_UPDATE=1.\n",
    );
    for (action, what, resources) in rows() {
        let _ = writeln!(text, "\n{action} · {what}");
        for (name, ctx) in &actors {
            let cell = cell(&gate, ctx, &action, &resources);
            if cell != "-" {
                let _ = writeln!(text, "  {name:<20} {cell}");
            }
        }
    }
    text
}

#[test]
fn the_permission_matrix_is_the_committed_one() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/snapshots/matrix.txt");
    let matrix = matrix();
    if std::env::var_os("YUANDU_UPDATE").is_some() {
        std::fs::write(&path, &matrix).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        matrix, committed,
        "read the difference; if it is meant, run with YUANDU_UPDATE=1 and commit"
    );
}
