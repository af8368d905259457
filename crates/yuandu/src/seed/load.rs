//! Further cases for load tests: many, plain, spread over the first hundred categories; and an officer who may see
//! ninety-five of them.

use indicatif::ProgressBar;
use jiff::SignedDuration;
use serde_json::{Map, json};
use yuandu_api::App;
use yuandu_base::{Clock as _, SimulatedClock};
use yuandu_identity::{
    Holding, NewPassword, Password, Person, PersonRecord, PersonStatus, Post, Scope,
};
use yuandu_ids::UserId;
use yuandu_process::OpenCase;

use super::{both, system};

/// Cases committed together.
const BATCH: usize = 250;
/// Categories the cases are spread over, and how many of them the officer may see.
const CATEGORIES: usize = 100;
const ALLOWED: usize = 95;

/// Opens `count` cases, one every second up to now.
pub(super) fn cases(
    app: &App,
    clock: &SimulatedClock,
    built: &yuandu_demo::City,
    count: usize,
    bar: &ProgressBar,
) -> anyhow::Result<()> {
    let codes = categories(app);
    officer(app, codes.iter().take(ALLOWED))?;
    let ctx = system(app);
    let end = clock.now();
    let units = built.grids.units();
    let mut plans = Vec::with_capacity(BATCH);
    for (number, (code, grid)) in codes
        .iter()
        .cycle()
        .zip(units.iter().cycle())
        .take(count)
        .enumerate()
    {
        let back = SignedDuration::from_secs(i64::try_from(count - number)?);
        clock.set(end - back);
        let centre = grid.bounds.centre();
        let mut facts = Map::new();
        facts.insert("words".to_owned(), json!(format!("压力测试上报 {number}")));
        facts.insert("reporter_kind".to_owned(), json!("collector"));
        let open = OpenCase {
            system: "city-care".to_owned(),
            category: Some(code.clone()),
            place: Some((centre.lon(), centre.lat())),
            address: Some(grid.community_name.clone()),
            grid: Some(grid.code.clone()),
            division: Some(grid.district().to_owned()),
            channel: "collector".to_owned(),
            facts,
            ..OpenCase::default()
        };
        plans.push(app.engine.plan_open_case(&ctx, &open)?.0);
        if plans.len() == BATCH || number + 1 == count {
            for result in app.store.commit_all(std::mem::take(&mut plans)) {
                // Of 100,000 random numbers of one day some clash: such a case is simply one fewer.
                match result {
                    Ok(_) => bar.inc(1),
                    Err(yuandu_store::StoreError::Taken { .. }) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
    }
    clock.set(end);
    Ok(())
}

fn categories(app: &App) -> Vec<String> {
    let list = app
        .system("city-care")
        .and_then(|system| system.lists.get("categories"));
    list.into_iter()
        .flat_map(yuandu_schema::CodeList::entries)
        .map(|entry| entry.code.clone())
        .take(CATEGORIES)
        .collect()
}

/// The account `load-seat` with the demo password: a seat officer limited to some categories.
fn officer<'a>(app: &App, allowed: impl Iterator<Item = &'a String>) -> anyhow::Result<()> {
    let ctx = system(app);
    let directory = app.identity.directory(app.realm)?;
    let seat = directory
        .posts()
        .find(|post| post.roles.contains("city-care.seat"));
    let org = seat
        .map(|post| post.org)
        .ok_or_else(|| anyhow::anyhow!("the demo city has no seat"))?;
    let scope = Scope {
        categories: Some(allowed.cloned().collect()),
        ..Scope::default()
    };
    let (id, post) = (UserId::generate(ctx.now()), "load-seat".parse()?);
    let roles = ["city-care.seat".to_owned()].into();
    app.identity.import_posts(
        &ctx,
        &[Post {
            id: post,
            org,
            title: both("受理坐席（限类）", "Intake seat (limited)"),
            roles,
            scope,
        }],
    )?;
    let hash = app
        .identity
        .hasher()
        .hash(&Password::parse(yuandu_demo::DEMO_PASSWORD)?)?;
    let person = Person {
        id,
        login: "load-seat".to_owned(),
        name: "演示·压力测试".to_owned(),
        phone: String::new(),
        status: PersonStatus::Active,
    };
    app.identity.import_people(
        &ctx,
        &[PersonRecord {
            person,
            password: NewPassword::Hashed(hash),
        }],
    )?;
    app.identity.import_holdings(
        &ctx,
        &[Holding {
            user: id,
            post,
            from: ctx.now(),
            to: None,
        }],
    )?;
    Ok(())
}
