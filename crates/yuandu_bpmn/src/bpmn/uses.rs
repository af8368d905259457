//! Lists what a process needs from its package: roles, fields, forms, decisions, stages, clocks and other processes.
//!
//! The package loader compares these lists with what the package declares.

use std::collections::BTreeSet;

use super::model::{
    Action, ClockOp, Deed, EndKind, Formula, Node, NodeKind, Process, Repeat, SubForm, Throw,
    Timer, Trigger, Value,
};

/// A name with the line that mentions it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mention {
    /// The name.
    pub name: String,
    /// The line.
    pub line: u32,
}

/// What a process mentions.
#[derive(Debug, Clone, Default)]
pub struct Uses {
    /// Roles of user tasks.
    pub roles: BTreeSet<Mention>,
    /// Fields written by `y:set` and by the `due` of clocks.
    pub fields_set: BTreeSet<Mention>,
    /// Fields read as `case.<field>`.
    pub fields_read: BTreeSet<Mention>,
    /// Other names formulas read: `outcome`, `input`, variables.
    pub names_read: BTreeSet<Mention>,
    /// Variables: results of decisions and scripts, kept values, what calls hand over.
    pub variables: BTreeSet<Mention>,
    /// Forms of outcomes.
    pub forms: BTreeSet<Mention>,
    /// Decisions as `model/decision`.
    pub decisions: BTreeSet<Mention>,
    /// Called processes.
    pub calls: BTreeSet<Mention>,
    /// Stages of user tasks.
    pub stages: BTreeSet<Mention>,
    /// Clocks that are started.
    pub clocks_started: BTreeSet<Mention>,
    /// Clocks that are named elsewhere.
    pub clocks_used: BTreeSet<Mention>,
}

fn put(set: &mut BTreeSet<Mention>, name: &str, line: u32) {
    if !name.is_empty() {
        set.insert(Mention {
            name: name.to_owned(),
            line,
        });
    }
}

impl Process {
    /// Everything this process mentions.
    #[must_use]
    pub fn uses(&self) -> Uses {
        let mut uses = Uses::default();
        for node in &self.nodes {
            uses.actions(&node.actions);
            uses.around(node);
            uses.node(&node.kind, node.line);
        }
        for (name, _) in self.scopes.values().flat_map(|scope| &scope.data) {
            put(&mut uses.variables, name, self.line);
        }
        for formula in self.flows.iter().filter_map(|f| f.condition.as_ref()) {
            uses.formula(formula);
        }
        uses
    }
}

/// What formulas of a repeated activity see beside its items.
const COUNTERS: [&str; 7] = [
    "loopCounter",
    "nrOfInstances",
    "nrOfActiveInstances",
    "nrOfCompletedInstances",
    "numberOfInstances",
    "numberOfActiveInstances",
    "numberOfCompletedInstances",
];

impl Uses {
    /// What an activity has around it: values in and out, and its repetition.
    fn around(&mut self, node: &Node) {
        for (name, value) in node.inputs.iter().chain(&node.outputs) {
            put(&mut self.variables, name, node.line);
            self.value(value);
        }
        node.skip.iter().for_each(|skip| self.formula(skip));
        match &node.repeat {
            Some(Repeat::While { condition, .. }) => {
                condition.iter().for_each(|c| self.formula(c));
            }
            Some(Repeat::Each(each)) => {
                let values = each.cardinality.iter().chain(&each.collection);
                values.for_each(|v| self.value(v));
                each.completion.iter().for_each(|c| self.formula(c));
                let names = each
                    .item
                    .iter()
                    .chain(each.collects.iter().map(|(list, _)| list));
                names.for_each(|name| put(&mut self.variables, name, node.line));
                each.collects
                    .iter()
                    .for_each(|(_, value)| self.value(value));
            }
            None => return,
        }
        for name in COUNTERS {
            put(&mut self.variables, name, node.line);
        }
    }

