//! Entries made from declarations.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use yuandu_base::LocalText;
use yuandu_schema::{FieldDef, FieldType, RegisterDef, Requirement, Sensitivity};

use crate::code::class_name;
use crate::search::Index;
use crate::{Entry, Item, Openness, Provider, ResourceCode, Sharing, Terms};

/// A package with what the catalogue needs of it.
#[derive(Debug, Clone)]
pub struct Source<'s> {
    /// The package's name, a keyword of each of its registers.
    pub title: &'s LocalText,
    /// Its registers; those of cases are left out.
    pub registers: Vec<&'s RegisterDef>,
}

/// The class of a register that declares none: a resource of a department.
const DEPARTMENT: &str = "300001";

fn class_of(register: &RegisterDef) -> &str {
    register.resource_class.as_deref().unwrap_or(DEPARTMENT)
}

/// The catalogue of a city.
#[derive(Debug, Default)]
pub struct Catalogue {
    entries: Vec<Entry>,
    by_register: BTreeMap<String, usize>,
    index: Index,
}

impl Catalogue {
    /// Makes an entry of every register. `provider` tells who an authority is.
    #[must_use]
    pub fn build<'s>(
        sources: impl IntoIterator<Item = Source<'s>>,
        published_on: Option<Date>,
        provider: &dyn Fn(&str) -> Provider,
    ) -> Self {
        let sources: Vec<Source<'s>> = sources.into_iter().collect();
        let (codes, authorities) = (codes(&sources), authorities(&sources));
        let known = Known {
            codes: &codes,
            authorities: &authorities,
            provider,
        };
        let entries = sources.iter().flat_map(|source| {
            let registers = source.registers.iter().filter(|register| !register.is_case);
            registers.map(|register| entry(source, register, published_on, &known))
        });
        Self::of(entries.collect())
    }

    /// A catalogue of entries that are there already.
    #[must_use]
    pub fn of(entries: Vec<Entry>) -> Self {
        let by_register = entries
            .iter()
            .enumerate()
            .map(|(at, entry)| (entry.register.clone(), at))
            .collect();
        Self {
            index: Index::of(&entries),
            by_register,
            entries,
        }
    }

    /// Adds an entry, or replaces the one of the same register; it is found at once.
    pub fn put(&mut self, entry: Entry) {
        match self.by_register.get(&entry.register) {
            Some(&at) => {
                self.index.remove(at);
                self.index.add(at, &entry);
                if let Some(slot) = self.entries.get_mut(at) {
                    *slot = entry;
                }
            }
            None => {
                let at = self.entries.len();
                self.index.add(at, &entry);
                self.by_register.insert(entry.register.clone(), at);
                self.entries.push(entry);
            }
        }
    }

    /// All entries.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The entry of a register.
    #[must_use]
    pub fn entry(&self, register: &str) -> Option<&Entry> {
        self.by_register
            .get(register)
            .and_then(|at| self.entries.get(*at))
    }

    /// Entries that hold all words, best first, at most `limit`. Chinese words need no spaces.
    #[must_use]
    pub fn search(&self, words: &str, limit: usize) -> Vec<&Entry> {
        self.index
            .find(words, limit)
            .into_iter()
            .filter_map(|at| self.entries.get(at))
            .collect()
    }
}

/// The code of every register; two that meet count on from there, in the order of their names.
fn codes(sources: &[Source<'_>]) -> BTreeMap<String, ResourceCode> {
    let mut named: Vec<(String, &str)> = sources
        .iter()
        .flat_map(|source| {
            let names = source.registers.iter().filter(|register| !register.is_case);
            names.map(|register| (register.full_name(), class_of(register)))
        })
        .collect();
    named.sort();
    let mut taken = BTreeSet::new();
    let mut codes = BTreeMap::new();
    for (name, class) in named {
        let mut code = ResourceCode::of(class, &name);
        let mut salt = 1;
        while !taken.insert(code.clone()) {
            code = ResourceCode::of(class, &format!("{name}#{salt}"));
            salt += 1;
        }
        codes.insert(name, code);
    }
    codes
}

/// Who answers for each fact: the authority by `<package>.<register>.<field>`.
fn authorities<'s>(sources: &[Source<'s>]) -> BTreeMap<String, &'s str> {
    let registers = sources
        .iter()
        .flat_map(|source| source.registers.iter().copied());
    let facts = registers.flat_map(|register| {
        let owned = register
            .fields
            .iter()
            .filter(|field| field.source.is_none());
        owned.map(move |field| {
            let name = format!("{}.{}", register.full_name(), field.name);
            (name, register.authority_of(field))
        })
    });
    facts.collect()
}

/// What an entry needs to know beyond its register.
struct Known<'k> {
    codes: &'k BTreeMap<String, ResourceCode>,
    authorities: &'k BTreeMap<String, &'k str>,
    provider: &'k dyn Fn(&str) -> Provider,
}

