//! `cargo xtask tidy`: the rules of the house that a machine can check, all findings at once.
//!
//! Each rule lives in a file of its own and only adds to the [`Report`]. What formatter, compiler and clippy already
//! check is not checked here. `xtask/tests/it/` runs the same check as a test.

mod budget;
mod docs;
mod layers;
mod licences;
mod locks;
mod marks;
mod names;
mod report;
mod rust;
mod settings;

pub use report::{Finding, Place, Report};

use anyhow::{Result, bail};

use crate::checkout::Checkout;

/// Checks the repository, prints what is wrong, and fails when anything is.
pub fn run(checkout: &Checkout) -> Result<()> {
    let report = check(checkout)?;
    for finding in report.warnings() {
        println!("    warning: {finding}");
    }
    for finding in report.failures() {
        eprintln!("    {finding}");
    }
    let (failures, warnings) = (report.failures().count(), report.warnings().count());
    println!(
        "    {} files looked at, {failures} findings, {warnings} warnings",
        report.files()
    );
    if failures > 0 {
        bail!("{failures} findings; each line above says what to do");
    }
    Ok(())
}

/// Applies every rule.
pub fn check(checkout: &Checkout) -> Result<Report> {
    let files = checkout.files()?;
    let mut report = Report::new(files.len());
    let sources = rust::Sources::load(checkout, &files, &mut report)?;
    let settings = settings::Settings::load(checkout)?;
    rust::check(&sources, &settings.layers, &mut report);
    names::check(&files, &mut report);
    budget::check(checkout, &files, &sources, &settings.budget, &mut report)?;
    marks::check(checkout, &files, &mut report);
    docs::check(checkout, &files, &mut report)?;
    layers::check(checkout, &settings.layers, &mut report)?;
    locks::check(checkout, &files, &settings.licences, &mut report)?;
    licences::check(checkout, &settings.licences, &mut report)?;
    report.sort();
    Ok(report)
}
