//! The crate's boundary: what a browser gets from its routes.

#[cfg(test)]
mod looks;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod resident;
#[cfg(test)]
mod served;
#[cfg(test)]
mod town;
