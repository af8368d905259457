//! Is the certificate for the name that was expected (RFC 9525)?

use std::net::IpAddr;

use crate::cert::Certificate;
use crate::name::{GeneralName, address};
use crate::oids;
use crate::rule::{Finding, Rule};

use super::{Purpose, Request};

/// A name that is expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeerName {
    /// A host.
    Dns(String),
    /// An address.
    Ip(IpAddr),
    /// A mailbox.
    Email(String),
    /// A URI.
    Uri(String),
}

impl PeerName {
    /// From what people write: an address, a mailbox, a URI, or else a host or a person's name.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let text = text.trim();
        let bare = text
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .unwrap_or(text);
        if let Ok(address) = bare.parse() {
            return Self::Ip(address);
        }
        if text.contains("://") {
            return Self::Uri(text.to_owned());
        }
        if text.contains('@') {
            return Self::Email(text.to_owned());
        }
        Self::Dns(text.strip_suffix('.').unwrap_or(text).to_owned())
    }
}

/// Checks the names of the leaf.
pub(super) fn check(leaf: &Certificate, request: &Request, findings: &mut Vec<Finding>) {
    let names = leaf.ext.subject_alt_name.as_ref();
    let list = names
        .map(|found| found.value.as_slice())
        .unwrap_or_default();
    let strict =
        request.purpose == Purpose::Server || matches!(request.name, Some(PeerName::Email(_)));
    if strict && names.is_some_and(|found| found.critical) && !leaf.subject.is_empty() {
        findings.push(Finding::new(Rule::AlternativeName, leaf, "critical"));
    }
    if request.purpose == Purpose::Server {
        for common in leaf.subject.values(oids::COMMON_NAME) {
            if !common_name_agrees(common, list) {
                findings.push(Finding::new(Rule::CommonName, leaf, common));
            }
        }
    }
    let Some(wanted) = &request.name else {
        return;
    };
    if strict && names.is_none() {
        findings.push(Finding::new(Rule::AlternativeName, leaf, ""));
        return;
    }
    let by_common_name = request.purpose != Purpose::Server
        && match wanted {
            PeerName::Dns(text) => leaf
                .subject
                .values(oids::COMMON_NAME)
                .any(|name| name == text),
            _ => false,
        };
    if !by_common_name && !list.iter().any(|name| matches(wanted, name)) {
        let list: Vec<String> = list.iter().take(8).map(ToString::to_string).collect();
        findings.push(Finding::new(Rule::PeerName, leaf, list.join(", ")));
    }
}

fn matches(wanted: &PeerName, name: &GeneralName) -> bool {
    match (wanted, name) {
        (PeerName::Dns(host), GeneralName::Dns(pattern)) => dns_matches(host, pattern),
        (PeerName::Ip(wanted), GeneralName::Ip(bytes)) => address(bytes) == Some(*wanted),
        (PeerName::Uri(wanted), GeneralName::Uri(uri)) => wanted == uri,
        (PeerName::Email(wanted), GeneralName::Email(mailbox)) => {
            match (wanted.rsplit_once('@'), mailbox.rsplit_once('@')) {
                (Some((local, host)), Some((other, other_host))) => {
                    local == other && host.eq_ignore_ascii_case(other_host)
                }
                _ => false,
            }
        }
        _ => false,
    }
}

/// A star stands for one whole label, the first, and never for what lies directly below a top-level domain.
pub(super) fn dns_matches(host: &str, pattern: &str) -> bool {
    if !is_host(host) {
        return false;
    }
    match pattern.strip_prefix("*.") {
        Some(parent) => {
            let rest = host.split_once('.').map(|(_, rest)| rest);
            is_host(parent)
                && parent.contains('.')
                && rest.is_some_and(|rest| rest.eq_ignore_ascii_case(parent))
        }
        None => is_host(pattern) && host.eq_ignore_ascii_case(pattern),
    }
}

/// Whether a text is a host name: labels of letters, digits, hyphens and the underscore that is met in practice.
pub(super) fn is_host(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    text.len() <= 253 && text.split('.').all(label)
}

/// A common name that is an address, an encoded or a misspelt form of a name must be a copy of an alternative name. One
/// that is another host's is only passed over, as RFC 9525 does: nobody matches names against it.
fn common_name_agrees(common: &str, list: &[GeneralName]) -> bool {
    let texts: Vec<String> = list
        .iter()
        .filter_map(|name| match name {
            GeneralName::Dns(host) => Some(host.clone()),
            GeneralName::Ip(bytes) => address(bytes).map(|address| address.to_string()),
            _ => None,
        })
        .collect();
    if texts.is_empty() || texts.iter().any(|text| text == common) {
        return true;
    }
    let looks_numeric = common.parse::<IpAddr>().is_ok()
        || common.starts_with("0x")
        || (common.contains('.')
            && common
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.'));
    let encoded = common.split('.').any(|label| label.starts_with("xn--"));
    let unencoded = !common.is_ascii() && common.contains('.') && !common.contains(' ');
    let misspelt = texts.iter().any(|text| text.eq_ignore_ascii_case(common));
    !(looks_numeric || encoded || unencoded || misspelt)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_one_label() {
        assert!(dns_matches("foo.example.com", "*.example.com"));
        assert!(dns_matches("FOO.example.com", "*.EXAMPLE.com"));
        for (host, pattern) in [
            ("foo.bar.example.com", "*.example.com"),
            ("example.com", "*.example.com"),
            ("example.com", "*.com"),
            ("baz.example.com", "ba*.example.com"),
            ("foo.bar.example.com", "foo.*.example.com"),
            ("foo.example.com", ".example.com"),
        ] {
            assert!(!dns_matches(host, pattern), "{host} {pattern}");
        }
    }

    #[test]
    fn what_people_write_is_told_apart() {
        assert!(matches!(PeerName::of("[::1]"), PeerName::Ip(_)));
        assert!(matches!(PeerName::of("a@b.cn"), PeerName::Email(_)));
        assert!(matches!(PeerName::of("https://a.cn/x"), PeerName::Uri(_)));
        assert_eq!(PeerName::of("a.cn."), PeerName::Dns("a.cn".into()));
    }
}
