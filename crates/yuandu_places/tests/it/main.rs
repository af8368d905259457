//! Tiles, places and likely duplicates over a real store.

#[cfg(test)]
mod city;
#[cfg(test)]
mod features;
#[cfg(test)]
mod places;
