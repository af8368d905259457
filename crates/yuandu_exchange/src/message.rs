//! Messages between nodes, free of any HTTP library: what came in, what is answered, what is to be sent.

/// A message that came in.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// The method, in capitals.
    pub method: String,
    /// Path and query as they were asked for.
    pub path: String,
    /// Headers; names in small letters.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Incoming {
    /// The value of a header that must be there exactly once.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        only(&self.headers, name)
    }
}

/// An answer, to be sent or as it was received.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers; names in small letters.
    pub headers: Vec<(String, String)>,
    /// The body, JSON.
    pub body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        only(&self.headers, name)
    }
}

/// A message to be sent now: its signature is fresh and does not last.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// Where to.
    pub url: String,
    /// Headers; names in small letters.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    pub(crate) nonce: String,
    pub(crate) place: OutboxPlace,
}

/// Which row of the outbox a message comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OutboxPlace {
    pub(crate) contract: String,
    pub(crate) batch: i64,
    pub(crate) part: i64,
}

pub(crate) fn only<'h>(headers: &'h [(String, String)], name: &str) -> Option<&'h str> {
    let mut found = headers.iter().filter(|(known, _)| known == name);
    match (found.next(), found.next()) {
        (Some((_, value)), None) => Some(value),
        _ => None,
    }
}

/// The headers of the exchange. Every one is covered by the signature.
pub(crate) mod headers {
    /// The node a message is for.
    pub(crate) const TO: &str = "exchange-to";
    /// The contract.
    pub(crate) const CONTRACT: &str = "exchange-contract";
    /// Hash of the contract's terms.
    pub(crate) const TERMS: &str = "exchange-terms";
    /// Number of the batch.
    pub(crate) const BATCH: &str = "exchange-batch";
    /// Number of the part.
    pub(crate) const PART: &str = "exchange-part";
    /// Nonce of the message that is answered.
    pub(crate) const ANSWERS: &str = "exchange-answers";
    /// RFC 9530.
    pub(crate) const DIGEST: &str = "content-digest";
    /// The media type.
    pub(crate) const TYPE: &str = "content-type";
    /// RFC 9421.
    pub(crate) const INPUT: &str = "signature-input";
    /// RFC 9421.
    pub(crate) const SIGNATURE: &str = "signature";
}
