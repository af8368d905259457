//! What is wrong with an identifier: which character or part, and what to do, in both languages.

use std::fmt;

use thiserror::Error;

/// A phrase in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// Chinese.
    pub zh: &'static str,
    /// English.
    pub en: &'static str,
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.en)
    }
}

/// Which identifier was meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdKind {
    /// An opaque id of the system.
    Opaque,
    /// A name of an organisation or post.
    Slug,
    /// The sha-256 of stored bytes.
    Blob,
    /// A realm.
    Realm,
    /// Citizen identity number, GB 11643.
    PersonNumber,
    /// Unified social credit code, GB 32100.
    CreditCode,
    /// Division code, GB/T 2260 and below.
    Division,
    /// Unit grid, GB/T 47678.3.
    UnitGrid,
    /// Component, GB/T 47678.5.
    Component,
    /// Matter, GB/T 47678.5.
    Matter,
    /// Category of a component or matter, GB/T 47678.5.
    Category,
    /// The number of a case.
    CaseNumber,
    /// A telephone number.
    Phone,
}

impl IdKind {
    /// The name of the identifier.
    #[must_use]
    pub const fn name(self) -> Words {
        let (zh, en) = match self {
            Self::Opaque => ("系统编号", "id"),
            Self::Slug => ("机构或岗位标识", "organisation or post id"),
            Self::Blob => ("文件编号", "blob id"),
            Self::Realm => ("城市代码", "realm"),
            Self::PersonNumber => ("公民身份号码", "citizen identity number"),
            Self::CreditCode => ("统一社会信用代码", "unified social credit code"),
            Self::Division => ("行政区划代码", "division code"),
            Self::UnitGrid => ("单元网格标识码", "unit grid code"),
            Self::Component => ("部件标识码", "component code"),
            Self::Matter => ("事项代码", "matter code"),
            Self::Category => ("类别代码", "category code"),
            Self::CaseNumber => ("受理编号", "case number"),
            Self::Phone => ("电话号码", "telephone number"),
        };
        Words { zh, en }
    }
}

/// Why a text is not the identifier it should be. `Display` is the English message; [`IdError::message_zh`] the
/// Chinese one. Positions count characters from 1, spaces and hyphens left out.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IdError {
    /// It has another length.
    #[error("this {} has {found} characters, but it must have {expected}; compare it with the original", kind.name())]
    Length {
        /// Which identifier.
        kind: IdKind,
        /// What length it must have.
        expected: Words,
        /// What length it has.
        found: usize,
    },
    /// One character does not belong there.
    #[error("character {position} of this {} is `{}`, but {expected}", kind.name(), shown(*found))]
    Character {
        /// Which identifier.
        kind: IdKind,
        /// Where, from 1.
        position: usize,
        /// What stands there.
        found: char,
        /// What must stand there, as a clause.
        expected: Words,
    },
    /// Some characters together make no sense.
    #[error("characters {first} to {last} of this {}, `{found}`, {reason}", kind.name())]
    Part {
        /// Which identifier.
        kind: IdKind,
        /// First character of the part, from 1.
        first: usize,
        /// Last character of the part.
        last: usize,
        /// What stands there.
        found: String,
        /// What is wrong with it, as a predicate with its remedy.
        reason: Words,
    },
    /// The check character does not agree with the rest.
    #[error(
        "the check character of this {} does not agree with the rest: one character is mistyped or two are swapped; compare it with the original",
        kind.name()
    )]
    Check {
        /// Which identifier.
        kind: IdKind,
    },
}

impl IdError {
    /// Which identifier was meant.
    #[must_use]
    pub const fn kind(&self) -> IdKind {
        match self {
            Self::Length { kind, .. }
            | Self::Character { kind, .. }
            | Self::Part { kind, .. }
            | Self::Check { kind } => *kind,
        }
    }

    /// A stable code for machines.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Length { .. } => "ids.length",
            Self::Character { .. } => "ids.character",
            Self::Part { .. } => "ids.part",
            Self::Check { .. } => "ids.check",
        }
    }

    /// The message in Chinese.
    #[must_use]
    pub fn message_zh(&self) -> String {
        let name = self.kind().name().zh;
        match self {
            Self::Length {
                expected, found, ..
            } => format!("{name}应为{}，现为 {found} 位，请与原件核对", expected.zh),
            Self::Character {
                position,
                found,
                expected,
                ..
            } => format!(
                "{name}第 {position} 位是 `{}`，{}",
                shown(*found),
                expected.zh
            ),
            Self::Part {
                first,
                last,
                found,
                reason,
                ..
            } => format!("{name}第 {first} 至 {last} 位 `{found}` {}", reason.zh),
            Self::Check { .. } => {
                format!("{name}的校验位与其余各位不符：可能有一位输错或相邻两位颠倒，请与原件核对")
            }
        }
    }

    /// The message in English; the same as `Display`.
    #[must_use]
    pub fn message_en(&self) -> String {
        self.to_string()
    }
}

/// The character as a reader can see it.
fn shown(found: char) -> String {
    if found.is_control() || found.is_whitespace() {
        found.escape_unicode().to_string()
    } else {
        found.to_string()
    }
}
