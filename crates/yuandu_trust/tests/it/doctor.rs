//! The doctor, on what openssl makes: answers, stamps and signed messages, whole and damaged.

use std::path::Path;
use std::process::Command;

use yuandu_trust::der::Instant;
use yuandu_trust::doctor::{Remark, Severity, examine};

/// Runs a shell script with openssl in a folder; `None`, loudly, where openssl is missing.
fn openssl(folder: &Path, script: &str) -> Option<()> {
    if Command::new("openssl").arg("version").output().is_err() {
        eprintln!("SKIPPED: openssl is not installed (apt install openssl)");
        return None;
    }
    let done = Command::new("sh")
        .arg("-ec")
        .arg(script)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    Some(())
}

const SCRIPT: &str = r"
cat > c.cnf <<X
[ca]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash
[ocsp]
extendedKeyUsage=OCSPSigning
keyUsage=critical,digitalSignature
[tsa]
extendedKeyUsage=critical,timeStamping
keyUsage=critical,digitalSignature
[person]
extendedKeyUsage=emailProtection
keyUsage=critical,digitalSignature
[tsad]
default_tsa=t
[t]
serial=serial
crypto_device=builtin
signer_cert=tsa.pem
certs=root.pem
signer_key=tsa.key
signer_digest=sha256
default_policy=1.2.3.4
digests=sha256
X
echo 01 > serial
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout root.key -out root.pem -subj /CN=Root -days 3650 -config /dev/null -extensions ca -config c.cnf -section t 2>/dev/null || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout root.key -out root.pem -subj /CN=Root -days 3650 2>/dev/null
for who in ocsp tsa person; do
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $who.key -out $who.csr -subj /CN=$who 2>/dev/null
openssl x509 -req -in $who.csr -CA root.pem -CAkey root.key -CAcreateserial -out $who.pem -days 30 -extfile c.cnf -extensions $who 2>/dev/null
done
serial=$(openssl x509 -in person.pem -noout -serial | cut -d= -f2)
printf 'V\t351231000000Z\t\t%s\tunknown\t/CN=person\n' $serial > index.txt
openssl ocsp -issuer root.pem -cert person.pem -reqout q.der -no_nonce
openssl ocsp -index index.txt -CA root.pem -rsigner ocsp.pem -rkey ocsp.key -reqin q.der -respout good.ocsp -ndays 1 2>/dev/null
openssl ocsp -index index.txt -CA root.pem -rsigner person.pem -rkey person.key -reqin q.der -respout wrong.ocsp -ndays 1 2>/dev/null
echo hello > doc.txt
openssl cms -sign -in doc.txt -binary -signer person.pem -inkey person.key -outform DER -out doc.p7s 2>/dev/null
openssl ts -query -data doc.txt -sha256 -cert -out q.tsq 2>/dev/null
openssl ts -reply -queryfile q.tsq -config c.cnf -section t -out doc.tsr 2>/dev/null
";

fn look(folder: &Path, names: &[&str], at: Instant) -> Vec<Remark> {
    let files: Vec<(String, Vec<u8>)> = names
        .iter()
        .map(|name| {
            (
                (*name).to_owned(),
                std::fs::read(folder.join(name)).unwrap(),
            )
        })
        .collect();
    examine(&files, at)
}

fn bad(remarks: &[Remark]) -> Vec<&str> {
    remarks
        .iter()
        .filter(|remark| remark.severity == Severity::Bad)
        .map(|remark| remark.words.en.as_str())
        .collect()
}

#[test]
fn what_openssl_makes_is_found_good_and_what_is_damaged_is_explained() {
    use yuandu_base::Clock as _;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    if openssl(folder, SCRIPT).is_none() {
        return;
    }
    let now = Instant(Instant::of(yuandu_base::SystemClock.now()).0 + 5);
    for names in [
        &["root.pem", "person.pem"][..],
        &["root.pem", "person.pem", "good.ocsp"],
        &["root.pem", "doc.txt", "doc.p7s"],
        &["root.pem", "doc.tsr"],
    ] {
        let remarks = look(folder, names, now);
        assert_eq!(bad(&remarks), Vec::<&str>::new(), "{names:?}");
        assert!(
            remarks
                .iter()
                .any(|remark| remark.severity == Severity::Good),
            "{names:?}"
        );
    }
    let remarks = look(folder, &["root.pem", "person.pem", "wrong.ocsp"], now);
    assert!(bad(&remarks)[0].contains("neither"), "{remarks:?}");
    let remarks = look(folder, &["root.pem", "root.key", "doc.p7s"], now);
    assert!(bad(&remarks)[0].contains("detached"), "{remarks:?}");
    std::fs::write(folder.join("doc.txt"), "other").unwrap();
    let remarks = look(folder, &["root.pem", "doc.txt", "doc.p7s"], now);
    assert!(bad(&remarks)[0].contains("altered"), "{remarks:?}");
    let late = Instant(now.0 + 90 * 86_400);
    let remarks = look(folder, &["root.pem", "person.pem", "good.ocsp"], late);
    assert!(
        bad(&remarks).iter().any(|words| words.contains("expired")),
        "{remarks:?}"
    );
    assert!(
        bad(&remarks).iter().any(|words| words.contains("ran out")),
        "{remarks:?}"
    );
    let early = Instant(now.0 - 86_400);
    let remarks = look(folder, &["root.pem", "person.pem", "good.ocsp"], early);
    assert!(
        bad(&remarks)
            .iter()
            .any(|words| words.contains("clock is slow")),
        "{remarks:?}"
    );
}

#[test]
fn damaged_files_and_keys_are_told_apart() {
    let files = vec![
        (
            "a.pem".to_owned(),
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_vec(),
        ),
        (
            "b.pem".to_owned(),
            b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n".to_vec(),
        ),
        (
            "c.pem".to_owned(),
            b"-----BEGIN CERTIFICATE-----\nAAAA\n".to_vec(),
        ),
    ];
    let remarks = examine(&files, Instant(0));
    let severities: Vec<Severity> = remarks.iter().map(|remark| remark.severity).collect();
    assert_eq!(
        severities,
        [Severity::Bad, Severity::Warning, Severity::Bad]
    );
}
