//! Which names of the scope an expression reads.

use std::collections::BTreeSet;

use crate::ast::{Ast, Iteration, Node};

/// The paths an expression reads.
#[derive(Default)]
pub(crate) struct Names {
    /// Read from the scope for certain.
    pub sure: BTreeSet<Vec<String>>,
    /// Standing in a filter: an entry of an item or a name of the scope.
    pub in_filters: BTreeSet<Vec<String>>,
}

/// The paths of names an expression reads.
pub(crate) fn read(ast: &Ast) -> Names {
    let mut reader = Reader::default();
    reader.walk(ast);
    reader.names
}

#[derive(Default)]
struct Reader<'a> {
    names: Names,
    /// Variables in force: of loops, contexts and functions.
    bound: Vec<&'a str>,
    filters: u32,
}

impl<'a> Reader<'a> {
    fn walk(&mut self, ast: &'a Ast) {
        if let Some(path) = ast.as_path() {
            self.found(&path);
            return;
        }
        match &ast.node {
            Node::For { over, body }
            | Node::Quantified {
                over,
                condition: body,
                ..
            } => self.walk_loop(over, body),
            Node::Context(entries) => {
                let before = self.bound.len();
                for (name, value) in entries {
                    self.walk(value);
                    self.bound.push(name);
                }
                self.bound.truncate(before);
            }
            Node::Function { params, body, .. } => {
                let before = self.bound.len();
                self.bound.extend(params.iter().map(|(name, _)| &**name));
                self.walk(body);
                self.bound.truncate(before);
            }
            Node::Filter { list, by } => {
                self.walk(list);
                let before = self.bound.len();
                self.bound.push("item");
                self.filters += 1;
                self.walk(by);
                self.filters -= 1;
                self.bound.truncate(before);
            }
            Node::Call {
                function,
                arguments,
            } => {
                let own = matches!(&function.node, Node::Name(name) if crate::builtins::find(name).is_some());
                if !own {
                    self.walk(function);
                }
                arguments.each(&mut |argument| self.walk(argument));
            }
            node => node.each_child(&mut |child| self.walk(child)),
        }
    }

    fn walk_loop(&mut self, over: &'a [Iteration], body: &'a Ast) {
        let before = self.bound.len();
        for iteration in over {
            self.walk(&iteration.from);
            iteration.to.iter().for_each(|to| self.walk(to));
            self.bound.push(&iteration.name);
        }
        self.bound.push("partial");
        self.walk(body);
        self.bound.truncate(before);
    }

    fn found(&mut self, path: &[&'a str]) {
        let Some(first) = path.first() else {
            return;
        };
        if *first == "?" || self.bound.contains(first) {
            return;
        }
        let path = path.iter().map(|part| (*part).to_owned()).collect();
        if self.filters > 0 {
            self.names.in_filters.insert(path);
        } else {
            self.names.sure.insert(path);
        }
    }
}
