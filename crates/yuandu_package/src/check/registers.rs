//! Fields of registers and forms point at code lists and registers that exist; a fact has one source.

use yuandu_schema::{FieldDef, FieldType, FormField};

use super::Around;
use super::expressions::shown;
use crate::problems::Problems;

pub(super) fn check(around: &Around<'_>, problems: &mut Problems) {
    let package = around.package();
    for register in &package.registers {
        let file = format!("registers/{}.toml", register.id);
        for (field, line) in register.fields.iter().zip(&register.lines) {
            points(around, &file, *line, field, problems);
        }
    }
    for (id, form) in &package.forms {
        let file = format!("forms/{id}.toml");
        for field in &form.fields {
            if let FormField::Own { field, line } = field {
                points(around, &file, *line, field, problems);
            }
        }
    }
    let cases: Vec<&str> = package
        .registers
        .iter()
        .filter(|r| r.is_case)
        .map(|r| r.id.as_str())
        .collect();
    let named = package
        .manifest
        .case
        .as_ref()
        .map(|case| case.register.as_str());
    for id in cases.into_iter().filter(|id| Some(*id) != named) {
        problems.add(
            &format!("registers/{id}.toml"),
            0,
            "package.case_register",
            format!("案卷登记簿 `{id}` 没有写进 package.toml 的 [case]"),
            format!("the register of cases `{id}` is not named by [case] of package.toml"),
        );
    }
}

/// The code list or register of a field.
fn points(around: &Around<'_>, file: &str, line: usize, field: &FieldDef, problems: &mut Problems) {
    match &field.kind {
        FieldType::Code { .. } if around.draft.failed.contains("codes/") => {}
        FieldType::Code { list } if around.package().lists.get(list).is_none() => problems.add(
            file,
            around.draft.key_line(file, line, "list"),
            "codes.list_unknown",
            format!(
                "{} 的代码表 `{list}` 不存在，请放进 codes/{list}.csv",
                shown(field)
            ),
            format!(
                "the code list `{list}` of {} does not exist; put it into codes/{list}.csv",
                shown(field)
            ),
        ),
        FieldType::Reference { register }
            if around.register(register).is_none() && !around.registers_incomplete(register) =>
        {
            problems.add(
                file,
                around.draft.key_line(file, line, "register"),
                "registers.unknown",
                format!("{} 指向的登记簿 `{register}` 不存在，或其包未写进 needs", shown(field)),
                format!("{} points at the register `{register}`, which does not exist or whose package is not in `needs`", shown(field)),
            );
        }
        _ => {}
    }
}
