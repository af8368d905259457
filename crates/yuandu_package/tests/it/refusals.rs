//! Each refusal: one edit of city-care, and exactly one problem with its file, line and code.

use crate::spoiled::Spoiled;

const MANIFEST: &str = "package.toml";
const CASE: &str = "processes/case.bpmn";
const CHECK: &str = "processes/field-check.bpmn";
const FACTS: &str = "registers/case.toml";
const COMPONENT: &str = "registers/component.toml";
const LIMITS: &str = "decisions/limits.dmn";
const ROUTE: &str = "decisions/route.dmn";
const POLICY: &str = "policies/city-care.cedar";
const STORY: &str = "scenarios/01-normal.md";

fn edit(file: &str, from: &str, to: &str) -> Spoiled {
    Spoiled::new().edit(file, from, to)
}

#[test]
fn the_unspoiled_package_is_sound() {
    assert_eq!(Spoiled::new().told(), []);
}

#[test]
fn an_unknown_key_is_named_in_every_kind_of_file() {
    edit(
        MANIFEST,
        "plan_clause = \"B17\"",
        "plan_clause = \"B17\"\nplan_claus = \"B17\"",
    )
    .says(MANIFEST, "plan_claus =", "schema.key_unknown");
    edit(
        FACTS,
        "retention = \"10y\"",
        "retention = \"10y\"\nretain = \"10y\"",
    )
    .says(FACTS, "retain =", "schema.key_unknown");
    edit(
        "forms/close.toml",
        "required = true",
        "required = true\nrequird = true",
    )
    .says("forms/close.toml", "requird", "schema.key_unknown");
    edit(
        "indicators/open-rate.toml",
        "unit = \"%\"",
        "unit = \"%\"\nunits = \"%\"",
    )
    .says("indicators/open-rate.toml", "units", "schema.key_unknown");
    edit(
        "layers/cases.toml",
        "min_zoom = 9",
        "min_zoom = 9\nminzoom = 9",
    )
    .says("layers/cases.toml", "minzoom", "schema.key_unknown");
    edit(
        CASE,
        "<y:end status=\"refused\"/>",
        "<y:end status=\"refused\" state=\"x\"/>",
    )
    .says(CASE, "state=\"x\"", "bpmn.attribute_unknown");
}

#[test]
fn unknown_folders_and_files_are_named() {
    Spoiled::new()
        .with("form/extra.toml", "")
        .says_of_file("form/", "package.folder_unknown");
    Spoiled::new()
        .with("forms/extra.json", "")
        .says_of_file("forms/extra.json", "package.file_unknown");
    Spoiled::new()
        .with("notes.txt", "")
        .says_of_file("notes.txt", "package.file_unknown");
    Spoiled::new()
        .without("README.md")
        .says_of_file("README.md", "package.readme_missing");
    Spoiled::new()
        .with(
            "content/zh/how-it-works.md",
            b"# \xE4\xBD\xA0\n\xFF\n".to_vec(),
        )
        .told()
        .iter()
        .find(|told| {
            **told
                == (
                    "content/zh/how-it-works.md".to_owned(),
                    2,
                    "package.not_utf8".to_owned(),
                )
        })
        .unwrap();
}

#[test]
fn a_misspelt_folder_is_told_once_and_not_again_for_everything_in_it() {
    for (folder, misspelt) in [
        ("forms", "form"),
        ("codes", "code"),
        ("decisions", "decision"),
        ("registers", "register"),
    ] {
        let told = Spoiled::new().renamed(folder, misspelt).told();
        let expected = (
            format!("{misspelt}/"),
            0,
            "package.folder_unknown".to_owned(),
        );
        assert_eq!(told, [expected]);
    }
}

#[test]
fn a_declaration_stands_in_the_file_of_its_name() {
    edit("layers/cases.toml", "id = \"cases\"", "id = \"case\"").says(
        "layers/cases.toml",
        "id = \"case\"",
        "package.file_name",
    );
    edit(MANIFEST, "id = \"city-care\"", "id = \"city-car\"").says(
        MANIFEST,
        "id = \"city-car\"",
        "package.id_folder",
    );
    edit(MANIFEST, "version = \"1.0.0\"", "version = \"1.0\"").says(
        MANIFEST,
        "version =",
        "package.version",
    );
}

