//! Servers and databases are killed at random while clients write: what was answered is there, once, in order.
//!
//! A short round runs with the tests. `YUANDU_KILLS=1000` makes it long; the counts are printed either way.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use yuandu_store::testing::Cluster;
use yuandu_store::{Database, IdempotencyKey, Plan, Store, StoreError, StoreOptions, verify};

use crate::fixture::{put, tables};

/// Set to `folder|address` when this test binary is started as a server that will be killed.
const CHILD: &str = "YUANDU_STORE_TEST_SERVER";

/// Clients of each server.
const CLIENTS: u32 = 4;

/// An answer that a client got.
struct Answer {
    key: String,
    position: u64,
}

/// Not a test of its own: a server whose clients write and tell every answer, until it is killed.
#[test]
fn serves_until_killed() {
    let Ok(place) = std::env::var(CHILD) else {
        return;
    };
    let (dir, address) = place.split_once('|').unwrap();
    let options = StoreOptions::new(dir).on(Database::parse(address).unwrap());
    let store = loop {
        match Store::open(&options, &tables()) {
            Ok(store) => break Arc::new(store),
            Err(StoreError::Unreachable { .. } | StoreError::Busy { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    };
    let clients: Vec<_> = (0..CLIENTS)
        .map(|client| {
            let store = Arc::clone(&store);
            std::thread::spawn(move || {
                for number in 0.. {
                    let key = format!("{}-{client}-{number}", std::process::id());
                    let position = persist(&store, &key);
                    // One write, so that a kill cannot mix the lines of two clients.
                    println!("\ndone {key} {position}");
                }
            })
        })
        .collect();
    for client in clients {
        client.join().unwrap();
    }
}

/// Sends the same request with the same key until it is answered, as a careful client does.
fn persist(store: &Store, key: &str) -> u64 {
    loop {
        match store.commit(keyed(key)) {
            Ok(receipt) => return receipt.position,
            Err(StoreError::Unreachable { .. } | StoreError::Busy { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

fn keyed(key: &str) -> Plan {
    put(key, key, 1).idempotent(Some(IdempotencyKey {
        key: key.to_owned(),
        fingerprint: "same".to_owned(),
    }))
}

struct Servers {
    place: String,
    running: Vec<Child>,
    answers: Receiver<Answer>,
    tell: Sender<Answer>,
}

impl Servers {
    fn start(place: String, count: usize) -> Self {
        let (tell, answers) = channel();
        let mut servers = Self {
            place,
            running: Vec::new(),
            answers,
            tell,
        };
        for _ in 0..count {
            let server = servers.spawn();
            servers.running.push(server);
        }
        servers
    }

    fn spawn(&self) -> Child {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "faults_at_random::serves_until_killed",
                "--nocapture",
            ])
            .env(CHILD, &self.place)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let tell = self.tell.clone();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let mut words = line.split(' ');
                if words.next() == Some("done")
                    && let (Some(key), Some(position)) = (words.next(), words.next())
                    && let Ok(position) = position.parse()
                {
                    let key = key.to_owned();
                    // The test may be over already.
                    let _ = tell.send(Answer { key, position });
                }
            }
        });
        child
    }

    fn kill(&mut self, which: usize) {
        let mut child = self.running.swap_remove(which);
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Waits until clients got so many answers more.
    fn answered(&self, count: usize, into: &mut Vec<Answer>) {
        for _ in 0..count {
            let answer = self.answers.recv_timeout(Duration::from_secs(60));
            into.push(answer.expect("clients stopped getting answers"));
        }
    }

    fn end(mut self, into: &mut Vec<Answer>) {
        while !self.running.is_empty() {
            self.kill(0);
        }
        drop(self.tell);
        // The threads that read end with their servers.
        into.extend(self.answers.iter());
    }
}

/// Kills to make, and whether this is the long form.
fn kills(short: usize) -> usize {
    std::env::var("YUANDU_KILLS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(short)
}

fn check(what: &str, kills: usize, options: &StoreOptions, answers: &[Answer]) {
    let report = verify::verify_store(options, &tables(), &mut |_, _, _| ()).unwrap();
    assert!(report.is_clean(), "{report:?}");
    let store = Store::open(options, &tables()).unwrap();
    let mut written: HashMap<String, Vec<u64>> = HashMap::new();
    let mut entries = 0;
    store
        .read(|reader| {
            reader.query_each("SELECT seq, subject FROM log ORDER BY seq", &[], |row| {
                assert_eq!(row.int("seq")?, entries, "positions have no gaps");
                entries += 1;
                let subject = row.text("subject")?;
                let key = subject.trim_start_matches("thing/").to_owned();
                written.entry(key).or_default().push(row.int("seq")? as u64);
                Ok(true)
            })
        })
        .unwrap();
    let lost = answers
        .iter()
        .filter(|answer| written.get(&answer.key) != Some(&vec![answer.position]))
        .count();
    let doubled = written.values().filter(|places| places.len() > 1).count();
    // A client sends its next request after the answer to the last: its positions rise.
    let mut last: HashMap<&str, (u64, u64)> = HashMap::new();
    let mut disordered = 0;
    let mut sorted: Vec<&Answer> = answers.iter().collect();
    let number = |answer: &Answer| {
        answer
            .key
            .rsplit('-')
            .next()
            .unwrap()
            .parse::<u64>()
            .unwrap()
    };
    sorted.sort_by_key(|answer| number(answer));
    for answer in sorted {
        let client = answer.key.rsplit_once('-').unwrap().0;
        let before = last.insert(client, (number(answer), answer.position));
        disordered += usize::from(before.is_some_and(|(_, place)| place >= answer.position));
    }
    println!(
        "{what}: {kills} kills, {} answered writes, {entries} entries, lost {lost}, doubled {doubled}, out of order {disordered}",
        answers.len()
    );
    assert_eq!((lost, doubled, disordered), (0, 0, 0));
}

#[test]
fn killed_servers_on_sqlite_lose_double_and_disorder_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let kills = kills(8);
    let mut servers = Servers::start(format!("{}|sqlite:", dir.path().display()), 1);
    let mut answers = Vec::new();
    for _ in 0..kills {
        servers.answered(5 + rand::random::<u8>() as usize % 40, &mut answers);
        servers.kill(0);
        let server = servers.spawn();
        servers.running.push(server);
    }
    servers.answered(5, &mut answers);
    servers.end(&mut answers);
    check("SQLite", kills, &StoreOptions::new(dir.path()), &answers);
}

#[test]
fn killed_servers_and_databases_on_postgresql_lose_double_and_disorder_nothing() {
    let Some(mut cluster) = crate::fixture::cluster() else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let url = format!("{}&schema=faults", cluster.url());
    let kills = kills(10);
    let mut servers = Servers::start(place(dir.path(), &url), 2);
    let mut answers = Vec::new();
    for kill in 0..kills {
        servers.answered(5 + rand::random::<u8>() as usize % 40, &mut answers);
        if kill % 4 == 3 {
            database_killed(&mut cluster);
        } else {
            servers.kill(rand::random::<u8>() as usize % servers.running.len());
            let server = servers.spawn();
            servers.running.push(server);
        }
    }
    servers.answered(5, &mut answers);
    servers.end(&mut answers);
    let options = StoreOptions::new(dir.path()).on(Database::parse(&url).unwrap());
    check("PostgreSQL", kills, &options, &answers);
}

fn place(dir: &Path, url: &str) -> String {
    format!("{}|{url}", dir.display())
}

fn database_killed(cluster: &mut Cluster) {
    cluster.kill();
    cluster.run().unwrap();
}
