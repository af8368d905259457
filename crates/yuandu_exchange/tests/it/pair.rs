//! A provider and a consumer that agreed on a contract, each with its own store, register and clock.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Map, Value, json};
use yuandu_base::{LocalText, Problem, SimulatedClock};
use yuandu_exchange::{
    Answer, BatchView, Exchange, ExchangeError, FieldNote, Holdings, Incoming, NodeState, Outgoing,
    ProposeContract, RegisterNode, SharedRow, Side, schema,
};
use yuandu_identity::{Actor, Gate, OpCtx, Vault};
use yuandu_store::{Row, Store, StoreOptions, TemporaryStore};

pub const PROVIDER: &str = "370700.civil-affairs.population";
pub const CONSUMER: &str = "370700.tax.residents";
pub const CONTRACT: &str = "residents-to-tax";
pub const REGISTER: &str = "population.resident";

/// A register in memory: what the city keeps.
#[derive(Debug)]
pub struct Table {
    pub fields: Mutex<Vec<FieldNote>>,
    pub rows: Mutex<BTreeMap<String, Map<String, Value>>>,
}

impl Table {
    fn new() -> Self {
        let field = |name: &str, kind: &str| FieldNote {
            name: name.into(),
            kind: kind.into(),
        };
        Self {
            fields: Mutex::new(vec![
                field("name", "text"),
                field("born", "date"),
                field("secret", "text"),
            ]),
            rows: Mutex::default(),
        }
    }

    pub fn put(&self, key: &str, name: &str) {
        let values =
            json!({ "name": name, "born": "1990-01-01", "secret": "not for anybody else" });
        let values = values.as_object().unwrap().clone();
        self.rows.lock().unwrap().insert(key.into(), values);
    }
}

impl Holdings for Table {
    fn fields(&self, register: &str) -> Option<Vec<FieldNote>> {
        (register == REGISTER).then(|| self.fields.lock().unwrap().clone())
    }

    fn rows(
        &self,
        _: &OpCtx,
        _: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<SharedRow>, ExchangeError> {
        let rows = self.rows.lock().unwrap();
        let later = rows.iter().filter(|(key, _)| key.as_str() > after);
        Ok(later
            .take(limit)
            .map(|(key, values)| SharedRow {
                key: key.clone(),
                values: values.clone(),
            })
            .collect())
    }

    fn row(&self, _: &OpCtx, _: &str, key: &str) -> Result<Option<SharedRow>, ExchangeError> {
        let found = self.rows.lock().unwrap().get(key).cloned();
        Ok(found.map(|values| SharedRow {
            key: key.into(),
            values,
        }))
    }

    fn check(
        &self,
        _: &OpCtx,
        _: &str,
        fields: &[FieldNote],
        values: &Map<String, Value>,
    ) -> Vec<Problem> {
        let unknown = values
            .keys()
            .filter(|name| !fields.iter().any(|field| field.name == **name))
            .map(|name| Problem::new("schema.field_unknown", name, "不认识", "unknown"));
        let name = values.get("name").and_then(Value::as_str).unwrap_or("");
        let short = name
            .is_empty()
            .then(|| Problem::new("schema.required", "name", "要填写", "needed"));
        unknown.chain(short).collect()
    }
}

/// One side of the line.
pub struct City {
    pub exchange: Exchange,
    pub table: Arc<Table>,
    pub store: Arc<Store>,
    pub clock: Arc<SimulatedClock>,
    place: Place,
}

/// Where a city keeps what it keeps, longer than its process runs: a folder, and the database that the environment names.
struct Place {
    dir: tempfile::TempDir,
    database: TemporaryStore,
}

impl Place {
    fn options(&self) -> StoreOptions {
        let database = self.database.options().database.clone();
        StoreOptions::new(self.dir.path()).on(database)
    }
}

impl City {
    fn new(clock: Arc<SimulatedClock>) -> Self {
        let place = Place {
            dir: tempfile::tempdir().unwrap(),
            database: Store::temporary(&[]).unwrap(),
        };
        Self::open(place, Arc::new(Table::new()), clock)
    }

    fn open(place: Place, table: Arc<Table>, clock: Arc<SimulatedClock>) -> Self {
        let store = Arc::new(Store::open(&place.options(), &schema()).unwrap());
        let exchange = Exchange::new(
            Arc::clone(&store),
            Arc::new(Gate::new(&[]).unwrap()),
            Arc::new(Vault::open(place.dir.path()).unwrap()),
            Arc::clone(&table) as Arc<dyn Holdings>,
        );
        Self {
            exchange,
            table,
            store,
            clock,
            place,
        }
    }

    /// The process ends and begins again: what is not in the store is gone.
    pub fn restarted(self) -> Self {
        let Self {
            exchange,
            table,
            store,
            clock,
            place,
        } = self;
        drop(exchange);
        drop(store);
        Self::open(place, table, clock)
    }

    pub fn by(&self, name: &'static str) -> OpCtx {
        let realm = OpCtx::for_testing(Actor::Anonymous).realm;
        OpCtx::new(realm, Actor::System(name), self.clock.clone())
    }

    pub fn ctx(&self) -> OpCtx {
        self.by("exchange")
    }

    /// Every table follows from the log.
    pub fn verify(&self) {
        let options = self.place.options();
        let report =
            yuandu_store::verify::verify_store(&options, &schema(), &mut |_, _, _| ()).unwrap();
        assert!(report.is_clean(), "{:?}", report.findings);
    }

