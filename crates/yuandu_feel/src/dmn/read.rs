//! Reads the elements of a model and ties them together, collecting every problem on the way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::ast::{Ast, Type};
use crate::error::{FeelError, Position};
use crate::lexer::needs_knowing;
use crate::parser::{Known, Tests, parse_expression_at, parse_unary_tests_at};

use super::Located;
use super::boxed::Boxed;
use super::graph::{Decision, Graph, Input, Knowledge, Requires, Service, Target};
use super::imports::Linker;
use super::xml::Element;

/// A model as far as it could be read, and what is wrong with it. Models it imports are found by the linker.
pub(crate) fn graph(
    root: &Element,
    linker: &mut Linker<'_>,
) -> Result<(Graph, Vec<Located>), Located> {
    if root.name != "definitions" {
        return Err(Located::new(
            root.line,
            format!("根元素应为 `definitions`，实际是 `{}`", root.name),
            format!(
                "the root element must be `definitions` but is `{}`",
                root.name
            ),
        ));
    }
    let mut reader = Reader::new(root, linker.prefix());
    let mut graph = Graph {
        id: root.attribute("id").unwrap_or_default().to_owned(),
        name: root.attribute("name").unwrap_or_default().to_owned(),
        ..Graph::default()
    };
    reader.imports(root, &mut graph, linker);
    reader.item_definitions(root, &mut graph.types);
    graph.inputs = root
        .all("inputData")
        .map(|element| reader.input(element))
        .collect();
    for element in root.all("decision") {
        let decision = reader.decision(element, &graph.types);
        graph.decisions.push(decision);
    }
    for element in root.all("businessKnowledgeModel") {
        let knowledge = reader.knowledge(element, &graph.types);
        graph.knowledge.push(knowledge);
    }
    for element in root.all("decisionService") {
        let service = reader.service(element, &graph.types);
        graph.services.push(service);
    }
    let bare = graph.decisions.is_empty() && graph.knowledge.is_empty();
    if bare && !linker.is_nested() {
        reader.problem(root.line, "模型中没有决策", "the model holds no decision");
    }
    if let Some(decision) = graph.circle() {
        let name = decision.name.clone();
        reader.problem(
            decision.line,
            format!("决策 `{name}` 直接或间接依赖自身"),
            format!("the decision `{name}` requires itself, directly or through others"),
        );
        for decision in &mut graph.decisions {
            decision.requires.decisions.clear();
        }
    }
    reader.problems.sort_by_key(|problem| problem.line);
    linker.learned(reader.names);
    Ok((graph, reader.problems))
}

/// Where a reference leads: to an element of this model, or of an imported one.
enum Found {
    Here(Target),
    Imported(usize, Target),
}

/// Collects problems while reading.
pub(super) struct Reader<'e> {
    pub problems: Vec<Located>,
    /// Names with signs or keywords in them, which expressions may use.
    names: Vec<String>,
    targets: BTreeMap<&'e str, Target>,
    /// Elements of imported models, by namespace and id.
    foreign: BTreeMap<(String, String), (usize, Target)>,
    /// Names of the types that are defined, each with the prefix of its model.
    pub types: BTreeSet<String>,
    /// What stands before the names of this model's types: the imports that lead to it.
    pub prefix: String,
}

impl<'e> Reader<'e> {
    fn new(root: &'e Element, prefix: &str) -> Self {
        let mut reader = Self {
            problems: Vec::new(),
            names: Vec::new(),
            targets: BTreeMap::new(),
            foreign: BTreeMap::new(),
            types: root
                .all("itemDefinition")
                .filter_map(|element| element.attribute("name"))
                .map(|name| format!("{prefix}{}", plain(name)))
                .collect(),
            prefix: prefix.to_owned(),
        };
        reader.gather_names(root);
        reader.gather_targets(root);
        reader
    }

    fn gather_names(&mut self, element: &Element) {
        let named = matches!(
            element.name.as_str(),
            "inputData"
                | "decision"
                | "businessKnowledgeModel"
                | "decisionService"
                | "variable"
                | "formalParameter"
                | "itemComponent"
                | "column"
        );
        if named && let Some(name) = element.attribute("name") {
            self.learn(&plain(name));
        }
        for child in &element.children {
            self.gather_names(child);
        }
    }

    fn learn(&mut self, name: &str) {
        if needs_knowing(name) && !self.names.iter().any(|known| known == name) {
            self.names.push(name.to_owned());
        }
    }

