//! Forms: the fields an outcome asks for, either facts of the case or fields of its own.

use yuandu_base::{LocalText, Problem};

use crate::field::{FieldDef, Requirement};
use crate::field_source::{expression, read_required, requirement};
use crate::reading::{Document, Located, Table};

/// A form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormDef {
    /// Name: the file without its ending.
    pub id: String,
    /// What people read above it.
    pub title: LocalText,
    /// Its fields, in order.
    pub fields: Vec<FormField>,
    /// What must hold of a field beyond its type.
    pub checks: Vec<FormCheck>,
}

/// What must hold of a field of a form: refused with these words unless it is true. A field left empty is not asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormCheck {
    /// The field it is about.
    pub field: String,
    /// FEEL condition (without `=`) over `input`, `case`, `actor`, `now` and `today`.
    pub holds: String,
    /// What is wrong and what to do.
    pub message: LocalText,
    /// Line of the declaration.
    pub line: usize,
}

/// One field of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FormField {
    /// A fact of the case: what is sent is recorded there.
    Case {
        /// Name of the fact.
        name: String,
        /// Line of the declaration.
        line: usize,
        /// Requirement, when the form asks more than the fact.
        required: Option<Requirement>,
        /// Another label here.
        label: Option<LocalText>,
        /// Another hint here.
        hint: Option<LocalText>,
        /// FEEL condition (without `=`) under which it shows.
        visible: Option<String>,
        /// Another default here.
        default: Option<String>,
    },
    /// A field that only this form has; it reaches the process as `input.<name>` and stays in the task.
    Own {
        /// The field.
        field: FieldDef,
        /// Line of the declaration.
        line: usize,
    },
}

/// A form field with everything known about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedField {
    /// The field as the form asks for it.
    pub field: FieldDef,
    /// Whether what is sent is recorded as a fact of the case.
    pub of_case: bool,
}

impl FormField {
    /// The field's name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Case { name, .. } => name,
            Self::Own { field, .. } => &field.name,
        }
    }

    /// The line of its declaration.
    #[must_use]
    pub fn line(&self) -> usize {
        match self {
            Self::Case { line, .. } | Self::Own { line, .. } => *line,
        }
    }

    /// Every FEEL expression with the key it stands under.
    #[must_use]
    pub fn expressions(&self) -> Vec<(&'static str, &str)> {
        match self {
            Self::Own { field, .. } => field.expressions(),
            Self::Case {
                required,
                visible,
                default,
                ..
            } => {
                let when = match required {
                    Some(Requirement::When(text)) => Some(("required", text.as_str())),
                    _ => None,
                };
                let shown = visible.as_deref().map(|text| ("visible", text));
                let start = default
                    .as_deref()
                    .and_then(|text| text.strip_prefix('='))
                    .map(|text| ("default", text));
                [when, shown, start].into_iter().flatten().collect()
            }
        }
    }
}

impl FormDef {
    /// Reads a form file; every problem comes with its line.
    #[must_use]
    pub fn read(id: &str, file: &str, text: &str) -> (Option<Self>, Vec<Located>) {
        let document = Document::parse(file, text);
        let root = document.root();
        let title = root.local("title");
        let fields: Vec<FormField> = root.tables("field").iter().filter_map(read_field).collect();
        let checks = read_checks(&root, &fields);
        root.finish();
        for (at, field) in fields.iter().enumerate() {
            if fields
                .iter()
                .take(at)
                .any(|earlier| earlier.name() == field.name())
            {
                let name = field.name();
                document.problem(
                    field.line(),
                    "schema.field_twice",
                    format!("字段 `{name}` 出现两次，请删去一个"),
                    format!("field `{name}` stands twice; remove one"),
                );
            }
        }
        let form = title.map(|title| Self {
            id: id.to_owned(),
            title,
            fields,
            checks,
        });
        (form, document.into_problems())
    }