fn entry(
    source: &Source<'_>,
    register: &RegisterDef,
    published_on: Option<Date>,
    known: &Known<'_>,
) -> Entry {
    let (zh, en) = class_name(class_of(register));
    let code = |name: &str| known.codes.get(name).map(ToString::to_string);
    let related: BTreeSet<String> = register
        .fields
        .iter()
        .filter_map(|field| points_at(register, field))
        .filter_map(|name| code(&name))
        .collect();
    Entry {
        register: register.full_name(),
        class: LocalText::new(zh, en),
        name: register.title.clone(),
        code: code(&register.full_name()).unwrap_or_default(),
        provider: (known.provider)(&register.authority),
        summary: register
            .summary
            .clone()
            .unwrap_or_else(|| register.title.clone()),
        formats: vec!["JSON", "CSV", "XLSX"],
        items: register
            .fields
            .iter()
            .map(|field| item(register, field, known))
            .collect(),
        sharing: sharing(register.sensitivity),
        openness: openness(register),
        update_cycle: 2,
        published_on,
        related: related.into_iter().collect(),
        legal_basis: register.legal_basis.clone(),
        retention: register.retention.to_string(),
        keywords: vec![source.title.clone(), register.title.clone()],
    }
}

/// The register a field points at.
fn points_at(register: &RegisterDef, field: &FieldDef) -> Option<String> {
    let named = match (&field.kind, &field.source) {
        (FieldType::Reference { register }, _) => register.clone(),
        (_, Some(source)) => source.split('.').take(2).collect::<Vec<_>>().join("."),
        _ => return None,
    };
    Some(if named.contains('.') {
        named
    } else {
        format!("{}.{named}", register.package)
    })
}

fn terms(level: Sensitivity) -> (Terms, Terms) {
    match level {
        Sensitivity::Open => (Terms::Unconditional, Terms::Unconditional),
        Sensitivity::Internal => (Terms::Conditional, Terms::Withheld),
        Sensitivity::Restricted => (Terms::Conditional, Terms::Withheld),
    }
}

fn item(register: &RegisterDef, field: &FieldDef, known: &Known<'_>) -> Item {
    let source = field.source.as_ref();
    let authority = source
        .and_then(|source| known.authorities.get(source).copied())
        .unwrap_or_else(|| register.authority_of(field));
    let (sharing, openness) = terms(register.sensitivity_of(field));
    let (data_type, length, code_list) = match &field.kind {
        FieldType::Text { max } | FieldType::LongText { max } | FieldType::Address { max } => {
            ('C', Some(*max), None)
        }
        FieldType::Code { list } => ('C', None, Some(list.clone())),
        FieldType::Integer { .. } | FieldType::Decimal | FieldType::Money => ('N', None, None),
        FieldType::Boolean => ('B', None, None),
        FieldType::Date => ('D', None, None),
        FieldType::Instant => ('T', None, None),
        FieldType::Position | FieldType::Geometry { .. } | FieldType::Photos { .. } => {
            ('O', None, None)
        }
        _ => ('C', None, None),
    };
    Item {
        name: field.name.clone(),
        label: field.label.clone(),
        data_type,
        length,
        code_list,
        key: register.key.contains(&field.name),
        nullable: field.required != Requirement::Always,
        source: field.source.clone(),
        authority: (known.provider)(authority),
        sharing,
        openness,
    }
}

fn sharing(level: Sensitivity) -> Sharing {
    let reason = match level {
        Sensitivity::Open => None,
        Sensitivity::Internal => Some(LocalText::new(
            "因履行职责需要，经提供方批准，限于申请的信息项和用途",
            "for duties by law, on the provider’s approval, limited to the items and the purpose applied for",
        )),
        Sensitivity::Restricted => Some(LocalText::new(
            "含个人信息或敏感信息，经提供方批准并留痕，限于申请的信息项和用途",
            "holds personal or sensitive facts: on the provider’s approval and logged, limited to the items and the purpose applied for",
        )),
    };
    Sharing {
        terms: terms(level).0,
        reason,
    }
}

/// A register with some fields that are not open is open on the condition that these are left out.
fn openness(register: &RegisterDef) -> Openness {
    let closed = register
        .fields
        .iter()
        .any(|field| register.sensitivity_of(field) != Sensitivity::Open);
    let (terms, reason) = match (register.sensitivity, closed) {
        (Sensitivity::Open, false) => (Terms::Unconditional, None),
        (Sensitivity::Open, true) => (
            Terms::Conditional,
            Some(LocalText::new(
                "不含受限信息项的部分可以开放",
                "open without the items that are not open",
            )),
        ),
        (Sensitivity::Internal, _) => (
            Terms::Withheld,
            Some(LocalText::new(
                "内部办理所用，依法不予公开",
                "for official use, not open by law",
            )),
        ),
        (Sensitivity::Restricted, _) => (
            Terms::Withheld,
            Some(LocalText::new(
                "涉及个人隐私或敏感信息",
                "concerns privacy or sensitive facts",
            )),
        ),
    };
    Openness { terms, reason }
}

#[cfg(test)]
mod tests;
