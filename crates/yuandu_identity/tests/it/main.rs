//! The boundary of `yuandu_identity`, tested from outside.

#[cfg(test)]
mod cast;
#[cfg(test)]
mod city_care;
#[cfg(test)]
mod context;
#[cfg(test)]
mod directory;
#[cfg(test)]
mod duties;
#[cfg(test)]
mod gate_load;
#[cfg(test)]
mod gate_speed;
#[cfg(test)]
mod lists_equal_decisions;
#[cfg(test)]
mod matrix;
#[cfg(test)]
mod passkey;
#[cfg(test)]
mod second_factor;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod sign_in;
