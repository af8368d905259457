//! Names of nodes and contracts: read once, shown in one form. A node's name is an address that people can read:
//! city, organisation, system.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use yuandu_base::Problem;

/// Longest part of a name.
const LONGEST_PART: usize = 40;
/// Longest name of a contract.
const LONGEST_CONTRACT: usize = 64;

/// The name of a node: three to five parts of small letters, digits and `-`, such as `370700.civil-affairs.population`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NodeId(String);

impl NodeId {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for NodeId {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let parts = text.split('.').count();
        if (3..=5).contains(&parts) && text.split('.').all(is_part) {
            return Ok(Self(text.to_owned()));
        }
        Err(Problem::new(
            "exchange.node_name",
            "id",
            "节点地址写作 城市.单位.系统，用小写字母、数字和连字符，例如 370700.civil-affairs.population",
            "a node is named city.organisation.system in small letters, digits and hyphens, for example 370700.civil-affairs.population",
        ))
    }
}

impl TryFrom<String> for NodeId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map_err(|problem: Problem| problem.message.en)
    }
}

impl From<NodeId> for String {
    fn from(id: NodeId) -> Self {
        id.0
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The name of a contract, the same on both sides: small letters, digits and `-`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ContractId(String);

impl ContractId {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ContractId {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        if text.len() <= LONGEST_CONTRACT && text.len() >= 3 && text.bytes().all(is_letter) {
            return Ok(Self(text.to_owned()));
        }
        Err(Problem::new(
            "exchange.contract_name",
            "id",
            "协议编号用 3 到 64 个小写字母、数字和连字符",
            "a contract is named by 3 to 64 small letters, digits and hyphens",
        ))
    }
}

impl TryFrom<String> for ContractId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map_err(|problem: Problem| problem.message.en)
    }
}

impl From<ContractId> for String {
    fn from(id: ContractId) -> Self {
        id.0
    }
}

impl fmt::Display for ContractId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

fn is_part(part: &str) -> bool {
    !part.is_empty() && part.len() <= LONGEST_PART && part.bytes().all(is_letter)
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_named_by_city_organisation_and_system() {
        let name = "370700.civil-affairs.population";
        assert_eq!(name.parse::<NodeId>().unwrap().to_string(), name);
        for wrong in [
            "",
            "370700",
            "a.b",
            "a..b",
            "A.b.c",
            "a.b.c d",
            "a.b.c.d.e.f",
        ] {
            assert!(wrong.parse::<NodeId>().is_err(), "{wrong}");
        }
        assert!("a.b.".parse::<NodeId>().is_err());
        assert!("../x".parse::<ContractId>().is_err());
    }
}
