//! Registers as packages declare them.

use yuandu_base::LocalText;

use crate::field::{FieldDef, FieldType, Requirement, Sensitivity};
use crate::field_source::read_sensitivity;
use crate::matching::{self, MatchingDef};
use crate::quality::{self, QualityRule};
use crate::reading::{Document, Located, Table};

/// How long records are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retention {
    /// For good.
    Permanent,
    /// So many years after the record is closed or removed.
    Years(u16),
    /// So many months.
    Months(u16),
}

/// What a register remembers of records that changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum History {
    /// The present state; what was before stands in the log alone.
    #[default]
    Current,
    /// Every version with the days it is true for and the time it was believed: "as it was on", "as we knew on".
    Bitemporal,
}

/// An index over fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexDef {
    /// Fields, in order.
    pub fields: Vec<String>,
    /// Whether values are unique.
    pub unique: bool,
}

/// A register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterDef {
    /// The package that declares it.
    pub package: String,
    /// Name inside the package.
    pub id: String,
    /// Whether its rows are the declared facts of cases (key: the case's id).
    pub is_case: bool,
    /// What people read.
    pub title: LocalText,
    /// One sentence about it.
    pub summary: Option<LocalText>,
    /// The organisation whose word counts.
    pub authority: String,
    /// Least sensitivity of its fields.
    pub sensitivity: Sensitivity,
    /// How long records are kept.
    pub retention: Retention,
    /// What is remembered of records that changed.
    pub history: History,
    /// Whether a change by a person waits for a second one.
    pub approval: bool,
    /// Its class in the catalogue of resources: six digits, the first of them 1 base, 2 theme, 3 department.
    pub resource_class: Option<String>,
    /// Law or standard it stands on.
    pub legal_basis: String,
    /// Key fields, in order; `["id"]` for case registers.
    pub key: Vec<String>,
    /// The field that names a record in lists.
    pub name_field: Option<String>,
    /// Fields, in order.
    pub fields: Vec<FieldDef>,
    /// The line of each field's declaration, in the same order.
    pub lines: Vec<usize>,
    /// Indexes beside the key.
    pub indexes: Vec<IndexDef>,
    /// Fields people filter lists by.
    pub facets: Vec<String>,
    /// Fields searched by words.
    pub search: Vec<String>,
    /// Columns that earlier versions of the package filled and this one does not: the table keeps them, so that old entries of
    /// the log stay replayable.
    pub retired: Vec<String>,
    /// How records that mean the same are found.
    pub matching: Option<MatchingDef>,
    /// Rules that records should fulfil.
    pub rules: Vec<QualityRule>,
    /// Within how many months every record is promised to be confirmed or changed.
    pub fresh_months: Option<u16>,
}

impl RegisterDef {
    /// Reads a register file of a package; every problem comes with its line.
    #[must_use]
    pub fn read(package: &str, file: &str, text: &str) -> (Option<Self>, Vec<Located>) {
        let document = Document::parse(file, text);
        let register = read_register(package, &document.root());
        (register, document.into_problems())
    }

    /// The name by which other packages point at it.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{}.{}", self.package, self.id)
    }

    /// The table that holds it: `r_<package>_<register>`.
    #[must_use]
    pub fn table(&self) -> String {
        format!("r_{}_{}", self.package, self.id).replace('-', "_")
    }

    /// The table of its versions that are not the present one, when it is bitemporal: `h_<package>_<register>`.
    #[must_use]
    pub fn history_table(&self) -> Option<String> {
        let name = format!("h_{}_{}", self.package, self.id).replace('-', "_");
        (self.history == History::Bitemporal).then_some(name)
    }

    /// A field by name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&FieldDef> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The organisation whose word counts for a field: its own, or that of the register. A field with a source has that of
    /// its source.
    #[must_use]
    pub fn authority_of<'d>(&'d self, field: &'d FieldDef) -> &'d str {
        field.authority.as_deref().unwrap_or(&self.authority)
    }

    /// The sensitivity of a field: its own, or that of the register when that is stricter.
    #[must_use]
    pub fn sensitivity_of(&self, field: &FieldDef) -> Sensitivity {
        field.sensitivity.max(self.sensitivity)
    }
}