#[test]
fn a_code_that_does_not_exist_is_refused_wherever_it_is_written() {
    edit(LIMITS, "<text>\"06010\"</text>", "<text>\"06099\"</text>").says(
        LIMITS,
        "06099",
        "codes.unknown",
    );
    edit(
        ROUTE,
        "<text>\"01\", \"02\"</text>",
        "<text>\"01\", \"99\"</text>",
    )
    .says(ROUTE, "\"99\"", "codes.unknown");
    edit(
        CASE,
        "in (\"collector\", \"import\")",
        "in (\"collector\", \"imported\")",
    )
    .says(CASE, "imported", "codes.unknown");
    edit(
        CHECK,
        "value=\"=&quot;confirmed&quot;\"",
        "value=\"=&quot;conformed&quot;\"",
    )
    .says(CHECK, "conformed", "codes.unknown");
    Spoiled::new()
        .with(
            "codes/category-words.csv",
            "# source: test\n# list: categories\ncode,words\n01001,cover\n99999,nothing\n",
        )
        .says("codes/category-words.csv", "99999", "codes.unknown");
    edit(FACTS, "list = \"findings\"", "list = \"finding\"")
        .told()
        .iter()
        .for_each(|told| assert_eq!(told.2, "codes.list_unknown"));
    edit(FACTS, "list = \"refuse-reasons\"", "list = \"reasons\"").says(
        FACTS,
        "list = \"reasons\"",
        "codes.list_unknown",
    );
}

#[test]
fn an_unreachable_node_and_an_end_that_cannot_be_reached_are_named() {
    edit(
        CASE,
        "<endEvent id=\"closed\"",
        "<endEvent id=\"lost\" name=\"丢失\"><extensionElements><y:label en=\"Lost\"/></extensionElements></endEvent>\n    <endEvent id=\"closed\"",
    )
    .says(CASE, "id=\"lost\"", "bpmn.unreachable");
    let stuck = edit(
        CHECK,
        "<sequenceFlow id=\"c4\" sourceRef=\"field_check\" targetRef=\"back\"/>",
        "",
    );
    stuck.says(CHECK, "userTask id=\"field_check\"", "bpmn.end_unreachable");
    edit(
        CHECK,
        "<endEvent id=\"back\"/>",
        "<endEvent id=\"back\"/><complexGateway id=\"x\"/>",
    )
    .says(CHECK, "complexGateway", "bpmn.element_unknown");
}

#[test]
fn a_role_nobody_can_hold_is_refused() {
    edit(
        MANIFEST,
        "roles = [\"city-care.inspector\"]",
        "roles = [\"city-care.seat\"]",
    )
    .says(MANIFEST, "id = \"inspector\"", "package.role_unheld");
    edit(
        CASE,
        "<y:task role=\"city-care.inspector\"",
        "<y:task role=\"city-care.inspektor\"",
    )
    .says(CASE, "<userTask id=\"close\"", "package.role_unknown");
    edit(
        MANIFEST,
        "roles = [\"city-care.leader\"]",
        "roles = [\"city-care.leader\", \"city-care.boss\"]",
    )
    .says(MANIFEST, "city-care.boss", "package.role_unknown");
    edit(
        POLICY,
        "those without a place yet\")\npermit (\n    principal in Role::\"city-care.collector\"",
        "those without a place yet\")\npermit (\n    principal in Role::\"city-care.colector\"",
    )
    .says(
        POLICY,
        "@id(\"collector-sees-own-grids\")",
        "package.role_unknown",
    );
    edit(MANIFEST, "roles = [\"city-care.leader\"]", "roles = []")
        .told()
        .iter()
        .find(|t| t.2 == "package.post_without_role")
        .unwrap();
}

#[test]
fn a_label_missing_in_a_required_language_is_named() {
    edit(
        MANIFEST,
        "title = { zh = \"领导\", en = \"Leader\" }",
        "title = { zh = \"领导\" }",
    )
    .says(
        MANIFEST,
        "title = { zh = \"领导\" }",
        "schema.label_missing",
    );
    edit(
        FACTS,
        "label = { zh = \"部件\", en = \"Component\" }",
        "label = { zh = \"部件\", en = \"\" }",
    )
    .says(FACTS, "zh = \"部件\", en = \"\"", "schema.label_missing");
    edit(CASE, "<y:label en=\"Sign for\"/>", "").says(
        CASE,
        "<userTask id=\"sign\"",
        "process.label_missing",
    );
    edit(
        CASE,
        "zh=\"签收\" en=\"Sign for\" en_done=\"Signed for\"",
        "zh=\"签收\"",
    )
    .says(
        CASE,
        "<y:outcome id=\"sign\" zh=\"签收\"",
        "bpmn.attribute_missing",
    );
    edit(CASE, " reason-en=\"waiting for the check\"", "").says(
        CASE,
        "reason-zh=\"等待核查\"",
        "process.label_missing",
    );
    Spoiled::new()
        .without("content/en/privacy.md")
        .says_of_file("content/en/privacy.md", "package.page_missing");
    Spoiled::new()
        .with("codes/findings.csv", "# source: test\ncode,name_zh,name_en\nconfirmed,属实,As reported\nnot_found,未见,\nfixed,好,Fixed\nnot_fixed,没好,Not fixed\n")
        .says("codes/findings.csv", "not_found", "schema.label_missing");
}

