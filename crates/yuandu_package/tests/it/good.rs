//! The packages of this repository are sound.

use std::path::Path;

use yuandu_package::{Source, load_all};

#[test]
fn the_packages_of_this_repository_have_no_problem() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../systems");
    let sources = Source::all_on_disk(&root).unwrap();
    match load_all(&sources) {
        Ok(packages) => assert!(packages.get("city-care").is_some()),
        Err(problems) => {
            for p in &problems {
                eprintln!(
                    "{}:{}: [{}] {}",
                    p.file, p.line, p.problem.code, p.problem.message.en
                );
            }
            panic!("{} problems", problems.len());
        }
    }
}
