//! The store through its public front.

#[cfg(test)]
mod commits;
mod copies;
#[cfg(test)]
mod copies;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tampering;
