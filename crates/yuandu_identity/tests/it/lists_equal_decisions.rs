//! A list shows exactly the rows that single decisions would allow, and menus offer what some row allows: for the committed
//! policies and for random ones.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::{Config, TestRunner};
use yuandu_identity::ResourceKind::{Case, Task};
use yuandu_identity::{
    Actor, Attr, ColumnMap, Gate, OpCtx, PolicySource, Resource, ResourceKind, Scope,
};
use yuandu_store::{Change, Plan, Store, TableDef, TemporaryStore, Value};

use crate::cast::{acting, city_care, city_care_gate, officer, org, user};

const REALM: i64 = 370_700;
const ROWS: u32 = 120;
const ROLES: [&str; 6] = [
    "city-care.collector",
    "city-care.seat",
    "city-care.handler",
    "city-care.inspector",
    "city-care.arbiter",
    "city-care.leader",
];
const CATEGORIES: [&str; 5] = ["", "01001", "01002", "02003", "03001"];
const CLASSES: [&str; 4] = ["", "01", "02", "03"];
const GRIDS: [&str; 4] = ["", "g1", "g2", "g3"];
const DIVISIONS: [&str; 5] = ["", "370705003001", "370705004002", "370702001001", "3707"];
const STATUS: [&str; 4] = ["", "open", "closed", "refused"];

struct Row {
    id: String,
    cells: Vec<(&'static str, Option<Attr>)>,
}

impl Row {
    fn resource(&self, kind: ResourceKind) -> Resource {
        let mut resource = Resource::new(kind, &self.id);
        for (name, value) in &self.cells {
            if let Some(value) = value {
                resource.attrs.insert(name, value.clone());
            }
        }
        resource
    }
}

/// A small generator of its own, so that the table is the same on every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    /// One of the texts; the empty one is stored now as empty text, now as no value at all.
    fn text(&mut self, texts: &[String]) -> Option<Attr> {
        let text = &texts[self.roll(texts.len())];
        (!text.is_empty() || self.roll(2) == 0).then(|| Attr::from(text.as_str()))
    }

    fn number(&mut self) -> Option<Attr> {
        (self.roll(3) > 0).then(|| Attr::Int(i64::try_from(self.roll(10)).unwrap()))
    }
}

