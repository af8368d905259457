//! The town a scenario lives in: a store that is thrown away, a gate with the real policies, the real engine, a clock.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};
use yuandu_base::calendar::Calendar;
use yuandu_base::{LocalText, SimulatedClock};
use yuandu_identity::{Actor, Gate, Officer, OpCtx, PolicySource, PrincipalCell, Scope};
use yuandu_ids::{OrgId, PostId, RealmId, UserId};
use yuandu_process::Engine;
use yuandu_registers::{PutRecord, Registers};
use yuandu_schema::RegisterDef;
use yuandu_store::{Blobs, Change, Plan, Store, TemporaryStore};

use super::{Step, queries};
use crate::package::Package;

/// Weifang, as every scenario's city.
const REALM: u32 = 370_700;

/// Timers that fire one after another without time passing: beyond this a model wakes itself for ever.
const WAKES: usize = 10_000;

pub(super) struct Town<'p> {
    package: &'p Package,
    pub(super) engine: Engine,
    pub(super) registers: Registers,
    pub(super) store: Arc<Store>,
    pub(super) clock: Arc<SimulatedClock>,
    pub(super) case_register: RegisterDef,
    realm: RealmId,
    _folder: TemporaryStore,
}

/// A failure that is not an unmet expectation: the scenario cannot go on.
pub(super) type Broken = String;

pub(super) fn broken(error: impl ToString) -> Broken {
    error.to_string()
}

