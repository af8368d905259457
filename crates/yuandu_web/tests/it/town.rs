//! A small city behind the real router: the real packages, a temporary store, one district, one grid, one officer.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};
use tower::ServiceExt as _;
use yuandu_api::{App, AppParts, SystemInfo};
use yuandu_base::calendar::Calendar;
use yuandu_base::{LocalText, SimulatedClock};
use yuandu_exchange::Exchange;
use yuandu_identity::{
    Actor, Gate, Holding, Identity, IdentityOptions, NewPassword, OpCtx, Organisation, Password,
    Person, PersonRecord, PersonStatus, Post, Scope, Vault,
};
use yuandu_ids::{RealmId, UserId};
use yuandu_oidc::{Options, Provider};
use yuandu_package::{Source, load_all};
use yuandu_pki::Pki;
use yuandu_places::{Locator, Tiles};
use yuandu_process::{CaseFilter, CaseOrder, CompleteTask, Engine};
use yuandu_registers::Registers;
use yuandu_store::{Change, Entry, Plan, Store, StoreError, TemporaryStore};

pub const GRID: &str = "370705001001001";
pub const PASSWORD: &str = "kite-over-weifang";
const OUTLINE: &str = r#"{"type":"Polygon","coordinates":[[[119.0,36.6],[119.3,36.6],[119.3,36.8],[119.0,36.8],[119.0,36.6]]]}"#;
const SQUARE: &str = r#"{"type":"Polygon","coordinates":[[[119.10,36.70],[119.11,36.70],[119.11,36.71],[119.10,36.71],[119.10,36.70]]]}"#;

/// A city with a clock that stands still until it is moved.
pub struct Town {
    pub app: App,
    pub clock: Arc<SimulatedClock>,
    router: Router,
    _store: TemporaryStore,
}

/// An answer, read whole.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    /// Where a redirect leads.
    pub fn location(&self) -> &str {
        self.headers[header::LOCATION].to_str().unwrap()
    }

    /// The value of a hidden field.
    pub fn hidden(&self, name: &str) -> String {
        let start = format!(r#"name="{name}" value=""#);
        let rest = self
            .text
            .split(&start)
            .nth(1)
            .unwrap_or_else(|| panic!("no `{name}` in {}", self.text));
        rest.split('"').next().unwrap().to_owned()
    }
}

