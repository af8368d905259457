//! A small tree of XML elements that know their line. It reads DMN, with any prefix and any of the namespaces of
//! DMN 1.1 to 1.5; document types and their entities are refused.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::Located;

/// Deepest nesting of elements; boxed expressions in boxed expressions stay far below.
const MAX_DEPTH: usize = 64;

/// An element, its attributes by local name, its children, and its text.
#[derive(Debug, Default)]
pub(crate) struct Element {
    pub name: String,
    pub line: u32,
    pub children: Vec<Element>,
    pub text: String,
    /// Line on which the text begins.
    pub text_line: u32,
    attributes: Vec<(String, String)>,
}

impl Element {
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    pub fn all<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Element> {
        self.children.iter().filter(move |child| child.name == name)
    }
}

/// Tells the line of a byte offset; offsets are asked in rising order.
struct Lines<'s> {
    source: &'s str,
    offset: usize,
    line: u32,
}

impl Lines<'_> {
    fn at(&mut self, offset: u64) -> u32 {
        let offset = usize::try_from(offset)
            .unwrap_or(usize::MAX)
            .min(self.source.len());
        if let Some(passed) = self.source.as_bytes().get(self.offset..offset) {
            let lines = passed.iter().filter(|byte| **byte == b'\n').count();
            self.line = self
                .line
                .saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
            self.offset = offset;
        }
        self.line
    }
}

/// Reads a document.
pub(crate) fn read(source: &str) -> Result<Element, Located> {
    let mut reader = Reader::from_str(source);
    let mut lines = Lines {
        source,
        offset: 0,
        line: 1,
    };
    let mut open: Vec<Element> = Vec::new();
    loop {
        let line = lines.at(reader.buffer_position());
        let event = reader.read_event().map_err(|error| {
            Located::new(
                line,
                "XML 不正确：请检查这里的标签是否成对、引号和尖括号是否结束",
                format!("the XML is not well-formed: {error}"),
            )
        })?;
        match event {
            Event::Start(start) => {
                if open.len() >= MAX_DEPTH {
                    return Err(Located::new(line, "XML 嵌套太深", "the XML nests too deep"));
                }
                open.push(element(&start, line)?);
            }
            Event::Empty(start) => {
                let element = element(&start, line)?;
                match open.last_mut() {
                    Some(parent) => parent.children.push(element),
                    None => return Ok(element),
                }
            }
            Event::End(_) => {
                let Some(done) = open.pop() else {
                    return Err(incomplete(line));
                };
                match open.last_mut() {
                    Some(parent) => parent.children.push(done),
                    None => return Ok(done),
                }
            }
            Event::Text(text) => add_text(&mut open, &text.xml10_content(), line),
            Event::CData(text) => add_text(&mut open, &text.xml10_content(), line),
            Event::GeneralRef(reference) => {
                let resolved = resolve(&reference).ok_or_else(|| unknown_entity(line))?;
                add_text(&mut open, &resolved.to_string(), line);
            }
            Event::DocType(_) => {
                return Err(Located::new(
                    line,
                    "不允许文档类型声明",
                    "document type declarations are not allowed",
                ));
            }
            Event::Eof => return Err(incomplete(line)),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
        }
    }
}

fn incomplete(line: u32) -> Located {
    Located::new(line, "XML 文档不完整", "the XML document is not complete")
}

fn unknown_entity(line: u32) -> Located {
    Located::new(line, "未知的 XML 实体", "an XML entity is not known")
}

fn resolve(reference: &quick_xml::events::BytesRef<'_>) -> Option<char> {
    if reference.is_char_ref() {
        return reference.resolve_char_ref().ok().flatten();
    }
    Some(match &*reference.xml10_content() {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}

fn add_text(open: &mut [Element], text: &str, line: u32) {
    if let Some(element) = open.last_mut() {
        if element.text.is_empty() {
            element.text_line = line;
        }
        element.text.push_str(text);
    }
}

fn element(start: &BytesStart<'_>, line: u32) -> Result<Element, Located> {
    let bad = |error: String| {
        Located::new(
            line,
            "XML 属性不正确：属性应写成 名=\"值\"，同一个属性只能写一次，& 要写成 &amp;",
            format!("an XML attribute is not valid: {error}"),
        )
    };
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| bad(error.to_string()))?;
        let name = attribute.key.local_name().as_ref().to_owned();
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|error| bad(error.to_string()))?;
        attributes.push((name, value.into_owned()));
    }
    Ok(Element {
        name: start.local_name().as_ref().to_owned(),
        line,
        attributes,
        ..Element::default()
    })
}
