//! Fills the demo city through the real write path: organisations, people, registers, and cases that live their
//! lives on a simulated clock up to this minute.

mod cases;
mod hotline;
mod load;
mod people;
mod photos;
mod records;
mod requests;
mod scale;

use crate::out::say;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use yuandu_api::App;
use yuandu_base::{Clock as _, LocalText, SimulatedClock, SystemClock};
use yuandu_identity::{Actor, OpCtx};
use yuandu_package::Packages;
use yuandu_store::StoreOptions;

use crate::city::City;
use crate::compose;

pub use people::{accounts, first_administrator, shown_accounts};

/// Days of history the demo city begins with; the case scripts reach back sixty.
const HISTORY: Duration = Duration::from_secs(75 * 24 * 3600);

/// How much the demo city begins with.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// Components of the synthetic census.
    pub components: usize,
    /// Further plain cases for load tests.
    pub load_cases: usize,
    /// Synthetic residents.
    pub residents: u64,
    /// Synthetic organisations of the register of legal entities.
    pub entities: u64,
}

/// Seeds the demo city into an empty place. The city file is written last: without it the folder counts as empty.
pub fn demo(place: StoreOptions, packages: &Packages, scale: Scale) -> anyhow::Result<()> {
    let dir = &place.dir.clone();
    let city = City::demo()?;
    let now = SystemClock.now();
    let clock = Arc::new(SimulatedClock::new(now - HISTORY));
    let opening = compose::Opening {
        city: &city,
        store: place,
        packages,
        clock: clock.clone(),
        demo_accounts: Vec::new(),
        public_url: None,
        behind_proxy: false,
    };
    let app = compose::open(opening)?;
    anyhow::ensure!(
        app.store.size() == 0,
        "the database holds records already; name another schema with `?schema=NAME`"
    );
    let built = yuandu_demo::City::build()?;
    let census: Vec<yuandu_demo::Component> =
        yuandu_demo::components(&built, scale.components).collect();
    let step = |what: &str| {
        let bar = ProgressBar::new_spinner();
        bar.set_style(
            ProgressStyle::with_template("{spinner} {msg} {pos}")
                .unwrap_or_else(|_| ProgressStyle::default_spinner()),
        );
        bar.set_message(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    };
    let ctx = system(&app);
    done(
        step("organisations and people"),
        people::write(&app, &ctx, &built)?,
    );
    done(step("divisions"), records::divisions(&app, &ctx, &built)?);
    done(step("grids"), records::grids(&app, &ctx, &built)?);
    let bar = step("components");
    let written = records::components(&app, &ctx, &census, &bar)?;
    done(bar, written);
    let bar = step("residents");
    let residents = scale::residents(&app, &ctx, dir, (&built, scale.residents))?;
    done(bar, residents);
    let bar = step("legal entities");
    let entities = scale::entities(&app, &ctx, dir, (&built, scale.entities))?;
    done(bar, entities);
    let mut scripts = yuandu_demo::case_scripts(&built, &census, now)?;
    let requests = requests::read(&built, now)?;
    let own = scripts.len();
    scripts.extend(requests.scripts.iter().map(|(_, script)| script.clone()));
    let bar = step("cases");
    let opened = cases::live(&app, &clock, &scripts, now, &bar)?;
    done(bar, opened.len());
    done(step("hotline"), hotline::registers(&app, &ctx, now)?);
    done(step("orders"), hotline::orders(&app, &ctx, &clock, now)?);
    let report = requests.report(opened.get(own..).unwrap_or_default())?;
    std::fs::write(dir.join("import-nyc311.csv"), report.csv)?;
    if scale.load_cases > 0 {
        let bar = step("load cases");
        load::cases(&app, &clock, &built, scale.load_cases, &bar)?;
        done(bar, scale.load_cases);
    }
    say!("  requests imported: {}", report.summary);
    drop(app);
    city.write(dir)
}

fn done(bar: ProgressBar, count: usize) {
    let what = bar.message();
    bar.finish_and_clear();
    say!("  {what}: {count}");
}

/// The seeding itself, acting as the platform.
fn system(app: &App) -> OpCtx {
    OpCtx::new(app.realm, Actor::System("seed"), app.clock.clone()).for_purpose("demo")
}

/// A title in both languages.
fn both(zh: &str, en: &str) -> LocalText {
    LocalText::new(zh, en)
}
