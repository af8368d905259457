//! Work without a line: what this officer has to do on the spot, the pages a device may keep for it, and what waits there
//! to be sent. The list is made here; keeping and sending is done by the page's script (`ui/src/offline.ts`), on devices
//! whose owner asked for it.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};
use yuandu_api::operations::tasks::inbox_view;
use yuandu_api::{ApiError, App};
use yuandu_design::components::notice::empty;
use yuandu_design::components::status::code;
use yuandu_design::preferences::query_value;
use yuandu_page::error::PageError;
use yuandu_page::flash::Flash;
use yuandu_page::here::Here;
use yuandu_page::words::Words;
use yuandu_process::InboxTask;
use yuandu_schema::FieldType;

/// Matters kept on a device: a round on foot or a day on a bicycle.
const MOST: usize = 50;

/// A task that is done on the spot, with the forms to be filled in there.
struct OnTheSpot {
    task: InboxTask,
    /// Id and words of each outcome with a form.
    deeds: Vec<(String, String)>,
}

/// `GET /work/offline`.
pub(crate) async fn show(
    State(app): State<App>,
    here: Here,
    flash: Flash,
) -> Result<Response, PageError> {
    let who = here.officer()?.officer.user.to_string();
    let reader = here.clone();
    let (words, tasks) = app.run(move |app| gather(app, &reader)).await?;
    let lang = here.lang();
    let title = lang.pick("离线使用", "Working offline");
    let body = html! {
        h1 { (title) }
        p { (lang.pick(
            "没有网络时，下面的案卷和表单仍能打开，填好的核实、核查和上报先存在这台设备上，恢复联网后自动发送，每份只算一次。时限按服务器收到的时刻计；现场时间另行记下。",
            "Without a connection the matters and forms below still open. What you fill in is kept on this device and sent by itself once there is a connection; each form counts once. Limits are judged by when the server receives it; the time on the spot is recorded beside it.",
        )) }
        (device(&here, &who))
        section {
            h2 { (lang.pick("要到现场办的", "To be done on the spot")) }
            @if tasks.is_empty() {
                (empty(lang.pick("现在没有要到现场办的案卷", "Nothing waits to be done on the spot"), lang.pick(
                    "仍可离线上报自己发现的问题。", "What you find yourself can still be reported offline.",
                ), None))
            } @else {
                ul class="links" { @for open in &tasks { (entry(&here, &words, open)) } }
            }
            p { a href="/work/report" data-keep { (lang.pick("现场上报", "Report from the field")) } " · "
                a href="/work" data-keep { (lang.pick("收件箱", "Inbox")) } }
        }
    };
    Ok(flash.page(&here, title, false, &body))
}

fn gather(app: &App, here: &Here) -> Result<(Words, Vec<OnTheSpot>), ApiError> {
    let ctx = &here.visitor.ctx;
    let inbox = app.engine.inbox(ctx, inbox_view("all")?, None, MOST)?;
    let mut found = Vec::new();
    for task in inbox.tasks {
        let deeds = deeds(app, here, &task)?;
        if !deeds.is_empty() {
            found.push(OnTheSpot { task, deeds });
        }
    }
    Ok((Words::new(app, here)?, found))
}

/// The outcomes of a task, if one of them asks for photos: such a task is done where the matter is.
fn deeds(app: &App, here: &Here, open: &InboxTask) -> Result<Vec<(String, String)>, ApiError> {
    let kind = app.engine.kind(&open.task.system)?;
    let process = kind.definition.processes.get(&open.task.process);
    let Some(task) = process
        .and_then(|process| process.node(&open.task.node))
        .and_then(|node| node.user_task())
    else {
        return Ok(Vec::new());
    };
    let asks_photos = |form: &String| {
        kind.forms.get(form).is_some_and(|form| {
            let mut fields = form.fields.iter();
            fields.any(|field| matches!(field.field.kind, FieldType::Photos { .. }))
        })
    };
    let with_form = task
        .outcomes
        .iter()
        .filter(|outcome| outcome.form.is_some());
    if !task
        .outcomes
        .iter()
        .any(|outcome| outcome.form.as_ref().is_some_and(asks_photos))
    {
        return Ok(Vec::new());
    }
    let lang = here.lang();
    Ok(with_form
        .map(|outcome| (outcome.id.clone(), outcome.label.get(lang).to_owned()))
        .collect())
}

/// The switch of this device and what waits on it; shown by the script, which alone knows.
fn device(here: &Here, who: &str) -> Markup {
    let lang = here.lang();
    html! {
        noscript { p class="hint" { (lang.pick("离线使用需要打开脚本；平时的页面不需要。", "Working offline needs scripts; the pages otherwise do not.")) } }
        section data-offline data-who=(who) hidden {
            h2 { (lang.pick("这台设备", "This device")) }
            div class="buttons" { button type="button" class="button" data-offline-switch hidden {} }
            p class="hint" data-offline-kept {}
            p class="hint" { (lang.pick(
                "只在自己保管的设备上打开。退出登录时，保存的页面会清除；没有发送的内容会留着，等您再登录。",
                "Switch it on only on a device you keep yourself. Signing out removes the kept pages; what was not sent stays until you sign in again.",
            )) }
            h2 { (lang.pick("待发送", "Waiting to be sent")) }
            div data-offline-waiting {}
        }
    }
}

fn entry(here: &Here, words: &Words, open: &OnTheSpot) -> Markup {
    let lang = here.lang();
    let task = &open.task.task;
    let matter = format!("/work/cases/{}", task.case_id);
    html! {
        li {
            p { a href=(matter) data-keep { (open.task.title) } " · " (code(&open.task.number)) }
            p class="hint" { (lang.pick(&task.name_zh, &task.name_en))
                @if let Some(address) = &open.task.address { " · " (address) }
                @if let Some(due) = task.due_at { " · " (lang.pick("应在 ", "due ")) (words.instant(due)) } }
            p { @for (at, (id, label)) in open.deeds.iter().enumerate() {
                @if at > 0 { " · " }
                a href={ (matter) "?do=" (query_value(&format!("{}:{id}", task.id))) } data-keep { (label) }
            } }
        }
    }
}
