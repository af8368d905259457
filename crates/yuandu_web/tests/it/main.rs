//! The crate's boundary: what a browser gets from its routes.

#[cfg(test)]
mod looks;
#[cfg(test)]
mod served;
