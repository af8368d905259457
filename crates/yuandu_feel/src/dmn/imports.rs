//! Models that import models. Texts are handed in as a library; nothing is fetched, and circles end.

use std::sync::Arc;

use crate::types::TypeTable;

use super::Located;
use super::graph::{Graph, Import, Target};
use super::read::{self, plain};
use super::xml::Element;

/// Imports below imports.
const MAX_DEPTH: usize = 8;
/// Models read for one model, counting each time one is imported.
const MAX_MODELS: usize = 64;

/// Finds and reads the models that others import.
pub(crate) struct Linker<'l> {
    /// File names and contents of the models at hand.
    library: &'l [(String, Element)],
    /// What stands before the types of the model being read, one part for each import on the way.
    prefixes: Vec<String>,
    /// Namespaces of the models being read, outermost first.
    open: Vec<String>,
    read: usize,
    /// Names that the model read last taught.
    names: Vec<String>,
}

/// A model that was read for another.
pub(super) struct Linked {
    pub import: Import,
    /// Its elements by id.
    pub targets: Vec<(String, Target)>,
    /// Its types and those of its imports, with the prefix of the import.
    pub types: TypeTable,
    /// Its names that must be known to be read.
    pub names: Vec<String>,
    /// The first of its own problems, if it has any.
    pub problem: Option<Located>,
}

impl<'l> Linker<'l> {
    pub fn new(root: &Element, library: &'l [(String, Element)]) -> Self {
        let namespace = root.attribute("namespace").unwrap_or_default();
        Self {
            library,
            prefixes: vec![String::new()],
            open: vec![namespace.to_owned()],
            read: 0,
            names: Vec::new(),
        }
    }

    pub fn prefix(&self) -> &str {
        self.prefixes.last().map_or("", String::as_str)
    }

    pub fn is_nested(&self) -> bool {
        self.open.len() > 1
    }

    pub fn learned(&mut self, names: Vec<String>) {
        self.names = names;
    }

    /// Reads the model an `import` element names.
    pub fn link(&mut self, element: &Element) -> Result<Linked, Located> {
        let kind = element.attribute("importType").unwrap_or("DMN");
        if !kind.to_ascii_uppercase().contains("DMN") {
            return Err(Located::new(
                element.line,
                format!("不支持导入 `{kind}`，只能导入 DMN 模型"),
                format!("importing `{kind}` is not supported; only DMN models can be imported"),
            ));
        }
        let namespace = element.attribute("namespace").unwrap_or_default();
        if self.open.iter().any(|open| open == namespace) {
            return Err(Located::new(
                element.line,
                format!("模型 `{namespace}` 直接或间接导入自身"),
                format!("the model `{namespace}` imports itself, directly or through others"),
            ));
        }
        if self.open.len() > MAX_DEPTH || self.read >= MAX_MODELS {
            return Err(Located::new(
                element.line,
                "导入的模型太多或嵌套太深",
                "too many models are imported, or imports nest too deep",
            ));
        }
        let Some(root) = self.find(element, namespace) else {
            return Err(Located::new(
                element.line,
                format!("找不到导入的模型 `{namespace}`，请把它放在同一文件夹"),
                format!(
                    "the imported model `{namespace}` is not at hand; put it into the same folder"
                ),
            ));
        };
        let name = element.attribute("name").map(plain).unwrap_or_default();
        let point = if name.is_empty() { "" } else { "." };
        self.prefixes
            .push(format!("{}{name}{point}", self.prefix()));
        self.open.push(namespace.to_owned());
        self.read += 1;
        let outcome = read::graph(root, self);
        self.prefixes.pop();
        self.open.pop();
        let (mut graph, problems) = outcome?;
        let problem = problems.first().map(|problem| {
            Located::new(
                element.line,
                format!(
                    "导入的模型 `{namespace}` 第 {} 行有问题：{}",
                    problem.line, problem.zh
                ),
                format!("the imported model `{namespace}` has problems: {problem}"),
            )
        });
        let types = std::mem::take(&mut graph.types);
        let names = std::mem::take(&mut self.names);
        Ok(Linked {
            targets: targets(root, &graph),
            import: Import {
                name,
                graph: Arc::new(graph),
            },
            types,
            problem,
            names,
        })
    }

    /// The model of a namespace, or else of the file name an import tells.
    fn find(&self, import: &Element, namespace: &str) -> Option<&'l Element> {
        let file = import
            .attribute("locationURI")
            .and_then(|location| location.rsplit('/').next())
            .filter(|file| !file.is_empty());
        let of_namespace = self
            .library
            .iter()
            .find(|(_, root)| root.attribute("namespace") == Some(namespace));
        of_namespace
            .or_else(|| {
                self.library
                    .iter()
                    .find(|(name, _)| Some(name.as_str()) == file)
            })
            .map(|(_, root)| root)
    }
}

/// The ids of a model's elements. The lists of the graph are in the order of the file.
fn targets(root: &Element, graph: &Graph) -> Vec<(String, Target)> {
    type Kind = (&'static str, usize, fn(usize) -> Target);
    let kinds: [Kind; 4] = [
        ("inputData", graph.inputs.len(), Target::Input),
        ("decision", graph.decisions.len(), Target::Decision),
        (
            "businessKnowledgeModel",
            graph.knowledge.len(),
            Target::Knowledge,
        ),
        ("decisionService", graph.services.len(), Target::Service),
    ];
    let mut all = Vec::new();
    for (kind, count, target) in kinds {
        for (at, element) in root.all(kind).enumerate().take(count) {
            if let Some(id) = element.attribute("id") {
                all.push((id.to_owned(), target(at)));
            }
        }
    }
    all
}
