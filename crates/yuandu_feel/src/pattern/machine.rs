//! A backtracking machine for patterns with back-references. Steps are counted, so no pattern can hang it.

use regex_syntax::hir::ClassUnicode;

use crate::error::Fault;

use super::{Captured, Flags, Node};

/// Instructions of the largest program.
const MAX_PROGRAM: usize = 20_000;
/// Steps of one search.
const MAX_STEPS: usize = 1_000_000;

enum Step {
    Set(ClassUnicode),
    /// Try the first, then the second.
    Split(usize, usize),
    Jump(usize),
    /// Keep the place in a slot.
    Save(usize),
    /// Go on only if the place moved since the slot was set: a loop over nothing ends.
    Moved(usize),
    Start,
    End,
    Back(usize),
    Found,
}

pub(super) struct Machine {
    program: Vec<Step>,
    groups: usize,
    slots: usize,
    flags: Flags,
}

/// What to go back to.
enum Undo {
    Branch(usize, usize),
    Slot(usize, Option<usize>),
}

impl Machine {
    /// Compiles a tree; `None` if the program grows too long.
    pub fn new(tree: &Node, groups: usize, flags: Flags) -> Option<Self> {
        let mut machine = Self {
            program: Vec::new(),
            groups,
            slots: (groups + 1) * 2,
            flags,
        };
        machine.compile(tree)?;
        machine.push(Step::Found)?;
        Some(machine)
    }

    fn push(&mut self, step: Step) -> Option<usize> {
        let at = self.program.len();
        if at >= MAX_PROGRAM {
            return None;
        }
        self.program.push(step);
        Some(at)
    }

    fn set(&mut self, at: usize, step: Step) {
        if let Some(slot) = self.program.get_mut(at) {
            *slot = step;
        }
    }

    fn compile(&mut self, node: &Node) -> Option<()> {
        match node {
            Node::Empty => {}
            Node::Set(set) => {
                self.push(Step::Set(set.clone()))?;
            }
            Node::Sequence(parts) => {
                for part in parts {
                    self.compile(part)?;
                }
            }
            Node::Choice(parts) => self.choice(parts)?,
            Node::Group(None, of) => self.compile(of)?,
            Node::Group(Some(number), of) => {
                self.push(Step::Save(number * 2))?;
                self.compile(of)?;
                self.push(Step::Save(number * 2 + 1))?;
            }
            Node::Repeat {
                of,
                least,
                most,
                greedy,
            } => self.repeat(of, *least, *most, *greedy)?,
            Node::Start => {
                self.push(Step::Start)?;
            }
            Node::End => {
                self.push(Step::End)?;
            }
            Node::Back(number) => {
                self.push(Step::Back(*number))?;
            }
        }
        Some(())
    }

    fn choice(&mut self, parts: &[Node]) -> Option<()> {
        let mut ends = Vec::new();
        let Some((last, before)) = parts.split_last() else {
            return Some(());
        };
        for part in before {
            let split = self.push(Step::Found)?;
            self.compile(part)?;
            ends.push(self.push(Step::Found)?);
            let next = self.program.len();
            self.set(split, Step::Split(split + 1, next));
        }
        self.compile(last)?;
        let end = self.program.len();
        for jump in ends {
            self.set(jump, Step::Jump(end));
        }
        Some(())
    }

    fn repeat(&mut self, of: &Node, least: u32, most: Option<u32>, greedy: bool) -> Option<()> {
        for _ in 0..least {
            self.compile(of)?;
        }
        let branch = |inside: usize, outside: usize| {
            if greedy {
                Step::Split(inside, outside)
            } else {
                Step::Split(outside, inside)
            }
        };
        let Some(most) = most else {
            let slot = self.slots;
            self.slots += 1;
            let split = self.push(Step::Found)?;
            self.push(Step::Save(slot))?;
            self.compile(of)?;
            self.push(Step::Moved(slot))?;
            self.push(Step::Jump(split))?;
            let end = self.program.len();
            self.set(split, branch(split + 1, end));
            return Some(());
        };
        let mut splits = Vec::new();
        for _ in least..most {
            splits.push(self.push(Step::Found)?);
            self.compile(of)?;
        }
        let end = self.program.len();
        for split in splits {
            self.set(split, branch(split + 1, end));
        }
        Some(())
    }

    /// The first match at or after a byte offset.
    pub fn find(&self, text: &str, from: usize) -> Result<Option<Captured>, Fault> {
        let chars: Vec<(usize, char)> = text.char_indices().collect();
        let offsets = |at: usize| chars.get(at).map_or(text.len(), |(offset, _)| *offset);
        let first = chars.partition_point(|(offset, _)| *offset < from);
        let mut steps = MAX_STEPS;
        for start in first..=chars.len() {
            if let Some(slots) = self.run(&chars, start, &mut steps)? {
                let group = |number: usize| {
                    let from = slots.get(number * 2).copied().flatten()?;
                    let to = slots.get(number * 2 + 1).copied().flatten()?;
                    Some(offsets(from)..offsets(to))
                };
                return Ok(Some((0..=self.groups).map(group).collect()));
            }
        }
        Ok(None)
    }

