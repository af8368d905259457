//! Running cases move to another version of their process: tried first, then so many at a time, and back as long as the former
//! version has a place for them. Each case is an entry of its own.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};
use yuandu_base::{LocalText, Problem};
use yuandu_identity::{OpCtx, Resource};
use yuandu_ids::TimerId;
use yuandu_store::{Change, Expect, Plan, StoreError};

use crate::case_type::Kind;
use crate::engine::{self, ClockStatus, Hindrance, Mapping, Moved, Surroundings};
use crate::error::ProcessError;
use crate::queries::versions::{self, MigrationFilter, MigrationRow, Stretch};
use crate::store::{self, CaseRow, Loaded};

use super::colleagues::refused;
use super::intervene::reason_of;
use super::{Engine, actor, note, record};

/// Cases looked at in one request at most.
const MOST: usize = 2_000;
/// Cases of one commit: their plans share one sync.
const PAGE: usize = 200;

/// A migration is begun, or tried.
#[derive(Debug, Clone, Default)]
pub struct Migration {
    /// The system.
    pub system: String,
    /// From this version.
    pub from: String,
    /// To this one.
    pub to: String,
    /// Nodes whose place in the new version has another id.
    pub mapping: Mapping,
}

/// So many cases, from after one of them.
#[derive(Debug, Clone, Default)]
pub struct Portion {
    /// Which.
    pub filter: MigrationFilter,
    /// How many at most.
    pub limit: usize,
    /// The id of the last one of the portion before.
    pub after: Option<String>,
}

/// A case that cannot move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StuckCase {
    /// The case.
    pub case_id: String,
    /// Its number.
    pub number: String,
    /// Everything that hinders it.
    pub hindrances: Vec<Hindrance>,
}

/// Cases standing at a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtNode {
    /// The process.
    pub process: String,
    /// The node.
    pub node: String,
    /// Its name.
    pub name: LocalText,
    /// How many tokens rest there.
    pub count: usize,
}

/// What came, or would come, of a portion.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MigrationOutcome {
    /// Cases the filter means, in all.
    pub meant: i64,
    /// Cases of this portion that moved, or can.
    pub moved: usize,
    /// Cases that cannot move, and why.
    pub stuck: Vec<StuckCase>,
    /// Where the cases of this portion stood.
    pub at: Vec<AtNode>,
    /// Pass as `after` for the next portion; none after the last.
    pub next: Option<String>,
}

/// From where to where, ready to run.
struct Way<'a> {
    old: &'a Kind,
    new: &'a Kind,
    mapping: Mapping,
    /// What the case's row says of its migration afterwards.
    migration: Option<&'a str>,
    /// Only those a migration brought.
    brought: Option<&'a str>,
}

impl Engine {
    /// A version of a system that is loaded.
    pub(crate) fn version(&self, system: &str, version: &str) -> Result<&Kind, ProcessError> {
        let kind = self.kind_of_version(system, version);
        kind.map(std::convert::AsRef::as_ref)
            .ok_or_else(|| ProcessError::VersionMissing {
                system: system.to_owned(),
                version: version.to_owned(),
            })
    }

    /// Which cases could move and which could not, and why; nothing is written.
    ///
    /// # Errors
    /// [`ProcessError::Invalid`] when the mapping names nodes there are not; [`ProcessError::VersionMissing`]; a refusal.
    pub fn try_migration(
        &self,
        ctx: &OpCtx,
        migration: &Migration,
        portion: &Portion,
    ) -> Result<MigrationOutcome, ProcessError> {
        self.gate.require(ctx, "admin.view", &Resource::system())?;
        let way = self.way(migration)?;
        self.portion(ctx, &way, portion, false)
    }

