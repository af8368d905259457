//! Where the files of packages come from: a folder on disk, or what is built into the program.
//!
//! Nothing is read or judged here beyond bytes and names.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use crate::check;
use crate::manifest::{MANIFEST, Manifest};

/// The files of one package.
pub trait Files {
    /// The paths of all files inside the package, with `/`, in order; hidden files are left out.
    ///
    /// # Errors
    /// When a folder cannot be read.
    fn paths(&self) -> io::Result<Vec<String>>;

    /// The bytes of a file.
    ///
    /// # Errors
    /// When the file cannot be read.
    fn read(&self, path: &str) -> io::Result<Cow<'_, [u8]>>;
}

/// A package's files with the name of its folder.
pub struct Source {
    /// The name of the folder: the id of the package.
    pub folder: String,
    /// The files.
    pub files: Box<dyn Files>,
}

impl Source {
    /// A package in a folder on disk.
    #[must_use]
    pub fn on_disk(path: &Path) -> Self {
        let full = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let name = full
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        Self {
            folder: name.unwrap_or_default(),
            files: Box::new(FolderFiles::new(path)),
        }
    }

    /// A package in a folder on disk, then those it needs, theirs too, as far as they stand beside it.
    ///
    /// # Errors
    /// When a `package.toml` cannot be read.
    pub fn with_needs(path: &Path) -> io::Result<Vec<Self>> {
        let beside = path.canonicalize()?;
        let mut found = vec![Self::on_disk(path)];
        let mut at = 0;
        while let Some(source) = found.get(at) {
            // Without a manifest nothing is needed; that it is missing is told when the package is loaded.
            let text = match source.files.read(MANIFEST) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => break,
                read => read?.into_owned(),
            };
            let (manifest, _) = Manifest::read(&source.folder, &String::from_utf8_lossy(&text));
            for need in manifest.needs {
                let folder = beside.with_file_name(&need);
                if found.iter().all(|known| known.folder != need) && folder.join(MANIFEST).is_file()
                {
                    found.push(Self::on_disk(&folder));
                }
            }
            at += 1;
        }
        Ok(found)
    }

    /// Whether a folder on disk is a package: it holds a `package.toml`, or has lost it and holds what only packages do,
    /// with a README beside it.
    #[must_use]
    pub fn is_at(path: &Path) -> bool {
        let holds = || {
            let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
            let mut names = entries.map(|entry| entry.file_name());
            names.any(|name| check::is_of_a_package(&name.to_string_lossy()))
        };
        path.join(MANIFEST).is_file() || (path.join("README.md").is_file() && holds())
    }

    /// The packages below a folder on disk ([`Source::is_at`]), in order.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn all_on_disk(root: &Path) -> io::Result<Vec<Self>> {
        let mut folders = Vec::new();
        for entry in std::fs::read_dir(root)? {
            let path = entry?.path();
            if Self::is_at(&path) {
                folders.push(path);
            }
        }
        folders.sort();
        Ok(folders.iter().map(|path| Self::on_disk(path)).collect())
    }

    /// The packages among files held in memory, such as those built into the program: the first part of each path is
    /// the folder of its package.
    #[must_use]
    pub fn all_in_memory<P, B>(files: impl IntoIterator<Item = (P, B)>) -> Vec<Self>
    where
        P: Into<String>,
        B: Into<Cow<'static, [u8]>>,
    {
        let mut folders: BTreeMap<String, MapFiles> = BTreeMap::new();
        for (path, bytes) in files {
            let path: String = path.into();
            if let Some((folder, rest)) = path.split_once('/') {
                folders
                    .entry(folder.to_owned())
                    .or_default()
                    .insert(rest, bytes);
            }
        }
        let source = |(folder, files): (String, MapFiles)| Self {
            folder,
            files: Box::new(files),
        };
        folders
            .into_iter()
            .filter(|(_, files)| files.0.contains_key(MANIFEST))
            .map(source)
            .collect()
    }
}

/// A folder on disk.
#[derive(Debug, Clone)]
pub struct FolderFiles {
    root: PathBuf,
}

impl FolderFiles {
    /// The files below `root`.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }
}

impl Files for FolderFiles {
    fn paths(&self) -> io::Result<Vec<String>> {
        let mut found = Vec::new();
        let mut open = vec![(self.root.clone(), String::new())];
        while let Some((folder, prefix)) = open.pop() {
            for entry in std::fs::read_dir(&folder)? {
                let entry = entry?;
                let name = entry.file_name().to_string_lossy().into_owned();
                if name.starts_with('.') {
                    continue;
                }
                let path = format!("{prefix}{name}");
                if entry.file_type()?.is_dir() {
                    open.push((entry.path(), format!("{path}/")));
                } else {
                    found.push(path);
                }
            }
        }
        found.sort();
        Ok(found)
    }

    fn read(&self, path: &str) -> io::Result<Cow<'_, [u8]>> {
        std::fs::read(self.root.join(path)).map(Cow::Owned)
    }
}

/// Files held in memory.
#[derive(Debug, Clone, Default)]
pub struct MapFiles(BTreeMap<String, Cow<'static, [u8]>>);

impl MapFiles {
    /// A copy of other files.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn copy_of(files: &dyn Files) -> io::Result<Self> {
        let mut copy = Self::default();
        for path in files.paths()? {
            let bytes = files.read(&path)?.into_owned();
            copy.insert(&path, bytes);
        }
        Ok(copy)
    }

    /// Puts a file in, or replaces it.
    pub fn insert(&mut self, path: &str, bytes: impl Into<Cow<'static, [u8]>>) {
        self.0.insert(path.to_owned(), bytes.into());
    }

    /// Takes a file out.
    pub fn remove(&mut self, path: &str) {
        self.0.remove(path);
    }

    /// The text of a file, if it is there and is UTF-8.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.0
            .get(path)
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
    }
}

impl Files for MapFiles {
    fn paths(&self) -> io::Result<Vec<String>> {
        let hidden = |path: &str| path.split('/').any(|part| part.starts_with('.'));
        Ok(self
            .0
            .keys()
            .filter(|path| !hidden(path))
            .cloned()
            .collect())
    }

    fn read(&self, path: &str) -> io::Result<Cow<'_, [u8]>> {
        match self.0.get(path) {
            Some(bytes) => Ok(Cow::Borrowed(bytes.as_ref())),
            None => Err(io::Error::new(
                io::ErrorKind::NotFound,
                format!("there is no file `{path}`"),
            )),
        }
    }
}