fn orgs() -> Vec<String> {
    vec![String::new(), org(1).to_string(), org(2).to_string()]
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn case_row(dice: &mut Dice, id: u32) -> Row {
    let cells = vec![
        (
            "system",
            dice.text(&owned(&["city-care", "city-care", "hotline"])),
        ),
        ("category", dice.text(&owned(&CATEGORIES))),
        ("class", dice.text(&owned(&CLASSES))),
        ("division", dice.text(&owned(&DIVISIONS))),
        ("grid", dice.text(&owned(&GRIDS))),
        ("org", dice.text(&orgs())),
        ("status", dice.text(&owned(&STATUS))),
        ("stage", dice.text(&owned(&["", "open", "handle"]))),
        ("opened_at", dice.number()),
        ("due_at", dice.number()),
    ];
    Row {
        id: id.to_string(),
        cells,
    }
}

fn task_row(dice: &mut Dice, id: u32) -> Row {
    let roles: Vec<String> = owned(&ROLES)
        .into_iter()
        .chain(["hotline.seat".into()])
        .collect();
    let cells = vec![
        ("node", dice.text(&owned(&["accept", "handle"]))),
        ("role", dice.text(&roles)),
        ("org", dice.text(&orgs())),
        (
            "assignee",
            dice.text(&[String::new(), user(1).to_string(), user(2).to_string()]),
        ),
        ("category", dice.text(&owned(&CATEGORIES))),
        ("class", dice.text(&owned(&CLASSES))),
        ("grid", dice.text(&owned(&GRIDS))),
        ("status", dice.text(&owned(&STATUS))),
    ];
    Row {
        id: id.to_string(),
        cells,
    }
}

struct Shelf {
    store: TemporaryStore,
    cases: Vec<Row>,
    tasks: Vec<Row>,
}

fn table(name: &str, row: &Row) -> TableDef {
    let number = |name: &str| matches!(name, "opened_at" | "due_at");
    let table = TableDef::new(name).text("id").key(["id"]);
    row.cells.iter().fold(table, |table, (name, _)| {
        if number(name) {
            table.opt_int(name)
        } else {
            table.opt_text(name)
        }
    })
}

fn shelf() -> Shelf {
    let mut dice = Dice(7);
    let cases: Vec<Row> = (0..ROWS).map(|id| case_row(&mut dice, id)).collect();
    let tasks: Vec<Row> = (0..ROWS).map(|id| task_row(&mut dice, id)).collect();
    let store = Store::temporary(&[table("cases", &cases[0]), table("tasks", &tasks[0])]).unwrap();
    let ctx = OpCtx::for_testing(Actor::System("test"));
    for (name, rows) in [("cases", &cases), ("tasks", &tasks)] {
        let changes = rows.iter().map(|row| {
            row.cells.iter().fold(
                Change::put(name).with("id", row.id.as_str()),
                |change, (column, value)| {
                    change.with(
                        *column,
                        match value {
                            None => Value::Null,
                            Some(Attr::Text(text)) => Value::from(text),
                            Some(Attr::Int(number)) => Value::Int(*number),
                        },
                    )
                },
            )
        });
        let entry = ctx.entry("test.fill", name, serde_json::Value::Null);
        store
            .commit(Plan::new(ctx.realm, entry).changes(changes.collect::<Vec<_>>()))
            .unwrap();
    }
    Shelf {
        store,
        cases,
        tasks,
    }
}

impl Shelf {
    /// Compares the rows of the list with the rows decided one by one; returns how many passed.
    fn compare(&self, gate: &Gate, ctx: &OpCtx, action: &str, kind: ResourceKind) -> usize {
        let (table, rows, columns) = match kind {
            Task => ("tasks", &self.tasks, ColumnMap::tasks("t")),
            _ => ("cases", &self.cases, ColumnMap::cases("t")),
        };
        let filter = gate.filter(ctx, action, kind, &columns, 2).unwrap();
        let sql = format!(
            "SELECT t.id FROM {table} t WHERE t.realm = $1 AND {}",
            filter.sql
        );
        let params: Vec<Value> = std::iter::once(Value::Int(REALM))
            .chain(filter.params.clone())
            .collect();
        let listed: BTreeSet<String> = self
            .store
            .read(|reader| reader.query(&sql, &params))
            .unwrap()
            .iter()
            .map(|row| row.text("id").unwrap())
            .collect();
        let decided: BTreeSet<String> = rows
            .iter()
            .filter(|row| gate.decide(ctx, action, &row.resource(kind)).allowed)
            .map(|row| row.id.clone())
            .collect();
        assert_eq!(
            listed, decided,
            "{action} by {:?}\n{sql}\n{params:?}",
            ctx.actor
        );
        // The third answer, that of menus and buttons: what some row allows is offered, and what is never offered no row allows.
        assert!(
            listed.is_empty() || gate.may_ever(ctx, action, kind),
            "{action} by {:?} is allowed on {listed:?} but not offered",
            ctx.actor
        );
        listed.len()
    }
}

fn scope_part(values: &'static [&'static str]) -> impl Strategy<Value = Option<BTreeSet<String>>> {
    proptest::option::of(
        subsequence(values, 0..=values.len())
            .prop_map(|some| some.iter().map(|text| (*text).to_owned()).collect()),
    )
}

