//! Loading: reads every file of a package into its type, then checks the whole, and tells all problems at once.

use std::collections::{BTreeMap, BTreeSet};

use yuandu_base::reasons::in_chinese;
use yuandu_feel::dmn;
use yuandu_identity::PolicySource;
use yuandu_insight::IndicatorDef;
use yuandu_places::LayerDef;
use yuandu_process::{CaseType, bpmn};
use yuandu_schema::{CodeList, CodeLists, FormDef, Located, RegisterDef};

use crate::check;
use crate::codes::{self, Words};
use crate::files::{Files, MapFiles, Source};
use crate::manifest::{MANIFEST, Manifest};
use crate::package::{Package, Page};
use crate::packages::Packages;
use crate::problems::Problems;
use crate::scenario::Scenario;

/// A package while it is read: what could be used, and what could not.
pub(crate) struct Draft {
    pub(crate) package: Package,
    /// The text of every file that belongs to a package.
    pub(crate) texts: BTreeMap<String, String>,
    /// Files with problems, and folders (`forms/`) that are misspelt: what they declare may be incomplete.
    pub(crate) failed: BTreeSet<String>,
    pub(crate) problems: Problems,
}

impl Draft {
    /// The text of a file.
    pub(crate) fn text(&self, file: &str) -> &str {
        self.texts.get(file).map(String::as_str).unwrap_or_default()
    }

    /// The files of a folder with an ending, each with its name and text.
    pub(crate) fn in_folder<'d>(
        &'d self,
        folder: &'d str,
        ending: &'d str,
    ) -> impl Iterator<Item = (&'d str, &'d str, &'d str)> {
        self.texts.iter().filter_map(move |(path, text)| {
            let name = path
                .strip_prefix(folder)?
                .strip_prefix('/')?
                .strip_suffix(ending)?;
            (!name.contains('/')).then_some((path.as_str(), name, text.as_str()))
        })
    }

    /// The line of a key below a table's header, or of the header when the key is not written.
    pub(crate) fn key_line(&self, file: &str, header: usize, key: &str) -> usize {
        let below = self.text(file).lines().zip(1..).skip(header);
        let mut table = below.take_while(|(line, _)| !line.starts_with('['));
        let written = |line: &str| {
            let rest = line.trim_start().strip_prefix(key);
            rest.is_some_and(|rest| rest.trim_start().starts_with('='))
        };
        table
            .find(|(line, _)| written(line))
            .map_or(header, |(_, number)| number)
    }

    /// Whether any file of a folder has problems of its own.
    pub(crate) fn any_failed(&self, folder: &str) -> bool {
        self.failed.iter().any(|path| path.starts_with(folder))
    }
}

/// Loads one package. What it needs of others cannot be found this way; see [`load_all`].
///
/// # Errors
/// Every problem, by file and line; files are named from inside the package.
pub fn load(files: &dyn Files, folder: &str) -> Result<Package, Vec<Located>> {
    let mut draft = read(files, folder);
    let mut problems = std::mem::take(&mut draft.problems);
    check::package(&draft, &[], &mut problems);
    let found = problems.sorted();
    if found.is_empty() {
        Ok(draft.package)
    } else {
        Err(found)
    }
}

/// Loads packages that stand beside each other and checks what they use of each other.
///
/// # Errors
/// Every problem of every package, by file and line; files are named from the packages' common folder on.
pub fn load_all(sources: &[Source]) -> Result<Packages, Vec<Located>> {
    let mut drafts: Vec<Draft> = sources
        .iter()
        .map(|source| read(source.files.as_ref(), &source.folder))
        .collect();
    let mut own: Vec<Problems> = drafts
        .iter_mut()
        .map(|draft| std::mem::take(&mut draft.problems))
        .collect();
    let mut all = Problems::default();
    for (at, draft) in drafts.iter().enumerate() {
        let others: Vec<&Draft> = drafts
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != at)
            .map(|(_, draft)| draft)
            .collect();
        let mut problems = own.get_mut(at).map(std::mem::take).unwrap_or_default();
        check::package(draft, &others, &mut problems);
        // Files are named where they are: a package whose id is another than its folder's name is told so.
        let folder = sources
            .get(at)
            .map_or(draft.package.id(), |source| source.folder.as_str());
        all.extend(problems.below(folder).sorted());
    }
    let found = all.sorted();
    if found.is_empty() {
        Ok(Packages::in_order(
            drafts.into_iter().map(|draft| draft.package).collect(),
        ))
    } else {
        Err(found)
    }
}

