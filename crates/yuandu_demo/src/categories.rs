//! The code tables of components and matters, GB/T 47678.5-2026, as the demo generator needs them.
//!
//! Both use the same five digits: 01037 is the lamp in one table and the lamp out of order in the other.

use serde::{Deserialize, Serialize};

use crate::DemoError;
use crate::embedded::read_table;

/// One row of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// Five digits: two of the class, three within it.
    pub code: String,
    /// Two digits of the class.
    pub class: String,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
}

/// The 153 kinds of component (部件).
pub fn component_kinds() -> Result<Vec<Category>, DemoError> {
    read_table(
        "systems/city-care/codes/component-kinds.csv",
        include_str!("../../../systems/city-care/codes/component-kinds.csv"),
    )
}

/// The 250 matters (事项).
pub fn matters() -> Result<Vec<Category>, DemoError> {
    read_table(
        "systems/city-care/codes/categories.csv",
        include_str!("../../../systems/city-care/codes/categories.csv"),
    )
}
