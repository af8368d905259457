//! The terms of a contract: who gets which fields of which register for what purpose, on what ground, until when.
//!
//! Both sides register the same terms and compare their hash with every message.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::canonical::hex;
use crate::{ContractId, ExchangeError, NodeId};

/// A field of a contract: its name and its type at the time of the agreement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldNote {
    /// Name in the register.
    pub name: String,
    /// Type as declared, with its limits.
    pub kind: String,
}

/// What two nodes agreed on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// The contract's name, the same on both sides.
    pub id: ContractId,
    /// Who passes records on.
    pub provider: NodeId,
    /// Who gets them.
    pub consumer: NodeId,
    /// The register, `<package>.<register>`.
    pub register: String,
    /// The fields that are passed on, and no others; in the register's order.
    pub fields: Vec<FieldNote>,
    /// What for.
    pub purpose: String,
    /// The law or decision that allows it.
    pub legal_ground: String,
    /// The last day.
    pub until: Date,
    /// 1 is sent first, 9 last.
    pub priority: u8,
    /// Most rows passed on in a day.
    pub rows_per_day: u32,
}

impl Terms {
    /// The terms as they are stored and hashed.
    pub(crate) fn text(&self) -> Result<String, ExchangeError> {
        serde_json::to_string(self).map_err(|error| ExchangeError::stored("contract", error))
    }

    /// The hash both sides compare.
    pub(crate) fn digest(text: &str) -> String {
        hex(&Sha256::digest(text.as_bytes()))
    }

    /// The names of the fields.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|field| field.name.as_str())
    }
}
