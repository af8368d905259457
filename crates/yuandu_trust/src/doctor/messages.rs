//! Signed messages and time-stamps.

use crate::cert::Certificate;
use crate::cms::{CmsFault, SignedMessage};
use crate::der::Instant;
use crate::path::{Purpose, Request, validate};
use yuandu_base::Lang;

use super::{Findings, Severity};

pub(super) fn examine(all: &mut Findings, at: Instant, files: &[(String, Vec<u8>)]) {
    let messages = std::mem::take(&mut all.messages);
    for (file, message) in &messages {
        if message.signers.is_empty() {
            all.say(
                file,
                Severity::Bad,
                "消息中没有任何签名，只带有证书",
                "the message carries certificates but no signature at all",
            );
        }
        let stamp = message.time_stamp();
        if let Some(info) = &stamp {
            all.say(
                file,
                Severity::Good,
                format!("时间戳：{}，策略 {}", info.at, info.policy),
                format!(
                    "a time-stamp of {}, under the policy {}",
                    info.at, info.policy
                ),
            );
            if info.at.0 > at.0 + 300 {
                all.say(
                    file,
                    Severity::Bad,
                    format!("时间戳的时间晚于 {at}：多半是本机时钟慢了，请校时"),
                    format!("the stamp is later than {at}: most likely this clock is slow; set it"),
                );
            }
        }
        for signer in &message.signers {
            // A detached signature is compared with every other file that is not itself one of certificates.
            let is_content = |name: &String, bytes: &[u8]| {
                name != file && !String::from_utf8_lossy(bytes).contains("-----BEGIN ")
            };
            let others = files.iter().filter(|(name, bytes)| is_content(name, bytes));
            let mut result = message.check(signer, None);
            for (_, content) in others {
                if matches!(result, Err(CmsFault::Detached | CmsFault::Altered))
                    && message.content.is_none()
                {
                    result = message.check(signer, Some(content));
                }
            }
            let cert = message.certificate_of(signer).cloned();
            told(all, file, &result, cert.as_ref());
            if let (Ok(()), Some(cert)) = (&result, &cert) {
                let (purpose, at) = match &stamp {
                    Some(info) => (Purpose::TimeStamping, info.at),
                    None => (Purpose::Sign, at),
                };
                path(all, file, message, cert, purpose, at);
            }
        }
    }
}

fn told(all: &mut Findings, file: &str, result: &Result<(), CmsFault>, cert: Option<&Certificate>) {
    let name = cert.map(ToString::to_string).unwrap_or_default();
    let (severity, zh, en) = match result {
        Ok(()) => (
            Severity::Good,
            format!("“{name}”的签名与内容相符"),
            format!("the signature of `{name}` fits the content"),
        ),
        Err(CmsFault::NoCertificate) => (
            Severity::Bad,
            "消息中没有签名者的证书。请签名者附上证书后重新签名".to_owned(),
            "the message lacks the signer's certificate; the signer should attach it and sign again".to_owned(),
        ),
        Err(CmsFault::Detached) => (
            Severity::Bad,
            "签名与内容分离，请一并给出被签的文件".to_owned(),
            "the signature is detached; give the file that was signed as well".to_owned(),
        ),
        Err(CmsFault::Altered) => (
            Severity::Bad,
            format!("内容在“{name}”签名之后被改动过，或给出的不是被签的文件。请取得原件"),
            format!("the content was altered after `{name}` signed, or is not the file that was signed; get the original"),
        ),
        Err(CmsFault::Signature(error)) => (
            Severity::Bad,
            format!("“{name}”的签名不符（{error}）。请签名者重新签名"),
            format!("the signature of `{name}` does not fit ({error}); the signer should sign again"),
        ),
    };
    all.say(file, severity, zh, en);
}

fn path(
    all: &mut Findings,
    file: &str,
    message: &SignedMessage,
    cert: &Certificate,
    purpose: Purpose,
    at: Instant,
) {
    let known: Vec<Certificate> = all.certs.iter().map(|(_, cert)| cert.clone()).collect();
    let mut pool = known.clone();
    pool.extend(message.certs.iter().cloned());
    let request = Request {
        leaf: cert.clone(),
        anchors: known
            .into_iter()
            .filter(Certificate::is_self_issued)
            .collect(),
        pool,
        crls: Vec::new(),
        at,
        purpose,
        name: None,
        policies: Vec::new(),
        explicit_policy: false,
        inhibit_mapping: false,
        inhibit_any: false,
    };
    for finding in validate(&request).findings {
        all.say(
            file,
            Severity::Bad,
            finding.words(Lang::Zh),
            finding.words(Lang::En),
        );
    }
}
