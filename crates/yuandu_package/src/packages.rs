//! The packages of a city, all of them sound and fitting each other.

use std::collections::BTreeMap;

use yuandu_base::LocalText;
use yuandu_identity::PolicySource;
use yuandu_process::CaseType;
use yuandu_schema::{CodeLists, RegisterDef};
use yuandu_store::TableDef;

use crate::package::Package;

/// Packages in the order of their needs: each stands after those it needs.
#[derive(Debug, Clone, Default)]
pub struct Packages(Vec<Package>);

impl Packages {
    /// Packages given in any order. A circle of needs leaves those in it in the order given.
    pub(crate) fn in_order(mut open: Vec<Package>) -> Self {
        let mut placed: Vec<Package> = Vec::new();
        while !open.is_empty() {
            let free = open.iter().position(|package| {
                package
                    .manifest
                    .needs
                    .iter()
                    .all(|need| !open.iter().any(|other| other.id() == need))
            });
            placed.push(open.remove(free.unwrap_or(0)));
        }
        Self(placed)
    }

    /// A package by its id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Package> {
        self.0.iter().find(|package| package.id() == id)
    }

    /// All packages, each after those it needs.
    pub fn iter(&self) -> impl Iterator<Item = &Package> {
        self.0.iter()
    }

    /// The policies of all packages.
    #[must_use]
    pub fn policies(&self) -> Vec<PolicySource> {
        self.iter().flat_map(Package::policies).collect()
    }

    /// The titles of all roles by full name, for the words of refusals.
    pub fn role_titles(&self) -> impl Iterator<Item = (String, LocalText)> {
        self.iter()
            .flat_map(Package::roles)
            .map(|role| (role.name.clone(), role.title.clone()))
    }

    /// Every kind of case.
    #[must_use]
    pub fn case_types(&self) -> Vec<CaseType> {
        self.iter().filter_map(Package::case_type).collect()
    }

    /// Every register.
    pub fn registers(&self) -> impl Iterator<Item = &RegisterDef> {
        self.iter().flat_map(Package::registers)
    }

    /// The code lists by package.
    #[must_use]
    pub fn code_lists(&self) -> BTreeMap<String, CodeLists> {
        self.iter()
            .map(|package| (package.id().to_owned(), package.code_lists().clone()))
            .collect()
    }

    /// The tables of all registers, those of the cases' declared facts among them; the tables of the other crates are
    /// not.
    #[must_use]
    pub fn table_defs(&self) -> Vec<TableDef> {
        self.iter().flat_map(Package::table_defs).collect()
    }
}
