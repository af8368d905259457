//! How fields are written: the flat form of TOML and JSON, and its translation to [`FieldDef`].

use serde::{Deserialize, Serialize};
use yuandu_base::{LocalText, Problem};

use crate::field::{
    DEFAULT_ADDRESS_MAX, DEFAULT_GEOMETRY_MAX, DEFAULT_LONG_TEXT_MAX, DEFAULT_PHOTOS_MAX,
    DEFAULT_TEXT_MAX, FieldDef, FieldType, Requirement, Sensitivity,
};
use crate::reading::Table;

/// `required = true` or `required = "=…"`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum RequiredSpec {
    Flag(bool),
    Expression(String),
}

/// A field as it is written.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FieldSpec {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    label: LocalText,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hint: Option<LocalText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    min: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    list: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    register: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    required: Option<RequiredSpec>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    visible: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    default: Option<String>,
    #[serde(default)]
    sensitivity: Sensitivity,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    holding: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    authority: Option<String>,
}

impl FieldSpec {
    /// Reads one `[[field]]` table; problems go to the document, and `None` means the field cannot be used.
    pub(crate) fn read(table: &Table<'_>) -> Option<Self> {
        let name = table.text("name");
        let kind = table.text("type");
        let label = table.local("label");
        let spec = Self {
            hint: table.opt_local("hint"),
            min: table.opt_integer("min"),
            max: table.opt_integer("max"),
            list: table.opt_text("list"),
            register: table.opt_text("register"),
            required: read_required(table),
            visible: table.opt_text("visible"),
            default: table.opt_scalar("default"),
            sensitivity: read_sensitivity(table, "sensitivity", Sensitivity::Open),
            holding: table.opt_text("holding"),
            source: table.opt_text("source"),
            authority: table.opt_text("authority"),
            name: name?,
            kind: kind?,
            label: label?,
        };
        Some(spec)
    }
}

/// Reads `required`, a boolean or a FEEL text.
pub(crate) fn read_required(table: &Table<'_>) -> Option<RequiredSpec> {
    if !table.has("required") {
        return None;
    }
    if let Some(flag) = table.peek_bool("required") {
        return Some(RequiredSpec::Flag(flag));
    }
    table.opt_text("required").map(RequiredSpec::Expression)
}

/// Reads a sensitivity by name.
pub(crate) fn read_sensitivity(table: &Table<'_>, key: &str, absent: Sensitivity) -> Sensitivity {
    match table.opt_text(key).as_deref() {
        None => absent,
        Some("open") => Sensitivity::Open,
        Some("internal") => Sensitivity::Internal,
        Some("restricted") => Sensitivity::Restricted,
        Some(other) => {
            table.problem_at(
                key,
                "schema.sensitivity_unknown",
                format!("敏感级别 `{other}` 不存在，请写 open、internal 或 restricted"),
                format!("sensitivity `{other}` does not exist; write open, internal or restricted"),
            );
            absent
        }
    }
}

/// Turns the written requirement into its meaning.
pub(crate) fn requirement(spec: Option<RequiredSpec>) -> Result<Requirement, Problem> {
    match spec {
        None | Some(RequiredSpec::Flag(false)) => Ok(Requirement::Optional),
        Some(RequiredSpec::Flag(true)) => Ok(Requirement::Always),
        Some(RequiredSpec::Expression(text)) => {
            expression("required", &text).map(Requirement::When)
        }
    }
}

/// The FEEL text behind the sign `=`.
pub(crate) fn expression(key: &str, text: &str) -> Result<String, Problem> {
    match text.strip_prefix('=') {
        Some(rest) if !rest.trim().is_empty() => Ok(rest.trim().to_owned()),
        _ => Err(Problem::new(
            "schema.expression_sign",
            key,
            format!("`{key}` 应为表达式，请以等号开头，例如 `=case.category != null`"),
            format!(
                "`{key}` must be an expression; begin with an equals sign, for example `=case.category != null`"
            ),
        )),
    }
}

