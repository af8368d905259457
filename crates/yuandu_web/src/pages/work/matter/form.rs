//! The form of a step: the fields its outcome declares, filled with what is known.

use maud::{Markup, html};
use yuandu_process::{FormFieldView, FormView, OutcomeView, TaskView};
use yuandu_schema::FieldType;

use super::super::nearby;
use super::{Gathered, Place};
use crate::pages::forms::declared::Asking;
use crate::pages::forms::fresh_key;
use crate::pages::forms::values::Values;
use crate::pages::here::Here;
use yuandu_design::components::button::{self, Weight};
use yuandu_design::components::form::{Errors, Form, error_summary_naming, form as frame};
use yuandu_design::components::map::{Layer, MapConfig};

/// The form of an outcome with its buttons.
pub(super) fn form(
    here: &Here,
    of: &Gathered,
    place: &Place,
    (task, outcome): (&TaskView, &OutcomeView),
) -> Markup {
    let lang = here.lang();
    let Some(form) = &outcome.form else {
        return html! {};
    };
    let (values, problems) = match &place.refused {
        Some(refused) => (refused.values.clone(), refused.problems.as_slice()),
        None => (known(of, form), [].as_slice()),
    };
    let errors = Errors(problems);
    // A form that stands open by itself must not take the focus.
    let chosen = !place.query.act.is_empty();
    let asking = Asking {
        lang,
        lists: &of.kind.declared.lists,
        directory: &of.words.directory,
        today: of.words.calendar.local_date(of.words.now),
        errors,
        values: &values,
        map: around(of),
    };
    let weight = match outcome.style.as_deref() {
        Some("caution") => Weight::Grave,
        _ => Weight::Primary,
    };
    let label = outcome.label.get(lang);
    let mut buttons = vec![button::submit(label, weight)];
    if place.inbox.is_some() {
        let next = lang.pick("提交，再办下一件", "Send, then the next one");
        buttons.push(button::submit_as(next, "then", "next", Weight::Plain));
    }
    buttons.push(button::link(
        lang.pick("先不办", "Not now"),
        &place.base,
        Weight::Plain,
    ));
    let inner = html! {
        (hidden(of, place, &outcome.id))
        @for view in form.fields.iter().filter(|view| view.visible) { (field(of, &asking, view)) }
        (button::row(&buttons))
    };
    let fields = form.fields.iter().map(|view| &view.field);
    let labels: Vec<(&str, &str)> = fields
        .map(|field| (field.name.as_str(), field.label.get(lang)))
        .collect();
    let action = format!("/work/tasks/{}/complete", task.task.id);
    let key = fresh_key();
    let mut head = Form::new(&action, &here.csrf).key(&key);
    if form
        .fields
        .iter()
        .any(|view| matches!(view.field.kind, FieldType::Photos { .. }))
    {
        head = head.files();
    }
    html! {
        section class="act" id="act" aria-labelledby="act-title" tabindex="-1" data-focus[chosen && problems.is_empty()] {
            h2 id="act-title" { (form.title.get(lang)) }
            (error_summary_naming(lang, &errors, &labels))
            (frame(lang, &head, &inner))
        }
    }
}

/// What a step sends along: the outcome, the case, and where to go afterwards.
pub(super) fn hidden(of: &Gathered, place: &Place, outcome: &str) -> Markup {
    html! {
        input type="hidden" name="outcome" value=(outcome);
        input type="hidden" name="case" value=(of.view.case.id);
        input type="hidden" name="back" value=(place.base);
        @if let Some(view) = &place.inbox { input type="hidden" name="view" value=(view); input type="hidden" name="inbox" value="yes"; }
    }
}

fn field(of: &Gathered, asking: &Asking<'_>, view: &FormFieldView) -> Markup {
    if view.field.kind == FieldType::Component {
        return nearby::select(asking, &view.field, view.required, Some(&of.near));
    }
    asking.field(&view.field, view.required)
}

/// What the form begins with.
fn known(of: &Gathered, form: &FormView) -> Values {
    let mut values = Values::default();
    for view in &form.fields {
        values.set(&view.field, &view.value, of.words.zone());
    }
    values
}

/// The map of a place begins where the case is, among the marks of open cases.
fn around(of: &Gathered) -> MapConfig<'static> {
    let case = &of.view.case;
    let base = MapConfig {
        layers: &[Layer::Divisions, Layer::Grids, Layer::Cases],
        ..MapConfig::default()
    };
    match case.lon.zip(case.lat) {
        Some((lon, lat)) => MapConfig {
            lon,
            lat,
            zoom: 16.0,
            ..base
        },
        None => base,
    }
}