/// Reads everything that can be read.
fn read(files: &dyn Files, folder: &str) -> Draft {
    let mut problems = Problems::default();
    let (texts, failed) = texts(files, &mut problems);
    let manifest = match texts.get(MANIFEST) {
        Some(text) => {
            let (manifest, found) = Manifest::read(folder, text);
            problems.extend(found);
            manifest
        }
        None => {
            problems.add(
                MANIFEST,
                0,
                "package.manifest_missing",
                "没有 package.toml",
                "there is no package.toml",
            );
            Manifest::absent(folder)
        }
    };
    let mut draft = Draft {
        package: Package::empty(manifest),
        texts,
        failed,
        problems,
    };
    draft.read_codes();
    draft.read_registers();
    draft.read_forms();
    draft.read_processes();
    draft.read_decisions();
    draft.read_policies();
    draft.read_indicators();
    draft.read_layers();
    draft.read_scenarios();
    draft.read_pages();
    draft.keep_case_files();
    draft
}

/// A kind of case of a version that was published, from the files it was published with. Codes are the present ones: each is
/// valid for its own time.
///
/// # Errors
/// Every problem of the files.
pub(crate) fn load_published(
    folder: &str,
    files: &BTreeMap<String, String>,
    lists: &CodeLists,
) -> Result<CaseType, Vec<Located>> {
    let mut kept = MapFiles::default();
    for (path, text) in files {
        kept.insert(path, text.clone().into_bytes());
    }
    let draft = read(&kept, folder);
    // Kept is what its cases run by; the README is the package's own.
    let mut found = draft.problems.sorted();
    found.retain(|problem| problem.file != "README.md");
    let kind = draft.package.case_type().filter(|_| found.is_empty());
    match kind {
        Some(kind) => Ok(CaseType {
            lists: lists.clone(),
            ..kind
        }),
        None if found.is_empty() => Err(vec![Located::new(
            MANIFEST,
            1,
            "package.no_case",
            "这个版本没有案卷类型",
            "this version has no kind of case",
        )]),
        None => Err(found),
    }
}

/// The texts of a package's files; what is no text or does not belong is told, and what cannot be read is named.
fn texts(
    files: &dyn Files,
    problems: &mut Problems,
) -> (BTreeMap<String, String>, BTreeSet<String>) {
    let mut texts = BTreeMap::new();
    let paths = files.paths().unwrap_or_else(|error| {
        unreadable(MANIFEST, &error.to_string(), problems);
        Vec::new()
    });
    let mut failed = check::layout(&paths, problems);
    for path in paths.into_iter().filter(|path| check::belongs(path)) {
        match files
            .read(&path)
            .map(|bytes| String::from_utf8(bytes.into_owned()))
        {
            Ok(Ok(text)) => {
                // A byte order mark is an editor's habit, not content.
                let text = text
                    .strip_prefix('\u{FEFF}')
                    .map(str::to_owned)
                    .unwrap_or(text);
                texts.insert(path, text);
                continue;
            }
            Ok(Err(error)) => {
                let good = error.utf8_error().valid_up_to();
                let before = error.as_bytes().get(..good).unwrap_or_default();
                let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
                problems.add(
                    &path,
                    line,
                    "package.not_utf8",
                    "文件不是 UTF-8 文本，请另存为 UTF-8",
                    "the file is not UTF-8 text; save it as UTF-8",
                );
            }
            Err(error) => unreadable(&path, &error.to_string(), problems),
        }
        failed.insert(path);
    }
    (texts, failed)
}

fn unreadable(path: &str, reason: &str, problems: &mut Problems) {
    problems.add(
        path,
        0,
        "package.unreadable",
        format!("文件无法读取：{}", in_chinese(reason)),
        format!("the file cannot be read: {reason}"),
    );
}

impl Draft {
    fn names(&self, folder: &str, ending: &str) -> Vec<(String, String)> {
        self.in_folder(folder, ending)
            .map(|(path, name, _)| (path.to_owned(), name.to_owned()))
            .collect()
    }

    /// Keeps what a running case of this version will need.
    fn keep_case_files(&mut self) {
        let register = self.package.case_register();
        let Some(register) = register.map(|register| format!("registers/{}.toml", register.id))
        else {
            return;
        };
        let needed = |path: &str| {
            let folders = ["processes/", "decisions/", "forms/"];
            path == MANIFEST || path == register || folders.iter().any(|f| path.starts_with(f))
        };
        let texts = self.texts.iter().filter(|(path, _)| needed(path));
        let texts = texts.map(|(path, text)| (path.clone(), text.clone()));
        self.package.case_files = texts.collect();
    }

