//! A small city with a clock that stands still: two districts, two unit grids, two components, a person for each role.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use axum::Router;
use tempfile::TempDir;
use yuandu::city::City as Which;
use yuandu::compose;
use yuandu_api::App;
use yuandu_base::calendar::Calendar;
use yuandu_base::{LocalText, SimulatedClock};
use yuandu_identity::{
    Actor, Holding, NewPassword, OpCtx, Organisation, Password, Person, PersonRecord, PersonStatus,
    Post, Scope,
};
use yuandu_ids::UserId;
use yuandu_package::{Package, Packages};
use yuandu_process::{CaseType, Engine};
use yuandu_registers::ImportCsv;
use yuandu_store::{Store, StoreOptions};

/// The unit grid that the collector walks.
pub const GRID: &str = "370705001001001";
/// A unit grid of someone else.
pub const OTHER_GRID: &str = "370702001001001";
/// A place in [`GRID`].
pub const HERE: (f64, f64) = (119.105, 36.705);
/// A manhole of the drainage company, though its category belongs to the water company.
pub const MANHOLE: &str = "37070501001000001";
/// The password of everyone.
pub const PASSWORD: &str = "kite-over-weifang";
/// Monday, 09:00 in the city.
pub const MORNING: &str = "2026-09-21T01:00:00Z";

/// Login, organisation, role.
pub const PEOPLE: [(&str, &str, &str); 16] = [
    ("collector", "supervision", "city-care.collector"),
    ("seat", "command", "city-care.seat"),
    ("water", "water-supply", "city-care.handler"),
    ("drains", "drainage", "city-care.handler"),
    ("inspector", "command", "city-care.inspector"),
    ("arbiter", "command", "city-care.arbiter"),
    ("leader", "government", "city-care.leader"),
    ("admin", "data-centre", "kernel.admin"),
    ("auditor", "data-centre", "kernel.auditor"),
    ("registrar", "data-centre", "kernel.registrar"),
    ("security", "data-centre", "kernel.security"),
    ("seat-two", "command", "city-care.seat"),
    ("admin-two", "data-centre", "kernel.admin"),
    ("water-two", "water-supply", "city-care.handler"),
    ("admin-three", "data-centre", "kernel.admin"),
    ("registrar2", "data-centre", "kernel.registrar"),
];

/// The files of a kind of case as a package of an older version has them.
fn older(kind: &CaseType) -> BTreeMap<String, String> {
    let written = format!("version = \"{}\"", kind.version);
    let mut files = kind.files.clone();
    let manifest = files.get_mut("package.toml").unwrap();
    *manifest = manifest.replacen(&written, "version = \"0.9.0\"", 1);
    files
}

pub static PACKAGES: LazyLock<Packages> = LazyLock::new(|| compose::packages(None).unwrap());

pub struct City {
    pub app: App,
    pub clock: Arc<SimulatedClock>,
    pub router: Router,
    dir: TempDir,
}

