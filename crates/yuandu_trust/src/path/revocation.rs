//! Was a certificate revoked, by the lists that were given (RFC 5280, 6.3.3): complete and delta lists, distribution
//! points, reasons, indirect lists and lists signed with another key than the certificates.

use crate::cert::Certificate;
use crate::crl::{Crl, REMOVE, at_least};
use crate::der::Reader;
use crate::ext::{DistributionPoint, PointName};
use crate::key::{PublicKey, verify};
use crate::name::{GeneralName, Name};
use crate::rule::{Finding, Rule};

use super::search::Search;
use super::{Purpose, check};

/// All reasons but `unused`.
const ALL_REASONS: u16 = 0b1_1111_1110;
/// Paths of signers of lists within paths of signers of lists.
const DEEPEST: usize = 4;

/// Checks every certificate of a path but the anchor.
pub(super) fn check(search: &Search<'_>, path: &[usize], findings: &mut Vec<Finding>) {
    for (position, index) in path.iter().enumerate() {
        if search.is_anchor(*index) {
            continue;
        }
        let Some(cert) = search.certs.get(*index) else {
            continue;
        };
        let mut status = Status {
            search,
            cert,
            above: path.get(position + 1..).unwrap_or_default(),
            covered: 0,
            notes: Vec::new(),
        };
        match status.find() {
            Some(revoked) => findings.push(Finding::new(Rule::Revoked, cert, revoked)),
            None if status.covered & ALL_REASONS != ALL_REASONS => {
                status.notes.dedup();
                let notes = status.notes.join("; ");
                findings.push(Finding::new(Rule::RevocationUnknown, cert, notes));
            }
            None => {}
        }
    }
}

struct Status<'a> {
    search: &'a Search<'a>,
    cert: &'a Certificate,
    above: &'a [usize],
    covered: u16,
    notes: Vec<String>,
}

