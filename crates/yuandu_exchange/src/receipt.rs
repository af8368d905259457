//! The reconciliation receipt: what was sent, received, accepted and rejected, and whether the sums meet. One text that
//! both sides sign.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::keys::{NodeKey, base64, unbase64};
use crate::{ContractId, ExchangeError, NodeId, PublicKey};

/// What is signed begins with this line, so that a signature under a receipt is nothing else.
const CONTEXT: &str = "yuandu exchange receipt v1\n";

/// The receipt of one batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The contract.
    pub contract: ContractId,
    /// Number of the batch.
    pub batch: i64,
    /// Hash of the contract's terms.
    pub terms: String,
    /// Who sent.
    pub provider: NodeId,
    /// Who received.
    pub consumer: NodeId,
    /// The register.
    pub register: String,
    /// Parts that arrived, of those sent.
    pub parts: (i64, i64),
    /// Rows sent, as the sender says.
    pub sent: i64,
    /// Rows received, as the receiver counted.
    pub received: i64,
    /// Rows that hold and were taken.
    pub accepted: i64,
    /// Rows that were not taken, by reason.
    pub rejected: BTreeMap<String, i64>,
    /// Hash over the rows, as the sender computed it.
    pub content_sent: String,
    /// Hash over the rows, as the receiver computed it.
    pub content_received: String,
    /// When the receiver closed the batch.
    pub at: Timestamp,
}

impl Receipt {
    /// What does not meet; nothing when the batch is settled.
    #[must_use]
    pub fn differences(&self) -> Vec<String> {
        let rejected: i64 = self.rejected.values().sum();
        let mut found = Vec::new();
        if self.parts.0 != self.parts.1 {
            found.push(format!("parts {} of {}", self.parts.0, self.parts.1));
        }
        if self.sent != self.received {
            found.push(format!("sent {} received {}", self.sent, self.received));
        }
        if self.received != self.accepted + rejected {
            found.push(format!(
                "received {} accepted {} rejected {rejected}",
                self.received, self.accepted
            ));
        }
        if self.content_sent != self.content_received {
            found.push("content".to_owned());
        }
        found
    }

    pub(crate) fn text(&self) -> Result<String, ExchangeError> {
        serde_json::to_string(self).map_err(|error| ExchangeError::stored("receipt", error))
    }
}

/// A receipt as it is kept: the signed text, and who signed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedReceipt {
    /// The text that was signed: the receipt as JSON.
    pub text: String,
    /// The receiver's signature, base64.
    pub consumer: String,
    /// The sender's signature, base64; none yet while it is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
}

impl SignedReceipt {
    /// What the receipt says.
    ///
    /// # Errors
    /// If the text is no receipt.
    pub fn receipt(&self) -> Result<Receipt, ExchangeError> {
        serde_json::from_str(&self.text).map_err(|error| ExchangeError::stored("receipt", error))
    }

    /// Whether the receiver signed it.
    #[must_use]
    pub fn is_of_consumer(&self, key: &PublicKey) -> bool {
        holds(key, &self.text, &self.consumer)
    }

    /// Whether the sender signed it.
    #[must_use]
    pub fn is_of_provider(&self, key: &PublicKey) -> bool {
        let signature = self.provider.as_deref();
        signature.is_some_and(|signature| holds(key, &self.text, signature))
    }
}

pub(crate) fn sign(key: &NodeKey, text: &str) -> String {
    base64(&key.sign(format!("{CONTEXT}{text}").as_bytes()))
}

pub(crate) fn holds(key: &PublicKey, text: &str, signature: &str) -> bool {
    let message = format!("{CONTEXT}{text}");
    unbase64(signature).is_some_and(|signature| key.holds(message.as_bytes(), &signature))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt() -> Receipt {
        Receipt {
            contract: "residents-to-tax".parse().unwrap(),
            batch: 1,
            terms: "00".into(),
            provider: "370700.a.b".parse().unwrap(),
            consumer: "370700.c.d".parse().unwrap(),
            register: "population.resident".into(),
            parts: (2, 2),
            sent: 75_273,
            received: 75_273,
            accepted: 75_270,
            rejected: [("field.required".to_owned(), 3)].into(),
            content_sent: "11".into(),
            content_received: "11".into(),
            at: "2026-11-28T08:00:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn sums_that_do_not_meet_are_named() {
        assert_eq!(receipt().differences(), Vec::<String>::new());
        // What a real exchange did without an error: 75,273 rows in, 50,000 out.
        let lost = Receipt {
            received: 50_000,
            accepted: 49_997,
            content_received: "22".into(),
            ..receipt()
        };
        assert_eq!(lost.differences(), ["sent 75273 received 50000", "content"]);
    }

    #[test]
    fn a_receipt_is_signed_by_both_and_by_nobody_else() {
        let (provider, consumer) = (NodeKey::generate(), NodeKey::generate());
        let text = receipt().text().unwrap();
        let signed = SignedReceipt {
            consumer: sign(&consumer, &text),
            provider: Some(sign(&provider, &text)),
            text,
        };
        assert_eq!(signed.receipt().unwrap(), receipt());
        assert!(signed.is_of_consumer(&consumer.public()));
        assert!(signed.is_of_provider(&provider.public()));
        assert!(!signed.is_of_consumer(&provider.public()));
        let altered = SignedReceipt {
            text: signed.text.replace("75273", "75274"),
            ..signed
        };
        assert!(!altered.is_of_consumer(&consumer.public()));
    }
}
