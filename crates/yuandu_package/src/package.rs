//! A package that has been read and found sound: its declarations as the types of the crates that use them.

use std::collections::BTreeMap;

use yuandu_base::{Lang, LocalText};
use yuandu_feel::dmn;
use yuandu_identity::PolicySource;
use yuandu_insight::IndicatorDef;
use yuandu_places::LayerDef;
use yuandu_process::bpmn::Process;
use yuandu_process::{CaseType, Stage};
use yuandu_schema::{CodeLists, FormDef, RegisterDef};
use yuandu_store::TableDef;

use crate::manifest::{Manifest, PostTemplate, Role};
use crate::scenario::Scenario;

/// A page of a package, in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Its first heading.
    pub title: String,
    /// The Markdown text, the heading included.
    pub text: String,
}

/// A package.
#[derive(Debug, Clone)]
pub struct Package {
    pub(crate) manifest: Manifest,
    pub(crate) registers: Vec<RegisterDef>,
    pub(crate) lists: CodeLists,
    pub(crate) processes: Vec<Process>,
    pub(crate) decisions: BTreeMap<String, dmn::Model>,
    pub(crate) forms: BTreeMap<String, FormDef>,
    pub(crate) policies: Vec<PolicySource>,
    pub(crate) indicators: Vec<IndicatorDef>,
    pub(crate) layers: Vec<LayerDef>,
    pub(crate) scenarios: Vec<Scenario>,
    pub(crate) pages: BTreeMap<String, BTreeMap<&'static str, Page>>,
    /// The texts its kind of case was read from, by path.
    pub(crate) case_files: BTreeMap<String, String>,
}

impl Package {
    pub(crate) fn empty(manifest: Manifest) -> Self {
        Self {
            manifest,
            registers: Vec::new(),
            lists: CodeLists::default(),
            processes: Vec::new(),
            decisions: BTreeMap::new(),
            forms: BTreeMap::new(),
            policies: Vec::new(),
            indicators: Vec::new(),
            layers: Vec::new(),
            scenarios: Vec::new(),
            pages: BTreeMap::new(),
            case_files: BTreeMap::new(),
        }
    }

    /// Id: the name of its folder.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.manifest.id
    }

    /// Version.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.manifest.version
    }

    /// Name.
    #[must_use]
    pub fn title(&self) -> &LocalText {
        &self.manifest.title
    }

    /// What it is for.
    #[must_use]
    pub fn summary(&self) -> &LocalText {
        &self.manifest.summary
    }

    /// Everything the manifest says.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The roles it declares.
    #[must_use]
    pub fn roles(&self) -> &[Role] {
        &self.manifest.roles
    }

    /// The templates of posts it declares.
    #[must_use]
    pub fn posts(&self) -> &[PostTemplate] {
        &self.manifest.posts
    }

    /// The stages of its cases, in order; none when it has no kind of case.
    #[must_use]
    pub fn stages(&self) -> &[Stage] {
        self.manifest
            .case
            .as_ref()
            .map(|case| case.stages.as_slice())
            .unwrap_or_default()
    }

    /// Its registers, that of its cases among them.
    #[must_use]
    pub fn registers(&self) -> &[RegisterDef] {
        &self.registers
    }

    /// A register by its name inside the package.
    #[must_use]
    pub fn register(&self, id: &str) -> Option<&RegisterDef> {
        self.registers.iter().find(|register| register.id == id)
    }

    /// The register that holds the declared facts of its cases.
    #[must_use]
    pub fn case_register(&self) -> Option<&RegisterDef> {
        self.register(&self.manifest.case.as_ref()?.register)
    }

    /// Its code lists, everyday words laid over them.
    #[must_use]
    pub fn code_lists(&self) -> &CodeLists {
        &self.lists
    }

    /// Its processes.
    #[must_use]
    pub fn processes(&self) -> &[Process] {
        &self.processes
    }

    /// Its decision models by name.
    #[must_use]
    pub fn decisions(&self) -> &BTreeMap<String, dmn::Model> {
        &self.decisions
    }

    /// Its forms by name.
    #[must_use]
    pub fn forms(&self) -> &BTreeMap<String, FormDef> {
        &self.forms
    }

    /// Its policies; files are named from the folder of the package on.
    #[must_use]
    pub fn policies(&self) -> Vec<PolicySource> {
        let named = |source: &PolicySource| PolicySource {
            file: format!("{}/{}", self.manifest.id, source.file),
            ..source.clone()
        };
        self.policies.iter().map(named).collect()
    }

    /// Its indicators in the order of the board.
    #[must_use]
    pub fn indicators(&self) -> &[IndicatorDef] {
        &self.indicators
    }

    /// Its map layers.
    #[must_use]
    pub fn layers(&self) -> &[LayerDef] {
        &self.layers
    }

    /// Its scenarios in the order of their files.
    #[must_use]
    pub fn scenarios(&self) -> &[Scenario] {
        &self.scenarios
    }

    /// A page by its name (the file without its ending).
    #[must_use]
    pub fn content(&self, lang: Lang, page: &str) -> Option<&Page> {
        self.pages.get(page)?.get(lang.pick("zh", "en"))
    }

    /// The names of its pages.
    pub fn pages(&self) -> impl Iterator<Item = &str> {
        self.pages.keys().map(String::as_str)
    }

    /// Its kind of case as the engine runs it, if it has one.
    #[must_use]
    pub fn case_type(&self) -> Option<CaseType> {
        let case = self.manifest.case.as_ref()?;
        let register = self.case_register()?;
        let main = self
            .processes
            .iter()
            .find(|process| process.id == case.process);
        Some(CaseType {
            system: self.manifest.id.clone(),
            version: self.manifest.version.clone(),
            name: main.map_or_else(|| register.title.clone(), |process| process.name.clone()),
            title: case.title.clone(),
            process: case.process.clone(),
            models: self.processes.clone(),
            decisions: self.decisions.clone(),
            fields: register.fields.clone(),
            table: register.table(),
            forms: self.forms.clone(),
            stages: case.stages.clone(),
            lists: self.lists.clone(),
            files: self.case_files.clone(),
        })
    }

    /// The tables of its registers. That of its cases' declared facts is among them and made nowhere else: the tables
    /// of `yuandu_process` hold the universal facts alone.
    #[must_use]
    pub fn table_defs(&self) -> Vec<TableDef> {
        yuandu_registers::tables(&self.registers)
    }
}
