//! The served authority, as officers and programs meet it: asked for, issued, renewed, revoked, answered for.

use axum::body::Body;
use axum::http::{Request, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Value as Json, json};
use yuandu::compose;
use yuandu_base::Clock as _;
use yuandu_pki::Authority;
use yuandu_store::{StoreOptions, verify};
use yuandu_trust::cert::Certificate;
use yuandu_trust::der::{bit_string, context, integer_of, sequence};
use yuandu_trust::issue::{CeremonyPlan, KeyKind, Signer as _, SoftKey, extensions, found};
use yuandu_trust::{oids, pem};

use crate::city::{City, PACKAGES};
use crate::client::{Answer, Client};

const REQUESTS: &str = "/api/v1/pki/requests";
pub const CERTIFICATES: &str = "/api/v1/pki/certificates";

/// Gives the city an authority whose lists and answers are at `address`, once.
pub fn begin(city: &City, kind: KeyKind, address: &str) {
    if city.app.pki.authority().is_ok() {
        return;
    }
    let plan = CeremonyPlan {
        organisation: "潍坊市".to_owned(),
        kind,
        root_years: 20,
        issuing_years: 10,
        address: address.to_owned(),
    };
    let now = city.clock.now();
    let mut rng = StdRng::seed_from_u64(7);
    let founded = found(&plan, now, &mut rng).unwrap();
    let authority = Authority::of(
        founded.issuing.cert,
        founded.root.cert,
        founded.root.list,
        Box::new(founded.issuing.key),
        now,
    );
    city.app.pki.begin(authority.unwrap(), "unused");
    let made = city.app.pki.keep_services(&city.system(), &mut rng);
    assert_eq!(made.unwrap(), 2);
}

/// A request in PEM for a fresh key.
pub fn csr(seed: u64) -> String {
    let key = SoftKey::generate(KeyKind::P256, &mut StdRng::seed_from_u64(seed)).unwrap();
    let name = extensions::name(&[(oids::COMMON_NAME, "whoever")]);
    let spki = key.public().to_spki().unwrap();
    let info = sequence(&[&integer_of(0), &name, &spki, &context(0, &[])]);
    let signature = bit_string(&key.sign(&info).unwrap());
    pem::write(
        "CERTIFICATE REQUEST",
        &sequence(&[&info, &key.algorithm(), &signature]),
    )
}

fn person(login: &str, csr: &str) -> Json {
    json!({ "kind": "person", "holder": login, "csr": csr })
}

async fn asked(client: &mut Client<'_>, body: &Json) -> String {
    let taken = client.post(REQUESTS, body).await.is(201);
    taken["id"].as_str().unwrap().to_owned()
}

async fn issue(city: &City, request: &str) -> String {
    let mut security = Client::officer(city, "security").await;
    let path = format!("{REQUESTS}/{request}/issue");
    let issued = security.post(&path, &Json::Null).await.is(201);
    issued["serial"].as_str().unwrap().to_owned()
}

pub async fn certified(city: &City, login: &str, csr: &str) -> String {
    let mut officer = Client::officer(city, login).await;
    let request = asked(&mut officer, &person(login, csr)).await;
    issue(city, &request).await
}

/// Does one operation well, as someone who may.
pub async fn drive(city: &City, id: &str) -> bool {
    let seed = u64::from(id.bytes().map(u32::from).sum::<u32>());
    begin(city, KeyKind::P256, "http://city.test/pki");
    let mut seat = Client::officer(city, "seat").await;
    match id {
        "request_certificate" => drop(asked(&mut seat, &person("seat", &csr(seed))).await),
        "issue_certificate" => drop(certified(city, "seat", &csr(seed)).await),
        "refuse_certificate_request" => {
            let request = asked(&mut seat, &person("seat", &csr(seed))).await;
            let mut security = Client::officer(city, "security").await;
            let path = format!("{REQUESTS}/{request}/refuse");
            let body = json!({ "reason": "人已调离" });
            security.post(&path, &body).await.is(204);
        }
        "renew_certificate" => {
            let serial = certified(city, "seat", &csr(seed)).await;
            let path = format!("{CERTIFICATES}/{serial}/renew");
            let body = json!({ "csr": csr(seed + 1) });
            let early = seat.post(&path, &body).await.refusal(422);
            assert_eq!(early.0, "pki.not_due");
            let now = city.clock.now();
            city.clock.advance(SignedDuration::from_hours(24 * 700));
            let mut seat = Client::officer(city, "seat").await;
            seat.post(&path, &body).await.is(201);
            city.clock.set(now);
        }
        "revoke_certificate" => {
            let serial = certified(city, "seat", &csr(seed)).await;
            let path = format!("{CERTIFICATES}/{serial}/revoke");
            let body = json!({ "reason": "superseded" });
            seat.post(&path, &body).await.is(204);
        }
        _ => return false,
    }
    true
}

