//! A small town: the registers of city-care, one with restricted fields, and a few records.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use yuandu_base::{LocalText, SimulatedClock};
use yuandu_identity::{Actor, Gate, Officer, OpCtx, PrincipalCell, Scope};
use yuandu_registers::{PutRecord, PutResult, Registers, RegistersError, tables};
use yuandu_schema::{CodeList, CodeLists, RegisterDef};
use yuandu_store::{Change, Plan, Store, TemporaryStore};

const PEOPLE: &str = r#"id = "person"
title = { zh = "人员", en = "People" }
authority = "city-management"
sensitivity = "internal"
retention = "10y"
legal_basis = "test"
key = "number"
name = "name"
search = ["name"]
[[field]]
name = "number"
type = "integer"
label = { zh = "编号", en = "Number" }
required = true
[[field]]
name = "name"
type = "text"
label = { zh = "姓名", en = "Name" }
required = true
[[field]]
name = "phone"
type = "phone"
sensitivity = "restricted"
label = { zh = "电话", en = "Phone" }
"#;

/// A register that keeps versions, with a code list of which one code ended.
const HOUSEHOLDS: &str = r#"id = "household"
title = { zh = "户", en = "Households" }
authority = "city-management"
sensitivity = "internal"
retention = "permanent"
history = "bitemporal"
legal_basis = "test"
key = "number"
[[field]]
name = "number"
type = "text"
label = { zh = "户号", en = "Number" }
required = true
[[field]]
name = "head"
type = "text"
label = { zh = "户主", en = "Head" }
required = true
[[field]]
name = "address"
type = "text"
label = { zh = "住址", en = "Address" }
[[field]]
name = "kind"
type = "code"
list = "household-kinds"
label = { zh = "户别", en = "Kind" }
"#;

const HOUSEHOLD_KINDS: &str = "# test\ncode,name_zh,name_en,valid_from,valid_to\nfarm,农业户口,Rural,,2025-12-31\nfamily,家庭户,Family,,\n";

/// A register whose changes are approved by a second person.
const PERMITS: &str = r#"id = "permit"
title = { zh = "许可", en = "Permits" }
authority = "city-management"
sensitivity = "internal"
retention = "permanent"
changes = "approved"
legal_basis = "test"
key = "number"
[[field]]
name = "number"
type = "text"
label = { zh = "编号", en = "Number" }
required = true
[[field]]
name = "title"
type = "text"
label = { zh = "名称", en = "Title" }
required = true
"#;

/// A registrar of that name.
pub fn officer(name: &str) -> OpCtx {
    let officer = Officer {
        user: format!("00000000-0000-7000-8000-{:012}", name.len())
            .parse()
            .unwrap(),
        login: name.to_owned(),
        name: name.to_owned(),
        post: "registry".parse().unwrap(),
        post_title: LocalText::new("数据岗", "Registry"),
        org: "data-centre".parse().unwrap(),
        org_name: LocalText::new("数据中心", "Data centre"),
        roles: ["kernel.registrar".to_owned()].into(),
        scope: Scope::default(),
        principal: PrincipalCell::default(),
    };
    OpCtx {
        actor: Actor::Officer(Arc::new(officer)),
        ..system()
    }
}

pub struct Town {
    pub registers: Registers,
    pub store: Arc<Store>,
    _folder: TemporaryStore,
}

fn package(path: &str) -> String {
    std::fs::read_to_string(format!(
        "{}/../../systems/city-care/{path}",
        env!("CARGO_MANIFEST_DIR")
    ))
    .unwrap()
}

fn division() -> RegisterDef {
    let text = package("../spatial/registers/division.toml");
    RegisterDef::read("spatial", "division", &text).0.unwrap()
}

fn register(id: &str, text: &str) -> RegisterDef {
    let (def, problems) = RegisterDef::read("city-care", id, text);
    assert_eq!(problems, []);
    def.unwrap()
}

/// After 2026-07-01, when the codes of GB/T 47678.5-2026 begin to count.
pub fn system() -> OpCtx {
    let clock = SimulatedClock::new("2026-11-23T01:00:00Z".parse().unwrap());
    OpCtx {
        clock: Arc::new(clock),
        ..OpCtx::for_testing(Actor::System("seed"))
    }
}

