//! Task forms made ready: fields looked up, formulas parsed, and the check of what a person sent.
//!
//! What a field is, is said in `yuandu_schema`; here is only what depends on the case.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Map, Value as Json};
use yuandu_base::{LocalText, Problem};
use yuandu_feel::{Context, Expression, Value as Feel};
use yuandu_schema::{
    CodeLists, FieldDef, FormCheck, FormDef, RecordCheck, Requirement, ResolvedField, check_record,
};

/// A form ready for use.
#[derive(Debug, Clone)]
pub struct Form {
    /// Name of the form.
    pub id: String,
    /// What people read above it.
    pub title: LocalText,
    /// Its fields.
    pub fields: Vec<ResolvedField>,
    checks: Arc<[FormCheck]>,
    formulas: Arc<BTreeMap<String, Expression>>,
}

/// A field of a form as it stands before a person fills it in.
#[derive(Debug, Clone, Serialize)]
pub struct FormFieldView {
    /// The field.
    pub field: FieldDef,
    /// Whether it is recorded as a fact of the case.
    pub of_case: bool,
    /// Whether it shows now.
    pub visible: bool,
    /// Whether it must be given now.
    pub required: bool,
    /// What it begins with, in canonical JSON.
    pub value: Json,
}

/// What a person sent, checked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sent {
    /// Everything, for `input`.
    pub(crate) all: Map<String, Json>,
    /// What is recorded as facts of the case; empty fields are null.
    pub(crate) facts: Map<String, Json>,
    /// What stays with the task.
    pub(crate) own: Map<String, Json>,
}