#[tokio::test]
async fn nobody_issues_what_they_asked_for_and_nobody_sees_what_others_asked() {
    let city = City::new();
    let mut seat = Client::officer(&city, "seat").await;
    let away = seat
        .post(REQUESTS, &person("seat", &csr(1)))
        .await
        .refusal(503);
    assert_eq!(away.0, "pki.no_authority");
    begin(&city, KeyKind::P256, "http://city.test/pki");

    let mut security = Client::officer(&city, "security").await;
    let own = asked(&mut security, &person("security", &csr(2))).await;
    let path = format!("{REQUESTS}/{own}/issue");
    let refused = security.post(&path, &Json::Null).await.refusal(422);
    assert_eq!(refused.0, "pki.second_person");

    let id = asked(&mut seat, &person("seat", &csr(3))).await;
    let path = format!("{REQUESTS}/{id}/issue");
    seat.post(&path, &Json::Null).await.refusal(403);
    let of = |answer: Json| answer.as_array().unwrap().len();
    assert_eq!(of(seat.get(REQUESTS).await.is(200)), 1);
    assert_eq!(of(security.get(REQUESTS).await.is(200)), 2);
    let mut auditor = Client::officer(&city, "auditor").await;
    assert_eq!(of(auditor.get(REQUESTS).await.is(200)), 2);
    auditor.post(&path, &Json::Null).await.refusal(403);

    let serial = issue(&city, &id).await;
    let again = security.post(&path, &Json::Null).await.refusal(422);
    assert_eq!(again.0, "pki.decided");
    let mut water = Client::officer(&city, "water").await;
    let revoke = format!("{CERTIFICATES}/{serial}/revoke");
    let body = json!({ "reason": "key_compromise" });
    water.post(&revoke, &body).await.refusal(403);
    seat.post(&revoke, &body).await.is(204);
    let twice = seat.post(&revoke, &body).await.refusal(422);
    assert_eq!(twice.0, "pki.revoked");

    // The key is known to others now; and no key serves two holders.
    let compromised = seat.post(REQUESTS, &person("seat", &csr(3))).await;
    assert_eq!(compromised.refusal(422).0, "pki.key_compromised");
    certified(&city, "seat", &csr(4)).await;
    let borrowed = water.post(REQUESTS, &person("water", &csr(4))).await;
    assert_eq!(borrowed.refusal(422).0, "pki.key_used");
}

#[tokio::test]
async fn names_are_those_of_the_records_whatever_the_request_says() {
    let city = City::new();
    begin(&city, KeyKind::P256, "http://city.test/pki");
    let mut seat = Client::officer(&city, "seat").await;
    let cases = [
        (json!({ "kind": "person", "holder": "seat" }), "演示seat"),
        (json!({ "kind": "post", "holder": "seat" }), "岗位 seat"),
        (
            json!({ "kind": "organisation", "holder": "command" }),
            "单位 command",
        ),
        (
            json!({ "kind": "seal", "holder": "command", "name": "指挥中心公文专用章" }),
            "指挥中心公文专用章",
        ),
        (
            json!({ "kind": "server", "holder": "command", "hosts": ["www.weifang.example", "10.1.2.3"] }),
            "www.weifang.example",
        ),
    ];
    for (seed, (mut body, name)) in (10..).zip(cases) {
        body["csr"] = csr(seed).into();
        let id = asked(&mut seat, &body).await;
        let serial = issue(&city, &id).await;
        let path = format!("{CERTIFICATES}/{serial}");
        let view = seat.get(&path).await.is(200);
        let block = pem::read(view["pem"].as_str().unwrap().as_bytes()).remove(0);
        let cert = Certificate::read(&block.bytes.unwrap()).unwrap();
        let names: Vec<&str> = cert.subject.values(oids::COMMON_NAME).collect();
        assert_eq!(names, [name]);
        assert!(!view["pem"].as_str().unwrap().contains("whoever"));
    }
    for (body, code) in [
        (
            json!({ "kind": "person", "holder": "nobody" }),
            "pki.holder",
        ),
        (
            json!({ "kind": "server", "holder": "command" }),
            "pki.hosts",
        ),
        (
            json!({ "kind": "server", "holder": "command", "hosts": ["*.example"] }),
            "pki.host",
        ),
        (json!({ "kind": "seal", "holder": "command" }), "pki.name"),
        (
            json!({ "kind": "person", "holder": "seat", "name": "市长" }),
            "pki.name",
        ),
        (json!({ "kind": "service", "holder": "x" }), "pki.kind"),
        (json!({ "kind": "root", "holder": "x" }), "pki.kind"),
    ] {
        let mut body = body;
        body["csr"] = csr(99).into();
        assert_eq!(seat.post(REQUESTS, &body).await.refusal(422).0, code);
    }
    for bad in [
        "",
        "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----",
    ] {
        let refused = seat.post(REQUESTS, &person("seat", bad)).await;
        assert_eq!(refused.refusal(422).0, "pki.csr");
    }
}

