//! Tests of the crate's boundary.

#[cfg(test)]
mod exchange;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod records;
#[cfg(test)]
mod town;
#[cfg(test)]
mod versions;
