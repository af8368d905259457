//! How fast one record goes from one city to another under a contract, signed on both sides and in both logs, against the
//! same record by the same client and server without contract, signature and log. Prints messages a second and latency.
//!
//! `cargo run --release -p yuandu --example exchange_speed`

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use axum::Json;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use tokio::net::TcpListener;
use yuandu::city::City;
use yuandu::compose;
use yuandu_api::App;
use yuandu_base::{LocalText, SystemClock};
use yuandu_continuity::{Client, ClientOptions};
use yuandu_exchange::{Answer, Answered, ProposeContract, RegisterNode};
use yuandu_identity::{Actor, OpCtx};
use yuandu_registers::ImportCsv;
use yuandu_store::StoreOptions;

const PROVIDER: &str = "370700.data-centre.spatial";
const CONSUMER: &str = "370700.tax.divisions";
const CONTRACT: &str = "divisions-to-tax";
const REGISTER: &str = "spatial.division";
/// Messages under way at a time.
const AT_ONCE: usize = 16;
/// Key of the record, size in words, messages.
const SIZES: [(&str, &str, usize); 2] = [("370705", "1 KB", 3_000), ("370702", "100 KB", 600)];

fn open(dir: &std::path::Path) -> anyhow::Result<App> {
    let packages = compose::packages(None)?;
    compose::open(compose::Opening {
        city: &City::demo()?,
        store: StoreOptions::new(dir),
        packages: &packages,
        clock: Arc::new(SystemClock),
        demo_accounts: Vec::new(),
        public_url: None,
        behind_proxy: false,
    })
}

fn ctx(app: &App, name: &'static str) -> OpCtx {
    OpCtx::new(app.realm, Actor::System(name), app.clock.clone()).for_purpose("measuring")
}

/// A ring of points whose GeoJSON takes about so many bytes.
fn outline(bytes: usize) -> String {
    let points = bytes / 23;
    let point = |at: usize| {
        let turn = std::f64::consts::TAU * at as f64 / points as f64;
        format!(
            "[{:.6},{:.6}]",
            119.1 + 0.1 * turn.cos(),
            36.7 + 0.1 * turn.sin()
        )
    };
    let ring: Vec<String> = (0..points).chain([0]).map(point).collect();
    format!(
        r#""{{""type"":""Polygon"",""coordinates"":[[{}]]}}""#,
        ring.join(",")
    )
}

fn fill(app: &App) -> anyhow::Result<()> {
    let file = format!(
        "code,name,level,outline\n370700,潍坊市,city,\n370705,奎文区,county,{}\n370702,潍城区,county,{}\n",
        outline(900),
        outline(100_000)
    );
    let import = ImportCsv {
        register: REGISTER.to_owned(),
        file_name: "divisions.csv".to_owned(),
        allow_partial: false,
        dry_run: false,
    };
    let report = app
        .registers
        .import_csv(&ctx(app, "seed"), &import, &mut file.as_bytes())?;
    anyhow::ensure!(report.failed == 0, "{:?}", report.results);
    Ok(())
}

fn agree(provider: &App, consumer: &App, url: &str) -> anyhow::Result<()> {
    let node = |app: &App, id: &str, key: Option<String>| {
        let register = RegisterNode {
            id: id.parse().map_err(|_| anyhow!("name"))?,
            title: LocalText::new("节点", "Node"),
            url: url.to_owned(),
            public_key: key,
        };
        anyhow::Ok(app.exchange.register_node(&ctx(app, "one"), &register)?)
    };
    let key = node(provider, PROVIDER, None)?.public_key;
    node(consumer, PROVIDER, Some(key))?;
    let key = node(consumer, CONSUMER, None)?.public_key;
    node(provider, CONSUMER, Some(key))?;
    let terms = ProposeContract {
        id: CONTRACT.parse().map_err(|_| anyhow!("name"))?,
        provider: PROVIDER.parse().map_err(|_| anyhow!("name"))?,
        consumer: CONSUMER.parse().map_err(|_| anyhow!("name"))?,
        register: REGISTER.to_owned(),
        fields: ["code", "name", "level", "outline"]
            .map(str::to_owned)
            .into(),
        purpose: "measuring".to_owned(),
        legal_ground: "none".to_owned(),
        until: "2100-01-01".parse()?,
        priority: 1,
        rows_per_day: 100_000_000,
    };
    for app in [provider, consumer] {
        app.exchange.propose_contract(&ctx(app, "one"), &terms)?;
        app.exchange
            .decide_contract(&ctx(app, "two"), CONTRACT, (true, ""))?;
    }
    Ok(())
}

