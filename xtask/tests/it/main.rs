//! The check of the house as a test, so that every test run is also a check.

#[cfg(test)]
mod house;
