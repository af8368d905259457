//! Makes decisions: walks the requirements, each decision once, and calls services and knowledge models.

use std::sync::Arc;

use crate::context::Context;
use crate::error::{FeelError, Position};
use crate::eval::{Run, Scope};
use crate::value::{Body, Function, Native, Value};

use super::boxed::typed;
use super::graph::{Decision, Graph, Knowledge, Requires, Service};
use super::{Decided, Step};

/// Makes one decision, given by id or name.
pub(super) fn decide(
    graph: &Arc<Graph>,
    decision: &str,
    inputs: &Context,
) -> Result<Decided, FeelError> {
    let at = graph
        .decisions
        .iter()
        .position(|known| known.id == decision)
        .or_else(|| {
            graph
                .decisions
                .iter()
                .position(|known| known.name == decision)
        })
        .ok_or_else(|| {
            FeelError::new(
                Position::default(),
                format!("模型 `{}` 中没有决策 `{decision}`", graph.name),
                format!("the model `{}` has no decision `{decision}`", graph.name),
            )
        })?;
    let run = Run::new(inputs.now(), Some(&graph.types), true);
    let mut session = Session::new(graph, &run, inputs);
    let value = session.decision(at);
    let steps = session.steps;
    Ok(Decided {
        value,
        matched_rules: steps
            .last()
            .map(|step| step.matched_rules.clone())
            .unwrap_or_default(),
        steps,
        notes: run
            .into_notes()
            .into_iter()
            .map(|note| note.error)
            .collect(),
    })
}

/// Calls a service or a knowledge model, given by id or name.
pub(super) fn invoke(
    graph: &Arc<Graph>,
    name: &str,
    inputs: &Context,
) -> Result<Decided, FeelError> {
    let run = Run::new(inputs.now(), Some(&graph.types), true);
    let service = graph
        .services
        .iter()
        .position(|known| known.id == name || known.name == name);
    let knowledge = graph
        .knowledge
        .iter()
        .position(|known| known.id == name || known.name == name);
    let function = match (service, knowledge) {
        (Some(at), _) => service_function(graph, at),
        (None, Some(at)) => knowledge_function(graph, at),
        (None, None) => None,
    };
    let Some(function) = function else {
        return Err(FeelError::new(
            Position::default(),
            format!("模型 `{}` 中没有决策服务 `{name}`", graph.name),
            format!(
                "the model `{}` has no decision service `{name}`",
                graph.name
            ),
        ));
    };
    let values = function
        .params
        .iter()
        .map(|(param, _)| inputs.get(param).cloned().unwrap_or_default())
        .collect();
    let value = run.invoke(&Arc::new(function), Some(name), values, Position::default());
    Ok(Decided {
        value,
        matched_rules: Vec::new(),
        steps: Vec::new(),
        notes: run
            .into_notes()
            .into_iter()
            .map(|note| note.error)
            .collect(),
    })
}

/// Decisions made for one set of inputs.
struct Session<'s> {
    graph: &'s Arc<Graph>,
    run: &'s Run<'s>,
    inputs: &'s Context,
    made: Vec<Option<Value>>,
    steps: Vec<Step>,
}

impl<'s> Session<'s> {
    fn new(graph: &'s Arc<Graph>, run: &'s Run<'s>, inputs: &'s Context) -> Self {
        Self {
            graph,
            run,
            inputs,
            made: vec![None; graph.decisions.len()],
            steps: Vec::new(),
        }
    }

    /// The value of a decision, made once.
    fn decision(&mut self, at: usize) -> Value {
        if let Some(Some(value)) = self.made.get(at) {
            return self.run.copied(value, Position::default());
        }
        let graph = self.graph;
        let Some(decision) = graph.decisions.get(at) else {
            return Value::Null;
        };
        let position = Position {
            line: decision.line,
            column: 1,
        };
        if !self.run.deeper(position) {
            return Value::Null;
        }
        let (value, matched_rules) = self.made_now(decision, position);
        self.run.shallower();
        if let Some(slot) = self.made.get_mut(at) {
            *slot = Some(value.clone());
        }
        self.steps.push(Step {
            decision: decision.name.clone(),
            value: value.clone(),
            matched_rules,
        });
        value
    }

    fn made_now(&mut self, decision: &Decision, position: Position) -> (Value, Vec<String>) {
        let scope = self.scope_of(decision, position);
        let Some(body) = &decision.body else {
            return (Value::Null, Vec::new());
        };
        let found = body.eval(self.run, &Scope::Root(&scope));
        let value = typed(
            self.run,
            found.value,
            decision.of.as_ref(),
            &decision.name,
            position,
        );
        (value, found.rules)
    }