fn read_register(package: &str, root: &Table<'_>) -> Option<RegisterDef> {
    let id = root.text("id");
    let is_case = read_kind(root);
    let title = root.local("title");
    let summary = root.opt_local("summary");
    let authority = root.text("authority");
    let sensitivity = read_sensitivity(root, "sensitivity", Sensitivity::Open);
    let retention = read_retention(root);
    let history = read_history(root, is_case);
    let approval = read_changes(root);
    let resource_class = read_resource_class(root);
    let legal_basis = root.text("legal_basis");
    let key = root.texts("key");
    let name_field = root.opt_text("name");
    let (facets, search) = (root.texts("facets"), root.texts("search"));
    let (mut fields, mut lines) = (Vec::new(), Vec::new());
    for table in root.tables("field") {
        if let Some(field) = FieldDef::read(&table) {
            if fields
                .iter()
                .any(|earlier: &FieldDef| earlier.name == field.name)
            {
                twice(&table, &field.name);
            }
            if OWN_COLUMNS.contains(&field.name.as_str())
                || SQL_WORDS.contains(&field.name.as_str())
            {
                reserved(&table, &field.name);
            }
            fields.push(field);
            lines.push(table.line());
        }
    }
    let indexes = root.tables("index").iter().map(read_index).collect();
    let retired = root.texts("retired");
    let matching = matching::read(root);
    let (rules, fresh_months) = (quality::read(root), quality::read_fresh(root));
    root.finish();
    let register = RegisterDef {
        package: package.to_owned(),
        id: id?,
        is_case,
        title: title?,
        summary,
        authority: authority?,
        sensitivity,
        retention: retention?,
        history,
        approval,
        resource_class,
        legal_basis: legal_basis?,
        key: if is_case { vec!["id".to_owned()] } else { key },
        name_field,
        fields,
        lines,
        indexes,
        facets,
        search,
        retired,
        matching,
        rules,
        fresh_months,
    };
    check_names(&register, root);
    matching::check(&register, root);
    quality::check(&register, root);
    Some(register)
}

/// Columns that registers have beside their fields: the record's id, when it was last changed, and those of versions.
const OWN_COLUMNS: [&str; 11] = [
    "id",
    "changed_at",
    "version",
    "valid_begin",
    "valid_end",
    "known_begin",
    "known_end",
    "known_by",
    "known_how",
    "known_why",
    "pending",
];

/// Words that PostgreSQL or SQLite keep for themselves: a column cannot be called so.
const SQL_WORDS: [&str; 110] = [
    "all",
    "analyse",
    "analyze",
    "and",
    "any",
    "array",
    "as",
    "asc",
    "asymmetric",
    "authorization",
    "between",
    "binary",
    "both",
    "case",
    "cast",
    "check",
    "collate",
    "collation",
    "column",
    "concurrently",
    "constraint",
    "create",
    "cross",
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "default",
    "deferrable",
    "desc",
    "distinct",
    "do",
    "else",
    "end",
    "except",
    "exists",
    "false",
    "fetch",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "glob",
    "grant",
    "group",
    "having",
    "if",
    "ilike",
    "in",
    "index",
    "initially",
    "inner",
    "intersect",
    "into",
    "is",
    "isnull",
    "join",
    "lateral",
    "leading",
    "left",
    "like",
    "limit",
    "localtime",
    "localtimestamp",
    "natural",
    "not",
    "notnull",
    "null",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "outer",
    "overlaps",
    "placing",
    "primary",
    "references",
    "returning",
    "right",
    "select",
    "session_user",
    "set",
    "similar",
    "some",
    "symmetric",
    "system_user",
    "table",
    "tablesample",
    "then",
    "to",
    "trailing",
    "transaction",
    "true",
    "union",
    "unique",
    "update",
    "user",
    "using",
    "values",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
];

fn reserved(table: &Table<'_>, name: &str) {
    table.problem_at(
        "name",
        "schema.field_name_reserved",
        format!("字段名 `{name}` 由系统保留，请换一个名字"),
        format!("field name `{name}` is reserved; choose another"),
    );
}

fn twice(table: &Table<'_>, name: &str) {
    table.problem_at(
        "name",
        "schema.field_twice",
        format!("字段 `{name}` 出现两次，请删去一个"),
        format!("field `{name}` stands twice; remove one"),
    );
}

fn read_kind(root: &Table<'_>) -> bool {
    match root.opt_text("kind").as_deref() {
        None | Some("record") => false,
        Some("case") => true,
        Some(other) => {
            root.problem_at(
                "kind",
                "schema.register_kind",
                format!("登记簿种类 `{other}` 不存在，请写 record 或 case"),
                format!("register kind `{other}` does not exist; write record or case"),
            );
            false
        }
    }
}

