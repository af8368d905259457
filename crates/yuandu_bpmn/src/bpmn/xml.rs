//! Reads an XML text into a small tree with line numbers, without losing anything of it.
//!
//! It knows nothing of BPMN. It refuses document types (so that no entity can be declared), deep nesting and
//! huge files, because a package may come from outside. Writing the tree again is in `write`, the reading of bytes in
//! `decode`.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

/// Larger models are not read: the largest published reference models stay below one mebibyte.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// Nesting beyond this is refused so that a walk over the tree cannot exhaust the stack.
const MAX_DEPTH: usize = 100;

/// A whole file: its root element and what stands before and after it.
#[derive(Debug, Clone)]
pub struct Document {
    /// Whether it begins with an XML declaration, and what that says of `standalone`.
    pub(crate) declaration: Option<Option<String>>,
    /// Comments and instructions before the root.
    pub(crate) before: Vec<Content>,
    /// The root element.
    pub root: Element,
    /// Comments and instructions after the root.
    pub(crate) after: Vec<Content>,
}

/// One piece of what is inside an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content {
    /// The next of the element's children.
    Child,
    /// Text with entities resolved.
    Text(String),
    /// Text that is written as a CDATA section.
    Literal(String),
    /// A comment.
    Comment(String),
    /// A processing instruction.
    Instruction(String),
}

/// One element of the document.
#[derive(Debug, Clone)]
pub struct Element {
    /// Namespace, empty when unbound.
    pub namespace: String,
    /// Local name.
    pub name: String,
    /// Attributes in document order.
    pub attributes: Vec<Attribute>,
    /// Child elements in document order.
    pub children: Vec<Element>,
    /// The text directly inside, joined.
    pub text: String,
    /// Line of the start tag, from 1.
    pub line: u32,
    /// The tag as it is written, with its prefix.
    pub(crate) tag: String,
    /// The attributes as they are written, declarations of namespaces among them.
    pub(crate) written: Vec<(String, String)>,
    /// What is inside, in order.
    pub(crate) content: Vec<Content>,
}

/// One attribute of an element.
#[derive(Debug, Clone)]
pub struct Attribute {
    /// Namespace, empty when unprefixed.
    pub namespace: String,
    /// Local name.
    pub name: String,
    /// Value with entities resolved.
    pub value: String,
}

/// Why a text is not readable XML.
#[derive(Debug)]
pub struct XmlFault {
    /// Line of the fault, from 1.
    pub line: u32,
    /// The reason in English, for experts.
    pub reason: String,
}

impl Element {
    /// The value of an attribute without namespace.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attribute_of("", name)
    }

    /// The value of an attribute of a namespace.
    pub fn attribute_of(&self, namespace: &str, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|a| a.namespace == namespace && a.name == name)
            .map(|a| a.value.as_str())
    }
}

/// Reads the whole document; the result is its root element.
///
/// # Errors
/// [`XmlFault`] with the line at which the document stops being readable or allowed.
pub fn read(text: &str) -> Result<Element, XmlFault> {
    read_document(text).map(|document| document.root)
}

/// Reads the whole document with everything around its root.
///
/// # Errors
/// As for [`read`].
pub fn read_document(text: &str) -> Result<Document, XmlFault> {
    if text.len() > MAX_BYTES {
        return Err(fault(
            1,
            format!("the file is larger than {MAX_BYTES} bytes"),
        ));
    }
    TreeReader::new(text).read()
}

struct TreeReader<'a> {
    text: &'a str,
    reader: NsReader<&'a [u8]>,
    counted_to: usize,
    line: u32,
    open: Vec<Element>,
    root: Option<Element>,
    declaration: Option<Option<String>>,
    before: Vec<Content>,
    after: Vec<Content>,
}

