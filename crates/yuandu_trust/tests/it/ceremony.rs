//! The city's own authority, as other programs see it: openssl reads keys, certificates and lists.

use std::path::Path;
use std::process::Command;

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use yuandu_trust::issue::{
    CeremonyPlan, Founded, KeyKind, Signer as _, decrypt_key, encrypt_key, found,
};
use yuandu_trust::pem;

fn held(kind: KeyKind) -> Founded {
    let plan = CeremonyPlan {
        organisation: "潍坊市".to_owned(),
        kind,
        root_years: 20,
        issuing_years: 10,
        address: "http://www.example.cn/pki".to_owned(),
    };
    let now = "2026-11-27T01:00:00Z".parse().unwrap();
    found(&plan, now, &mut StdRng::seed_from_u64(7)).unwrap()
}

fn openssl(folder: &Path, arguments: &[&str]) -> String {
    let done = Command::new("openssl")
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    let said =
        String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "openssl {arguments:?}: {said}");
    said
}

#[test]
fn openssl_verifies_the_authority_its_lists_and_its_keys() {
    if Command::new("openssl").arg("version").output().is_err() {
        let remedy = "SKIPPED: openssl is not installed; install it with `apt-get install openssl`";
        assert!(std::env::var_os("CI").is_none(), "{remedy}");
        eprintln!("{remedy}");
        return;
    }
    for kind in [KeyKind::P256, KeyKind::Rsa, KeyKind::Sm2] {
        let founded = held(kind);
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let write = |name: &str, label: &str, der: &[u8]| {
            std::fs::write(folder.join(name), pem::write(label, der)).unwrap()
        };
        write("root.pem", "CERTIFICATE", &founded.root.cert.der);
        write("issuing.pem", "CERTIFICATE", &founded.issuing.cert.der);
        write("root.crl", "X509 CRL", &founded.root.list);
        let key = encrypt_key(
            &founded.issuing.key,
            "correct horse battery",
            &mut StdRng::seed_from_u64(8),
        )
        .unwrap();
        write("issuing.key", "ENCRYPTED PRIVATE KEY", &key);
        assert!(decrypt_key(&key, "wrong").is_err());
        assert_eq!(
            decrypt_key(&key, "correct horse battery").unwrap().public(),
            founded.issuing.key.public()
        );
        let mut verify = vec![
            "verify",
            "-x509_strict",
            "-attime",
            "1795741260",
            "-CAfile",
            "root.pem",
        ];
        if kind == KeyKind::Sm2 {
            verify.extend(["-vfyopt", "distid:1234567812345678"]);
        } else {
            // openssl's programs have no way to tell a list's check the identifier of SM2.
            verify.extend(["-crl_check", "-CRLfile", "root.crl"]);
        }
        verify.push("issuing.pem");
        assert!(openssl(folder, &verify).contains("OK"), "{}", kind.name());
        let public = openssl(
            folder,
            &[
                "pkey",
                "-in",
                "issuing.key",
                "-passin",
                "pass:correct horse battery",
                "-pubout",
            ],
        );
        assert_eq!(
            public,
            openssl(folder, &["x509", "-in", "issuing.pem", "-noout", "-pubkey"])
        );
    }
}
