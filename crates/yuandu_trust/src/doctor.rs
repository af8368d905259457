//! Why does it fail, and what to do: looks at files of certificates, lists, OCSP answers, time-stamps and signed messages
//! together, and says of each what it is and what is wrong with it, in both languages.

mod answers;
mod messages;

use serde::Serialize;
use yuandu_base::{Lang, LocalText};

use crate::cert::Certificate;
use crate::crl::Crl;
use crate::der::Instant;
use crate::path::{Purpose, Request, validate};
use crate::pem;
use crate::rule::{Finding, Rule};
use crate::{cms, ocsp};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// As it should be.
    Good,
    /// Will matter soon, or might.
    Warning,
    /// Fails.
    Bad,
}

/// One thing the doctor says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// The file.
    pub file: String,
    /// How bad it is.
    pub severity: Severity,
    /// What it is about and what is to be done.
    pub words: LocalText,
}

/// Days before the end of a certificate from which it is worth saying so.
const SOON_DAYS: i64 = 30;
const DAY: i64 = 86_400;

/// What was read of all files.
#[derive(Default)]
struct Findings {
    certs: Vec<(String, Certificate)>,
    crls: Vec<(String, Crl)>,
    ocsp: Vec<(String, ocsp::OcspResponse)>,
    messages: Vec<(String, cms::SignedMessage)>,
    remarks: Vec<Remark>,
}

impl Findings {
    fn say(
        &mut self,
        file: &str,
        severity: Severity,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) {
        self.remarks.push(Remark {
            file: file.to_owned(),
            severity,
            words: LocalText::new(zh, en),
        });
    }
}

/// Examines files at a time. Files that are none of these are what a detached signature may have been made over.
#[must_use]
pub fn examine(files: &[(String, Vec<u8>)], at: Instant) -> Vec<Remark> {
    let mut all = Findings::default();
    for (file, bytes) in files {
        read_file(&mut all, file, bytes);
    }
    clock(&mut all, at);
    certificates(&mut all, at);
    lists(&mut all, at);
    answers::examine(&mut all, at);
    messages::examine(&mut all, at, files);
    all.remarks
}

fn read_file(all: &mut Findings, file: &str, bytes: &[u8]) {
    let blocks = pem::read(bytes);
    for block in blocks {
        let der = match block.bytes {
            Ok(der) => der,
            Err(why) => {
                all.say(
                    file,
                    Severity::Bad,
                    format!("PEM 段“{}”损坏：{why}。请重新复制整个文件", block.label),
                    format!(
                        "the PEM block `{}` is damaged: {why}; copy the whole file again",
                        block.label
                    ),
                );
                continue;
            }
        };
        if block.label.ends_with("PRIVATE KEY") {
            all.say(
                file,
                Severity::Warning,
                "文件中有私钥。请把私钥与证书分开存放，绝不要发给别人",
                "a private key stands in this file; keep it apart from certificates and never send it to anybody",
            );
            continue;
        }
        read_block(all, file, &block.label, &der);
    }
}

fn read_block(all: &mut Findings, file: &str, label: &str, der: &[u8]) {
    let owned = file.to_owned();
    let why = match (Certificate::read(der), label) {
        (Ok(cert), _) => return all.certs.push((owned, cert)),
        (Err(why), "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE") => why,
        (Err(first), _) => match Crl::read(der) {
            Ok(crl) => return all.crls.push((owned, crl)),
            Err(why) if label.ends_with("CRL") => why,
            Err(_) => {
                if let Ok(response) = ocsp::read(der) {
                    return all.ocsp.push((owned, response));
                }
                if let Ok(message) = cms::read(der) {
                    return all.messages.push((owned, message));
                }
                match cms::token_of_response(der) {
                    Ok(Ok(token)) if cms::read(&token).is_ok() => {
                        if let Ok(message) = cms::read(&token) {
                            all.messages.push((owned, message));
                        }
                        return;
                    }
                    Ok(Err(code)) => return refused_stamp(all, file, code),
                    _ => first,
                }
            }
        },
    };
    all.say(
        file,
        Severity::Bad,
        format!("无法读取：{why}。若是复制来的，请重新取得原件；若原件如此，请签发者重新签发"),
        format!("it cannot be read: {why}; if it was copied fetch the original again, if the original is so have it issued anew"),
    );
}

fn refused_stamp(all: &mut Findings, file: &str, code: u32) {
    all.say(
        file,
        Severity::Bad,
        format!("时间戳服务拒绝了请求（状态 {code}）。核对摘要算法和策略后重试"),
        format!("the time-stamp service refused the request (status {code}); check digest and policy, then ask again"),
    );
}

/// Things that were signed in the future mean that this clock is slow, or theirs fast.
fn clock(all: &mut Findings, at: Instant) {
    let latest = all
        .crls
        .iter()
        .map(|(file, crl)| (crl.this_update, file.clone()))
        .max();
    if let Some((time, file)) = latest.filter(|(time, _)| time.0 > at.0 + 300) {
        all.say(
            &file,
            Severity::Bad,
            format!("签发于 {time}，晚于所问时刻 {at}。多半是本机时钟慢了：请与时间服务器校时"),
            format!("it was issued at {time}, after {at}: most likely this clock is slow; set it from a time server"),
        );
    }
}