fn actor() -> impl Strategy<Value = OpCtx> {
    let scope = (
        scope_part(&["01", "02003", "01002"]),
        scope_part(&["3707", "370705", "370705004", "370702001001"]),
        scope_part(&["g1", "g2"]),
    )
        .prop_map(|(categories, divisions, grids)| Scope {
            categories,
            divisions,
            grids,
        });
    let an_officer = (subsequence(&ROLES[..], 0..=3), scope)
        .prop_map(|(roles, scope)| acting(officer(&roles, scope)));
    prop_oneof![
        8 => an_officer,
        1 => Just(OpCtx::for_testing(Actor::Anonymous)),
        1 => Just(OpCtx::for_testing(Actor::System("timer"))),
    ]
}

/// Fewer rounds where the policy engine is not optimised; `PROPTEST_CASES` asks for more.
fn cases(few: u32) -> u32 {
    let wished = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|number| number.parse().ok());
    wished.unwrap_or(if cfg!(debug_assertions) {
        few
    } else {
        few * 20
    })
}

fn run(cases: u32, body: impl Fn(&mut TestRunner)) {
    body(&mut TestRunner::new(Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    }));
}

#[test]
fn lists_by_the_committed_policies_show_what_decisions_allow() {
    let (gate, shelf) = (city_care_gate(), shelf());
    run(cases(16), |runner| {
        runner
            .run(&actor(), |ctx| {
                for action in [
                    "cases.list",
                    "cases.view",
                    "cases.track",
                    "cases.export",
                    "restricted.view",
                ] {
                    shelf.compare(&gate, &ctx, action, Case);
                }
                for action in ["tasks.complete", "tasks.claim", "restricted.view"] {
                    shelf.compare(&gate, &ctx, action, Task);
                }
                Ok(())
            })
            .unwrap();
    });
}

/// Conditions of the language that lists can be filtered by.
fn condition() -> impl Strategy<Value = String> {
    let text = || {
        select(
            &[
                "",
                "01",
                "01001",
                "open",
                "handle",
                "g1",
                "370705",
                "city-care",
            ][..],
        )
    };
    let attribute = || {
        select(
            &[
                "system", "category", "class", "grid", "org", "status", "stage", "town", "county",
                "division",
            ][..],
        )
    };
    let number = || select(&["due_at", "opened_at"][..]);
    let atom = prop_oneof![
        (attribute(), text()).prop_map(|(name, text)| format!("resource.{name} == \"{text}\"")),
        (attribute(), text()).prop_map(|(name, text)| format!("\"{text}\" != resource.{name}")),
        (attribute(), attribute()).prop_map(|(left, right)| format!("resource.{left} == resource.{right}")),
        (attribute(), attribute()).prop_map(|(left, right)| format!("resource.{left} != resource.{right}")),
        (attribute(), text(), text()).prop_map(|(name, one, two)| format!("[\"{one}\", \"{two}\"].contains(resource.{name})")),
        (attribute(), select(&["01*", "3707*", "*", "open", "c\\*"][..])).prop_map(|(name, like)| format!("resource.{name} like \"{like}\"")),
        (number(), select(&["<", "<=", ">", ">=", "==", "!="][..]), 0..10)
            .prop_map(|(name, order, value)| format!("(resource has {name} && resource.{name} {order} {value})")),
        number().prop_map(|name| format!("resource has {name}")),
        Just("(resource has due_at && resource has opened_at && resource.due_at <= resource.opened_at)".to_owned()),
        Just("resource.org == principal.org".to_owned()),
        Just("[principal.org, \"\"].contains(resource.org)".to_owned()),
        (select(&["categories", "divisions", "grids", "roles"][..]), attribute())
            .prop_map(|(set, name)| format!("principal.{set}.contains(resource.{name})")),
        Just("principal.grids.isEmpty()".to_owned()),
        Just("principal.grids.containsAny([\"g1\", \"g3\"])".to_owned()),
        select(&["principal.all_grids", "principal.all_categories"][..]).prop_map(str::to_owned),
        select(&ROLES[..]).prop_map(|role| format!("principal in Role::\"{role}\"")),
        select(&ROLES[..]).prop_map(|role| format!("principal.roles.contains(\"{role}\")")),
    ];
    atom.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left} && {right})")),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left} || {right})")),
            inner.clone().prop_map(|part| format!("!({part})")),
            (inner.clone(), inner.clone())
                .prop_map(|(left, right)| format!("(({left}) == ({right}))")),
            (inner.clone(), inner.clone(), inner)
                .prop_map(|(test, then, other)| format!("(if {test} then {then} else {other})")),
        ]
    })
}