    /// Links the models this one imports: their elements, types and names.
    fn imports(&mut self, root: &Element, graph: &mut Graph, linker: &mut Linker<'_>) {
        for element in root.all("import") {
            match linker.link(element) {
                Ok(mut linked) => {
                    self.problems.extend(linked.problem);
                    let at = graph.imports.len();
                    let namespace = element.attribute("namespace").unwrap_or_default();
                    for (id, target) in linked.targets {
                        self.foreign
                            .insert((namespace.to_owned(), id), (at, target));
                    }
                    self.learn(&linked.import.name);
                    for name in linked.names {
                        self.learn(&name);
                    }
                    self.types.extend(linked.types.types.keys().cloned());
                    graph.types.types.append(&mut linked.types.types);
                    graph.imports.push(linked.import);
                }
                Err(problem) => self.problems.push(problem),
            }
        }
    }

    fn gather_targets(&mut self, root: &'e Element) {
        type Kind = (&'static str, fn(usize) -> Target);
        let kinds: [Kind; 4] = [
            ("inputData", Target::Input),
            ("decision", Target::Decision),
            ("businessKnowledgeModel", Target::Knowledge),
            ("decisionService", Target::Service),
        ];
        for (kind, target) in kinds {
            let elements: Vec<&Element> = root
                .children
                .iter()
                .filter(|child| child.name == kind)
                .collect();
            for (at, element) in elements.into_iter().enumerate() {
                self.name_of(element);
                let Some(id) = element.attribute("id") else {
                    continue;
                };
                if self.targets.insert(id, target(at)).is_some() {
                    self.problem(
                        element.line,
                        format!("标识 `{id}` 重复"),
                        format!("the id `{id}` is there twice"),
                    );
                }
            }
        }
    }

    pub fn problem(&mut self, line: u32, zh: impl Into<String>, en: impl Into<String>) {
        self.problems.push(Located::new(line, zh, en));
    }

    /// Notes unreadable FEEL at its place in the file.
    pub fn unreadable(&mut self, error: &FeelError) {
        let column = error.at.column;
        self.problem(
            error.at.line,
            format!("{}（表达式第 {column} 列）", error.zh),
            format!("{} (column {column} of the expression)", error.en),
        );
    }

    fn name_of(&mut self, element: &Element) -> String {
        match element.attribute("name") {
            Some(name) if !name.trim().is_empty() => plain(name),
            _ => {
                self.problem(
                    element.line,
                    format!("`{}` 缺少属性 `name`", element.name),
                    format!("`{}` lacks the attribute `name`", element.name),
                );
                String::new()
            }
        }
    }

    fn input(&mut self, element: &Element) -> Input {
        let variable = element.child("variable");
        let name = element.attribute("name").map(plain).unwrap_or_default();
        Input {
            name: name.into(),
            of: variable.and_then(|variable| self.type_of(variable)),
        }
    }

    fn decision(&mut self, element: &Element, types: &crate::types::TypeTable) -> Decision {
        let name = element.attribute("name").map(plain).unwrap_or_default();
        let variable = element.child("variable");
        Decision {
            id: element.attribute("id").unwrap_or(&name).to_owned(),
            variable: variable
                .and_then(|variable| variable.attribute("name"))
                .map_or_else(|| name.clone(), plain)
                .into(),
            of: variable.and_then(|variable| self.type_of(variable)),
            body: self.boxed_in(element, types).map(Arc::new),
            requires: self.requires(element),
            line: element.line,
            name,
        }
    }

    fn knowledge(&mut self, element: &Element, types: &crate::types::TypeTable) -> Knowledge {
        let name = element.attribute("name").map(plain).unwrap_or_default();
        let logic = element.child("encapsulatedLogic");
        let readable = logic.is_some_and(|logic| self.is_feel_function(logic));
        Knowledge {
            id: element.attribute("id").unwrap_or(&name).to_owned(),
            params: logic.map(|logic| self.params(logic)).unwrap_or_default(),
            of: element
                .child("variable")
                .and_then(|variable| self.type_of(variable))
                .filter(|of| !types.is_function(of)),
            body: logic
                .filter(|_| readable)
                .and_then(|logic| self.boxed_in(logic, types))
                .map(Arc::new),
            requires: self.requires(element),
            name: name.into(),
        }
    }

    /// Whether a function's body is FEEL; notes one that is another language's.
    pub fn is_feel_function(&mut self, element: &Element) -> bool {
        let foreign = element.attribute("kind").is_some_and(|kind| kind != "FEEL");
        if foreign {
            self.problem(
                element.line,
                "只支持 FEEL 函数，不支持 Java 或 PMML",
                "only FEEL functions are supported, not Java or PMML",
            );
        }
        !foreign
    }

    pub fn params(&mut self, element: &Element) -> Vec<(Arc<str>, Option<Type>)> {
        element
            .all("formalParameter")
            .map(|param| {
                (
                    param
                        .attribute("name")
                        .map(plain)
                        .unwrap_or_default()
                        .into(),
                    self.type_of(param),
                )
            })
            .collect()
    }

    fn service(&mut self, element: &Element, types: &crate::types::TypeTable) -> Service {
        let name = element.attribute("name").map(plain).unwrap_or_default();
        let mut service = Service {
            id: element.attribute("id").unwrap_or(&name).to_owned(),
            outputs: Vec::new(),
            input_decisions: Vec::new(),
            inputs: Vec::new(),
            of: element
                .child("variable")
                .and_then(|variable| self.type_of(variable))
                .filter(|of| !types.is_function(of)),
            name: name.into(),
        };
        for child in &element.children {
            let target = match child.name.as_str() {
                "outputDecision" | "encapsulatedDecision" | "inputDecision" | "inputData" => {
                    self.target(child)
                }
                _ => continue,
            };
            let Some(Found::Here(target)) = target else {
                continue;
            };
            match (child.name.as_str(), target) {
                ("outputDecision", Target::Decision(at)) => service.outputs.push(at),
                ("inputDecision", Target::Decision(at)) => service.input_decisions.push(at),
                ("inputData", Target::Input(at)) => service.inputs.push(at),
                _ => {}
            }
        }
        service
    }

    fn requires(&mut self, element: &Element) -> Requires {
        let mut requires = Requires::default();
        for requirement in &element.children {
            if !matches!(
                requirement.name.as_str(),
                "informationRequirement" | "knowledgeRequirement"
            ) {
                continue;
            }
            for reference in &requirement.children {
                if !matches!(
                    reference.name.as_str(),
                    "requiredInput" | "requiredDecision" | "requiredKnowledge"
                ) {
                    continue;
                }
                match self.target(reference) {
                    Some(Found::Here(Target::Input(at))) => requires.inputs.push(at),
                    Some(Found::Here(Target::Decision(at))) => requires.decisions.push(at),
                    Some(Found::Here(Target::Knowledge(at))) => requires.knowledge.push(at),
                    Some(Found::Here(Target::Service(at))) => requires.services.push(at),
                    Some(Found::Imported(import, target)) => {
                        requires.imported.push((import, target));
                    }
                    None => {}
                }
            }
        }
        requires
    }

    fn target(&mut self, reference: &Element) -> Option<Found> {
        let href = reference.attribute("href").unwrap_or_default();
        let (namespace, id) = href.rsplit_once('#').unwrap_or(("", href));
        let foreign = (namespace.to_owned(), id.to_owned());
        let found = match self.foreign.get(&foreign) {
            Some((import, target)) => Some(Found::Imported(*import, *target)),
            None => self.targets.get(id).copied().map(Found::Here),
        };
        if found.is_none() {
            self.problem(
                reference.line,
                format!("引用 `{href}` 指向不存在的元素"),
                format!("the reference `{href}` leads to nothing in this model"),
            );
        }
        found
    }

    /// Reads FEEL as it stands in an element's `text`; `None` if there is nothing.
    pub fn expression(&mut self, element: &Element) -> Option<Result<Ast, FeelError>> {
        let text = self.feel_text(element)?;
        let result = parse_expression_at(&text.text, &self.known(), text_start(text));
        if let Err(error) = &result {
            self.unreadable(error);
        }
        Some(result)
    }

    /// Reads unary tests as they stand in an element's `text`; nothing means any value.
    pub fn tests(&mut self, element: &Element) -> Tests {
        let Some(text) = self.feel_text(element) else {
            return Tests::Any;
        };
        parse_unary_tests_at(&text.text, &self.known(), text_start(text)).unwrap_or_else(|error| {
            self.unreadable(&error);
            Tests::Of {
                negated: false,
                tests: Vec::new(),
            }
        })
    }

    fn known(&self) -> Known<'_> {
        Known {
            names: &self.names,
            type_prefix: &self.prefix,
        }
    }

    fn feel_text<'x>(&mut self, element: &'x Element) -> Option<&'x Element> {
        let language = element
            .attribute("expressionLanguage")
            .filter(|language| !language.is_empty());
        if let Some(language) = language
            && !language.to_ascii_lowercase().contains("feel")
        {
            self.problem(
                element.line,
                format!("不支持表达式语言 `{language}`，请改用 FEEL"),
                format!("the expression language `{language}` is not supported; use FEEL"),
            );
        }
        element
            .child("text")
            .filter(|text| !text.text.trim().is_empty())
    }

    /// Reads the boxed expression that an element holds.
    fn boxed_in(&mut self, element: &Element, types: &crate::types::TypeTable) -> Option<Boxed> {
        element
            .children
            .iter()
            .find_map(|child| self.boxed(child, types))
    }
}

fn text_start(text: &Element) -> Position {
    Position {
        line: text.text_line.max(1),
        column: 1,
    }
}

/// A name with single blanks.
pub(super) fn plain(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}
