//! The crate at its boundary.

#[cfg(test)]
mod opening;
