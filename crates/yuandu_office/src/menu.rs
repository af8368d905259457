//! What the page of a matter shows of this crate: the menu of deeds, and what was asked of whom.

use maud::{Markup, html};
use yuandu_base::Lang;
use yuandu_design::components::status::{tag, tag_wrong};
use yuandu_page::here::Here;
use yuandu_page::words::Words;
use yuandu_process::{Beside, CaseView, TaskRow, TaskView};

use crate::deeds::{self, Deed};

/// Every deed that this officer may do with the matter, as links to its page; nothing when there is none.
#[must_use]
pub fn menu(here: &Here, view: &CaseView) -> Markup {
    let lang = here.lang();
    let steps: Vec<(&TaskView, Vec<&Deed>)> = view
        .tasks
        .iter()
        .map(|task| (task, deeds::for_step(task)))
        .filter(|(_, deeds)| !deeds.is_empty())
        .collect();
    let case = deeds::for_case(view);
    if steps.is_empty() && case.is_empty() {
        return html! {};
    }
    html! {
        details class="hands" {
            summary { (lang.pick("更多办理方式", "More to do with it")) }
            @for (task, deeds) in &steps {
                p class="hint" { (lang.pick(&task.task.name_zh, &task.task.name_en)) }
                ul { @for deed in deeds { (link(lang, view, deed, Some(&task.task.id))) } }
            }
            @if !case.is_empty() {
                p class="hint" { (lang.pick("整件", "The whole matter")) }
                ul { @for deed in &case { (link(lang, view, deed, None)) } }
            }
        }
    }
}

fn link(lang: Lang, view: &CaseView, deed: &Deed, task: Option<&str>) -> Markup {
    html! { li { a class="button" href=(address(view, deed.word, task)) { (deed.label(lang)) } } }
}

/// The address of a deed's page.
fn address(view: &CaseView, word: &str, task: Option<&str>) -> String {
    let task = task.map(|task| format!("&task={task}")).unwrap_or_default();
    format!("/work/cases/{}/hand?do={word}{task}", view.case.id)
}

/// What was asked of whom and is not answered yet; what whoever asked said to the reader comes first.
#[must_use]
pub fn asked(here: &Here, words: &Words, view: &CaseView) -> Markup {
    let lang = here.lang();
    let user = here
        .visitor
        .signed_in
        .as_ref()
        .map(|one| one.officer.user.to_string());
    let questions = || {
        let open = view.tasks.iter().map(|open| &open.task);
        open.chain(&view.later)
            .filter(|task| Beside::of(task).is_some())
    };
    let kept = view.tasks.iter().any(|open| open.task.kept.is_some());
    html! {
        @if questions().next().is_some() {
            section class="asked" aria-labelledby="asked-title" {
                h2 id="asked-title" { (lang.pick("请别人办的", "Asked of others")) }
                @if kept { p { (tag(lang.pick("已作决定，等签署", "Decided; waits for signatures"))) } }
                ul class="links" { @for task in questions() { (question(lang, words, view, task, user.as_deref())) } }
            }
        }
    }
}

fn question(
    lang: Lang,
    words: &Words,
    view: &CaseView,
    task: &TaskRow,
    user: Option<&str>,
) -> Markup {
    let to = match (&task.assignee_name, &task.org) {
        (Some(name), _) => name.clone(),
        (None, Some(org)) => words.org(org).to_owned(),
        (None, None) => words.role(&task.role),
    };
    let asker = task.asked_name.as_deref().unwrap_or_default();
    let own = task.asked_by.is_some() && task.asked_by.as_deref() == user;
    html! {
        li {
            p { strong { (lang.pick(&task.name_zh, &task.name_en)) } " · " (asker) " → " (to)
                @if task.status == "later" { " " (tag(lang.pick("办理后再请", "asked afterwards"))) }
                @if task.urged.is_some() { " " (tag_wrong(lang.pick("已催办", "urged"))) }
                @if let Some(due) = task.due_at { " · " (lang.pick("期限 ", "by ")) (words.instant(due)) }
            }
            @if let Some(said) = &task.words { p { (said) } }
            @if own { a href=(address(view, "question_back", Some(&task.id))) { (lang.pick("收回", "Take it back")) } }
        }
    }
}
