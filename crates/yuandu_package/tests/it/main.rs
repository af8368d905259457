//! Tests of loading, checking and scenarios on the packages of this repository.

#[cfg(test)]
mod good;
#[cfg(test)]
mod stories;
