//! The city-care package held in memory, spoiled by edits, and what the loader then says.

use yuandu_package::{Files as _, FolderFiles, Located, MapFiles, Source, load_all};

use crate::good::systems;

/// The package and the edits made so far.
pub struct Spoiled {
    files: MapFiles,
}

/// A problem as tests name it: file, line, code.
pub type Told = (String, usize, String);

impl Spoiled {
    /// A fresh copy of city-care.
    pub fn new() -> Self {
        let files = FolderFiles::new(systems().join("city-care"));
        Self {
            files: MapFiles::copy_of(&files).unwrap(),
        }
    }

    /// Replaces the one place where `from` stands.
    pub fn edit(mut self, file: &str, from: &str, to: &str) -> Self {
        let text = self.files.text(file).unwrap().to_owned();
        assert_eq!(text.matches(from).count(), 1, "`{from}` in {file}");
        self.files.insert(file, text.replace(from, to).into_bytes());
        self
    }

    /// Puts a file in.
    pub fn with(mut self, file: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.files.insert(file, bytes.into());
        self
    }

    /// Takes a file out.
    pub fn without(mut self, file: &str) -> Self {
        self.files.remove(file);
        self
    }

    /// Renames a folder.
    pub fn renamed(mut self, folder: &str, name: &str) -> Self {
        for path in self.files.paths().unwrap() {
            if let Some(rest) = path.strip_prefix(&format!("{folder}/")) {
                let text = self.files.text(&path).unwrap().to_owned();
                self.files
                    .insert(&format!("{name}/{rest}"), text.into_bytes());
                self.files.remove(&path);
            }
        }
        self
    }

    /// The line on which a text stands.
    pub fn line(&self, file: &str, anchor: &str) -> usize {
        let text = self.files.text(file).unwrap();
        let at = text.lines().position(|line| line.contains(anchor));
        at.unwrap_or_else(|| panic!("`{anchor}` in {file}")) + 1
    }

    /// Everything the loader says, in full.
    pub fn problems(&self) -> Vec<Located> {
        let own = Source {
            folder: "city-care".to_owned(),
            files: Box::new(self.files.clone()),
        };
        let needed = Source::on_disk(&systems().join("spatial"));
        load_all(&[own, needed]).err().unwrap_or_default()
    }

    /// Everything the loader says of this package.
    pub fn told(&self) -> Vec<Told> {
        let own = self.problems().into_iter().filter_map(|located| {
            let file = located.file.strip_prefix("city-care/")?.to_owned();
            Some((file, located.line, located.problem.code))
        });
        own.collect()
    }

    /// The loader says this one thing, at the line of the anchor.
    #[track_caller]
    pub fn says(&self, file: &str, anchor: &str, code: &str) {
        let line = self.line(file, anchor);
        assert_eq!(
            self.told(),
            [(file.to_owned(), line, code.to_owned())],
            "{code}"
        );
    }

    /// The loader says this one thing about a whole file.
    #[track_caller]
    pub fn says_of_file(&self, file: &str, code: &str) {
        assert_eq!(self.told(), [(file.to_owned(), 0, code.to_owned())]);
    }
}
