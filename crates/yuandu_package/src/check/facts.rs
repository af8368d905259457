//! The facts a case of the package has, as expressions may name them.

use std::collections::{BTreeMap, BTreeSet};

use yuandu_process::bpmn::{EXTENSION, read_tree};
use yuandu_schema::reading::Document;
use yuandu_schema::{FieldDef, FieldType, UNIVERSAL_CASE_COLUMNS};

use super::process::each;
use crate::load::Draft;

/// The code list of categories.
const CATEGORIES: &str = "categories";

/// What a case can be whatever its process says: under way, joined to another, ended by hand, ended without a word.
const STATUSES: [&str; 4] = ["open", "merged", "withdrawn", "closed"];

/// What is wrong with a code, in both languages.
pub(crate) type Refused = (String, String);

/// Facts of the package's cases.
pub(crate) struct Facts {
    /// Names `case.<name>` may use.
    pub(crate) names: BTreeSet<String>,
    /// Declared fields, also those that are not sound, which are stood in for.
    pub(crate) fields: Vec<FieldDef>,
    /// The code list of each fact that is a code.
    pub(crate) lists: BTreeMap<String, String>,
    /// What a case can be.
    statuses: BTreeSet<String>,
    /// Where a case can be.
    stages: BTreeSet<String>,
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
            statuses: statuses(draft),
            stages: package
                .manifest
                .case
                .iter()
                .flat_map(|case| case.stages.iter().map(|stage| stage.id.clone()))
                .collect(),
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

    /// Why a value cannot be that of the fact at a path; none when it can, or when that is not known.
    pub(crate) fn refuse(&self, draft: &Draft, path: &[&str], code: &str) -> Option<Refused> {
        let ["case", fact] = path else { return None };
        match *fact {
            "status" if self.variables_incomplete => None,
            "status" => among(&self.statuses, ("状态", "status"), code),
            "stage" if self.stages.is_empty() => None,
            "stage" => among(&self.stages, ("环节", "stage"), code),
            "class" => {
                let list = draft.package.lists.get(CATEGORIES)?;
                let mut entries = list.entries().iter();
                let known = entries.any(|entry| entry.class.as_deref() == Some(code));
                (!known).then(|| absent(CATEGORIES, code))
            }
            fact => in_list(draft, self.lists.get(fact)?, code),
        }
    }
}

/// Why a code is not in a list; none when it is, or when the list is not there, which is told elsewhere.
pub(crate) fn in_list(draft: &Draft, list: &str, code: &str) -> Option<Refused> {
    let known = draft.package.lists.get(list)?.get(code).is_some();
    (!known).then(|| absent(list, code))
}

fn absent(list: &str, code: &str) -> Refused {
    (
        format!("代码 `{code}` 不在代码表 `{list}` 中"),
        format!("the code `{code}` is not in the list `{list}`"),
    )
}

/// Why a word is none of those a fact can be.
pub(crate) fn among(known: &BTreeSet<String>, what: (&str, &str), word: &str) -> Option<Refused> {
    (!known.contains(word)).then(|| {
        let list: Vec<&str> = known.iter().map(String::as_str).collect();
        let list = list.join(", ");
        (
            format!("没有{} `{word}`；可用：{list}", what.0),
            format!("there is no {} `{word}`; there are: {list}", what.1),
        )
    })
}

/// What the ends of the package's processes name, and what a case can be whatever they say.
fn statuses(draft: &Draft) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = STATUSES.map(str::to_owned).into();
    for (_, _, text) in draft.in_folder("processes", ".bpmn") {
        // What is no XML was told by the reader of processes.
        let Ok(root) = read_tree(text) else { continue };
        each(&root, &mut |element| {
            if element.namespace == EXTENSION && element.name == "end" {
                found.extend(element.attribute("status").map(str::to_owned));
            }
        });
    }
    found
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
