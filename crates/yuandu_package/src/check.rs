//! The checks over a whole package and what it uses of others. Every check tells all it finds; none stops the next.
//!
//! A file that could not be read fully is told once, by its reader: what it may have declared is then taken as there,
//! so that one mistake does not show as twenty.

mod budgets;
mod codes;
mod decisions;
mod duties;
mod expressions;
mod facts;
mod layout;
mod people;
mod process;
mod registers;
mod scenarios;
mod sources;
mod views;

use yuandu_schema::RegisterDef;

use crate::load::Draft;
use crate::manifest::MANIFEST;
use crate::package::Package;
use crate::problems::Problems;

use facts::Facts;

pub(crate) use layout::{belongs, is_of_a_package, layout};

/// A package and those beside it.
pub(crate) struct Around<'d> {
    pub(crate) draft: &'d Draft,
    pub(crate) others: &'d [&'d Draft],
}

impl<'d> Around<'d> {
    pub(crate) fn package(&self) -> &'d Package {
        &self.draft.package
    }

    /// The packages this one says it needs, as far as they are there.
    pub(crate) fn needed(&self) -> impl Iterator<Item = &'d Draft> {
        let needs = &self.draft.package.manifest.needs;
        self.others
            .iter()
            .copied()
            .filter(|other| needs.iter().any(|need| need == other.package.id()))
    }

    /// A register of this package by its name, or of a needed one by its full name.
    pub(crate) fn register(&self, name: &str) -> Option<&'d RegisterDef> {
        let own = self.package();
        match name.split_once('.') {
            None => own.register(name),
            Some((package, id)) if package == own.id() => own.register(id),
            Some((package, id)) => self
                .needed()
                .find(|other| other.package.id() == package)?
                .package
                .register(id),
        }
    }

    /// Whether registers may be missing because a file could not be read or a needed package is not there.
    pub(crate) fn registers_incomplete(&self, name: &str) -> bool {
        match name.split_once('.') {
            Some((package, _)) if package != self.package().id() => {
                let needs = &self.package().manifest.needs;
                needs.iter().any(|need| need == package)
                    && self
                        .needed()
                        .find(|other| other.package.id() == package)
                        .is_none_or(|other| other.any_failed("registers/"))
            }
            _ => self.draft.any_failed("registers/"),
        }
    }
}

/// Checks a package against itself and those beside it.
pub(crate) fn package(draft: &Draft, others: &[&Draft], problems: &mut Problems) {
    // Without its manifest nothing is known of what a package is: that is told, and no more.
    if !draft.texts.contains_key(MANIFEST) {
        return;
    }
    let around = Around { draft, others };
    let facts = Facts::of(draft);
    needs(&around, problems);
    people::check(&around, problems);
    registers::check(&around, problems);
    sources::check(&around, problems);
    process::check(&around, &facts, problems);
    duties::check(&around, problems);
    codes::check_processes(draft, &facts, problems);
    expressions::check(draft, &facts, problems);
    decisions::check(draft, &facts, problems);
    budgets::check(draft, &facts, problems);
    views::check(&around, &facts, problems);
    scenarios::check(&around, &facts, problems);
}

fn needs(around: &Around<'_>, problems: &mut Problems) {
    let manifest = &around.package().manifest;
    for need in &manifest.needs {
        let found = around.needed().find(|other| other.package.id() == need);
        let (zh, en) = match found {
            None => ("没有找到这个包", "this package is not there"),
            Some(other) if other.package.manifest.needs.contains(&manifest.id) => (
                "两个包互相需要，请去掉一边",
                "the two packages need each other; drop one side",
            ),
            Some(_) => continue,
        };
        problems.add(
            MANIFEST,
            manifest.needs_line,
            "package.need",
            format!("needs `{need}`：{zh}"),
            format!("needs `{need}`: {en}"),
        );
    }
}
