//! Regular expressions as XPath (and so FEEL) has them: XML Schema's, with anchors, reluctant quantifiers and
//! back-references. A pattern is read strictly, so that what XPath refuses is refused here.
//!
//! Patterns run on the `regex` library in linear time. Only what it cannot say (back-references, and `^` after a final
//! line end) runs on a backtracking machine of a bounded number of steps.

mod blocks;
mod machine;
mod read;
mod sets;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::ops::Range;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use regex_syntax::hir::ClassUnicode;

use crate::error::Fault;

use machine::Machine;

/// Largest program the library may build for a pattern.
const MAX_COMPILED: usize = 1 << 20;
/// Most matches of one call.
const MAX_MATCHES: usize = 1_000_000;

/// A pattern's tree.
#[derive(Debug, Clone)]
enum Node {
    Empty,
    /// One character of a set.
    Set(ClassUnicode),
    Sequence(Vec<Node>),
    Choice(Vec<Node>),
    /// A group with its number, if it captures.
    Group(Option<usize>, Box<Node>),
    Repeat {
        of: Box<Node>,
        least: u32,
        most: Option<u32>,
        greedy: bool,
    },
    Start,
    End,
    /// What the group of that number captured.
    Back(usize),
}

/// The flags of a call.
#[derive(Debug, Clone, Copy, Default)]
struct Flags {
    dot_all: bool,
    lines: bool,
    fold: bool,
    spaced: bool,
    literal: bool,
}

/// A compiled pattern.
pub(crate) struct Pattern {
    fast: Option<regex::Regex>,
    machine: Option<Machine>,
    groups: usize,
    /// The machine is needed for texts that end with a line end.
    start_of_lines: bool,
}

/// Byte ranges of a match: the whole, then its groups.
pub(crate) type Captured = Vec<Option<Range<usize>>>;

impl Pattern {
    /// Reads and compiles a pattern.
    pub fn new(pattern: &str, flags: &str) -> Result<Self, Fault> {
        let flags = read_flags(flags)?;
        let invalid = || {
            Fault::new(
                format!("正则表达式 `{pattern}` 不正确"),
                format!("the regular expression `{pattern}` is not valid"),
            )
        };
        let (tree, groups) = read::tree(pattern, flags).ok_or_else(invalid)?;
        let traits = Traits::of(&tree);
        let fast = if traits.back {
            None
        } else {
            let mut source = String::new();
            emit(&tree, flags, &mut source);
            let built = regex::RegexBuilder::new(&source)
                .size_limit(MAX_COMPILED)
                .build();
            Some(built.map_err(|_| invalid())?)
        };
        let start_of_lines = flags.lines && traits.start;
        let machine = if traits.back || start_of_lines {
            Some(Machine::new(&tree, groups, flags).ok_or_else(invalid)?)
        } else {
            None
        };
        Ok(Self {
            fast,
            machine,
            groups,
            start_of_lines,
        })
    }

    /// How many groups capture.
    pub fn groups(&self) -> usize {
        self.groups
    }

    fn machine_for(&self, text: &str) -> Option<&Machine> {
        let needed = self.fast.is_none() || (self.start_of_lines && text.ends_with('\n'));
        self.machine.as_ref().filter(|_| needed)
    }

    /// Whether the pattern is found somewhere in the text.
    pub fn is_match(&self, text: &str) -> Result<bool, Fault> {
        match (self.machine_for(text), &self.fast) {
            (Some(machine), _) => Ok(machine.find(text, 0)?.is_some()),
            (None, Some(fast)) => Ok(fast.is_match(text)),
            (None, None) => Ok(false),
        }
    }

    /// All matches that do not overlap, from the left.
    pub fn matches(&self, text: &str) -> Result<Vec<Captured>, Fault> {
        if let Some(machine) = self.machine_for(text) {
            return machine.find_all(text, MAX_MATCHES);
        }
        let Some(fast) = &self.fast else {
            return Ok(Vec::new());
        };
        let found = fast.captures_iter(text).take(MAX_MATCHES);
        Ok(found
            .map(|captures| {
                captures
                    .iter()
                    .map(|group| group.map(|group| group.range()))
                    .collect()
            })
            .collect())
    }
}

