//! One entry of the catalogue: the twelve core metadata items of a resource.

use jiff::civil::Date;
use serde::Serialize;
use yuandu_base::LocalText;

/// Whether others get a resource (1 unconditional, 2 conditional, 3 not).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Terms {
    /// 1: whoever needs it.
    Unconditional,
    /// 2: on a condition, which is said.
    Conditional,
    /// 3: not, and why is said.
    Withheld,
}

impl Terms {
    /// The digit of the standard.
    #[must_use]
    pub fn digit(self) -> u8 {
        match self {
            Self::Unconditional => 1,
            Self::Conditional => 2,
            Self::Withheld => 3,
        }
    }
}

/// Sharing between organisations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sharing {
    /// Whether.
    pub terms: Terms,
    /// The condition, or why not; none when unconditional.
    pub reason: Option<LocalText>,
}

/// Openness to society.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Openness {
    /// Whether.
    pub terms: Terms,
    /// The condition, or why not; none when unconditional.
    pub reason: Option<LocalText>,
}

/// Who provides a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Provider {
    /// The organisation's id.
    pub id: String,
    /// Its name.
    pub name: LocalText,
    /// Its unified social credit code, when known.
    pub credit_code: Option<String>,
}

/// One item (信息项) of a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// Field name.
    pub name: String,
    /// What people call it.
    pub label: LocalText,
    /// Data type as the standard counts them: `C` text, `N` number, `D` date, `T` date and time, `B` yes or no, `O` structure.
    pub data_type: char,
    /// Longest value, when limited.
    pub length: Option<usize>,
    /// Code list of its values.
    pub code_list: Option<String>,
    /// Whether it is part of the key.
    pub key: bool,
    /// Whether it may be empty.
    pub nullable: bool,
    /// The register and field that own the fact, when it is another one.
    pub source: Option<String>,
    /// The organisation whose word counts for it.
    pub authority: Provider,
    /// Sharing of this item.
    pub sharing: Terms,
    /// Openness of this item.
    pub openness: Terms,
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The register, `<package>.<register>`.
    pub register: String,
    /// 1 Classification: class in words.
    pub class: LocalText,
    /// 2 Name.
    pub name: LocalText,
    /// 3 Resource code.
    pub code: String,
    /// 4 and 5 Provider and its code.
    pub provider: Provider,
    /// 6 Summary.
    pub summary: LocalText,
    /// 7 Formats it can be had in.
    pub formats: Vec<&'static str>,
    /// 8 Items.
    pub items: Vec<Item>,
    /// 9 Sharing.
    pub sharing: Sharing,
    /// 10 Openness.
    pub openness: Openness,
    /// 11 Update cycle, the digit of the standard: 2 is real time.
    pub update_cycle: u8,
    /// 12 Published on.
    pub published_on: Option<Date>,
    /// Codes of resources it points at.
    pub related: Vec<String>,
    /// Law or standard it stands on.
    pub legal_basis: String,
    /// How long records are kept.
    pub retention: String,
    /// Words people look for it with.
    pub keywords: Vec<LocalText>,
}
