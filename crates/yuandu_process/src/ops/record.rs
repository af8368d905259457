//! What a step of the engine writes: rows of the case, its tasks, timers, clocks, facts and cards.
//!
//! Pure: rows before and the step in, changes out.

use jiff::Timestamp;
use serde_json::Value as Json;
use yuandu_base::LocalText;
use yuandu_ids::{CaseId, TaskId, TimerId};
use yuandu_store::Change;

use crate::case_type::Kind;
use crate::engine::{Clock, ClockStatus, Effect, Matter, NewTask, Step};
use crate::ops::beside::Beside;
use crate::queries::turns;
use crate::queries::waits::WaitRow;
use crate::store::{self, CardRow, CaseRow, Loaded, TaskRow, TimerRow};

/// The rows a step leads to.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) changes: Vec<Change>,
    /// The case afterwards.
    pub(crate) case: CaseRow,
    /// Tasks opened by the step.
    pub(crate) opened: Vec<TaskRow>,
    /// Cards given by the step.
    pub(crate) cards: Vec<CardRow>,
    /// The number of the case to merge into.
    pub(crate) merge: Option<String>,
    /// The facts, clocks and tokens afterwards.
    pub(crate) matter: Matter,
    /// Names of facts that changed.
    pub(crate) changed: Vec<String>,
    /// Names of clocks that changed.
    pub(crate) touched: Vec<String>,
    /// The flows taken: the path that is drawn.
    pub(crate) flows: Vec<String>,
}

struct Recorder<'a> {
    kind: &'a Kind,
    before: &'a CaseRow,
    case: CaseRow,
    matter: Matter,
    tasks: Vec<TaskRow>,
    later: Vec<TaskRow>,
    turns: &'a turns::Turns,
    timers: Vec<TimerRow>,
    waits: Vec<WaitRow>,
    opened: Vec<TaskRow>,
    cards: Vec<CardRow>,
    merge: Option<String>,
    changes: Vec<Change>,
    now: Timestamp,
    /// The local time zone's words for instants in reasons.
    zone: jiff::tz::TimeZone,
}

/// What a step writes for a case that exists; `fresh` for one that is being opened.
pub(crate) fn record(
    kind: &Kind,
    loaded: &Loaded,
    step: Step,
    now: Timestamp,
    zone: &jiff::tz::TimeZone,
    fresh: bool,
) -> Record {
    let mut recorder = Recorder {
        kind,
        before: &loaded.case,
        case: loaded.case.clone(),
        matter: step.matter,
        tasks: loaded.tasks.clone(),
        later: loaded.later.clone(),
        turns: &loaded.turns,
        timers: loaded.timers.clone(),
        waits: loaded.waits.clone(),
        opened: Vec::new(),
        cards: Vec::new(),
        merge: None,
        changes: Vec::new(),
        now,
        zone: zone.clone(),
    };
    let flows = step.flows;
    for effect in step.effects {
        recorder.effect(effect);
    }
    let changed: Vec<String> = step.changed.into_iter().collect();
    let touched: Vec<String> = step.touched.into_iter().collect();
    recorder.beside();
    recorder.universal(&changed);
    recorder.follow_clocks(&touched);
    recorder.lamps();
    recorder.finish(&changed, fresh);
    Record {
        changes: recorder.changes,
        case: recorder.case,
        opened: recorder.opened,
        cards: recorder.cards,
        merge: recorder.merge,
        matter: recorder.matter,
        changed,
        touched,
        flows,
    }
}

