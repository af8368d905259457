//! Makes decisions: walks the requirements, each decision once, and calls services and knowledge models.

use std::sync::Arc;

use crate::context::Context;
use crate::error::{FeelError, Position};
use crate::eval::{Run, Scope};
use crate::value::{Body, Function, Native, Value};

use super::boxed::typed;
use super::graph::{Decision, Graph, Knowledge, Requires, Service, Target};
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
    let mut session = Session::new(graph, &run, inputs.clone());
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
        .position(|known| known.id == name || *known.name == *name);
    let knowledge = graph
        .knowledge
        .iter()
        .position(|known| known.id == name || *known.name == *name);
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
    inputs: Context,
    made: Vec<Option<Value>>,
    steps: Vec<Step>,
    /// Sessions of imported models, begun when they are first asked.
    imported: Vec<Option<Box<Session<'s>>>>,
}

impl<'s> Session<'s> {
    fn new(graph: &'s Arc<Graph>, run: &'s Run<'s>, inputs: Context) -> Self {
        Self {
            graph,
            run,
            inputs,
            made: vec![None; graph.decisions.len()],
            steps: Vec::new(),
            imported: graph.imports.iter().map(|_| None).collect(),
        }
    }

    /// The session of an imported model. Its inputs stand in a context of the import's name, or among this model's own.
    fn imported(&mut self, at: usize) -> Option<&mut Session<'s>> {
        let import = self.graph.imports.get(at)?;
        let slot = self.imported.get_mut(at)?;
        if slot.is_none() {
            let inputs = match self.inputs.get(&import.name) {
                Some(Value::Context(inputs)) => inputs.clone(),
                _ => self.inputs.clone(),
            };
            *slot = Some(Box::new(Session::new(&import.graph, self.run, inputs)));
        }
        slot.as_deref_mut()
    }

    /// The value of input data, as its type.
    fn input(&self, at: usize, position: Position) -> Option<(Arc<str>, Value)> {
        let input = self.graph.inputs.get(at)?;
        let given = self.inputs.get(&input.name).unwrap_or(&Value::Null);
        let value = self.run.copied(given, position);
        let value = typed(self.run, value, input.of.as_ref(), &input.name, position);
        Some((Arc::clone(&input.name), value))
    }

    /// An element of an imported model under its name there.
    fn foreign(
        &mut self,
        import: usize,
        target: Target,
        position: Position,
    ) -> Option<(Arc<str>, Value)> {
        let graph = &self.graph.imports.get(import)?.graph;
        match target {
            Target::Input(at) => self.imported(import)?.input(at, position),
            Target::Decision(at) => {
                let name = Arc::clone(&graph.decisions.get(at)?.variable);
                Some((name, self.imported(import)?.decision(at)))
            }
            Target::Knowledge(_) | Target::Service(_) => foreign_function(graph, target),
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
        for at in &decision.requires.inputs {
            if let Some((name, value)) = self.input(*at, position) {
                scope.set(name, value);
            }
        }
        for at in &decision.requires.decisions {
            let value = self.decision(*at);
            if let Some(required) = graph.decisions.get(*at) {
                scope.set(Arc::clone(&required.variable), value);
            }
        }
        add_functions(graph, &decision.requires, &mut scope);
        for (import, target) in &decision.requires.imported {
            if let Some((name, value)) = self.foreign(*import, *target, position) {
                add_foreign(graph, *import, name, value, &mut scope);
            }
        }
        scope
    }
}

/// Puts an element of an imported model into a scope, in the context of the import's name.
fn add_foreign(graph: &Graph, import: usize, name: Arc<str>, value: Value, scope: &mut Context) {
    let Some(import) = graph.imports.get(import) else {
        return;
    };
    if import.name.is_empty() {
        scope.set(name, value);
        return;
    }
    let mut elements = match scope.get(&import.name) {
        Some(Value::Context(elements)) => elements.clone(),
        _ => Context::new(),
    };
    elements.set(name, value);
    scope.set(import.name.as_str(), elements);
}

/// A knowledge model or service of an imported model as a function.
fn foreign_function(graph: &Arc<Graph>, target: Target) -> Option<(Arc<str>, Value)> {
    let (name, function) = match target {
        Target::Knowledge(at) => (
            Arc::clone(&graph.knowledge.get(at)?.name),
            knowledge_function(graph, at)?,
        ),
        Target::Service(at) => (
            Arc::clone(&graph.services.get(at)?.name),
            service_function(graph, at)?,
        ),
        Target::Input(_) | Target::Decision(_) => return None,
    };
    Some((name, Value::Function(Arc::new(function))))
}

fn add_functions(graph: &Arc<Graph>, requires: &Requires, scope: &mut Context) {
    for at in &requires.knowledge {
        if let (Some(knowledge), Some(function)) =
            (graph.knowledge.get(*at), knowledge_function(graph, *at))
        {
            scope.set(
                Arc::clone(&knowledge.name),
                Value::Function(Arc::new(function)),
            );
        }
    }
    for at in &requires.services {
        if let (Some(service), Some(function)) =
            (graph.services.get(*at), service_function(graph, *at))
        {
            scope.set(
                Arc::clone(&service.name),
                Value::Function(Arc::new(function)),
            );
        }
    }
}

fn knowledge_function(graph: &Arc<Graph>, at: usize) -> Option<Function> {
    let knowledge: &Knowledge = graph.knowledge.get(at)?;
    Some(Function {
        params: knowledge.params.clone(),
        result: knowledge.of.clone(),
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
        for (import, target) in &knowledge.requires.imported {
            let found = self.graph.imports.get(*import);
            if let Some((name, function)) =
                found.and_then(|import| foreign_function(&import.graph, *target))
            {
                add_foreign(&self.graph, *import, name, function, &mut functions);
            }
        }
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
        result: service.of.clone(),
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
        let mut session = Session::new(&self.graph, run, arguments.clone());
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
        let mut results: Vec<(Arc<str>, Value)> = Vec::new();
        for at in &service.outputs {
            if let Some(decision) = self.graph.decisions.get(*at) {
                let value = session.decision(*at);
                results.push((Arc::clone(&decision.variable), value));
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
