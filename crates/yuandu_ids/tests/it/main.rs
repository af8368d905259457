//! Identifiers from outside: known examples, every single mistake, arbitrary text.

#[cfg(test)]
mod arbitrary;
#[cfg(test)]
mod case_number;
#[cfg(test)]
mod city_codes;
#[cfg(test)]
mod credit_code;
#[cfg(test)]
mod division_code;
#[cfg(test)]
mod mistakes;
#[cfg(test)]
mod opaque;
#[cfg(test)]
mod person_number;
#[cfg(test)]
mod phone_number;
