//! The crate's boundary: cases through the store.

#[cfg(test)]
mod calendar_edit;
#[cfg(test)]
mod city;
#[cfg(test)]
mod city_care;
#[cfg(test)]
mod contention;
#[cfg(test)]
mod durable;
#[cfg(test)]
mod kinds;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod many_signers;
#[cfg(test)]
mod migrate;
#[cfg(test)]
mod models;
#[cfg(test)]
mod officers;
