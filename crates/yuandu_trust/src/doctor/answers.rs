//! OCSP answers.

use crate::cert::Certificate;
use crate::der::Instant;
use crate::ocsp::{CertStatus, OcspAnswer, OcspFault, OcspResponse};

use super::{Findings, Severity};

pub(super) fn examine(all: &mut Findings, at: Instant) {
    let responses = std::mem::take(&mut all.ocsp);
    for (file, response) in &responses {
        match response {
            OcspResponse::Refused(code) => refused(all, file, *code),
            OcspResponse::Answer(answer) => examine_answer(all, file, answer, at),
        }
    }
}

fn refused(all: &mut Findings, file: &str, code: u8) {
    let (zh, en) = match code {
        1 => (
            "响应方看不懂请求（malformedRequest）。核对请求的编码",
            "the responder did not understand the request (malformedRequest); check how it was encoded",
        ),
        2 => (
            "响应方内部出错（internalError）。请其运维人员查看日志",
            "the responder failed (internalError); its operators should read its log",
        ),
        3 => (
            "响应方请稍后再试（tryLater）",
            "the responder asks to try later (tryLater)",
        ),
        5 => (
            "响应方要求对请求签名（sigRequired）",
            "the responder wants the request signed (sigRequired)",
        ),
        6 => (
            "响应方不答复此证书的状态（unauthorized）：多半问错了地方，请用证书中写的 OCSP 地址",
            "the responder does not answer for this certificate (unauthorized): most likely the wrong one was asked; take the address in the certificate",
        ),
        _ => (
            "响应方给出了未定义的状态",
            "the responder gave a status that is not defined",
        ),
    };
    all.say(file, Severity::Bad, zh, en);
}

fn examine_answer(all: &mut Findings, file: &str, answer: &OcspAnswer, at: Instant) {
    let certs: Vec<Certificate> = all.certs.iter().map(|(_, cert)| cert.clone()).collect();
    for single in &answer.statuses {
        let pair = certs.iter().find_map(|cert| {
            let issuer = certs.iter().find(|issuer| single.is_of(cert, issuer))?;
            Some((cert, issuer))
        });
        let serial = crate::cert::hex(&single.serial);
        if at < single.this_update {
            all.say(
                file,
                Severity::Bad,
                format!(
                    "答复生效于 {}，晚于 {at}：多半是本机时钟慢了，请校时",
                    single.this_update
                ),
                format!(
                    "the answer counts from {}, after {at}: most likely this clock is slow; set it",
                    single.this_update
                ),
            );
        }
        if let Some(until) = single.next_update.filter(|until| at > *until) {
            all.say(
                file,
                Severity::Bad,
                format!("答复已于 {until} 过时，请重新查询；若总是旧的，响应方的缓存没有更新"),
                format!("the answer ran out at {until}; ask again, and if it stays old the responder's cache is stuck"),
            );
        }
        match single.status {
            CertStatus::Good => {}
            CertStatus::Revoked(when) => all.say(
                file,
                Severity::Bad,
                format!("证书 {serial} 已于 {when} 吊销。不要再用，向其持有者索取新证书"),
                format!("certificate {serial} was revoked at {when}; do not use it, ask its holder for a new one"),
            ),
            CertStatus::Unknown => all.say(
                file,
                Severity::Bad,
                format!("响应方不认识证书 {serial}。核对是否问了签发者指定的响应方"),
                format!("the responder does not know certificate {serial}; check that it is the one its issuer names"),
            ),
        }
        match pair {
            None => all.say(
                file,
                Severity::Warning,
                format!("所给文件中没有证书 {serial} 及其签发者，无法核对答复的签名"),
                format!("neither certificate {serial} nor its issuer is among the files; the signature was not checked"),
            ),
            Some((cert, issuer)) => signature(all, file, answer, cert, issuer),
        }
    }
}

fn signature(
    all: &mut Findings,
    file: &str,
    answer: &OcspAnswer,
    cert: &Certificate,
    issuer: &Certificate,
) {
    match answer.check(issuer) {
        Ok(()) => all.say(
            file,
            Severity::Good,
            format!("关于“{cert}”的答复签名有效，签于 {}", answer.produced_at),
            format!("the answer about `{cert}` is properly signed, at {}", answer.produced_at),
        ),
        Err(OcspFault::NoResponder) => all.say(
            file,
            Severity::Bad,
            "答复中没有响应方的证书。请响应方在答复中附上证书",
            "the answer lacks the responder's certificate; the responder should attach it",
        ),
        Err(OcspFault::Signature(error)) => all.say(
            file,
            Severity::Bad,
            format!("答复的签名不符（{error}）：答复被改动过，或密钥不对。请重新查询"),
            format!("the answer's signature does not fit ({error}): it was altered or signed with another key; ask again"),
        ),
        Err(OcspFault::NotEntitled) => all.say(
            file,
            Severity::Bad,
            format!("响应方不是“{issuer}”本身，也没有它签发的 OCSP 响应证书，其答复不能采信"),
            format!("the responder is neither `{issuer}` nor has a certificate for OCSP from it; do not believe the answer"),
        ),
    }
}
