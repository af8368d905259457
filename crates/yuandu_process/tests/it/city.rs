//! A small city with the real package city-care: its models, forms, codes and policies, and people who act in it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value as Json};
use yuandu_base::calendar::Calendar;
use yuandu_base::{LocalText, SimulatedClock};
use yuandu_feel::dmn;
use yuandu_identity::{Actor, Gate, Officer, OpCtx, PolicySource, PrincipalCell, Scope};
use yuandu_ids::{OrgId, PostId, RealmId, UserId};
use yuandu_process::{
    CaseType, CompleteTask, Completed, Engine, OpenCase, Opened, ProcessError, Stage, TaskRow,
};
use yuandu_schema::{CellKind, CodeList, CodeLists, FormDef, RegisterDef};
use yuandu_store::{Change, Kind, Plan, Store, TableDef, TemporaryStore};

pub const GRID: &str = "370705003001001";

pub struct City {
    pub store: TemporaryStore,
    pub engine: Engine,
    pub clock: Arc<SimulatedClock>,
}

pub fn at(text: &str) -> Timestamp {
    Calendar::statutory().parse_instant(text).unwrap()
}

pub fn org(seed: u8) -> String {
    OrgId::from_parts(Timestamp::UNIX_EPOCH, [seed; 10]).to_string()
}

fn package() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../systems/city-care")
}

fn files(folder: &str, ending: &str) -> Vec<(String, String, String)> {
    let mut found: Vec<(String, String, String)> = std::fs::read_dir(package().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == ending))
        .map(|path| {
            let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
            let name = format!("{folder}/{stem}.{ending}");
            (stem, name, std::fs::read_to_string(&path).unwrap())
        })
        .collect();
    found.sort();
    found
}

pub fn register() -> RegisterDef {
    let text = std::fs::read_to_string(package().join("registers/case.toml")).unwrap();
    let (register, problems) = RegisterDef::read("city-care", "registers/case.toml", &text);
    assert!(problems.is_empty(), "{problems:?}");
    register.unwrap()
}

fn stages() -> Vec<Stage> {
    ["verify", "accept", "dispatch", "handle", "check", "close"]
        .map(|id| Stage {
            id: id.to_owned(),
            title: LocalText::new(id, id),
            public: LocalText::new(format!("环节 {id}"), format!("stage {id}")),
        })
        .into()
}

pub fn case_type(version: &str) -> CaseType {
    let mut models = Vec::new();
    for (_, file, text) in files("processes", "bpmn") {
        models.extend(yuandu_process::bpmn::parse(&file, &text).unwrap());
    }
    let decisions: BTreeMap<String, dmn::Model> = files("decisions", "dmn")
        .into_iter()
        .map(|(stem, _, text)| (stem, dmn::Model::parse(&text).unwrap()))
        .collect();
    let forms = files("forms", "toml")
        .into_iter()
        .map(|(stem, file, text)| (stem.clone(), FormDef::read(&stem, &file, &text).0.unwrap()))
        .collect();
    let lists = files("codes", "csv")
        .into_iter()
        .map(|(stem, file, text)| CodeList::read(&stem, &file, &text).0);
    let register = register();
    CaseType {
        system: "city-care".to_owned(),
        version: version.to_owned(),
        name: LocalText::new("数字化城市管理", "City care"),
        title: LocalText::new("{category} · {place}", "{category} · {place}"),
        process: "case".to_owned(),
        models,
        decisions,
        table: register.table(),
        fields: register.fields,
        forms,
        stages: stages(),
        lists: CodeLists::new(lists),
        files: BTreeMap::new(),
    }
}

pub fn tables() -> Vec<TableDef> {
    let register = register();
    let mut facts = TableDef::new(&register.table()).text("id").key(["id"]);
    for column in register.fields.iter().flat_map(|f| f.columns()) {
        let kind = match column.kind {
            CellKind::Text => Kind::Text,
            CellKind::Int => Kind::Int,
            CellKind::Real => Kind::Real,
        };
        facts = facts.column(&column.name, kind, true);
    }
    let mut tables = yuandu_identity::schema();
    tables.extend(yuandu_process::schema());
    tables.push(facts);
    tables
}

pub fn gate() -> Gate {
    let text = std::fs::read_to_string(package().join("policies/city-care.cedar")).unwrap();
    let file = "policies/city-care.cedar".to_owned();
    Gate::new(&[PolicySource {
        package: "city-care".to_owned(),
        file,
        text,
    }])
    .unwrap()
}

pub fn engine_on(store: Arc<Store>, types: Vec<CaseType>) -> Engine {
    Engine::new(
        store,
        Arc::new(gate()),
        Arc::new(Calendar::statutory().clone()),
        types,
    )
    .unwrap()
}

pub fn data(json: Json) -> Map<String, Json> {
    match json {
        Json::Object(map) => map,
        _ => Map::new(),
    }
}

