//! Whose a certificate is: the names in it come from the records of people, posts and organisations, never from what
//! somebody typed into a request.

use std::net::IpAddr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use yuandu_base::{Lang, Problem};
use yuandu_identity::{Directory, Organisation, PersonStatus};
use yuandu_trust::issue::extensions;
use yuandu_trust::oids;

use crate::error::{PkiError, refuse};

/// Host names of one certificate at most.
const MOST_HOSTS: usize = 20;
/// Letters of a seal's name at most (an attribute of a name holds 64, RFC 5280 appendix A).
const LONGEST_NAME: usize = 64;

/// What a certificate is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A person: signs in and signs.
    Person,
    /// A post: whoever holds it signs.
    Post,
    /// An organisation signs.
    Organisation,
    /// A server in TLS.
    Server,
    /// A seal under documents.
    Seal,
    /// A service of the authority itself: its OCSP responder, its time-stamps.
    Service,
}

impl Kind {
    /// Every kind that can be asked for.
    pub const ASKED: [Self; 5] = [
        Self::Person,
        Self::Post,
        Self::Organisation,
        Self::Server,
        Self::Seal,
    ];

    /// The stored word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Post => "post",
            Self::Organisation => "organisation",
            Self::Server => "server",
            Self::Seal => "seal",
            Self::Service => "service",
        }
    }

    /// By the stored word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let all = Self::ASKED.into_iter().chain([Self::Service]);
        all.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Whose certificate is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// What it is for.
    pub kind: Kind,
    /// The login of the person, the id of the post, or the id of the organisation that has the server or the seal.
    pub holder: String,
    /// The name of the seal; empty for the others.
    #[serde(default)]
    pub name: String,
    /// The host names or addresses of the server; empty for the others.
    #[serde(default)]
    pub hosts: Vec<String>,
}

/// The subject's name in DER.
pub(crate) fn subject(
    asked: &Asked,
    directory: &Directory,
    now: Timestamp,
) -> Result<Vec<u8>, PkiError> {
    if asked.kind != Kind::Server && !asked.hosts.is_empty() {
        return refuse(
            "pki.hosts",
            "hosts",
            "只有服务器证书写主机名",
            "only a server's certificate has host names",
        );
    }
    if asked.kind != Kind::Seal && !asked.name.is_empty() {
        return refuse(
            "pki.name",
            "name",
            "只有印章证书另写名称，其他名称取自人员、岗位和机构的记录",
            "only a seal's certificate has a name of its own; other names come from the records",
        );
    }
    match asked.kind {
        Kind::Person => person(asked, directory, now),
        Kind::Post => post(asked, directory),
        Kind::Organisation => organisation(asked, directory),
        Kind::Server => server(asked, directory),
        Kind::Seal => seal(asked, directory),
        Kind::Service => refuse(
            "pki.kind",
            "kind",
            "服务证书由系统自行签发，不能申请",
            "certificates of services are issued by the system itself",
        ),
    }
}

fn person(asked: &Asked, directory: &Directory, now: Timestamp) -> Result<Vec<u8>, PkiError> {
    let found = directory.person_by_login(&asked.holder);
    let Some(person) = found.filter(|person| person.status == PersonStatus::Active) else {
        return unknown(
            "没有这个登录名，或账号已停用",
            "there is no such login, or the account is suspended",
        );
    };
    let post = directory.posts_of(&person.id, now).next();
    let org = post.and_then(|post| directory.org(&post.org));
    let mut parts = vec![(oids::COUNTRY, "CN")];
    parts.extend(org.map(|org| (oids::ORGANISATION, org.name.get(Lang::Zh))));
    parts.push((oids::COMMON_NAME, &person.name));
    // Two people may have one name; the login tells them apart.
    parts.push((oids::SERIAL_NUMBER, &person.login));
    Ok(extensions::name(&parts))
}

fn post(asked: &Asked, directory: &Directory) -> Result<Vec<u8>, PkiError> {
    let id = asked.holder.parse().ok();
    let Some(post) = id.and_then(|id| directory.post(&id)) else {
        return unknown("没有这个岗位", "there is no such post");
    };
    let Some(org) = directory.org(&post.org) else {
        return unknown("岗位所属机构不存在", "the post's organisation is unknown");
    };
    Ok(extensions::name(&[
        (oids::COUNTRY, "CN"),
        (oids::ORGANISATION, org.name.get(Lang::Zh)),
        (oids::COMMON_NAME, post.title.get(Lang::Zh)),
        (oids::SERIAL_NUMBER, &asked.holder),
    ]))
}

