//! The head of a matter: title, number, lamp and due instant with its derivation, who has it, and what may be done now.

use maud::{Markup, html};
use yuandu_base::Lang;
use yuandu_process::{Beside, ClockView, TaskView};

use super::super::words::Words;
use super::{Gathered, Place, values};
use crate::pages::forms::fresh_key;
use crate::pages::here::Here;
use yuandu_design::components::button::{self, Weight};
use yuandu_design::components::form::{Form, form};
use yuandu_design::components::matter as frame;
use yuandu_design::components::status::{Due, Lamp, tag, tag_wrong};

pub(super) fn head(here: &Here, of: &Gathered, place: &Place) -> Markup {
    let lang = here.lang();
    let case = &of.view.case;
    let words = &of.words;
    let clock = urgent(of);
    let derivation = clock
        .and_then(|clock| clock.projection.as_ref())
        .map(|projection| projection.explain(lang))
        .unwrap_or_default();
    let (rest, instant) = match (case.due_at, clock) {
        (Some(due), _) => (words.rest(due), words.instant(due)),
        (None, Some(_)) => (
            lang.pick(
                "时限停着，等待核查或其他环节",
                "the clock stands still while another step is done",
            )
            .to_owned(),
            String::new(),
        ),
        _ => (String::new(), String::new()),
    };
    let due = (case.status == "open" && !rest.is_empty()).then(|| Due {
        lamp: case
            .due_at
            .map_or(Lamp::Off, |due| words.lamp(Some(due), case.warn_at)),
        rest: &rest,
        instant: &instant,
        derivation: &derivation,
    });
    // What was asked of others stands below; here is what the reader may do.
    let mine = |task: &&TaskView| Beside::of(&task.task).is_none() || task.allowed;
    let tasks = of.view.tasks.iter().filter(mine);
    let menu = yuandu_office::menu::menu(here, &of.view);
    let actions = tasks
        .flat_map(|task| actions(here, of, place, task))
        .chain(Some(menu).filter(|menu| !menu.0.is_empty()));
    frame::head(
        lang,
        &frame::Head {
            title: &words.title_of(case),
            number: &case.number,
            stage: &words.standing(case),
            due,
            holder: &holder(of),
            marks: marks(of),
            actions: actions.collect(),
        },
    )
}

/// The clock that the case's due instant comes from, else one that stands still.
fn urgent(of: &Gathered) -> Option<&ClockView> {
    let due = of.view.case.due_at;
    let clocks = || of.view.clocks.iter().filter(|clock| clock.lamp.is_some());
    clocks()
        .find(|clock| due.is_some() && clock.clock.due == due)
        .or_else(|| clocks().find(|clock| clock.clock.due.is_none()))
}

fn holder(of: &Gathered) -> String {
    let lang = of.words.lang;
    let said: Vec<String> = of
        .view
        .tasks
        .iter()
        .filter(|open| Beside::of(&open.task).is_none())
        .map(|open| {
            let task = &open.task;
            let who = match &task.org {
                Some(org) => of.words.org(org).to_owned(),
                None => of.words.role(&task.role),
            };
            let step = lang.pick(&task.name_zh, &task.name_en);
            match &task.assignee_name {
                Some(name) => match lang {
                    Lang::Zh => format!("{who}「{step}」（{name}已认领）"),
                    Lang::En => format!("{who}: {step} (taken on by {name})"),
                },
                None => match lang {
                    Lang::Zh => format!("{who}「{step}」"),
                    Lang::En => format!("{who}: {step}"),
                },
            }
        })
        .collect();
    said.join(lang.pick("、", ", "))
}

fn marks(of: &Gathered) -> Vec<Markup> {
    let lang = of.words.lang;
    let colours: std::collections::BTreeSet<&str> = of
        .view
        .cards
        .iter()
        .map(|card| card.colour.as_str())
        .collect();
    let mut marks: Vec<Markup> = colours
        .into_iter()
        .map(|colour| match colour {
            "red" => tag_wrong(lang.pick("红牌", "Red card")),
            _ => tag_wrong(lang.pick("黄牌", "Yellow card")),
        })
        .collect();
    if !of.view.children.is_empty() {
        let count = of.view.children.len();
        marks.push(tag(&match lang {
            Lang::Zh => format!("另有 {count} 人上报"),
            Lang::En => format!("{count} more reports"),
        }));
    }
    marks
}