impl<'p> Town<'p> {
    pub(super) fn new(package: &'p Package, others: &[&'p Package]) -> Result<Self, Broken> {
        let case_type = package
            .case_type()
            .ok_or_else(|| "the package has no cases, so it has no scenarios".to_owned())?;
        let register = package
            .registers
            .iter()
            .find(|register| register.is_case)
            .cloned();
        let all: Vec<&Package> = others.iter().copied().chain([package]).collect();
        let mut schema = yuandu_identity::schema();
        schema.extend(yuandu_process::schema());
        schema.extend(all.iter().flat_map(|package| package.tables()));
        let folder = Store::temporary(&schema).map_err(broken)?;
        let store = folder.shared();
        let policies: Vec<PolicySource> = all
            .iter()
            .flat_map(|package| package.policies.iter().cloned())
            .collect();
        let gate = Arc::new(Gate::new(&policies).map_err(|problems| told(&problems))?);
        let calendar = Arc::new(Calendar::statutory().clone());
        let engine = Engine::new(
            Arc::clone(&store),
            Arc::clone(&gate),
            calendar,
            vec![case_type],
        )
        .map_err(|problems| told(&problems))?;
        let defs: Vec<RegisterDef> = all
            .iter()
            .flat_map(|package| package.registers.iter().cloned())
            .collect();
        let lists = all
            .iter()
            .map(|package| (package.id().to_owned(), package.lists.clone()));
        let registers = Registers::new(Arc::clone(&store), gate, defs, lists);
        Ok(Self {
            package,
            engine,
            registers,
            store,
            clock: Arc::new(SimulatedClock::new(Timestamp::UNIX_EPOCH)),
            case_register: register
                .ok_or_else(|| "the package has no register of cases".to_owned())?,
            realm: RealmId::new(REALM).ok_or_else(|| "no realm".to_owned())?,
            _folder: folder,
        })
    }

    /// The platform itself, which may see everything.
    pub(super) fn system(&self) -> OpCtx {
        self.ctx(Actor::System("scenario"))
    }

    fn ctx(&self, actor: Actor) -> OpCtx {
        OpCtx::new(
            self.realm,
            actor,
            Arc::clone(&self.clock) as Arc<dyn yuandu_base::Clock>,
        )
        .for_purpose("scenario")
    }

    /// Who a step names: `resident`, or a post template in an organisation.
    pub(super) fn actor(&self, step: &Step) -> Result<OpCtx, Broken> {
        let who = step.who.as_deref().unwrap_or("resident");
        if who == "resident" {
            return Ok(self.ctx(Actor::Anonymous));
        }
        let post = self
            .package
            .manifest
            .posts
            .iter()
            .find(|post| post.id == who)
            .ok_or_else(|| {
                let known: Vec<&str> = self
                    .package
                    .manifest
                    .posts
                    .iter()
                    .map(|post| post.id.as_str())
                    .collect();
                format!(
                    "no post template `{who}`; there are resident, {}",
                    known.join(", ")
                )
            })?;
        let org = step.org.as_deref().unwrap_or(&self.package.manifest.owner);
        let grids = (!step.grids.is_empty()).then(|| step.grids.iter().cloned().collect());
        Ok(self.ctx(Actor::Officer(Arc::new(Officer {
            user: UserId::from_parts(Timestamp::UNIX_EPOCH, seed(&format!("{who}@{org}"))),
            login: format!("{who}@{org}"),
            name: format!("{}·{org}", post.title.zh),
            post: PostId::from_parts(Timestamp::UNIX_EPOCH, seed(&format!("post {who}@{org}"))),
            post_title: post.title.clone(),
            org: org_id(org),
            org_name: LocalText::new(org, org),
            roles: post.roles.iter().cloned().collect(),
            scope: Scope {
                grids,
                ..Scope::default()
            },
            principal: PrincipalCell::default(),
        }))))
    }

    /// Moves the clock; every timer on the way fires at its own instant.
    pub(super) fn advance(&self, to: Timestamp) -> Result<(), Broken> {
        let realm = i64::from(self.realm.get());
        for _ in 0..WAKES {
            let due = self
                .store
                .read(|reader| queries::next_timer(reader, realm))
                .map_err(broken)?;
            let Some(due) = due.filter(|due| *due <= to) else {
                self.clock.set(to);
                return Ok(());
            };
            self.clock
                .set(due.max(yuandu_base::Clock::now(self.clock.as_ref())));
            let fired = self
                .engine
                .fire_due_timers(&self.system(), 100)
                .map_err(broken)?;
            if fired.total() == 0 {
                return Err(format!("a timer due at {due} does not fire"));
            }
        }
        Err("timers fire without end".to_owned())
    }

    /// Makes what exists before the story.
    pub(super) fn set_up(&self, step: &Step) -> Result<(), Broken> {
        let ctx = self.system();
        if !step.orgs.is_empty() {
            let orgs = step.orgs.iter().map(|org| {
                Change::put("orgs")
                    .with("id", org_id(org).to_string())
                    .with("name_zh", org)
                    .with("name_en", org)
                    .with("kind", "department")
                    .with("division", "")
                    .with("credit_code", "")
                    .with("status", "active")
            });
            let plan =
                Plan::new(ctx.realm, ctx.entry("scenario.setup", "orgs", Json::Null)).changes(orgs);
            self.store.commit(plan).map_err(broken)?;
        }
        for (register, data) in &step.records {
            let name = if register.contains('.') {
                register.clone()
            } else {
                format!("{}.{register}", self.package.id())
            };
            let def = self.registers.def(&name).map_err(broken)?;
            let data = self.mapped(&def.fields, data)?;
            let put = PutRecord {
                register: name,
                data,
                ..PutRecord::default()
            };
            self.registers.put_record(&ctx, &put).map_err(|error| {
                let messages: Vec<String> = error
                    .messages()
                    .into_iter()
                    .map(|message| message.en)
                    .collect();
                format!("setup of `{register}`: {}", messages.join("; "))
            })?;
        }
        Ok(())
    }

    /// Stands in for what a story only hints at: organisations by their names, photos that exist.
    pub(super) fn mapped(
        &self,
        fields: &[yuandu_schema::FieldDef],
        data: &Map<String, Json>,
    ) -> Result<Map<String, Json>, Broken> {
        let mut mapped = data.clone();
        for field in fields {
            let Some(value) = mapped.get_mut(&field.name) else {
                continue;
            };
            match (&field.kind, &*value) {
                (yuandu_schema::FieldType::Org, Json::String(org)) => {
                    *value = org_id(org).to_string().into()
                }
                (yuandu_schema::FieldType::Photos { .. }, Json::String(name)) => {
                    *value = Json::Array(vec![self.photo(name)?.into()]);
                }
                _ => {}
            }
        }
        Ok(mapped)
    }

    fn photo(&self, name: &str) -> Result<String, Broken> {
        let bytes = name.as_bytes();
        let blob = self.store.blobs().put(bytes).map_err(broken)?;
        let ctx = self.system();
        let plan = Plan::new(ctx.realm, ctx.entry("scenario.photo", "photo", Json::Null));
        let plan = plan.change(Blobs::record(&blob, bytes.len(), "image/jpeg", ctx.now()));
        self.store.commit(plan).map_err(broken)?;
        Ok(blob.as_str().to_owned())
    }
}

/// The id of an organisation that a story names.
pub(super) fn org_id(name: &str) -> OrgId {
    name.parse()
        .unwrap_or_else(|_| OrgId::from_parts(Timestamp::UNIX_EPOCH, seed(name)))
}

fn seed(name: &str) -> [u8; 10] {
    let digest = Sha256::digest(name.as_bytes());
    let mut seed = [0; 10];
    for (to, from) in seed.iter_mut().zip(digest.iter()) {
        *to = *from;
    }
    seed
}

fn told(problems: &[yuandu_base::Problem]) -> Broken {
    let lines: Vec<String> = problems
        .iter()
        .map(|problem| format!("{}: {}", problem.place, problem.message.en))
        .collect();
    lines.join("; ")
}
