//! Registers with their fields, and the code lists.

use yuandu_package::Package;
use yuandu_schema::{FieldType, RegisterDef, Requirement, Retention, Sensitivity};

use super::page::{Page, both};

/// Every register with its fields.
pub(super) fn registers(page: &mut Page, package: &Package) {
    if package.registers().is_empty() {
        return;
    }
    page.section("登记簿", "Registers");
    for register in package.registers() {
        page.part(&format!(
            "{} (`{}`)",
            both(&register.title),
            register.full_name()
        ));
        if let Some(summary) = &register.summary {
            page.line(&format!("{}\n", both(summary)));
        }
        page.line(&format!(
            "数源单位 · Authority `{}`；主键 · Key `{}`；依据 · Ground {}；保存 · Kept {}\n",
            register.authority,
            register.key.join(", "),
            register.legal_basis,
            kept(register.retention)
        ));
        page.table(
            &[
                "",
                "字段 · Field",
                "类型 · Type",
                "必填 · Required",
                "谁可看 · Readable by",
                "来源 · Owned by",
            ],
            fields(register),
        );
        quality(page, register);
    }
}

/// Rules, the promise of freshness, and how duplicates are found.
fn quality(page: &mut Page, register: &RegisterDef) {
    if let Some(months) = register.fresh_months {
        page.line(&format!(
            "\n更新承诺 · Confirmed or changed within {months} 个月 · months\n"
        ));
    }
    if !register.rules.is_empty() {
        page.table(
            &["规则 · Rule", "FEEL"],
            register
                .rules
                .iter()
                .map(|rule| vec![both(&rule.label), format!("`{}`", rule.check)]),
        );
    }
    if let Some(matching) = &register.matching {
        let blocks: Vec<String> = matching
            .lookups()
            .map(|fields| format!("`{}`", fields.join(" + ")))
            .collect();
        page.line(&format!(
            "\n查重 · Duplicates: {}；≥ {} 分待核对 · from this score on a person decides\n",
            blocks.join(", "),
            matching.review
        ));
        page.table(
            &[
                "比对 · Compared",
                "方式 · How",
                "相同 · Same",
                "不同 · Different",
            ],
            matching.compare.iter().map(|compared| {
                vec![
                    format!("`{}`", compared.field),
                    compared.by.name().to_owned(),
                    format!("+{}", compared.weight),
                    format!("-{}", compared.against),
                ]
            }),
        );
    }
}

fn fields(register: &RegisterDef) -> Vec<Vec<String>> {
    let row = |field: &yuandu_schema::FieldDef| {
        vec![
            format!("`{}`", field.name),
            both(&field.label),
            kind(&field.kind),
            requirement(&field.required),
            match register.sensitivity_of(field) {
                Sensitivity::Open => "所有人 · anyone",
                Sensitivity::Internal => "工作人员 · officers",
                Sensitivity::Restricted => "获授权者 · by leave",
            }
            .to_owned(),
            match (&field.source, &field.authority) {
                (Some(source), _) => format!("`{source}`"),
                (None, Some(authority)) => format!("`{authority}`"),
                (None, None) => String::new(),
            },
        ]
    };
    register.fields.iter().map(row).collect()
}

fn kept(retention: Retention) -> String {
    match retention {
        Retention::Permanent => "永久 · for good".to_owned(),
        Retention::Years(years) => format!("{years} 年 · years"),
        Retention::Months(months) => format!("{months} 个月 · months"),
    }
}

/// A field's type, with the list or register it points at.
pub(super) fn kind(kind: &FieldType) -> String {
    match kind {
        FieldType::Code { list } => format!("code `{list}`"),
        FieldType::Reference { register } => format!("reference `{register}`"),
        FieldType::Text { max } | FieldType::LongText { max } => {
            format!("{} ≤ {max}", kind.name())
        }
        FieldType::Photos { max } => format!("photos ≤ {max}"),
        other => other.name().to_owned(),
    }
}

/// Whether a value must be given.
pub(super) fn requirement(required: &Requirement) -> String {
    match required {
        Requirement::Optional => String::new(),
        Requirement::Always => "✓".to_owned(),
        Requirement::When(condition) => format!("`{condition}`"),
    }
}

/// Every code list with its size and source.
pub(super) fn code_lists(page: &mut Page, package: &Package) {
    if package.code_lists().iter().next().is_none() {
        return;
    }
    page.section("代码表", "Code lists");
    page.table(
        &["", "条数 · Codes", "来源 · Source"],
        package.code_lists().iter().map(|list| {
            vec![
                format!("`{}`", list.id),
                list.entries().len().to_string(),
                list.source.clone(),
            ]
        }),
    );
}
