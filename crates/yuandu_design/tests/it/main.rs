//! The crate's boundary: switches of looks and built files, as a browser asks for them.

#[cfg(test)]
mod looks;
#[cfg(test)]
mod served;
