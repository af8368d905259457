//! The city of a scenario: a store of its own, a clock that stands until it is moved, organisations and officers made
//! from the package's post templates as they are named.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use yuandu_base::calendar::{Calendar, CalendarChange};
use yuandu_base::{LocalText, SimulatedClock};
use yuandu_identity::{
    Actor, Directory, Gate, Holding, Identity, IdentityError, IdentityOptions, NewPassword,
    Officer, OpCtx, Organisation, Person, PersonRecord, PersonStatus, Post, PrincipalCell, Scope,
};
use yuandu_ids::{OrgId, PostId, RealmId, UserId};
use yuandu_process::{CaseType, Engine, ProcessError, PublishCalendar};
use yuandu_registers::{Registers, RegistersError};
use yuandu_schema::RegisterDef;
use yuandu_store::{Store, StoreError, TableDef, TemporaryStore, verify};

use super::Who;
use super::queries;
use crate::manifest::PostTemplate;
use crate::package::Package;
use crate::packages::Packages;

/// Timers fired at one instant at most; beyond this a process must be arming them without end.
const TIMERS: usize = 1_000;

/// The realm scenarios run in: any city does.
const REALM: u32 = 370_700;

/// What stops a scenario.
#[derive(Debug, thiserror::Error)]
pub(super) enum WorldError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Identity(#[from] IdentityError),
    #[error(transparent)]
    Process(#[from] ProcessError),
    #[error(transparent)]
    Registers(#[from] RegistersError),
    #[error("{0}")]
    Text(String),
}

/// What all scenarios of a package share.
pub(super) struct Stage<'p> {
    packages: &'p Packages,
    package: &'p Package,
    /// Its kind of case and what the case knows; none in a package of registers alone.
    pub(super) kind: Option<CaseType>,
    pub(super) register: Option<&'p RegisterDef>,
    gate: Arc<Gate>,
    tables: Vec<TableDef>,
}

impl<'p> Stage<'p> {
    pub(super) fn new(packages: &'p Packages, package: &'p Package) -> Result<Self, WorldError> {
        let gate = Gate::new(&packages.policies())
            .map_err(told)?
            .with_role_titles(packages.role_titles());
        let mut tables = yuandu_identity::schema();
        tables.extend(yuandu_process::schema());
        tables.extend(yuandu_registers::schema());
        tables.extend(packages.table_defs());
        Ok(Self {
            packages,
            package,
            kind: package.case_type(),
            register: package.case_register(),
            gate: Arc::new(gate),
            tables,
        })
    }
}

fn told(found: Vec<yuandu_base::Problem>) -> WorldError {
    let lines: Vec<String> = found
        .iter()
        .map(|p| format!("{}: {}", p.place, p.message.en))
        .collect();
    WorldError::Text(lines.join("; "))
}

/// The city of one scenario.
pub(super) struct World<'s> {
    stage: &'s Stage<'s>,
    store: TemporaryStore,
    pub(super) engine: Engine,
    pub(super) registers: Registers,
    identity: Identity,
    clock: Arc<SimulatedClock>,
    realm: RealmId,
    orgs: BTreeSet<String>,
    people: BTreeSet<String>,
}

impl<'s> World<'s> {
    pub(super) fn new(stage: &'s Stage<'s>) -> Result<Self, WorldError> {
        let store = Store::temporary(&stage.tables)?;
        let calendar = Arc::new(Calendar::statutory().clone());
        let engine = Engine::new(
            store.shared(),
            Arc::clone(&stage.gate),
            calendar,
            stage.kind.iter().cloned().collect(),
        );
        let engine = engine.map_err(told)?;
        let registers = Registers::new(
            store.shared(),
            Arc::clone(&stage.gate),
            stage.packages.registers().cloned(),
            stage.packages.code_lists(),
        );
        let identity = Identity::new(
            store.shared(),
            Arc::clone(&stage.gate),
            IdentityOptions::for_testing(),
        )?;
        let realm = RealmId::new(REALM).ok_or_else(|| WorldError::Text("no realm".to_owned()))?;
        Ok(Self {
            stage,
            engine,
            registers,
            identity,
            clock: Arc::new(SimulatedClock::new(Timestamp::UNIX_EPOCH)),
            realm,
            orgs: BTreeSet::new(),
            people: BTreeSet::new(),
            store,
        })
    }