fn certificates(all: &mut Findings, at: Instant) {
    let certs: Vec<Certificate> = all.certs.iter().map(|(_, cert)| cert.clone()).collect();
    let anchors: Vec<Certificate> = certs
        .iter()
        .filter(|cert| cert.is_self_issued())
        .cloned()
        .collect();
    let mut told = Vec::new();
    for (file, cert) in &all.certs {
        let request = Request {
            leaf: cert.clone(),
            pool: certs.clone(),
            anchors: anchors.clone(),
            crls: Vec::new(),
            at,
            purpose: if is_server(cert) {
                Purpose::Server
            } else {
                Purpose::Any
            },
            name: None,
            policies: Vec::new(),
            explicit_policy: false,
            inhibit_mapping: false,
            inhibit_any: false,
        };
        let answer = validate(&request);
        let mut findings = answer.findings;
        if let Some(revoked) = revoked(cert, &all.crls) {
            findings.push(revoked);
        }
        let severity = if findings.is_empty() {
            Severity::Good
        } else {
            Severity::Bad
        };
        if findings.is_empty() {
            told.push((
                file.clone(),
                severity,
                good(cert, at, Lang::Zh),
                good(cert, at, Lang::En),
            ));
            soon(cert, at, file, &mut told);
        }
        for finding in findings {
            let (zh, en) = (finding.words(Lang::Zh), finding.words(Lang::En));
            told.push((file.clone(), severity, zh, en));
        }
    }
    told.dedup();
    for (file, severity, zh, en) in told {
        all.say(&file, severity, zh, en);
    }
}

fn is_server(cert: &Certificate) -> bool {
    let purposes = cert.ext.ext_key_usage.as_ref();
    purposes.is_some_and(|found| {
        found
            .value
            .iter()
            .any(|oid| oid.is(crate::oids::SERVER_AUTH))
    })
}

fn revoked(cert: &Certificate, crls: &[(String, Crl)]) -> Option<Finding> {
    let of_issuer = crls.iter().filter(|(_, crl)| crl.issuer == cert.issuer);
    let mut entries = of_issuer.filter_map(|(_, crl)| crl.entry(&cert.issuer, &cert.serial));
    let entry = entries.next()?;
    Some(Finding::new(Rule::Revoked, cert, entry.date.to_string()))
}

fn good(cert: &Certificate, at: Instant, lang: Lang) -> String {
    let days = (cert.not_after.0 - at.0) / DAY;
    let (kind, issuer) = (cert.key.kind(), &cert.issuer);
    match lang {
        Lang::Zh => format!("证书“{cert}”（{kind}，由“{issuer}”签发）有效，还有 {days} 天"),
        Lang::En => {
            format!("certificate `{cert}` ({kind}, issued by `{issuer}`) holds, {days} days left")
        }
    }
}

fn soon(
    cert: &Certificate,
    at: Instant,
    file: &str,
    told: &mut Vec<(String, Severity, String, String)>,
) {
    let days = (cert.not_after.0 - at.0) / DAY;
    if days < SOON_DAYS {
        told.push((
            file.to_owned(),
            Severity::Warning,
            format!("证书“{cert}”{days} 天后到期，请现在续期"),
            format!("certificate `{cert}` ends in {days} days; renew it now"),
        ));
    }
}

fn lists(all: &mut Findings, at: Instant) {
    let mut told = Vec::new();
    for (file, crl) in &all.crls {
        let issuer = crl.issuer.to_string();
        if let Some(why) = &crl.unusable {
            told.push((
                file.clone(),
                format!("“{issuer}”的吊销列表不能采用：{why}。请签发者重新签发"),
                format!(
                    "the list of `{issuer}` must not be used: {why}; have its issuer issue it again"
                ),
            ));
        }
        if at > crl.next_update {
            told.push((
                file.clone(),
                format!("“{issuer}”的吊销列表已于 {} 过时。取得新的列表；若取不到，请签发者恢复按时签发", crl.next_update),
                format!("the list of `{issuer}` ran out at {}; fetch the new one, and if there is none tell its issuer", crl.next_update),
            ));
        }
        let signers: Vec<&Certificate> = all
            .certs
            .iter()
            .map(|(_, cert)| cert)
            .filter(|cert| cert.subject == crl.issuer)
            .collect();
        let fits = signers.iter().any(|cert| {
            cert.may_sign_crls()
                && crate::key::verify(&cert.key, &crl.algorithm, crl.tbs(), &crl.signature).is_ok()
        });
        if signers.is_empty() {
            told.push((
                file.clone(),
                format!("没有“{issuer}”的证书，无法核对其吊销列表的签名。请一并给出该证书"),
                format!(
                    "there is no certificate of `{issuer}` to check its list with; give it as well"
                ),
            ));
        } else if !fits {
            told.push((
                file.clone(),
                format!("吊销列表的签名与“{issuer}”的证书不符，或该证书不得签发列表。请重新取得列表"),
                format!("the list's signature does not fit the certificate of `{issuer}`, or that may not sign lists; fetch the list again"),
            ));
        }
    }
    for (file, zh, en) in told {
        all.say(&file, Severity::Bad, zh, en);
    }
}
