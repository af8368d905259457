//! The packages of this repository are sound.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use yuandu_base::Lang;
use yuandu_package::{Packages, Source, load_all};

/// The folder of packages.
pub fn systems() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../systems")
}

/// The packages of this repository.
pub fn packages() -> Packages {
    let sources = Source::all_on_disk(&systems()).unwrap();
    load_all(&sources).unwrap_or_else(|problems| {
        let lines: Vec<String> = problems
            .iter()
            .map(|p| {
                let message = &p.problem.message.en;
                format!("{}:{}: [{}] {message}", p.file, p.line, p.problem.code)
            })
            .collect();
        panic!("{} problems\n{}", lines.len(), lines.join("\n"));
    })
}

#[test]
fn the_packages_of_this_repository_have_no_problem() {
    let packages = packages();
    let care = packages.get("city-care").unwrap();
    assert_eq!(care.case_type().unwrap().process, "case");
    assert_eq!(care.stages().len(), 6);
    assert_eq!(care.indicators().len(), 13);
    assert!(care.content(Lang::En, "privacy").is_some());
}

#[test]
fn every_table_is_made_exactly_once() {
    let mut tables = yuandu_process::schema();
    tables.extend(yuandu_identity::schema());
    tables.extend(packages().table_defs());
    let names: BTreeSet<&str> = tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names.len(), tables.len());
    assert!(names.contains("r_city_care_case"));
}

#[test]
fn everyday_words_are_laid_over_the_national_list() {
    let packages = packages();
    let lists = packages.get("city-care").unwrap().code_lists();
    let entry = lists.get("categories").unwrap().get("01001").unwrap();
    assert!(entry.words.iter().any(|word| word == "井盖丢了"));
}
