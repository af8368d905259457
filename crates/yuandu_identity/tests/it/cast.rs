//! The people and things of the tests: officers, policies, and an identity service with a small city in it.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use yuandu_base::{Clock, LocalText, SimulatedClock};
use yuandu_identity::{
    Actor, Gate, Holding, Identity, IdentityError, IdentityOptions, NewPassword, Officer, OpCtx,
    Organisation, Password, Person, PersonRecord, PersonStatus, PolicySource, Post, Scope, SignIn,
    schema,
};
use yuandu_ids::{OrgId, PostId, UserId};
use yuandu_store::{Store, TableDef, TemporaryStore};

/// The password of everyone in the tests.
pub const PASSWORD: &str = "白浪河畔-风筝-2026";

/// An id with a readable seed.
pub fn user(seed: u8) -> UserId {
    UserId::from_parts(Timestamp::UNIX_EPOCH, [seed; 10])
}

pub fn org(seed: u8) -> OrgId {
    OrgId::from_parts(Timestamp::UNIX_EPOCH, [seed; 10])
}

pub fn post(seed: u8) -> PostId {
    PostId::from_parts(Timestamp::UNIX_EPOCH, [seed; 10])
}

pub fn texts<const N: usize>(texts: [&str; N]) -> BTreeSet<String> {
    texts.into_iter().map(str::to_owned).collect()
}

/// An officer of organisation 1 with these roles and limits.
pub fn officer(roles: &[&str], scope: Scope) -> Officer {
    Officer {
        user: user(1),
        login: "wang.wei".into(),
        name: "王伟".into(),
        post: post(1),
        post_title: LocalText::new("岗位", "Post"),
        org: org(1),
        org_name: LocalText::new("奎文区环卫中心", "Kuiwen Sanitation"),
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        scope,
        principal: yuandu_identity::PrincipalCell::default(),
    }
}

pub fn acting(officer: Officer) -> OpCtx {
    OpCtx::for_testing(Actor::Officer(Arc::new(officer)))
}

/// The policies of the city-care package as they are in the repository.
pub fn city_care() -> PolicySource {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../systems/city-care/policies/city-care.cedar");
    PolicySource {
        package: "city-care".into(),
        file: "city-care.cedar".into(),
        text: std::fs::read_to_string(path).unwrap(),
    }
}

pub fn city_care_gate() -> Gate {
    let title =
        |role: &str, zh: &str, en: &str| (format!("city-care.{role}"), LocalText::new(zh, en));
    Gate::new(&[city_care()]).unwrap().with_role_titles([
        title("collector", "采集员", "Collector"),
        title("seat", "坐席员", "Seat officer"),
        title("handler", "处置经办人", "Handler"),
        title("inspector", "结案员", "Inspector"),
        title("arbiter", "值班长（裁定人）", "Duty chief (arbiter)"),
        title("leader", "领导", "Leader"),
    ])
}

/// A small city: two organisations, a person with two posts, a clock that stands still.
pub struct City {
    pub identity: Identity,
    pub clock: Arc<SimulatedClock>,
    pub store: TemporaryStore,
}

impl City {
    pub fn new() -> Self {
        Self::with_tables(Vec::new())
    }

    pub fn with_tables(more: Vec<TableDef>) -> Self {
        let tables: Vec<TableDef> = schema().into_iter().chain(more).collect();
        let store = Store::temporary(&tables).unwrap();
        let identity = Identity::new(
            store.shared(),
            Arc::new(city_care_gate()),
            IdentityOptions::for_testing(),
        )
        .unwrap();
        let clock = Arc::new(SimulatedClock::new("2026-03-02T01:00:00Z".parse().unwrap()));
        let city = Self {
            identity,
            clock,
            store,
        };
        city.seed();
        city
    }

    fn seed(&self) {
        let ctx = self.system();
        let identity = &self.identity;
        identity
            .import_organisations(&ctx, &[organisation(1, None), organisation(2, Some(1))])
            .unwrap();
        identity
            .import_posts(
                &ctx,
                &[
                    seat_post(1, 1, "city-care.seat"),
                    seat_post(2, 2, "city-care.handler"),
                    seat_post(3, 1, "kernel.admin"),
                ],
            )
            .unwrap();
        identity
            .import_people(&ctx, &[self.person(1, "wang.wei"), self.person(2, "li.na")])
            .unwrap();
        let from = self.clock.now();
        let hold = |user_seed, post_seed, to| Holding {
            user: user(user_seed),
            post: post(post_seed),
            from,
            to,
        };
        let a_week = from
            .checked_add(SignedDuration::from_hours(24 * 7))
            .unwrap();
        identity
            .import_holdings(
                &ctx,
                &[hold(1, 1, None), hold(1, 2, Some(a_week)), hold(2, 3, None)],
            )
            .unwrap();
    }

    pub fn person(&self, seed: u8, login: &str) -> PersonRecord {
        let hash = self
            .identity
            .hasher()
            .hash(&Password::parse(PASSWORD).unwrap())
            .unwrap();
        let person = Person {
            id: user(seed),
            login: login.into(),
            name: "某人".into(),
            phone: String::new(),
            status: PersonStatus::Active,
        };
        PersonRecord {
            person,
            password: NewPassword::Hashed(hash),
        }
    }

    pub fn ctx(&self, actor: Actor) -> OpCtx {
        OpCtx {
            clock: Arc::<SimulatedClock>::clone(&self.clock),
            ..OpCtx::for_testing(actor)
        }
    }

    pub fn system(&self) -> OpCtx {
        self.ctx(Actor::System("test"))
    }

    pub fn visitor(&self) -> OpCtx {
        self.ctx(Actor::Anonymous)
    }

    pub fn sign_in(
        &self,
        login: &str,
        password: &str,
    ) -> Result<yuandu_identity::NewSession, IdentityError> {
        let command = SignIn {
            login: login.into(),
            password: password.into(),
            post: None,
        };
        self.identity.sign_in(&self.visitor(), &command)
    }

    pub fn advance(&self, minutes: i64) {
        self.clock.advance(SignedDuration::from_mins(minutes));
    }
}

pub fn organisation(seed: u8, parent: Option<u8>) -> Organisation {
    Organisation {
        id: org(seed),
        name: LocalText::new(format!("机构{seed}"), format!("Organisation {seed}")),
        kind: "department".into(),
        parent: parent.map(org),
        division: "370705".into(),
        credit_code: String::new(),
        active: true,
    }
}

pub fn seat_post(seed: u8, org_seed: u8, role: &str) -> Post {
    Post {
        id: post(seed),
        org: org(org_seed),
        title: LocalText::new(format!("岗位{seed}"), format!("Post {seed}")),
        roles: texts([role]),
        scope: Scope {
            categories: Some(texts(["01", "02003"])),
            ..Scope::default()
        },
    }
}
