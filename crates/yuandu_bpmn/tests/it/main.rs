//! The crate's boundary: models in, tokens moved, models out.

#[cfg(test)]
mod machine;
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
