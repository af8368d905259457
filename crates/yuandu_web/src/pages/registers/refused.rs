//! What one of several forms alike on a page sent and could not be taken: told on that page, at the form's own fields, with
//! everything typed kept.

use yuandu_api::ApiError;
use yuandu_base::Problem;
use yuandu_schema::RegisterDef;

use crate::pages::forms::sent::Sent;
use yuandu_design::components::field::Field;

/// What was not taken; nothing by default.
#[derive(Debug, Default)]
pub(super) struct Refused {
    form: String,
    sent: Sent,
    problems: Vec<Problem>,
}

impl Refused {
    /// Keeps what the reader can mend on the page; `form` says which of its forms was sent.
    ///
    /// # Errors
    /// Any error that no field can mend: it is a page of its own.
    pub(super) fn keep(form: &str, sent: Sent, error: ApiError) -> Result<Self, ApiError> {
        if error.problems.is_empty() {
            return Err(error);
        }
        Ok(Self {
            form: form.to_owned(),
            sent,
            problems: error.problems,
        })
    }

    /// Whether anything was.
    pub(super) fn any(&self) -> bool {
        !self.problems.is_empty()
    }

    /// One of the page's forms: the `nth`, which says of itself that it is `form`.
    pub(super) fn row(&self, nth: usize, form: &str) -> Row<'_> {
        Row {
            within: nth.to_string(),
            refused: Some(self).filter(|refused| refused.any() && refused.form == form),
        }
    }

    /// The problems for the summary on top of the page, whose forms are `forms`. A place is led to where a form has the
    /// input; of other fields of the register their name is said.
    pub(super) fn problems<'f>(
        &self,
        def: &RegisterDef,
        inputs: &[&str],
        forms: impl IntoIterator<Item = &'f str>,
    ) -> Vec<Problem> {
        let nth = forms.into_iter().position(|form| form == self.form);
        let told = self.problems.iter().map(|problem| {
            let mut told = problem.clone();
            told.place = match nth {
                Some(nth) if inputs.contains(&problem.place.as_str()) => {
                    format!("{nth}-{}", problem.place)
                }
                _ => String::new(),
            };
            if let Some(field) = def.field(&problem.place) {
                told.message.zh = format!("{}：{}", field.label.zh, told.message.zh);
                told.message.en = format!("{}: {}", field.label.en, told.message.en);
            }
            told
        });
        told.collect()
    }
}

/// One form of the page, with what it sent if it was the one refused.
#[derive(Debug)]
pub(super) struct Row<'r> {
    within: String,
    refused: Option<&'r Refused>,
}

impl Row<'_> {
    /// An input of the form with what was typed and what is wrong with it.
    pub(super) fn field<'f>(
        &'f self,
        lang: yuandu_base::Lang,
        name: &'f str,
        label: &'f str,
    ) -> Field<'f> {
        let field = Field::new(name, label).within(&self.within);
        match self.refused {
            None => field,
            Some(refused) => {
                let errors = yuandu_design::components::form::Errors(&refused.problems);
                field
                    .value(refused.sent.text(name))
                    .error(errors.of(lang, name))
            }
        }
    }

    /// What an element of this form is called, told from its likes.
    pub(super) fn id(&self, what: &str) -> String {
        format!("{what}-{}", self.within)
    }

    /// Whether this form was refused.
    pub(super) fn is_refused(&self) -> bool {
        self.refused.is_some()
    }
}
