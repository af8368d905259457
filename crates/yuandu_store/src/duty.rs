//! Whether this store may write, and when a write counts as done: the seam for a second site.

use crate::StoreError;

/// Asked by the committer and by whoever waits for a commit. A store without one writes, and done is durable here.
pub trait Duty: std::fmt::Debug + Send + Sync {
    /// Refuses to write, for example on a standby or after another site took over. Asked before each group.
    fn may_write(&self) -> Result<(), StoreError>;

    /// Returns when the first `size` entries count as done, for example when a standby has them durably. May block.
    fn settle(&self, size: u64) -> Result<(), StoreError>;

    /// Whether [`Duty::settle`] may make a caller wait.
    fn holds_back(&self) -> bool {
        true
    }

    /// Figures for operators: name and value.
    fn figures(&self) -> Vec<(&'static str, u64)> {
        Vec::new()
    }
}
