//! A kind of case: its process, decisions, facts, forms and stages, checked against each other and ready to run.

use std::collections::{BTreeMap, BTreeSet};

use yuandu_base::{Lang, LocalText, Problem};
use yuandu_feel::dmn;
use yuandu_schema::{
    CodeLists, FieldDef, FieldType, FormDef, Sensitivity, UNIVERSAL_CASE_COLUMNS,
    universal_case_fields,
};

use crate::bpmn::{Mention, Process, Uses};
use crate::engine::Definition;
use crate::forms::Form;
use crate::store::TaskRow;

/// Universal facts a process may write.
pub const SETTABLE: [&str; 8] = [
    "title", "category", "org", "grid", "division", "address", "place", "stage",
];

/// The names every formula can read beside its variables.
const SCOPE: [&str; 6] = ["case", "outcome", "input", "actor", "now", "today"];

/// The code list of categories.
pub(crate) const CATEGORIES: &str = "categories";

/// A stage of a case as the city counts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// Its id, as user tasks name it.
    pub id: String,
    /// What officers read.
    pub title: LocalText,
    /// What residents read.
    pub public: LocalText,
}

/// A kind of case as a package declares it.
#[derive(Debug, Clone)]
pub struct CaseType {
    /// The system (package id).
    pub system: String,
    /// Version of the package: running cases keep the one they began with.
    pub version: String,
    /// What the kind of case is called.
    pub name: LocalText,
    /// Template of a case's title with `{category}` and `{place}`.
    pub title: LocalText,
    /// Id of the process a case begins with.
    pub process: String,
    /// Every process of the package.
    pub models: Vec<Process>,
    /// Decision models by file name without its ending.
    pub decisions: BTreeMap<String, dmn::Model>,
    /// The facts the package declares (its register with kind `case`).
    pub fields: Vec<FieldDef>,
    /// The table of those facts.
    pub table: String,
    /// Forms by name.
    pub forms: BTreeMap<String, FormDef>,
    /// Stages in order.
    pub stages: Vec<Stage>,
    /// The code lists of the package.
    pub lists: CodeLists,
    /// The texts it was read from, by their path in the package: what is published with a version.
    pub files: BTreeMap<String, String>,
}

/// A kind of case ready to run.
#[derive(Debug)]
pub struct Kind {
    /// As declared.
    pub declared: CaseType,
    /// What the engine runs.
    pub definition: Definition,
    /// Forms by name.
    pub forms: BTreeMap<String, Form>,
    /// Names of facts only some may read.
    pub(crate) restricted: BTreeSet<String>,
    /// Names of facts the processes write themselves: nobody may give them when a case is opened.
    pub(crate) written: BTreeSet<String>,
}

impl CaseType {
    /// The declared facts, then the universal ones a form may ask for.
    #[must_use]
    pub fn case_fields(&self) -> Vec<FieldDef> {
        let mut fields = self.fields.clone();
        for field in universal_case_fields() {
            if !fields.iter().any(|f| f.name == field.name) {
                fields.push(field);
            }
        }
        fields
    }

    fn types(&self) -> BTreeMap<String, FieldType> {
        let mut types: BTreeMap<String, FieldType> = UNIVERSAL_CASE_COLUMNS
            .iter()
            .map(|name| ((*name).to_owned(), universal_type(name)))
            .collect();
        types.extend(self.fields.iter().map(|f| (f.name.clone(), f.kind.clone())));
        types
    }

