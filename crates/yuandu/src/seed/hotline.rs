//! The hotline of the demo city: merged lines, articles, an outage, and some orders that wait for dispatch.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use yuandu_api::App;
use yuandu_base::SimulatedClock;
use yuandu_identity::OpCtx;
use yuandu_process::OpenCase;

use super::records::import;

const LINES: &str = include_str!("../../../../demo/data/hotline-lines.csv");
const ARTICLES: &str = include_str!("../../../../demo/data/hotline-articles.csv");
const ORDERS: &str = include_str!("../../../../demo/data/hotline-orders.csv");
/// Time between two orders.
const APART: SignedDuration = SignedDuration::from_mins(7);

/// What is answered from, and what is out now.
pub(super) fn registers(app: &App, ctx: &OpCtx, now: Timestamp) -> anyhow::Result<usize> {
    let lines = import(app, ctx, "hotline.line", LINES.as_bytes())?;
    let articles = import(app, ctx, "hotline.article", ARTICLES.as_bytes())?;
    let mut file = csv::Writer::from_writer(Vec::new());
    file.write_record([
        "code", "utility", "place", "cause", "begins", "ends", "owner",
    ])?;
    let (begins, ends) = (
        now - SignedDuration::from_hours(3),
        now + SignedDuration::from_hours(72),
    );
    file.write_record([
        "T001",
        "water",
        "福寿东街与北海路交叉口以东各小区",
        "DN600 供水管道抢修",
        &begins.to_string(),
        &ends.to_string(),
        "water-supply",
    ])?;
    let outages = import(app, ctx, "hotline.outage", &file.into_inner()?)?;
    Ok(lines + articles + outages)
}

/// The orders of a morning, one every seven minutes up to now.
pub(super) fn orders(
    app: &App,
    ctx: &OpCtx,
    clock: &SimulatedClock,
    now: Timestamp,
) -> anyhow::Result<usize> {
    let mut reader = csv::Reader::from_reader(ORDERS.as_bytes());
    let orders: Vec<(String, String, String)> = reader.deserialize().collect::<Result<_, _>>()?;
    let count = i32::try_from(orders.len())?;
    for (number, (category, appeal, words)) in (0..count).zip(orders) {
        clock.set(now - APART * (count - number));
        let facts: Map<String, Value> = [
            ("words", words),
            ("appeal", appeal),
            ("way", "order".to_owned()),
            ("line", "12345".to_owned()),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), json!(value)))
        .collect();
        let open = OpenCase {
            system: "hotline".to_owned(),
            category: Some(category),
            channel: "hotline".to_owned(),
            facts,
            ..OpenCase::default()
        };
        app.engine.open_case(ctx, &open)?;
    }
    clock.set(now);
    usize::try_from(count).map_err(Into::into)
}
