//! Which addresses a client may name. Addresses are compared as text, never interpreted; this module only refuses what
//! could mean different things to different readers.

/// Longest address.
const LONGEST: usize = 2000;

/// An address cut into the parts that matter here.
struct Parts<'a> {
    scheme: &'a str,
    host: &'a str,
}

/// Whether an address may be redirected to: https anywhere, http only to this machine (RFC 8252, 7.3), a private-use
/// scheme in reverse domain form for public clients (RFC 8252, 7.1).
pub(crate) fn may_be_redirect(uri: &str, public: bool) -> bool {
    let Some(parts) = parts(uri) else {
        return public && is_private_use(uri);
    };
    match parts.scheme {
        "https" => !parts.host.is_empty(),
        "http" => is_loopback(parts.host),
        _ => false,
    }
}

/// Whether our server may send something there.
pub(crate) fn may_be_called(uri: &str) -> bool {
    may_be_redirect(uri, false)
}

/// The host of an address, in lower case; the sector of pairwise subjects.
pub(crate) fn host(uri: &str) -> Option<String> {
    Some(parts(uri)?.host.to_ascii_lowercase())
}

/// Adds parameters to the query of an address.
pub(crate) fn with_query(uri: &str, pairs: &[(&str, &str)]) -> String {
    let mut text = uri.to_owned();
    let mut joint = if uri.contains('?') { '&' } else { '?' };
    for (name, value) in pairs {
        text.push(joint);
        text.push_str(&encoded(name));
        text.push('=');
        text.push_str(&encoded(value));
        joint = '&';
    }
    text
}

/// Percent-encodes all but the unreserved characters (RFC 3986, 2.3).
pub(crate) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for digit in [byte >> 4, byte & 15] {
                out.extend(char::from_digit(digit.into(), 16).map(|c| c.to_ascii_uppercase()));
            }
        }
    }
    out
}

fn parts(uri: &str) -> Option<Parts<'_>> {
    if !is_plain(uri) {
        return None;
    }
    let (scheme, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?']).next()?;
    // A user name before the host is how addresses are made to look like others.
    if authority.contains('@') || authority.is_empty() {
        return None;
    }
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next()?,
        None => authority.split(':').next()?,
    };
    Some(Parts { scheme, host })
}

/// Only printable ASCII that no reader rewrites: no spaces, controls, backslashes, fragments or wildcards.
fn is_plain(uri: &str) -> bool {
    (1..=LONGEST).contains(&uri.len())
        && uri
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"\\#*<>\"{}|^`".contains(&byte))
        && !uri.contains("/../")
        && !uri.ends_with("/..")
}

fn is_loopback(host: &str) -> bool {
    matches!(host, "127.0.0.1" | "::1" | "localhost")
}

fn is_private_use(uri: &str) -> bool {
    let Some((scheme, rest)) = uri.split_once(":/") else {
        return false;
    };
    is_plain(uri)
        && scheme.contains('.')
        && scheme.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+')
        })
        && !rest.starts_with('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_could_mislead_are_refused() {
        for good in [
            "https://rp.example/cb",
            "https://rp.example:8443/cb?x=1",
            "http://127.0.0.1:4000/cb",
            "http://[::1]:4000/cb",
            "http://localhost/cb",
        ] {
            assert!(may_be_redirect(good, false), "{good}");
        }
        for bad in [
            "http://rp.example/cb",
            "https://rp.example/cb#x",
            "https://rp.example@evil.example/",
            "https://*.example/cb",
            "https:///cb",
            "https://rp.example/a/../b",
            "https://rp.example\\@evil.example/",
            "javascript://x/%0aalert(1)",
            "javascript:alert(1)",
            "data:text/html,x",
            "//rp.example/cb",
            "/cb",
            "",
            "https://rp.example/ cb",
            "https://例子.example/",
        ] {
            assert!(!may_be_redirect(bad, true), "{bad}");
        }
        assert!(may_be_redirect("com.example.app:/cb", true));
        assert!(!may_be_redirect("com.example.app:/cb", false));
    }

    #[test]
    fn parameters_are_added_to_a_query_that_may_be_there_already() {
        assert_eq!(
            with_query("https://a/cb", &[("state", "a b&c=d")]),
            "https://a/cb?state=a%20b%26c%3Dd"
        );
        assert_eq!(
            with_query("https://a/cb?x=1", &[("s", "1")]),
            "https://a/cb?x=1&s=1"
        );
    }
}
