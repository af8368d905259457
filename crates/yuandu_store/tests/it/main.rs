//! The store through its public front.

#[cfg(test)]
mod blobs;
#[cfg(test)]
mod commits;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod copies;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod faults_at_random;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod near;
#[cfg(test)]
mod rebuilt;
#[cfg(test)]
mod series;
#[cfg(test)]
mod several_servers;
#[cfg(test)]
mod tampering;
