//! A kind of case is made ready only when its parts fit each other.

use crate::city::case_type;

#[test]
fn a_kind_of_case_is_checked_against_what_its_package_declares() {
    assert!(case_type("1").ready().is_ok());
    let mut broken = case_type("1");
    broken
        .fields
        .retain(|f| f.name != "handle_budget" && f.name != "finding");
    broken.stages.retain(|s| s.id != "check");
    broken.forms.remove("close");
    broken.decisions.remove("route");
    broken.models.retain(|m| m.id != "field-check");
    let found = broken.ready().unwrap_err();
    let mut codes: Vec<&str> = found.iter().map(|p| p.code.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(
        codes,
        [
            "process.call_missing",
            "process.decision_missing",
            "process.fact_not_settable",
            "process.fact_unknown",
            "process.form_missing"
        ]
    );
    assert!(
        found
            .iter()
            .all(|p| p.place.starts_with("processes/case.bpmn:")),
        "{found:#?}"
    );
}
