//! `yuandu check` as a person at a command line meets it.

use std::path::Path;
use std::process::{Command, Output};

use crate::city::PACKAGES;

/// A register of persons that says their name a second time.
const MEMBERS: &str = r#"id = "member"
title = { zh = "参保人", en = "Members" }
summary = { zh = "参加养老保险的人", en = "Who is insured" }
authority = "social-security"
sensitivity = "internal"
retention = "permanent"
legal_basis = "《中华人民共和国社会保险法》"
key = "number"
name = "number"

[[field]]
name = "number"
type = "person_number"
required = true
sensitivity = "restricted"
label = { zh = "公民身份号码", en = "Citizen number" }

[[field]]
name = "name"
type = "text"
max = 60
label = { zh = "姓名", en = "Name" }
"#;

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

fn check(path: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_yuandu"))
        .args(["check", "--lang", "en"])
        .arg(path)
        .output()
        .unwrap()
}

#[test]
fn a_fact_that_another_package_owns_is_refused_though_that_package_is_not_needed() {
    let folder = tempfile::tempdir().unwrap();
    let systems = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../systems");
    for package in ["spatial", "population", "economy"] {
        copy(&systems.join(package), &folder.path().join(package));
    }
    let whole = check(folder.path());
    let said = String::from_utf8(whole.stdout).unwrap();
    assert_eq!((whole.status.code(), said.as_str()), (Some(0), "ok\n"));

    let second = folder.path().join("economy/registers/member.toml");
    std::fs::write(second, MEMBERS).unwrap();
    for path in [folder.path().to_owned(), folder.path().join("economy")] {
        let refused = check(&path);
        let said = String::from_utf8(refused.stdout).unwrap();
        assert_eq!(refused.status.code(), Some(1), "{said}");
        let line = said.lines().next().unwrap();
        assert!(
            line.contains("economy/registers/member.toml:19: [registers.fact_owned]"),
            "{said}"
        );
        assert!(line.contains("population.resident.name"), "{said}");
    }
    // Who of two owners is right cannot be told from here: each is told of the other.
    let owner = check(&folder.path().join("population"));
    let said = String::from_utf8(owner.stdout).unwrap();
    assert!(said.contains("economy.member.name"), "{said}");
}

#[test]
fn whoever_is_named_as_an_authority_is_an_organisation_of_the_demo_city() {
    let city = yuandu_demo::City::build().unwrap();
    let known = |id: &str| city.organisations.iter().any(|org| org.id == id);
    for package in PACKAGES.iter() {
        for register in package.registers() {
            for field in &register.fields {
                let authority = register.authority_of(field);
                let name = register.full_name();
                assert!(known(authority), "{name}.{}: {authority}", field.name);
            }
        }
    }
}
