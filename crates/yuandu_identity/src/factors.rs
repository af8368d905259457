//! Second factors of people: what an app or a sheet of paper proves beside the password.

use jiff::Timestamp;
use yuandu_ids::UserId;
use yuandu_store::{Change, Expect, Value};

/// Kinds as they are stored.
pub(crate) const TOTP: &str = "totp";
/// See [`TOTP`].
pub(crate) const RECOVERY: &str = "recovery";
/// See [`TOTP`].
pub(crate) const PASSKEY: &str = "passkey";

/// A second factor as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Factor {
    /// Names it.
    pub id: String,
    /// `totp`, `passkey`; recovery codes are counted, not listed.
    pub kind: String,
    /// What its owner calls it.
    pub label: String,
    /// Since when.
    pub created_at: Timestamp,
    /// Last use.
    pub used_at: Option<Timestamp>,
}

/// A stored factor with its secret (sealed, or a hash) and the last step or counter used.
#[derive(Debug, Clone)]
pub(crate) struct FactorRow {
    pub(crate) factor: Factor,
    pub(crate) secret: String,
    pub(crate) counter: Option<i64>,
    pub(crate) pos: i64,
}

pub(crate) fn put(
    user: &UserId,
    kind: &str,
    id: &str,
    (label, secret): (&str, &str),
    (counter, now): (Option<i64>, Timestamp),
) -> Change {
    Change::put("factors")
        .with("user_id", user.to_string())
        .with("id", id)
        .with("kind", kind)
        .with("label", label)
        .with("secret", secret)
        .with("counter", counter)
        .with("created_at", now)
        .with("used_at", Value::Null)
}

pub(crate) fn used(user: &UserId, id: &str, counter: Option<i64>, now: Timestamp) -> Change {
    Change::set("factors")
        .key("user_id", user.to_string())
        .key("id", id)
        .with("counter", counter)
        .with("used_at", now)
}

pub(crate) fn delete(user: &UserId, id: &str) -> Change {
    Change::delete("factors")
        .key("user_id", user.to_string())
        .key("id", id)
}

/// The factor is as it was read: a code is used once even by two requests at the same moment.
pub(crate) fn unchanged(user: &UserId, row: &FactorRow) -> Expect {
    Expect::unchanged(
        "factors",
        [
            ("user_id", user.to_string().into()),
            ("id", row.factor.id.as_str().into()),
        ],
        row.pos,
    )
}