/// Whether a name may be a field name, and so a column name.
pub(crate) fn name_problem(name: &str) -> Option<Problem> {
    let mut letters = name.chars();
    let begins = letters.next().is_some_and(|c| c.is_ascii_lowercase());
    let continues = letters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !begins || !continues || name.len() > 40 {
        return Some(Problem::new(
            "schema.field_name",
            "name",
            format!(
                "字段名 `{name}` 不合规，请用小写字母开头，只含小写字母、数字和下划线，最长 40 个字符"
            ),
            format!(
                "field name `{name}` is not allowed; begin with a small letter and use small letters, digits and underscores, at most 40"
            ),
        ));
    }
    // The store adds these two columns to every table.
    if matches!(name, "realm" | "pos") {
        return Some(Problem::new(
            "schema.field_name_reserved",
            "name",
            format!("字段名 `{name}` 由系统保留，请换一个名字"),
            format!("field name `{name}` is reserved; choose another"),
        ));
    }
    None
}

fn limit(key: &str, value: Option<i64>, absent: usize) -> Result<usize, Problem> {
    match value {
        None => Ok(absent),
        Some(number) => usize::try_from(number)
            .ok()
            .filter(|n| (1..=1_000_000).contains(n))
            .ok_or_else(|| {
                Problem::new(
                    "schema.limit",
                    key,
                    format!("`{key}` 应在 1 到 1000000 之间，现为 {number}"),
                    format!("`{key}` must be between 1 and 1000000, it is {number}"),
                )
            }),
    }
}

fn needs(key: &str, kind: &str, value: Option<String>) -> Result<String, Problem> {
    value.filter(|text| !text.trim().is_empty()).ok_or_else(|| {
        Problem::new(
            "schema.type_needs",
            "type",
            format!("类型 `{kind}` 需要写明 `{key}`"),
            format!("type `{kind}` needs the key `{key}`"),
        )
    })
}

fn field_type(spec: &FieldSpec) -> Result<FieldType, Problem> {
    Ok(match spec.kind.as_str() {
        "text" => FieldType::Text {
            max: limit("max", spec.max, DEFAULT_TEXT_MAX)?,
        },
        "long_text" => FieldType::LongText {
            max: limit("max", spec.max, DEFAULT_LONG_TEXT_MAX)?,
        },
        "integer" => FieldType::Integer {
            min: spec.min,
            max: spec.max,
        },
        "decimal" => FieldType::Decimal,
        "boolean" => FieldType::Boolean,
        "date" => FieldType::Date,
        "instant" => FieldType::Instant,
        "code" => FieldType::Code {
            list: needs("list", "code", spec.list.clone())?,
        },
        "org" => FieldType::Org,
        "post" => FieldType::Post,
        "user" => FieldType::User,
        "division" => FieldType::Division,
        "grid" => FieldType::Grid,
        "component" => FieldType::Component,
        "reference" => FieldType::Reference {
            register: needs("register", "reference", spec.register.clone())?,
        },
        "position" => FieldType::Position,
        "photos" => FieldType::Photos {
            max: limit("max", spec.max, DEFAULT_PHOTOS_MAX)?,
        },
        "phone" => FieldType::Phone,
        "person_number" => FieldType::PersonNumber,
        "credit_code" => FieldType::CreditCode,
        "budget" => FieldType::Budget,
        "money" => FieldType::Money,
        "address" => FieldType::Address {
            max: limit("max", spec.max, DEFAULT_ADDRESS_MAX)?,
        },
        "geometry" => FieldType::Geometry {
            max: limit("max", spec.max, DEFAULT_GEOMETRY_MAX)?,
        },
        other => {
            let known = FieldType::NAMES.join(", ");
            return Err(Problem::new(
                "schema.type_unknown",
                "type",
                format!("字段类型 `{other}` 不存在，可用：{known}"),
                format!("field type `{other}` does not exist; use one of {known}"),
            ));
        }
    })
}

/// Keys that say nothing for the type are mistakes, not decoration.
fn idle_key(spec: &FieldSpec) -> Option<&'static str> {
    let kind = spec.kind.as_str();
    let idle = |given: bool, types: &[&str]| given && !types.contains(&kind);
    if idle(spec.min.is_some(), &["integer"]) {
        Some("min")
    } else if idle(
        spec.max.is_some(),
        &[
            "text",
            "long_text",
            "integer",
            "photos",
            "address",
            "geometry",
        ],
    ) {
        Some("max")
    } else if idle(spec.list.is_some(), &["code"]) {
        Some("list")
    } else if idle(spec.register.is_some(), &["reference"]) {
        Some("register")
    } else if idle(spec.holding.is_some(), &["org"]) {
        Some("holding")
    } else {
        None
    }
}