impl City {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&StoreOptions::new(dir.path()), &compose::tables(&PACKAGES));
        let city = Self::around(dir, store.unwrap());
        city.write_people();
        city.write_places();
        city
    }

    /// The same city, in which an older version of city care was published that says the same as the present one.
    pub fn with_versions() -> Self {
        let city = Self::new();
        let kind = PACKAGES
            .get("city-care")
            .and_then(Package::case_type)
            .unwrap();
        let old = CaseType {
            version: "0.9.0".to_owned(),
            files: older(&kind),
            ..kind
        };
        let (store, gate) = (Arc::clone(&city.app.store), Arc::clone(&city.app.gate));
        let calendar = Arc::new(Calendar::statutory().clone());
        let engine = Engine::new(store, gate, calendar, vec![old]).unwrap();
        engine.publish_versions(&city.system()).unwrap();
        let Self {
            app, router, dir, ..
        } = city;
        drop((app, router, engine));
        let store = Store::open(&StoreOptions::new(dir.path()), &compose::tables(&PACKAGES));
        Self::around(dir, store.unwrap())
    }

    /// The same city on a disk that has room for `pages` more pages.
    pub fn on_a_full_disk(self, pages: i64) -> Self {
        let Self {
            app, router, dir, ..
        } = self;
        drop(router);
        drop(app);
        let used = std::fs::metadata(dir.path().join("yuandu.db"))
            .unwrap()
            .len()
            / 4096;
        let store = Store::open_with_page_limit(
            &StoreOptions::new(dir.path()),
            &compose::tables(&PACKAGES),
            i64::try_from(used).unwrap() + pages,
        );
        Self::around(dir, store.unwrap())
    }

    fn around(dir: TempDir, store: Store) -> Self {
        let clock = Arc::new(SimulatedClock::new(MORNING.parse().unwrap()));
        let opening = compose::Opening {
            // A demo city hashes passwords cheaply.
            city: &Which::demo().unwrap(),
            store: StoreOptions::new(dir.path()),
            packages: &PACKAGES,
            clock: clock.clone(),
            demo_accounts: Vec::new(),
            public_url: Some("http://city.test".to_owned()),
            behind_proxy: true,
        };
        let app = compose::assemble(opening, Arc::new(store)).unwrap();
        let router = yuandu_api::router(app.clone(), yuandu_web::pages::router());
        Self {
            app,
            clock,
            router,
            dir,
        }
    }

    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Entries in the log.
    pub fn size(&self) -> u64 {
        self.app.store.size()
    }

    /// The platform itself.
    pub fn system(&self) -> OpCtx {
        OpCtx::new(
            self.app.realm,
            Actor::System("test"),
            self.app.clock.clone(),
        )
    }

    /// Fires what is due.
    pub fn fire(&self) -> usize {
        let fired = self.app.engine.fire_due_timers(&self.system(), 100);
        fired.unwrap().fired
    }

    fn write_people(&self) {
        let (ctx, identity) = (self.system(), &self.app.identity);
        let mut orgs: Vec<&str> = PEOPLE.iter().map(|(_, org, _)| *org).collect();
        orgs.sort_unstable();
        orgs.dedup();
        let orgs: Vec<Organisation> = orgs
            .iter()
            .map(|id| Organisation {
                id: id.parse().unwrap(),
                name: LocalText::new(format!("单位 {id}"), format!("Unit {id}")),
                kind: "department".into(),
                parent: None,
                division: String::new(),
                credit_code: String::new(),
                active: true,
            })
            .collect();
        identity.import_organisations(&ctx, &orgs).unwrap();
        let posts: Vec<Post> = PEOPLE.iter().map(post).collect();
        identity.import_posts(&ctx, &posts).unwrap();
        let hash = identity
            .hasher()
            .hash(&Password::parse(PASSWORD).unwrap())
            .unwrap();
        let (mut people, mut holdings) = (Vec::new(), Vec::new());
        for (seed, (login, ..)) in (1_u8..).zip(PEOPLE) {
            let id = UserId::from_parts(ctx.now(), [seed; 10]);
            people.push(PersonRecord {
                person: Person {
                    id,
                    login: login.into(),
                    name: format!("演示{login}"),
                    phone: String::new(),
                    status: PersonStatus::Active,
                },
                password: NewPassword::Hashed(hash.clone()),
            });
            holdings.push(Holding {
                user: id,
                post: login.parse().unwrap(),
                from: ctx.now(),
                to: None,
            });
        }
        identity.import_people(&ctx, &people).unwrap();
        identity.import_holdings(&ctx, &holdings).unwrap();
    }

    fn write_places(&self) {
        self.import(
            "spatial.division",
            &format!(
                "code,name,level,outline\n370700,潍坊市,city,\n370705,奎文区,county,{}\n370702,潍城区,county,{}\n",
                square(119.10, 36.60, 0.2),
                square(118.90, 36.60, 0.2),
            ),
        );
        self.import(
            "city-care.responsibility-grid",
            "code,title,district\neast,东片,370705\nwest,西片,370702\n",
        );
        let head = "code,responsibility_grid,street,community,centre_lon,centre_lat,outline";
        self.import(
            "city-care.grid",
            &format!(
                "{head}\n{GRID},east,370705001,370705001001,119.105,36.705,{}\n{OTHER_GRID},west,370702001,370702001001,119.005,36.705,{}\n",
                square(119.10, 36.70, 0.01),
                square(119.00, 36.70, 0.01),
            ),
        );
        self.import(
            "city-care.component",
            &format!(
                "code,title,kind,authority,owner,grid,state,installed_on,place_lon,place_lat\n{MANHOLE},供水井盖,01001,water-supply,drainage,{GRID},intact,2020-01-01,119.105,36.705\n",
            ),
        );
    }

    pub fn import(&self, register: &str, file: &str) {
        let import = ImportCsv {
            register: register.to_owned(),
            file_name: format!("{register}.csv"),
            allow_partial: false,
            dry_run: false,
        };
        let report = self
            .app
            .registers
            .import_csv(&self.system(), &import, &mut file.as_bytes())
            .unwrap();
        assert_eq!(report.failed, 0, "{register}: {:?}", report.results);
    }
}

fn post((login, org, role): &(&str, &str, &str)) -> Post {
    let grids = (*role == "city-care.collector").then(|| [GRID.to_owned()].into());
    Post {
        id: login.parse().unwrap(),
        org: org.parse().unwrap(),
        title: LocalText::new(format!("岗位 {login}"), format!("Post {login}")),
        roles: [(*role).to_owned()].into(),
        scope: Scope {
            grids,
            ..Scope::default()
        },
    }
}

/// A square as GeoJSON in a field of CSV.
pub fn square(west: f64, south: f64, size: f64) -> String {
    let (east, north) = (west + size, south + size);
    let ring = format!(
        "[{west},{south}],[{east},{south}],[{east},{north}],[{west},{north}],[{west},{south}]"
    );
    format!(r#""{{""type"":""Polygon"",""coordinates"":[[{ring}]]}}""#)
}
