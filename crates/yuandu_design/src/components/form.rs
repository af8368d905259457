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
    error_summary_naming(lang, errors, &[])
}

/// The same with the names of the fields, put before each message that does not name its field itself.
#[must_use]
pub fn error_summary_naming(lang: Lang, errors: &Errors<'_>, labels: &[(&str, &str)]) -> Markup {
    let count = errors.0.len();
    let told = |problem: &Problem| {
        let message = problem.message.get(lang);
        let label = labels.iter().find(|(name, _)| *name == problem.place);
        match label.filter(|(_, label)| !message.contains(label)) {
            Some((_, label)) => format!("{label}{}{message}", lang.pick("：", ": ")),
            None => sentence(lang, message),
        }
    };
    // What could not be read, and photos that are none, cannot be put back into their fields.
    let lost = errors.0.iter().any(|problem| {
        problem.code.starts_with("photos.")
            || ["form.not_text", "form.too_many_files"].contains(&problem.code.as_str())
    });
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
                            @if problem.place.is_empty() { (told(problem)) }
                            @else { a href={ "#f-" (problem.place) } { (told(problem)) } }
                        }
                    }
                }
                @if lost { p { (lang.pick("您填过的其他内容都还在。", "Everything else you typed is still there.")) } }
                @else { p { (lang.pick("您填过的内容都还在。", "Everything you typed is still there.")) } }
            }
        }
    }
}

/// A message as a sentence of its own: messages begin in lower case, because programs put something before them.
#[must_use]
pub fn sentence(lang: Lang, message: &str) -> String {
    let mut letters = message.chars();
    match (lang, letters.next()) {
        (Lang::En, Some(first)) => first.to_uppercase().chain(letters).collect(),
        _ => message.to_owned(),
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