    fn trigger(&mut self, trigger: &Trigger, line: u32) {
        match trigger {
            Trigger::Timer(Timer::Clock(clock)) => put(&mut self.clocks_used, clock, line),
            Trigger::Timer(
                Timer::Budget(v) | Timer::Duration(v) | Timer::Date(v) | Timer::Cycle(v),
            ) => self.value(v),
            Trigger::Message { name, correlation } => {
                self.value(name);
                correlation.iter().for_each(|key| self.value(key));
            }
            Trigger::Signal { name } => self.value(name),
            Trigger::Condition(condition) => self.formula(condition),
            Trigger::Error { .. }
            | Trigger::Escalation { .. }
            | Trigger::Compensation
            | Trigger::Cancel => {}
        }
    }

    fn throw(&mut self, throw: &Throw) {
        if let Throw::Message { name } | Throw::Signal { name } = throw {
            self.value(name);
        }
    }

    fn node(&mut self, kind: &NodeKind, line: u32) {
        match kind {
            NodeKind::User(task) => {
                put(&mut self.roles, &task.role, line);
                if let Some(stage) = &task.stage {
                    put(&mut self.stages, stage, line);
                }
                if let Some(clock) = &task.clock {
                    put(&mut self.clocks_used, clock, line);
                }
                for value in task.org.iter().chain(&task.grid) {
                    self.value(value);
                }
                for outcome in &task.outcomes {
                    if let Some(form) = &outcome.form {
                        put(&mut self.forms, form, outcome.line);
                    }
                    self.actions(&outcome.actions);
                }
            }
            NodeKind::Service(call) => call.arguments.values().for_each(|v| self.value(v)),
            NodeKind::Script { formula, result } => {
                formula.iter().for_each(|f| self.formula(f));
                result
                    .iter()
                    .for_each(|name| put(&mut self.variables, name, line));
            }
            NodeKind::Rule {
                model,
                decision,
                result,
            } => {
                put(&mut self.decisions, &format!("{model}/{decision}"), line);
                put(&mut self.variables, result, line);
            }
            NodeKind::Call { process, chosen } => match chosen {
                Some(formula) => self.formula(formula),
                None => put(&mut self.calls, process, line),
            },
            NodeKind::SubProcess(SubForm::AdHoc { completion, .. }) => {
                completion.iter().for_each(|c| self.formula(c));
            }
            NodeKind::Throw(throw) | NodeKind::End(EndKind::Throw { throw, .. }) => {
                self.throw(throw);
            }
            NodeKind::Boundary { trigger, .. }
            | NodeKind::Catch(Some(trigger))
            | NodeKind::Start {
                trigger: Some(trigger),
                ..
            } => self.trigger(trigger, line),
            _ => {}
        }
    }

    fn actions(&mut self, actions: &[Action]) {
        for action in actions {
            match &action.deed {
                Deed::Set { field, value } => {
                    put(&mut self.fields_set, field, action.line);
                    self.value(value);
                }
                Deed::Keep { name, value } => {
                    put(&mut self.variables, name, action.line);
                    self.value(value);
                }
                Deed::Clock(deed) => {
                    let clocks = if deed.op == ClockOp::Start {
                        &mut self.clocks_started
                    } else {
                        &mut self.clocks_used
                    };
                    put(clocks, &deed.name, action.line);
                    if let Some(field) = &deed.due {
                        put(&mut self.fields_set, field, action.line);
                    }
                    for value in deed.budget.iter().chain(&deed.reason) {
                        self.value(value);
                    }
                }
            }
        }
    }

    fn value(&mut self, value: &Value) {
        if let Value::Formula(formula) = value {
            self.formula(formula);
        }
    }

    fn formula(&mut self, formula: &Formula) {
        for path in formula.expression.names() {
            match path.as_slice() {
                [root, field, ..] if root == "case" => {
                    put(&mut self.fields_read, field, formula.line)
                }
                [root, ..] => put(&mut self.names_read, root, formula.line),
                [] => {}
            }
        }
    }
}
