//! A register whose changes are approved: one person proposes, another decides.

use serde_json::json;
use yuandu_identity::OpCtx;
use yuandu_registers::{
    DecideDraft, DraftState, ImportCsv, PutOutcome, PutRecord, RegistersError, RemoveRecord,
};

use crate::town::{Town, data, officer, system};

const REGISTER: &str = "city-care.permit";

fn proposed(town: &Town, ctx: &OpCtx, title: &str) -> String {
    let put = PutRecord {
        register: REGISTER.to_owned(),
        data: data(json!({"number": "1", "title": title})),
        ..PutRecord::default()
    };
    let result = town.registers.put_record(ctx, &put).unwrap();
    assert_eq!(result.outcome, PutOutcome::Proposed);
    result.id
}

fn decide(
    town: &Town,
    ctx: &OpCtx,
    id: &str,
    (approve, reason): (bool, &str),
) -> Result<DraftState, RegistersError> {
    let decide = DecideDraft {
        register: REGISTER.to_owned(),
        id: id.to_owned(),
        approve,
        reason: reason.to_owned(),
    };
    Ok(town.registers.decide_draft(ctx, &decide)?.state)
}

fn title(town: &Town) -> Option<String> {
    let view = town
        .registers
        .get_record(&system(), REGISTER, "1", false)
        .ok()?;
    Some(view.values["title"].as_str().unwrap().to_owned())
}

#[test]
fn what_one_proposes_another_approves_and_only_then_it_counts() {
    let town = Town::new();
    let (one, other) = (officer("one"), officer("other"));
    let id = proposed(&town, &one, "占道许可");
    assert_eq!(title(&town), None);
    assert!(
        matches!(
            decide(&town, &one, &id, (true, "")),
            Err(RegistersError::Invalid { .. })
        ),
        "not by oneself"
    );
    assert_eq!(
        town.registers.list_drafts(&other, REGISTER).unwrap().len(),
        1
    );
    assert_eq!(
        decide(&town, &other, &id, (true, "")).unwrap(),
        DraftState::Approved
    );
    assert_eq!(title(&town).as_deref(), Some("占道许可"));
    assert!(
        town.registers
            .list_drafts(&other, REGISTER)
            .unwrap()
            .is_empty()
    );
    assert!(
        matches!(
            decide(&town, &other, &id, (true, "")),
            Err(RegistersError::Changed { .. })
        ),
        "once"
    );
}

#[test]
fn what_is_refused_needs_a_reason_and_changes_nothing() {
    let town = Town::new();
    let (one, other) = (officer("one"), officer("other"));
    let id = proposed(&town, &one, "占道许可");
    assert!(decide(&town, &other, &id, (false, " ")).is_err());
    assert_eq!(
        decide(&town, &other, &id, (false, "材料不全")).unwrap(),
        DraftState::Refused
    );
    assert_eq!(title(&town), None);
    let again = proposed(&town, &one, "占道许可二");
    assert_ne!(again, id, "a second draft has a name of its own");
}

#[test]
fn a_proposal_that_breaks_rules_is_refused_at_once_and_files_and_removals_by_people_too() {
    let town = Town::new();
    let one = officer("one");
    let put = PutRecord {
        register: REGISTER.to_owned(),
        data: data(json!({"number": "1"})),
        ..PutRecord::default()
    };
    assert!(matches!(
        town.registers.put_record(&one, &put),
        Err(RegistersError::Invalid { .. })
    ));
    let import = ImportCsv {
        register: REGISTER.to_owned(),
        ..ImportCsv::default()
    };
    assert!(
        town.registers
            .import_csv(&one, &import, &mut "number,title\n1,x\n".as_bytes())
            .is_err()
    );
    let remove = RemoveRecord {
        register: REGISTER.to_owned(),
        id: "1".to_owned(),
        version: None,
    };
    assert!(matches!(
        town.registers.remove_record(&one, &remove),
        Err(RegistersError::Invalid { .. })
    ));
    let all = town
        .registers
        .import_csv(&system(), &import, &mut "number,title\n1,x\n".as_bytes());
    assert_eq!(all.unwrap().created, 1, "the platform writes directly");
}
