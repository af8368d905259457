//! What a page says when it cannot do what was asked: what happened, what is safe, what to do now.

use maud::{Markup, html};
use yuandu_base::Lang;

use crate::components::kite;

/// A failed request as a page.
#[derive(Debug, Clone, Copy)]
pub struct Outcome<'a> {
    /// Code of the failure, where it says more than the status.
    pub code: Option<&'a str>,
    /// HTTP status; known ones are 400, 401, 403, 404, 405, 409, 410, 413, 422, 429, 500 and 503.
    pub status: u16,
    /// What exactly: a reason of the gate, a message of a use case. Shown after the general words.
    pub reason: Option<&'a str>,
    /// Number under which the log keeps the details.
    pub trace: Option<&'a str>,
    /// A way on, such as signing in or trying again.
    pub way_on: Option<(&'a str, &'a str)>,
}

/// The heading of a failure, also the page's title.
#[must_use]
pub fn heading(lang: Lang, status: u16, code: Option<&str>) -> &'static str {
    match code {
        Some("csrf") => return lang.pick("这一页已经过期", "This page has expired"),
        Some("idempotency.key_reused") => {
            return lang.pick("这张表单已经提交过", "This form was sent before");
        }
        _ => {}
    }
    match status {
        400 | 422 => lang.pick("有些内容需要改一下", "Something needs a correction"),
        401 => lang.pick("请先登录", "Please sign in first"),
        403 => lang.pick("这一步您现在不能办", "You may not do this now"),
        404 => lang.pick("没有找到这一页", "There is no such page"),
        405 => lang.pick("这个地址不能这样用", "This address cannot be used this way"),
        409 => lang.pick("别人刚刚改过这件事", "Someone changed this a moment ago"),
        410 => lang.pick("这一页已经撤下", "This page was taken down"),
        413 => lang.pick("发送的内容太大", "What you sent is too large"),
        429 => lang.pick(
            "操作太快了，请稍等",
            "Too many requests, please wait a little",
        ),
        503 => lang.pick(
            "系统正忙，请稍后再试",
            "The system is busy, please try again soon",
        ),
        _ => lang.pick("系统出了问题", "Something broke on our side"),
    }
}

fn words(lang: Lang, status: u16, code: Option<&str>) -> &'static str {
    match code {
        Some("csrf") => return lang.pick(
            "什么都没有改动。填过的内容还在上一页，可以先抄下来，再刷新那一页重新提交。",
            "Nothing was changed. What you typed is still on the page before; keep a copy, reload that page and send again.",
        ),
        Some("idempotency.key_reused") => return lang.pick(
            "同一张表单第二次提交时内容不一样，第二次没有保存，第一次的仍然有效。要再报一件事，请从首页重新打开表单。",
            "The same form came a second time with other content. The second was not saved, the first one stands. To report something else open the form anew.",
        ),
        _ => {}
    }
    match status {
        400 | 422 => lang.pick(
            "请返回上一页，按提示改好后再提交。您填过的内容没有丢。",
            "Go back, follow the notes and send again. What you typed is not lost.",
        ),
        401 => lang.pick("这一页只有登录后才能看。", "This page is for signed-in people."),
        403 => lang.pick(
            "可能是岗位没有这项权限，也可能是这件事已经到了别的环节。",
            "Your post may lack this power, or the matter has moved to another step.",
        ),
        404 => lang.pick(
            "地址可能写错了，也可能这件事不公开。请核对编号，或从首页重新进入。",
            "The address may be mistyped, or the matter is not public. Check the number, or start from the home page.",
        ),
        405 => lang.pick("请从首页重新进入。", "Please start from the home page."),
        409 => lang.pick(
            "为了不盖掉别人的改动，您的这次提交没有保存。请重新打开这件事，看看现在到了哪一步，再决定要不要提交。",
            "To keep the other change, yours was not saved. Open the matter again, see where it stands, then decide.",
        ),
        410 => lang.pick("内容已按规定撤下，不再提供。", "Its content was removed by rule and is no longer offered."),
        413 => lang.pick(
            "照片每张不超过 10 MB，最多 4 张。请换小一点的照片再提交。",
            "Photos may have 10 MB each, 4 at most. Please send smaller ones.",
        ),
        429 => lang.pick(
            "为了让大家都能用，同一处短时间内的提交次数有限。过一分钟再试即可，已提交的都在。",
            "So that everyone is served, the number of requests in a short time is limited. Try again in a minute; what was sent is safe.",
        ),
        503 => lang.pick(
            "您的提交没有保存。请过一分钟再试，不用重新填写：按浏览器的“后退”即可。",
            "Your submission was not saved. Try again in a minute; the browser's Back button keeps what you typed.",
        ),
        _ => lang.pick(
            "不是您的错。已经回执的事项都安全保存着。请稍后再试；一直不行，请把下面的编号告诉值班人员。",
            "This is not your fault. Every matter with a receipt is safe. Try again later; if it stays, tell the desk the number below.",
        ),
    }
}

/// The body of the page; put it into [`crate::shell::render`] with the same status.
#[must_use]
pub fn page(lang: Lang, outcome: &Outcome<'_>) -> Markup {
    html! {
        div class="outcome" {
            (kite::drawing())
            h1 { (heading(lang, outcome.status, outcome.code)) }
            p { (words(lang, outcome.status, outcome.code)) }
            @if let Some(reason) = outcome.reason { p class="reason" { (reason) } }
            p class="buttons" {
                @if let Some((label, href)) = outcome.way_on { a class="button primary" href=(href) { (label) } }
                a class="button" href="/" { (lang.pick("回首页", "Home page")) }
            }
            @if let Some(trace) = outcome.trace {
                p class="trace" { (lang.pick("编号：", "Reference: ")) code class="code" { (trace) } }
            }
        }
    }
}
