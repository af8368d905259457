//! Runs the test cases of the DMN Technology Compatibility Kit.
//!
//! The kit's test cases are licensed CC-BY-SA and therefore not part of this repository. Give the directory that holds
//! them (any level) in `YUANDU_DMN_TCK`; without it this test says so and does nothing. It fails below the share of
//! passed cases in `YUANDU_DMN_TCK_FLOOR` (percent, default 100).

use std::fs;
use std::path::{Path, PathBuf};

use yuandu_feel::dmn::Model;
use yuandu_feel::dmn::cases::CaseFile;

fn files_below(directory: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files_below(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "xml") {
            found.push(path);
        }
    }
}

/// File names and texts of the models in a folder.
fn models_in(folder: &Path) -> Vec<(String, String)> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .filter(|path| path.extension().is_some_and(|extension| extension == "dmn"))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(&path).unwrap())
        })
        .collect()
}

/// Cases passed and all cases of one file; `None` if it holds none.
fn run_file(path: &Path, failures: &mut Vec<String>) -> Option<(usize, usize)> {
    let file = CaseFile::parse(&fs::read_to_string(path).unwrap()).ok()?;
    let model_name = file.model.clone()?;
    let library = models_in(path.parent().unwrap());
    let (_, source) = library.iter().find(|(name, _)| *name == model_name)?;
    let model = match Model::parse_with_library(source, &library) {
        Ok((model, problems)) => {
            failures.extend(
                problems
                    .iter()
                    .map(|problem| format!("{model_name}: note: {problem}")),
            );
            model
        }
        Err(problem) => {
            failures.push(format!("{model_name}: {problem}"));
            return Some((0, file.cases.len()));
        }
    };
    let mut passed = 0;
    for case in &file.cases {
        let outcomes = case.run(&model, None);
        passed += usize::from(outcomes.iter().all(|outcome| outcome.passed));
        for outcome in outcomes.iter().filter(|outcome| !outcome.passed) {
            failures.push(format!(
                "{model_name} case {} {}: expected {} but found {}; {:?}",
                case.id,
                outcome.name,
                outcome.expected,
                outcome.actual,
                outcome.notes.first()
            ));
        }
    }
    Some((passed, file.cases.len()))
}

#[test]
fn the_technology_compatibility_kit_passes() {
    let Ok(directory) = std::env::var("YUANDU_DMN_TCK") else {
        eprintln!(
            "SKIPPED: set YUANDU_DMN_TCK to the directory of the DMN TCK test cases to run them"
        );
        return;
    };
    let floor: f64 = std::env::var("YUANDU_DMN_TCK_FLOOR")
        .ok()
        .and_then(|floor| floor.parse().ok())
        .unwrap_or(100.0);
    let mut files = Vec::new();
    files_below(Path::new(&directory), &mut files);
    let (mut passed, mut all) = (0, 0);
    let mut failures = Vec::new();
    for file in files {
        if let Some((file_passed, file_all)) = run_file(&file, &mut failures) {
            println!(
                "{file_passed:4} of {file_all:4}  {}",
                file.file_stem().unwrap().to_string_lossy()
            );
            passed += file_passed;
            all += file_all;
        }
    }
    for failure in &failures {
        println!("  {failure}");
    }
    assert!(all > 0, "no test case found in `{directory}`");
    let share = 100.0 * passed as f64 / all as f64;
    println!("{passed} of {all} cases ({share:.2} %)");
    assert!(
        share >= floor,
        "{share:.2} % is below the floor of {floor} %"
    );
}