fn read_retention(root: &Table<'_>) -> Option<Retention> {
    let text = root.text("retention")?;
    let retention = match text.as_str() {
        "permanent" => Some(Retention::Permanent),
        other => match other.split_at_checked(other.len().saturating_sub(1)) {
            Some((number, "y")) => number.parse().ok().map(Retention::Years),
            Some((number, "m")) => number.parse().ok().map(Retention::Months),
            _ => None,
        },
    };
    if retention.is_none() {
        root.problem_at(
            "retention",
            "schema.retention",
            format!("保管期限 `{text}` 无法识别，请写 permanent、10y 或 18m"),
            format!("retention `{text}` cannot be read; write permanent, 10y or 18m"),
        );
    }
    retention
}

fn read_history(root: &Table<'_>, is_case: bool) -> History {
    let (zh, en) = match root.opt_text("history").as_deref() {
        None | Some("current") => return History::Current,
        Some("bitemporal") if !is_case => return History::Bitemporal,
        Some("bitemporal") => (
            "案卷有自己的经过，请删去 `history`".to_owned(),
            "cases have a history of their own; remove `history`".to_owned(),
        ),
        Some(other) => (
            format!("`history` 的 `{other}` 不存在，请写 current 或 bitemporal"),
            format!("history `{other}` does not exist; write current or bitemporal"),
        ),
    };
    root.problem_at("history", "schema.history", zh, en);
    History::Current
}

fn read_changes(root: &Table<'_>) -> bool {
    match root.opt_text("changes").as_deref() {
        None | Some("direct") => false,
        Some("approved") => true,
        Some(other) => {
            root.problem_at(
                "changes",
                "schema.changes",
                format!("`changes` 的 `{other}` 不存在，请写 direct 或 approved"),
                format!("changes `{other}` does not exist; write direct or approved"),
            );
            false
        }
    }
}

fn read_resource_class(root: &Table<'_>) -> Option<String> {
    let text = root.opt_text("resource_class")?;
    let digits = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits && text.starts_with(['1', '2', '3']) {
        return Some(text);
    }
    root.problem_at(
        "resource_class",
        "schema.resource_class",
        format!("资源分类 `{text}` 应为六位数字：类（1 基础、2 主题、3 部门）一位、项两位、目三位"),
        format!("the class `{text}` must be six digits: one of class (1 base, 2 theme, 3 department), two of group, three of kind"),
    );
    None
}

fn read_index(table: &Table<'_>) -> IndexDef {
    let index = IndexDef {
        fields: table.texts("fields"),
        unique: table.flag("unique"),
    };
    if index.fields.is_empty() {
        table.problem_at(
            "fields",
            "schema.index_empty",
            "索引没有字段，请写 fields",
            "the index has no fields; write `fields`",
        );
    }
    table.finish();
    index
}

/// Key, facet, search and name fields must be fields, index fields columns; a key must be given always and be one column.
fn check_names(register: &RegisterDef, root: &Table<'_>) {
    let columns: Vec<String> = register
        .fields
        .iter()
        .flat_map(FieldDef::columns)
        .map(|column| column.name)
        .collect();
    let known = |name: &String| register.field(name).is_some() || columns.contains(name);
    let named = [
        ("name", register.name_field.iter().collect::<Vec<_>>()),
        ("facets", register.facets.iter().collect()),
        ("search", register.search.iter().collect()),
        (
            "index",
            register
                .indexes
                .iter()
                .flat_map(|index| &index.fields)
                .collect(),
        ),
    ];
    for (key, names) in named {
        for name in names.into_iter().filter(|name| !known(name)) {
            unknown_name(root, key, name);
        }
    }
    if register.is_case {
        if root.has("key") {
            root.problem_at(
                "key",
                "schema.case_key",
                "案卷登记簿以案卷编号为键，请删去 key",
                "a case register is keyed by the case; remove `key`",
            );
        }
        return;
    }
    if register.key.is_empty() {
        root.problem_at(
            "key",
            "schema.key_missing",
            "登记簿缺少 `key`，请写明以哪些字段为键",
            "the register has no `key`; name the key fields",
        );
    }
    for name in &register.key {
        match register.field(name) {
            None => unknown_name(root, "key", name),
            Some(field)
                if field.required != Requirement::Always || field.kind == FieldType::Position =>
            {
                root.problem_at(
                    "key",
                    "schema.key_optional",
                    format!("键字段 `{name}` 必须 required = true，且不能是位置"),
                    format!("key field `{name}` must be required = true and cannot be a place"),
                );
            }
            Some(_) => {}
        }
    }
}

fn unknown_name(root: &Table<'_>, key: &str, name: &str) {
    root.problem_at(
        key,
        "schema.field_unknown",
        format!("`{key}` 提到的字段 `{name}` 不存在"),
        format!("`{key}` names the field `{name}`, which does not exist"),
    );
}
