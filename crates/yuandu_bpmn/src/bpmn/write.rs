//! Writes a document again, and says where two documents differ.
//!
//! What is written has the same canonical form (C14N) as what was read: every element, attribute, prefix, comment and
//! text in its place. Start with [`Document::write`] and [`difference`].

use std::fmt::Write as _;

use yuandu_base::LocalText;

use super::xml::{Content, Document, Element};

impl Document {
    /// The document as a file in UTF-8.
    #[must_use]
    pub fn write(&self) -> String {
        let mut out = String::new();
        if let Some(standalone) = &self.declaration {
            out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"");
            if let Some(word) = standalone {
                let _ = write!(out, " standalone=\"{word}\"");
            }
            out.push_str("?>\n");
        }
        for piece in &self.before {
            put_piece(&mut out, piece);
            out.push('\n');
        }
        put_element(&mut out, &self.root);
        out.push('\n');
        for piece in &self.after {
            put_piece(&mut out, piece);
            out.push('\n');
        }
        out
    }
}

fn put_element(out: &mut String, element: &Element) {
    let _ = write!(out, "<{}", element.tag);
    for (name, value) in &element.written {
        let _ = write!(out, " {name}=\"");
        escape(out, value, true);
        out.push('"');
    }
    if element.content.is_empty() {
        out.push_str("/>");
        return;
    }
    out.push('>');
    let mut children = element.children.iter();
    for piece in &element.content {
        match piece {
            Content::Child => children.by_ref().take(1).for_each(|c| put_element(out, c)),
            other => put_piece(out, other),
        }
    }
    let _ = write!(out, "</{}>", element.tag);
}

fn put_piece(out: &mut String, piece: &Content) {
    let _ = match piece {
        Content::Child => Ok(()),
        Content::Text(text) => {
            escape(out, text, false);
            Ok(())
        }
        Content::Literal(text) => write!(out, "<![CDATA[{text}]]>"),
        Content::Comment(text) => write!(out, "<!--{text}-->"),
        Content::Instruction(text) => write!(out, "<?{text}?>"),
    };
}

fn escape(out: &mut String, text: &str, attribute: bool) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' if !attribute => out.push_str("&gt;"),
            '"' if attribute => out.push_str("&quot;"),
            '\t' if attribute => out.push_str("&#9;"),
            '\n' if attribute => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            other => out.push(other),
        }
    }
}

/// The first place at which two documents differ in their canonical form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The line in the first document.
    pub line: u32,
    /// What differs.
    pub what: LocalText,
}

/// Compares two documents as canonical XML does: prefixes, order of attributes and CDATA sections tell nothing.
#[must_use]
pub fn difference(left: &Document, right: &Document) -> Option<Difference> {
    let around = |document: &Document| [document.before.clone(), document.after.clone()];
    if around(left) != around(right) {
        let zh = "根元素之外的注释或处理指令不同";
        let en = "comments or instructions outside of the root differ";
        return Some(differ(&left.root, zh, en));
    }
    between(&left.root, &right.root)
}

fn differ(at: &Element, zh: impl Into<String>, en: impl Into<String>) -> Difference {
    Difference {
        line: at.line,
        what: LocalText::new(zh, en),
    }
}

fn between(left: &Element, right: &Element) -> Option<Difference> {
    let tag = &left.tag;
    if (&left.namespace, &left.name) != (&right.namespace, &right.name) {
        let other = &right.tag;
        return Some(differ(
            left,
            format!("元素 `{tag}` 成了 `{other}`"),
            format!("the element `{tag}` became `{other}`"),
        ));
    }
    if attributes(left) != attributes(right) {
        return Some(differ(
            left,
            format!("`{tag}` 的属性不同"),
            format!("the attributes of `{tag}` differ"),
        ));
    }
    if pieces(left) != pieces(right) || left.children.len() != right.children.len() {
        return Some(differ(
            left,
            format!("`{tag}` 的内容不同"),
            format!("the content of `{tag}` differs"),
        ));
    }
    let mut pairs = left.children.iter().zip(&right.children);
    pairs.find_map(|(left, right)| between(left, right))
}

fn attributes(element: &Element) -> Vec<(&str, &str, &str)> {
    let mut found: Vec<_> = element
        .attributes
        .iter()
        .map(|a| (a.namespace.as_str(), a.name.as_str(), a.value.as_str()))
        .collect();
    found.sort_unstable();
    found
}

/// The content with CDATA sections as text and neighbouring texts joined.
fn pieces(element: &Element) -> Vec<Content> {
    let mut found: Vec<Content> = Vec::new();
    for piece in &element.content {
        match (piece, found.last_mut()) {
            (Content::Text(more) | Content::Literal(more), Some(Content::Text(text))) => {
                text.push_str(more);
            }
            (Content::Text(text) | Content::Literal(text), _) if !text.is_empty() => {
                found.push(Content::Text(text.clone()));
            }
            (Content::Text(_) | Content::Literal(_), _) => {}
            (other, _) => found.push(other.clone()),
        }
    }
    found
}
