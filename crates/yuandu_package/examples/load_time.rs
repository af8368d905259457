//! Measures how long the packages of a folder take to load: the part of a server's cold start that belongs to them.
//!
//! `cargo run --release -p yuandu_package --example load_time -- systems`

use std::path::PathBuf;
use std::time::Instant;

use yuandu_package::{Source, load_all};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root: PathBuf = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "systems".to_owned())
        .into();
    let sources = Source::all_on_disk(&root)?;
    let mut times: Vec<f64> = Vec::new();
    for _ in 0..11 {
        let began = Instant::now();
        let loaded = load_all(&sources);
        times.push(began.elapsed().as_secs_f64() * 1_000.0);
        if let Err(found) = loaded {
            return Err(format!("{} problems; see `yuandu check`", found.len()).into());
        }
    }
    let first = times.first().copied().unwrap_or_default();
    times.sort_by(f64::total_cmp);
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    println!(
        "{} packages: first {first:.1} ms, median {median:.1} ms",
        sources.len()
    );
    Ok(())
}
