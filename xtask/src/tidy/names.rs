//! Names of files: a module is called after what it holds, and `foo.rs` stands beside `foo/`.

use super::report::{Place, Report};

/// Names under which anything could be put, so that nothing is found.
pub const FORBIDDEN: [&str; 8] = [
    "util", "utils", "helper", "helpers", "common", "misc", "manager", "base",
];

/// What to do about one of them.
pub const REMEDY: &str = "name it after what it holds, or put each thing where it is used";

/// Whether a module may not be called so.
pub fn is_forbidden(name: &str) -> bool {
    FORBIDDEN.contains(&name)
}

/// Checks every source file's name.
pub fn check(files: &[String], report: &mut Report) {
    for path in files {
        let file = path.rsplit('/').next().unwrap_or_default();
        let Some((stem, "rs" | "ts" | "mjs" | "js")) = file.split_once('.') else {
            continue;
        };
        if is_forbidden(stem) {
            report.fail(
                Place::file(path),
                "name",
                format!("`{file}` says nothing"),
                REMEDY,
            );
        }
        if file == "mod.rs" {
            let remedy = "write `foo.rs` beside the folder `foo/`";
            report.fail(
                Place::file(path),
                "name",
                "`mod.rs` hides which module it is",
                remedy,
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_names_and_mod_rs_are_found_and_names_of_the_field_are_not() {
        let mut report = Report::new(3);
        let files = [
            "crates/a/src/common.rs",
            "crates/a/src/b/mod.rs",
            "crates/a/src/calendar.rs",
        ];
        check(&files.map(str::to_owned), &mut report);
        assert_eq!(report.failures().count(), 2);
    }
}
