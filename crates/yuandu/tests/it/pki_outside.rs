//! The served authority from outside: what openssl and the doctor say of certificates, answers, lists, messages and time-stamps.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use jiff::SignedDuration;
use serde_json::json;
use yuandu_base::{Clock as _, SystemClock};
use yuandu_trust::issue::KeyKind;

use crate::city::City;
use crate::client::Client;
use crate::pki::{CERTIFICATES, begin, certified, send};

fn openssl(folder: &Path, words: &str) -> (bool, String) {
    let done = Command::new("openssl")
        .args(words.split_whitespace())
        .current_dir(folder)
        .output()
        .unwrap();
    let said =
        String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    (done.status.success(), format!("openssl {words}: {said}"))
}

fn good(folder: &Path, words: &str) -> String {
    let (fine, said) = openssl(folder, words);
    assert!(fine, "{said}");
    said
}

fn has_openssl() -> bool {
    let found = Command::new("openssl").arg("version").output().is_ok();
    if !found {
        let remedy = "SKIPPED: openssl is not installed; install it with `apt-get install openssl`";
        assert!(std::env::var_os("CI").is_none(), "{remedy}");
        eprintln!("{remedy}");
    }
    found
}

/// Serves the city on a port of its own, its clock at the machine's time, which openssl looks at.
async fn served(kind: KeyKind) -> (City, SocketAddr) {
    let city = City::new();
    city.clock.set(SystemClock.now());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    begin(&city, kind, &format!("http://{address}/pki"));
    let router = city.router.clone();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (city, address)
}

async fn fetch(city: &City, path: &str, to: &Path) {
    let answer = Client::anonymous(city).get(path).await;
    assert_eq!(answer.status, 200, "{path}");
    std::fs::write(to, answer.bytes).unwrap();
}

