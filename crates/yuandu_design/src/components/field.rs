//! Fields of a form: label, hint, error, kept value, all tied together for screen readers.
//!
//! The label stands above the field, the hint between them, the error next to what is wrong. Nothing is said by a
//! placeholder, because it vanishes while typing.

use maud::{Markup, html};
use yuandu_base::Lang;

use crate::components::form::sentence;

/// What every field has. Build with [`Field::new`] and the setters.
#[derive(Debug, Clone, Copy)]
pub struct Field<'a> {
    /// Name sent to the server; the element's id is `f-<name>`.
    pub name: &'a str,
    /// Which of several forms alike on one page it stands in; the element's id is then `f-<form>-<name>`.
    pub within: Option<&'a str>,
    /// The question or the fact's name.
    pub label: &'a str,
    /// What helps to answer it.
    pub hint: Option<&'a str>,
    /// What is wrong and how to mend it.
    pub error: Option<&'a str>,
    /// Must be answered.
    pub required: bool,
    /// What was typed before, or the prefilled fact.
    pub value: &'a str,
    /// Where a prefilled fact comes from, shown under the field.
    pub source: Option<&'a str>,
}

impl<'a> Field<'a> {
    /// A field that may stay empty.
    #[must_use]
    pub const fn new(name: &'a str, label: &'a str) -> Self {
        Self {
            name,
            label,
            within: None,
            hint: None,
            error: None,
            required: false,
            value: "",
            source: None,
        }
    }

    /// Tells it from its likes in other forms of the page.
    #[must_use]
    pub const fn within(mut self, form: &'a str) -> Self {
        self.within = Some(form);
        self
    }

    /// Adds what helps to answer.
    #[must_use]
    pub const fn hint(mut self, hint: &'a str) -> Self {
        self.hint = Some(hint);
        self
    }

    /// Adds what is wrong, if anything is.
    #[must_use]
    pub const fn error(mut self, error: Option<&'a str>) -> Self {
        self.error = error;
        self
    }

    /// Marks the field as one that must be answered.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Keeps what was typed.
    #[must_use]
    pub const fn value(mut self, value: &'a str) -> Self {
        self.value = value;
        self
    }

    /// Says where the prefilled value comes from.
    #[must_use]
    pub const fn source(mut self, source: &'a str) -> Self {
        self.source = Some(source);
        self
    }

    /// The element's id.
    #[must_use]
    pub fn id(&self) -> String {
        match self.within {
            Some(form) => format!("f-{form}-{}", self.name),
            None => format!("f-{}", self.name),
        }
    }

    /// Ids of hint and error for `aria-describedby`.
    #[must_use]
    pub fn described_by(&self) -> Option<String> {
        let mut ids = Vec::new();
        if self.hint.is_some() {
            ids.push(format!("{}-hint", self.id()));
        }
        if self.error.is_some() {
            ids.push(format!("{}-error", self.id()));
        }
        (!ids.is_empty()).then(|| ids.join(" "))
    }
}

/// Kinds of one-line input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TextKind {
    /// Any words.
    #[default]
    Words,
    /// A phone number.
    Phone,
    /// A whole or decimal number.
    Number,
    /// A code such as a case number or a credit code: capital letters, no correction.
    Code,
    /// Words to search for.
    Search,
    /// A secret.
    Password,
    /// A login name.
    Login,
}

impl TextKind {
    fn html_type(self) -> &'static str {
        match self {
            Self::Words | Self::Number | Self::Code | Self::Login => "text",
            Self::Phone => "tel",
            Self::Search => "search",
            Self::Password => "password",
        }
    }

    fn autocomplete(self) -> Option<&'static str> {
        match self {
            Self::Phone => Some("tel"),
            Self::Password => Some("current-password"),
            Self::Login => Some("username"),
            Self::Code | Self::Search => Some("off"),
            Self::Words | Self::Number => None,
        }
    }
}

/// A one-line text.
#[must_use]
pub fn text(lang: Lang, field: &Field<'_>, kind: TextKind) -> Markup {
    let input = html! {
        input class=(text_class(kind)) type=(kind.html_type()) id=(field.id()) name=(field.name)
            value=(if kind == TextKind::Password { "" } else { field.value })
            inputmode=[(kind == TextKind::Number).then_some("decimal")]
            autocomplete=[kind.autocomplete()]
            autocapitalize=[(matches!(kind, TextKind::Code | TextKind::Login)).then_some("off")]
            spellcheck=[(matches!(kind, TextKind::Code | TextKind::Login)).then_some("false")]
            required[field.required]
            aria-describedby=[field.described_by()] aria-invalid=[field.error.map(|_| "true")];
    };
    wrap(lang, field, &input)
}

/// A text of several lines. `max` is the number of characters the register allows.
#[must_use]
pub fn textarea(lang: Lang, field: &Field<'_>, rows: u8, max: Option<u32>) -> Markup {
    let input = html! {
        textarea id=(field.id()) name=(field.name) rows=(rows) maxlength=[max] required[field.required]
            data-count=[max.map(|_| lang.pick("还可以写 {n} 个字", "{n} characters left"))]
            aria-describedby=[field.described_by()] aria-invalid=[field.error.map(|_| "true")] { (field.value) }
    };
    wrap(lang, field, &input)
}

/// One of a few named values in a drop-down list; use radio cards for up to five.
#[must_use]
pub fn select(lang: Lang, field: &Field<'_>, options: &[Opt<'_>]) -> Markup {
    let input = html! {
        select id=(field.id()) name=(field.name) required[field.required]
            aria-describedby=[field.described_by()] aria-invalid=[field.error.map(|_| "true")] {
            option value="" selected[field.value.is_empty()] { (lang.pick("请选择", "Choose one")) }
            @for option in options {
                option value=(option.value) selected[option.value == field.value] { (option.label) }
            }
        }
    };
    wrap(lang, field, &input)
}