    /// Takes what a file's reader found.
    fn took(&mut self, path: &str, found: Vec<Located>) {
        if !found.is_empty() {
            self.failed.insert(path.to_owned());
        }
        self.problems.extend(found);
    }

    fn read_codes(&mut self) {
        let mut lists: BTreeMap<String, CodeList> = BTreeMap::new();
        let mut words = Vec::new();
        for (path, name) in self.names("codes", ".csv") {
            let text = self.text(&path).to_owned();
            if let Some(of) = codes::words_of(&text) {
                words.push(Words::read(&path, of, &text, &mut self.problems));
                continue;
            }
            let (list, found) = CodeList::read(&name, &path, &text);
            self.took(&path, found);
            lists.insert(name, list);
        }
        for words in words {
            words.lay_over(&mut lists, &mut self.problems);
        }
        self.package.lists = CodeLists::new(lists.into_values());
    }

    fn read_registers(&mut self) {
        for (path, name) in self.names("registers", ".toml") {
            let (register, found) = RegisterDef::read(self.package.id(), &path, self.text(&path));
            self.took(&path, found);
            if let Some(register) = register {
                self.same_name(&path, &name, &register.id);
                self.package.registers.push(register);
            }
        }
    }

    fn read_forms(&mut self) {
        for (path, name) in self.names("forms", ".toml") {
            let (form, found) = FormDef::read(&name, &path, self.text(&path));
            self.took(&path, found);
            if let Some(form) = form {
                self.package.forms.insert(name, form);
            }
        }
    }

    fn read_processes(&mut self) {
        for (path, _) in self.names("processes", ".bpmn") {
            match bpmn::parse(&path, self.text(&path)) {
                Ok(processes) => self.package.processes.extend(processes),
                Err(found) => {
                    self.failed.insert(path.clone());
                    self.problems.placed(found, &path, 0);
                }
            }
        }
    }

    fn read_decisions(&mut self) {
        for (path, name) in self.names("decisions", ".dmn") {
            match dmn::Model::parse(self.text(&path)) {
                Ok(model) => {
                    self.package.decisions.insert(name, model);
                }
                Err(found) => {
                    for problem in found {
                        let line = usize::try_from(problem.line).unwrap_or(0);
                        self.problems
                            .add(&path, line, "decisions.invalid", problem.zh, problem.en);
                    }
                    self.failed.insert(path);
                }
            }
        }
    }

    fn read_policies(&mut self) {
        for (path, _) in self.names("policies", ".cedar") {
            let text = self.text(&path).to_owned();
            let package = self.package.id().to_owned();
            self.package.policies.push(PolicySource {
                package,
                file: path,
                text,
            });
        }
    }

    fn read_indicators(&mut self) {
        for (path, name) in self.names("indicators", ".toml") {
            match IndicatorDef::read(&path, self.text(&path)) {
                Ok(indicator) => {
                    self.same_name(&path, &name, &indicator.id);
                    self.package.indicators.push(indicator);
                }
                Err(found) => self.took(&path, found),
            }
        }
        self.package
            .indicators
            .sort_by(|a, b| (a.order, &a.id).cmp(&(b.order, &b.id)));
    }

    fn read_layers(&mut self) {
        for (path, name) in self.names("layers", ".toml") {
            match LayerDef::read(&path, self.text(&path)) {
                Ok(layer) => {
                    self.same_name(&path, &name, &layer.id);
                    self.package.layers.push(layer);
                }
                Err(found) => self.took(&path, found),
            }
        }
    }

    fn read_scenarios(&mut self) {
        for (path, _) in self.names("scenarios", ".md") {
            let (scenario, found) = Scenario::read(&path, self.text(&path));
            self.took(&path, found);
            self.package.scenarios.push(scenario);
        }
    }

    fn read_pages(&mut self) {
        for lang in ["zh", "en"] {
            for (path, name) in self.names(&format!("content/{lang}"), ".md") {
                let text = self.text(&path).to_owned();
                let title = text
                    .lines()
                    .find_map(|line| line.strip_prefix("# "))
                    .unwrap_or_default();
                let page = Page {
                    title: title.trim().to_owned(),
                    text,
                };
                self.package
                    .pages
                    .entry(name)
                    .or_default()
                    .insert(lang, page);
            }
        }
    }

    /// A declaration stands in the file of its name, so that it is found without searching.
    fn same_name(&mut self, path: &str, name: &str, id: &str) {
        if name != id {
            self.problems.add(
                path,
                1,
                "package.file_name",
                format!("文件名 `{name}` 与 id `{id}` 不同，请改成一致"),
                format!("the file is named `{name}` and its id is `{id}`; make them the same"),
            );
        }
    }
}
