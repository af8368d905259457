//! The crate at its boundary: learning from small made-up messages, asking, keeping, and files as they come.

#[cfg(test)]
mod files;
#[cfg(test)]
mod learning;