#[test]
fn forms_name_facts_that_exist_and_are_used() {
    edit("forms/close.toml", "case = \"answer\"", "case = \"anwser\"").says(
        "forms/close.toml",
        "anwser",
        "forms.fact_unknown",
    );
    edit(CASE, "form=\"refuse\"", "form=\"refusal\"")
        .told()
        .iter()
        .find(|t| t.2 == "process.form_missing")
        .unwrap();
    let title = "title = { zh = \"多余\", en = \"Left over\" }\n";
    Spoiled::new()
        .with("forms/extra.toml", title)
        .says_of_file("forms/extra.toml", "package.unused");
    edit(
        "forms/dispatch.toml",
        "default = \"=case.suggested_org\"",
        "default = \"=case.suggested\"",
    )
    .says("forms/dispatch.toml", "default =", "feel.fact_unknown");
    edit(
        "forms/dispatch.toml",
        "default = \"=case.suggested_org\"",
        "default = \"=case.\"",
    )
    .says("forms/dispatch.toml", "[[field]]", "forms.feel");
}

#[test]
fn expressions_name_only_what_is_there() {
    edit(
        CASE,
        "case.send_back_count &gt;= 3",
        "case.sendback_count &gt;= 3",
    )
    .says(CASE, "sendback_count", "process.fact_unknown");
    edit(
        CASE,
        "budget=\"=stage_limits.dispatch\"",
        "budget=\"=stage_limit.dispatch\"",
    )
    .says(CASE, "=stage_limit.", "process.name_unknown");
    edit(
        CASE,
        "budget=\"=stage_limits.dispatch\"",
        "budget=\"=stage_limits.\"",
    )
    .says(CASE, "=stage_limits.\"", "bpmn.feel");
    edit(
        CASE,
        "<y:set field=\"suggested_org\" value=\"=route.org\"",
        "<y:set field=\"suggested\" value=\"=route.org\"",
    )
    .says(CASE, "field=\"suggested\"", "process.fact_not_settable");
    edit(
        ROUTE,
        "if case.component_owner != null",
        "if case.owner != null",
    )
    .says(ROUTE, "case.owner", "feel.fact_unknown");
    edit(
        ROUTE,
        "<requiredDecision href=\"#trade\"/>",
        "<requiredInput href=\"#case\"/>",
    )
    .says(ROUTE, "case.component_owner", "feel.name_unknown");
    edit(
        COMPONENT,
        "required = '=state != \"intact\"'",
        "required = '=stat != \"intact\"'",
    )
    .says(COMPONENT, "=stat !=", "feel.name_unknown");
    edit(
        "indicators/open-rate.toml",
        "case.status = \"open\"",
        "case.standing = \"open\"",
    )
    .says(
        "indicators/open-rate.toml",
        "numerator",
        "indicators.condition",
    );
}

#[test]
fn decisions_and_stages_a_process_names_exist() {
    edit(CASE, "ref=\"handle_limit\"", "ref=\"handling_limit\"").says(
        CASE,
        "<businessRuleTask id=\"limit\"",
        "process.decision_missing",
    );
    edit(CASE, "model=\"route\"", "model=\"routes\"").says(
        CASE,
        "<businessRuleTask id=\"route\"",
        "process.decision_missing",
    );
    edit(
        LIMITS,
        "<inputData id=\"case\" name=\"case\"><variable name=\"case\"/>",
        "<inputData id=\"case\" name=\"kase\"><variable name=\"case\"/>",
    )
    .says(LIMITS, "name=\"kase\"", "decisions.input_unknown");
    edit(CHECK, "stage=\"check\"", "stage=\"chek\"")
        .told()
        .iter()
        .find(|t| t.0 == CHECK && t.2 == "process.stage_missing")
        .unwrap();
    edit(MANIFEST, "process = \"case\"", "process = \"kase\"").says(
        MANIFEST,
        "process = \"kase\"",
        "process.main_missing",
    );
    edit(MANIFEST, "register = \"case\"", "register = \"grid\"")
        .told()
        .iter()
        .find(|t| t.2 == "package.case_register")
        .unwrap();
}

