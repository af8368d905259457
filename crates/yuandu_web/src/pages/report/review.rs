//! The page to check a report on before it is recorded: everything told, likely duplicates first, then send or change.

use axum::response::{IntoResponse as _, Response};
use maud::{Markup, html};
use yuandu_api::App;
use yuandu_base::Lang;
use yuandu_places::Similar;

use crate::pages::error::PageError;
use crate::pages::forms::categories::CATEGORIES;
use crate::pages::forms::fresh_key;
use crate::pages::forms::sent::Sent;
use crate::pages::here::Here;
use crate::pages::public_cases::SYSTEM;
use yuandu_design::components::button::{self, Weight};
use yuandu_design::components::form::{Form, form};
use yuandu_design::components::list::facts;
use yuandu_design::components::photo::{self, Photo, gallery};
use yuandu_design::shell::{Audience, render};

use super::draft::Draft;
use super::form::steps;
use super::similar;

/// Names that belong to the form itself and are made anew.
const OWN: [&str; 4] = ["_csrf", "_key", "join", "edit"];

/// Shows the checked report. Nothing is recorded yet; the texts travel with the page.
pub(super) async fn page(
    app: &App,
    here: &Here,
    sent: &Sent,
    draft: Draft,
) -> Result<Response, PageError> {
    let lang = here.lang();
    let alike = alike(app, here, sent, &draft).await?;
    let again = lang.pick("都不是，提交上报", "None of these: send my report");
    let plain = lang.pick("提交上报", "Send the report");
    let body = html! {
        @for (name, text) in sent.texts().filter(|(name, _)| !OWN.contains(name)) {
            input type="hidden" name=(name) value=(text);
        }
        (similar::offer(app, lang, here.visitor.ctx.now(), &alike))
        (told(app, lang, sent, &draft))
        (button::row(&[
            button::submit(if alike.is_empty() { plain } else { again }, Weight::Primary),
            button::submit_as(lang.pick("返回修改", "Change something"), "edit", "1", Weight::Plain),
        ]))
    };
    let key = fresh_key();
    let frame = Form::new("/report/send", &here.csrf).key(&key).unguarded();
    let title = lang.pick("核对后提交", "Check, then send");
    let page = html! {
        h1 { (title) }
        (steps(lang, 1))
        (form(lang, &frame, &body))
    };
    Ok(render(&here.page(Audience::Resident, title), &page).into_response())
}

async fn alike(
    app: &App,
    here: &Here,
    sent: &Sent,
    draft: &Draft,
) -> Result<Vec<Similar>, PageError> {
    let Some(position) = draft.position else {
        return Ok(Vec::new());
    };
    let (visitor, category) = (here.visitor.clone(), draft.category.clone());
    let words = sent.text("words").to_owned();
    let found = app.run(move |app| similar::find(app, &visitor, position, &category, &words));
    Ok(found.await?)
}

fn told(app: &App, lang: Lang, sent: &Sent, draft: &Draft) -> Markup {
    let category = app
        .system(SYSTEM)
        .and_then(|system| system.lists.label(CATEGORIES, &draft.category))
        .map_or(draft.category.as_str(), |name| name.get(lang));
    let place = match (&draft.position, draft.address.is_empty()) {
        (Some(at), true) => format!("{:.5}, {:.5}", at.lon(), at.lat()),
        _ => draft.address.clone(),
    };
    let mut items = vec![
        (lang.pick("问题", "Problem"), html! { (category) }),
        (lang.pick("地点", "Place"), html! { (place) }),
    ];
    if let Some(grid) = &draft.grid {
        items.push((
            lang.pick("单元网格", "Unit grid"),
            html! { code class="code" { (grid) } },
        ));
    }
    items.push((
        lang.pick("情况", "What is wrong"),
        html! { p class="as-typed" { (sent.text("words")) } },
    ));
    let photos = sent.all("photos");
    if !photos.is_empty() {
        items.push((lang.pick("照片", "Photos"), pictures(lang, &photos)));
    }
    let reach = [sent.text("contact_name"), sent.text("contact_phone")].join(" ");
    let reach = match reach.trim() {
        "" => lang.pick("没有留", "Not given").to_owned(),
        given => given.to_owned(),
    };
    items.push((lang.pick("联系方式", "Contact"), html! { (reach) }));
    facts(&items)
}

fn pictures(lang: Lang, names: &[String]) -> Markup {
    let addresses: Vec<(String, String, String)> = names
        .iter()
        .enumerate()
        .map(|(index, name)| {
            let number = index + 1;
            let alt = match lang {
                Lang::Zh => format!("您的第 {number} 张照片"),
                Lang::En => format!("Your photo {number}"),
            };
            (photo::address(name), photo::small_address(name), alt)
        })
        .collect();
    let photos: Vec<Photo<'_>> = addresses
        .iter()
        .map(|(src, thumb, alt)| Photo {
            src,
            thumb,
            alt,
            caption: "",
        })
        .collect();
    gallery(lang, &photos)
}
