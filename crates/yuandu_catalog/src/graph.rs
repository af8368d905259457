//! A small graph of triples and the two ways it is written. Names are shortened by the prefixes of the graph.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

/// What a predicate leads to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Object {
    /// A resource by its full name.
    Iri(String),
    /// A text in a language.
    Text(String, &'static str),
    /// A text without language.
    Plain(String),
    /// A value of a type, such as `xsd:date`.
    Typed(String, &'static str),
    /// A resource without a name.
    Blank(Box<Node>),
}

/// A resource with what is said of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Node {
    pub(crate) iri: Option<String>,
    pub(crate) types: Vec<&'static str>,
    pub(crate) facts: Vec<(&'static str, Object)>,
}

impl Node {
    pub(crate) fn named(iri: impl Into<String>, kind: &'static str) -> Self {
        Self {
            iri: Some(iri.into()),
            types: vec![kind],
            facts: Vec::new(),
        }
    }

    pub(crate) fn blank(kind: &'static str) -> Self {
        Self {
            iri: None,
            types: vec![kind],
            facts: Vec::new(),
        }
    }

    pub(crate) fn with(mut self, predicate: &'static str, object: Object) -> Self {
        self.facts.push((predicate, object));
        self
    }

    /// A text in both languages.
    pub(crate) fn both(self, predicate: &'static str, text: &yuandu_base::LocalText) -> Self {
        self.with(predicate, Object::Text(text.zh.clone(), "zh"))
            .with(predicate, Object::Text(text.en.clone(), "en"))
    }
}

/// A graph.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    pub(crate) nodes: Vec<Node>,
}

/// Prefixes of every graph.
const PREFIXES: [(&str, &str); 8] = [
    ("dcat", "http://www.w3.org/ns/dcat#"),
    ("dcatap", "http://data.europa.eu/r5r/"),
    ("dct", "http://purl.org/dc/terms/"),
    ("foaf", "http://xmlns.com/foaf/0.1/"),
    ("rdfs", "http://www.w3.org/2000/01/rdf-schema#"),
    ("skos", "http://www.w3.org/2004/02/skos/core#"),
    ("vcard", "http://www.w3.org/2006/vcard/ns#"),
    ("xsd", "http://www.w3.org/2001/XMLSchema#"),
];

impl Graph {
    /// The graph as JSON-LD.
    #[must_use]
    pub fn to_json_ld(&self) -> Value {
        let context: Map<String, Value> = PREFIXES
            .iter()
            .map(|(prefix, iri)| ((*prefix).to_owned(), (*iri).into()))
            .collect();
        let nodes: Vec<Value> = self.nodes.iter().map(json_node).collect();
        json!({ "@context": context, "@graph": nodes })
    }

    /// The graph as Turtle.
    #[must_use]
    pub fn to_turtle(&self) -> String {
        let mut out = String::new();
        for (prefix, iri) in PREFIXES {
            let _ = writeln!(out, "@prefix {prefix}: <{iri}> .");
        }
        for node in &self.nodes {
            out.push('\n');
            if let Some(iri) = &node.iri {
                let _ = write!(out, "<{}>", turtle_iri(iri));
            } else {
                out.push_str("[]");
            }
            turtle_facts(&mut out, node, "    ");
            out.push_str(" .\n");
        }
        out
    }
}

fn json_node(node: &Node) -> Value {
    let mut object = Map::new();
    if let Some(iri) = &node.iri {
        object.insert("@id".to_owned(), iri.as_str().into());
    }
    object.insert("@type".to_owned(), node.types.clone().into());
    for (predicate, value) in &node.facts {
        let slot = object
            .entry((*predicate).to_owned())
            .or_insert_with(|| Value::Array(Vec::new()));
        if let Some(values) = slot.as_array_mut() {
            values.push(json_object(value));
        }
    }
    Value::Object(object)
}

fn json_object(object: &Object) -> Value {
    match object {
        Object::Iri(iri) => json!({ "@id": iri }),
        Object::Text(text, lang) => json!({ "@value": text, "@language": lang }),
        Object::Plain(text) => json!({ "@value": text }),
        Object::Typed(text, kind) => json!({ "@value": text, "@type": kind }),
        Object::Blank(node) => json_node(node),
    }
}

fn turtle_facts(out: &mut String, node: &Node, indent: &str) {
    let _ = write!(out, " a {}", node.types.join(", "));
    let deeper = format!("{indent}    ");
    for (predicate, object) in &node.facts {
        let _ = write!(out, " ;\n{indent}{predicate} ");
        match object {
            Object::Iri(iri) => {
                let _ = write!(out, "<{}>", turtle_iri(iri));
            }
            Object::Text(text, lang) => {
                let _ = write!(out, "{}@{lang}", turtle_text(text));
            }
            Object::Plain(text) => out.push_str(&turtle_text(text)),
            Object::Typed(text, kind) => {
                let _ = write!(out, "{}^^{kind}", turtle_text(text));
            }
            Object::Blank(node) => {
                out.push('[');
                turtle_facts(out, node, &deeper);
                out.push_str(" ]");
            }
        }
    }
}

/// A text in quotes; what would end or break it is escaped.
fn turtle_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// A name without the characters that a name cannot have.
fn turtle_iri(iri: &str) -> String {
    iri.chars()
        .filter(|letter| !letter.is_control() && !" <>\"{}|^`\\".contains(*letter))
        .collect()
}
