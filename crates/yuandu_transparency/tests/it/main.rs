//! A log published, audited and witnessed, through the public front.

#[cfg(test)]
mod audited;
#[cfg(test)]
mod city;
#[cfg(test)]
mod witnessed;