#[test]
fn a_fact_has_one_source() {
    edit(FACTS, "source = \"city-care.component.owner\"\n", "").says(
        FACTS,
        "name = \"component_owner\"",
        "registers.fact_owned",
    );
    edit(
        FACTS,
        "city-care.component.owner",
        "city-care.component.holder",
    )
    .says(FACTS, "component.holder", "registers.source");
    edit(
        FACTS,
        "city-care.component.owner",
        "city-care.component.title",
    )
    .says(FACTS, "component.title", "registers.source_type");
    edit(FACTS, "city-care.component.owner", "assets.component.owner").says(
        FACTS,
        "assets.component",
        "registers.source",
    );
    edit(COMPONENT, "source = \"city-care.grid.street\"\n", "").says(
        COMPONENT,
        "name = \"street\"",
        "registers.fact_owned",
    );
    // What another package owns is refused too, needed or not.
    let grid = "registers/grid.toml";
    let own_name = "name = \"street_name\"\ntype = \"text\"\nmax = 60\n";
    edit(
        grid,
        &format!("{own_name}source = \"spatial.division.name\"\n"),
        own_name,
    )
    .says(grid, "name = \"street_name\"", "registers.fact_owned");
    // A form asks only what no register knows.
    let form = "forms/accept.toml";
    let asks = "case = \"component\"\n";
    edit(
        form,
        asks,
        &format!("{asks}\n[[field]]\ncase = \"component_owner\"\n"),
    )
    .says(form, "case = \"component_owner\"", "forms.fact_known");
    let again = "[[field]]\nname = \"component_state\"\ntype = \"text\"\nlabel = { zh = \"状态\", en = \"State\" }\n";
    edit(form, asks, &format!("{asks}\n{again}")).says(
        form,
        "name = \"component_state\"",
        "registers.fact_owned",
    );
    edit(COMPONENT, "register = \"grid\"", "register = \"grids\"")
        .told()
        .iter()
        .find(|t| t.2 == "registers.unknown")
        .unwrap();
}

#[test]
fn nobody_judges_their_own_work() {
    let same_role = edit(
        CASE,
        "<y:task role=\"city-care.arbiter\" stage=\"handle\"",
        "<y:task role=\"city-care.handler\" stage=\"handle\"",
    );
    same_role.says(CASE, "approves=\"handle\"", "process.duties");
    let stated =
        "approves=\"handle\" reason-zh=\"小城只有一人\" reason-en=\"a small town has one officer\"";
    assert_eq!(
        same_role.edit(CASE, "approves=\"handle\"", stated).told(),
        []
    );
    edit(CASE, " approves=\"handle\"", "")
        .edit(
            CASE,
            "<y:task role=\"city-care.arbiter\" stage=\"handle\"",
            "<y:task role=\"city-care.handler\" stage=\"handle\"",
        )
        .told()
        .iter()
        .find(|t| t.2 == "process.duties")
        .unwrap();
    edit(
        MANIFEST,
        "roles = [\"city-care.inspector\"]",
        "roles = [\"city-care.inspector\", \"city-care.handler\"]",
    )
    .says(
        MANIFEST,
        "\"city-care.inspector\", \"city-care.handler\"",
        "package.duties",
    );
    edit(CASE, "approves=\"handle sign\"", "approves=\"handel\"").says(
        CASE,
        "handel",
        "process.approves_unknown",
    );
}

#[test]
fn policies_and_layers_are_read_by_those_who_use_them() {
    edit(
        POLICY,
        "resource.org == principal.org };\n\n@id(\"command-centre-sees-all\")",
        "resource.organ == principal.org };\n\n@id(\"command-centre-sees-all\")",
    )
    .told()
    .iter()
    .find(|t| t.0 == POLICY && t.2 == "policies.invalid")
    .unwrap();
    edit(
        POLICY,
        "@reason_en(\"anyone may report a problem of the city\")\n",
        "",
    )
    .told()
    .iter()
    .find(|t| t.2 == "policies.reason_missing")
    .unwrap();
    edit(
        "layers/cases.toml",
        "table = \"cases\"",
        "table = \"kases\"",
    )
    .says("layers/cases.toml", "kases", "layers.table_unknown");
    edit(
        "layers/components.toml",
        "lon = \"place_lon\"",
        "lon = \"lon\"",
    )
    .says(
        "layers/components.toml",
        "lon = \"lon\"",
        "layers.column_unknown",
    );
    edit(
        "layers/cases.toml",
        "stage = \"stage\"",
        "stage = \"opened_by\"",
    )
    .says("layers/cases.toml", "opened_by", "layers.sensitive");
}

