//! Quality of a register as its package declares it: rules that records should fulfil beyond what their fields demand, and how
//! fresh they are promised to be. A rule judges; it does not keep a record out.

use yuandu_base::LocalText;

use crate::reading::Table;
use crate::register::RegisterDef;

/// A rule that every record should fulfil.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QualityRule {
    /// Name inside the register.
    pub id: String,
    /// What people read.
    pub label: LocalText,
    /// FEEL over the fields of the record; true when it is fulfilled, anything but false when it cannot be told.
    pub check: String,
    /// The fields it is about.
    pub fields: Vec<String>,
    /// Line of the declaration.
    pub line: usize,
}

/// Reads `[[rule]]` of a register.
pub(crate) fn read(root: &Table<'_>) -> Vec<QualityRule> {
    let tables = root.tables("rule");
    let rules = tables.iter().filter_map(|table| {
        let (id, label, check) = (table.text("id"), table.local("label"), table.text("check"));
        let fields = table.texts("fields");
        table.finish();
        let check = check?;
        Some(QualityRule {
            id: id?,
            label: label?,
            check: check.strip_prefix('=').unwrap_or(&check).to_owned(),
            fields,
            line: table.line(),
        })
    });
    rules.collect()
}

/// Reads `fresh = "24m"`: within how many months every record is confirmed or changed.
pub(crate) fn read_fresh(root: &Table<'_>) -> Option<u16> {
    let text = root.opt_text("fresh")?;
    let months = match text.split_at_checked(text.len().saturating_sub(1)) {
        Some((number, "m")) => number.parse().ok(),
        Some((number, "y")) => number
            .parse::<u16>()
            .ok()
            .and_then(|years| years.checked_mul(12)),
        _ => None,
    };
    if months.is_none() {
        root.problem_at(
            "fresh",
            "schema.fresh",
            format!("更新承诺 `{text}` 无法识别，请写 6m 或 2y"),
            format!("the promise `{text}` cannot be read; write 6m or 2y"),
        );
    }
    months
}

/// Rules have names of their own and are about fields that exist.
pub(crate) fn check(register: &RegisterDef, root: &Table<'_>) {
    for (at, rule) in register.rules.iter().enumerate() {
        let earlier = register.rules.iter().take(at);
        if earlier.clone().any(|other| other.id == rule.id) {
            root.problem_at(
                "rule",
                "schema.rule_twice",
                format!("规则 `{}` 出现两次，请改一个名字", rule.id),
                format!("the rule `{}` stands twice; rename one", rule.id),
            );
        }
        for name in rule
            .fields
            .iter()
            .filter(|name| register.field(name).is_none())
        {
            root.problem_at(
                "rule",
                "schema.field_unknown",
                format!("规则 `{}` 提到的字段 `{name}` 不存在", rule.id),
                format!(
                    "the rule `{}` names the field `{name}`, which does not exist",
                    rule.id
                ),
            );
        }
    }
}