fn policy() -> impl Strategy<Value = String> {
    (select(&["permit", "permit", "permit", "forbid"][..]), select(&["when", "when", "unless"][..]), condition()).prop_map(
        |(effect, clause, condition)| {
            format!(
                "@reason_zh(\"理由\") @reason_en(\"reason\") {effect} (principal is Officer, action == Action::\"cases.list\", \
                 resource is Case) {clause} {{ {condition} }};"
            )
        },
    )
}

/// Loads the policies; those that can never apply are left out, any other problem is a failure.
fn load(policies: &[String]) -> Gate {
    let source = |text: String| PolicySource {
        package: "random".into(),
        file: "random.cedar".into(),
        text,
    };
    match Gate::new(&[city_care(), source(policies.join("\n"))]) {
        Ok(gate) => gate,
        Err(problems) => {
            assert!(
                problems
                    .iter()
                    .all(|problem| problem.code == "policies.invalid"),
                "{problems:#?}\n{policies:#?}"
            );
            let bad: BTreeSet<&str> = problems
                .iter()
                .map(|problem| problem.place.as_str())
                .collect();
            let good: Vec<String> = policies
                .iter()
                .enumerate()
                .filter(|(at, _)| !bad.contains(format!("random.cedar:{}", at + 1).as_str()))
                .map(|(_, policy)| policy.clone())
                .collect();
            assert!(good.len() < policies.len(), "{problems:#?}");
            load(&good)
        }
    }
}

#[test]
fn lists_by_random_policies_show_what_decisions_allow() {
    let shelf = shelf();
    run(cases(24), |runner| {
        let input = (
            proptest::collection::vec(policy(), 2..7),
            proptest::collection::vec(actor(), 1..4),
        );
        runner
            .run(&input, |(policies, actors)| {
                let gate = load(&policies);
                for ctx in actors {
                    shelf.compare(&gate, &ctx, "cases.list", Case);
                }
                Ok(())
            })
            .unwrap();
    });
}

#[test]
fn an_officer_of_ninety_five_categories_gets_one_list_of_them_and_none_gets_nothing() {
    let gate = city_care_gate();
    let seat = |categories: BTreeSet<String>| {
        acting(officer(
            &["city-care.seat"],
            Scope {
                categories: Some(categories),
                ..Scope::default()
            },
        ))
    };
    let ninety_five = seat((1..=95).map(|number| format!("01{number:03}")).collect());
    let filter = gate
        .filter(&ninety_five, "cases.list", Case, &ColumnMap::cases("c"), 2)
        .unwrap();
    assert_eq!(
        filter.params.len(),
        96,
        "the categories once, and the system: {}",
        filter.sql
    );
    let none = gate
        .filter(
            &seat(BTreeSet::new()),
            "cases.list",
            Case,
            &ColumnMap::cases("c"),
            2,
        )
        .unwrap();
    assert!(none.is_nothing(), "{}", none.sql);
    let everything = gate
        .filter(
            &OpCtx::for_testing(Actor::System("timer")),
            "cases.list",
            Case,
            &ColumnMap::cases("c"),
            2,
        )
        .unwrap();
    assert!(everything.is_everything());
}

#[test]
fn a_list_without_a_column_that_a_policy_reads_is_an_error_not_a_guess() {
    let gate = city_care_gate();
    let seat = acting(officer(&["city-care.seat"], Scope::default()));
    let error = gate
        .filter(
            &seat,
            "cases.list",
            Case,
            &ColumnMap::new().column("org", "c.org"),
            1,
        )
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the list of Case has no column for `system`"
    );
}
