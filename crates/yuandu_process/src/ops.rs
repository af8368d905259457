//! The operations on cases. Each reads, lets the pure rules decide, and commits one plan: one entry in the log.
//!
//! Start with [`Engine`]. SQL is in `store` and `queries`.

mod advance;
mod answer;
mod ask;
pub(crate) mod beside;
mod calendars;
mod colleagues;
mod complete_task;
mod deliver;
mod export_cases;
mod fire_timers;
mod hold_task;
mod intervene;
mod join_case;
mod migrate;
mod note;
mod open_case;
mod photos;
mod record;
mod repair;
mod reproject_clocks;
mod retry;
mod sources;
mod versions;
mod view_restricted;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use yuandu_base::Problem;
use yuandu_base::calendar::Calendar;
use yuandu_feel::{Context, Value as Feel};
use yuandu_identity::{Actor, CaseFacts, Gate, OpCtx, Resource, TaskFacts};
use yuandu_store::{IdempotencyKey, Store, StoreError};

use crate::case_type::{CaseType, Kind};
use crate::error::ProcessError;
use crate::store::{CaseRow, TaskRow};

pub(crate) use advance::{MERGE_CHAIN, main_case};
pub use ask::Ask;
pub use beside::Beside;
pub use calendars::PublishCalendar;
use calendars::WorkingCalendar;
pub use colleagues::Colleague;
pub use complete_task::{CompleteTask, Completed, NextStep};
pub use deliver::{DeliverMessage, Delivered};
pub use export_cases::ExportCases;
pub use fire_timers::Fired;
pub use intervene::{Ending, Hand, Intervene};
pub use join_case::JoinCase;
pub use migrate::{AtNode, Migration, MigrationOutcome, Portion, StuckCase};
pub use open_case::{OpenCase, Opened};
pub use repair::{ProposeRepair, Repair};
pub use reproject_clocks::Reprojected;
pub use sources::{Sources, Surrounds};
pub use versions::{open_cases, published_versions};

/// How often an operation is computed anew when someone else changed the case meanwhile.
const ATTEMPTS: usize = 4;

/// The cases of a city: its kinds of case and everything that moves them.
#[derive(Debug)]
pub struct Engine {
    pub(crate) store: Arc<Store>,
    pub(crate) gate: Arc<Gate>,
    working: WorkingCalendar,
    /// By system and version.
    kinds: BTreeMap<(String, String), Arc<Kind>>,
    /// The version new cases of a system begin with.
    current: BTreeMap<String, Arc<Kind>>,
    /// Where facts that follow from others come from, if anything tells.
    pub(crate) sources: Option<Arc<dyn Sources>>,
}

impl Engine {
    /// An engine for these kinds of case. Of several versions of one system the last one opens new cases; the others
    /// carry the cases that began with them to their end.
    ///
    /// # Errors
    /// Every problem of every kind, each with `file:line`.
    pub fn new(
        store: Arc<Store>,
        gate: Arc<Gate>,
        calendar: Arc<Calendar>,
        types: Vec<CaseType>,
    ) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let (mut kinds, mut current) = (BTreeMap::new(), BTreeMap::new());
        for declared in types {
            let key = (declared.system.clone(), declared.version.clone());
            match declared.ready() {
                Ok(kind) => {
                    let kind = Arc::new(kind);
                    current.insert(key.0.clone(), Arc::clone(&kind));
                    kinds.insert(key, kind);
                }
                Err(found) => problems.extend(found),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Self {
            store,
            gate,
            working: WorkingCalendar::new(calendar),
            kinds,
            current,
            sources: None,
        })
    }

    /// The same engine, copying facts that follow from others (the owner of a component) from where they are kept.
    #[must_use]
    pub fn with_sources(mut self, sources: Arc<dyn Sources>) -> Self {
        self.sources = Some(sources);
        self
    }

