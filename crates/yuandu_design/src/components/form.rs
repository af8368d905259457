//! The frame of a form: hidden proofs, error summary, buttons.
//!
//! The server makes the idempotency key and the CSRF token; the browser only sends them back.

use maud::{Markup, html};
use yuandu_base::{Lang, Problem};

/// The problems of one submission, looked up by field name.
#[derive(Debug, Clone, Copy, Default)]
pub struct Errors<'a>(pub &'a [Problem]);

impl<'a> Errors<'a> {
    /// What is wrong with a field, for [`crate::components::field::Field::error`].
    #[must_use]
    pub fn of(&self, lang: Lang, field: &str) -> Option<&'a str> {
        self.0
            .iter()
            .find(|problem| problem.place == field)
            .map(|problem| problem.message.get(lang))
    }

    /// Whether anything is wrong.
    #[must_use]
    pub fn any(&self) -> bool {
        !self.0.is_empty()
    }
}

/// A form that posts.
#[derive(Debug, Clone, Copy)]
pub struct Form<'a> {
    /// Where it is sent.
    pub action: &'a str,
    /// CSRF token of the session or of the anonymous cookie.
    pub csrf: &'a str,
    /// Idempotency key: the same key sent twice does the thing once.
    pub key: Option<&'a str>,
    /// Carries files.
    pub files: bool,
    /// Ask before leaving with unsaved words.
    pub guard: bool,
    /// Id of the form element, for buttons outside it.
    pub id: Option<&'a str>,
}

impl<'a> Form<'a> {
    /// A form without files that guards what was typed.
    #[must_use]
    pub const fn new(action: &'a str, csrf: &'a str) -> Self {
        Self {
            action,
            csrf,
            key: None,
            files: false,
            guard: true,
            id: None,
        }
    }

    /// Sets the idempotency key.
    #[must_use]
    pub const fn key(mut self, key: &'a str) -> Self {
        self.key = Some(key);
        self
    }

    /// Lets the form carry files.
    #[must_use]
    pub const fn files(mut self) -> Self {
        self.files = true;
        self
    }

    /// Lets the reader leave without being asked, for forms of one click.
    #[must_use]
    pub const fn unguarded(mut self) -> Self {
        self.guard = false;
        self
    }

    /// Sets the element's id.
    #[must_use]
    pub const fn id(mut self, id: &'a str) -> Self {
        self.id = Some(id);
        self
    }
}

/// Wraps fields and buttons into a form. The browser's own checks are off: the server names every problem at once.
#[must_use]
pub fn form(lang: Lang, form: &Form<'_>, body: &Markup) -> Markup {
    html! {
        form class="form" method="post" action=(form.action) id=[form.id] novalidate
            enctype=[form.files.then_some("multipart/form-data")]
            data-guard=[form.guard.then_some(lang.pick("填写的内容还没有提交，确定离开吗？", "What you wrote has not been sent. Leave the page?"))]
            data-busy=(lang.pick("正在提交…", "Sending…")) {
            input type="hidden" name="_csrf" value=(form.csrf);
            @if let Some(key) = form.key { input type="hidden" name="_key" value=(key); }
            (body)
        }
    }
}

/// The list of all problems on top of a form; each leads to its field. Focus moves here when the page opens.
#[must_use]
pub fn error_summary(lang: Lang, errors: &Errors<'_>) -> Markup {
    let count = errors.0.len();
    html! {
        @if errors.any() {
            div class="error-summary" role="alert" tabindex="-1" id="errors" data-focus {
                h2 {
                    @match lang {
                        Lang::Zh => { "有 " (count) " 处需要改一下" }
                        Lang::En => { @if count == 1 { "One thing needs a correction" } @else { (count) " things need a correction" } }
                    }
                }
                ul {
                    @for problem in errors.0 {
                        li {
                            @if problem.place.is_empty() { (problem.message.get(lang)) }
                            @else { a href={ "#f-" (problem.place) } { (problem.message.get(lang)) } }
                        }
                    }
                }
                p { (lang.pick("您填过的内容都还在。", "Everything you typed is still there.")) }
            }
        }
    }
}

/// Named steps of a guided form; `current` counts from 0.
#[must_use]
pub fn progress(lang: Lang, steps: &[&str], current: usize) -> Markup {
    html! {
        nav class="progress" aria-label=(lang.pick("填写进度", "Progress of the form")) {
            ol {
                @for (index, step) in steps.iter().enumerate() {
                    li aria-current=[(index == current).then_some("step")] data-done[index < current] {
                        span class="number" aria-hidden="true" { (index + 1) }
                        span { (step) @if index < current { span class="sr" { (lang.pick("（已填）", " (done)")) } } }
                    }
                }
            }
        }
    }
}
