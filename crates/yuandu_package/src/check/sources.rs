//! One fact, one source.
//!
//! A fact is a field of a register about one thing. It has one owner; everyone else points at it with `source` and
//! shows it live (a case keeps a copy, of the moment it was opened). The rules:
//!
//! 1. `source = "<package>.<register>.<field>"` names a field that exists, has the same type, and is owned there (a
//!    pointer to a pointer is refused). `source = "<package>.<register>"` stands on a reference to that register, or on
//!    a field of the type of its key.
//! 2. Two registers about the same thing (keyed by one field of the same identifying type: component, grid, division,
//!    person number, credit code) do not both own a field of one name.
//! 3. A register that points at another of any package (by a reference, or by a field of the identifying type of its key) does not own a field `<pointer>_<field>`, which says it is the other's; and where it points by
//!    reference, not a field of the other's name and type.
//! 4. A form asks only what no register knows: no fact of the case that has a source, and no field of its own that says of
//!    what the case or the form points at what its register says.

use yuandu_schema::{FieldDef, FieldType, FormDef, FormField, RegisterDef};

use super::Around;
use super::expressions::shown;
use crate::problems::Problems;

pub(super) fn check(around: &Around<'_>, problems: &mut Problems) {
    for register in &around.package().registers {
        let file = format!("registers/{}.toml", register.id);
        for (field, line) in register.fields.iter().zip(&register.lines) {
            match &field.source {
                Some(source) => {
                    let line = around.draft.key_line(&file, *line, "source");
                    pointer(around, (&file, line), field, source, problems);
                }
                None => {
                    let line = around.draft.key_line(&file, *line, "name");
                    owned(around, (&file, line), register, field, problems);
                }
            }
        }
    }
    if let Some(case) = around.package().case_register() {
        for def in around.package().forms.values() {
            form(around, def, case, problems);
        }
    }
}

/// What a form asks although a register knows it.
fn form(around: &Around<'_>, form: &FormDef, case: &RegisterDef, problems: &mut Problems) {
    let file = format!("forms/{}.toml", form.id);
    let own = form.fields.iter().filter_map(|field| match field {
        FormField::Own { field, .. } => Some(field.clone()),
        FormField::Case { .. } => None,
    });
    // What the form points at counts as much as what the case does.
    let asked = RegisterDef {
        fields: case.fields.iter().cloned().chain(own).collect(),
        ..case.clone()
    };
    for field in &form.fields {
        match field {
            FormField::Own { field, line } => {
                let line = around.draft.key_line(&file, *line, "name");
                owned(around, (&file, line), &asked, field, problems);
            }
            FormField::Case { name, line, .. } => {
                let fact = case.field(name);
                let Some(source) = fact.and_then(|fact| fact.source.as_ref()) else {
                    continue;
                };
                problems.add(
                    &file,
                    around.draft.key_line(&file, *line, "case"),
                    "forms.fact_known",
                    format!("`{name}` 由 `{source}` 查得，不要再问，请删去"),
                    format!(
                        "`{name}` is looked up in `{source}`; do not ask for it, remove the field"
                    ),
                );
            }
        }
    }
}

/// A field that points at its source.
fn pointer(
    around: &Around<'_>,
    (file, line): (&str, usize),
    field: &FieldDef,
    source: &str,
    problems: &mut Problems,
) {
    let mut refuse = |code: &str, zh: &str, en: &str| {
        let name = shown(field);
        problems.add(
            file,
            line,
            code,
            format!("{name} 的 source `{source}`：{zh}"),
            format!("the source `{source}` of {name}: {en}"),
        );
    };
    let parts: Vec<&str> = source.split('.').collect();
    let (register, target) = match parts.as_slice() {
        [package, register] => (format!("{package}.{register}"), None),
        [package, register, target] => (format!("{package}.{register}"), Some(*target)),
        _ => {
            return refuse(
                "registers.source",
                "请写成 包.登记簿.字段",
                "write package.register.field",
            );
        }
    };
    let Some(owner) = around.register(&register) else {
        if !around.registers_incomplete(&register) {
            refuse(
                "registers.source",
                "登记簿不存在，或其包未写进 needs",
                "the register does not exist, or its package is not in `needs`",
            );
        }
        return;
    };
    let Some(target) = target else {
        let refers = match &field.kind {
            FieldType::Reference { register } => around
                .register(register)
                .is_some_and(|to| to.full_name() == owner.full_name()),
            kind => key_type(owner) == Some(kind),
        };
        if !refers {
            refuse(
                "registers.source_type",
                "字段类型与该登记簿的键不同",
                "the field has another type than the key of the register",
            );
        }
        return;
    };
    match owner.field(target) {
        None => refuse("registers.source", "字段不存在", "the field does not exist"),
        Some(fact) if fact.source.is_some() => {
            refuse(
                "registers.source",
                "该字段自己也指向别处，请指向真正的来源",
                "that field points elsewhere itself; point at the owner",
            );
        }
        Some(fact) if !same_type(&fact.kind, &field.kind) => {
            let (zh, en) = (
                format!("来源的类型是 {}", fact.kind.name()),
                format!("the source is of type {}", fact.kind.name()),
            );
            refuse("registers.source_type", &zh, &en);
        }
        Some(_) => {}
    }
}

