//! What the history says of what was done by hand.

use serde_json::Value as Json;
use yuandu_base::Lang;

use super::history::{in_post, text};

/// What was asked of others, and what came of it.
pub(super) fn asked(lang: Lang, kind: &str, note: &Json) -> String {
    let ask = text(note, "/ask_name", lang).unwrap_or_default();
    let outcome = text(note, "/outcome_name", lang).unwrap_or_default();
    let step = about(lang, note);
    let to = names(lang, note);
    match (kind, lang) {
        ("asked", Lang::Zh) => format!("{ask}{step}给{to}"),
        ("asked", Lang::En) => format!("{ask}{step}: {to}"),
        ("question_back", Lang::Zh) => format!("收回{ask}{step}：{to}"),
        ("question_back", Lang::En) => format!("Took back: {ask}{step}, {to}"),
        ("kept", Lang::Zh) => format!("{}：{outcome}，等{to}签署", step.trim_matches(['「', '」'])),
        ("kept", Lang::En) => format!("{outcome}{step}, waits for {to} to sign"),
        (_, Lang::Zh) => format!("{ask}{step}：{outcome}"),
        (_, Lang::En) => format!("{ask}{step}: {outcome}"),
    }
}

/// What was done with a step.
pub(super) fn done(lang: Lang, kind: &str, step: &str, note: &Json) -> String {
    let (zh, en) = match kind {
        "send_back" => ("退回", "Sent back"),
        "take_back" => ("撤回", "Taken back"),
        "add_signers" => ("加签", "Signers added"),
        "remove_signer" => ("减签", "Signer removed"),
        "hand_over" => ("转办", "Handed over"),
        _ => ("催办", "Urged"),
    };
    let to = names(lang, note);
    match lang {
        Lang::Zh if to.is_empty() => format!("{zh}「{step}」"),
        Lang::Zh => format!("{zh}「{step}」给{to}"),
        Lang::En if to.is_empty() => format!("{en}: {step}"),
        Lang::En => format!("{en}: {step}, {to}"),
    }
}

/// What was put right, or could not go on by itself.
pub(super) fn repaired(lang: Lang, kind: &str) -> Option<&'static str> {
    let (zh, en) = match kind {
        "repair_proposed" => ("提出修复", "A repair was proposed"),
        "repaired" => ("经两人同意修复", "Repaired by two persons"),
        "repair_refused" => ("修复未获同意", "The repair was refused"),
        "retry_later" => (
            "自动步骤失败，稍后再试",
            "A step failed and will be tried again",
        ),
        "retry" => ("再试一次", "Tried again"),
        "message" => ("收到消息", "A message came"),
        "signal" => ("收到信号", "A signal came"),
        _ => return None,
    };
    Some(lang.pick(zh, en))
}

/// The last signature, with which a decision took effect.
pub(super) fn signed(lang: Lang, note: &Json) -> Option<String> {
    let name = note.pointer("/signed/who/name")?.as_str()?;
    let who = in_post(lang, note, "/signed/who", name);
    let ask = text(note, "/signed/ask_name", lang).unwrap_or_default();
    let words = text(note, "/signed/words", lang).unwrap_or_default();
    let (colon, stop) = (lang.pick("：", ": "), lang.pick("。", ". "));
    let words = Some(words).filter(|words| !words.is_empty());
    let words = words.map_or_else(String::new, |words| format!("{stop}{words}"));
    Some(format!("{ask}{colon}{who}{words}"))
}

fn about(lang: Lang, note: &Json) -> String {
    let step = text(note, "/name", lang);
    step.map_or_else(String::new, |step| match lang {
        Lang::Zh => format!("「{step}」"),
        Lang::En => format!(" “{step}”"),
    })
}

fn names(lang: Lang, note: &Json) -> String {
    let names = note.get("to").and_then(Json::as_array);
    let names: Vec<&str> = names
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .collect();
    names.join(lang.pick("、", ", "))
}