    /// Makes the kind ready, or says everything that does not fit.
    ///
    /// # Errors
    /// All problems, each with `file:line`.
    pub fn ready(self) -> Result<Kind, Vec<Problem>> {
        let mut problems = Vec::new();
        let case_fields = self.case_fields();
        let mut forms = BTreeMap::new();
        for (name, def) in &self.forms {
            match Form::new(def, &case_fields) {
                Ok(form) => {
                    forms.insert(name.clone(), form);
                }
                Err(found) => problems.extend(found),
            }
        }
        self.check(&mut problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        let definition = Definition::new(
            &self.process,
            self.models.iter().cloned(),
            self.decisions.clone(),
            self.types(),
        );
        let restricted = self
            .fields
            .iter()
            .filter(|f| f.sensitivity == Sensitivity::Restricted)
            .map(|f| f.name.clone())
            .collect();
        let written = self
            .models
            .iter()
            .flat_map(|p| p.uses().fields_set)
            .map(|mention| mention.name)
            .collect();
        Ok(Kind {
            declared: self,
            definition,
            forms,
            restricted,
            written,
        })
    }

    /// Checks that everything the processes mention is declared.
    fn check(&self, problems: &mut Vec<Problem>) {
        if !self.models.iter().any(|p| p.id == self.process) {
            problems.push(Problem::new(
                "process.main_missing",
                "package.toml",
                format!("没有流程 `{}`", self.process),
                format!("there is no process `{}`", self.process),
            ));
        }
        let uses: Vec<_> = self.models.iter().map(|p| (p, p.uses())).collect();
        problems.extend(circular_calls(&uses));
        let started: BTreeSet<&str> = uses
            .iter()
            .flat_map(|(_, u)| u.clocks_started.iter().map(|m| m.name.as_str()))
            .collect();
        let variables: BTreeSet<&str> = uses
            .iter()
            .flat_map(|(_, u)| u.variables.iter().map(|m| m.name.as_str()))
            .collect();
        for (process, uses) in &uses {
            let mut refuse =
                |mentions: &BTreeSet<Mention>, known: &dyn Fn(&str) -> bool, what: Missing| {
                    for mention in mentions.iter().filter(|m| !known(&m.name)) {
                        problems.push(what.problem(process, mention));
                    }
                };
            let known_name = |name: &str| SCOPE.contains(&name) || variables.contains(name);
            refuse(&uses.names_read, &known_name, Missing::Name);
            refuse(
                &uses.calls,
                &|name| self.models.iter().any(|p| p.id == name),
                Missing::Process,
            );
            refuse(
                &uses.forms,
                &|name| self.forms.contains_key(name),
                Missing::Form,
            );
            refuse(
                &uses.stages,
                &|name| self.stages.iter().any(|s| s.id == name),
                Missing::Stage,
            );
            refuse(
                &uses.clocks_used,
                &|name| started.contains(name),
                Missing::Clock,
            );
            refuse(
                &uses.decisions,
                &|name| self.has_decision(name),
                Missing::Decision,
            );
            refuse(
                &uses.fields_read,
                &|name| self.has_fact(name),
                Missing::Fact,
            );
            refuse(
                &uses.fields_set,
                &|name| self.may_set(name),
                Missing::Settable,
            );
        }
    }

    fn has_decision(&self, name: &str) -> bool {
        let Some((model, wanted)) = name.split_once('/') else {
            return false;
        };
        let decisions = self
            .decisions
            .get(model)
            .map(dmn::Model::decisions)
            .unwrap_or_default();
        decisions.iter().any(|d| d.id == wanted || d.name == wanted)
    }

    fn has_fact(&self, name: &str) -> bool {
        UNIVERSAL_CASE_COLUMNS.contains(&name) || self.fields.iter().any(|f| f.name == name)
    }

    fn may_set(&self, name: &str) -> bool {
        SETTABLE.contains(&name) || self.fields.iter().any(|f| f.name == name)
    }
}

/// Calls that lead back to the process they stand in: a case would call without end.
fn circular_calls(uses: &[(&Process, Uses)]) -> Vec<Problem> {
    let called = |id: &str| uses.iter().find(|(process, _)| process.id == id);
    let mut problems = Vec::new();
    for (process, own) in uses {
        for call in &own.calls {
            let mut seen = BTreeSet::new();
            let mut open = vec![call.name.as_str()];
            while let Some(id) = open.pop() {
                if id == process.id {
                    problems.push(Problem::new(
                        "process.call_circular",
                        &format!("{}:{}", process.file, call.line),
                        format!("调用 `{}` 会再回到本流程 `{id}`，永远走不完；请去掉这个循环", call.name),
                        format!("calling `{}` leads back to this process `{id}` without end; remove the circle", call.name),
                    ));
                    break;
                }
                if seen.insert(id)
                    && let Some((_, further)) = called(id)
                {
                    open.extend(further.calls.iter().map(|call| call.name.as_str()));
                }
            }
        }
    }
    problems
}

/// What a process mentions and nobody declares.
#[derive(Clone, Copy)]
enum Missing {
    Process,
    Form,
    Stage,
    Clock,
    Decision,
    Fact,
    Settable,
    Name,
}

impl Missing {
    fn problem(self, process: &Process, mention: &Mention) -> Problem {
        let name = &mention.name;
        let (code, zh, en) = match self {
            Self::Process => (
                "process.call_missing",
                "被调用的流程不存在",
                "the called process does not exist",
            ),
            Self::Form => (
                "process.form_missing",
                "表单不存在",
                "the form does not exist",
            ),
            Self::Stage => (
                "process.stage_missing",
                "package.toml 没有这个环节",
                "package.toml has no such stage",
            ),
            Self::Clock => (
                "process.clock_never_started",
                "时钟从未启动",
                "the clock is never started",
            ),
            Self::Decision => (
                "process.decision_missing",
                "决策不存在",
                "the decision does not exist",
            ),
            Self::Fact => (
                "process.fact_unknown",
                "案卷没有这个信息项",
                "the case has no such fact",
            ),
            Self::Name => (
                "process.name_unknown",
                "没有这个变量",
                "there is no such variable",
            ),
            Self::Settable => (
                "process.fact_not_settable",
                "流程不能写这个信息项",
                "a process cannot write this fact",
            ),
        };
        let place = format!("{}:{}", process.file, mention.line);
        Problem::new(
            code,
            &place,
            format!("`{name}`：{zh}"),
            format!("`{name}`: {en}"),
        )
    }
}

fn universal_type(name: &str) -> FieldType {
    match name {
        "lon" | "lat" => FieldType::Decimal,
        "place" => FieldType::Position,
        "due_at" | "warn_at" | "opened_at" | "updated_at" | "closed_at" => FieldType::Instant,
        _ => FieldType::Text { max: 200 },
    }
}

impl Kind {
    /// Whether the package declares a fact of this name.
    pub(crate) fn is_declared(&self, name: &str) -> bool {
        self.declared.fields.iter().any(|f| f.name == name)
    }

