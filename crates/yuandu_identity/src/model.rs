//! The nouns of identity: organisations, posts, people, who holds which post, and the officer someone is at work.
//!
//! A person is not an officer: people hold posts for a time, and act in one post at a time. Nothing is read or decided here.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use yuandu_base::LocalText;
use yuandu_ids::{OrgId, PostId, UserId};

use crate::gate::PrincipalCell;

/// An organisation of the city: a bureau, a centre, a street office, a contractor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// Identifier, for example `kuiwen-sanitation`.
    pub id: OrgId,
    /// Name.
    pub name: LocalText,
    /// What sort of organisation: `department`, `street`, `contractor`.
    pub kind: String,
    /// The organisation it belongs to.
    pub parent: Option<OrgId>,
    /// Division it serves (GB/T 2260 or 10/114 code); empty if none.
    pub division: String,
    /// Unified social credit code (GB 32100); empty if unknown.
    pub credit_code: String,
    /// Whether it works.
    pub active: bool,
}

/// A seat with powers in an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// Identifier.
    pub id: PostId,
    /// The organisation it belongs to.
    pub org: OrgId,
    /// Title.
    pub title: LocalText,
    /// Full names of roles, for example `city-care.seat`.
    pub roles: BTreeSet<String>,
    /// What its powers are limited to.
    pub scope: Scope,
}

/// The limits of a post. `None` means not limited; an empty set means nothing at all.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Scope {
    /// Category codes (5 digits) or classes (2 digits).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub categories: Option<BTreeSet<String>>,
    /// Division codes of 4 (city), 6 (county), 9 (town) or 12 (village) digits; each includes what lies below.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub divisions: Option<BTreeSet<String>>,
    /// Grid codes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grids: Option<BTreeSet<String>>,
}

/// Whether an account may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PersonStatus {
    /// May sign in.
    Active,
    /// May not sign in; the record stays.
    Suspended,
}

impl PersonStatus {
    /// The stored word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }
}

/// A person with an account, without the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Identifier.
    pub id: UserId,
    /// The name typed at sign-in, lower case.
    pub login: String,
    /// Name.
    pub name: String,
    /// Phone at work; empty if none.
    pub phone: String,
    /// Whether the account may be used.
    pub status: PersonStatus,
}

/// What a system that provisions people knows about one of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Provisioned {
    /// Its own id of the person; empty if it gave none.
    pub external_id: String,
    /// Whether it took the person away again.
    pub removed: bool,
}

/// A person holds a post for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// The person.
    pub user: UserId,
    /// The post.
    pub post: PostId,
    /// From when.
    pub from: Timestamp,
    /// Until when (not included); `None` while it lasts.
    pub to: Option<Timestamp>,
}

impl Holding {
    /// Whether the person holds the post at `instant`.
    #[must_use]
    pub fn is_held_at(&self, instant: Timestamp) -> bool {
        self.from <= instant && self.to.is_none_or(|to| instant < to)
    }
}

/// A person acting in a post: who every permission is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Officer {
    /// The person.
    pub user: UserId,
    /// Login of the person.
    pub login: String,
    /// Name of the person.
    pub name: String,
    /// The post acted in.
    pub post: PostId,
    /// Its title.
    pub post_title: LocalText,
    /// Its organisation.
    pub org: OrgId,
    /// Name of the organisation.
    pub org_name: LocalText,
    /// Roles of the post.
    pub roles: BTreeSet<String>,
    /// Limits of the post.
    pub scope: Scope,
    /// Filled by the gate; start with `PrincipalCell::default()`.
    pub principal: PrincipalCell,
}