impl Form {
    /// Makes a form ready. Problems name the form.
    ///
    /// # Errors
    /// Facts the case does not have and formulas that cannot be read.
    pub fn new(def: &FormDef, case_fields: &[FieldDef]) -> Result<Self, Vec<Problem>> {
        let place = format!("forms/{}.toml", def.id);
        let fields = def.resolve(case_fields).map_err(|unknown| {
            let problem = |field: &&yuandu_schema::FormField| {
                let (name, line) = (field.name(), field.line());
                Problem::new(
                    "forms.fact_unknown",
                    &format!("{place}:{line}"),
                    format!("案卷没有 `{name}` 这个信息项"),
                    format!("the case has no fact `{name}`"),
                )
            };
            unknown.iter().map(problem).collect::<Vec<_>>()
        })?;
        let mut formulas = BTreeMap::new();
        let mut problems = Vec::new();
        let of_fields = def.fields.iter().flat_map(|field| {
            let line = field.line();
            let texts = field.expressions().into_iter();
            texts.map(move |(key, text)| (line, key, text))
        });
        let of_checks = def.checks.iter();
        let of_checks = of_checks.map(|check| (check.line, "holds", check.holds.as_str()));
        for (line, key, text) in of_fields.chain(of_checks) {
            match Expression::parse(text) {
                Ok(expression) => {
                    formulas.insert(text.to_owned(), expression);
                }
                Err(error) => problems.push(Problem::new(
                    "forms.feel",
                    &format!("{place}:{line}"),
                    format!("`{key}` 的 FEEL 表达式读不懂：{}", error.zh),
                    format!(
                        "the FEEL expression of `{key}` cannot be read: {}",
                        error.en
                    ),
                )),
            }
        }
        // Facts of the case bring formulas of their own.
        for text in fields
            .iter()
            .flat_map(|f| f.field.expressions())
            .map(|(_, text)| text)
        {
            if let Ok(expression) = Expression::parse(text) {
                formulas.entry(text.to_owned()).or_insert(expression);
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Self {
            id: def.id.clone(),
            title: def.title.clone(),
            fields,
            checks: def.checks.as_slice().into(),
            formulas: Arc::new(formulas),
        })
    }

    /// Whether anything in it depends on the case.
    pub(crate) fn has_formulas(&self) -> bool {
        !self.formulas.is_empty()
    }

    fn evaluate(&self, text: &str, scope: &Context, input: &Map<String, Json>) -> Feel {
        evaluate(&self.formulas, text, scope, input)
    }

    fn shows(&self, field: &FieldDef, scope: &Context, input: &Map<String, Json>) -> bool {
        match &field.visible {
            Some(text) => self.evaluate(text, scope, input).is_true(),
            None => true,
        }
    }

    /// The fields as a person finds them: shown or not, required or not, with the value to begin with.
    #[must_use]
    pub(crate) fn view(&self, scope: &Context, facts: &Map<String, Json>) -> Vec<FormFieldView> {
        let empty = Map::new();
        let view = |resolved: &ResolvedField| {
            let field = &resolved.field;
            let known = facts
                .get(&field.name)
                .filter(|v| resolved.of_case && !v.is_null());
            let value = known
                .cloned()
                .unwrap_or_else(|| self.beginning(field, scope));
            let required = match &field.required {
                Requirement::Always => true,
                Requirement::Optional => false,
                Requirement::When(text) => self.evaluate(text, scope, &empty).is_true(),
            };
            FormFieldView {
                field: field.clone(),
                of_case: resolved.of_case,
                visible: self.shows(field, scope, &empty),
                required,
                value,
            }
        };
        self.fields.iter().map(view).collect()
    }

    fn beginning(&self, field: &FieldDef, scope: &Context) -> Json {
        match (field.default_expression(), field.default_literal()) {
            (Some(text), _) => self.evaluate(text, scope, &Map::new()).to_json(),
            (None, Some(text)) => field.check_text(text).unwrap_or(Json::Null),
            (None, None) => Json::Null,
        }
    }

    /// Checks what was sent. A field that does not show is not recorded, whatever was sent for it.
    pub(crate) fn check(
        &self,
        data: &Map<String, Json>,
        scope: &Context,
        lists: &CodeLists,
        on: Date,
    ) -> Result<Sent, Vec<Problem>> {
        let mut data = data.clone();
        let mut shown = Vec::new();
        for resolved in &self.fields {
            if self.shows(&resolved.field, scope, &data) {
                shown.push(resolved.field.clone());
            } else {
                data.remove(&resolved.field.name);
            }
        }
        let (formulas, around) = (Arc::clone(&self.formulas), scope.clone());
        let condition = move |text: &str, record: &Map<String, Json>| {
            evaluate(&formulas, text, &around, record).as_bool()
        };
        let against = RecordCheck {
            lists,
            on,
            condition: &condition,
        };
        let all = check_record(&shown, &data, &against)?;
        self.hold(&all, scope)?;
        let mut sent = Sent::default();
        for resolved in &self.fields {
            let name = &resolved.field.name;
            let value = all.get(name).cloned();
            if resolved.of_case {
                // Only what was really sent changes a fact: a form of an older page must not empty a newer fact.
                if data.contains_key(name) {
                    sent.facts.insert(name.clone(), value.unwrap_or(Json::Null));
                }
            } else if let Some(value) = value {
                sent.own.insert(name.clone(), value);
            }
        }
        sent.all = all;
        Ok(sent)
    }

    /// The checks of the form, once every field is a value of its type.
    fn hold(&self, input: &Map<String, Json>, scope: &Context) -> Result<(), Vec<Problem>> {
        let given = |check: &&FormCheck| input.get(&check.field).is_some_and(|v| !v.is_null());
        let broken = self.checks.iter().filter(given);
        let problems: Vec<Problem> = broken
            .filter(|check| !self.evaluate(&check.holds, scope, input).is_true())
            .map(|check| {
                let LocalText { zh, en } = check.message.clone();
                Problem::new("forms.check", &check.field, zh, en)
            })
            .collect();
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }
}

fn evaluate(
    formulas: &BTreeMap<String, Expression>,
    text: &str,
    scope: &Context,
    input: &Map<String, Json>,
) -> Feel {
    let Some(formula) = formulas.get(text) else {
        return Feel::Null;
    };
    let scope = scope
        .clone()
        .with("input", Context::from_json(&Json::Object(input.clone())));
    formula.evaluate(&scope)
}