    /// Begins a migration; no case moves yet. Returns its id.
    ///
    /// # Errors
    /// As for [`Engine::try_migration`].
    pub fn begin_migration(
        &self,
        ctx: &OpCtx,
        migration: &Migration,
        reason: &str,
    ) -> Result<String, ProcessError> {
        self.gate.require(ctx, "admin.write", &Resource::system())?;
        let reason = reason_of(reason, "reason")?;
        self.way(migration)?;
        let id = TimerId::generate(ctx.now()).to_string();
        let mapping = serde_json::to_string(&migration.mapping).unwrap_or_default();
        let row = Change::put("migrations")
            .with("id", id.as_str())
            .with("system", migration.system.as_str())
            .with("from_version", migration.from.as_str())
            .with("to_version", migration.to.as_str())
            .with("mapping", mapping)
            .with("reason", reason)
            .with("begun_at", ctx.now())
            .with("begun_by", ctx.actor_name())
            .with("begun_name", note::who_line(ctx))
            .with("moved", 0_i64)
            .with("back", 0_i64);
        let text = json!({
            "kind": "migration", "who": note::who(ctx), "system": migration.system, "from": migration.from,
            "to": migration.to, "mapping": migration.mapping, "reason": reason,
        });
        let entry = ctx.entry("processes.begin_migration", format!("migration/{id}"), text);
        self.store.commit(Plan::new(ctx.realm, entry).change(row))?;
        Ok(id)
    }

    /// Moves a portion of cases to the new version, or back to the former one.
    ///
    /// # Errors
    /// [`ProcessError::NotFound`]; [`ProcessError::VersionMissing`]; a refusal of the gate.
    pub fn move_portion(
        &self,
        ctx: &OpCtx,
        id: &str,
        (portion, back): (&Portion, bool),
    ) -> Result<MigrationOutcome, ProcessError> {
        self.gate.require(ctx, "admin.write", &Resource::system())?;
        let found = self
            .store
            .read(|reader| versions::migration_row(reader, ctx.realm, id))?;
        let row = found.ok_or_else(|| ProcessError::NotFound {
            what: "migration",
            id: id.to_owned(),
        })?;
        if back {
            one_way(&row, self.version(&row.system, &row.from)?)?;
        }
        let way = match back {
            false => Way {
                migration: Some(id),
                ..self.way(&forth(&row))?
            },
            true => Way {
                brought: Some(id),
                ..self.way(&home(&row))?
            },
        };
        let outcome = self.portion(ctx, &way, portion, true)?;
        self.tally(ctx, id, (outcome.moved, back))?;
        Ok(outcome)
    }

    /// Counts what moved where the migration is kept.
    fn tally(
        &self,
        ctx: &OpCtx,
        id: &str,
        (moved, back): (usize, bool),
    ) -> Result<(), ProcessError> {
        if moved == 0 {
            return Ok(());
        }
        let count = i64::try_from(moved).unwrap_or(i64::MAX);
        self.retrying(|| {
            let row = self
                .store
                .read(|reader| versions::migration_row(reader, ctx.realm, id))?;
            let Some(row) = row else { return Ok(()) };
            let text =
                json!({ "kind": "migrated", "who": note::who(ctx), "moved": moved, "back": back });
            let entry = ctx.entry("processes.migrate", format!("migration/{id}"), text);
            let (there, home) = if back { (-count, count) } else { (count, 0) };
            let change = Change::set("migrations")
                .key("id", id)
                .with("moved", row.moved.saturating_add(there))
                .with("back", row.back.saturating_add(home));
            let same = Expect::unchanged("migrations", [("id", id.into())], row.pos);
            self.store
                .commit(Plan::new(ctx.realm, entry).expect(same).change(change))?;
            Ok(())
        })
    }

