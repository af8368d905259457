//! What names mean at a place of a tree: frames that look into each other from the inside out.

use crate::context::Context;
use crate::value::Value;

/// A frame of names and the frames around it.
pub(crate) enum Scope<'a> {
    /// The outermost names.
    Root(&'a Context),
    /// Names of a context under construction, or parameters.
    Frame {
        own: &'a Context,
        parent: &'a Scope<'a>,
    },
    /// One variable.
    Variable {
        name: &'a str,
        value: &'a Value,
        parent: &'a Scope<'a>,
    },
    /// The item of a filtered list: its entries, and itself as `item`.
    Item {
        item: &'a Value,
        parent: &'a Scope<'a>,
    },
}

impl<'a> Scope<'a> {
    /// The value of a name, from the innermost frame that has it.
    pub fn get(&self, name: &str) -> Option<&'a Value> {
        let mut scope = self;
        loop {
            let parent = match scope {
                Scope::Root(context) => return context.get(name),
                Scope::Frame { own, parent } => match own.get(name) {
                    Some(value) => return Some(value),
                    None => parent,
                },
                Scope::Variable {
                    name: own, value, ..
                } if *own == name => return Some(value),
                Scope::Variable { parent, .. } => parent,
                Scope::Item { item, parent } => match item_entry(item, name) {
                    Some(value) => return Some(value),
                    None => parent,
                },
            };
            scope = parent;
        }
    }

    /// All names and their values as one context.
    pub fn flattened(&self) -> Context {
        match self {
            Scope::Root(context) => (*context).clone(),
            Scope::Frame { own, parent } => {
                let mut all = parent.flattened();
                all.merge(own);
                all
            }
            Scope::Variable {
                name,
                value,
                parent,
            } => parent.flattened().with(*name, (*value).clone()),
            Scope::Item { item, parent } => {
                let mut all = parent.flattened().with("item", (*item).clone());
                if let Value::Context(entries) = item {
                    all.merge(entries);
                }
                all
            }
        }
    }
}

fn item_entry<'a>(item: &'a Value, name: &str) -> Option<&'a Value> {
    if let Value::Context(context) = item
        && let Some(value) = context.get(name)
    {
        return Some(value);
    }
    (name == "item").then_some(item)
}
