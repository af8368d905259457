//! The program on PostgreSQL, by its command line.

use std::path::Path;
use std::process::{Command, Output};

use yuandu_store::testing::Cluster;

fn yuandu(words: &[&str], dir: &Path, database: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_yuandu"));
    command
        .args(words)
        .arg("--data")
        .arg(dir)
        .env("RUST_LOG", "warn");
    command.env_remove("YUANDU_DATABASE");
    if let Some(url) = database {
        // By the environment, as an operator does who keeps the password out of the list of processes.
        command.env("YUANDU_DATABASE", url);
    }
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    [&output.stdout[..], &output.stderr[..]]
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        .concat()
}

const INIT: [&str; 7] = [
    "init",
    "--realm",
    "370700",
    "--name",
    "潍坊市",
    "--name-en",
    "Weifang",
];

#[test]
fn a_city_is_set_up_and_verified_on_postgresql_and_never_taken_for_an_empty_one() {
    let Some(cluster) = Cluster::start(false).unwrap() else {
        let remedy =
            "SKIPPED: PostgreSQL is not installed; install it with `apt-get install postgresql`";
        assert!(std::env::var_os("CI").is_none(), "{remedy}");
        eprintln!("{remedy}");
        return;
    };
    let url = cluster.url();
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let made = yuandu(&INIT, one.path(), Some(&url));
    assert!(made.status.success(), "{}", said(&made));
    let verified = yuandu(&["verify"], one.path(), Some(&url));
    assert!(verified.status.success(), "{}", said(&verified));
    assert!(said(&verified).contains("everything agrees with the log"));
    let again = yuandu(&INIT, two.path(), Some(&url));
    assert!(!again.status.success());
    assert!(
        said(&again).contains("holds a city already"),
        "{}",
        said(&again)
    );
    let elsewhere = yuandu(&["serve", "--listen", "127.0.0.1:0"], one.path(), None);
    assert!(!elsewhere.status.success());
    assert!(
        said(&elsewhere).contains("--database"),
        "{}",
        said(&elsewhere)
    );
}

#[test]
fn an_address_that_cannot_be_used_is_refused_without_repeating_its_password() {
    let dir = tempfile::tempdir().unwrap();
    for url in [
        "mysql://root:geheim@localhost/x",
        "postgres://city:geheim@localhost:1/x?schema=A-B",
    ] {
        let refused = yuandu(&INIT, dir.path(), Some(url));
        assert!(!refused.status.success());
        assert!(!said(&refused).contains("geheim"), "{}", said(&refused));
    }
}