    /// The kind of case a system opens now.
    ///
    /// # Errors
    /// [`ProcessError::NotFound`].
    pub fn kind(&self, system: &str) -> Result<&Arc<Kind>, ProcessError> {
        self.current
            .get(system)
            .ok_or_else(|| ProcessError::NotFound {
                what: "system",
                id: system.to_owned(),
            })
    }

    /// Every kind of case that opens new cases.
    pub fn current_kinds(&self) -> impl Iterator<Item = &Arc<Kind>> {
        self.current.values()
    }

    /// The kind a running case began with.
    pub(crate) fn kind_of(&self, case: &CaseRow) -> Result<&Arc<Kind>, ProcessError> {
        let key = (case.system.clone(), case.process_version.clone());
        self.kinds.get(&key).ok_or(ProcessError::VersionMissing {
            system: key.0,
            version: key.1,
        })
    }

    /// The kind of a version of a system, if it is loaded.
    pub(crate) fn kind_of_version(&self, system: &str, version: &str) -> Option<&Arc<Kind>> {
        self.kinds.get(&(system.to_owned(), version.to_owned()))
    }

    /// The store.
    #[must_use]
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// Computes an operation anew while others change the same rows.
    pub(crate) fn retrying<T>(
        &self,
        mut attempt: impl FnMut() -> Result<T, ProcessError>,
    ) -> Result<T, ProcessError> {
        for _ in 0..ATTEMPTS {
            match attempt() {
                Err(ProcessError::Store(StoreError::Changed { .. })) => {}
                result => return result,
            }
        }
        Err(ProcessError::Contended)
    }
}

/// `actor` of the formulas.
pub(crate) fn actor(ctx: &OpCtx) -> Feel {
    let Some(officer) = ctx.officer() else {
        return Context::new().with("user", ctx.actor_name()).into();
    };
    let roles: Vec<Feel> = officer
        .roles
        .iter()
        .map(|role| Feel::text(role.as_str()))
        .collect();
    Context::new()
        .with("user", officer.user.to_string())
        .with("name", officer.name.as_str())
        .with("post", officer.post.to_string())
        .with("org", officer.org.to_string())
        .with("roles", roles)
        .into()
}

/// Whether the platform itself acts.
pub(crate) fn is_system(ctx: &OpCtx) -> bool {
    matches!(ctx.actor, Actor::System(_))
}

/// A case as policies see it.
pub(crate) fn case_resource(case: &CaseRow) -> Resource {
    let text = |value: &'_ Option<String>| value.clone().unwrap_or_default();
    Resource::case(&CaseFacts {
        id: &case.id,
        system: &case.system,
        category: &text(&case.category),
        class: &text(&case.class),
        division: &text(&case.division),
        grid: &text(&case.grid),
        org: &text(&case.org),
        status: &case.status,
        stage: &text(&case.stage),
    })
}

/// A task as policies see it.
pub(crate) fn task_resource(task: &TaskRow) -> Resource {
    let text = |value: &'_ Option<String>| value.clone().unwrap_or_default();
    Resource::task(&TaskFacts {
        id: &task.id,
        system: &task.system,
        node: &task.node,
        role: &task.role,
        org: &text(&task.org),
        assignee: &text(&task.assignee),
        category: &text(&task.category),
        class: &text(&task.class),
        grid: &text(&task.grid),
        status: &task.status,
    })
}

/// The idempotency key of a request: the same key with other content is refused by the store.
pub(crate) fn idempotency(
    key: Option<&str>,
    op: &str,
    ctx: &OpCtx,
    content: &Json,
) -> Option<IdempotencyKey> {
    let key = key.filter(|key| !key.is_empty())?;
    let digest = Sha256::new()
        .chain_update(op)
        .chain_update([0])
        .chain_update(ctx.actor_name())
        .chain_update([0])
        .chain_update(content.to_string())
        .finalize();
    let fingerprint = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Some(IdempotencyKey {
        key: format!("{op}/{key}"),
        fingerprint,
    })
}