pub async fn send(city: &City, path: &str, media: &str, body: Vec<u8>) -> Answer {
    let request = Request::post(path).header(header::CONTENT_TYPE, media);
    Client::anonymous(city)
        .send(request, Body::from(body))
        .await
}

#[tokio::test]
async fn whatever_strangers_send_is_answered_in_the_protocols_own_form_and_writes_nothing() {
    let city = City::new();
    let mut anonymous = Client::anonymous(&city);
    let ocsp = "application/ocsp-request";
    // No authority: no answer for this (unauthorized), no list, no stamp.
    let id = sequence(&[
        &sequence(&[&yuandu_trust::der::oid_of(oids::SHA1)]),
        &yuandu_trust::der::octets(&[1; 20]),
        &yuandu_trust::der::octets(&[2; 20]),
        &integer_of(9),
    ]);
    let question = sequence(&[&sequence(&[&sequence(&[&sequence(&[&id])])])]);
    let none = send(&city, "/pki/ocsp", ocsp, question.clone()).await;
    assert_eq!(none.bytes, [0x30, 3, 0x0a, 1, 6]);
    anonymous.get("/pki/crl/x.crl").await.is(503);
    begin(&city, KeyKind::P256, "http://city.test/pki");
    let size = city.size();
    let unknown = send(&city, "/pki/ocsp", ocsp, question.clone()).await;
    assert_eq!(unknown.header("content-type"), "application/ocsp-response");
    assert_eq!(&unknown.bytes[..2], [0x30, 0x82], "a signed answer");
    let path = format!(
        "/pki/ocsp/{}",
        STANDARD.encode(&question).replace('+', "%2B")
    );
    let by_get = anonymous.get(&path).await;
    assert_eq!(by_get.bytes, unknown.bytes, "the same answer from memory");
    assert!(by_get.header("cache-control").starts_with("max-age=5,"));
    assert!(by_get.header("expires").ends_with("GMT"));
    assert!(by_get.header("etag").starts_with('"'));

    for bytes in [b"hello".to_vec(), Vec::new(), vec![0x30; 1 << 20]] {
        let answer = send(&city, "/pki/ocsp", ocsp, bytes.clone()).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.bytes, [0x30, 3, 0x0a, 1, 1], "malformedRequest");
        assert_eq!(answer.header("cache-control"), "no-store");
        let answer = send(&city, "/pki/tsa", "application/timestamp-query", bytes).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), "application/timestamp-reply");
        // badDataFormat is bit 5.
        assert!(answer.bytes.ends_with(&[3, 2, 2, 4]), "{:x?}", answer.bytes);
    }
    let bad = anonymous.get("/pki/ocsp/not-base64!").await;
    assert_eq!(bad.bytes, [0x30, 3, 0x0a, 1, 1]);
    anonymous.get("/pki/crl/other.crl").await.is(404);
    let id = city.app.pki.authority().unwrap().id().to_owned();
    for (path, media) in [
        (format!("/pki/crl/{id}.crl"), "application/pkix-crl"),
        (format!("/pki/ca/{id}.cer"), "application/pkix-cert"),
        ("/pki/root.crl".to_owned(), "application/pkix-crl"),
        ("/pki/root.cer".to_owned(), "application/pkix-cert"),
        ("/pki/ca.pem".to_owned(), "application/x-pem-file"),
    ] {
        let answer = anonymous.get(&path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("content-type"), media);
    }
    assert_eq!(city.size(), size, "nothing was written");
}

#[tokio::test]
async fn officers_ask_issue_renew_and_revoke_on_one_page() {
    let city = City::new();
    let mut seat = Client::officer(&city, "seat").await;
    let page = "/work/certificates";
    assert!(seat.get(page).await.text().contains("没有证书机构"));
    begin(&city, KeyKind::P256, "http://city.test/pki");
    let shown = seat.get(page).await;
    let token = shown.hidden("_csrf");
    let ask = |holder: &'static str, csr: String| {
        [
            ("_csrf", token.clone()),
            ("kind", "person".to_owned()),
            ("holder", holder.to_owned()),
            ("csr", csr),
        ]
    };
    let fields = ask("nobody", csr(1));
    let fields = fields
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let wrong = seat.form(page, &fields).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text().contains("没有这个登录名"));
    let fields = ask("seat", csr(1));
    let fields = fields
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    assert_eq!(seat.form(page, &fields).await.status, 303);

    let mut security = Client::officer(&city, "security").await;
    let shown = security.get(page).await;
    let id = seat.get(REQUESTS).await.is(200)[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let action = format!("{page}/requests/{id}");
    assert!(shown.text().contains(&action));
    let decided = [
        ("_csrf", shown.hidden("_csrf")),
        ("decision", "issue".to_owned()),
    ];
    let fields = decided
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    assert_eq!(security.form(&action, &fields).await.status, 303);

    let serial = seat.get(CERTIFICATES).await.is(200)[0]["serial"]
        .as_str()
        .unwrap()
        .to_owned();
    let shown = seat.get(page).await;
    assert!(shown.text().contains(&serial));
    let file = seat.get(&format!("{page}/{serial}")).await;
    assert!(file.text().starts_with("-----BEGIN CERTIFICATE-----"));
    let action = format!("{page}/{serial}/revoke");
    let revoked = [
        ("_csrf", shown.hidden("_csrf")),
        ("reason", "superseded".to_owned()),
    ];
    let fields = revoked
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    assert_eq!(seat.form(&action, &fields).await.status, 303);
    assert!(seat.get(page).await.text().contains("已吊销"));
}