impl TryFrom<FieldSpec> for FieldDef {
    type Error = SpecError;

    fn try_from(spec: FieldSpec) -> Result<Self, SpecError> {
        let kind = field_type(&spec)?;
        if let Some(problem) = name_problem(&spec.name) {
            return Err(problem.into());
        }
        if let Some(key) = idle_key(&spec) {
            let kind = kind.name();
            return Err(SpecError(Problem::new(
                "schema.key_idle",
                key,
                format!("类型 `{kind}` 不使用 `{key}`，请删去"),
                format!("type `{kind}` does not use the key `{key}`; remove it"),
            )));
        }
        if spec.source.is_some() && spec.authority.is_some() {
            return Err(SpecError(Problem::new(
                "schema.authority_elsewhere",
                "authority",
                "写了 source 的字段由来源负责，请删去 authority",
                "a field with a source is answered for by its source; remove `authority`",
            )));
        }
        let visible = spec
            .visible
            .as_deref()
            .map(|text| expression("visible", text))
            .transpose()?;
        let def = Self {
            name: spec.name,
            kind,
            label: spec.label,
            hint: spec.hint,
            required: requirement(spec.required)?,
            visible,
            default: spec.default,
            sensitivity: spec.sensitivity,
            holding: spec.holding,
            source: spec.source,
            authority: spec.authority,
        };
        def.check_default()?;
        Ok(def)
    }
}

impl FieldDef {
    /// A literal default must itself be a value of the field.
    fn check_default(&self) -> Result<(), Problem> {
        let Some(literal) = self.default_literal() else {
            return Ok(());
        };
        match self.check_text(literal) {
            Ok(_) => Ok(()),
            Err(problem) => Err(Problem::new(
                "schema.default_invalid",
                "default",
                format!(
                    "默认值 `{literal}` 不是该字段的有效值：{}",
                    problem.message.zh
                ),
                format!(
                    "the default `{literal}` is not a value of this field: {}",
                    problem.message.en
                ),
            )),
        }
    }

    /// Reads one `[[field]]` table. Problems are recorded in the document; `None` means the field cannot be used.
    #[must_use]
    pub fn read(table: &Table<'_>) -> Option<Self> {
        let spec = FieldSpec::read(table);
        table.finish();
        match Self::try_from(spec?) {
            Ok(def) => Some(def),
            Err(SpecError(problem)) => {
                let key = problem.place.clone();
                table.problem_at(&key, &problem.code, problem.message.zh, problem.message.en);
                None
            }
        }
    }
}

/// A field that cannot be built from what is written; carries the problem for serde's message.
#[derive(Debug)]
pub(crate) struct SpecError(pub(crate) Problem);

impl From<Problem> for SpecError {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl std::fmt::Display for SpecError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.message.en)
    }
}

impl From<FieldDef> for FieldSpec {
    fn from(def: FieldDef) -> Self {
        let mut spec = Self {
            name: def.name,
            kind: def.kind.name().to_owned(),
            label: def.label,
            hint: def.hint,
            min: None,
            max: None,
            list: None,
            register: None,
            required: match def.required {
                Requirement::Optional => None,
                Requirement::Always => Some(RequiredSpec::Flag(true)),
                Requirement::When(text) => Some(RequiredSpec::Expression(format!("={text}"))),
            },
            visible: def.visible.map(|text| format!("={text}")),
            default: def.default,
            sensitivity: def.sensitivity,
            holding: def.holding,
            source: def.source,
            authority: def.authority,
        };
        match def.kind {
            FieldType::Text { max }
            | FieldType::LongText { max }
            | FieldType::Photos { max }
            | FieldType::Address { max }
            | FieldType::Geometry { max } => {
                spec.max = i64::try_from(max).ok();
            }
            FieldType::Integer { min, max } => (spec.min, spec.max) = (min, max),
            FieldType::Code { list } => spec.list = Some(list),
            FieldType::Reference { register } => spec.register = Some(register),
            _ => {}
        }
        spec
    }
}
