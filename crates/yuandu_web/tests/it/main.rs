//! The crate's boundary: what a browser gets from its routes.

#[cfg(test)]
mod hotline;
#[cfg(test)]
mod officers;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod resident;
#[cfg(test)]
mod town;