#[tokio::test]
async fn keys_of_services_are_renewed_in_time_and_all_tables_follow_from_the_log() {
    let city = City::new();
    begin(&city, KeyKind::P256, "http://city.test/pki");
    let serial = certified(&city, "seat", &csr(1)).await;
    let keep = || {
        let mut rng = StdRng::seed_from_u64(city.size());
        city.app
            .pki
            .keep_services(&city.system(), &mut rng)
            .unwrap()
    };
    assert_eq!(keep(), 0, "both are fresh");
    city.clock.advance(SignedDuration::from_hours(24 * 61));
    assert_eq!(keep(), 1, "the responder's");
    let services = |body: Json| -> Vec<String> {
        let rows = body.as_array().unwrap().iter();
        let rows = rows.filter(|row| row["subject"].as_str().unwrap().contains("Time-stamp"));
        rows.map(|row| row["serial"].as_str().unwrap().to_owned())
            .collect()
    };
    let mut security = Client::officer(&city, "security").await;
    let listed = security
        .get(&format!("{CERTIFICATES}?kind=service"))
        .await
        .is(200);
    let stamps = services(listed);
    let path = format!("{CERTIFICATES}/{}/revoke", stamps[0]);
    let body = json!({ "reason": "key_compromise" });
    security.post(&path, &body).await.is(204);
    assert_eq!(keep(), 1, "a revoked one is replaced");

    city.clock.advance(SignedDuration::from_hours(24 * 620));
    let mut seat = Client::officer(&city, "seat").await;
    let due = seat
        .get(&format!("{CERTIFICATES}?ends_within_days=60"))
        .await
        .is(200);
    assert_eq!(due[0]["serial"], serial.as_str());
    assert_eq!(due[0]["due"], true);
    let renewal = format!("{CERTIFICATES}/{serial}/renew");
    let renewed = seat.post(&renewal, &json!({ "csr": csr(2) })).await.is(201);
    let fresh = issue(&city, renewed["id"].as_str().unwrap()).await;
    let old = seat.get(&format!("{CERTIFICATES}/{serial}")).await.is(200);
    assert_eq!(old["renewed_by"], fresh.as_str());
    assert_eq!(old["due"], false);

    let options = StoreOptions::new(city.dir());
    let report = verify::verify_store(&options, &compose::tables(&PACKAGES), &mut |_, _, _| ());
    let report = report.unwrap();
    assert!(report.is_clean(), "{report:#?}");
    for (table, rows) in [
        ("pki_certificates", 6),
        ("pki_requests", 2),
        ("pki_services", 2),
    ] {
        assert!(
            report.tables.contains(&(table.to_owned(), rows)),
            "{table}: {:?}",
            report.tables
        );
    }
    let log = std::fs::read(city.dir().join("yuandu.db")).unwrap();
    let text = String::from_utf8_lossy(&log);
    assert!(!text.contains("PRIVATE KEY"));
}

#[tokio::test]
async fn records_that_change_before_the_decision_are_asked_for_anew() {
    let city = City::new();
    begin(&city, KeyKind::P256, "http://city.test/pki");
    let mut seat = Client::officer(&city, "seat").await;
    let id = asked(&mut seat, &person("water", &csr(1))).await;
    let ctx = city.system();
    let directory = city.app.identity.directory(ctx.realm).unwrap();
    let mut org = directory
        .org(&"water-supply".parse().unwrap())
        .unwrap()
        .clone();
    org.name.zh = "水务集团".to_owned();
    city.app
        .identity
        .import_organisations(&ctx, &[org])
        .unwrap();
    let mut security = Client::officer(&city, "security").await;
    let path = format!("{REQUESTS}/{id}/issue");
    let refused = security.post(&path, &Json::Null).await.refusal(422);
    assert_eq!(refused.0, "pki.changed");
}