impl City {
    /// A city at an instant, with three organisations.
    pub fn new(start: &str) -> Self {
        let store = Store::temporary(&tables()).unwrap();
        let engine = engine_on(store.shared(), vec![case_type("1.0.0")]);
        let city = Self {
            store,
            engine,
            clock: Arc::new(SimulatedClock::new(at(start))),
        };
        let ctx = city.timer();
        let mut plan = Plan::new(ctx.realm, ctx.entry("test.orgs", "orgs", Json::Null));
        for seed in 1..=3 {
            plan = plan.change(
                Change::put("orgs")
                    .with("id", org(seed))
                    .with("name_zh", format!("单位{seed}"))
                    .with("name_en", format!("unit {seed}"))
                    .with("kind", "department")
                    .with("division", "370705")
                    .with("credit_code", "")
                    .with("status", "active"),
            );
            plan = plan.change(
                Change::put("posts")
                    .with("id", format!("handler-{seed}"))
                    .with("org", org(seed))
                    .with("title_zh", "处置经办岗")
                    .with("title_en", "handler")
                    .with("roles", r#"["city-care.handler"]"#)
                    .with("scope", "{}"),
            );
        }
        city.store.commit(plan).unwrap();
        city
    }

    fn ctx(&self, actor: Actor) -> OpCtx {
        OpCtx::new(RealmId::new(370_700).unwrap(), actor, self.clock.clone()).for_purpose("test")
    }

    /// An officer of a role; `seed` tells people and organisations apart.
    pub fn officer(&self, role: &str, seed: u8) -> OpCtx {
        self.with_scope(role, seed, Scope::default())
    }

    /// An officer of a role who may see some categories only.
    pub fn scoped(
        &self,
        role: &str,
        seed: u8,
        categories: std::collections::BTreeSet<String>,
    ) -> OpCtx {
        self.with_scope(
            role,
            seed,
            Scope {
                categories: Some(categories),
                ..Scope::default()
            },
        )
    }

    fn with_scope(&self, role: &str, seed: u8, scope: Scope) -> OpCtx {
        self.ctx(Actor::Officer(Arc::new(Officer {
            user: UserId::from_parts(Timestamp::UNIX_EPOCH, [seed + 100; 10]),
            login: format!("{role}{seed}"),
            name: format!("王{seed}"),
            post: PostId::from_parts(Timestamp::UNIX_EPOCH, [seed + 50; 10]),
            post_title: LocalText::new("岗位", "post"),
            org: OrgId::from_parts(Timestamp::UNIX_EPOCH, [seed; 10]),
            org_name: LocalText::new(format!("单位{seed}"), format!("unit {seed}")),
            roles: [format!("city-care.{role}")].into(),
            scope,
            principal: PrincipalCell::default(),
        })))
    }

    pub fn resident(&self) -> OpCtx {
        self.ctx(Actor::Anonymous)
    }

    pub fn timer(&self) -> OpCtx {
        self.ctx(Actor::System("timer"))
    }

    pub fn now(&self, text: &str) {
        self.clock.set(at(text));
    }

    /// A resident's report of exposed litter, or another category.
    pub fn report(&self, category: &str) -> OpenCase {
        OpenCase {
            system: "city-care".to_owned(),
            category: Some(category.to_owned()),
            place: Some((119.161, 36.707)),
            address: Some("东风东街 88 号".to_owned()),
            grid: Some(GRID.to_owned()),
            division: Some("370705003".to_owned()),
            channel: "web".to_owned(),
            facts: data(serde_json::json!({
                "words": "路边有一堆垃圾", "reporter_kind": "public", "contact_name": "张三", "contact_phone": "13800000000",
            })),
            ..OpenCase::default()
        }
    }

    pub fn open(&self, category: &str) -> Opened {
        self.engine
            .open_case(&self.resident(), &self.report(category))
            .unwrap()
    }

    /// A collector's own find: it goes straight to acceptance.
    pub fn found(&self, category: &str) -> Opened {
        let mut report = self.report(category);
        report.channel = "collector".to_owned();
        report
            .facts
            .insert("reporter_kind".to_owned(), "collector".into());
        self.engine
            .open_case(&self.officer("collector", 1), &report)
            .unwrap()
    }

    /// The one open task of a case.
    pub fn task(&self, case: &str) -> TaskRow {
        let view = self
            .engine
            .case_view(&self.officer("leader", 9), case)
            .unwrap();
        assert_eq!(
            view.tasks.len(),
            1,
            "open tasks: {:?}",
            view.tasks.iter().map(|t| &t.task.node).collect::<Vec<_>>()
        );
        view.tasks[0].task.clone()
    }

    /// Decides the one open task of a case.
    pub fn decide(
        &self,
        who: &OpCtx,
        case: &str,
        outcome: &str,
        sent: Json,
    ) -> Result<Completed, ProcessError> {
        let request = CompleteTask {
            task: self.task(case).id,
            outcome: outcome.to_owned(),
            data: data(sent),
            idempotency: None,
        };
        self.engine.complete_task(who, &request)
    }

    /// Brings a collector's find to the desk of organisation 2, where it is handled.
    pub fn dispatched(&self, category: &str) -> Opened {
        let case = self.found(category);
        let seat = self.officer("seat", 1);
        self.decide(
            &seat,
            &case.case_id,
            "accept",
            serde_json::json!({ "category": category }),
        )
        .unwrap();
        self.decide(
            &seat,
            &case.case_id,
            "dispatch",
            serde_json::json!({ "org": org(2) }),
        )
        .unwrap();
        case
    }

    pub fn handling(&self, category: &str) -> Opened {
        let case = self.dispatched(category);
        self.decide(
            &self.officer("handler", 2),
            &case.case_id,
            "sign",
            Json::Null,
        )
        .unwrap();
        case
    }
}