impl Status<'_> {
    /// When and why it was revoked, or `None`; `covered` then tells what that is worth.
    fn find(&mut self) -> Option<String> {
        let points = self.cert.ext.crl_points.as_ref();
        let points = points.map(|found| found.value.clone()).unwrap_or_default();
        // Lists that no point names, but that the issuer of the certificate issued, count as well.
        let implied = DistributionPoint {
            name: Some(PointName::Full(vec![GeneralName::Directory(
                self.cert.issuer.clone(),
            )])),
            ..DistributionPoint::default()
        };
        for point in points.iter().chain([&implied]) {
            for crl in &self.search.request.crls {
                if self.covered & ALL_REASONS == ALL_REASONS {
                    return None;
                }
                if crl.base.is_none()
                    && let Some(revoked) = self.ask(point, crl)
                {
                    return Some(revoked);
                }
            }
        }
        None
    }

    fn ask(&mut self, point: &DistributionPoint, crl: &Crl) -> Option<String> {
        let reasons = match self.scope(point, crl) {
            Ok(reasons) => reasons,
            Err(None) => return None,
            Err(Some(why)) => {
                self.notes.push(format!("{}: {why}", crl.issuer));
                return None;
            }
        };
        if reasons & !self.covered == 0 {
            return None;
        }
        if let Err(why) = self.usable(crl) {
            self.notes.push(format!("{}: {why}", crl.issuer));
            return None;
        }
        self.covered |= reasons;
        let delta = self.delta(crl);
        let by_delta = delta.and_then(|delta| delta.entry(&self.cert.issuer, &self.cert.serial));
        let entry = match by_delta {
            Some(entry) if entry.reason == REMOVE => None,
            Some(entry) => Some(entry),
            None => crl
                .entry(&self.cert.issuer, &self.cert.serial)
                .filter(|entry| entry.reason != REMOVE),
        };
        entry.map(|entry| format!("{}, {}", entry.date, reason(entry.reason)))
    }

    /// The reasons a list covers for the certificate by this point; why not, when that is worth telling.
    fn scope(&self, point: &DistributionPoint, crl: &Crl) -> Result<u16, Option<String>> {
        let web = self.search.request.purpose == Purpose::Server;
        let issuers: Vec<&Name> = point
            .issuer
            .iter()
            .filter_map(|name| match name {
                GeneralName::Directory(name) => Some(name),
                _ => None,
            })
            .collect();
        let scope = crl.point.clone().unwrap_or_default();
        if issuers.is_empty() {
            if crl.issuer != self.cert.issuer {
                return Err(None);
            }
        } else if !issuers.iter().any(|name| **name == crl.issuer) || !scope.indirect {
            return Err(None);
        }
        let refuse = |why: &str| Err(Some(why.to_owned()));
        if scope.only_attribute {
            return refuse("onlyContainsAttributeCerts");
        }
        if scope.only_user && self.cert.is_ca() {
            return refuse("onlyContainsUserCerts");
        }
        if scope.only_ca && !self.cert.is_ca() {
            return refuse("onlyContainsCACerts");
        }
        if web && (scope.indirect || !only_uris(scope.name.as_ref()) || !self.points_are_uris()) {
            return refuse("CA/Browser Forum BR 7.1.2.11.2, 7.2.2.1");
        }
        if let Some(name) = &scope.name {
            let wanted = self.names_of(point, &issuers);
            let listed = full_names(name, &crl.issuer);
            if !listed.iter().any(|name| wanted.contains(name)) {
                return refuse("issuingDistributionPoint");
            }
        }
        let by_point = point.reasons.unwrap_or(ALL_REASONS);
        Ok(by_point & scope.reasons.unwrap_or(ALL_REASONS) & ALL_REASONS)
    }

    fn names_of(&self, point: &DistributionPoint, issuers: &[&Name]) -> Vec<GeneralName> {
        match &point.name {
            Some(name) => {
                let relative_to = issuers.first().copied().unwrap_or(&self.cert.issuer);
                full_names(name, relative_to)
            }
            None => point.issuer.clone(),
        }
    }

    fn points_are_uris(&self) -> bool {
        let points = self.cert.ext.crl_points.as_ref();
        points.is_none_or(|found| {
            found
                .value
                .iter()
                .all(|point| only_uris(point.name.as_ref()))
        })
    }

    /// Whether a list is current, well formed, and signed by one who may.
    fn usable(&self, crl: &Crl) -> Result<(), String> {
        if let Some(why) = &crl.unusable {
            return Err(why.clone());
        }
        let at = self.search.request.at;
        if at < crl.this_update {
            return Err(format!("thisUpdate {}", crl.this_update));
        }
        if at > crl.next_update {
            return Err(format!("nextUpdate {}", crl.next_update));
        }
        self.signed(crl)
    }

    fn signed(&self, crl: &Crl) -> Result<(), String> {
        let mut why = "no signer".to_owned();
        for (index, signer) in self.search.certs.iter().enumerate() {
            if signer.subject != crl.issuer {
                continue;
            }
            if !signer.may_sign_crls() {
                why = "no cRLSign".to_owned();
                continue;
            }
            self.search.count_signature();
            let above = self.key_above(signer);
            let key = above.as_ref().unwrap_or(&signer.key);
            if let Err(error) = verify(key, &crl.algorithm, crl.tbs(), &crl.signature) {
                why = error.to_string();
                continue;
            }
            if above.is_some() || self.vouched_for(index) {
                return Ok(());
            }
            why = "signer".to_owned();
        }
        Err(why)
    }

    /// The key of a signer that stands in the path above, with parameters it may have from its own issuer.
    fn key_above(&self, signer: &Certificate) -> Option<PublicKey> {
        let mut key: Option<PublicKey> = None;
        for index in self.above.iter().rev() {
            let cert = self.search.certs.get(*index)?;
            let own = match &key {
                Some(above) => cert.key.inheriting(above),
                None => cert.key.clone(),
            };
            if cert.der == signer.der {
                return Some(own);
            }
            key = Some(own);
        }
        None
    }

    /// A signer that is not in the path needs one of its own, to the same anchor.
    fn vouched_for(&self, index: usize) -> bool {
        {
            let mut in_progress = self.search.in_progress.borrow_mut();
            // A list may cover the certificate of its own signer; whether that one holds is being found out just now.
            if in_progress.contains(&index) {
                return true;
            }
            if in_progress.len() >= DEEPEST {
                return false;
            }
            in_progress.push(index);
        }
        let anchor = self.above.last().copied();
        let found = self.search.find(index, &|path| {
            if path.last().copied() == anchor {
                check::check(self.search, path, false)
            } else {
                Err(Vec::new())
            }
        });
        self.search.in_progress.borrow_mut().pop();
        found.is_ok()
    }

    /// The newest delta that may be laid over a complete list.
    fn delta(&self, crl: &Crl) -> Option<&Crl> {
        let number = crl.number.as_ref()?;
        let scope = |crl: &Crl| crl.point.as_ref().map(|point| point.der.clone());
        let fits = |delta: &&Crl| {
            let base = delta.base.as_ref();
            delta.issuer == crl.issuer
                && base.is_some_and(|base| at_least(number, base))
                && delta
                    .number
                    .as_ref()
                    .is_some_and(|newer| at_least(newer, number))
                && scope(delta) == scope(crl)
                && delta.authority_key_id == crl.authority_key_id
                && self.usable(delta).is_ok()
        };
        let crls = &self.search.request.crls;
        crls.iter()
            .filter(fits)
            .max_by_key(|delta| delta.this_update)
    }
}

fn full_names(name: &PointName, relative_to: &Name) -> Vec<GeneralName> {
    match name {
        PointName::Full(names) => names.clone(),
        PointName::Relative(bytes) => {
            let whole = Reader::new(bytes).any().ok();
            let name = whole.and_then(|set| relative_to.extended(&set).ok());
            name.map(GeneralName::Directory).into_iter().collect()
        }
    }
}

fn only_uris(name: Option<&PointName>) -> bool {
    match name {
        None => true,
        Some(PointName::Relative(_)) => false,
        Some(PointName::Full(names)) => {
            names.iter().all(|name| matches!(name, GeneralName::Uri(_)))
        }
    }
}

/// The reason as RFC 5280 calls it.
fn reason(number: u8) -> &'static str {
    match number {
        1 => "keyCompromise",
        2 => "cACompromise",
        3 => "affiliationChanged",
        4 => "superseded",
        5 => "cessationOfOperation",
        6 => "certificateHold",
        9 => "privilegeWithdrawn",
        10 => "aACompromise",
        _ => "unspecified",
    }
}
