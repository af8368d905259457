//! Founding an authority and examining its files, as an operator does at the terminal.

use std::path::Path;
use std::process::{Command, Output};

fn yuandu(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_yuandu"))
        .args(arguments)
        .output()
        .unwrap()
}

fn found(folder: &Path, password: &Path) -> Output {
    yuandu(&[
        "trust",
        "ceremony",
        "--lang",
        "en",
        "--organisation",
        "潍坊市",
        "--key",
        "p256",
        "--address",
        "http://www.example.cn/pki/",
        "--password-file",
        password.to_str().unwrap(),
        "--out",
        folder.to_str().unwrap(),
    ])
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[test]
fn an_authority_is_founded_once_and_its_files_belong_together() {
    let folder = tempfile::tempdir().unwrap();
    let (password, authority) = (folder.path().join("password"), folder.path().join("ca"));
    std::fs::write(&password, "short\n").unwrap();
    let refused = found(&authority, &password);
    assert!(!refused.status.success(), "{}", said(&refused));
    assert!(said(&refused).contains("at least 12"), "{}", said(&refused));
    assert!(!authority.exists(), "nothing was written");

    std::fs::write(&password, "correct horse battery\n").unwrap();
    let founded = found(&authority, &password);
    assert!(founded.status.success(), "{}", said(&founded));
    let before = std::fs::read(authority.join("root.pem")).unwrap();
    let again = found(&authority, &password);
    assert!(!again.status.success(), "{}", said(&again));
    assert_eq!(std::fs::read(authority.join("root.pem")).unwrap(), before);

    let file = |name: &str| authority.join(name).to_str().unwrap().to_owned();
    let names = [file("ca.pem"), file("root.crl"), file("issuing.crl")];
    let good = yuandu(&[
        "trust", "doctor", "--lang", "en", &names[0], &names[1], &names[2],
    ]);
    assert_eq!(good.status.code(), Some(0), "{}", said(&good));

    let other = folder.path().join("other");
    assert!(found(&other, &password).status.success());
    let stranger = other.join("root.crl").to_str().unwrap().to_owned();
    let mixed = yuandu(&["trust", "doctor", "--json", &names[0], &stranger]);
    assert_eq!(mixed.status.code(), Some(1), "{}", said(&mixed));
    let remarks: serde_json::Value = serde_json::from_slice(&mixed.stdout).unwrap();
    assert!(
        remarks.to_string().contains("root.crl"),
        "the stranger is named: {remarks}"
    );
}
