//! FEEL in forms and registers: readable, and naming only what is there when it is computed.

use std::collections::BTreeSet;

use yuandu_feel::Expression;
use yuandu_schema::{FieldDef, FormField, RegisterDef};

use super::codes::{Lookup, list_of, own_codes};
use super::facts::Facts;
use crate::load::Draft;
use crate::problems::Problems;

/// What expressions see in every step of a case, beside its variables.
pub(super) const SCOPE: [&str; 6] = ["case", "outcome", "input", "actor", "now", "today"];

/// Names an expression may use.
pub(super) struct Scope {
    /// Names at the root; none when they cannot be told.
    pub(super) roots: Option<BTreeSet<String>>,
    /// What may follow `input.`, when that is known.
    pub(super) input: Option<BTreeSet<String>>,
}

pub(super) fn check(draft: &Draft, facts: &Facts, problems: &mut Problems) {
    forms(draft, facts, problems);
    for register in &draft.package.registers {
        let file = format!("registers/{}.toml", register.id);
        let scope = register_scope(register);
        let before = register.is_case.then_some("input");
        let fields = register.fields.iter();
        let own = own_codes(before, fields.map(|f| (f.name.as_str(), list_of(f))));
        let of_fields = register.fields.iter().zip(&register.lines);
        let of_fields = of_fields.flat_map(|(field, line)| {
            let texts = field.expressions().into_iter();
            texts.map(|(key, text)| (*line, key, text))
        });
        let of_rules = register.rules.iter();
        let of_rules = of_rules.map(|rule| (rule.line, "check", rule.check.as_str()));
        for (line, key, text) in of_fields.chain(of_rules) {
            let line = draft.key_line(&file, line, key);
            parsed(&file, line, key, text, problems, |expression, problems| {
                names(&file, line, expression, &scope, facts, problems);
                Lookup {
                    draft,
                    facts,
                    file: &file,
                    own: &own,
                    problems,
                }
                .expression(line, expression);
            });
        }
    }
}

/// Facts of a case are checked with the case and what is being sent; other records with their own fields.
fn register_scope(register: &RegisterDef) -> Scope {
    let fields: BTreeSet<String> = register
        .fields
        .iter()
        .map(|field| field.name.clone())
        .collect();
    if register.is_case {
        let roots = ["case", "input"].map(str::to_owned).into();
        return Scope {
            roots: Some(roots),
            input: Some(fields),
        };
    }
    Scope {
        roots: Some(fields),
        input: None,
    }
}

fn forms(draft: &Draft, facts: &Facts, problems: &mut Problems) {
    let variables = facts.variables.iter().cloned();
    let roots: BTreeSet<String> = SCOPE
        .iter()
        .map(|name| (*name).to_owned())
        .chain(variables)
        .collect();
    for (id, form) in &draft.package.forms {
        let file = format!("forms/{id}.toml");
        let scope = Scope {
            roots: (!facts.variables_incomplete).then(|| roots.clone()),
            input: (!draft.failed.contains(&file))
                .then(|| form.fields.iter().map(|f| f.name().to_owned()).collect()),
        };
        let of_fields = form.fields.iter().flat_map(|field| {
            let texts = field.expressions().into_iter();
            texts.map(|(key, text)| (field.line(), key, text))
        });
        let of_checks = form.checks.iter();
        let of_checks = of_checks.map(|check| (check.line, "holds", check.holds.as_str()));
        let own = own_codes(
            Some("input"),
            form.fields.iter().map(|field| match field {
                FormField::Case { name, .. } => (name.as_str(), facts.lists.get(name)),
                FormField::Own { field, .. } => (field.name.as_str(), list_of(field)),
            }),
        );
        for (line, key, text) in of_fields.chain(of_checks) {
            let line = draft.key_line(&file, line, key);
            // What cannot be parsed is told by the check of the kind of case.
            if let Ok(expression) = Expression::parse(text) {
                names(&file, line, &expression, &scope, facts, problems);
                Lookup {
                    draft,
                    facts,
                    file: &file,
                    own: &own,
                    problems,
                }
                .expression(line, &expression);
            }
        }
    }
}

fn parsed(
    file: &str,
    line: usize,
    key: &str,
    text: &str,
    problems: &mut Problems,
    then: impl FnOnce(&Expression, &mut Problems),
) {
    match Expression::parse(text) {
        Ok(expression) => then(&expression, problems),
        Err(error) => problems.add(
            file,
            line,
            "registers.feel",
            format!("`{key}` 的 FEEL 表达式读不懂：{}", error.zh),
            format!(
                "the FEEL expression of `{key}` cannot be read: {}",
                error.en
            ),
        ),
    }
}

/// Tells names that are not there: at the root, behind `case.` and behind `input.`.
pub(super) fn names(
    file: &str,
    line: usize,
    expression: &Expression,
    scope: &Scope,
    facts: &Facts,
    problems: &mut Problems,
) {
    paths(file, line, &expression.names(), scope, (facts, problems));
}

/// The same for paths that have been collected.
pub(super) fn paths(
    file: &str,
    line: usize,
    paths: &BTreeSet<Vec<String>>,
    scope: &Scope,
    (facts, problems): (&Facts, &mut Problems),
) {
    let knows_root = |root: &String| {
        scope
            .roots
            .as_ref()
            .is_none_or(|roots| roots.contains(root))
    };
    for path in paths {
        match path.as_slice() {
            [root, ..] if !knows_root(root) => problems.add(
                file,
                line,
                "feel.name_unknown",
                format!("表达式中的 `{root}` 不存在"),
                format!("the expression names `{root}`, which does not exist"),
            ),
            [root, fact, ..]
                if root == "case" && !facts.names.contains(fact) && !facts.fields_incomplete =>
            {
                problems.add(
                    file,
                    line,
                    "feel.fact_unknown",
                    format!("案卷没有 `{fact}` 这个信息项"),
                    format!("the case has no fact `{fact}`"),
                );
            }
            [root, field, ..]
                if root == "input"
                    && scope
                        .input
                        .as_ref()
                        .is_some_and(|known| !known.contains(field)) =>
            {
                problems.add(
                    file,
                    line,
                    "feel.input_unknown",
                    format!("表单没有 `{field}` 这一栏"),
                    format!("the form has no field `{field}`"),
                );
            }
            _ => {}
        }
    }
}

/// A field as messages name it.
pub(super) fn shown(field: &FieldDef) -> String {
    format!("`{}`", field.name)
}