#[test]
fn scenarios_name_posts_tasks_and_outcomes_that_exist() {
    let story = |block: &str| {
        Spoiled::new().with(STORY, format!("# 一 · One\n\n```scenario\n{block}\n```\n"))
    };
    let begin = "at = \"2026-09-07T09:00\"";
    story(&format!(
        "{begin}\nwho = \"chair@command-centre\"\ndo = \"report\""
    ))
    .says(STORY, "```scenario", "scenarios.post_unknown");
    story(&format!(
        "{begin}\nwho = \"seat@command-centre\"\ndo = \"complete\"\ntask = \"admit\"\noutcome = \"x\""
    ))
    .says(STORY, "```scenario", "scenarios.task_unknown");
    story(&format!(
        "{begin}\nwho = \"seat@command-centre\"\ndo = \"complete\"\ntask = \"accept\"\noutcome = \"x\""
    ))
    .says(STORY, "```scenario", "scenarios.outcome_unknown");
    story(&format!(
        "{begin}\nwho = \"resident\"\ndo = \"report\"\nwiht = 1"
    ))
    .says(STORY, "wiht", "schema.key_unknown");
    story(&format!(
        "{begin}\nwho = \"resident\"\ndo = \"report\"\nexpect.stag = \"x\""
    ))
    .says(STORY, "stag", "scenarios.expect_unknown");
    story(&format!(
        "{begin}\ndo = \"record\"\nregister = \"nowhere.at-all\""
    ))
    .says(STORY, "```scenario", "scenarios.register_unknown");
    story(&format!(
        "{begin}\ndo = \"record\"\nregister = \"grid\"\nfrom = \"2026-02-30\""
    ))
    .says(STORY, "from", "scenarios.step");
    story(&format!(
        "{begin}\nwho = \"seat@command-centre\"\ndo = \"decide\"\nregister = \"grid\"\nrecord = \"1\"\noutcome = \"perhaps\""
    ))
    .says(STORY, "perhaps", "scenarios.step");
    story(&format!(
        "{begin}\ndo = \"read\"\nregister = \"grid\"\nrecord = \"1\""
    ))
    .says(STORY, "# 一 · One", "scenarios.step");
    Spoiled::new()
        .with(
            STORY,
            "# 只有中文\n\n```scenario\nat = \"2026-09-07T09:00\"\ndo = \"wait\"\n```\n",
        )
        .says(STORY, "# 只有中文", "schema.label_missing");
}

#[test]
fn a_need_that_is_not_there_is_named() {
    edit(
        MANIFEST,
        "needs = [\"spatial\"]",
        "needs = [\"spatial\", \"nowhere\"]",
    )
    .says(MANIFEST, "needs =", "package.need");
}

#[test]
fn what_no_case_could_ever_do_is_told() {
    edit(
        CASE,
        "calledElement=\"field-check\">\n      <extensionElements><y:label en=\"Verification",
        "calledElement=\"case\">\n      <extensionElements><y:label en=\"Verification",
    )
    .says(CASE, "calledElement=\"case\"", "process.call_circular");
    edit(CASE, "outcome = \"merge\"", "outcome = \"merg\"").says(
        CASE,
        "outcome = \"merg\"",
        "process.outcome_unknown",
    );
    let form = "forms/send-back.toml";
    edit(form, "field = \"suggested_owner\"", "field = \"owner\"").says(
        form,
        "field = \"owner\"",
        "schema.check_field_unknown",
    );
    edit(form, "!= actor.org", "!= case.organisation").says(form, "holds =", "feel.fact_unknown");
    let form = "forms/dispatch.toml";
    edit(
        form,
        "holding = \"city-care.handler\"",
        "holding = \"city-care.handel\"",
    )
    .says(form, "[[field]]", "package.role_unknown");
}

#[test]
fn a_limit_in_a_table_that_is_no_time_is_told_at_its_cell() {
    for (right, wrong) in [("\"4d\"", "\"4 days\""), ("\"5h\"", "\"5\"")] {
        edit(LIMITS, right, wrong).says(LIMITS, wrong, "decisions.budget");
    }
}