impl Town {
    pub fn new() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../systems");
        let packages = load_all(&Source::all_on_disk(&root).unwrap()).unwrap();
        let mut tables = yuandu_identity::schema();
        tables.extend(yuandu_oidc::schema());
        tables.extend(yuandu_process::schema());
        tables.extend(yuandu_exchange::schema());
        tables.extend(yuandu_pki::schema());
        tables.extend(packages.table_defs());
        tables.extend(yuandu_archive::schema());
        let facts = packages.case_types().into_iter().map(|case| case.table);
        let archive = yuandu_api::archive::kind(&tables, facts);
        let temporary = Store::temporary(&tables).unwrap();
        let store = temporary.shared();
        let gate = Arc::new(Gate::new(&packages.policies()).unwrap());
        let identity = Identity::new(
            Arc::clone(&store),
            Arc::clone(&gate),
            IdentityOptions::for_testing(),
        );
        let identity = Arc::new(identity.unwrap());
        let provider = Provider::new(
            Arc::clone(&store),
            Arc::clone(&identity),
            Arc::new(Vault::passing()),
            Options::default(),
        );
        let exchange = Exchange::new(
            Arc::clone(&store),
            Arc::clone(&gate),
            Arc::new(Vault::passing()),
            Arc::new(()),
        );
        let engine = Engine::new(
            Arc::clone(&store),
            Arc::clone(&gate),
            Arc::new(Calendar::statutory().clone()),
            packages.case_types(),
        );
        let registers = Registers::new(
            Arc::clone(&store),
            Arc::clone(&gate),
            packages.registers().cloned(),
            packages.code_lists(),
        );
        let now: Timestamp = "2026-09-21T01:00:00Z".parse().unwrap();
        let clock = Arc::new(SimulatedClock::new(now));
        let realm = RealmId::new(370_700).unwrap();
        let systems = packages.iter().map(|package| SystemInfo {
            id: package.id().to_owned(),
            version: package.version().to_owned(),
            title: package.title().clone(),
            summary: package.summary().clone(),
            lists: package.code_lists().clone(),
            has_cases: package.case_type().is_some(),
            roles: BTreeMap::new(),
        });
        let app = App::new(AppParts {
            realm,
            city: LocalText::new("潍坊市", "Weifang"),
            clock: clock.clone(),
            pki: Arc::new(Pki::new(
                Arc::clone(&store),
                Arc::clone(&identity),
                Arc::new(Vault::passing()),
            )),
            identity,
            provider: Arc::new(provider),
            exchange: Arc::new(exchange),
            carrier: Arc::new(()),
            public_url: None,
            behind_proxy: false,
            engine: Arc::new(engine.unwrap()),
            registers: Arc::new(registers),
            tiles: Tiles::new(Arc::clone(&store), 370_700, Vec::new()),
            locator: Arc::new(Locator::new(
                Arc::clone(&store),
                370_700,
                "r_spatial_division",
                "r_city_care_grid",
            )),
            boards: BTreeMap::new(),
            archive: archive.unwrap(),
            systems: systems.collect(),
            demo_accounts: vec![(
                "seat".into(),
                PASSWORD.into(),
                LocalText::new("坐席员", "Seat officer"),
            )],
            gate,
            store,
        });
        let router = yuandu_api::router(app.clone(), yuandu_web::pages::router());
        let town = Self {
            app,
            clock,
            router,
            _store: temporary,
        };
        town.write_places();
        town.write_people();
        town
    }

    fn write_places(&self) {
        let place = |table: &'static str, code: &'static str| {
            Change::put(table).with("id", code).with("code", code)
        };
        let changes = [
            place("r_spatial_division", "370705")
                .with("name", "奎文区")
                .with("level", "county")
                .with("outline", OUTLINE),
            place("r_spatial_division", "370705001").with("name", "东关街道"),
            place("r_spatial_division", "370705001001").with("name", "后门街社区"),
            place("r_city_care_grid", GRID)
                .with("responsibility_grid", "x")
                .with("street", "370705001")
                .with("community", "370705001001")
                .with("outline", SQUARE),
        ];
        for change in changes {
            let entry = Entry {
                op: "test.put".into(),
                actor: "system:test".into(),
                on_behalf: None,
                subject: "test".into(),
                purpose: "test".into(),
                at: self.now(),
                note: Json::Null,
            };
            let plan = Plan::new(self.app.realm, entry).change(change);
            self.app.store.commit(plan).unwrap();
        }
    }

    fn write_people(&self) {
        let (ctx, identity) = (self.system(), &self.app.identity);
        let orgs = [
            ("command", "指挥中心"),
            ("hotline-centre", "热线中心"),
            ("water-supply", "供水公司"),
        ];
        let orgs = orgs.map(|(id, name)| Organisation {
            id: id.parse().unwrap(),
            name: LocalText::new(name, id),
            kind: "department".into(),
            parent: None,
            division: String::new(),
            credit_code: String::new(),
            active: true,
        });
        identity.import_organisations(&ctx, &orgs).unwrap();
        self.write_person(1, ("seat", "演示甲"), "command", "city-care.seat");
        self.write_person(2, ("agent", "演示乙"), "hotline-centre", "hotline.agent");
        self.write_person(3, ("collector", "演示丁"), "command", "city-care.collector");
        self.write_person(
            4,
            ("handler", "演示戊"),
            "water-supply",
            "city-care.handler",
        );
    }

    fn write_person(&self, number: u8, (login, name): (&str, &str), org: &str, role: &str) {
        let (ctx, identity) = (self.system(), &self.app.identity);
        let post = Post {
            id: login.parse().unwrap(),
            org: org.parse().unwrap(),
            title: LocalText::new("坐席员", "Seat officer"),
            roles: [role.to_owned()].into(),
            scope: Scope::default(),
        };
        identity.import_posts(&ctx, &[post]).unwrap();
        let id = UserId::from_parts(self.now(), [number; 10]);
        let person = Person {
            id,
            login: login.into(),
            name: name.into(),
            phone: String::new(),
            status: PersonStatus::Active,
        };
        let password = NewPassword::Set(Password::parse(PASSWORD).unwrap());
        identity
            .import_people(&ctx, &[PersonRecord { person, password }])
            .unwrap();
        let holding = Holding {
            user: id,
            post: login.parse().unwrap(),
            from: self.now(),
            to: None,
        };
        identity.import_holdings(&ctx, &[holding]).unwrap();
    }

    pub fn now(&self) -> Timestamp {
        self.app.clock.now()
    }

    /// The platform itself, which may do every step.
    pub fn system(&self) -> OpCtx {
        OpCtx::new(
            self.app.realm,
            Actor::System("test"),
            self.app.clock.clone(),
        )
    }

    /// How many cases there are.
    pub fn cases(&self) -> usize {
        let page = self.app.engine.list_cases(
            &self.system(),
            &CaseFilter::default(),
            CaseOrder::Opened,
            None,
            100,
        );
        page.unwrap().cases.len()
    }

    /// Whether the records name a photo, so that verification checks its file.
    pub fn records_photo(&self, name: &str) -> bool {
        let found: Result<_, StoreError> = self.app.store.read(|reader| {
            let sql = "SELECT id FROM blobs WHERE realm = $1 AND id = $2";
            reader.query_one(sql, &[i64::from(self.app.realm.get()).into(), name.into()])
        });
        found.unwrap().is_some()
    }

    /// Does the open task of a case.
    pub fn step(&self, number: &str, outcome: &str, data: Json) {
        let ctx = self.system();
        let case = self.app.engine.find_case(&ctx, number).unwrap();
        let view = self.app.engine.case_view(&ctx, &case.id).unwrap();
        let data: Map<String, Json> = data.as_object().unwrap().clone();
        let request = CompleteTask {
            task: view.tasks[0].task.id.clone(),
            outcome: outcome.into(),
            data,
            idempotency: None,
        };
        self.app.engine.complete_task(&ctx, &request).unwrap();
    }

    /// A collector confirms a report, a seat officer accepts it and sends it to the water supply.
    pub fn dispatch(&self, number: &str) {
        let photo = self.app.store.blobs().put(b"photo").unwrap();
        self.step(number, "confirmed", json!({ "place": { "lon": 119.105, "lat": 36.705 }, "verify_photos": [photo.as_str()] }));
        self.step(number, "accept", json!({ "category": "01037" }));
        self.step(number, "dispatch", json!({ "org": "water-supply" }));
    }

    /// A collector confirms a report, a seat officer refuses it.
    pub fn refuse(&self, number: &str) {
        let photo = self.app.store.blobs().put(b"photo").unwrap();
        self.step(number, "confirmed", json!({ "place": { "lon": 119.105, "lat": 36.705 }, "verify_photos": [photo.as_str()] }));
        self.step(
            number,
            "refuse",
            json!({ "refuse_reason": "private_property", "answer": "属于小区内部，请联系物业" }),
        );
    }

    async fn answer(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }
}