/// A value of a list and how people call it.
#[derive(Debug, Clone, Copy)]
pub struct Opt<'a> {
    /// Sent to the server.
    pub value: &'a str,
    /// Shown.
    pub label: &'a str,
    /// What it means, shown under the label of a radio card.
    pub hint: Option<&'a str>,
}

impl<'a> Opt<'a> {
    /// A value with its label.
    #[must_use]
    pub const fn new(value: &'a str, label: &'a str) -> Self {
        Self {
            value,
            label,
            hint: None,
        }
    }

    /// Adds what it means.
    #[must_use]
    pub const fn hint(mut self, hint: &'a str) -> Self {
        self.hint = Some(hint);
        self
    }
}

/// What a date field asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateKind {
    /// A day, `2026-11-23`.
    Day,
    /// A day and a minute in the city's time, `2026-11-23T16:30`.
    Minute,
}

/// A date, or a date and time.
#[must_use]
pub fn date(lang: Lang, field: &Field<'_>, kind: DateKind) -> Markup {
    let input = html! {
        input class="w-date" type=(match kind { DateKind::Day => "date", DateKind::Minute => "datetime-local" })
            id=(field.id()) name=(field.name) value=(field.value) required[field.required]
            aria-describedby=[field.described_by()] aria-invalid=[field.error.map(|_| "true")];
    };
    wrap(lang, field, &input)
}

/// A file to send, for example a table to import.
#[must_use]
pub fn file(lang: Lang, field: &Field<'_>, accept: &str) -> Markup {
    let input = html! {
        input type="file" id=(field.id()) name=(field.name) accept=(accept) required[field.required]
            aria-describedby=[field.described_by()] aria-invalid=[field.error.map(|_| "true")];
    };
    wrap(lang, field, &input)
}

/// A fact that can't be changed here, with where it comes from and a way to dispute it.
#[must_use]
pub fn fact(lang: Lang, field: &Field<'_>, dispute: Option<&str>) -> Markup {
    html! {
        div class="field fact" {
            span class="label" { (field.label) }
            p class="fact-value" { (field.value) }
            @if let Some(source) = field.source {
                p class="source" {
                    (lang.pick("来源：", "Source: ")) (source)
                    @if let Some(href) = dispute { " " a href=(href) { (lang.pick("这条信息不对？", "Is this wrong?")) } }
                }
            }
        }
    }
}

/// Puts label, hint, error and source around any control whose id is [`Field::id`].
#[must_use]
pub fn wrap(lang: Lang, field: &Field<'_>, control: &Markup) -> Markup {
    html! {
        div class="field" data-invalid[field.error.is_some()] {
            label class="label" for=(field.id()) { (field.label) (need(lang, field.required)) }
            (notes(lang, field))
            (control)
            @if let Some(source) = field.source {
                p class="source" { (lang.pick("来源：", "Source: ")) (source) }
            }
        }
    }
}

/// The hint and the error of a field, with the ids that [`Field::described_by`] names.
#[must_use]
pub fn notes(lang: Lang, field: &Field<'_>) -> Markup {
    html! {
        @if let Some(hint) = field.hint { p class="hint" id={ (field.id()) "-hint" } { (hint) } }
        @if let Some(error) = field.error {
            p class="error" id={ (field.id()) "-error" } {
                span class="sr" { (lang.pick("有误：", "Error: ")) } (sentence(lang, error))
            }
        }
    }
}

/// Says in words whether a field must be answered.
#[must_use]
pub fn need(lang: Lang, required: bool) -> Markup {
    html! {
        @if required { " " span class="need" { (lang.pick("必填", "required")) } }
        @else { " " span class="need optional" { (lang.pick("可不填", "optional")) } }
    }
}

fn text_class(kind: TextKind) -> &'static str {
    match kind {
        TextKind::Phone | TextKind::Code | TextKind::Login | TextKind::Password => "w-code",
        TextKind::Number => "w-number",
        TextKind::Words | TextKind::Search => "w-full",
    }
}

#[cfg(test)]
mod tests {
    use super::{Field, TextKind, text};
    use yuandu_base::Lang;

    #[test]
    fn an_error_is_tied_to_its_field_and_keeps_what_was_typed() {
        let field = Field::new("phone", "电话")
            .hint("只用来告诉您结果")
            .error(Some("电话号码少一位，请写全 11 位"))
            .value("1380000");
        let out = text(Lang::Zh, &field, TextKind::Phone).into_string();
        assert!(
            out.contains(r#"aria-describedby="f-phone-hint f-phone-error""#),
            "{out}"
        );
        assert!(out.contains(r#"aria-invalid="true""#), "{out}");
        assert!(out.contains(r#"value="1380000""#), "{out}");
    }

    #[test]
    fn of_several_forms_alike_each_has_ids_of_its_own() {
        let field = Field::new("reason", "理由")
            .within("2")
            .error(Some("请写明理由"));
        let out = text(Lang::Zh, &field, TextKind::Words).into_string();
        for own in [
            r#"for="f-2-reason""#,
            r#"id="f-2-reason""#,
            r#"name="reason""#,
            r#"aria-describedby="f-2-reason-error""#,
            r#"id="f-2-reason-error""#,
        ] {
            assert!(out.contains(own), "{own}: {out}");
        }
    }

    #[test]
    fn a_password_is_never_written_back() {
        let field = Field::new("password", "密码").value("secret");
        let out = text(Lang::Zh, &field, TextKind::Password).into_string();
        assert!(!out.contains("secret"), "{out}");
    }
}