    /// The full name of a register of the package or of one it needs.
    pub(super) fn register_name(&self, register: &str) -> String {
        match register.contains('.') {
            true => register.to_owned(),
            false => format!("{}.{register}", self.stage.package.id()),
        }
    }

    pub(super) fn store(&self) -> &Store {
        &self.store
    }

    pub(super) fn realm(&self) -> i64 {
        i64::from(self.realm.get())
    }

    pub(super) fn now(&self) -> Timestamp {
        yuandu_base::Clock::now(self.clock.as_ref())
    }

    /// Moves the clock on; every timer that is due on the way fires at its own instant, in order.
    pub(super) fn move_to(&mut self, at: jiff::civil::DateTime) -> Result<(), WorldError> {
        let zone = Calendar::statutory().time_zone();
        let until = zone
            .to_timestamp(at)
            .map_err(|error| WorldError::Text(error.to_string()))?;
        for _ in 0..TIMERS {
            let next = self
                .store
                .read(|reader| queries::next_timer(reader, self.realm(), until))?;
            let Some(due) = next else {
                self.clock.set(until);
                return self.no_incident();
            };
            self.clock.set(due.max(self.now()));
            self.engine
                .fire_due_timers(&self.context(Actor::System("timer")), TIMERS)?;
        }
        Err(WorldError::Text(
            "timers do not come to an end; a process arms them again and again".to_owned(),
        ))
    }

    /// A timer that its case could not take is recorded as an incident; a scenario must not pass over it.
    fn no_incident(&self) -> Result<(), WorldError> {
        let incidents = self
            .store
            .read(|reader| queries::incidents(reader, self.realm()))?;
        match incidents.first() {
            None => Ok(()),
            Some(incident) => Err(WorldError::Text(format!("a timer failed at {incident}"))),
        }
    }

    fn context(&self, actor: Actor) -> OpCtx {
        OpCtx::new(self.realm, actor, self.clock.clone()).for_purpose("scenario")
    }

    /// The context of who acts in a step.
    pub(super) fn acting(&mut self, who: &Who) -> Result<OpCtx, WorldError> {
        let actor = match who {
            Who::Platform => Actor::System("scenario"),
            Who::Resident => Actor::Anonymous,
            Who::Post { .. } => Actor::Officer(Arc::new(self.officer(who)?)),
        };
        Ok(self.context(actor))
    }

    /// Makes an organisation that a step names, if it is not there yet.
    pub(super) fn ensure_org(&mut self, org: &str) -> Result<(), WorldError> {
        if self.orgs.contains(org) {
            return Ok(());
        }
        let organisation = Organisation {
            id: org_id(org)?,
            name: LocalText::new(org, org),
            kind: "department".to_owned(),
            parent: None,
            division: String::new(),
            credit_code: String::new(),
            active: true,
        };
        let ctx = self.context(Actor::System("scenario"));
        self.identity.import_organisations(&ctx, &[organisation])?;
        let templates = self.stage.package.posts().iter();
        let posts: Vec<Post> = templates
            .map(|template| post(template, org))
            .collect::<Result<_, WorldError>>()?;
        self.identity.import_posts(&ctx, &posts)?;
        self.orgs.insert(org.to_owned());
        Ok(())
    }

    fn officer(&mut self, who: &Who) -> Result<Officer, WorldError> {
        let Who::Post {
            template,
            org,
            grids,
            categories,
        } = who
        else {
            return Err(WorldError::Text("nobody acts".to_owned()));
        };
        let templates = self.stage.package.posts();
        let template = templates
            .iter()
            .find(|post| post.id == *template)
            .ok_or_else(|| WorldError::Text(format!("there is no post `{template}`")))?;
        self.ensure_org(org)?;
        let held = post(template, org)?;
        let login = format!("{}@{org}", template.id);
        let set = |limit: &Option<Vec<String>>| {
            limit.as_ref().map(|items| items.iter().cloned().collect())
        };
        Ok(Officer {
            user: UserId::from_parts(Timestamp::UNIX_EPOCH, digest(&login)),
            name: login.clone(),
            post: held.id,
            post_title: held.title,
            org: held.org,
            org_name: LocalText::new(org.as_str(), org.as_str()),
            roles: held.roles,
            scope: Scope {
                categories: set(categories),
                divisions: None,
                grids: set(grids),
            },
            principal: PrincipalCell::default(),
            login,
        })
    }