/// A browser that keeps its cookies.
pub struct Browser<'t> {
    town: &'t Town,
    cookies: BTreeMap<String, String>,
}

impl<'t> Browser<'t> {
    pub fn new(town: &'t Town) -> Self {
        Self {
            town,
            cookies: BTreeMap::new(),
        }
    }

    /// Chooses English.
    pub fn english(mut self) -> Self {
        self.cookies.insert("yuandu_lang".into(), "en".into());
        self
    }

    async fn send(&mut self, request: axum::http::request::Builder, body: Body) -> Answer {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = request
            .header(header::COOKIE, cookies.join("; "))
            .header(header::HOST, "city.test");
        let answer = self.town.answer(request.body(body).unwrap()).await;
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        answer
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path), Body::empty()).await
    }

    /// Posts a form with the cookie's own token, as a page of this site would.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut pairs: Vec<(&str, &str)> = fields.to_vec();
        let token = self.cookies.get("yuandu_csrf").cloned().unwrap_or_default();
        if !fields.iter().any(|(name, _)| *name == "_csrf") {
            pairs.push(("_csrf", &token));
        }
        let body: Vec<String> = pairs
            .iter()
            .map(|(name, value)| format!("{name}={}", encoded(value)))
            .collect();
        let request =
            Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, Body::from(body.join("&"))).await
    }

    /// Posts a form with files of the field `photos`.
    pub async fn post_photos(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        photos: &[(&str, &[u8])],
    ) -> Answer {
        let token = self.cookies.get("yuandu_csrf").cloned().unwrap_or_default();
        let mut body = Vec::new();
        for (name, value) in fields.iter().copied().chain([("_csrf", token.as_str())]) {
            body.extend(
                format!(
                    "--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
                )
                .bytes(),
            );
        }
        for (name, bytes) in photos {
            body.extend(format!("--edge\r\nContent-Disposition: form-data; name=\"photos\"; filename=\"{name}\"\r\nContent-Type: image/jpeg\r\n\r\n").bytes());
            body.extend_from_slice(bytes);
            body.extend(b"\r\n");
        }
        body.extend(b"--edge--\r\n");
        let request =
            Request::post(path).header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge");
        self.send(request, Body::from(body)).await
    }
}

/// A browser in which somebody has signed in.
pub async fn signed_in<'t>(town: &'t Town, login: &str) -> Browser<'t> {
    let mut browser = Browser::new(town);
    browser.get("/signin").await;
    let fields = [("login", login), ("password", PASSWORD), ("next", "/work")];
    let answer = browser.post("/signin", &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    browser
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}
