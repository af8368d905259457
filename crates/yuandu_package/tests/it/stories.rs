//! The scenarios of every package of this repository come true.

use yuandu_package::run_scenarios;

use crate::good::packages;

#[test]
fn every_scenario_of_every_package_comes_true() {
    let packages = packages();
    for package in packages.iter() {
        let report = run_scenarios(&packages, package.id(), None);
        for failure in report.failures() {
            eprintln!(
                "{}:{}: {}: expected {}, got {}",
                failure.file, failure.line, failure.what, failure.expected, failure.got
            );
        }
        assert_eq!(report.failed(), 0, "{}", package.id());
    }
}