fn organisation(asked: &Asked, directory: &Directory) -> Result<Vec<u8>, PkiError> {
    let org = active(asked, directory)?;
    let name = org.name.get(Lang::Zh);
    let number = registered(org);
    let mut parts = vec![(oids::COUNTRY, "CN"), (oids::ORGANISATION, name)];
    parts.extend(number.as_deref().map(|id| (oids::ORGANISATION_ID, id)));
    parts.push((oids::COMMON_NAME, name));
    Ok(extensions::name(&parts))
}

fn server(asked: &Asked, directory: &Directory) -> Result<Vec<u8>, PkiError> {
    let org = active(asked, directory)?;
    let problems: Vec<Problem> = asked
        .hosts
        .iter()
        .filter(|host| !is_host(host))
        .map(|host| {
            Problem::new(
                "pki.host",
                "hosts",
                format!("`{host}` 不是主机名（小写字母、数字、连字符，以点分段，不用通配符）或 IP 地址"),
                format!("`{host}` is no host name (lower-case letters, digits, hyphens, no wildcard) and no IP address"),
            )
        })
        .collect();
    if !problems.is_empty() {
        return Err(PkiError::Invalid(problems));
    }
    let Some(first) = asked
        .hosts
        .first()
        .filter(|_| asked.hosts.len() <= MOST_HOSTS)
    else {
        return refuse(
            "pki.hosts",
            "hosts",
            "请写 1 至 20 个主机名或 IP 地址",
            "give 1 to 20 host names or IP addresses",
        );
    };
    let mut parts = vec![
        (oids::COUNTRY, "CN"),
        (oids::ORGANISATION, org.name.get(Lang::Zh)),
    ];
    // A longer one stands among the alternative names alone, which are what counts.
    parts.extend((first.len() <= LONGEST_NAME).then_some((oids::COMMON_NAME, first.as_str())));
    Ok(extensions::name(&parts))
}

fn seal(asked: &Asked, directory: &Directory) -> Result<Vec<u8>, PkiError> {
    let org = active(asked, directory)?;
    let name = asked.name.trim();
    if name.is_empty()
        || name != asked.name
        || name.chars().count() > LONGEST_NAME
        || name.chars().any(char::is_control)
    {
        return refuse(
            "pki.name",
            "name",
            "请写印章名称，1 至 64 个字",
            "give the name of the seal, 1 to 64 letters",
        );
    }
    let number = registered(org);
    let mut parts = vec![
        (oids::COUNTRY, "CN"),
        (oids::ORGANISATION, org.name.get(Lang::Zh)),
    ];
    parts.extend(number.as_deref().map(|id| (oids::ORGANISATION_ID, id)));
    parts.push((oids::COMMON_NAME, name));
    Ok(extensions::name(&parts))
}

fn active<'a>(asked: &Asked, directory: &'a Directory) -> Result<&'a Organisation, PkiError> {
    let id = asked.holder.parse().ok();
    let found = id.and_then(|id| directory.org(&id));
    match found.filter(|org| org.active) {
        Some(org) => Ok(org),
        None => unknown(
            "没有这个机构，或已撤销",
            "there is no such organisation, or it was closed",
        ),
    }
}

fn unknown<T>(zh: &str, en: &str) -> Result<T, PkiError> {
    refuse("pki.holder", "holder", zh, en)
}

/// The unified social credit code as ETSI EN 319 412-1, 5.1.4 writes numbers of national trade registers.
fn registered(org: &Organisation) -> Option<String> {
    (!org.credit_code.is_empty()).then(|| format!("NTRCN-{}", org.credit_code))
}

/// Host names as RFC 5890 lets them stand in certificates, or an IP address.
fn is_host(host: &str) -> bool {
    let label = |label: &str| {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        (1..=63).contains(&label.len())
            && label.bytes().all(fits)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if host.parse::<IpAddr>().is_ok() {
        return true;
    }
    // A last label of digits alone would be a broken address.
    let last = host.rsplit('.').next().unwrap_or_default();
    host.len() <= 253
        && host.split('.').all(label)
        && !last.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_names_are_told_from_what_only_looks_like_one() {
        for good in [
            "www.weifang.example",
            "localhost",
            "10.0.0.1",
            "::1",
            "xn--fiqs8s",
        ] {
            assert!(is_host(good), "{good}");
        }
        let long = "a".repeat(64);
        for bad in [
            "",
            "*.a.example",
            "A.example",
            "a..b",
            "-a.b",
            "a b",
            "10.0.0.256",
            &long,
        ] {
            assert!(!is_host(bad), "{bad}");
        }
    }
}
