//! The facts a case of the package has, as expressions may name them.

use std::collections::{BTreeMap, BTreeSet};

use yuandu_schema::reading::Document;
use yuandu_schema::{FieldDef, FieldType, UNIVERSAL_CASE_COLUMNS};

use crate::load::Draft;

/// The code list of categories.
const CATEGORIES: &str = "categories";

/// Facts of the package's cases.
pub(crate) struct Facts {
    /// Names `case.<name>` may use.
    pub(crate) names: BTreeSet<String>,
    /// Declared fields, also those that are not sound, which are stood in for.
    pub(crate) fields: Vec<FieldDef>,
    /// The code list of each fact that is a code.
    lists: BTreeMap<String, String>,
    /// Variables the processes keep.
    pub(crate) variables: BTreeSet<String>,
    /// Whether something that declares facts or variables could not be read.
    pub(crate) fields_incomplete: bool,
    pub(crate) variables_incomplete: bool,
}

impl Facts {
    pub(crate) fn of(draft: &Draft) -> Self {
        let package = &draft.package;
        let mut fields: Vec<FieldDef> = package
            .case_register()
            .map(|register| register.fields.clone())
            .unwrap_or_default();
        for name in written_fields(draft) {
            if !fields.iter().any(|field| field.name == name) {
                fields.push(FieldDef::new(
                    &name,
                    FieldType::Text { max: 200 },
                    Default::default(),
                ));
            }
        }
        let code_list = |field: &FieldDef| match &field.kind {
            FieldType::Code { list } => Some((field.name.clone(), list.clone())),
            _ => None,
        };
        let mut lists: BTreeMap<String, String> = fields.iter().filter_map(code_list).collect();
        lists.insert("category".to_owned(), CATEGORIES.to_owned());
        Self {
            names: UNIVERSAL_CASE_COLUMNS
                .iter()
                .map(|name| (*name).to_owned())
                .chain(fields.iter().map(|field| field.name.clone()))
                .collect(),
            fields,
            lists,
            variables: package
                .processes
                .iter()
                .flat_map(|process| process.uses().variables)
                .map(|mention| mention.name)
                .collect(),
            fields_incomplete: package.manifest.case.is_some() && package.case_register().is_none(),
            variables_incomplete: draft.any_failed("processes/"),
        }
    }

    /// Whether a code may be compared with the fact at a path; none when the path is no code or its list is not there.
    pub(crate) fn knows_code(
        &self,
        draft: &Draft,
        path: &[&str],
        code: &str,
    ) -> Option<(bool, String)> {
        let ["case", fact] = path else { return None };
        let lists = &draft.package.lists;
        if *fact == "class" {
            let list = lists.get(CATEGORIES)?;
            let known = list
                .entries()
                .iter()
                .any(|entry| entry.class.as_deref() == Some(code));
            return Some((known, CATEGORIES.to_owned()));
        }
        let name = self.lists.get(*fact)?;
        let list = lists.get(name)?;
        Some((list.get(code).is_some(), name.clone()))
    }
}

/// The names of the case register's fields as they are written, sound or not.
fn written_fields(draft: &Draft) -> Vec<String> {
    let Some(case) = &draft.package.manifest.case else {
        return Vec::new();
    };
    let file = format!("registers/{}.toml", case.register);
    if !draft.failed.contains(&file) {
        return Vec::new();
    }
    let document = Document::parse(&file, draft.text(&file));
    document
        .root()
        .tables("field")
        .iter()
        .filter_map(|field| field.opt_text("name"))
        .collect()
}