async fn view(city: &City, serial: &str, to: &Path) {
    let mut seat = Client::officer(city, "seat").await;
    let path = format!("{CERTIFICATES}/{serial}");
    let view = seat.get(&path).await.is(200);
    std::fs::write(to, view["pem"].as_str().unwrap()).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn openssl_accepts_certificates_answers_lists_and_messages_and_sees_a_revocation_at_once() {
    if !has_openssl() {
        return;
    }
    let (city, address) = served(KeyKind::P256).await;
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    let id = city.app.pki.authority().unwrap().id().to_owned();
    fetch(&city, "/pki/root.cer", &dir.join("root.der")).await;
    fetch(&city, "/pki/root.crl", &dir.join("root.crl")).await;
    fetch(&city, &format!("/pki/ca/{id}.cer"), &dir.join("ca.der")).await;
    for name in ["root", "ca"] {
        good(
            dir,
            &format!("x509 -inform DER -in {name}.der -out {name}.pem"),
        );
    }
    good(dir, "crl -inform DER -in root.crl -out root.crl.pem");
    let keys = [
        ("p256", "-newkey ec -pkeyopt ec_paramgen_curve:P-256"),
        ("rsa", "-newkey rsa:2048"),
    ];
    for (name, key) in keys {
        good(
            dir,
            &format!("req -new {key} -nodes -keyout {name}.key -out {name}.csr -subj /CN=x"),
        );
        let csr = std::fs::read_to_string(dir.join(format!("{name}.csr"))).unwrap();
        let serial = certified(&city, "seat", &csr).await;
        view(&city, &serial, &dir.join(format!("{name}.pem"))).await;
        let list = |file: &str| good(dir, &format!("crl -inform DER -in {file} -out {file}.pem"));
        fetch(&city, &format!("/pki/crl/{id}.crl"), &dir.join("ca.crl")).await;
        list("ca.crl");
        let verify = format!(
            "verify -x509_strict -crl_check_all -CAfile root.pem -untrusted ca.pem -CRLfile root.crl.pem -CRLfile ca.crl.pem {name}.pem"
        );
        assert!(good(dir, &verify).contains("OK"));
        // The addresses in the certificate are those that answer.
        let text = good(dir, &format!("x509 -in {name}.pem -noout -text -ocsp_uri"));
        for part in [
            "/pki/ocsp",
            &format!("/pki/ca/{id}.cer"),
            &format!("/pki/crl/{id}.crl"),
        ] {
            assert!(text.contains(&format!("http://{address}{part}")), "{text}");
        }
        // A signed message, accepted and refused once altered.
        std::fs::write(dir.join("deed.txt"), "关于印发的通知\n").unwrap();
        good(
            dir,
            &format!(
                "cms -sign -binary -in deed.txt -signer {name}.pem -inkey {name}.key -certfile ca.pem -outform DER -out deed.p7s"
            ),
        );
        let check = "cms -verify -binary -inform DER -in deed.p7s -content deed.txt -CAfile root.pem -out got.txt";
        good(dir, check);

        let ask = format!(
            "ocsp -issuer ca.pem -cert {name}.pem -CAfile root.pem -url http://{address}/pki/ocsp -respout {name}.ors"
        );
        let told = tokio::task::spawn_blocking({
            let (dir, ask) = (dir.to_owned(), ask.clone());
            move || good(&dir, &ask)
        });
        let told = told.await.unwrap();
        assert!(
            told.contains("Response verify OK") && told.contains(&format!("{name}.pem: good")),
            "{told}"
        );
        assert!(!told.contains("WARNING"), "{told}");
        doctor(
            dir,
            &[
                "root.pem",
                "ca.pem",
                &format!("{name}.pem"),
                &format!("{name}.ors"),
                "root.crl",
                "ca.crl",
            ],
            0,
        );

        let begun = SystemClock.now();
        let mut seat = Client::officer(&city, "seat").await;
        let path = format!("{CERTIFICATES}/{serial}/revoke");
        seat.post(&path, &json!({ "reason": "key_compromise" }))
            .await
            .is(204);
        let told = tokio::task::spawn_blocking({
            let dir = dir.to_owned();
            move || good(&dir, &ask)
        });
        let told = told.await.unwrap();
        assert!(
            told.contains("revoked") && told.contains("keyCompromise"),
            "{told}"
        );
        assert!(SystemClock.now().duration_since(begun) < SignedDuration::from_secs(5));
        doctor(
            dir,
            &[
                "root.pem",
                "ca.pem",
                &format!("{name}.pem"),
                &format!("{name}.ors"),
            ],
            1,
        );
        fetch(&city, &format!("/pki/crl/{id}.crl"), &dir.join("ca.crl")).await;
        list("ca.crl");
        let (fine, said) = openssl(dir, &verify);
        assert!(!fine && said.contains("certificate revoked"), "{said}");
    }
}

fn doctor(dir: &Path, files: &[&str], code: i32) {
    let done = Command::new(env!("CARGO_BIN_EXE_yuandu"))
        .args(["trust", "doctor", "--lang", "en"])
        .args(files)
        .current_dir(dir)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert_eq!(done.status.code(), Some(code), "{files:?}: {said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn openssl_verifies_time_stamps_and_a_changed_file_fails() {
    if !has_openssl() {
        return;
    }
    let (city, _) = served(KeyKind::P256).await;
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    fetch(&city, "/pki/ca.pem", &dir.join("ca.pem")).await;
    fetch(&city, "/pki/root.cer", &dir.join("root.der")).await;
    good(dir, "x509 -inform DER -in root.der -out root.pem");
    std::fs::write(dir.join("deed.txt"), "关于印发的通知\n").unwrap();
    std::fs::write(dir.join("other.txt"), "关于印发的通知 \n").unwrap();
    let stamp = async |question: &str| {
        let bytes = std::fs::read(dir.join(question)).unwrap();
        let answer = send(&city, "/pki/tsa", "application/timestamp-query", bytes).await;
        std::fs::write(dir.join("deed.tsr"), &answer.bytes).unwrap();
    };
    for digest in ["sha256", "sha384", "sha512", "sm3"] {
        good(
            dir,
            &format!("ts -query -data deed.txt -{digest} -cert -out deed.tsq"),
        );
        stamp("deed.tsq").await;
        let check =
            "ts -verify -queryfile deed.tsq -in deed.tsr -CAfile root.pem -untrusted ca.pem";
        assert!(good(dir, check).contains("Verification: OK"));
        let check = "ts -verify -data deed.txt -in deed.tsr -CAfile root.pem -untrusted ca.pem";
        assert!(good(dir, check).contains("Verification: OK"));
        let (fine, said) = openssl(
            dir,
            "ts -verify -data other.txt -in deed.tsr -CAfile root.pem -untrusted ca.pem",
        );
        assert!(!fine && said.contains("message imprint mismatch"), "{said}");
    }
    let text = good(dir, "ts -reply -in deed.tsr -text");
    for part in ["Status: Granted.", "Accuracy: 0x01 seconds", "Ordering: no"] {
        assert!(text.contains(part), "{text}");
    }
    doctor(dir, &["root.pem", "ca.pem", "deed.tsr"], 0);
    // Without -cert the token carries no certificate.
    good(dir, "ts -query -data deed.txt -sha256 -out bare.tsq");
    stamp("bare.tsq").await;
    assert!(
        !openssl(
            dir,
            "ts -verify -queryfile bare.tsq -in deed.tsr -CAfile root.pem"
        )
        .0
    );
    for (query, reason) in [
        (
            "-data deed.txt -sha1",
            "unrecognized or unsupported algorithm identifier",
        ),
        (
            "-data deed.txt -sha256 -tspolicy 1.2.3",
            "the requested TSA policy is not supported by the TSA",
        ),
    ] {
        good(dir, &format!("ts -query {query} -out bad.tsq"));
        stamp("bad.tsq").await;
        let text = good(dir, "ts -reply -in deed.tsr -text");
        assert!(
            text.contains("Status: Rejected.") && text.contains(reason),
            "{text}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_authority_of_sm2_certifies_keys_of_sm2() {
    if !has_openssl() {
        return;
    }
    let (city, _) = served(KeyKind::Sm2).await;
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    good(dir, "ecparam -genkey -name SM2 -out sm2.key");
    good(
        dir,
        "req -new -key sm2.key -sm3 -sigopt distid:1234567812345678 -out sm2.csr -subj /CN=x",
    );
    let csr = std::fs::read_to_string(dir.join("sm2.csr")).unwrap();
    let serial = certified(&city, "seat", &csr).await;
    view(&city, &serial, &dir.join("sm2.pem")).await;
    fetch(&city, "/pki/ca.pem", &dir.join("ca.pem")).await;
    fetch(&city, "/pki/root.cer", &dir.join("root.der")).await;
    good(dir, "x509 -inform DER -in root.der -out root.pem");
    let id = city.app.pki.authority().unwrap().id().to_owned();
    let file = format!("{id}.cer");
    fetch(&city, &format!("/pki/ca/{file}"), &dir.join(&file)).await;
    // openssl tells the identifier of SM2 to the certificate in question alone, so that each is verified by its issuer.
    good(
        dir,
        &format!("x509 -inform DER -in {id}.cer -out issuing.pem"),
    );
    for (issuer, cert) in [("root.pem", "issuing.pem"), ("issuing.pem", "sm2.pem")] {
        let check = format!(
            "verify -x509_strict -partial_chain -vfyopt distid:1234567812345678 -CAfile {issuer} {cert}"
        );
        assert!(good(dir, &check).contains("OK"));
    }
    // openssl's ocsp, crl and ts cannot be told the identifier that SM2 signatures are made with; the doctor knows it.
    std::fs::write(dir.join("deed.txt"), "通知\n").unwrap();
    good(dir, "ts -query -data deed.txt -sm3 -cert -out deed.tsq");
    let bytes = std::fs::read(dir.join("deed.tsq")).unwrap();
    let stamped = send(&city, "/pki/tsa", "application/timestamp-query", bytes).await;
    std::fs::write(dir.join("deed.tsr"), stamped.bytes).unwrap();
    good(dir, "ocsp -issuer ca.pem -cert sm2.pem -reqout sm2.orq");
    let bytes = std::fs::read(dir.join("sm2.orq")).unwrap();
    let answer = send(&city, "/pki/ocsp", "application/ocsp-request", bytes).await;
    std::fs::write(dir.join("sm2.ors"), answer.bytes).unwrap();
    fetch(&city, &format!("/pki/crl/{id}.crl"), &dir.join("ca.crl")).await;
    let files = [
        "root.pem", "ca.pem", "sm2.pem", "sm2.ors", "deed.tsr", "ca.crl",
    ];
    doctor(dir, &files, 0);
}

#[test]
fn the_program_serves_the_authority_of_the_ceremony_and_keeps_its_password_to_itself() {
    if !has_openssl() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    std::fs::write(dir.join("password"), "correct horse battery\n").unwrap();
    std::fs::write(dir.join("wrong"), "incorrect horse\n").unwrap();
    let program = |words: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_yuandu"));
        command
            .args(words.split_whitespace())
            .current_dir(dir)
            .env("RUST_LOG", "info")
            .env_remove("YUANDU_AUTHORITY_PASSWORD");
        command
    };
    let done = |words: &str| program(words).output().unwrap();
    let founded = done(
        "trust ceremony --organisation 潍坊市 --key p256 --address http://city.test/pki --password-file password --out ca",
    );
    assert!(founded.status.success());
    let made = done("init --realm 370700 --name 潍坊市 --name-en Weifang --data city");
    assert!(made.status.success());
    let serve = "serve --data city --listen 127.0.0.1:0 --authority ca";
    for (words, told) in [
        (serve.to_owned(), "YUANDU_AUTHORITY_PASSWORD"),
        (
            format!("{serve} --authority-password-file wrong"),
            "check the password",
        ),
    ] {
        let refused = done(&words);
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(!refused.status.success() && said.contains(told), "{said}");
    }

    let log = std::fs::File::create(dir.join("log")).unwrap();
    let child = program(serve)
        .env("YUANDU_AUTHORITY_PASSWORD", "correct horse battery")
        .stdout(std::process::Stdio::piped())
        .stderr(log)
        .spawn()
        .unwrap();
    let mut server = Stopped(child);
    let output = std::io::BufReader::new(server.0.stdout.take().unwrap());
    let address = std::io::BufRead::lines(output)
        .find_map(|line| Some(line.ok()?.split_once("http://")?.1.trim().to_owned()))
        .unwrap();
    let ask = format!(
        "ocsp -issuer ca/issuing.pem -serial 0x41 -CAfile ca/root.pem -url http://{address}/pki/ocsp"
    );
    // The responder's key is made right after the start; each question takes a process, so that this is no busy loop.
    let told = (0..500).find_map(|_| {
        let (_, said) = openssl(dir, &ask);
        said.contains("Response verify OK").then_some(said)
    });
    assert!(told.unwrap().contains("0x41: unknown"));
    drop(server);
    for file in ["log", "city/yuandu.db", "city/yuandu.db-wal"] {
        let bytes = std::fs::read(dir.join(file)).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        assert!(
            !text.contains("horse battery") && !text.contains("PRIVATE KEY"),
            "{file}"
        );
    }
}

/// A program that is stopped when the test is over.
struct Stopped(std::process::Child);

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
