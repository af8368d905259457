//! The crate's boundary: models in, cases through the store.

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
mod lists;
#[cfg(test)]
mod machine;
#[cfg(test)]
mod officers;
#[cfg(test)]
mod offices;
#[cfg(test)]
mod open_models;
#[cfg(test)]
mod parsing;
#[cfg(test)]
mod plays;
#[cfg(test)]
mod random_models;
#[cfg(test)]
mod repeats;
#[cfg(test)]
mod roundtrip;
#[cfg(test)]
mod sample;