    /// The two versions and the mapping, checked against each other.
    fn way(&self, migration: &Migration) -> Result<Way<'_>, ProcessError> {
        let old = self.version(&migration.system, &migration.from)?;
        let new = self.version(&migration.system, &migration.to)?;
        if migration.from == migration.to {
            return Err(refused(
                "processes.same_version",
                "to",
                "请选另一个版本".to_owned(),
                "choose another version".to_owned(),
            ));
        }
        let has = |kind: &Kind, node: &str| {
            let mut processes = kind.definition.processes.values();
            processes.any(|process| process.node(node).is_some())
        };
        let mut problems = Vec::new();
        for (from, to) in &migration.mapping {
            for (kind, node, version) in [(old, from, &migration.from), (new, to, &migration.to)] {
                if !has(kind, node) {
                    problems.push(Problem::new(
                        "processes.node_unknown",
                        "mapping",
                        format!("版本 {version} 没有环节 `{node}`"),
                        format!("version {version} has no node `{node}`"),
                    ));
                }
            }
        }
        if !problems.is_empty() {
            return Err(ProcessError::Invalid(problems));
        }
        Ok(Way {
            old,
            new,
            mapping: migration.mapping.clone(),
            migration: None,
            brought: None,
        })
    }

    fn portion(
        &self,
        ctx: &OpCtx,
        way: &Way<'_>,
        portion: &Portion,
        write: bool,
    ) -> Result<MigrationOutcome, ProcessError> {
        let limit = portion.limit.clamp(1, MOST);
        let mut after = portion.after.clone().unwrap_or_default();
        let mut outcome = MigrationOutcome {
            meant: self.store.read(|reader| {
                versions::count_of(reader, ctx.realm, &way.stretch(portion, "", 0))
            })?,
            ..MigrationOutcome::default()
        };
        let mut at: BTreeMap<(String, String), usize> = BTreeMap::new();
        let mut left = limit;
        while left > 0 {
            let page = left.min(PAGE);
            let stretch = way.stretch(portion, &after, page);
            let cases = self
                .store
                .read(|reader| versions::cases_of(reader, ctx.realm, &stretch))?;
            let Some(last) = cases.last() else {
                break;
            };
            after.clone_from(&last.id);
            left -= cases.len();
            outcome.next = (left == 0).then(|| after.clone());
            let short = cases.len() < page;
            self.page(ctx, way, cases, (&mut outcome, &mut at, write))?;
            if short {
                outcome.next = None;
                break;
            }
        }
        outcome.at = at
            .into_iter()
            .map(|((process, node), count)| AtNode {
                name: way.name(&process, &node),
                process,
                node,
                count,
            })
            .collect();
        Ok(outcome)
    }

    fn page(
        &self,
        ctx: &OpCtx,
        way: &Way<'_>,
        cases: Vec<CaseRow>,
        (outcome, at, write): (
            &mut MigrationOutcome,
            &mut BTreeMap<(String, String), usize>,
            bool,
        ),
    ) -> Result<(), ProcessError> {
        let mut plans = Vec::new();
        let mut ids = Vec::new();
        for case in cases {
            let (id, number) = (case.id.clone(), case.number.clone());
            let loaded = self
                .store
                .read(|reader| store::load(reader, ctx.realm, case, way.old))?;
            for token in loaded.matter.state.tokens.values() {
                let frame = loaded.matter.state.frames.get(&token.frame);
                let process = frame.map(|f| f.process.clone()).unwrap_or_default();
                *at.entry((process, token.node.clone())).or_default() += 1;
            }
            match self.move_plan_of(ctx, way, loaded)? {
                Ok(plan) => {
                    plans.push(plan);
                    ids.push(id);
                }
                Err(hindrances) => outcome.stuck.push(StuckCase {
                    case_id: id,
                    number,
                    hindrances,
                }),
            }
        }
        if !write {
            outcome.moved += plans.len();
            return Ok(());
        }
        for (id, done) in ids.iter().zip(self.store.commit_all(plans)) {
            match done {
                Ok(_) => outcome.moved += 1,
                Err(StoreError::Changed { .. }) => {
                    outcome.moved += usize::from(self.again(ctx, way, id)?);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// A case that somebody changed meanwhile is read again; false when it does not move any more.
    fn again(&self, ctx: &OpCtx, way: &Way<'_>, id: &str) -> Result<bool, ProcessError> {
        self.retrying(|| {
            let loaded = self.store.read(|reader| {
                let case = store::case_row(reader, ctx.realm, id)?;
                let case = case.filter(|c| {
                    c.status == "open" && c.process_version == way.old.declared.version
                });
                case.map(|case| store::load(reader, ctx.realm, case, way.old))
                    .transpose()
            })?;
            let Some(loaded) = loaded else {
                return Ok(false);
            };
            match self.move_plan_of(ctx, way, loaded)? {
                Ok(plan) => {
                    self.store.commit(plan)?;
                    Ok(true)
                }
                Err(_) => Ok(false),
            }
        })
    }

    /// The plan that moves one case, or what hinders it.
    fn move_plan_of(
        &self,
        ctx: &OpCtx,
        way: &Way<'_>,
        mut loaded: Loaded,
    ) -> Result<Result<Plan, Vec<Hindrance>>, ProcessError> {
        let calendar = self.calendar(ctx.realm)?;
        let around = Surroundings {
            now: ctx.now(),
            calendar: &calendar,
            actor: actor(ctx),
        };
        let matter = std::mem::take(&mut loaded.matter);
        let versions = (&way.old.definition, &way.new.definition);
        let moved = match engine::migrate(versions, matter, &way.mapping, &around) {
            Ok(moved) => moved,
            Err(hindrances) => return Ok(Err(hindrances)),
        };
        let mut changes = places(&mut loaded, &moved);
        changes.push(
            Change::set("cases")
                .key("id", loaded.case.id.clone())
                .with("process_version", way.new.declared.version.clone())
                .with("migration", way.migration.map(str::to_owned)),
        );
        let (id, pos) = (loaded.case.id.clone(), loaded.case.pos);
        let step = moved.step;
        let mut record = record::record(way.new, &loaded, step, ctx.now(), self.zone(), false);
        let mut text = note::consequences(way.new, &record);
        text.extend(said(ctx, way));
        let entry = ctx.entry("cases.migrate", format!("case/{id}"), Json::Object(text));
        let same = Expect::unchanged("cases", [("id", id.as_str().into())], pos);
        let plan = Plan::new(ctx.realm, entry).expect(same);
        let plan = self.planned(ctx, plan, &mut record)?;
        Ok(Ok(plan.changes(changes)))
    }
}

/// Tasks, timers and waits that stand under another name, clock or role in the new version.
fn places(loaded: &mut Loaded, moved: &Moved) -> Vec<Change> {
    let mut changes = Vec::new();
    let clocks = &moved.step.matter.clocks;
    let due = |clock: &Option<String>| {
        let clock = clock.as_ref().and_then(|name| clocks.get(name));
        let clock = clock.filter(|c| c.status == ClockStatus::Running);
        clock.map_or((None, None), |c| (c.due, c.warn))
    };
    for place in &moved.tasks {
        let of = |token: i64| u64::try_from(token).is_ok_and(|token| token == place.token);
        let own = loaded
            .tasks
            .iter_mut()
            .filter(|task| of(task.token) && !task.node.starts_with('@'));
        for task in own {
            let before = task.clone();
            task.node.clone_from(&place.node);
            (task.name_zh, task.name_en) = (place.name.zh.clone(), place.name.en.clone());
            task.role.clone_from(&place.role);
            task.stage.clone_from(&place.stage);
            if task.clock != place.clock {
                task.clock.clone_from(&place.clock);
                (task.due_at, task.warn_at) = due(&task.clock);
            }
            if *task != before {
                changes.push(
                    Change::set("tasks")
                        .key("id", task.id.clone())
                        .with("node", task.node.clone())
                        .with("name_zh", task.name_zh.clone())
                        .with("name_en", task.name_en.clone())
                        .with("role", task.role.clone())
                        .with("stage", task.stage.clone())
                        .with("clock", task.clock.clone())
                        .with("due_at", task.due_at)
                        .with("warn_at", task.warn_at),
                );
            }
        }
    }
    for event in &moved.events {
        let of = |token: i64, node: &str| {
            node == event.from && u64::try_from(token).is_ok_and(|token| token == event.token)
        };
        for timer in loaded.timers.iter_mut().filter(|t| of(t.token, &t.node)) {
            let before = timer.clone();
            timer.node.clone_from(&event.to);
            // What a timer has used up stays used up; only one that follows a clock follows the new version's.
            if event.clock.is_some() && timer.clock != event.clock {
                timer.clock.clone_from(&event.clock);
                timer.due_at = due(&timer.clock).0;
            }
            if *timer != before {
                changes.push(
                    Change::set("timers")
                        .key("id", timer.id.clone())
                        .with("node", timer.node.clone())
                        .with("clock", timer.clock.clone())
                        .with("due_at", timer.due_at),
                );
            }
        }
        if event.from == event.to {
            continue;
        }
        for wait in loaded.waits.iter_mut().filter(|w| of(w.token, &w.node)) {
            wait.node.clone_from(&event.to);
            changes.push(
                Change::set("waits")
                    .key("id", wait.id.clone())
                    .with("node", wait.node.clone()),
            );
        }
    }
    changes
}

fn said(ctx: &OpCtx, way: &Way<'_>) -> Map<String, Json> {
    let mut text = Map::new();
    text.insert("kind".to_owned(), "migrated".into());
    text.insert("who".to_owned(), note::who(ctx));
    text.insert("from".to_owned(), way.old.declared.version.as_str().into());
    text.insert("to".to_owned(), way.new.declared.version.as_str().into());
    text.insert("migration".to_owned(), json!(way.migration.or(way.brought)));
    text
}

fn forth(row: &MigrationRow) -> Migration {
    Migration {
        system: row.system.clone(),
        from: row.from.clone(),
        to: row.to.clone(),
        mapping: row.mapping.clone(),
    }
}

/// The way back: the mapping turned round.
fn home(row: &MigrationRow) -> Migration {
    let turned = row
        .mapping
        .iter()
        .map(|(from, to)| (to.clone(), from.clone()));
    Migration {
        system: row.system.clone(),
        from: row.to.clone(),
        to: row.from.clone(),
        mapping: turned.collect(),
    }
}

/// Refuses to turn a mapping round by which several nodes became one.
fn one_way(row: &MigrationRow, old: &Kind) -> Result<(), ProcessError> {
    let mut taken = BTreeSet::new();
    for to in row.mapping.values() {
        let mut processes = old.definition.processes.values();
        let stays =
            !row.mapping.contains_key(to) && processes.any(|process| process.node(to).is_some());
        if stays || !taken.insert(to) {
            return Err(refused(
                "processes.mapping_one_way",
                "id",
                format!("几个环节都并到了 `{to}`，不知道该退回哪一个；请另建一次反向迁移并指定"),
                format!(
                    "several nodes became `{to}`, and which one to go back to is not known; begin a migration the other way and map it"
                ),
            ));
        }
    }
    Ok(())
}

impl Way<'_> {
    fn stretch<'s>(&'s self, portion: &'s Portion, after: &'s str, limit: usize) -> Stretch<'s> {
        Stretch {
            system: &self.old.declared.system,
            version: &self.old.declared.version,
            migration: self.brought,
            filter: &portion.filter,
            after,
            limit,
        }
    }

    fn name(&self, process: &str, node: &str) -> LocalText {
        let process = self.old.definition.processes.get(process);
        let name = process.and_then(|p| p.node(node)).map(|n| n.name.clone());
        name.unwrap_or_else(|| LocalText::new(node, node))
    }
}