/// Compiled patterns by text and flags.
type Known = HashMap<(String, String), Arc<Pattern>>;

/// Patterns compiled lately. A rule's pattern is the same every time it is evaluated.
static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);
/// Past so many the store is emptied: patterns that come from data would fill it without end.
const MAX_KNOWN: usize = 256;

/// The compiled pattern, from the store if it is there.
pub(crate) fn compiled(pattern: &str, flags: &str) -> Result<Arc<Pattern>, Fault> {
    let key = (pattern.to_owned(), flags.to_owned());
    let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = known().get(&key) {
        return Ok(Arc::clone(found));
    }
    let made = Arc::new(Pattern::new(pattern, flags)?);
    let mut store = known();
    if store.len() >= MAX_KNOWN {
        store.clear();
    }
    store.insert(key, Arc::clone(&made));
    Ok(made)
}

fn read_flags(text: &str) -> Result<Flags, Fault> {
    let mut flags = Flags::default();
    for flag in text.chars() {
        match flag {
            's' => flags.dot_all = true,
            'm' => flags.lines = true,
            'i' => flags.fold = true,
            'x' => flags.spaced = true,
            'q' => flags.literal = true,
            unknown => {
                return Err(Fault::new(
                    format!("正则标志 `{unknown}` 不存在，可用 s、m、i、x、q"),
                    format!("there is no regular expression flag `{unknown}`; use s, m, i, x, q"),
                ));
            }
        }
    }
    Ok(flags)
}

/// What a tree needs of whoever runs it.
#[derive(Default)]
struct Traits {
    back: bool,
    start: bool,
}

impl Traits {
    fn of(tree: &Node) -> Self {
        let mut traits = Self::default();
        traits.see(tree);
        traits
    }

    fn see(&mut self, node: &Node) {
        match node {
            Node::Back(_) => self.back = true,
            Node::Start => self.start = true,
            Node::Sequence(parts) | Node::Choice(parts) => {
                parts.iter().for_each(|part| self.see(part));
            }
            Node::Group(_, of) | Node::Repeat { of, .. } => self.see(of),
            Node::Empty | Node::Set(_) | Node::End => {}
        }
    }
}

/// Writes a tree in the words of the library. Writing to a String cannot fail.
fn emit(node: &Node, flags: Flags, out: &mut String) {
    match node {
        Node::Empty => {}
        Node::Set(set) => emit_set(set, out),
        Node::Sequence(parts) => parts.iter().for_each(|part| emit(part, flags, out)),
        Node::Choice(parts) => {
            for (at, part) in parts.iter().enumerate() {
                if at > 0 {
                    out.push('|');
                }
                emit(part, flags, out);
            }
        }
        Node::Group(number, of) => {
            out.push_str(if number.is_some() { "(" } else { "(?:" });
            emit(of, flags, out);
            out.push(')');
        }
        Node::Repeat {
            of,
            least,
            most,
            greedy,
        } => {
            out.push_str("(?:");
            emit(of, flags, out);
            let _ = match most {
                Some(most) => write!(out, "){{{least},{most}}}"),
                None => write!(out, "){{{least},}}"),
            };
            if !greedy {
                out.push('?');
            }
        }
        Node::Start => out.push_str(if flags.lines { "(?m:^)" } else { "\\A" }),
        Node::End => out.push_str(if flags.lines { "(?m:$)" } else { "\\z" }),
        Node::Back(_) => {}
    }
}

fn emit_set(set: &ClassUnicode, out: &mut String) {
    // A class of nothing cannot be written as such; this one matches nothing either.
    if set.ranges().is_empty() {
        out.push_str("[^\\x{0}-\\x{10FFFF}]");
        return;
    }
    out.push('[');
    for range in set.ranges() {
        let (from, to) = (u32::from(range.start()), u32::from(range.end()));
        let _ = write!(out, "\\x{{{from:X}}}-\\x{{{to:X}}}");
    }
    out.push(']');
}
