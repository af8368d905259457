//! Reads a pattern strictly by the grammar of XPath; `None` for what XPath refuses.

use regex_syntax::hir::ClassUnicode;

use super::sets::{dot, escape, folded, negated, of_ranges, property};
use super::{Flags, Node};

/// Groups in groups.
const MAX_DEPTH: usize = 64;
/// Longest pattern, in characters.
const MAX_LENGTH: usize = 4096;
/// Largest number in a quantifier.
const MAX_REPEAT: u32 = 1000;

/// The tree of a pattern and the number of its capturing groups.
pub(super) fn tree(pattern: &str, flags: Flags) -> Option<(Node, usize)> {
    let chars: Vec<char> = pattern.chars().collect();
    if chars.len() > MAX_LENGTH {
        return None;
    }
    if flags.literal {
        let one = |c: char| Node::Set(folded(of_ranges(&[(c, c)]), flags.fold));
        return Some((Node::Sequence(chars.into_iter().map(one).collect()), 0));
    }
    let chars = if flags.spaced {
        without_blanks(chars)
    } else {
        chars
    };
    let mut reader = Reader {
        chars,
        at: 0,
        flags,
        groups: 0,
        open: Vec::new(),
        depth: 0,
    };
    let tree = reader.choice()?;
    (reader.at == reader.chars.len()).then_some((tree, reader.groups))
}

