//! Tests of the crate's boundary.

#[cfg(test)]
mod declarations;
