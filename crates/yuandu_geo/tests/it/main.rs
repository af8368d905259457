//! The crate's boundary, tested from outside.

#[cfg(test)]
mod areas;
#[cfg(test)]
mod coordinates;
#[cfg(test)]
mod lines;
#[cfg(test)]
mod tiles;
#[cfg(test)]
mod vector_tiles;
