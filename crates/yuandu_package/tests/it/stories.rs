//! The scenarios of every package of this repository come true.

use yuandu_package::run_scenarios;

use crate::good::packages;

#[test]
fn every_scenario_of_every_package_comes_true() {
    let packages = packages();
    let mut untrue = Vec::new();
    for package in packages.iter() {
        let report = run_scenarios(&packages, package.id(), None);
        for failure in report.failures() {
            eprintln!(
                "{}/{}:{}: {}: expected {}, got {}",
                package.id(),
                failure.file,
                failure.line,
                failure.what,
                failure.expected,
                failure.got
            );
        }
        assert!(!report.scenarios.is_empty(), "{} has none", package.id());
        untrue.extend((report.failed() > 0).then(|| package.id().to_owned()));
    }
    assert_eq!(untrue, Vec::<String>::new());
}
