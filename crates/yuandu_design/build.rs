//! Makes `ui/dist` exist, so that the crate compiles before the browser side was built.
//!
//! It never builds the browser side itself: a Rust build must not need Node. `assets::missing` tells the
//! operator at start when the folder was empty.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let dist = Path::new("../../ui/dist");
    if !dist.exists() {
        std::fs::create_dir_all(dist)?;
    }
    println!("cargo::rerun-if-changed=../../ui/dist");
    println!("cargo::rerun-if-changed=build.rs");
    Ok(())
}