/// What may be done with a task: its outcomes and taking it on; a task of someone else stays readable and says why.
fn actions(here: &Here, of: &Gathered, place: &Place, open: &TaskView) -> Vec<Markup> {
    let lang = here.lang();
    if let Some(reason) = why_not(here, of, open) {
        let step = lang.pick(&open.task.name_zh, &open.task.name_en);
        let label = open
            .outcomes
            .first()
            .map_or(step, |outcome| outcome.label.get(lang));
        return vec![button::refused(label, &reason)];
    }
    let mut primary = true;
    let mut shown: Vec<Markup> = open
        .outcomes
        .iter()
        .map(|outcome| {
            let label = outcome.label.get(lang);
            let weight = match outcome.style.as_deref() {
                Some("caution") => Weight::Grave,
                _ if std::mem::take(&mut primary) => Weight::Primary,
                _ => Weight::Plain,
            };
            if outcome.form.is_some() {
                let act = format!("do={}:{}#act", open.task.id, outcome.id);
                return button::link(label, &place.with(&act), weight);
            }
            let hidden = super::form::hidden(of, place, &outcome.id);
            let inner = html! { (hidden) (button::submit(label, weight)) };
            one_click(
                here,
                &format!("/work/tasks/{}/complete", open.task.id),
                &inner,
            )
        })
        .collect();
    if open.task.role.is_empty() {
        return shown;
    }
    shown.push(hold(here, place, open));
    shown
}

/// Why this officer cannot do the task now; nothing if they can.
fn why_not(here: &Here, of: &Gathered, open: &TaskView) -> Option<String> {
    let lang = here.lang();
    let signed_in = here.visitor.signed_in.as_ref();
    let mine = signed_in.map(|signed_in| signed_in.officer.user.to_string());
    let role = signed_in.is_some_and(|signed_in| signed_in.officer.roles.contains(&open.task.role));
    let other = open
        .task
        .assignee
        .as_ref()
        .filter(|holder| Some(*holder) != mine.as_ref());
    if let Some(holder) = other.filter(|_| role) {
        let name = open.task.assignee_name.as_deref().unwrap_or(holder);
        return Some(match lang {
            Lang::Zh => format!("{name}已认领这一步，请联系其释放后再办。"),
            Lang::En => format!("{name} has taken this step on; ask them to release it."),
        });
    }
    if open.allowed {
        return None;
    }
    let words: &Words = &of.words;
    let who = match &open.task.org {
        Some(org) => words.org(org).to_owned(),
        None => words.role(&open.task.role),
    };
    let said: Vec<&str> = open.reasons.iter().map(|reason| reason.get(lang)).collect();
    let reasons = said.join(lang.pick("；", "; "));
    Some(match lang {
        Lang::Zh => format!("这一步由{who}办理。{reasons}"),
        Lang::En => format!("This step belongs to {who}. {reasons}"),
    })
}

fn hold(here: &Here, place: &Place, open: &TaskView) -> Markup {
    let lang = here.lang();
    let (way, label) = match open.task.assignee {
        None => ("claim", lang.pick("认领", "Take on")),
        Some(_) => ("release", lang.pick("释放", "Release")),
    };
    let inner = html! {
        input type="hidden" name="back" value=(place.base);
        (button::submit(label, Weight::Plain))
    };
    one_click(here, &format!("/work/tasks/{}/{way}", open.task.id), &inner)
}

fn one_click(here: &Here, action: &str, inner: &Markup) -> Markup {
    let key = fresh_key();
    form(
        here.lang(),
        &Form::new(action, &here.csrf).key(&key).unguarded(),
        inner,
    )
}

/// What the matter is about, seen at once: words, place and the photos of the report.
pub(super) fn digest(of: &Gathered) -> Markup {
    let lang = of.words.lang;
    let facts = &of.view.facts;
    let said = facts.get("words").and_then(serde_json::Value::as_str);
    let photos = values::photos(of, "photos");
    html! {
        div class="digest" {
            @if let Some(said) = said { p class="said" { (said) } }
            @if let Some(address) = &of.view.case.address { p class="where" { span class="sr" { (lang.pick("地点：", "Place: ")) } (address) } }
            @if !photos.is_empty() { (values::gallery(of, &photos, lang.pick("上报照片", "Photo of the report"))) }
        }
    }
}