    pub fn query(&self, sql: &str) -> Vec<Row> {
        let read = self
            .store
            .read(|reader| Ok::<_, ExchangeError>(reader.query(sql, &[])?));
        read.unwrap()
    }

    pub fn batch(&self, side: Side) -> BatchView {
        let batches = self.exchange.list_batches(&self.ctx(), CONTRACT).unwrap();
        let found = batches.into_iter().find(|batch| batch.side == side);
        found.expect("a batch")
    }

    fn node(&self, id: &str, key: Option<String>) -> String {
        let register = RegisterNode {
            id: id.parse().unwrap(),
            title: LocalText::new("节点", "Node"),
            url: format!("http://{}.test", id.split('.').nth(1).unwrap()),
            public_key: key,
        };
        let node = self.exchange.register_node(&self.ctx(), &register).unwrap();
        assert_eq!(node.state, NodeState::Active);
        node.public_key
    }
}

pub fn terms() -> ProposeContract {
    ProposeContract {
        id: CONTRACT.parse().unwrap(),
        provider: PROVIDER.parse().unwrap(),
        consumer: CONSUMER.parse().unwrap(),
        register: REGISTER.into(),
        fields: vec!["name".into(), "born".into()],
        purpose: "核对纳税人身份".into(),
        legal_ground: "税收征收管理法第六条".into(),
        until: "2026-12-31".parse().unwrap(),
        priority: 3,
        rows_per_day: 100_000,
    }
}

/// The two sides.
pub struct Pair {
    pub provider: City,
    pub consumer: City,
    pub clock: Arc<SimulatedClock>,
}

impl Pair {
    /// Nodes known to each other, no contract yet.
    pub fn of_strangers() -> Self {
        let start = "2026-03-02T01:00:00Z".parse().unwrap();
        let clock = Arc::new(SimulatedClock::new(start));
        let pair = Self {
            provider: City::new(clock.clone()),
            consumer: City::new(clock.clone()),
            clock,
        };
        let key = pair.provider.node(PROVIDER, None);
        pair.consumer.node(PROVIDER, Some(key));
        let key = pair.consumer.node(CONSUMER, None);
        pair.provider.node(CONSUMER, Some(key));
        pair
    }

    /// With the same contract approved on both sides.
    pub fn new() -> Self {
        let pair = Self::of_strangers();
        pair.agree(&pair.provider, &terms());
        pair.agree(&pair.consumer, &terms());
        pair
    }

    pub fn agree(&self, city: &City, terms: &ProposeContract) {
        let exchange = &city.exchange;
        exchange.propose_contract(&city.by("one"), terms).unwrap();
        exchange
            .decide_contract(&city.by("two"), terms.id.as_str(), (true, ""))
            .unwrap();
    }

    pub fn fill(&self, count: usize) {
        for number in 0..count {
            self.provider
                .table
                .put(&format!("r{number:06}"), &format!("演示{number}"));
        }
    }

    pub fn begin(&self) -> i64 {
        let ctx = self.provider.ctx();
        self.provider.exchange.begin_batch(&ctx, CONTRACT).unwrap()
    }

    /// What is due now at the provider.
    pub fn due(&self) -> Vec<Outgoing> {
        let ctx = self.provider.ctx();
        self.provider.exchange.advance(&ctx).unwrap();
        self.provider.exchange.due(&ctx, 8).unwrap()
    }

    pub fn deliver(&self, message: &Outgoing) -> Answer {
        self.deliver_as(&incoming(message))
    }

    pub fn deliver_as(&self, message: &Incoming) -> Answer {
        let ctx = self.consumer.by("inbox").as_actor(Actor::Anonymous);
        self.consumer.exchange.receive(&ctx, message)
    }

    pub fn settle(&self, message: &Outgoing, answer: Result<&Answer, &str>) {
        let ctx = self.provider.ctx();
        self.provider
            .exchange
            .answered(&ctx, message, answer)
            .unwrap();
    }

    /// Sends without faults until nothing is due.
    pub fn run(&self) {
        for _ in 0..10_000 {
            let due = self.due();
            if due.is_empty() {
                return;
            }
            for message in due {
                let answer = self.deliver(&message);
                self.settle(&message, Ok(&answer));
            }
        }
        panic!("it never ends");
    }

    /// The copies are the contracted fields of the rows, no more and no fewer.
    pub fn assert_same(&self) {
        let rows = self.provider.table.rows.lock().unwrap();
        let held = self
            .consumer
            .query("SELECT record, row_values FROM exchange_copies ORDER BY record");
        assert_eq!(held.len(), rows.len());
        for (held, (key, values)) in held.iter().zip(rows.iter()) {
            assert_eq!(held.text("record").unwrap(), *key);
            let held: Map<String, Value> =
                serde_json::from_str(&held.text("row_values").unwrap()).unwrap();
            assert_eq!(held.get("name"), values.get("name"));
            assert_eq!(held.get("secret"), None);
        }
    }
}

/// A message as it arrives.
pub fn incoming(message: &Outgoing) -> Incoming {
    let (_, rest) = message.url.split_once("://").unwrap();
    Incoming {
        method: "POST".into(),
        path: rest[rest.find('/').unwrap()..].to_owned(),
        headers: message.headers.clone(),
        body: message.body.clone(),
    }
}

/// The code of a refusal.
pub fn code(answer: &Answer) -> String {
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    body["code"].as_str().unwrap_or("taken").to_owned()
}