/// A field that claims to own its fact.
fn owned(
    around: &Around<'_>,
    (file, line): (&str, usize),
    register: &RegisterDef,
    field: &FieldDef,
    problems: &mut Problems,
) {
    let visible = around.package().registers.iter().chain(
        around
            .others
            .iter()
            .flat_map(|other| &other.package.registers),
    );
    for other in visible.filter(|other| other.full_name() != register.full_name() && !other.is_case)
    {
        let Some(fact) = taken(around, register, field, other) else {
            continue;
        };
        let source = format!("{}.{}", other.full_name(), fact.name);
        problems.add(
            file,
            line,
            "registers.fact_owned",
            format!("{} 是 `{source}` 已有的信息，请写 source = \"{source}\"，不要另存一份", shown(field)),
            format!("{} is a fact that `{source}` owns; point at it with source = \"{source}\" and keep no second one", shown(field)),
        );
    }
}

/// The field of another register whose fact this field repeats.
fn taken<'r>(
    around: &Around<'_>,
    register: &RegisterDef,
    field: &FieldDef,
    other: &'r RegisterDef,
) -> Option<&'r FieldDef> {
    let facts = || {
        other
            .fields
            .iter()
            .filter(|fact| fact.source.is_none() && !other.key.contains(&fact.name))
    };
    let identity = key_type(other).filter(|kind| identifies(kind));
    if identity.is_some() && key_type(register) == identity && !register.key.contains(&field.name) {
        // Of two owners within one package only the later one is told, by the order of names.
        let first = other.package != register.package || other.id < register.id;
        if let Some(fact) = facts()
            .find(|fact| fact.name == field.name)
            .filter(|_| first)
        {
            return Some(fact);
        }
    }
    for pointer in register
        .fields
        .iter()
        .filter(|pointer| pointer.name != field.name)
    {
        let by_reference = match &pointer.kind {
            FieldType::Reference { register } => around
                .register(register)
                .is_some_and(|to| to.full_name() == other.full_name()),
            _ => false,
        };
        let by_identity = identity.is_some_and(|kind| same_type(kind, &pointer.kind))
            && !register.key.contains(&pointer.name);
        let repeats = |fact: &&FieldDef| {
            let prefixed = field
                .name
                .strip_prefix(&pointer.name)
                .and_then(|rest| rest.strip_prefix('_'));
            let says_so = (by_reference || by_identity) && prefixed == Some(fact.name.as_str());
            says_so || (by_reference && fact.name == field.name && fact.kind == field.kind)
        };
        if let Some(fact) = facts().find(repeats) {
            return Some(fact);
        }
    }
    None
}

/// The type of a register's key, when it is one field.
fn key_type(register: &RegisterDef) -> Option<&FieldType> {
    match register.key.as_slice() {
        [key] => register.field(key).map(|field| &field.kind),
        _ => None,
    }
}

/// Whether values of the type name one thing of the city wherever they stand.
fn identifies(kind: &FieldType) -> bool {
    matches!(
        kind,
        FieldType::Component
            | FieldType::Grid
            | FieldType::Division
            | FieldType::PersonNumber
            | FieldType::CreditCode
    )
}

/// Types are the same whatever their limits: the owner's limits hold.
fn same_type(a: &FieldType, b: &FieldType) -> bool {
    match (a, b) {
        (FieldType::Code { list: a }, FieldType::Code { list: b }) => a == b,
        (FieldType::Reference { register: a }, FieldType::Reference { register: b }) => {
            a.rsplit('.').next() == b.rsplit('.').next()
        }
        _ => a.name() == b.name(),
    }
}
