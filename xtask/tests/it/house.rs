//! The repository itself passes `cargo xtask tidy`.

use xtask::checkout::Checkout;
use xtask::tidy;

#[test]
fn the_repository_follows_the_rules_of_the_house() {
    let checkout = Checkout::find().expect("cargo tells where the package is");
    let report = tidy::check(&checkout).expect("the rules can be checked");
    let findings: Vec<String> = report.failures().map(ToString::to_string).collect();
    assert!(
        findings.is_empty(),
        "{} findings:\n{}",
        findings.len(),
        findings.join("\n")
    );
}