pub fn data(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

pub fn grid(sequence: u32) -> String {
    format!("370705001001{sequence:03}")
}

pub fn component(sequence: u32) -> Map<String, Value> {
    data(json!({
        "code": format!("37070501001{sequence:06}"),
        "title": "供水井盖",
        "kind": "01001",
        "authority": "city-management",
        "owner": if sequence.is_multiple_of(2) { "water-supply" } else { "drainage" },
        "grid": grid(sequence % 3),
        "installed_on": "2020-05-01",
        "place": { "lon": 119.1 + f64::from(sequence) / 10_000.0, "lat": 36.7 },
    }))
}

impl Town {
    pub fn new() -> Self {
        let defs: Vec<RegisterDef> = ["component", "grid", "responsibility-grid", "case"]
            .map(|id| register(id, &package(&format!("registers/{id}.toml"))))
            .into_iter()
            .chain([
                division(),
                register("person", PEOPLE),
                register("household", HOUSEHOLDS),
                register("permit", PERMITS),
            ])
            .chain(crate::matching::registers(register))
            .chain(crate::quality::registers(register))
            .collect();
        let lists = [
            "component-kinds",
            "component-states",
            "data-sources",
            "accuracy-classes",
        ]
        .map(|id| CodeList::read(id, id, &package(&format!("codes/{id}.csv"))).0)
        .into_iter()
        .chain([CodeList::read("household-kinds", "test", HOUSEHOLD_KINDS).0]);
        let levels = package("../spatial/codes/division-levels.csv");
        let levels = CodeList::read("division-levels", "x", &levels).0;
        let mut schema = yuandu_identity::schema();
        schema.extend(tables(&defs));
        schema.extend(yuandu_registers::schema());
        let folder = Store::temporary(&schema).unwrap();
        let store = folder.shared();
        let gate = Arc::new(Gate::new(&[]).unwrap());
        let registers = Registers::new(
            Arc::clone(&store),
            gate,
            defs,
            [
                ("city-care".to_owned(), CodeLists::new(lists)),
                ("spatial".to_owned(), CodeLists::new([levels])),
            ],
        );
        let town = Self {
            registers,
            store,
            _folder: folder,
        };
        town.seed();
        town
    }

    fn seed(&self) {
        let ctx = system();
        let orgs = ["city-management", "water-supply", "drainage"].map(|id| {
            Change::put("orgs")
                .with("id", id)
                .with("name_zh", id)
                .with("name_en", id)
                .with("kind", "department")
                .with("status", "active")
                .with("division", "")
                .with("credit_code", "")
        });
        let entry = ctx.entry("seed", "seed", Value::Null);
        self.store
            .commit(Plan::new(ctx.realm, entry).changes(orgs))
            .unwrap();
        for (code, name) in [("370705001", "某街道"), ("370705001001", "某社区")] {
            self.name_division(code, name);
        }
        self.put(
            "responsibility-grid",
            json!({"code": "R1", "title": "一号责任网格", "district": "370705"}),
        )
        .unwrap();
        for sequence in 0..3 {
            self.put(
                "grid",
                json!({
                    "code": grid(sequence), "responsibility_grid": "R1", "street": "370705001",
                    "community": "370705001001",
                    "centre": {"lon": 119.1, "lat": 36.7},
                }),
            )
            .unwrap();
        }
    }

    pub fn name_division(&self, code: &str, name: &str) {
        let put = PutRecord {
            register: "spatial.division".to_owned(),
            data: data(json!({"code": code, "name": name, "level": "village"})),
            ..PutRecord::default()
        };
        self.registers.put_record(&system(), &put).unwrap();
    }

    pub fn put(&self, register: &str, value: Value) -> Result<PutResult, RegistersError> {
        let put = PutRecord {
            register: format!("city-care.{register}"),
            data: data(value),
            ..PutRecord::default()
        };
        self.registers.put_record(&system(), &put)
    }

    pub fn fill(&self, count: u32) {
        for sequence in 1..=count {
            self.put("component", Value::Object(component(sequence)))
                .unwrap();
        }
    }
}
