//! Tests of the crate's boundary.

#[cfg(test)]
mod drafts;
#[cfg(test)]
mod exchange;
#[cfg(test)]
mod files;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod matching;
#[cfg(test)]
mod quality;
#[cfg(test)]
mod records;
#[cfg(test)]
mod town;
#[cfg(test)]
mod versions;