impl Recorder<'_> {
    fn effect(&mut self, effect: Effect) {
        match effect {
            Effect::OpenTask(new) => self.open(new),
            Effect::CancelTask { token } => self.cancel(token),
            Effect::ArmTimer {
                token,
                node,
                clock,
                due,
            } => self.timers.push(TimerRow {
                id: TimerId::generate(self.now).to_string(),
                case_id: self.case.id.clone(),
                token: signed(token),
                node,
                clock,
                due_at: due,
                status: "armed".to_owned(),
                fired_at: None,
                tries: None,
                throws: None,
                pos: -1,
            }),
            Effect::DropTimer { token, node } => {
                let token = signed(token);
                let dropped = self
                    .timers
                    .iter()
                    .position(|t| t.token == token && t.node == node);
                if let Some(timer) = dropped
                    .map(|at| self.timers.remove(at))
                    .filter(|t| t.pos >= 0)
                {
                    self.changes.push(
                        Change::set("timers")
                            .key("id", timer.id)
                            .with("status", "dropped"),
                    );
                }
            }
            Effect::Card {
                colour,
                clock,
                reason,
            } => self.card(colour, clock, reason),
            Effect::Merge { parent } => self.merge = Some(parent),
            Effect::Await {
                token,
                node,
                message,
                signal,
                key,
            } => self.wait(token, node, (message, signal), key),
            Effect::Forget { token, node } => self.forget(signed(token), &node),
            Effect::Send { node, name } => self.throw(node, format!("message:{name}")),
            Effect::Broadcast { node, name } => self.throw(node, format!("signal:{name}")),
            // Jobs of models that are no package's never reach the server.
            Effect::OpenJob(_) | Effect::CancelJob { .. } => {}
            Effect::End { status, .. } => {
                self.case.status = status;
                self.case.closed_at = Some(self.now);
            }
        }
    }

    /// What the case waits for, so that a message finds it by its name and key.
    fn wait(
        &mut self,
        token: u64,
        node: String,
        (message, signal): (Option<String>, Option<String>),
        key: Option<String>,
    ) {
        let kind = if message.is_some() {
            "message"
        } else {
            "signal"
        };
        self.waits.push(WaitRow {
            id: TimerId::generate(self.now).to_string(),
            case_id: self.case.id.clone(),
            token: signed(token),
            node,
            kind: kind.to_owned(),
            name: message.or(signal).unwrap_or_default(),
            key: key.unwrap_or_default(),
            kept: false,
        });
    }

    fn forget(&mut self, token: i64, node: &str) {
        let found = self
            .waits
            .iter()
            .position(|w| w.token == token && w.node == node);
        if let Some(wait) = found.map(|at| self.waits.remove(at)).filter(|w| w.kept) {
            let change = Change::set("waits").key("id", wait.id);
            self.changes.push(change.with("status", "over"));
        }
    }

    /// What is sent to other cases leaves with the timers, so that it is not lost when the program stops.
    fn throw(&mut self, node: String, throws: String) {
        self.timers.push(TimerRow {
            id: TimerId::generate(self.now).to_string(),
            case_id: self.case.id.clone(),
            token: 0,
            node,
            clock: None,
            due_at: Some(self.now),
            status: "armed".to_owned(),
            fired_at: None,
            tries: None,
            throws: Some(throws),
            pos: -1,
        });
    }

    fn open(&mut self, new: NewTask) {
        let clock = new
            .clock
            .as_ref()
            .and_then(|name| self.matter.clocks.get(name))
            .filter(|c| running(c));
        self.opened.push(TaskRow {
            id: TaskId::generate(self.now).to_string(),
            case_id: self.case.id.clone(),
            system: self.case.system.clone(),
            process: new.process,
            node: new.node,
            token: signed(new.token),
            name_zh: new.name.zh,
            name_en: new.name.en,
            role: new.role,
            org: new.org,
            grid: new.grid,
            assignee: None,
            assignee_name: None,
            status: "open".to_owned(),
            stage: new.stage,
            due_at: clock.and_then(|c| c.due),
            warn_at: clock.and_then(|c| c.warn),
            clock: new.clock,
            created_at: self.now,
            done_at: None,
            done_by: None,
            done_name: None,
            outcome: None,
            data: None,
            category: None,
            class: None,
            about: None,
            asked_by: None,
            asked_name: None,
            words: None,
            kept: None,
            urged: None,
            urged_at: None,
            pos: -1,
        });
    }

    fn cancel(&mut self, token: u64) {
        let token = signed(token);
        self.opened.retain(|t| t.token != token);
        let cancelled = self.tasks.iter().position(|t| t.token == token);
        if let Some(task) = cancelled.map(|at| self.tasks.remove(at)) {
            let change = Change::set("tasks").key("id", task.id);
            self.changes
                .push(change.with("status", "cancelled").with("done_at", self.now));
        }
    }

    /// What was asked beside a step goes with it; what is only to be read stays.
    fn beside(&mut self) {
        let steps: Vec<String> = self
            .tasks
            .iter()
            .filter(|task| Beside::of(task).is_none())
            .map(|task| task.id.clone())
            .collect();
        let over = self.case.status != "open";
        let void = |task: &TaskRow| match (Beside::of(task), &task.about) {
            (None, _) => false,
            (Some(kind), _) if kind.is_reading() => false,
            (Some(_), Some(about)) => !steps.contains(about),
            (Some(_), None) => over,
        };
        let (gone, kept) = std::mem::take(&mut self.tasks).into_iter().partition(void);
        self.tasks = kept;
        let gone: Vec<TaskRow> = gone;
        for task in gone.into_iter().chain(std::mem::take(&mut self.later)) {
            if !void(&task) {
                continue;
            }
            let change = Change::set("tasks").key("id", task.id);
            self.changes
                .push(change.with("status", "cancelled").with("done_at", self.now));
        }
    }

    fn card(&mut self, colour: String, clock: String, reason: Option<LocalText>) {
        let due = self.matter.clocks.get(&clock).and_then(|c| c.due);
        let reason = reason.unwrap_or_else(|| {
            let due = due.map_or_else(String::new, |due| {
                due.to_zoned(self.zone.clone())
                    .strftime("%Y-%m-%d %H:%M")
                    .to_string()
            });
            LocalText::new(
                format!("应于 {due} 前办结，已超期"),
                format!("was due by {due} and is overdue"),
            )
        });
        let card = CardRow {
            id: TimerId::generate(self.now).to_string(),
            case_id: self.case.id.clone(),
            colour,
            org: fact(&self.matter, "org"),
            post: None,
            clock,
            issued_at: self.now,
            reason_zh: reason.zh,
            reason_en: reason.en,
            pos: -1,
        };
        self.changes.push(card.put("cards"));
        self.cards.push(card);
    }

    /// Takes the universal facts the process wrote over into the row of the case.
    fn universal(&mut self, changed: &[String]) {
        for name in changed.iter().filter(|n| !self.kind.is_declared(n)) {
            let text = fact(&self.matter, name);
            match name.as_str() {
                "title" => self.case.title = text.unwrap_or_default(),
                "category" => {
                    self.case.class = text.as_deref().map(|code| self.kind.class_of(code));
                    self.case.category = text;
                }
                "org" => self.case.org = text,
                "grid" => self.case.grid = text,
                "division" => self.case.division = text,
                "address" => self.case.address = text,
                "stage" => self.case.stage = text,
                "place" => {
                    let place = self.matter.facts.get("place");
                    let part = |end: &str| place.and_then(|p| p.get(end)).and_then(Json::as_f64);
                    self.case.lon = part("lon");
                    self.case.lat = part("lat");
                }
                _ => {}
            }
        }
    }

    /// Tasks and timers measured by a clock move with it.
    fn follow_clocks(&mut self, touched: &[String]) {
        for name in touched {
            let Some(clock) = self.matter.clocks.get(name) else {
                continue;
            };
            let (due, warn) = if running(clock) {
                (clock.due, clock.warn)
            } else {
                (None, None)
            };
            for task in self.tasks.iter_mut().chain(&mut self.opened) {
                if task.clock.as_ref() == Some(name) && (task.due_at, task.warn_at) != (due, warn) {
                    (task.due_at, task.warn_at) = (due, warn);
                    if task.pos >= 0 {
                        let change = Change::set("tasks").key("id", task.id.clone());
                        self.changes
                            .push(change.with("due_at", due).with("warn_at", warn));
                    }
                }
            }
            for timer in self.timers.iter_mut() {
                if timer.clock.as_ref() == Some(name) && timer.due_at != due {
                    timer.due_at = due;
                    if timer.pos >= 0 {
                        self.changes.push(
                            Change::set("timers")
                                .key("id", timer.id.clone())
                                .with("due_at", due),
                        );
                    }
                }
            }
        }
    }

    /// The lamp of a case is that of its most urgent open task.
    fn lamps(&mut self) {
        let urgent = self
            .tasks
            .iter()
            .chain(&self.opened)
            .filter(|t| Beside::of(t).is_none())
            .filter_map(|t| t.due_at.map(|due| (due, t.warn_at)))
            .min();
        self.case.due_at = urgent.map(|(due, _)| due);
        self.case.warn_at = urgent.and_then(|(_, warn)| warn);
    }

    fn finish(&mut self, changed: &[String], fresh: bool) {
        self.case.updated_at = self.now;
        let (category, class) = (self.case.category.clone(), self.case.class.clone());
        for task in &mut self.opened {
            (task.category, task.class) = (category.clone(), class.clone());
            self.changes.push(task.put("tasks"));
        }
        if category != self.before.category {
            for task in &self.tasks {
                let change = Change::set("tasks").key("id", task.id.clone());
                self.changes.push(
                    change
                        .with("category", category.clone())
                        .with("class", class.clone()),
                );
            }
        }
        for timer in self.timers.iter().filter(|t| t.pos < 0) {
            self.changes.push(timer.put("timers"));
        }
        for wait in self.waits.iter().filter(|w| !w.kept) {
            self.changes.push(wait.put());
        }
        let before: &CaseRow = self.before;
        if fresh {
            self.changes.push(self.case.put("cases"));
        } else {
            self.changes.push(self.case.set_since(before));
        }
        let (state, after) = turns::apart(&self.matter.state);
        let state = serde_json::to_string(&state).unwrap_or_default();
        let count = i64::try_from(after.len()).ok().filter(|count| *count > 0);
        self.changes.push(
            Change::put("case_state")
                .with("id", self.case.id.clone())
                .with("state", state)
                .with("turns", count),
        );
        let turns = turns::changes(&self.case.id, self.turns, &after);
        self.changes.extend(turns);
        self.facts(changed, fresh);
    }

    fn facts(&mut self, changed: &[String], fresh: bool) {
        let table = self.kind.declared.table.clone();
        let mut change = if fresh {
            Change::put(table).with("id", self.case.id.clone())
        } else {
            Change::set(table).key("id", self.case.id.clone())
        };
        for field in &self.kind.declared.fields {
            if !fresh && !changed.contains(&field.name) {
                continue;
            }
            let value = self.matter.facts.get(&field.name).unwrap_or(&Json::Null);
            for (column, cell) in field.to_cells(value) {
                change = change.with(column, store::cell(cell));
            }
        }
        if fresh || !change.is_empty() {
            self.changes.push(change);
        }
    }
}

