//! Prints what the generator makes and how long it takes: `cargo run --release -p yuandu_demo --example figures`.

use std::collections::BTreeMap;
use std::time::Instant;

use yuandu_demo::{City, Component, case_scripts, components, demo_rows, timeline};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let start = Instant::now();
    let city = City::build()?;
    println!(
        "city: {} divisions, {} organisations, {} posts, {} unit grids, {} responsibility grids in {:.0?}",
        city.divisions.len(),
        city.organisations.len(),
        city.staff.len(),
        city.grids.units().len(),
        city.grids.responsibilities().len(),
        start.elapsed()
    );
    let start = Instant::now();
    let census: Vec<Component> = components(&city, 100_000).collect();
    println!(
        "census: {} components in {:.0?}",
        census.len(),
        start.elapsed()
    );
    for component in census.iter().step_by(16_001) {
        println!(
            "  {} {} {} {}",
            component.code, component.title, component.address.zh, component.owner
        );
    }
    let start = Instant::now();
    let scripts = case_scripts(&city, &census, "2026-11-23T09:00:00+08:00".parse()?)?;
    println!(
        "cases: {} scripts, {} events in {:.0?}",
        scripts.len(),
        timeline(&scripts).len(),
        start.elapsed()
    );
    for script in scripts.iter().step_by(31) {
        println!(
            "  {:?} {} {} [{}]",
            script.progress, script.category, script.words, script.address.en
        );
    }
    let start = Instant::now();
    let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
    for row in demo_rows()? {
        let name = match row.result {
            Ok(record) => format!("imported as {}", record.category),
            Err(refusal) => format!("{:?}: {}", refusal.kind, refusal.reason.en),
        };
        *outcomes.entry(name).or_default() += 1;
    }
    println!("NYC 311 in {:.0?}", start.elapsed());
    for (name, count) in outcomes {
        println!("  {count:4} {name}");
    }
    Ok(())
}
