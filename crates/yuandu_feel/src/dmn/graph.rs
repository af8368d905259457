//! The elements of a model and what they require of each other.

use std::sync::Arc;

use crate::ast::Type;
use crate::types::TypeTable;

use super::DecisionInfo;
use super::boxed::Boxed;

/// A model's elements; they refer to each other by their place in these lists.
#[derive(Default)]
pub(crate) struct Graph {
    pub id: String,
    pub name: String,
    pub types: TypeTable,
    pub inputs: Vec<Input>,
    pub decisions: Vec<Decision>,
    pub knowledge: Vec<Knowledge>,
    pub services: Vec<Service>,
    pub imports: Vec<Import>,
}

/// Another model whose elements this one may require.
pub(crate) struct Import {
    /// The name before the point in `import.element`; empty if its elements go by their own names.
    pub name: String,
    pub graph: Arc<Graph>,
}

/// What a reference leads to.
#[derive(Clone, Copy)]
pub(crate) enum Target {
    Input(usize),
    Decision(usize),
    Knowledge(usize),
    Service(usize),
}

/// Input data.
pub(crate) struct Input {
    pub name: Arc<str>,
    pub of: Option<Type>,
}

/// A decision.
pub(crate) struct Decision {
    pub id: String,
    pub name: String,
    /// The name under which others see its value.
    pub variable: Arc<str>,
    pub of: Option<Type>,
    pub body: Option<Arc<Boxed>>,
    pub requires: Requires,
    pub line: u32,
}

/// A business knowledge model: a function of the model.
pub(crate) struct Knowledge {
    pub id: String,
    pub name: Arc<str>,
    pub params: Vec<(Arc<str>, Option<Type>)>,
    pub of: Option<Type>,
    pub body: Option<Arc<Boxed>>,
    pub requires: Requires,
}

/// A decision service: decisions of the model as a function.
pub(crate) struct Service {
    pub id: String,
    pub name: Arc<str>,
    pub outputs: Vec<usize>,
    pub input_decisions: Vec<usize>,
    pub inputs: Vec<usize>,
    pub of: Option<Type>,
}

/// What an element requires.
#[derive(Default)]
pub(crate) struct Requires {
    pub inputs: Vec<usize>,
    pub decisions: Vec<usize>,
    pub knowledge: Vec<usize>,
    pub services: Vec<usize>,
    /// Elements of other models, with the place of the import.
    pub imported: Vec<(usize, Target)>,
}

impl Graph {
    pub fn decision_infos(&self) -> Vec<DecisionInfo> {
        self.decisions
            .iter()
            .map(|decision| DecisionInfo {
                id: decision.id.clone(),
                name: decision.name.clone(),
                inputs: self.inputs_of(decision),
                decisions: decision
                    .requires
                    .decisions
                    .iter()
                    .filter_map(|at| self.decisions.get(*at))
                    .map(|required| required.name.clone())
                    .collect(),
                line: decision.line,
            })
            .collect()
    }

    /// Names of the input data a decision needs, directly or through others.
    fn inputs_of(&self, decision: &Decision) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        let mut seen = vec![false; self.decisions.len()];
        let mut pending = vec![decision];
        while let Some(next) = pending.pop() {
            for input in next
                .requires
                .inputs
                .iter()
                .filter_map(|at| self.inputs.get(*at))
            {
                if !names.iter().any(|name| **name == *input.name) {
                    names.push(input.name.to_string());
                }
            }
            for at in next.requires.decisions.iter().rev() {
                if let (Some(flag), Some(required)) = (seen.get_mut(*at), self.decisions.get(*at))
                    && !*flag
                {
                    *flag = true;
                    pending.push(required);
                }
            }
        }
        names
    }

    /// A decision that requires itself, directly or through others.
    pub fn circle(&self) -> Option<&Decision> {
        let mut state = vec![Visit::New; self.decisions.len()];
        (0..self.decisions.len()).find_map(|at| self.circle_from(at, &mut state))
    }

    /// Walks the requirements below one decision without recursion: chains may be as long as a file allows.
    fn circle_from(&self, start: usize, state: &mut [Visit]) -> Option<&Decision> {
        let mut stack = vec![(start, 0)];
        while let Some((at, next)) = stack.pop() {
            let decision = self.decisions.get(at)?;
            if next == 0 {
                match state.get(at) {
                    Some(Visit::Open) => return Some(decision),
                    Some(Visit::New) => *state.get_mut(at)? = Visit::Open,
                    _ => continue,
                }
            }
            match decision.requires.decisions.get(next) {
                Some(required) => {
                    stack.push((at, next + 1));
                    stack.push((*required, 0));
                }
                None => *state.get_mut(at)? = Visit::Done,
            }
        }
        None
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Visit {
    New,
    Open,
    Done,
}