    /// The fields with the facts they point at; names of unknown facts come back as the error.
    ///
    /// # Errors
    /// The form fields that name no fact of the case.
    pub fn resolve(&self, case_fields: &[FieldDef]) -> Result<Vec<ResolvedField>, Vec<&FormField>> {
        let mut resolved = Vec::new();
        let mut unknown = Vec::new();
        for field in &self.fields {
            match field {
                FormField::Own { field, .. } => {
                    resolved.push(ResolvedField {
                        field: field.clone(),
                        of_case: false,
                    });
                }
                FormField::Case { name, .. } => {
                    match case_fields.iter().find(|def| def.name == *name) {
                        Some(def) => resolved.push(ResolvedField {
                            field: overlaid(def, field),
                            of_case: true,
                        }),
                        None => unknown.push(field),
                    }
                }
            }
        }
        if unknown.is_empty() {
            Ok(resolved)
        } else {
            Err(unknown)
        }
    }
}

/// The fact as the form asks for it. A fact that must be given when the case is opened need not be given again here.
fn overlaid(def: &FieldDef, field: &FormField) -> FieldDef {
    let mut def = def.clone();
    if let FormField::Case {
        required,
        label,
        hint,
        visible,
        default,
        ..
    } = field
    {
        def.required = required.clone().unwrap_or(Requirement::Optional);
        def.label = label.clone().unwrap_or(def.label);
        def.hint = hint.clone().or(def.hint);
        def.visible = visible.clone().or(def.visible);
        def.default = default.clone();
    }
    def
}

fn read_checks(root: &Table<'_>, fields: &[FormField]) -> Vec<FormCheck> {
    let mut checks = Vec::new();
    for table in root.tables("check") {
        let (field, holds) = (table.text("field"), table.text("holds"));
        let message = table.local("message");
        table.finish();
        let (Some(field), Some(holds), Some(message)) = (field, holds, message) else {
            continue;
        };
        if !fields.iter().any(|known| known.name() == field) {
            table.problem_at(
                "field",
                "schema.check_field_unknown",
                format!("表单没有字段 `{field}`，请写表单里有的字段"),
                format!("the form has no field `{field}`; name one of its fields"),
            );
            continue;
        }
        match expression("holds", &holds) {
            Ok(holds) => checks.push(FormCheck {
                field,
                holds,
                message,
                line: table.line(),
            }),
            Err(problem) => table.problem_at(
                "holds",
                &problem.code,
                problem.message.zh,
                problem.message.en,
            ),
        }
    }
    checks
}

fn read_field(table: &Table<'_>) -> Option<FormField> {
    if !table.has("case") {
        let line = table.line();
        return FieldDef::read(table).map(|field| FormField::Own { field, line });
    }
    let name = table.text("case");
    let required = read_required(table)
        .map(|spec| requirement(Some(spec)))
        .transpose();
    let visible = table
        .opt_text("visible")
        .map(|text| expression("visible", &text))
        .transpose();
    let label = table.opt_local("label");
    let hint = table.opt_local("hint");
    let default = table.opt_scalar("default");
    table.finish();
    let report = |problem: Problem| {
        let key = problem.place.clone();
        table.problem_at(&key, &problem.code, problem.message.zh, problem.message.en);
    };
    Some(FormField::Case {
        name: name?,
        line: table.line(),
        required: required.map_err(report).ok().flatten(),
        label,
        hint,
        visible: visible.map_err(report).ok().flatten(),
        default,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_takes_facts_of_the_case_and_fields_of_its_own() {
        let text = "title = { zh = \"派遣\", en = \"Dispatch\" }\n[[field]]\ncase = \"answer\"\nrequired = true\n[[field]]\nname = \"org\"\ntype = \"org\"\nlabel = { zh = \"单位\", en = \"Unit\" }\ndefault = \"=case.suggested_org\"\n";
        let (form, problems) = FormDef::read("dispatch", "forms/dispatch.toml", text);
        assert_eq!(problems, []);
        let answer = FieldDef::new(
            "answer",
            crate::FieldType::LongText { max: 9 },
            LocalText::new("答复", "Answer"),
        );
        let fields = form.as_ref().unwrap().resolve(&[answer]).unwrap();
        assert_eq!(
            (fields[0].of_case, &fields[0].field.required),
            (true, &Requirement::Always)
        );
        assert_eq!(
            (fields[1].of_case, fields[1].field.default_expression()),
            (false, Some("case.suggested_org"))
        );
        assert_eq!(form.unwrap().resolve(&[]).unwrap_err()[0].name(), "answer");
    }
}
