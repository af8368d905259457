//! The program on PostgreSQL, by its command line.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Output};

use yuandu_store::testing::Cluster;

pub fn yuandu(words: &[&str], dir: &Path, database: Option<&str>) -> Output {
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

pub fn said(output: &Output) -> String {
    [&output.stdout[..], &output.stderr[..]]
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        .concat()
}

/// A PostgreSQL for one test, or none where it is not installed: then the test says so, and fails in CI.
pub fn cluster() -> Option<Cluster> {
    let cluster = Cluster::start(false).unwrap();
    if cluster.is_none() {
        let remedy =
            "SKIPPED: PostgreSQL is not installed; install it with `apt-get install postgresql`";
        assert!(std::env::var_os("CI").is_none(), "{remedy}");
        eprintln!("{remedy}");
    }
    cluster
}

pub const INIT: [&str; 7] = [
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
    let Some(cluster) = cluster() else { return };
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

/// A server that is stopped when the test is over.
pub struct Server {
    child: std::process::Child,
    pub address: String,
}

impl Server {
    pub fn start(dir: &Path, url: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_yuandu"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(dir)
            .env("YUANDU_DATABASE", url)
            .env("RUST_LOG", "off")
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let output = std::io::BufReader::new(child.stdout.take().unwrap());
        let address = std::io::BufRead::lines(output)
            .find_map(|line| Some(line.ok()?.split_once("http://")?.1.trim().to_owned()))
            .unwrap();
        Self { child, address }
    }

    /// The whole answer to a request without a body.
    pub fn get(&self, path: &str) -> String {
        let mut stream = std::net::TcpStream::connect(&self.address).unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: city\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
fn servers_on_one_database_say_that_it_is_away_and_go_on_when_it_is_back() {
    let Some(mut cluster) = cluster() else { return };
    let url = cluster.url();
    let dir = tempfile::tempdir().unwrap();
    let made = yuandu(&INIT, dir.path(), Some(&url));
    assert!(made.status.success(), "{}", said(&made));
    let servers = [0, 1].map(|_| Server::start(dir.path(), &url));
    let ready = |server: &Server| server.get("/readyz");
    for server in &servers {
        assert!(
            ready(server).starts_with("HTTP/1.1 200"),
            "{}",
            ready(server)
        );
    }
    cluster.kill();
    for server in &servers {
        let answer = ready(server);
        assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
        assert!(answer.to_lowercase().contains("retry-after: 5"), "{answer}");
        assert!(answer.contains("数据库暂时连不上"), "{answer}");
    }
    cluster.run().unwrap();
    for server in &servers {
        assert!(
            ready(server).starts_with("HTTP/1.1 200"),
            "{}",
            ready(server)
        );
    }
}
