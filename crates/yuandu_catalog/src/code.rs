//! The resource code of GB/T 21063: class, group and kind, then a number within the kind.

use std::fmt;

/// A resource code such as `101001/483920`: one digit of class (1 base, 2 theme, 3 department), two of group, three of kind, then
/// the number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceCode(String);

impl ResourceCode {
    /// The code of a register: `class` has six digits, the number follows from the register's full name.
    #[must_use]
    pub fn of(class: &str, register: &str) -> Self {
        Self(format!("{class}/{:06}", number(register)))
    }

    /// The six digits of class, group and kind.
    #[must_use]
    pub fn class(&self) -> &str {
        self.0.split('/').next().unwrap_or_default()
    }

    /// The whole code.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ResourceCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Six digits by FNV-1a: the same in every city and whatever other registers there are. Two registers of one class meet with
/// a chance of one in a million; the catalogue then counts on from there.
fn number(register: &str) -> u64 {
    let hash = register
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    hash % 1_000_000
}

/// What a class of resources is called, from the first digit of its code.
#[must_use]
pub(crate) fn class_name(class: &str) -> (&'static str, &'static str) {
    match class.as_bytes().first() {
        Some(b'1') => ("基础信息资源", "Base resources"),
        Some(b'2') => ("主题信息资源", "Theme resources"),
        _ => ("部门信息资源", "Department resources"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_follows_from_class_and_name_alone() {
        let code = ResourceCode::of("101001", "population.resident");
        assert_eq!(code, ResourceCode::of("101001", "population.resident"));
        assert_ne!(code, ResourceCode::of("101001", "population.household"));
        assert_eq!(code.class(), "101001");
        assert_eq!(code.as_str().len(), 13);
    }
}