impl Record {
    /// The rows of the clocks the step touched.
    pub(crate) fn clock_changes(&self) -> impl Iterator<Item = Change> + '_ {
        self.touched.iter().filter_map(|name| {
            let clock = self.matter.clocks.get(name)?;
            Some(store::put_clock(&self.case.id, name, clock))
        })
    }
}

impl CaseRow {
    /// Only the columns that differ from an earlier row; the key and `updated_at` always.
    pub(crate) fn set_since(&self, before: &Self) -> Change {
        let mut change = Change::set("cases")
            .key("id", self.id.clone())
            .with("updated_at", self.updated_at);
        let texts = [
            ("category", &self.category, &before.category),
            ("class", &self.class, &before.class),
            ("stage", &self.stage, &before.stage),
            ("org", &self.org, &before.org),
            ("grid", &self.grid, &before.grid),
            ("division", &self.division, &before.division),
            ("address", &self.address, &before.address),
            ("parent", &self.parent, &before.parent),
            ("words", &self.words, &before.words),
        ];
        for (name, now, then) in texts {
            if now != then {
                change = change.with(name, now.clone());
            }
        }
        let instants = [
            ("due_at", self.due_at, before.due_at),
            ("warn_at", self.warn_at, before.warn_at),
            ("closed_at", self.closed_at, before.closed_at),
        ];
        for (name, now, then) in instants {
            if now != then {
                change = change.with(name, now);
            }
        }
        if self.title != before.title {
            change = change.with("title", self.title.clone());
        }
        if self.status != before.status {
            change = change.with("status", self.status.clone());
        }
        if (self.lon, self.lat) != (before.lon, before.lat) {
            change = change.with("lon", self.lon).with("lat", self.lat);
        }
        change
    }
}

/// A new id for a case.
pub(crate) fn new_case_id(now: Timestamp) -> String {
    CaseId::generate(now).to_string()
}

fn running(clock: &Clock) -> bool {
    clock.status == ClockStatus::Running
}

fn fact(matter: &Matter, name: &str) -> Option<String> {
    matter
        .facts
        .get(name)
        .and_then(Json::as_str)
        .map(str::to_owned)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