    /// Organisations, posts and people who were named so far.
    pub(super) fn directory(&self) -> Result<Arc<Directory>, WorldError> {
        Ok(self.identity.directory(self.realm)?)
    }

    /// The id of whoever holds a post of an organisation; account and holding are made when they are named.
    pub(super) fn person(&mut self, template: &str, org: &str) -> Result<String, WorldError> {
        let officer = self.officer(&Who::Post {
            template: template.to_owned(),
            org: org.to_owned(),
            grids: None,
            categories: None,
        })?;
        let id = officer.user.to_string();
        if !self.people.insert(id.clone()) {
            return Ok(id);
        }
        let ctx = self.context(Actor::System("scenario"));
        let person = Person {
            id: officer.user,
            login: officer.login,
            name: officer.name,
            phone: String::new(),
            status: PersonStatus::Active,
        };
        let password = NewPassword::Keep;
        self.identity
            .import_people(&ctx, &[PersonRecord { person, password }])?;
        let holding = Holding {
            user: officer.user,
            post: officer.post,
            from: Timestamp::UNIX_EPOCH,
            to: None,
        };
        self.identity.import_holdings(&ctx, &[holding])?;
        Ok(id)
    }

    /// A photo of a scenario is a word: small bytes stored under their own name. The entry that names it records it.
    pub(super) fn photo(&self, word: &str) -> Result<String, WorldError> {
        let bytes = format!("photo of a scenario: {word}");
        Ok(self.store.blobs().put(bytes.as_bytes())?.to_string())
    }

    /// The working calendar now.
    pub(super) fn calendar(&self) -> Result<Arc<Calendar>, WorldError> {
        Ok(self.engine.calendar(self.realm)?)
    }

    /// Publishes a version of the working calendar; the open deadlines follow at once, as they do on a server.
    pub(super) fn edit_calendar(
        &self,
        change: &CalendarChange,
        basis: &str,
    ) -> Result<(), WorldError> {
        let ctx = self.context(Actor::System("scenario"));
        let request = PublishCalendar {
            change: change.clone(),
            basis: basis.to_owned(),
        };
        self.engine.publish_calendar(&ctx, &request)?;
        self.engine.follow_calendar(&ctx)?;
        Ok(())
    }

    /// Walks the log and compares the tables with it, as `yuandu verify` does.
    pub(super) fn verify(&self) -> Result<Vec<String>, WorldError> {
        let report = verify::verify(self.store.folder(), &self.stage.tables, &mut |_, _, _| {})?;
        Ok(report
            .findings
            .iter()
            .map(|finding| format!("{}: {}", finding.place, finding.what))
            .collect())
    }
}

fn org_id(org: &str) -> Result<OrgId, WorldError> {
    org.parse()
        .map_err(|_| WorldError::Text(format!("`{org}` is no id of an organisation")))
}

/// The post that an organisation has by a template of the package.
fn post(template: &PostTemplate, org: &str) -> Result<Post, WorldError> {
    let id = format!("{}-{org}", template.id);
    let id: PostId = id
        .parse()
        .map_err(|_| WorldError::Text(format!("`{id}` is no id of a post")))?;
    Ok(Post {
        id,
        org: org_id(org)?,
        title: template.title.clone(),
        roles: template.roles.iter().cloned().collect(),
        scope: Scope::default(),
    })
}

/// Ten bytes that are the same for the same text in every run (FNV-1a over two offsets): ids of people in scenarios.
fn digest(text: &str) -> [u8; 10] {
    let hash = |start: u64| {
        text.bytes().fold(start, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    };
    let (first, second) = (
        hash(0xcbf2_9ce4_8422_2325).to_be_bytes(),
        hash(0x9ae1_6a3b_2f90_404f).to_be_bytes(),
    );
    let mut bytes = [0; 10];
    for (to, from) in bytes.iter_mut().zip(first.into_iter().chain(second)) {
        *to = from;
    }
    bytes
}
