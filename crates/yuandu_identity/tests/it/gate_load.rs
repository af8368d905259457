//! Loading policies: every problem at once, with file and line.

use yuandu_base::Problem;
use yuandu_identity::{Gate, PolicySource};

const REASONS: &str = "@reason_zh(\"理由\") @reason_en(\"reason\")\n";

fn source(text: &str) -> PolicySource {
    PolicySource {
        package: "parks".into(),
        file: "parks.cedar".into(),
        text: text.into(),
    }
}

fn problems(text: &str) -> Vec<(String, String)> {
    let problems = Gate::new(&[source(text)]).err().unwrap_or_default();
    problems
        .into_iter()
        .map(|Problem { code, place, .. }| (code, place))
        .collect()
}

fn check(text: &str, expected: &[(&str, &str)]) {
    let expected: Vec<(String, String)> = expected
        .iter()
        .map(|(code, place)| ((*code).into(), (*place).into()))
        .collect();
    assert_eq!(problems(text), expected, "{text}");
}

#[test]
fn the_kernel_policies_and_those_of_city_care_load() {
    let gate = crate::cast::city_care_gate();
    let roles = gate.roles_named();
    for role in [
        "city-care.collector",
        "city-care.seat",
        "city-care.handler",
        "city-care.inspector",
        "city-care.arbiter",
        "city-care.leader",
    ] {
        assert!(roles.contains_key(role), "{role}");
    }
}

#[test]
fn all_problems_of_a_file_come_at_once_with_file_and_line() {
    let text = format!(
        "permit (principal, action == Action::\"clock.ask\", resource);\n\
         {REASONS}permit (principal, action == Action::\"cases.paint\", resource);\n\
         {REASONS}permit (principal, action == Action::\"cases.list\", resource)\nwhen {{ resource.colour == \"red\" }};\n\
         {REASONS}permit (principal, action resource);\n"
    );
    check(
        &text,
        &[
            ("policies.reason_missing", "parks.cedar:1"),
            ("policies.reason_missing", "parks.cedar:1"),
            ("policies.action_unknown", "parks.cedar:2"),
            ("policies.not_listable", "parks.cedar:4"),
            ("policies.syntax", "parks.cedar:8"),
            ("policies.invalid", "parks.cedar:2"),
            ("policies.invalid", "parks.cedar:4"),
            ("policies.invalid", "parks.cedar:2"),
        ],
    );
}

#[test]
fn a_condition_that_lists_cannot_be_filtered_by_is_refused_only_where_lists_are_filtered() {
    let by_id = |action: &str| {
        format!(
            "{REASONS}permit (principal, action == Action::\"{action}\", resource == Case::\"7\");"
        )
    };
    check(
        &by_id("cases.list"),
        &[("policies.not_listable", "parks.cedar:1")],
    );
    check(&by_id("cases.create"), &[]);
    let contains = format!(
        "{REASONS}permit (principal, action == Action::\"cases.list\", resource is Case) when {{ resource.stage like \"*x\" }};"
    );
    check(&contains, &[("policies.not_listable", "parks.cedar:1")]);
}

#[test]
fn a_package_may_add_actions_under_its_own_name_only() {
    let with = |action: &str| {
        format!("{REASONS}permit (principal, action == Action::\"{action}\", resource is Case);")
    };
    check(&with("parks.fell_tree"), &[]);
    assert!(
        Gate::new(&[source(&with("parks.fell_tree"))])
            .unwrap()
            .knows("parks.fell_tree")
    );
    assert_eq!(
        problems(&with("roads.close"))[0].0,
        "policies.action_unknown"
    );
}

#[test]
fn the_same_policy_id_twice_is_refused() {
    let one = format!(
        "@id(\"a\") {REASONS}permit (principal, action == Action::\"clock.ask\", resource);\n"
    );
    check(&one.repeat(2), &[("policies.id_taken", "parks.cedar:3")]);
}

#[test]
fn a_policy_that_can_never_apply_is_refused() {
    let never = format!(
        "{REASONS}permit (principal is Officer, action == Action::\"tasks.claim\", resource is Case);"
    );
    check(&never, &[("policies.invalid", "parks.cedar:1")]);
}

#[test]
fn two_packages_may_name_their_policy_files_alike() {
    let text = format!("{REASONS}permit (principal, action == Action::\"clock.ask\", resource);");
    let of = |package: &str| PolicySource {
        package: package.into(),
        file: "policies/main.cedar".into(),
        text: text.clone(),
    };
    assert!(Gate::new(&[of("parks"), of("roads")]).is_ok());
}
