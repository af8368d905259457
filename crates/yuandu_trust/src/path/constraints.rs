//! Name constraints (RFC 5280, 4.2.1.10): every name below an authority lies within what it may issue for.

use crate::cert::Certificate;
use crate::name::{GeneralName, address};
use crate::oids;
use crate::rule::{Finding, Rule};

use super::peer::is_host;

/// Comparisons made for one path; more than that is an attack on the checker.
const MOST_COMPARISONS: usize = 250_000;

/// The constraints met on the way down; each authority's must hold by itself.
pub(super) struct Constraints<'a> {
    levels: Vec<(&'a Certificate, &'a crate::ext::NameConstraints)>,
    left: usize,
}

/// How a name stands to a constraint.
enum Fit {
    Within,
    Outside,
    /// The name or the constraint is malformed, or of a form that is not understood: nobody can say.
    Unclear,
}

impl<'a> Constraints<'a> {
    /// Checks a path, from the anchor down.
    pub(super) fn check(down: &[&'a Certificate], findings: &mut Vec<Finding>) {
        let mut state = Self {
            levels: Vec::new(),
            left: MOST_COMPARISONS,
        };
        for (depth, cert) in down.iter().enumerate() {
            let last = depth + 1 == down.len();
            if depth > 0
                && (last || !cert.is_self_issued())
                && let Err((rule, detail)) = state.permits(cert)
            {
                findings.push(Finding::new(rule, cert, detail));
            }
            if let Some(own) = &cert.ext.name_constraints
                && !last
            {
                state.levels.push((cert, &own.value));
            }
        }
    }

    fn permits(&mut self, cert: &Certificate) -> Result<(), (Rule, String)> {
        if self.levels.is_empty() {
            return Ok(());
        }
        let names = names_of(cert);
        for (by, constraints) in &self.levels {
            for name in &names {
                let cost = constraints.permitted.len() + constraints.excluded.len();
                self.left = self
                    .left
                    .checked_sub(cost)
                    .ok_or((Rule::TooComplex, String::new()))?;
                permitted(name, constraints)
                    .map_err(|what| (Rule::NameConstraints, format!("{what}; {by}")))?;
            }
        }
        Ok(())
    }
}

/// All names of a certificate; a mailbox in the subject counts when no alternative name is one.
fn names_of(cert: &Certificate) -> Vec<GeneralName> {
    let alternative = cert.ext.subject_alt_name.as_ref();
    let mut names = alternative
        .map(|found| found.value.clone())
        .unwrap_or_default();
    let has_mailbox = names
        .iter()
        .any(|name| matches!(name, GeneralName::Email(_)));
    if !has_mailbox {
        let mailboxes = cert.subject.values(oids::EMAIL_ADDRESS);
        names.extend(mailboxes.map(|mailbox| GeneralName::Email(mailbox.to_owned())));
    }
    if !cert.subject.is_empty() {
        names.push(GeneralName::Directory(cert.subject.clone()));
    }
    names
}

fn permitted(name: &GeneralName, constraints: &crate::ext::NameConstraints) -> Result<(), String> {
    for base in same_form(name, &constraints.excluded) {
        match fit(name, base, true) {
            Fit::Outside => {}
            Fit::Within => return Err(format!("{name} - {base}")),
            Fit::Unclear => return Err(format!("{name} ? {base}")),
        }
    }
    let mut any = false;
    for base in same_form(name, &constraints.permitted) {
        any = true;
        match fit(name, base, false) {
            Fit::Within => return Ok(()),
            Fit::Outside => {}
            Fit::Unclear => return Err(format!("{name} ? {base}")),
        }
    }
    if any {
        Err(format!("{name} ∉"))
    } else {
        Ok(())
    }
}

fn same_form<'a>(
    name: &'a GeneralName,
    list: &'a [GeneralName],
) -> impl Iterator<Item = &'a GeneralName> {
    list.iter().filter(move |base| base.form() == name.form())
}

fn fit(name: &GeneralName, base: &GeneralName, excluding: bool) -> Fit {
    let yes = |within: bool| if within { Fit::Within } else { Fit::Outside };
    match (name, base) {
        (GeneralName::Directory(name), GeneralName::Directory(base)) => yes(name.is_within(base)),
        (GeneralName::Dns(name), GeneralName::Dns(base)) => dns(name, base, excluding),
        (GeneralName::Email(name), GeneralName::Email(base)) => email(name, base),
        (GeneralName::Uri(name), GeneralName::Uri(base)) => uri(name, base),
        (GeneralName::Ip(name), GeneralName::Ip(base)) => ip(name, base),
        _ => Fit::Unclear,
    }
}

fn dns(name: &str, base: &str, excluding: bool) -> Fit {
    let star = name.strip_prefix("*.");
    if !is_host(star.unwrap_or(name)) || !(base.is_empty() || is_host(base)) {
        return Fit::Unclear;
    }
    if below(name, base) {
        return Fit::Within;
    }
    // `*.example.com` also stands for the excluded `bar.example.com` (CVE-2025-61727).
    match star {
        Some(parent) if excluding && below(base, parent) => Fit::Within,
        _ => Fit::Outside,
    }
}

