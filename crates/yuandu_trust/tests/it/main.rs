//! The crate at its boundary: paths as openssl makes them, the public suites, and hostile bytes.

#[cfg(test)]
mod asked;
#[cfg(test)]
mod ceremony;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod paths;
#[cfg(test)]
mod pkits;