    /// Whether a step is sent back by hand only to come straight back.
    pub(crate) fn only_straight(&self, task: &TaskRow) -> bool {
        let process = self.definition.processes.get(&task.process);
        let node = process.and_then(|process| process.node(&task.node));
        let user = node.and_then(|node| node.user_task());
        user.is_some_and(|user| user.only_straight)
    }

    /// A stage by its id.
    #[must_use]
    pub fn stage(&self, id: &str) -> Option<&Stage> {
        self.declared.stages.iter().find(|s| s.id == id)
    }

    /// The class of a category: the one its code list names, else its first two digits.
    #[must_use]
    pub fn class_of(&self, category: &str) -> String {
        let listed = self
            .declared
            .lists
            .get(CATEGORIES)
            .and_then(|list| list.get(category));
        match listed.and_then(|entry| entry.class.clone()) {
            Some(class) => class,
            None => category.chars().take(2).collect(),
        }
    }

    /// The title of a case: names and places only, never what a person wrote about themselves.
    #[must_use]
    pub fn title_of(&self, category: &str, place: &str) -> String {
        let name = self
            .declared
            .lists
            .label(CATEGORIES, category)
            .map_or(category, |name| name.zh.as_str());
        let text = self
            .declared
            .title
            .zh
            .replace("{category}", name)
            .replace("{place}", place);
        trimmed(&text)
    }

    /// A title as [`Kind::title_of`] made it, in a language: the label of the category is put into it and the place stays
    /// as it is. A title that was made of another category gets this one and the address; without an address it stays.
    #[must_use]
    pub fn title_in(
        &self,
        lang: Lang,
        category: &str,
        (title, address): (&str, Option<&str>),
    ) -> String {
        let label = self.declared.lists.label(CATEGORIES, category);
        let (Lang::En, Some(label)) = (lang, label) else {
            return title.to_owned();
        };
        let own = |lang| {
            let template = self.declared.title.get(lang);
            template.replace("{category}", label.get(lang))
        };
        let (own_zh, own_en) = (own(Lang::Zh), own(Lang::En));
        let (before, after) = own_zh
            .split_once("{place}")
            .unwrap_or((own_zh.as_str(), ""));
        if title == trimmed(&format!("{before}{after}")) {
            return trimmed(&own_en.replace("{place}", ""));
        }
        let place = title.strip_prefix(before.trim_start());
        let place = place.and_then(|rest| rest.strip_suffix(after.trim_end()));
        match place.or(address) {
            Some(place) => trimmed(&own_en.replace("{place}", place)),
            None => title.to_owned(),
        }
    }
}

/// A title without what stands at its ends when a part of it is missing.
fn trimmed(text: &str) -> String {
    let trimmed = text.trim_matches(|c: char| c.is_whitespace() || c == '·');
    trimmed.chars().take(200).collect()
}