/// The pattern without blanks outside of classes, as the flag `x` wants.
fn without_blanks(chars: Vec<char>) -> Vec<char> {
    let mut depth = 0_usize;
    let mut escaped = false;
    let mut kept = Vec::with_capacity(chars.len());
    for c in chars {
        if depth == 0 && matches!(c, ' ' | '\t' | '\n' | '\r') {
            continue;
        }
        if escaped {
            escaped = false;
        } else {
            match c {
                '\\' => escaped = true,
                '[' => depth += 1,
                ']' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        kept.push(c);
    }
    kept
}

struct Reader {
    chars: Vec<char>,
    at: usize,
    flags: Flags,
    groups: usize,
    /// Groups that are not closed yet: nothing may refer back to them.
    open: Vec<usize>,
    depth: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += 1;
        Some(c)
    }

    fn eat(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn choice(&mut self) -> Option<Node> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let mut parts = vec![self.branch()?];
        while self.eat('|') {
            parts.push(self.branch()?);
        }
        self.depth -= 1;
        Some(match parts.len() {
            1 => parts.pop()?,
            _ => Node::Choice(parts),
        })
    }

    fn branch(&mut self) -> Option<Node> {
        let mut pieces = Vec::new();
        while let Some(c) = self.peek() {
            if matches!(c, '|' | ')') {
                break;
            }
            let atom = self.atom()?;
            pieces.push(self.quantified(atom)?);
        }
        Some(match pieces.len() {
            0 => Node::Empty,
            1 => pieces.pop()?,
            _ => Node::Sequence(pieces),
        })
    }

    fn quantified(&mut self, atom: Node) -> Option<Node> {
        let (least, most) = match self.peek() {
            Some('?') => (0, Some(1)),
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('{') => {
                self.at += 1;
                let bounds = self.bounds()?;
                return self.repeat(atom, bounds);
            }
            _ => return Some(atom),
        };
        self.at += 1;
        self.repeat(atom, (least, most))
    }

    fn repeat(&mut self, atom: Node, (least, most): (u32, Option<u32>)) -> Option<Node> {
        let greedy = !self.eat('?');
        // A second quantifier has nothing to repeat.
        if matches!(self.peek(), Some('*' | '+' | '?' | '{')) {
            return None;
        }
        Some(Node::Repeat {
            of: Box::new(atom),
            least,
            most,
            greedy,
        })
    }

    /// The rest of `{2}`, `{2,}` or `{2,5}`.
    fn bounds(&mut self) -> Option<(u32, Option<u32>)> {
        let least = self.count()?;
        let most = if self.eat(',') {
            if self.peek() == Some('}') {
                None
            } else {
                Some(self.count()?)
            }
        } else {
            Some(least)
        };
        let ordered = most.is_none_or(|most| least <= most);
        (self.eat('}') && ordered).then_some((least, most))
    }

    fn count(&mut self) -> Option<u32> {
        let mut count = 0_u32;
        let from = self.at;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            count = count.checked_mul(10)?.checked_add(digit)?;
            self.at += 1;
        }
        (self.at > from && count <= MAX_REPEAT).then_some(count)
    }

    fn atom(&mut self) -> Option<Node> {
        let c = self.next()?;
        Some(match c {
            '(' => self.group()?,
            '[' => Node::Set(self.class()?),
            '.' => Node::Set(dot(self.flags.dot_all)),
            '^' => Node::Start,
            '$' => Node::End,
            '\\' => self.escaped()?,
            '?' | '*' | '+' | '{' | '}' | ']' | ')' | '|' => return None,
            c => Node::Set(self.single(c)),
        })
    }

    fn single(&self, c: char) -> ClassUnicode {
        folded(of_ranges(&[(c, c)]), self.flags.fold)
    }

    fn group(&mut self) -> Option<Node> {
        let number = if self.eat('?') {
            if !self.eat(':') {
                return None;
            }
            None
        } else {
            self.groups += 1;
            self.open.push(self.groups);
            Some(self.groups)
        };
        let inner = self.choice()?;
        if !self.eat(')') {
            return None;
        }
        if number.is_some() {
            self.open.pop();
        }
        Some(Node::Group(number, Box::new(inner)))
    }

    /// What follows a backslash outside of a class.
    fn escaped(&mut self) -> Option<Node> {
        match self.peek()? {
            '1'..='9' => self.back_reference(),
            _ => self.escaped_set().map(|(set, _)| Node::Set(set)),
        }
    }

    /// The longest number that a group so far has; it must be closed.
    fn back_reference(&mut self) -> Option<Node> {
        let mut number = 0_usize;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            let longer = number * 10 + usize::try_from(digit).ok()?;
            if number > 0 && longer > self.groups {
                break;
            }
            number = longer;
            self.at += 1;
        }
        (number <= self.groups && !self.open.contains(&number)).then_some(Node::Back(number))
    }

    /// A set by escape, and the character it is if it is one.
    fn escaped_set(&mut self) -> Option<(ClassUnicode, Option<char>)> {
        let c = self.next()?;
        let single = match c {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '\\' | '|' | '.' | '?' | '*' | '+' | '(' | ')' | '{' | '}' | '-' | '[' | ']' | '^'
            | '$' => c,
            'p' | 'P' => {
                let set = self.property()?;
                return Some((if c == 'P' { negated(set) } else { set }, None));
            }
            letter => return Some((escape(letter)?, None)),
        };
        Some((self.single(single), Some(single)))
    }

    fn property(&mut self) -> Option<ClassUnicode> {
        if !self.eat('{') {
            return None;
        }
        let mut name = String::new();
        loop {
            match self.next()? {
                '}' => return property(&name),
                c => name.push(c),
            }
        }
    }

    /// The rest of a class after `[`.
    fn class(&mut self) -> Option<ClassUnicode> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let negative = self.eat('^');
        let mut set = of_ranges(&[]);
        let mut first = true;
        let mut without = None;
        loop {
            let c = self.next()?;
            if c == ']' && !first {
                break;
            }
            if c == '-' && !first && self.eat('[') {
                without = Some(self.class()?);
                if !self.eat(']') {
                    return None;
                }
                break;
            }
            // A hyphen stands for itself at the start or the end only.
            if c == '-' && !first && self.peek() != Some(']') {
                return None;
            }
            let item = self.class_item(c)?;
            set.union(&item);
            first = false;
        }
        self.depth -= 1;
        if negative {
            set.negate();
        }
        if let Some(without) = without {
            set.difference(&without);
        }
        Some(set)
    }

    /// One character, range or escape of a class that begins with `c`.
    fn class_item(&mut self, c: char) -> Option<ClassUnicode> {
        let (set, from) = match c {
            '[' | ']' => return None,
            '\\' => self.escaped_set()?,
            c => (self.single(c), Some(c)),
        };
        // `-` before the end or before a subtraction is no range.
        let range =
            self.peek() == Some('-') && !matches!(self.chars.get(self.at + 1), Some(']' | '['));
        if !range {
            return Some(set);
        }
        // A range begins with one character; `[a-z-9]` and `[\d-z]` are refused.
        let from = from?;
        if c == '-' {
            return Some(set);
        }
        self.at += 1;
        let to = match self.next()? {
            '\\' => self.escaped_set()?.1?,
            '[' | ']' => return None,
            c => c,
        };
        (from <= to).then(|| folded(of_ranges(&[(from, to)]), self.flags.fold))
    }
}