/// Whether a host is a base or lies below it.
fn below(host: &str, base: &str) -> bool {
    if base.is_empty() || host.eq_ignore_ascii_case(base) {
        return true;
    }
    let Some(cut) = host.len().checked_sub(base.len() + 1) else {
        return false;
    };
    match (host.get(..cut), host.get(cut..)) {
        (Some(_), Some(tail)) => tail
            .strip_prefix('.')
            .is_some_and(|tail| tail.eq_ignore_ascii_case(base)),
        _ => false,
    }
}

fn email(name: &str, base: &str) -> Fit {
    let Some((local, host)) = mailbox(name) else {
        return Fit::Unclear;
    };
    let within = if base.contains('@') {
        let Some((base_local, base_host)) = mailbox(base) else {
            return Fit::Unclear;
        };
        local == base_local && host.eq_ignore_ascii_case(base_host)
    } else if let Some(domain) = base.strip_prefix('.') {
        if !is_host(domain) {
            return Fit::Unclear;
        }
        below(host, domain) && !host.eq_ignore_ascii_case(domain)
    } else {
        if !is_host(base) {
            return Fit::Unclear;
        }
        host.eq_ignore_ascii_case(base)
    };
    if within { Fit::Within } else { Fit::Outside }
}

fn mailbox(text: &str) -> Option<(&str, &str)> {
    let (local, host) = text.split_once('@')?;
    (!local.is_empty() && is_host(host)).then_some((local, host))
}

fn uri(name: &str, base: &str) -> Fit {
    // The constraint is about the host; a URI without one, or with an address, cannot be compared (RFC 5280, 4.2.1.10).
    let Some((_, rest)) = name.split_once("://") else {
        return Fit::Unclear;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default();
    if !is_host(host) || host.parse::<std::net::Ipv4Addr>().is_ok() {
        return Fit::Unclear;
    }
    let within = match base.strip_prefix('.') {
        Some(domain) => below(host, domain) && !host.eq_ignore_ascii_case(domain),
        None => host.eq_ignore_ascii_case(base),
    };
    if within { Fit::Within } else { Fit::Outside }
}

fn ip(name: &[u8], base: &[u8]) -> Fit {
    if address(name).is_none() || !matches!(base.len(), 8 | 32) {
        return Fit::Unclear;
    }
    let (network, mask) = base.split_at(base.len() / 2);
    // A mask must be ones followed by zeros.
    let bits: String = mask.iter().map(|byte| format!("{byte:08b}")).collect();
    if bits.contains("01") {
        return Fit::Unclear;
    }
    if name.len() != network.len() {
        return Fit::Outside;
    }
    let within = name
        .iter()
        .zip(network)
        .zip(mask)
        .all(|((byte, network), mask)| byte & mask == network & mask);
    if within { Fit::Within } else { Fit::Outside }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within(fit: &Fit) -> &'static str {
        match fit {
            Fit::Within => "in",
            Fit::Outside => "out",
            Fit::Unclear => "?",
        }
    }

    #[test]
    fn hosts_lie_below_a_domain_or_not() {
        for (name, base, excluding, expected) in [
            ("foo.bar.example.com", "example.com", false, "in"),
            ("not-example.com", "example.com", false, "out"),
            ("x.example.com", ".example.com", false, "?"),
            ("x.example.com", "*.example.com", false, "?"),
            (".example.com", "example.com", false, "?"),
            ("*.example.com", "bar.example.com", true, "in"),
            ("*.example.com", "foo.example.com", false, "out"),
            ("anything.cn", "", false, "in"),
        ] {
            assert_eq!(
                within(&dns(name, base, excluding)),
                expected,
                "{name} {base}"
            );
        }
    }

    #[test]
    fn mailboxes_hosts_and_domains_constrain_mail() {
        for (name, base, expected) in [
            ("foo@example.com", "foo@example.com", "in"),
            ("Foo@example.com", "foo@example.com", "out"),
            ("foo@EXAMPLE.com", "example.com", "in"),
            ("foo@mail.example.com", "example.com", "out"),
            ("foo@mail.example.com", ".example.com", "in"),
            ("foo@example.com", ".example.com", "out"),
            ("a@b@example.com", "example.com", "?"),
        ] {
            assert_eq!(within(&email(name, base)), expected, "{name} {base}");
        }
    }

    #[test]
    fn addresses_need_a_proper_mask() {
        assert_eq!(
            within(&ip(&[192, 0, 2, 1], &[192, 0, 2, 0, 255, 255, 255, 0])),
            "in"
        );
        assert_eq!(
            within(&ip(&[192, 0, 3, 1], &[192, 0, 2, 0, 255, 255, 255, 0])),
            "out"
        );
        assert_eq!(within(&ip(&[127, 0, 0, 1], &[127, 0, 0, 1])), "?");
        assert_eq!(
            within(&ip(&[192, 0, 2, 1], &[192, 0, 2, 0, 255, 0, 255, 0])),
            "?"
        );
    }
}
