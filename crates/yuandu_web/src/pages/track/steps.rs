//! The vertical line of a report's steps: what comes, what is now, what happened.

use maud::{Markup, html};
use yuandu_api::App;
use yuandu_base::Lang;
use yuandu_identity::Directory;
use yuandu_process::{PublicStep, PublicView, Stage};

use crate::pages::here::Here;
use crate::pages::moment;
use crate::pages::public_cases::SYSTEM;
use yuandu_design::components::timeline::{Step, StepState, timeline};

/// A step before it is shown.
struct Told {
    state: StepState,
    title: String,
    when: String,
    who: String,
}

/// The line with the next step on top and the report itself last.
pub(super) fn line(app: &App, here: &Here, view: &PublicView, directory: &Directory) -> Markup {
    let lang = here.lang();
    let mut told = coming(app, here, view);
    told.extend(
        view.steps
            .iter()
            .rev()
            .enumerate()
            .map(|(at, step)| past(app, here, (view, directory), (at, step))),
    );
    let steps: Vec<Step<'_>> = told
        .iter()
        .map(|told| Step {
            state: told.state,
            title: &told.title,
            when: &told.when,
            who: &told.who,
            detail: html! {},
        })
        .collect();
    html! {
        h2 { (lang.pick("办到哪一步了", "Where it stands")) }
        (timeline(lang, &steps))
    }
}

/// The step after the present one, then the present one.
fn coming(app: &App, here: &Here, view: &PublicView) -> Vec<Told> {
    let lang = here.lang();
    let Some(current) = &view.stage else {
        return Vec::new();
    };
    let stages: Vec<Stage> = app
        .engine
        .kind(SYSTEM)
        .map(|kind| kind.declared.stages.clone())
        .unwrap_or_default();
    let at = stages.iter().position(|stage| stage.public == *current);
    let after = at.and_then(|at| stages.get(at + 1));
    let next = after.map(|stage| Told {
        state: StepState::Next,
        title: stage.public.get(lang).to_owned(),
        when: String::new(),
        who: String::new(),
    });
    let now = here.visitor.ctx.now();
    let due = view.due_at.map(|due| {
        let due = moment::minute(lang, &app.calendar(), due, now);
        match lang {
            Lang::Zh => format!("应在 {due} 前完成"),
            Lang::En => format!("should be done by {due}"),
        }
    });
    let present = Told {
        state: StepState::Now,
        title: current.get(lang).to_owned(),
        when: due.unwrap_or_default(),
        who: String::new(),
    };
    next.into_iter().chain([present]).collect()
}

fn past(
    app: &App,
    here: &Here,
    (view, directory): (&PublicView, &Directory),
    (at, step): (usize, &PublicStep),
) -> Told {
    let lang = here.lang();
    let stopped = at == 0 && matches!(view.status.as_str(), "refused" | "withdrawn");
    let who = step
        .org
        .as_deref()
        .map(|org| directory.org_name(org, lang).to_owned());
    Told {
        state: if stopped {
            StepState::Stopped
        } else {
            StepState::Done
        },
        title: title(lang, step),
        when: moment::minute(lang, &app.calendar(), step.at, here.visitor.ctx.now()),
        who: who.unwrap_or_default(),
    }
}

/// 「核实：情况属实」; the stage is left out where the words name it already.
fn title(lang: Lang, step: &PublicStep) -> String {
    let words = capital(step.words.get(lang));
    match &step.stage {
        Some(stage) if !step.words.zh.contains(&stage.zh) => match lang {
            Lang::Zh => format!("{}：{words}", stage.zh),
            Lang::En => format!("{}: {words}", stage.en),
        },
        _ => words,
    }
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