/// The same record, read from the same register and sent as JSON: nothing else.
async fn direct(State(app): State<App>, Path(record): Path<String>) -> Json<serde_json::Value> {
    let read = app
        .run(move |app| {
            let ctx = ctx(app, "direct");
            Ok(app.registers.pass_on_one(&ctx, REGISTER, &record)?)
        })
        .await;
    Json(serde_json::json!(
        read.ok().flatten().map(|view| view.values)
    ))
}

#[derive(Clone)]
struct Caller {
    consumer: App,
    client: Client,
    url: String,
    record: String,
    signed: bool,
}

impl Caller {
    /// One message there and back; gives the size of the body.
    async fn call(&self) -> anyhow::Result<usize> {
        if !self.signed {
            let url = format!("{}/direct/{}", self.url, self.record);
            let answer = self.client.get(&url, 4 << 20).await?;
            anyhow::ensure!(answer.status == 200, "{}", answer.text());
            return Ok(answer.body.len());
        }
        let record = self.record.clone();
        let question = self
            .consumer
            .run(move |app| Ok(app.exchange.ask(&ctx(app, "asks"), CONTRACT, &record)?))
            .await
            .map_err(|error| anyhow!(error.message.en))?;
        let posted = self
            .client
            .post_message(&question.url, &question.headers, &question.body, 4 << 20)
            .await?;
        let answer = Answer {
            status: posted.status,
            headers: posted.headers,
            body: posted.body,
        };
        let size = answer.body.len();
        let taken = self
            .consumer
            .run(move |app| Ok(app.exchange.asked(&ctx(app, "asks"), &question, &answer)?))
            .await
            .map_err(|error| anyhow!(error.message.en))?;
        anyhow::ensure!(matches!(taken, Answered::Record(_)));
        Ok(size)
    }

    async fn many(&self, count: usize) -> anyhow::Result<f64> {
        let begin = Instant::now();
        let mut callers = Vec::new();
        for _ in 0..AT_ONCE {
            let caller = self.clone();
            callers.push(tokio::spawn(async move {
                for _ in 0..count / AT_ONCE {
                    caller.call().await?;
                }
                anyhow::Ok(())
            }));
        }
        for caller in callers {
            caller.await??;
        }
        Ok((count / AT_ONCE * AT_ONCE) as f64 / begin.elapsed().as_secs_f64())
    }

    /// The middle and the slowest hundredth of calls one after another.
    async fn alone(&self) -> anyhow::Result<(Duration, Duration)> {
        let mut times = Vec::new();
        for _ in 0..200 {
            let begin = Instant::now();
            self.call().await?;
            times.push(begin.elapsed());
        }
        times.sort_unstable();
        let at = |index: usize| times.get(index).copied().context("times");
        Ok((at(100)?, at(198)?))
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let (one, two) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let (provider, consumer) = (open(one.path())?, open(two.path())?);
    fill(&provider)?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    agree(&provider, &consumer, &url)?;
    let routes = Router::new().route("/direct/{record}", get(direct));
    let router = yuandu_api::router(provider.clone(), routes);
    tokio::spawn(async move { axum::serve(listener, router).await });
    let client = Client::new(&ClientOptions::default())?;
    println!("size      way      bytes  messages/s   p50 ms   p99 ms");
    for (record, size, count) in SIZES {
        let mut rates = Vec::new();
        for signed in [false, true] {
            let caller = Caller {
                consumer: consumer.clone(),
                client: client.clone(),
                url: url.clone(),
                record: record.to_owned(),
                signed,
            };
            let bytes = caller.call().await?;
            caller.many(count / 4).await?;
            let rate = caller.many(count).await?;
            let (middle, slow) = caller.alone().await?;
            let way = if signed { "signed" } else { "direct" };
            println!(
                "{size:<8}  {way:<7}{bytes:>7}{rate:>12.0}{:>9.2}{:>9.2}",
                middle.as_secs_f64() * 1e3,
                slow.as_secs_f64() * 1e3
            );
            rates.push(rate);
        }
        if let [direct, signed] = rates.as_slice() {
            println!(
                "{size:<8}  signed and logged / direct = {:.2}",
                signed / direct
            );
        }
    }
    Ok(())
}
