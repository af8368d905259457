//! NIST PKITS, when its data are at hand: `YUANDU_PKITS` names the folder with `certs` and `crls`.
//!
//! Every certificate whose name ends in `EE` or that a test ends with is asked about, with all others as the pool and all
//! lists, so that finding paths is measured too. The name of a file says what NIST expects.

use std::fs;
use std::path::{Path, PathBuf};

use yuandu_trust::cert::Certificate;
use yuandu_trust::crl::Crl;
use yuandu_trust::der::Instant;
use yuandu_trust::path::{Purpose, Request, validate};

/// 2011-04-14T12:00:00Z, within the validity of the whole suite.
const AT: Instant = Instant(1_302_782_400);

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut list: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    list.sort();
    list.into_iter()
        .map(|path| {
            (
                path.file_stem().unwrap().to_string_lossy().into_owned(),
                fs::read(&path).unwrap(),
            )
        })
        .collect()
}

#[test]
fn the_suite_of_nist_is_answered_as_nist_expects() {
    let Ok(folder) = std::env::var("YUANDU_PKITS") else {
        eprintln!("SKIPPED: set YUANDU_PKITS to the folder of PKITS (with certs and crls)");
        return;
    };
    let folder = PathBuf::from(folder);
    let certs: Vec<(String, Certificate)> = files(&folder.join("certs"))
        .into_iter()
        .filter_map(|(name, bytes)| match Certificate::read(&bytes) {
            Ok(cert) => Some((name, cert)),
            Err(error) => {
                eprintln!("unreadable: {name}: {error}");
                None
            }
        })
        .collect();
    let crls: Vec<Crl> = files(&folder.join("crls"))
        .into_iter()
        .filter_map(|(name, bytes)| {
            Crl::read(&bytes)
                .map_err(|error| eprintln!("unreadable: {name}: {error}"))
                .ok()
        })
        .collect();
    let anchor = certs
        .iter()
        .find(|(name, _)| name == "TrustAnchorRootCertificate")
        .unwrap()
        .1
        .clone();
    let is_end = |name: &str| name.starts_with("Valid") || name.starts_with("Invalid");
    let pool: Vec<Certificate> = certs
        .iter()
        .filter(|(name, _)| !name.ends_with("EE"))
        .map(|(_, cert)| cert.clone())
        .collect();
    let (mut right, mut asked, mut wrong) = (0, 0, Vec::new());
    for (name, leaf) in certs.iter().filter(|(name, _)| is_end(name)) {
        let request = Request {
            leaf: leaf.clone(),
            pool: pool.clone(),
            anchors: vec![anchor.clone()],
            crls: crls.clone(),
            at: AT,
            purpose: Purpose::Sign,
            name: None,
            policies: Vec::new(),
            explicit_policy: false,
            inhibit_mapping: false,
            inhibit_any: false,
        };
        let answer = validate(&request);
        asked += 1;
        if answer.is_valid() == name.starts_with("Valid") {
            right += 1;
        } else {
            let why: Vec<String> = answer
                .findings
                .iter()
                .map(|finding| finding.words(yuandu_base::Lang::En))
                .collect();
            wrong.push(format!("{name}: {}", why.join(" | ")));
        }
    }
    println!("PKITS: {right}/{asked}");
    for line in &wrong {
        println!("  {line}");
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
