//! What the policies of city-care mean for each of its people, with the words of refusals.

use yuandu_identity::{Actor, CaseFacts, Decision, Gate, OpCtx, Resource, Scope, TaskFacts};

use crate::cast::{acting, city_care_gate, officer, org, texts, user};

fn case(org: &str, grid: &str, category: &str) -> Resource {
    Resource::case(&CaseFacts {
        id: "c1",
        system: "city-care",
        category,
        class: &category[..2],
        division: "370705003001",
        grid,
        org,
        status: "open",
        stage: "handle",
    })
}

fn task(role: &str, org: &str, grid: &str, assignee: &str) -> Resource {
    Resource::task(&TaskFacts {
        id: "t1",
        system: "city-care",
        role,
        org,
        assignee,
        category: "01001",
        class: "01",
        grid,
        status: "open",
        ..TaskFacts::default()
    })
}

fn zh(decision: &Decision) -> String {
    decision
        .reasons
        .iter()
        .map(|reason| reason.zh.as_str())
        .collect::<Vec<_>>()
        .join("；")
}

fn holder(role: &str) -> OpCtx {
    acting(officer(&[role], Scope::default()))
}

struct Scene {
    gate: Gate,
}

impl Scene {
    fn allows(&self, ctx: &OpCtx, action: &str, resource: &Resource) -> bool {
        self.gate.decide(ctx, action, resource).allowed
    }

    fn refuses(&self, ctx: &OpCtx, action: &str, resource: &Resource, words: &str) {
        let decision = self.gate.decide(ctx, action, resource);
        assert!(!decision.allowed);
        assert_eq!(zh(&decision), words);
    }
}

fn scene() -> Scene {
    Scene {
        gate: city_care_gate(),
    }
}

#[test]
fn anyone_reports_and_tracks_but_does_not_see_the_case_file() {
    let (scene, visitor) = (scene(), OpCtx::for_testing(Actor::Anonymous));
    let case = case("", "", "01001");
    assert!(scene.allows(&visitor, "cases.create", &case));
    assert!(scene.allows(&visitor, "cases.track", &case));
    let decision = scene.gate.decide(&visitor, "cases.view", &case);
    assert!(!decision.allowed);
    assert!(
        zh(&decision).starts_with("需要登录，并有"),
        "{}",
        zh(&decision)
    );
    assert!(zh(&decision).contains("坐席员"), "{}", zh(&decision));
}

#[test]
fn a_refusal_names_the_missing_post_in_words() {
    let scene = scene();
    let accept = task("city-care.seat", "", "", "");
    scene.refuses(
        &holder("city-care.handler"),
        "tasks.complete",
        &accept,
        "需要坐席员岗位",
    );
    let decision = scene
        .gate
        .decide(&holder("city-care.handler"), "tasks.complete", &accept);
    assert_eq!(decision.reasons[0].en, "this needs a post of seat officer");
    scene.refuses(
        &holder("city-care.seat"),
        "admin.write",
        &Resource::system(),
        "需要系统管理员岗位",
    );
}

#[test]
fn a_collector_sees_and_completes_only_in_the_grids_of_the_post() {
    let scene = scene();
    let collector = acting(officer(
        &["city-care.collector"],
        Scope {
            grids: Some(texts(["g1"])),
            ..Scope::default()
        },
    ));
    assert!(scene.allows(&collector, "cases.view", &case("", "g1", "01001")));
    scene.refuses(
        &collector,
        "cases.view",
        &case("", "g2", "01001"),
        "不在本岗位负责的网格内",
    );
    assert!(scene.allows(
        &collector,
        "tasks.complete",
        &task("city-care.collector", "", "g1", "")
    ));
    scene.refuses(
        &collector,
        "tasks.complete",
        &task("city-care.collector", "", "g2", ""),
        "不在本岗位负责的网格内",
    );
    assert!(scene.allows(
        &holder("city-care.collector"),
        "cases.view",
        &case("", "g2", "01001")
    ));
}

#[test]
fn a_handler_works_for_the_own_organisation_only() {
    let (scene, handler) = (scene(), holder("city-care.handler"));
    let (own, other) = (org(1).to_string(), org(2).to_string());
    assert!(scene.allows(&handler, "cases.view", &case(&own, "", "01001")));
    scene.refuses(
        &handler,
        "cases.view",
        &case(&other, "", "01001"),
        "由其他单位承办",
    );
    assert!(scene.allows(
        &handler,
        "tasks.complete",
        &task("city-care.handler", &own, "", "")
    ));
    scene.refuses(
        &handler,
        "tasks.complete",
        &task("city-care.handler", &other, "", ""),
        "由其他单位承办",
    );
}

#[test]
fn a_task_someone_else_has_taken_is_refused() {
    let (scene, seat) = (scene(), holder("city-care.seat"));
    assert!(scene.allows(
        &seat,
        "tasks.complete",
        &task("city-care.seat", "", "", &user(1).to_string())
    ));
    scene.refuses(
        &seat,
        "tasks.complete",
        &task("city-care.seat", "", "", &user(2).to_string()),
        "已由其他人领办",
    );
}

