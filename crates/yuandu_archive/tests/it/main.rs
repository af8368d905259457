//! Matters leave the tables, are found in the archive, and come back, through the public front.

#[cfg(test)]
mod sealed;
