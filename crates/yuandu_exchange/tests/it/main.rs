//! Two nodes with a store each, and a line between them that breaks.

#[cfg(test)]
mod agreements;
#[cfg(test)]
mod attacks;
#[cfg(test)]
mod batches;
#[cfg(test)]
mod comparisons;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod pair;
#[cfg(test)]
mod questions;