#[test]
fn a_seat_is_bound_to_the_categories_and_divisions_of_the_post() {
    let scene = scene();
    let bound = |scope| acting(officer(&["city-care.seat"], scope));
    let by_class = bound(Scope {
        categories: Some(texts(["01", "02003"])),
        ..Scope::default()
    });
    assert!(scene.allows(&by_class, "cases.view", &case("", "", "01001")));
    assert!(scene.allows(&by_class, "cases.view", &case("", "", "02003")));
    scene.refuses(
        &by_class,
        "cases.view",
        &case("", "", "02004"),
        "类别不在本岗位的范围内",
    );
    let nothing = bound(Scope {
        categories: Some(texts([])),
        ..Scope::default()
    });
    scene.refuses(
        &nothing,
        "cases.view",
        &case("", "", "01001"),
        "类别不在本岗位的范围内",
    );
    let county = bound(Scope {
        divisions: Some(texts(["370705"])),
        ..Scope::default()
    });
    assert!(scene.allows(&county, "cases.view", &case("", "", "01001")));
    let elsewhere = bound(Scope {
        divisions: Some(texts(["370702", "370705004"])),
        ..Scope::default()
    });
    scene.refuses(
        &elsewhere,
        "cases.view",
        &case("", "", "01001"),
        "地点不在本岗位的区域内",
    );
}

#[test]
fn leaders_see_all_and_complete_nothing() {
    let (scene, leader) = (scene(), holder("city-care.leader"));
    assert!(scene.allows(&leader, "cases.view", &case("x", "g9", "01001")));
    assert!(scene.allows(&leader, "indicators.view", &Resource::package("city-care")));
    for role in ["collector", "seat", "handler", "inspector", "arbiter"] {
        assert!(
            !scene.allows(
                &leader,
                "tasks.complete",
                &task(&format!("city-care.{role}"), "", "", "")
            ),
            "{role}"
        );
    }
}

#[test]
fn contact_is_seen_by_seat_inspector_and_the_collector_with_the_task() {
    let scene = scene();
    let case = case("", "", "01001");
    for (role, expected) in [
        ("seat", true),
        ("inspector", true),
        ("collector", false),
        ("handler", false),
        ("leader", false),
    ] {
        assert_eq!(
            scene.allows(
                &holder(&format!("city-care.{role}")),
                "restricted.view",
                &case
            ),
            expected,
            "{role}"
        );
    }
    let field_task = task("city-care.collector", "", "g1", "");
    assert!(scene.allows(
        &holder("city-care.collector"),
        "restricted.view",
        &field_task
    ));
    let done = field_task.clone().with("status", "done");
    assert!(!scene.allows(&holder("city-care.collector"), "restricted.view", &done));
    assert!(!scene.allows(&holder("city-care.leader"), "restricted.view", &field_task));
    let both = acting(officer(
        &["city-care.leader", "city-care.seat"],
        Scope::default(),
    ));
    scene.refuses(
        &both,
        "restricted.view",
        &case,
        "领导岗位不查看上报人联系方式",
    );
}

#[test]
fn another_systems_cases_are_nobody_elses_business() {
    let scene = scene();
    let foreign = case("", "", "01001").with("system", "hotline");
    for role in [
        "collector",
        "seat",
        "handler",
        "inspector",
        "arbiter",
        "leader",
    ] {
        scene.refuses(
            &holder(&format!("city-care.{role}")),
            "cases.view",
            &foreign,
            "没有岗位可以办理此操作",
        );
    }
}

#[test]
fn a_decision_tells_the_policies_that_made_it() {
    let decision = scene().gate.decide(
        &holder("city-care.seat"),
        "cases.view",
        &case("", "", "01001"),
    );
    assert_eq!(decision.policies, ["city-care/seat-sees-all"]);
    assert_eq!(zh(&decision), "坐席员查看本岗位类别范围内的全部案卷");
}

#[test]
fn the_platform_itself_acts_and_an_unknown_action_is_refused_to_all() {
    let (scene, timer) = (scene(), OpCtx::for_testing(Actor::System("timer")));
    assert!(scene.allows(
        &timer,
        "tasks.complete",
        &task("city-care.seat", "", "", "")
    ));
    assert!(!scene.allows(&timer, "cases.paint", &case("", "", "01001")));
}

#[test]
fn facts_of_the_wrong_shape_are_refused_even_to_the_platform() {
    let (scene, timer) = (scene(), OpCtx::for_testing(Actor::System("timer")));
    assert!(!scene.allows(&timer, "cases.view", &case("", "", "01001").with("org", 7)));
}

#[test]
fn menus_offer_only_what_could_be_allowed_for_some_resource() {
    use yuandu_identity::ResourceKind::{Case, Package, System};
    let scene = scene();
    let may = |ctx: &OpCtx, action, kind| scene.gate.may_ever(ctx, action, kind);
    assert!(may(&holder("city-care.handler"), "cases.list", Case));
    assert!(!may(
        &holder("city-care.handler"),
        "indicators.view",
        Package
    ));
    assert!(may(&holder("city-care.leader"), "indicators.view", Package));
    assert!(!may(
        &OpCtx::for_testing(Actor::Anonymous),
        "cases.list",
        Case
    ));
    assert!(may(&holder("kernel.admin"), "admin.write", System));
    assert!(!may(&holder("kernel.auditor"), "admin.write", System));
}

#[test]
fn the_case_register_is_reached_through_cases_only() {
    use yuandu_identity::{ColumnMap, ResourceKind};
    let (scene, registrar) = (scene(), holder("kernel.registrar"));
    let register = Resource::register("city-care", "case", "internal", "city-management");
    scene.refuses(
        &registrar,
        "registers.view",
        &register,
        "案卷内容通过案卷页面查看，不经登记簿页面",
    );
    let records = |register| {
        let columns = ColumnMap::records("city-care", register, "internal");
        scene
            .gate
            .filter(
                &registrar,
                "registers.view",
                ResourceKind::Record,
                &columns,
                1,
            )
            .unwrap()
    };
    assert!(records("case").is_nothing());
    assert!(records("component").is_everything());
}
