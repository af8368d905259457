//! Tests of loading, checking and scenarios on the packages of this repository.

#[cfg(test)]
mod good;
#[cfg(test)]
mod many_at_once;
#[cfg(test)]
mod phantoms;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod spoiled;
#[cfg(test)]
mod stories;
#[cfg(test)]
mod untrue_stories;
