//! From files to an answer: what `yuandu trust validate` asks.
//!
//! What cannot be read is told apart: a leaf that cannot be read is an answer (it is not valid), an intermediate, anchor
//! or list that cannot be read is passed over with a note, and only files that hold nothing at all are an error.

use serde::Serialize;
use yuandu_base::{ErrorKind, LocalText};

use crate::cert::Certificate;
use crate::crl::Crl;
use crate::der::{Instant, Oid};
use crate::path::{Answer, PeerName, Purpose, Request, validate};
use crate::pem::{self, Block};
use crate::rule::{Finding, FindingView, Rule};

/// More certificates than any question needs.
const MOST_CERTIFICATES: usize = 5_000;

/// The files and the options of a question.
#[derive(Debug, Clone)]
pub struct Question {
    /// Trust anchors.
    pub roots: Vec<u8>,
    /// The certificate in question, then what may help.
    pub chain: Vec<u8>,
    /// Files of revocation lists.
    pub crls: Vec<Vec<u8>>,
    /// The time asked about.
    pub at: Instant,
    /// The purpose.
    pub purpose: Purpose,
    /// The expected name.
    pub name: Option<String>,
    /// Acceptable policies.
    pub policies: Vec<Oid>,
    /// Whether an acceptable policy is required.
    pub explicit_policy: bool,
    /// Whether mapping is forbidden.
    pub inhibit_mapping: bool,
    /// Whether anyPolicy counts for nothing.
    pub inhibit_any: bool,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuestionError {
    /// A file holds nothing that could be asked about.
    #[error("the file of {0} holds none; give PEM blocks or one DER")]
    Empty(&'static str),
    /// A file holds more than is looked at.
    #[error(
        "the files hold more than {MOST_CERTIFICATES} certificates; leave only those that are needed"
    )]
    TooMany,
}

impl QuestionError {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    /// For people.
    #[must_use]
    pub fn message(&self) -> LocalText {
        let zh = match self {
            Self::Empty("trust anchors") => {
                "信任锚文件中没有证书；请给出 PEM 或单个 DER".to_owned()
            }
            Self::Empty(_) => "证书链文件中没有证书；请给出 PEM 或单个 DER".to_owned(),
            Self::TooMany => format!("文件中的证书超过 {MOST_CERTIFICATES} 张；请只留下所需的"),
        };
        LocalText::new(zh, self.to_string())
    }
}

/// The answer to a question, for people and machines.
#[derive(Debug, Clone, Serialize)]
pub struct Verdict {
    /// Yes or no.
    pub valid: bool,
    /// The path, from the leaf to the anchor.
    pub path: Vec<String>,
    /// Why not.
    pub findings: Vec<FindingView>,
    /// What was passed over.
    pub notes: Vec<String>,
    /// The findings themselves.
    #[serde(skip)]
    pub reasons: Vec<Finding>,
}

/// Answers a question.
///
/// # Errors
/// When a file holds nothing, or far too much.
pub fn ask(question: &Question) -> Result<Verdict, QuestionError> {
    let mut notes = Vec::new();
    let roots = certificates(&question.roots, "trust anchors")?;
    let chain = certificates(&question.chain, "certificates")?;
    if roots.len() + chain.len() > MOST_CERTIFICATES {
        return Err(QuestionError::TooMany);
    }
    let mut chain = chain.into_iter();
    let leaf = match chain.next().map(|block| read_certificate(&block)) {
        Some(Ok(leaf)) => leaf,
        Some(Err(why)) => {
            let finding = Finding::new(Rule::Malformed, "1", why);
            return Ok(verdict(
                Answer {
                    path: Vec::new(),
                    findings: vec![finding],
                },
                notes,
            ));
        }
        None => return Err(QuestionError::Empty("certificates")),
    };
    let mut readable = |blocks: &mut dyn Iterator<Item = Block>, what: &str| -> Vec<Certificate> {
        let mut list: Vec<Certificate> = Vec::new();
        for (index, block) in blocks.enumerate() {
            match read_certificate(&block) {
                Ok(cert) if list.iter().any(|known| known.der == cert.der) => {}
                Ok(cert) => list.push(cert),
                Err(why) => notes.push(format!("{what} {}: {why}", index + 1)),
            }
        }
        list
    };
    let pool = readable(&mut chain, "intermediate");
    let anchors = readable(&mut roots.into_iter(), "anchor");
    let request = Request {
        leaf,
        pool,
        anchors,
        crls: lists(&question.crls, &mut notes),
        at: question.at,
        purpose: question.purpose,
        name: question.name.as_deref().map(PeerName::of),
        policies: question.policies.clone(),
        explicit_policy: question.explicit_policy,
        inhibit_mapping: question.inhibit_mapping,
        inhibit_any: question.inhibit_any,
    };
    Ok(verdict(validate(&request), notes))
}

fn verdict(answer: Answer, notes: Vec<String>) -> Verdict {
    Verdict {
        valid: answer.is_valid(),
        path: answer.path,
        findings: answer.findings.iter().map(Finding::view).collect(),
        notes,
        reasons: answer.findings,
    }
}

fn certificates(file: &[u8], what: &'static str) -> Result<Vec<Block>, QuestionError> {
    let known = ["", "CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"];
    let mut blocks = pem::read(file);
    blocks.retain(|block| known.contains(&block.label.as_str()));
    if blocks.is_empty() {
        return Err(QuestionError::Empty(what));
    }
    Ok(blocks)
}

fn read_certificate(block: &Block) -> Result<Certificate, String> {
    let bytes = block.bytes.as_ref().map_err(Clone::clone)?;
    Certificate::read(bytes).map_err(|error| error.to_string())
}

fn lists(files: &[Vec<u8>], notes: &mut Vec<String>) -> Vec<Crl> {
    let mut lists = Vec::new();
    let blocks = files.iter().flat_map(|file| pem::read(file));
    let labelled = blocks.filter(|block| ["", "X509 CRL", "CRL"].contains(&block.label.as_str()));
    for (index, block) in labelled.enumerate() {
        let read = block
            .bytes
            .and_then(|bytes| Crl::read(&bytes).map_err(|error| error.to_string()));
        match read {
            Ok(crl) => lists.push(crl),
            Err(why) => notes.push(format!("CRL {}: {why}", index + 1)),
        }
    }
    lists
}
