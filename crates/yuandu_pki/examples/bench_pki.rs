//! Figures of the authority on this machine: certificates, OCSP answers and time-stamps a second, in one thread, without HTTP.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use yuandu_identity::{Actor, Gate, Identity, IdentityOptions, OpCtx, Vault};
use yuandu_pki::{Asked, Authority, CertificateFilter, Kind, NewRequest, Pki, PkiError};
use yuandu_store::Store;
use yuandu_trust::der::{
    bit_string, boolean, context, integer_of, null, octets, oid_of, primitive, sequence,
};
use yuandu_trust::issue::{CeremonyPlan, KeyKind, Signer as _, SoftKey, extensions, found};
use yuandu_trust::key::{Digest, digest};
use yuandu_trust::{oids, pem};

/// How long each figure is measured.
const MEASURED: Duration = Duration::from_secs(3);
/// Certificates issued.
const CERTIFICATES: u64 = 500;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for kind in [KeyKind::P256, KeyKind::Sm2, KeyKind::Rsa] {
        measure(kind)?;
    }
    Ok(())
}

fn measure(kind: KeyKind) -> Result<(), Box<dyn std::error::Error>> {
    let mut tables = yuandu_identity::schema();
    tables.extend(yuandu_pki::schema());
    let store = Store::temporary(&tables)?;
    let gate = Gate::new(&[]).map_err(|problems| format!("{problems:?}"))?;
    let identity = Identity::new(
        store.shared(),
        Arc::new(gate),
        IdentityOptions::for_testing(),
    )?;
    let vault = Arc::new(Vault::passing());
    let pki = Pki::new(store.shared(), Arc::new(identity), vault);
    let asks = OpCtx::for_testing(Actor::System("asks"));
    let issues = asks.as_actor(Actor::System("issues"));
    let mut rng = StdRng::seed_from_u64(1);
    let plan = CeremonyPlan {
        organisation: "潍坊市".to_owned(),
        kind,
        root_years: 20,
        issuing_years: 10,
        address: "http://www.example.cn/pki".to_owned(),
    };
    let founded = found(&plan, asks.now(), &mut rng)?;
    let issuer = founded.issuing.cert.clone();
    let (root, key) = (founded.root, Box::new(founded.issuing.key));
    let authority = Authority::of(issuer.clone(), root.cert, root.list, key, asks.now())?;
    pki.begin(authority, "");
    pki.keep_services(&issues, &mut rng)?;
    organisation(&store.shared(), &asks)?;
    println!("authority of {}", kind.name());

    let requests = (0..CERTIFICATES)
        .map(request)
        .collect::<Result<Vec<_>, _>>()?;
    let begun = Instant::now();
    let mut serials = Vec::new();
    for csr in requests {
        let asked = Asked {
            kind: Kind::Organisation,
            holder: "bench".to_owned(),
            name: String::new(),
            hosts: Vec::new(),
        };
        let id = pki.request_certificate(&asks, &NewRequest { asked, csr })?;
        serials.push(pki.issue_certificate(&issues, &id, &mut rng)?);
    }
    told(
        "certificates asked for and issued, two durable entries each",
        CERTIFICATES,
        begun,
    );

    let rows = pki.certificates(&issues, &CertificateFilter::default())?;
    println!("  listed {} of {}", rows.len(), serials.len());
    let ids: Vec<Vec<u8>> = serials
        .iter()
        .map(|serial| cert_id(&issuer, serial))
        .collect();
    let plain: Vec<Vec<u8>> = ids.iter().map(|id| question(id, None)).collect();
    answers("OCSP answers without nonce", &plain, |bytes| {
        pki.answer(&asks, bytes).map(|_| ())
    })?;
    let fresh: Vec<Vec<u8>> = ids.iter().map(|id| question(id, Some([7; 16]))).collect();
    answers("OCSP answers with nonce, each signed", &fresh, |bytes| {
        pki.answer(&asks, bytes).map(|_| ())
    })?;
    let stamps = vec![stamp()];
    answers("time-stamps", &stamps, |bytes| {
        pki.stamp(&asks, bytes, &mut rng).map(|_| ())
    })?;
    Ok(())
}

fn organisation(store: &Arc<Store>, ctx: &OpCtx) -> Result<(), Box<dyn std::error::Error>> {
    let gate = Gate::new(&[]).map_err(|problems| format!("{problems:?}"))?;
    let options = IdentityOptions::for_testing();
    let identity = Identity::new(Arc::clone(store), Arc::new(gate), options)?;
    identity.import_organisations(
        ctx,
        &[yuandu_identity::Organisation {
            id: "bench".parse()?,
            name: yuandu_base::LocalText::new("演示机构", "Demo organisation"),
            kind: "department".to_owned(),
            parent: None,
            division: String::new(),
            credit_code: String::new(),
            active: true,
        }],
    )?;
    Ok(())
}

fn answers(
    what: &str,
    questions: &[Vec<u8>],
    mut ask: impl FnMut(&[u8]) -> Result<(), PkiError>,
) -> Result<(), PkiError> {
    let begun = Instant::now();
    let mut count = 0;
    for question in questions.iter().cycle() {
        ask(question)?;
        count += 1;
        if begun.elapsed() > MEASURED {
            break;
        }
    }
    told(what, count, begun);
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a printed figure")]
fn told(what: &str, count: u64, begun: Instant) {
    let rate = count as f64 / begun.elapsed().as_secs_f64();
    println!("  {what}: {rate:.0}/s");
}

fn request(seed: u64) -> Result<String, Box<dyn std::error::Error>> {
    let key = SoftKey::generate(KeyKind::P256, &mut StdRng::seed_from_u64(1000 + seed))?;
    let spki = key.public().to_spki().ok_or("no key")?;
    let name = extensions::name(&[(oids::COMMON_NAME, "x")]);
    let info = sequence(&[&integer_of(0), &name, &spki, &context(0, &[])]);
    let signature = bit_string(&key.sign(&info)?);
    Ok(pem::write(
        "CERTIFICATE REQUEST",
        &sequence(&[&info, &key.algorithm(), &signature]),
    ))
}

fn cert_id(issuer: &yuandu_trust::cert::Certificate, serial: &str) -> Vec<u8> {
    let hash = |bytes: &[u8]| octets(&digest(Digest::Sha1, bytes));
    let number: Vec<u8> = (0..serial.len())
        .step_by(2)
        .filter_map(|at| u8::from_str_radix(serial.get(at..at + 2)?, 16).ok())
        .collect();
    sequence(&[
        &sequence(&[&oid_of(oids::SHA1), &null()]),
        &hash(issuer.subject.der()),
        &hash(issuer.key_bits()),
        &primitive(0x02, &number),
    ])
}

fn question(id: &[u8], nonce: Option<[u8; 16]>) -> Vec<u8> {
    let nonce = nonce.map(|nonce| {
        let extension = sequence(&[&oid_of(oids::OCSP_NONCE), &octets(&octets(&nonce))]);
        context(2, &sequence(&[&extension]))
    });
    sequence(&[&sequence(&[
        &sequence(&[&sequence(&[id])]),
        &nonce.unwrap_or_default(),
    ])])
}

fn stamp() -> Vec<u8> {
    let algorithm = sequence(&[&oid_of(oids::SHA256)]);
    let imprint = sequence(&[&algorithm, &octets(&[5; 32])]);
    sequence(&[&integer_of(1), &imprint, &integer_of(77), &boolean(true)])
}