    /// What a decision's logic sees: its inputs, its decisions, its functions.
    fn scope_of(&mut self, decision: &Decision, position: Position) -> Context {
        let graph = self.graph;
        let mut scope = Context::new();
        for input in decision
            .requires
            .inputs
            .iter()
            .filter_map(|at| graph.inputs.get(*at))
        {
            let given = self.inputs.get(&input.name).unwrap_or(&Value::Null);
            let value = self.run.copied(given, position);
            let value = typed(self.run, value, input.of.as_ref(), &input.name, position);
            scope.set(input.name.as_str(), value);
        }
        for at in &decision.requires.decisions {
            let value = self.decision(*at);
            if let Some(required) = graph.decisions.get(*at) {
                scope.set(required.variable.as_str(), value);
            }
        }
        add_functions(graph, &decision.requires, &mut scope);
        scope
    }
}

fn add_functions(graph: &Arc<Graph>, requires: &Requires, scope: &mut Context) {
    for at in &requires.knowledge {
        if let (Some(knowledge), Some(function)) =
            (graph.knowledge.get(*at), knowledge_function(graph, *at))
        {
            scope.set(knowledge.name.as_str(), Value::Function(Arc::new(function)));
        }
    }
    for at in &requires.services {
        if let (Some(service), Some(function)) =
            (graph.services.get(*at), service_function(graph, *at))
        {
            scope.set(service.name.as_str(), Value::Function(Arc::new(function)));
        }
    }
}

fn knowledge_function(graph: &Arc<Graph>, at: usize) -> Option<Function> {
    let knowledge: &Knowledge = graph.knowledge.get(at)?;
    Some(Function {
        params: knowledge.params.clone(),
        body: Body::Native(Arc::new(KnowledgeCall {
            graph: Arc::clone(graph),
            at,
        })),
        captured: Context::new(),
    })
}

/// A knowledge model as a function.
struct KnowledgeCall {
    graph: Arc<Graph>,
    at: usize,
}

impl Native for KnowledgeCall {
    fn call(&self, run: &Run<'_>, _: &Function, arguments: Context) -> Value {
        let Some(knowledge) = self.graph.knowledge.get(self.at) else {
            return Value::Null;
        };
        let Some(body) = &knowledge.body else {
            return Value::Null;
        };
        let mut functions = Context::new();
        add_functions(&self.graph, &knowledge.requires, &mut functions);
        let outer = Scope::Root(&functions);
        let value = body
            .eval(
                run,
                &Scope::Frame {
                    own: &arguments,
                    parent: &outer,
                },
            )
            .value;
        typed(
            run,
            value,
            knowledge.of.as_ref(),
            &knowledge.name,
            Position::default(),
        )
    }
}

fn service_function(graph: &Arc<Graph>, at: usize) -> Option<Function> {
    let service: &Service = graph.services.get(at)?;
    let inputs = service
        .inputs
        .iter()
        .filter_map(|at| graph.inputs.get(*at))
        .map(|input| (input.name.clone(), input.of.clone()));
    let decisions = service
        .input_decisions
        .iter()
        .filter_map(|at| graph.decisions.get(*at))
        .map(|decision| (decision.variable.clone(), decision.of.clone()));
    Some(Function {
        params: inputs.chain(decisions).collect(),
        body: Body::Native(Arc::new(ServiceCall {
            graph: Arc::clone(graph),
            at,
        })),
        captured: Context::new(),
    })
}

/// A decision service as a function.
struct ServiceCall {
    graph: Arc<Graph>,
    at: usize,
}

impl Native for ServiceCall {
    fn call(&self, run: &Run<'_>, _: &Function, arguments: Context) -> Value {
        let Some(service) = self.graph.services.get(self.at) else {
            return Value::Null;
        };
        let mut session = Session::new(&self.graph, run, &arguments);
        for at in &service.input_decisions {
            if let (Some(slot), Some(decision)) =
                (session.made.get_mut(*at), self.graph.decisions.get(*at))
            {
                *slot = Some(
                    arguments
                        .get(&decision.variable)
                        .cloned()
                        .unwrap_or_default(),
                );
            }
        }
        let mut results: Vec<(&str, Value)> = Vec::new();
        for at in &service.outputs {
            if let Some(decision) = self.graph.decisions.get(*at) {
                let value = session.decision(*at);
                results.push((decision.variable.as_str(), value));
            }
        }
        let value = match results.as_slice() {
            [(_, only)] => only.clone(),
            _ => Value::Context(results.into_iter().collect()),
        };
        typed(
            run,
            value,
            service.of.as_ref(),
            &service.name,
            Position::default(),
        )
    }
}
