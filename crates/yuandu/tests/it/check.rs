//! `yuandu check` as a person at a command line meets it.

use std::path::{Path, PathBuf};
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
    check_in("en", path)
}

fn check_in(lang: &str, path: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_yuandu"))
        .args(["check", "--lang", lang])
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

fn systems() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../systems")
}

/// What is said in Chinese of a copy of city-care and what it needs, after an edit.
fn said_of(folder: &Path, edit: impl FnOnce(&Path)) -> (Option<i32>, String) {
    for package in ["spatial", "city-care"] {
        copy(&systems().join(package), &folder.join(package));
    }
    edit(&folder.join("city-care"));
    let output = check_in("zh", &folder.join("city-care"));
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (output.status.code(), said)
}

/// Replaces the first place of a text in a file.
fn replace(file: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{from}");
    std::fs::write(file, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn everything_is_said_in_the_language_that_was_asked_for() {
    for (file, from, to, said) in [
        (
            "package.toml",
            "version = \"1.0.0\"",
            "version = \"1.0.0",
            "结尾的双引号",
        ),
        (
            "registers/case.toml",
            "authority = \"city-management\"",
            "id = \"case\"",
            "已经写过了",
        ),
        (
            "processes/field-check.bpmn",
            "</process>",
            "</proces>",
            "此处应为 `</process>`",
        ),
        ("decisions/limits.dmn", "</definitions>", "", "不完整"),
        (
            "policies/city-care.cedar",
            "resource.org == principal.org",
            "resource.organ == principal.org",
            "没有属性",
        ),
        (
            "policies/city-care.cedar",
            "permit (",
            "permitt (",
            "permit",
        ),
        (
            "indicators/open-rate.toml",
            "=case.status",
            "=case.standing",
            "没有声明的信息项",
        ),
        (
            "indicators/open-rate.toml",
            "=case.status = \"open\"",
            "=count([1]) = 1",
            "函数",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (code, told) = said_of(folder.path(), |package| {
            replace(&package.join(file), from, to)
        });
        assert_eq!(code, Some(1), "{to}: {told}");
        assert!(told.contains(said), "{to}: {told}");
        assert!(told.ends_with(" 个问题\n"), "{told}");
        // No sentence of another language: three words of small letters in a row.
        let english = |line: &str| {
            let words: Vec<&str> = line.split(' ').collect();
            let small =
                |word: &&str| word.len() > 1 && word.bytes().all(|b| b.is_ascii_lowercase());
            words.windows(3).any(|three| three.iter().all(small))
        };
        assert!(!told.lines().any(english), "{to}: {told}");
    }
}

#[test]
fn one_cause_is_one_problem() {
    let folder = tempfile::tempdir().unwrap();
    let alone = folder.path().join("mine");
    copy(&systems().join("city-care"), &alone);
    let output = check(&alone);
    let said = String::from_utf8(output.stdout).unwrap();
    let codes: Vec<&str> = said
        .lines()
        .filter_map(|line| line.split(['[', ']']).nth(1))
        .collect();
    assert_eq!(codes, ["package.id_folder", "package.need"], "{said}");

    let folder = tempfile::tempdir().unwrap();
    let (code, told) = said_of(folder.path(), |package| {
        std::fs::remove_file(package.join("package.toml")).unwrap();
    });
    assert_eq!(code, Some(1), "{told}");
    assert_eq!(told.lines().count(), 2, "{told}");
    assert!(
        told.contains("city-care/package.toml:1: [package.manifest_missing]"),
        "{told}"
    );
    // Beside its neighbours it is not passed over either.
    let whole = check(folder.path());
    let said = String::from_utf8(whole.stdout).unwrap();
    assert!(
        said.contains("city-care/package.toml:1: [package.manifest_missing]"),
        "{said}"
    );

    let missing = check_in("zh", &folder.path().join("nowhere"));
    let said = String::from_utf8(missing.stderr).unwrap();
    assert_eq!(missing.status.code(), Some(2));
    assert!(said.contains("没有这个文件或文件夹"), "{said}");
}