impl<'a> TreeReader<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            text,
            reader: NsReader::from_str(text),
            counted_to: 0,
            line: 1,
            open: Vec::new(),
            root: None,
            declaration: None,
            before: Vec::new(),
            after: Vec::new(),
        }
    }

    fn read(mut self) -> Result<Document, XmlFault> {
        loop {
            let before = usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX);
            let line = self.line_at(before);
            let event = match self.reader.read_event() {
                Ok(event) => event,
                Err(error) => {
                    let at = usize::try_from(self.reader.error_position()).unwrap_or(before);
                    let line = self.line_at(at.max(before));
                    return Err(fault(line, error));
                }
            };
            if !self.take(event, line)? {
                break;
            }
        }
        match (self.root, self.open.last()) {
            (_, Some(open)) => Err(fault(open.line, format!("`{}` is not closed", open.name))),
            (Some(root), None) => Ok(Document {
                declaration: self.declaration,
                before: self.before,
                root,
                after: self.after,
            }),
            (None, None) => Err(fault(1, "there is no element in the file")),
        }
    }

    /// Takes one event; false at the end of the text.
    fn take(&mut self, event: Event<'_>, line: u32) -> Result<bool, XmlFault> {
        match event {
            Event::Start(tag) => {
                let element = self.element(&tag, line)?;
                self.open.push(element);
                if self.open.len() > MAX_DEPTH {
                    return Err(fault(line, "elements are nested too deeply"));
                }
            }
            Event::Empty(tag) => {
                let element = self.element(&tag, line)?;
                self.close(element, line)?;
            }
            Event::End(_) => {
                if let Some(element) = self.open.pop() {
                    self.close(element, line)?;
                }
            }
            Event::Text(text) => self.add_text(&text.xml10_content(), line, Content::Text)?,
            Event::CData(text) => self.add_text(&text.xml10_content(), line, Content::Literal)?,
            Event::GeneralRef(entity) => {
                let text = resolve(&entity).map_err(|reason| fault(line, reason))?;
                self.add_text(&text, line, Content::Text)?;
            }
            Event::DocType(_) => {
                return Err(fault(line, "a document type (DOCTYPE) is not allowed"));
            }
            Event::Comment(text) => self.add(Content::Comment(unix_lines(&text))),
            Event::PI(text) => self.add(Content::Instruction(unix_lines(&text))),
            Event::Decl(text) => {
                let standalone = text.standalone().transpose();
                let standalone = standalone.map_err(|e| fault(line, e))?;
                self.declaration = Some(standalone.map(std::borrow::Cow::into_owned));
            }
            Event::Eof => return Ok(false),
        }
        Ok(true)
    }

    fn element(&self, tag: &BytesStart<'_>, line: u32) -> Result<Element, XmlFault> {
        let resolver = self.reader.resolver();
        let (namespace, local) = resolver.resolve_element(tag.name());
        let mut element = Element {
            namespace: namespace_text(namespace, line)?,
            name: local.into_inner().to_owned(),
            attributes: Vec::new(),
            children: Vec::new(),
            text: String::new(),
            line,
            tag: tag.name().into_inner().to_owned(),
            written: Vec::new(),
            content: Vec::new(),
        };
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|e| fault(line, e))?;
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|e| fault(line, e))?;
            let written = attribute.key.into_inner().to_owned();
            element.written.push((written, value.clone().into_owned()));
            if attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            let (namespace, local) = resolver.resolve_attribute(attribute.key);
            element.attributes.push(Attribute {
                namespace: namespace_text(namespace, line)?,
                name: local.into_inner().to_owned(),
                value: value.into_owned(),
            });
        }
        Ok(element)
    }

    fn close(&mut self, element: Element, line: u32) -> Result<(), XmlFault> {
        match self.open.last_mut() {
            Some(parent) => {
                parent.children.push(element);
                parent.content.push(Content::Child);
            }
            None if self.root.is_some() => {
                return Err(fault(line, "there is more than one root element"));
            }
            None => self.root = Some(element),
        }
        Ok(())
    }

    fn add_text(
        &mut self,
        text: &str,
        line: u32,
        kind: impl Fn(String) -> Content,
    ) -> Result<(), XmlFault> {
        let Some(element) = self.open.last_mut() else {
            return match text.trim_matches([' ', '\t', '\n', '\r', '\u{feff}']) {
                "" => Ok(()),
                _ => Err(fault(line, "there is text outside of the root element")),
            };
        };
        element.text.push_str(text);
        let piece = kind(text.to_owned());
        match (element.content.last_mut(), &piece) {
            (Some(Content::Text(before)), Content::Text(more)) => before.push_str(more),
            _ => element.content.push(piece),
        }
        Ok(())
    }

    fn add(&mut self, piece: Content) {
        match self.open.last_mut() {
            Some(element) => element.content.push(piece),
            None if self.root.is_none() => self.before.push(piece),
            None => self.after.push(piece),
        }
    }

    /// The line of a byte offset; offsets come in ascending order, so each byte is looked at once.
    fn line_at(&mut self, offset: usize) -> u32 {
        if let Some(passed) = self.text.as_bytes().get(self.counted_to..offset) {
            let breaks = passed.iter().filter(|b| **b == b'\n').count();
            self.line = self.line.saturating_add(u32::try_from(breaks).unwrap_or(0));
            self.counted_to = offset;
        }
        self.line
    }
}

fn namespace_text(namespace: ResolveResult<'_>, line: u32) -> Result<String, XmlFault> {
    match namespace {
        ResolveResult::Bound(namespace) => Ok(namespace.0.to_owned()),
        ResolveResult::Unbound => Ok(String::new()),
        ResolveResult::Unknown(prefix) => Err(fault(
            line,
            format!("the prefix `{prefix}` is not declared"),
        )),
    }
}

/// Line ends as XML wants them seen.
fn unix_lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

fn resolve(entity: &BytesRef<'_>) -> Result<String, String> {
    match entity.resolve_char_ref() {
        Ok(Some(character)) => Ok(character.to_string()),
        Ok(None) => quick_xml::escape::resolve_xml_entity(entity)
            .map(str::to_owned)
            .ok_or_else(|| format!("the entity `{}` is not declared", &**entity)),
        Err(error) => Err(error.to_string()),
    }
}

pub(crate) fn fault(line: u32, reason: impl ToString) -> XmlFault {
    XmlFault {
        line,
        reason: reason.to_string(),
    }
}
