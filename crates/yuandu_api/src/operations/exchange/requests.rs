//! What is sent to the operations of the exchange.

use schemars::JsonSchema;
use serde::Deserialize;
use yuandu_base::{LocalText, Problem};
use yuandu_exchange::{ProposeContract, RegisterNode};

use crate::{ApiError, App};

/// A node to be registered.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NodeRequest {
    /// City, organisation and system: `370700.civil-affairs.population`.
    id: String,
    /// Its name in Chinese.
    title_zh: String,
    /// Its name in English.
    title_en: String,
    /// Where its server is reached, without a path. For a node of ours, this city's own address when it is left out.
    #[serde(default)]
    url: Option<String>,
    /// The public key of another's node (Ed25519, base64). Without one the node is ours and a key is made.
    #[serde(default)]
    public_key: Option<String>,
}

impl NodeRequest {
    pub(super) fn read(self, app: &App) -> Result<RegisterNode, ApiError> {
        Ok(RegisterNode {
            id: self.id.parse()?,
            title: LocalText::new(self.title_zh, self.title_en),
            url: self.url.unwrap_or_else(|| app.base_url()),
            public_key: self.public_key,
        })
    }
}

/// Whether a node takes part.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NodeStateRequest {
    /// `false`: its messages are refused and nothing is sent to it.
    pub(super) active: bool,
    /// Why.
    #[serde(default)]
    pub(super) reason: String,
}

/// A contract that is applied for; the same on both sides.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ContractRequest {
    /// Its name: small letters, digits, hyphens.
    id: String,
    /// The node that passes records on.
    provider: String,
    /// The node that gets them.
    consumer: String,
    /// The register, `<package>.<register>`.
    register: String,
    /// Names of the fields that are passed on.
    fields: Vec<String>,
    /// What for.
    purpose: String,
    /// The law or decision that allows it.
    legal_ground: String,
    /// The last day, `2027-12-31`.
    until: String,
    /// 1 is sent first, 9 last; 5 when it is left out.
    #[serde(default = "middle")]
    priority: u8,
    /// Most rows passed on in a day; a million when it is left out.
    #[serde(default = "million")]
    rows_per_day: u32,
}

fn middle() -> u8 {
    5
}

fn million() -> u32 {
    1_000_000
}

impl ContractRequest {
    pub(super) fn read(self) -> Result<ProposeContract, ApiError> {
        let until = self.until.parse().map_err(|_| {
            Problem::new(
                "exchange.until",
                "until",
                "期限写作 2027-12-31",
                "the last day is written 2027-12-31",
            )
        })?;
        Ok(ProposeContract {
            id: self.id.parse()?,
            provider: self.provider.parse()?,
            consumer: self.consumer.parse()?,
            register: self.register,
            fields: self.fields,
            purpose: self.purpose,
            legal_ground: self.legal_ground,
            until,
            priority: self.priority,
            rows_per_day: self.rows_per_day,
        })
    }
}

/// A decision about a contract.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DecideContractRequest {
    /// `true`: it comes into force. `false`: it is refused, with a reason.
    pub(super) approve: bool,
    /// Why.
    #[serde(default)]
    pub(super) reason: String,
}

/// A record that is asked for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct QueryRequest {
    /// Its key in the provider's register.
    pub(super) record: String,
}

/// Which rejected rows are checked again.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ReplayRequest {
    /// One row with mended values; all rows as they are when it is left out.
    pub(super) row: Option<MendedRow>,
}

/// A rejected row and what it should say.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MendedRow {
    /// Its part.
    pub(super) part: i64,
    /// Its place in the part, from 0.
    pub(super) place: i64,
    /// The values that replace those of the row.
    pub(super) values: serde_json::Map<String, serde_json::Value>,
}

/// Why something is done.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReasonRequest {
    /// Why.
    pub(super) reason: String,
}