    /// All matches that do not overlap.
    pub fn find_all(&self, text: &str, most: usize) -> Result<Vec<Captured>, Fault> {
        let mut found = Vec::new();
        let mut from = 0;
        while found.len() < most && from <= text.len() {
            let Some(captured) = self.find(text, from)? else {
                break;
            };
            let whole = captured.first().cloned().flatten().unwrap_or(from..from);
            let step = text
                .get(whole.end..)
                .and_then(|rest| rest.chars().next())
                .map_or(1, char::len_utf8);
            from = if whole.is_empty() {
                whole.end + step
            } else {
                whole.end
            };
            found.push(captured);
        }
        Ok(found)
    }

    fn run(
        &self,
        chars: &[(usize, char)],
        start: usize,
        steps: &mut usize,
    ) -> Result<Option<Vec<Option<usize>>>, Fault> {
        let mut slots = vec![None; self.slots];
        if let Some(slot) = slots.first_mut() {
            *slot = Some(start);
        }
        let mut undo = vec![Undo::Branch(0, start)];
        while let Some(last) = undo.pop() {
            let (mut pc, mut at) = match last {
                Undo::Branch(pc, at) => (pc, at),
                Undo::Slot(slot, before) => {
                    if let Some(slot) = slots.get_mut(slot) {
                        *slot = before;
                    }
                    continue;
                }
            };
            while let Some(step) = self.program.get(pc) {
                *steps = steps.checked_sub(1).ok_or_else(too_long)?;
                pc += 1;
                match step {
                    Step::Set(set) => match chars.get(at) {
                        Some((_, c)) if holds(set, *c) => at += 1,
                        _ => break,
                    },
                    Step::Split(first, second) => {
                        undo.push(Undo::Branch(*second, at));
                        pc = *first;
                    }
                    Step::Jump(to) => pc = *to,
                    Step::Save(slot) => {
                        if let Some(value) = slots.get_mut(*slot) {
                            undo.push(Undo::Slot(*slot, value.replace(at)));
                        }
                    }
                    Step::Moved(slot) => {
                        if slots.get(*slot).copied().flatten() == Some(at) {
                            break;
                        }
                    }
                    Step::Start if !self.starts(chars, at) => break,
                    Step::End if !self.ends(chars, at) => break,
                    Step::Start | Step::End => {}
                    Step::Back(number) => match self.again(chars, &slots, *number, at) {
                        Some(after) => at = after,
                        None => break,
                    },
                    Step::Found => {
                        if let Some(slot) = slots.get_mut(1) {
                            *slot = Some(at);
                        }
                        return Ok(Some(slots));
                    }
                }
            }
        }
        Ok(None)
    }

    /// At the start of the text, or with `m` after a line end that is not the last character.
    fn starts(&self, chars: &[(usize, char)], at: usize) -> bool {
        let after_line = at > 0
            && at < chars.len()
            && chars.get(at - 1).is_some_and(|(_, before)| *before == '\n');
        at == 0 || (self.flags.lines && after_line)
    }

    fn ends(&self, chars: &[(usize, char)], at: usize) -> bool {
        let before_line = chars.get(at).is_some_and(|(_, c)| *c == '\n');
        at == chars.len() || (self.flags.lines && before_line)
    }

    /// Where the text of a group ends when it stands here again; a group that caught nothing is nothing.
    fn again(
        &self,
        chars: &[(usize, char)],
        slots: &[Option<usize>],
        number: usize,
        at: usize,
    ) -> Option<usize> {
        let slot = |slot: usize| slots.get(slot).copied().flatten();
        let (Some(from), Some(to)) = (slot(number * 2), slot(number * 2 + 1)) else {
            return Some(at);
        };
        let same =
            |a: char, b: char| a == b || (self.flags.fold && a.to_lowercase().eq(b.to_lowercase()));
        let caught = chars.get(from..to)?;
        let here = chars.get(at..at + caught.len())?;
        let equal = caught.iter().zip(here).all(|((_, a), (_, b))| same(*a, *b));
        equal.then_some(at + caught.len())
    }
}

fn holds(set: &ClassUnicode, c: char) -> bool {
    let ranges = set.ranges();
    let at = ranges.partition_point(|range| range.end() < c);
    ranges.get(at).is_some_and(|range| range.start() <= c)
}

fn too_long() -> Fault {
    Fault::new(
        "正则表达式回溯太多，请简化",
        "the regular expression goes back too often; make it simpler",
    )
}
